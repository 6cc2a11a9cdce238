"""The profile's numbers and its posts'. https://developers.facebook.com/docs/threads/insights"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local.sandboxes.containers.asking import Call
from local.sandboxes.containers.refusals import invalid
from local.sandboxes.containers.state import Post, Settings
from local.sandboxes.insights import Asked, day_by_day, in_all, of_a_post, people

OF_A_POST = {"views": 90, "likes": 7, "replies": 2, "reposts": 1, "quotes": 1, "shares": 1}
OF_A_DAY = {"views": 250, "likes": 20, "replies": 6, "reposts": 3, "quotes": 1, "clicks": 5}
type Tell = Callable[..., dict[str, Any]]

FOLLOWERS, PEOPLE = "followers_count", "follower_demographics"


def of_a_thread(call: Call, settings: Settings, post: Post, *, now: datetime) -> Any:
    asked = _asked(call, settings)
    return of_a_post(asked, OF_A_POST, post.id, since=post.created_at, now=now)


def of_profile(call: Call, settings: Settings, *, now: datetime) -> Any:
    """Views are told day by day, clicks link by link, followers as they are now."""
    asked, who = _asked(call, settings), call.account.id
    if call.request.query_params.get("metric") == PEOPLE:
        return people(asked, who, settings.followers)
    rows = []
    for name in asked.names((*OF_A_DAY, FOLLOWERS)):
        if name == FOLLOWERS:
            rows.append({"name": name, "total_value": {"value": settings.followers}})
            continue
        one = Asked({**asked.query, "metric": name}, (), (), invalid)
        tell: Tell = _TELLS.get(name, in_all)
        rows += tell(one, OF_A_DAY, who, now=now)["data"]
    return {"data": rows}


def _link_by_link(
    asked: Asked, names: Mapping[str, int], who: str, *, now: datetime
) -> dict[str, Any]:
    told = in_all(asked, names, who, now=now)["data"]
    link = "https://bakery.example"
    return {
        "data": [
            {"name": each["name"], "link_total_values": [{**each["total_value"], "link_url": link}]}
            for each in told
        ]
    }


_TELLS: Mapping[str, Tell] = {
    "views": day_by_day,
    "clicks": _link_by_link,
}


def _asked(call: Call, settings: Settings) -> Asked:
    return Asked(call.request.query_params, settings.untold, settings.refused, invalid)
