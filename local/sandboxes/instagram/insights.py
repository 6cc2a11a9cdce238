"""The account's numbers and its posts', which of them there are depends on a post's kind."""

from datetime import datetime
from typing import Any

from local.sandboxes.containers.asking import Call
from local.sandboxes.containers.refusals import invalid
from local.sandboxes.containers.state import Post, Settings
from local.sandboxes.insights import Asked, in_all, of_a_post, people

SEEN = {"views": 180, "reach": 120, "shares": 3}
LIKED = {"likes": 14, "comments": 2, "saved": 4, "total_interactions": 22}
VISITS = {"follows": 1, "profile_visits": 5}
OF_KIND = {
    "FEED": {**SEEN, **LIKED, **VISITS},
    "REELS": {**SEEN, **LIKED, "ig_reels_video_view_total_time": 900_000, "reposts": 1},
    "STORY": {**SEEN, **VISITS, "replies": 1},
}
OF_AN_ACCOUNT = {
    "views": 500,
    "reach": 350,
    "likes": 30,
    "comments": 5,
    "shares": 6,
    "saves": 8,
    "profile_links_taps": 4,
    "profile_views": 12,
    "total_interactions": 49,
}


def of_media(call: Call, settings: Settings, post: Post, kind: str, *, now: datetime) -> Any:
    names = OF_KIND.get(kind, OF_KIND["FEED"])
    return of_a_post(_asked(call, settings), names, post.id, since=post.created_at, now=now)


def of_account(call: Call, settings: Settings, *, now: datetime) -> Any:
    asked, query = _asked(call, settings), call.request.query_params
    if query.get("metric") == "follower_demographics":
        return people(asked, call.account.id, settings.followers)
    if query.get("metric_type") != "total_value":
        raise invalid("The metric should be specified with parameter metric_type=total_value")
    return in_all(asked, OF_AN_ACCOUNT, call.account.id, now=now)


def _asked(call: Call, settings: Settings) -> Asked:
    return Asked(call.request.query_params, settings.untold, settings.refused, invalid)
