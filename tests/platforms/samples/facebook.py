"""A page on Facebook, and answers as the Graph gives them."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import FILM, PICTURE, SECRETS, Sample, channel, graph_page, minute
from tests.videos import CLIP

PAGE = {"id": "9", "name": "Acme", "username": "acme", "link": "https://www.facebook.com/acme"}
COUNTED = {
    "reactions": {"data": [], "summary": {"total_count": 3}},
    "comments": {"data": [], "summary": {"total_count": 1}},
}
OWN_PAGE = {**PAGE, "access_token": SECRETS[0], "tasks": ["CREATE_CONTENT", "MODERATE"]}
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "pages_messaging",
    "read_insights",
    "business_management",
)


def fields_of(request: httpx.Request) -> dict[str, Any]:
    """What was sent in a body, whichever way."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return dict(json.loads(request.content))
    return dict(parse_qsl(request.content.decode()))


def _permissions(_: httpx.Request) -> Any:
    return {"data": [{"permission": each, "status": "granted"} for each in SCOPES]}


def _films(request: httpx.Request) -> Any:
    """Of the feed, in one chunk: asked for, taken, and finished."""
    length = str(len(CLIP))
    if b"file_size" in request.content:
        begun = {"video_id": "55", "upload_session_id": "66"}
        return {**begun, "start_offset": "0", "end_offset": length}
    if b"start_offset" in request.content:
        return {"start_offset": length, "end_offset": length}
    return {"success": True}


def _inbox(count: int) -> Mapping[str, Callable[[httpx.Request], Any]]:
    """Below one post, two comments at a time."""

    def comment(number: int) -> dict[str, Any]:
        person = {"id": "77", "name": "Ann"}
        made = {"id": f"111_{number}", "message": f"message {number}", "from": person}
        return {**made, "created_time": minute(number)}

    newest_first = [comment(number) for number in range(count, 0, -1)]

    def posts(_: httpx.Request) -> Any:
        below = graph_page(httpx.Request("GET", "https://g"), newest_first, 2)
        post = {"id": "9_111", "created_time": minute(0)}
        return {"data": [{**post, **({"comments": below} if newest_first else {})}]}

    return {
        "/published_posts": posts,
        "/9_111/comments": lambda request: (
            {"id": "111_333"} if request.method == "POST" else graph_page(request, newest_first, 2)
        ),
        "/conversations": lambda _: {"data": []},
        "/tagged": lambda _: {"data": []},
    }


FACEBOOK = Sample(
    channel=channel("facebook", remote_id="9", handle="acme"),
    credentials={"access_token": SECRETS[0], "proof": SECRETS[1]},
    connection={"page_id": "9", "access_token": SECRETS[0]},
    content=Content(text="Hello", media=(PICTURE,), first_comment="And more"),
    film=FILM,
    remote=Remote(id="9_111"),
    reply_to=ReplyTo(remote=Remote(id="111_222"), author_handle="Ann", author_remote_id="7"),
    inbox=_inbox,
    answers={
        "/oauth/access_token": lambda _: {"access_token": SECRETS[0], "token_type": "bearer"},
        "/me/permissions": _permissions,
        "/me/accounts": lambda _: {"data": [OWN_PAGE], "paging": {"cursors": {"after": "x"}}},
        "/9/videos": _films,
        "/9/photos": lambda _: {"id": "222"},
        "/9/feed": lambda _: {"id": "9_111"},
        "/9/photo_stories": lambda _: {"success": True, "post_id": "9_112"},
        "/111_222/comments": lambda _: {"id": "111_334"},
        "/9/subscribed_apps": lambda _: {"success": True},
        "/9/messages": lambda _: {"recipient_id": "7", "message_id": "m_1"},
        "/9_111": lambda _: {
            "success": True,
            "permalink_url": "https://www.facebook.com/9/111",
            **COUNTED,
        },
        "/9_111/insights": lambda _: {"data": []},
        "/9/insights": lambda _: {"data": []},
        "/9": lambda _: {**PAGE, "followers_count": 7},
    },
)
