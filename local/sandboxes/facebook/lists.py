"""What a page's lists show of people: comments, mentions, conversations. The newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandboxes import asking
from local.sandboxes.asking import Wanted
from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import not_there
from local.sandboxes.facebook.state import Letter, Page, Post
from local.sandboxes.facebook.views import (
    comment_view,
    letter_view,
    mention_view,
    paged,
    post_view,
    shown,
    shown_of,
    spell,
)

READS, PEOPLE, MESSAGES = "pages_read_engagement", "pages_read_user_content", "pages_messaging"


def posts(call: Call, url: str) -> Response:
    page, state = call.page(READS), call.state
    listed, paging = paged(_by_now(call, state.posts_of(page.id))[::-1], call.request)
    rows = [shown(_with_comments(call, post, url), call.request) for post in listed]
    return JSONResponse({"data": rows, "paging": paging})


def comments(call: Call, post_id: str, url: str) -> Response:
    """The oldest first, unless asked otherwise; who a person is, may not be told."""
    call.must_have(READS)
    if call.state.find_post(post_id) is None:
        raise not_there(post_id)
    query = call.request.query_params
    return JSONResponse(_comments(call, post_id, dict(query), query.get("fields", ""), url))


def mentions(call: Call, url: str) -> Response:
    page, state = call.page(READS, PEOPLE), call.state
    named = [state.posts[each] for each, whom in state.mentions.items() if whom == page.id]
    there = [post for post in _by_now(call, named) if not post.deleted]
    listed, paging = paged(there[::-1], call.request)
    rows = [shown(mention_view(post, state, url), call.request) for post in listed]
    return JSONResponse({"data": rows, "paging": paging})


def conversations(call: Call) -> Response:
    page = call.page(MESSAGES)
    people: dict[str, list[Letter]] = {}
    for letter in call.state.letters.values():
        if letter.page_id == page.id:
            people.setdefault(letter.person_id, []).append(letter)
    newest_first = sorted(people.items(), key=lambda each: each[1][-1].created_at, reverse=True)
    listed, paging = paged(newest_first, call.request)
    rows = [shown(_conversation(page, who, letters), call.request) for who, letters in listed]
    return JSONResponse({"data": rows, "paging": paging})


def letters(call: Call, conversation: str) -> Response:
    call.must_have(MESSAGES)
    page = call.state.pages[call.token.page_id or ""]
    there = [
        each
        for each in call.state.letters.values()
        if each.page_id == page.id and f"t_{each.person_id}" == conversation
    ]
    if not there:
        raise not_there(conversation)
    query = call.request.query_params
    return JSONResponse(_letters(page, there, dict(query), query.get("fields", "")))


def _with_comments(call: Call, post: Post, url: str) -> dict[str, Any]:
    def below(wanted: Wanted) -> dict[str, Any] | None:
        found = _comments(call, post.id, dict(wanted.how), wanted.fields, url)
        return found if found["data"] else None

    return {**post_view(post, url), "comments": below}


def _comments(
    call: Call, post_id: str, how: dict[str, str], fields: str, url: str
) -> dict[str, Any]:
    state, since = call.state, datetime.fromtimestamp(int(how.get("since", "0")), UTC)
    nested = how.get("filter") == "stream"
    found = state.below(post_id) if nested else state.comments_of(post_id)
    there = [each for each in _by_now(call, found) if each.created_at >= since]
    if how.get("order") == "reverse_chronological":
        there.reverse()
    listed, paging = asking.page(there, how.get("limit"), how.get("after"))
    own = call.token.page_id or ""
    views = [comment_view(each, state, url, own_page=own) for each in listed]
    return {"data": [shown_of(view, fields) for view in views], "paging": paging}


def _conversation(page: Page, person: str, there: list[Letter]) -> dict[str, Any]:
    def messages(wanted: Wanted) -> dict[str, Any]:
        return _letters(page, there, dict(wanted.how), wanted.fields)

    times = spell(there[-1].created_at)
    return {"id": f"t_{person}", "updated_time": times, "messages": messages}


def _letters(
    page: Page, there: Sequence[Letter], how: dict[str, str], fields: str
) -> dict[str, Any]:
    listed, paging = asking.page(there[::-1], how.get("limit"), how.get("after"))
    rows = [shown_of(letter_view(each, page), fields) for each in listed]
    return {"data": rows, "paging": paging}


def _by_now(call: Call, found: Sequence[Post]) -> list[Post]:
    until = call.now - timedelta(seconds=call.state.settings.list_lag_seconds)
    return [each for each in found if each.created_at <= until]
