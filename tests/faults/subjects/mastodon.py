from typing import Any

from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.subject import Step, Subject

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
    Step(name="upload a film", method="POST", path="/api/v2/media", post="video"),
    Step(
        name="working on a film",
        method="GET",
        path="/api/v1/media/*",
        post="video",
        settings={"video_polls": 3},
        processes=True,
    ),
    Step(name="second of two files", method="POST", path="/api/v2/media", nth=2, post="images"),
    Step(name="commit", method="POST", path=STATUSES),
    Step(name="commit with image", method="POST", path=STATUSES, post="image"),
    Step(name="commit with film", method="POST", path=STATUSES, post="video"),
    Step(name="commit a poll", method="POST", path=STATUSES, post="poll"),
    Step(name="second of a thread", method="POST", path=STATUSES, nth=2, post="thread"),
    Step(name="reply", method="POST", path=STATUSES, post="reply"),
)
LIST = Step(name="look", method="GET", path="/api/v1/accounts/*/statuses", looks=True, lists=True)


def _mastodon(name: str, guarantee: Guarantee, *more: Step, **settings: Any) -> Subject:
    return Subject(
        name=name,
        platform="mastodon",
        guarantee=guarantee,
        settings=settings,
        typed=lambda account, url: {"server": url, "access_token": account["access_token"]},
        commit=STATUSES,
        posts=("text", "image", "images", "video", "poll", "thread", "reply"),
        refusal=(401, {"error": "The access token is invalid"}),
        is_of=lambda post, delivery, number: post["key"] == f"{delivery.delivery_id}:{number}",
        steps=(*MASTODON_STEPS, *more),
    )


TRUE_MASTODON = _mastodon("Mastodon", Guarantee.IDEMPOTENT)
ELSEWHERE = _mastodon(
    "Mastodon's API elsewhere",
    Guarantee.SEARCHABLE,
    LIST,
    version="2.7.2 (compatible; Pleroma 2.9)",
    keeps_idempotency_keys=False,
)
