from typing import Any

from tellal.platforms.protocol import Guarantee
from tellal.platforms.threads import ThreadsCredentials
from tests.faults.subjects.consented import HALF_AN_HOUR, REFUSAL, SETTINGS, consented
from tests.faults.subjects.subject import Step, Subject

GRAPH = "/v1.0"
MAKE = f"{GRAPH}/*/threads"
PUBLISH = f"{GRAPH}/*/threads_publish"
QUOTA = f"{GRAPH}/*/threads_publishing_limit"
CONTAINER = f"{GRAPH}/17889*"
POST = f"{GRAPH}/17900*"


def _step(name: str, method: str, path: str, post: str = "text", **more: Any) -> Step:
    return Step(name=name, method=method, path=path, post=post, **more)


def _processing(name: str, post: str, **settings: int) -> Step:
    says = {"status": "ERROR", "error_message": "INVALID_FRAME_RATE"}
    more: Any = {"settings": settings, "processes": True, "failed": (200, says)}
    return _step(name, "GET", CONTAINER, post, **more)


THREADS = Subject(
    name="Threads",
    platform="threads",
    guarantee=Guarantee.RESUMABLE,
    settings=SETTINGS,
    connected=consented(ThreadsCredentials, page="/@{}"),
    commit=PUBLISH,
    refusal=REFUSAL,
    posts=("text", "image", "images", "video", "poll", "thread"),
    steps=(
        _step("quota", "GET", QUOTA),
        _step("container", "POST", MAKE),
        _step("image's container", "POST", MAKE, "image"),
        _step("second item", "POST", MAKE, "images", nth=2),
        _step("carousel", "POST", MAKE, "images", nth=3),
        _processing("image processed", "image", image_polls=2),
        _processing("film processed", "video", video_polls=2),
        _step("commit", "POST", PUBLISH),
        _step("commit an image", "POST", PUBLISH, "image"),
        _step("commit a carousel", "POST", PUBLISH, "images"),
        _step("commit a film", "POST", PUBLISH, "video"),
        _step("commit a poll", "POST", PUBLISH, "poll"),
        _step("a part's quota", "GET", QUOTA, "thread", nth=2),
        _step("a part's container", "POST", MAKE, "thread", nth=2),
        _step("is a part ready", "GET", CONTAINER, "thread", nth=2),
        _step("commit a part", "POST", PUBLISH, "thread", nth=2),
        _step("an answer's container", "POST", MAKE, "answer"),
        _step("commit an answer", "POST", PUBLISH, "answer"),
        _step("hide", "POST", f"{POST}/manage_reply", "hiding"),
        _step("ask", "GET", CONTAINER, nth=2, looks=True),
        _step("find", "GET", MAKE, looks=True, lists=True),
        _step("ask of a part", "GET", CONTAINER, "thread", nth=3, looks=True, lost_nth=2),
        _step(
            "find a part",
            "GET",
            f"{GRAPH}/*/replies",
            "thread",
            looks=True,
            lists=True,
            lost_nth=2,
        ),
        _step("its address", "GET", POST, harmless=True),
        _step("refresh", "GET", "/refresh_access_token", settings=HALF_AN_HOUR, refreshes=True),
    ),
    short_lived=HALF_AN_HOUR,
)
