from datetime import timedelta
from typing import Any

from tellal import clock
from tellal.platforms.protocol import Connected, Guarantee
from tellal.platforms.youtube import YouTubeCredentials
from tellal.posts import Content, MediaKind
from tests.faults.subjects.subject import Json, Step, Subject

V3, UPLOAD = "/youtube/v3", "/upload/youtube/v3"
SHOW, COMMENTS = f"{V3}/videos", f"{V3}/commentThreads"
ANSWERS = f"{V3}/comments"
NOT_LOGGED_IN = {
    "error": {
        "code": 401,
        "message": "Request had invalid authentication credentials.",
        "errors": [{"message": "Invalid Credentials", "reason": "authError"}],
        "status": "UNAUTHENTICATED",
    }
}
FAILED: Json = {"items": [{"id": "v", "status": {"uploadStatus": "failed"}}]}
FORGETFUL = {"forgets_first_session": True}


def _connected(account: Json, url: str) -> Connected:
    """What a consent would have come to."""
    return Connected(
        remote_id=account["id"],
        name="Acme",
        handle=account["handle"],
        url=account["url"],
        credentials=YouTubeCredentials.model_validate(account),
        server={"uploads": account["uploads"]},
        expires_at=clock.now() + timedelta(seconds=account["expires_in"]),
    )


def _dressed(content: Content) -> Content:
    options: dict[str, Any] = {"title": "A film about bread", "made_for_kids": False}
    images = [each.media_id for each in content.media if each.kind is MediaKind.IMAGE]
    if images:
        options["thumbnail"] = images[0]
    return content.model_copy(update={"options": {"youtube": options}})


YOUTUBE = Subject(
    name="YouTube",
    platform="youtube",
    guarantee=Guarantee.IDEMPOTENT,
    stated={"chunk_bytes": 256 * 1024},
    connected=_connected,
    commit=SHOW,
    commit_method="PUT",
    refusal=(401, NOT_LOGGED_IN),
    posts=("video", "long video", "video with thumbnail", "video and comment"),
    dressed=_dressed,
    steps=(
        Step(name="begin upload", method="POST", path=f"{UPLOAD}/videos"),
        # each chunk comes after the question how far the session is
        Step(name="ask session", method="PUT", path=f"{UPLOAD}/videos"),
        Step(name="chunk", method="PUT", path=f"{UPLOAD}/videos", nth=2, post="long video"),
        Step(
            name="ask in between", method="PUT", path=f"{UPLOAD}/videos", nth=3, post="long video"
        ),
        Step(name="last chunk", method="PUT", path=f"{UPLOAD}/videos", nth=6, post="long video"),
        Step(name="look for upload", method="GET", path=f"{V3}/playlistItems", settings=FORGETFUL),
        Step(
            name="processing",
            method="GET",
            path=f"{V3}/videos",
            settings={"processing_polls": 2},
            processes=True,
            failed=(200, FAILED),
        ),
        Step(
            name="thumbnail",
            method="POST",
            path=f"{UPLOAD}/thumbnails/set",
            post="video with thumbnail",
        ),
        Step(name="commit", method="PUT", path=SHOW),
        Step(
            name="first comment",
            method="POST",
            path=COMMENTS,
            post="video and comment",
            quiet=True,
        ),
        Step(
            name="look for comment",
            method="GET",
            path=COMMENTS,
            post="video and comment",
            looks=True,
            lists=True,
            lost=("POST", COMMENTS),
        ),
        Step(name="answer", method="POST", path=ANSWERS, post="answer", quiet=True),
        Step(
            name="look for answer",
            method="GET",
            path=ANSWERS,
            post="answer",
            looks=True,
            lists=True,
            lost=("POST", ANSWERS),
        ),
        Step(
            name="hide",
            method="POST",
            path=f"{ANSWERS}/setModerationStatus",
            post="hiding",
            bodiless=True,
        ),
        Step(
            name="refresh",
            method="POST",
            path="/token",
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
)
