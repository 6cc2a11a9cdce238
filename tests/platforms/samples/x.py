from typing import Any

import httpx

from tellal.errors import Rejected
from tellal.posts import Content, Remote, ReplyTo, ThreadPart
from tests.platforms.sample import PICTURE, SECRETS, Sample, channel, minute


def _mention(number: int) -> Any:
    return {
        "id": str(number),
        "author_id": "9",
        "text": f"message {number}",
        "created_at": minute(number),
        "conversation_id": str(number),
    }


def _me(request: httpx.Request) -> Any:
    user = {"id": "1001", "name": "Acme", "username": "acme", "subscription_type": "None"}
    return {"data": {**user, "public_metrics": {"followers_count": 7, "post_count": 9}}}


def _granted(_: httpx.Request) -> Any:
    return {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": SECRETS[0],
        "refresh_token": SECRETS[1],
        "scope": "tweet.read tweet.write users.read media.write tweet.moderate.write dm.read"
        " dm.write offline.access",
    }


_COUNTED = {"id": "100", "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1}}


def _posts(request: httpx.Request) -> Any:
    if request.method == "POST":
        made = {"id": "100", "text": "Hello"}
        return httpx.Response(201, json={"data": made})
    return {"data": [_COUNTED], "errors": [{"title": "Not Found Error", "resource_id": "100x"}]}


X = Sample(
    channel=channel("x", remote_id="1001", handle="acme", server={"subscription": "None"}),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={},
    content=Content(
        text="Hello @ann, see https://ex.com #tag",
        media=(PICTURE, PICTURE),
        thread=(ThreadPart(text="And more"),),
    ),
    on_commit={"403": Rejected},  # of the post, unless its words say otherwise
    remote=Remote(id="100"),
    reply_to=ReplyTo(remote=Remote(id="55"), author_handle="ann"),
    settings={"webhook_id": "42"},
    answers={
        "/2/users/me": _me,
        "/2/activity/subscriptions": lambda _: {"data": {"subscription": {}}},
        "/2/oauth2/token": _granted,
        "/2/oauth2/revoke": lambda _: {"revoked": True},
        "/2/media/upload": lambda _: {"data": {"id": "710", "media_key": "3_710"}},
        "/2/media/metadata": lambda _: {"data": {"id": "710"}},
        "/2/tweets": _posts,
        "/2/tweets/100": lambda _: {"data": {"deleted": True}},
        "/2/users/1001/tweets": lambda _: {"data": [], "meta": {"result_count": 0}},
    },
    listed=_mention,
)
