"""What the page's numbers are, as its owners see them."""

from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import invalid, not_there
from local.sandboxes.facebook.state import Post
from local.sandboxes.insights import Asked, day_by_day, of_a_post
from local.sandboxes.numbers import grown

SEES, PEOPLE = "read_insights", "pages_read_user_content"
OF_A_POST = {
    "post_media_view": 150,
    "post_total_media_view_unique": 110,
    "post_clicks_by_type": 5,
    "post_clicks": 15,
    "post_video_views": 30,
}
OF_A_PAGE = {
    "page_media_view": 400,
    "page_total_media_view_unique": 300,
    "page_post_engagements": 40,
    "page_follows": 240,
    "page_daily_follows_unique": 6,
    "page_daily_unfollows_unique": 2,
    "page_views_total": 20,
    "page_total_actions": 4,
    "page_video_views": 50,
}


async def tell(call: Call) -> Response:
    call.must_have(SEES)
    settings, wanted = call.state.settings, str(call.request.path_params["id"])
    query = call.request.query_params
    asked = Asked(query, settings.untold, settings.refused, invalid)
    if wanted in (call.token.page_id, "me"):
        return JSONResponse(day_by_day(asked, OF_A_PAGE, str(call.token.page_id), now=call.now))
    post = call.state.find_post(wanted)
    if post is None:
        raise not_there(wanted)
    told = of_a_post(asked, OF_A_POST, post.id, since=post.created_at, now=call.now)
    return JSONResponse(told)


def sums(call: Call, post: Post) -> dict[str, Any]:
    """Of reactions and comments; no post has a field of shares before it was shared."""
    state = call.state
    wanted = call.request.query_params.get("fields", "")
    if "comments" in wanted:
        call.must_have(PEOPLE)
    since, now = post.created_at, call.now
    shares = grown(f"shares {post.id}", since, now, a_day=3)
    told: dict[str, Any] = {
        "reactions": _sum(grown(f"reactions {post.id}", since, now, a_day=12)),
        "comments": _sum(len(state.comments_of(post.id))),
        "shares": {"count": shares} if shares else None,
    }
    untold, refused = state.settings.untold, state.settings.refused
    told |= dict.fromkeys(untold)
    return {name: value for name, value in told.items() if name not in refused}


def _sum(count: int) -> dict[str, Any]:
    return {"data": [], "summary": {"total_count": count}}
