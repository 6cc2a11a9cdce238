from typing import Any

from pydantic import SecretStr

from tellal import clock
from tellal.platforms.instagram import InstagramCredentials
from tellal.platforms.protocol import Connected, Guarantee
from tests.faults.subjects.subject import Json, Step, Subject

GRAPH = "/v25.0"
MAKE = f"{GRAPH}/*/media"
PUBLISH = f"{GRAPH}/*/media_publish"
CONTAINER = f"{GRAPH}/17889*"
POST = f"{GRAPH}/17900*"
COMMENT = f"{GRAPH}/17900*/comments"
HALF_AN_HOUR = {"long_seconds": 1800}


def _connected(account: Json, url: str) -> Connected:
    """As a consent leaves it."""
    return Connected(
        remote_id=account["id"],
        name=account["username"],
        handle=account["username"],
        url=f"{url}/{account['username']}",
        credentials=InstagramCredentials(access_token=SecretStr(account["access_token"])),
        expires_at=clock.read(account["expires_at"]),
    )


def _step(name: str, method: str, path: str, post: str = "image", **more: Any) -> Step:
    return Step(name=name, method=method, path=path, post=post, **more)


def _processing(name: str, post: str, **settings: int) -> Step:
    failed = {"status_code": "ERROR", "status": "Error: Media upload has failed: 2207026"}
    return _step(
        name, "GET", CONTAINER, post, settings=settings, processes=True, failed=(200, failed)
    )


INSTAGRAM = Subject(
    name="Instagram",
    platform="instagram",
    guarantee=Guarantee.RESUMABLE,
    # So young a token is not renewed; here one must be.
    settings={"long_seconds": 4 * 3600, "refresh_after_seconds": 0},
    connected=_connected,
    commit=PUBLISH,
    refusal=(400, {"error": {"message": "Error validating access token", "code": 190}}),
    posts=("image", "images", "video", "image and comment"),
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
        _step("comment", "POST", COMMENT, "image and comment", never_missed=True),
        _step("ask", "GET", CONTAINER, nth=2, looks=True),
        _step("find", "GET", MAKE, looks=True, lists=True),
        _step("find a film", "GET", MAKE, "video", looks=True, lists=True),
        _step(
            "find a comment",
            "GET",
            MAKE,
            "image and comment",
            looks=True,
            lists=True,
            after_losing=COMMENT,
        ),
        _step("its address", "GET", POST, harmless=True),
        _step("refresh", "GET", "/refresh_access_token", settings=HALF_AN_HOUR, refreshes=True),
    ),
    short_lived=HALF_AN_HOUR,
)
