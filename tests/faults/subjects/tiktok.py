from datetime import timedelta

from tellal import clock, wiring
from tellal.platforms.protocol import Connected, Guarantee
from tellal.platforms.tiktok import TikTokCredentials
from tellal.posts import Content
from tests.faults.subjects.subject import Json, Step, Subject

API = "/v2/post/publish"
STATUS = f"{API}/status/fetch/"
CHUNK = "/video/"
TOO_LARGE = {"status": "FAILED", "fail_reason": "picture_size_check_failed", "uploaded_bytes": 1}
WORKED_ON = {"status_polls": 2}


def _connected(account: Json, url: str) -> Connected:
    """Without leave to list videos, so that photos are blind; fetched from the local AWS."""
    scopes = [scope for scope in account["scope"].split(",") if scope != "video.list"]
    return Connected(
        remote_id=account["open_id"],
        name=account["display_name"],
        handle=account["username"],
        url=f"{url}/@{account['username']}",
        credentials=TikTokCredentials.model_validate(account),
        server={"scopes": scopes, "media_domain": wiring.aws("s3").meta.endpoint_url},
        expires_at=clock.now() + timedelta(seconds=account["expires_in"]),
    )


def _seen_by_all(content: Content) -> Content:
    return content.model_copy(update={"options": {"tiktok": {"privacy": "everyone"}}})


TIKTOK = Subject(
    name="TikTok",
    platform="tiktok",
    guarantee=Guarantee.RESUMABLE,
    connected=_connected,
    commit=CHUNK,
    commit_method="PUT",
    refusal=(
        401,
        {"data": {}, "error": {"code": "access_token_invalid", "message": "", "log_id": "1"}},
    ),
    posts=("video", "longer video", "images"),
    dressed=_seen_by_all,
    steps=(
        Step(name="creator", method="POST", path=f"{API}/creator_info/query/"),
        Step(name="begin upload", method="POST", path=f"{API}/video/init/"),
        Step(name="chunk", method="PUT", path=CHUNK, post="longer video"),
        Step(name="commit", method="PUT", path=CHUNK),
        Step(name="last chunk", method="PUT", path=CHUNK, nth=2, post="longer video"),
        Step(
            name="status",
            method="POST",
            path=STATUS,
            settings=WORKED_ON,
            looks=True,
            processes=True,
            failed=(200, {"data": TOO_LARGE, "error": {"code": "ok", "message": ""}}),
        ),
        Step(name="look", method="POST", path=STATUS, looks=True),
        Step(
            name="photos",
            method="POST",
            path=f"{API}/content/init/",
            post="images",
            blind=True,
        ),
        Step(
            name="photos' status",
            method="POST",
            path=STATUS,
            post="images",
            settings=WORKED_ON,
            looks=True,
            processes=True,
            failed=(200, {"data": TOO_LARGE, "error": {"code": "ok", "message": ""}}),
        ),
        Step(
            name="refresh",
            method="POST",
            path="/v2/oauth/token/",
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
    renewal="POST /v2/oauth/token/",
    two_hours={"access_seconds": 7200},
)
