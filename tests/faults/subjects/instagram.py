from typing import Any

from tellal.platforms.instagram import InstagramCredentials
from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.consented import HALF_AN_HOUR, REFUSAL, SETTINGS, consented
from tests.faults.subjects.subject import Step, Subject

GRAPH = "/v25.0"
MAKE = f"{GRAPH}/*/media"
PUBLISH = f"{GRAPH}/*/media_publish"
CONTAINER = f"{GRAPH}/17889*"
POST = f"{GRAPH}/17900*"
COMMENT = f"{GRAPH}/17900*/comments"
A_COMMENT, LETTERS = f"{GRAPH}/17850*", f"{GRAPH}/*/messages"
ANSWERS = f"{A_COMMENT}/replies"
COMMENTED = "image and comment"


def _step(name: str, method: str, path: str, post: str = "image", **more: Any) -> Step:
    return Step(name=name, method=method, path=path, post=post, **more)


def _processing(name: str, post: str, **settings: int) -> Step:
    says = {"status_code": "ERROR", "status": "Error: Media upload has failed: 2207026"}
    more: Any = {"settings": settings, "processes": True, "failed": (200, says)}
    return _step(name, "GET", CONTAINER, post, **more)


def _finding(name: str, post: str, **more: Any) -> Step:
    return _step(name, "GET", MAKE, post, looks=True, lists=True, **more)


INSTAGRAM = Subject(
    name="Instagram",
    platform="instagram",
    guarantee=Guarantee.RESUMABLE,
    settings=SETTINGS,
    connected=consented(InstagramCredentials, page="/{}"),
    commit=PUBLISH,
    refusal=REFUSAL,
    posts=("image", "images", "video", COMMENTED),
    steps=(
        _step("quota", "GET", f"{GRAPH}/*/content_publishing_limit"),
        _step("container", "POST", MAKE),
        _step("film's container", "POST", MAKE, "video"),
        _step("second item", "POST", MAKE, "images", nth=2),
        _step("carousel", "POST", MAKE, "images", nth=3),
        _processing("image processed", "image", image_polls=2),
        _processing("film processed", "video", video_polls=2),
        _processing("items processed", "images", image_polls=1),
        _step("commit", "POST", PUBLISH),
        _step("commit a carousel", "POST", PUBLISH, "images"),
        _step("commit a film", "POST", PUBLISH, "video"),
        _step("comment", "POST", COMMENT, COMMENTED, quiet=True),
        _step("answer", "POST", ANSWERS, "answer", quiet=True),
        _finding("find an answer", "answer", lost=("POST", ANSWERS)),
        _step("answer privately", "POST", LETTERS, "private answer", blind=True),
        _step("write", "POST", LETTERS, "direct message", blind=True),
        _step("hide", "POST", A_COMMENT, "hiding"),
        _step("delete", "DELETE", A_COMMENT, "deleting"),
        _step("ask", "GET", CONTAINER, nth=2, looks=True),
        _finding("find", "image"),
        _finding("find a film", "video"),
        _finding("find a comment", COMMENTED, lost=("POST", COMMENT)),
        _step("its address", "GET", POST, harmless=True),
        _step("refresh", "GET", "/refresh_access_token", settings=HALF_AN_HOUR, refreshes=True),
    ),
    short_lived=HALF_AN_HOUR,
)
