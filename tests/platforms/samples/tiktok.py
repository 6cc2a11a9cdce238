import re
from typing import Any

import httpx

from tellal.errors import TryLater
from tellal.posts import Content, Remote
from tests.platforms.sample import SECRETS, Sample, channel
from tests.videos import VIDEO

OPEN_ID = "-000acme"
POST_ID = "7123456789012345678"
UPLOAD = "https://open-upload.tiktokapis.com/video/?upload_id=67890&upload_token=Xza123"
EVERYONE = {"tiktok": {"privacy": "everyone"}}
SCOPES = ["user.info.basic", "user.info.profile", "user.info.stats", "video.publish", "video.list"]


def ok(data: Any) -> Any:
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "2022"}}


def taken(request: httpx.Request) -> httpx.Response:
    """A chunk: the last of them is told by its range."""
    _, last, total = map(int, re.findall(r"\d+", request.headers["content-range"]))
    return httpx.Response(201 if last + 1 == total else 206)


_GRANTED = {
    "open_id": OPEN_ID,
    "scope": ",".join(SCOPES),
    "access_token": SECRETS[0],
    "expires_in": 86400,
    "refresh_token": SECRETS[1],
    "refresh_expires_in": 31536000,
    "token_type": "Bearer",
}
_USER = {
    "open_id": OPEN_ID,
    "display_name": "Acme",
    "username": "acme",
    "follower_count": 7,
    "video_count": 9,
}
CREATOR = {
    "creator_username": "acme",
    "creator_nickname": "Acme",
    "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
    "comment_disabled": False,
    "duet_disabled": False,
    "stitch_disabled": False,
    "max_video_post_duration_sec": 300,
}
TIKTOK = Sample(
    channel=channel(
        "tiktok",
        remote_id=OPEN_ID,
        handle="acme",
        server={"scopes": SCOPES, "media_domain": "https://media.acme.example"},
    ),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={},
    content=Content(text="Hello", media=(VIDEO,), options=EVERYONE),
    plain=None,
    longest_beside_images=4000,
    # The host that takes films knows nothing of tokens: it says so of the upload.
    on_commit=dict.fromkeys(("401", "401 without a body", "403", "404"), TryLater),
    remote=Remote(id=POST_ID),
    answers={
        "/v2/oauth/token/": lambda _: _GRANTED,
        "/v2/oauth/revoke/": lambda _: httpx.Response(200),
        "/v2/user/info/": lambda _: ok({"user": _USER}),
        "/creator_info/query/": lambda _: ok(CREATOR),
        "/video/init/": lambda _: ok({"publish_id": "v_pub_file~v2-1.123", "upload_url": UPLOAD}),
        "/content/init/": lambda _: ok({"publish_id": "p_pub_url~v2.123"}),
        "/status/fetch/": lambda _: ok(
            {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [int(POST_ID)]}
        ),
        "/v2/video/list/": lambda _: ok({"videos": [], "cursor": 0, "has_more": False}),
        "/v2/video/query/": lambda _: ok(
            {"videos": [{"id": POST_ID, "like_count": 3, "comment_count": 1}]}
        ),
        "/video/": taken,
    },
)
