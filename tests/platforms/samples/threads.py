from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tellal.posts import Remote, ReplyTo
from tests.platforms.sample import SECRETS, Sample, channel, graph_page, minute

PROFILE = "17841400000000001"
CONTAINER = "17889000000000001"
POST = "17900000000000001"
PERMALINK = "https://www.threads.net/@acme/post/Cabc"


def _threads(request: httpx.Request) -> Any:
    if request.method == "POST":
        return {"id": CONTAINER}
    listed = {
        "id": POST,
        "text": "Hello",
        "media_type": "TEXT_POST",
        "timestamp": "2026-01-01T10:00:00+0000",
        "permalink": PERMALINK,
    }
    return {"data": [listed]}


def _inbox(count: int) -> Mapping[str, Callable[[httpx.Request], Any]]:
    """Mentions, two at a time; nobody replied."""

    def mention(number: int) -> dict[str, Any]:
        made = {"id": f"1790{number}", "text": f"message {number}", "username": "ann"}
        return {**made, "timestamp": minute(number)}

    newest_first = [mention(number) for number in range(count, 0, -1)]
    return {"/mentions": lambda request: graph_page(request, newest_first, 2)}


def _post(request: httpx.Request) -> Any:
    deleted = {"success": True, "deleted_id": POST}
    return deleted if request.method == "DELETE" else {"id": POST, "permalink": PERMALINK}


def _insights(request: httpx.Request) -> Any:
    if f"/{POST}/" not in request.url.path:
        return httpx.Response(400, json={"error": {"code": 100, "error_subcode": 33}})
    return {"data": [{"name": "likes", "period": "lifetime", "values": [{"value": 3}]}]}


def _of_the_profile(_: httpx.Request) -> Any:
    return {"data": [{"name": "followers_count", "period": "day", "total_value": {"value": 7}}]}


THREADS = Sample(
    channel=channel("threads", remote_id=PROFILE, handle="acme"),
    credentials={"access_token": SECRETS[0]},
    connection={},
    plain=None,
    remote=Remote(id=POST),
    reply_to=ReplyTo(remote=Remote(id="18000000000000055"), author_handle="ann"),
    inbox=_inbox,
    answers={
        "/oauth/access_token": lambda _: {"access_token": "short", "user_id": int(PROFILE)},
        "/access_token": lambda _: {"access_token": SECRETS[0], "expires_in": 5_183_944},
        "/refresh_access_token": lambda _: {"access_token": SECRETS[1], "expires_in": 5_183_944},
        "/me": lambda _: {"id": PROFILE, "username": "acme", "name": "Acme"},
        "/threads_publishing_limit": lambda _: {
            "data": [
                {
                    "quota_usage": 4,
                    "config": {"quota_total": 250, "quota_duration": 86400},
                    "reply_quota_usage": 1,
                    "reply_config": {"quota_total": 1000, "quota_duration": 86400},
                }
            ]
        },
        "/threads": _threads,
        "/replies": _threads,
        "/threads_publish": lambda _: {"id": POST},
        f"/{CONTAINER}": lambda _: {"status": "FINISHED", "id": CONTAINER},
        f"/{POST}": _post,
        "/insights": _insights,
        "/threads_insights": _of_the_profile,
    },
)
