"""What the shared parts (control surface, pages, state file) ask of a platform."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute

from local.sandboxes.telling import Telling


class NewAccount(BaseModel):
    """An account that a program may use. One that is there gets another token or app password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    display_name: str = ""
    scopes: str = ""  # Mastodon: what its token may do; everything by default
    # Bluesky: whether it may be used
    status: Literal["active", "deactivated", "takendown"] = "active"
    details: dict[str, str] = {}  # what only one platform knows: its guide tells


class Act(BaseModel):
    """What another person does, who is there as soon as they are named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str = Field(alias="as")  # ayse here, ayse@elsewhere.example on another Mastodon server
    # The last three where there are such.
    do: Literal["post", "mention", "reply", "like", "repost", "follow", "direct", "edit", "remove"]
    account: str = ""  # whom they mention, follow or write to
    post: str = ""  # the id of what they answer, like, repost, edit or remove
    text: str = ""


@dataclass(frozen=True)
class PublicPost:
    id: str
    url: str
    author: str
    text: str  # as it was sent
    html: str  # as the platform shows it
    created_at: str  # as the platform says
    received_at: str  # when the request that made it arrived
    key: str | None = None  # idempotency key or record key
    visibility: str = "public"
    in_reply_to: str | None = None
    likes: int = 0
    reposts: int = 0
    images: list[dict[str, str]] = field(default_factory=list)  # url, alt, type
    deleted: bool = False
    by_hand: bool = False  # a person made it there, past the API


class Platform(Protocol):
    name: str
    permalink: str  # the path of a post's page, as a route
    state: Any  # a pydantic model with `settings`, another pydantic model

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        """The settings that lead an adapter here: its hosts' names → their addresses."""

    def routes(self) -> list[BaseRoute]: ...

    def create_account(self, wanted: NewAccount) -> dict[str, Any]: ...

    def act(self, act: Act) -> dict[str, Any]: ...

    def public_posts(self) -> list[PublicPost]:
        """Oldest first, deleted ones included."""

    def post_at(self, path: dict[str, str]) -> str | None:
        """The id of the post whose permalink has these parts, of its path and its query."""

    def forget_limits(self) -> None: ...


def hashed(token: str) -> str:
    """What may be told of a token: whether it is the same as another."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


@runtime_checkable
class ActsMore(Protocol):
    more_acts: ClassVar[frozenset[str]]  # that people do there, and not everywhere


@runtime_checkable
class Tells(Protocol):
    """A platform that tells an app of what people do, by webhook."""

    def to_tell(self) -> list[Telling]:
        """What is to be sent by now, once."""


@runtime_checkable
class TakesSubscriptions(Protocol):
    """A platform that is asked for each account to tell of it."""

    def subscriptions(self) -> dict[str, list[str]]:
        """Of whom an app is told, and what."""


@runtime_checkable
class SeesRenewals(Protocol):
    """A platform whose refresh tokens are good for one use."""

    def renewals_seen(self) -> list[str]:
        """Every refresh token that came, in that order, hashed."""
