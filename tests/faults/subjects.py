"""Who is put to the test: each adapter, and each kind of server that changes what it promises.

A new adapter is one entry here: how its sandbox is connected to, what its platform says where
ours must act on it, and the requests that can go wrong. Everything else follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tellal.deliveries import Delivery
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Guarantee, RefreshesCredentials

NAME = "bakery"  # our account
SOMEBODY = "ayse"

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A request of ours that can go wrong, and what must be so for it to be made."""

    name: str  # a column of the table
    method: str
    path: str
    nth: int = 1
    post: str = "text"  # the kind of post that makes it
    settings: Json = field(default_factory=dict)  # of the sandbox
    looks: bool = False  # made only after an answer was lost
    refreshes: bool = False
    processes: bool = False  # asks whether the platform is done with a file


@dataclass(frozen=True, kw_only=True)
class Subject:
    name: str  # a row of the table
    platform: str
    guarantee: Guarantee
    settings: Json = field(default_factory=dict)  # of the sandbox
    typed: Callable[[Json, str], Json]  # account and address → what a person types in to connect
    commit: str  # the path of what commits
    refusal: tuple[int, Json]  # how the platform refuses a token
    is_of: Callable[[Json, Delivery, int], bool]  # whether a post is this part of this delivery
    steps: tuple[Step, ...]
    short_lived: Json = field(default_factory=dict)  # settings that let a token run out at once

    @property
    def refreshes(self) -> bool:
        return issubclass(PLATFORMS[self.platform], RefreshesCredentials)


STATUSES = "/api/v1/statuses"
MASTODON_STEPS = (
    Step(name="upload", method="POST", path="/api/v2/media", post="image"),
    Step(
        name="processing",
        method="GET",
        path="/api/v1/media/*",
        post="image",
        settings={"image_polls": 2},
        processes=True,
    ),
    Step(name="commit", method="POST", path=STATUSES),
    Step(name="commit with image", method="POST", path=STATUSES, post="image"),
    Step(name="second of a thread", method="POST", path=STATUSES, nth=2, post="thread"),
    Step(name="reply", method="POST", path=STATUSES, post="reply"),
)
LIST = Step(name="look", method="GET", path="/api/v1/accounts/*/statuses", looks=True)


def _mastodon(name: str, guarantee: Guarantee, *more: Step, **settings: Any) -> Subject:
    return Subject(
        name=name,
        platform="mastodon",
        guarantee=guarantee,
        settings=settings,
        typed=lambda account, url: {"server": url, "access_token": account["access_token"]},
        commit=STATUSES,
        refusal=(401, {"error": "The access token is invalid"}),
        is_of=lambda post, delivery, number: post["key"] == f"{delivery.delivery_id}:{number}",
        steps=(*MASTODON_STEPS, *more),
    )


XRPC = "/xrpc/com.atproto"
PUT = f"{XRPC}.repo.putRecord"
BLUESKY = Subject(
    name="Bluesky",
    platform="bluesky",
    guarantee=Guarantee.IDEMPOTENT,
    typed=lambda account, url: {
        "handle": account["handle"],
        "app_password": account["app_password"],
        "service": url,
    },
    commit=PUT,
    refusal=(401, {"error": "ExpiredToken", "message": "Token has expired"}),
    # Its key is made of a time, so that it cannot be read back; its words are in no other post.
    is_of=lambda post, delivery, number: post["text"] == delivery.parts[number].text,
    steps=(
        Step(
            name="look up a name",
            method="GET",
            path=f"{XRPC}.identity.resolveHandle",
            post="mention",
        ),
        Step(name="upload", method="POST", path=f"{XRPC}.repo.uploadBlob", post="image"),
        Step(name="commit", method="POST", path=PUT),
        Step(name="commit with image", method="POST", path=PUT, post="image"),
        Step(name="second of a thread", method="POST", path=PUT, nth=2, post="thread"),
        Step(name="reply", method="POST", path=PUT, post="reply"),
        Step(
            name="refresh",
            method="POST",
            path=f"{XRPC}.server.refreshSession",
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
)

SUBJECTS = (
    _mastodon("Mastodon", Guarantee.IDEMPOTENT),
    _mastodon(
        "Mastodon's API elsewhere",
        Guarantee.SEARCHABLE,
        LIST,
        version="2.7.2 (compatible; Pleroma 2.9)",
        keeps_idempotency_keys=False,
    ),
    BLUESKY,
)
SEARCHABLE = tuple(each for each in SUBJECTS if each.guarantee is Guarantee.SEARCHABLE)
