from typing import Any

import httpx

from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import PICTURE, SECRETS, Sample, channel

ACCOUNT = "17841400000000001"
CONTAINER = "17889000000000001"
POST = "17900000000000001"
COMMENT = "17850000000000001"
REPLY = "17850000000000002"
PERMALINK = "https://www.instagram.com/p/Cabc/"


def _media(request: httpx.Request) -> Any:
    if request.method == "POST":
        return {"id": CONTAINER}
    listed = {
        "id": POST,
        "caption": "Hello #tag",
        "media_type": "IMAGE",
        "timestamp": "2026-01-01T10:00:00+0000",
        "permalink": PERMALINK,
        "comments": {"data": []},
    }
    return {"data": [listed]}


INSTAGRAM = Sample(
    channel=channel("instagram", remote_id=ACCOUNT, handle="acme"),
    credentials={"access_token": SECRETS[0]},
    connection={},
    content=Content(text="Hello @ann #tag https://ex.com", media=(PICTURE,)),
    plain=None,
    remote=Remote(id=POST),
    reply_to=ReplyTo(remote=Remote(id=COMMENT), author_handle="ann", author_remote_id="7"),
    answers={
        "/oauth/access_token": lambda _: {"access_token": "short", "user_id": int(ACCOUNT)},
        "/access_token": lambda _: {"access_token": SECRETS[0], "expires_in": 5_183_944},
        "/refresh_access_token": lambda _: {"access_token": SECRETS[1], "expires_in": 5_183_944},
        "/me": lambda _: {
            "user_id": int(ACCOUNT),
            "username": "acme",
            "name": "Acme",
            "account_type": "BUSINESS",
        },
        "/content_publishing_limit": lambda _: {
            "data": [{"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": 86400}}]
        },
        "/media": _media,
        "/media_publish": lambda _: {"id": POST},
        f"/{CONTAINER}": lambda _: {"status_code": "FINISHED", "status": "Finished: …"},
        f"/{POST}": lambda _: {"id": POST, "permalink": PERMALINK},
        "/replies": lambda _: {"id": REPLY},
        "/messages": lambda _: {"recipient_id": "7", "message_id": "m_1"},
        "/comments": lambda _: {"id": COMMENT},
    },
)
