"""What a page says to people, and does with their comments, in the Facebook sandbox."""

from starlette.responses import JSONResponse, Response

from local.sandboxes import answering
from local.sandboxes.answering import wrote_key
from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import graph_error, invalid, not_there
from local.sandboxes.facebook.state import Post
from local.sandboxes.fields import read_fields

ENGAGES, WRITES = "pages_manage_engagement", "pages_messaging"
LENGTH = 2_000


async def send(call: Call) -> Response:
    page = call.page(WRITES)
    ask = answering.asked((await read_fields(call.request)).values)
    answering.check_length(len(ask.text), LENGTH)
    if comment_id := ask.recipient.get("comment_id"):
        comment = _comment(call, comment_id)
        private = (each for each in call.state.posts.values() if each.is_private)
        was_answered = any(each.in_reply_to == comment.id for each in private)
        answering.check_private(comment.created_at, was_answered=was_answered, now=call.now)
        person, above = comment.author_id, comment.id
    else:
        person = ask.recipient.get("id", "")
        answering.check_window(
            ask, call.state.wrote_at.get(wrote_key(page.id, person)), now=call.now
        )
        above = call.state.last_letters.get(wrote_key(page.id, person), "")
    made = Post(
        id=f"m_{call.state.new_id(call.now)}",
        page_id=page.id,
        author_id=page.id,
        author=page.name,
        text=ask.text,
        in_reply_to=above,
        is_private=True,
        created_at=call.now,
        received_at=call.received_at,
    )
    call.state.posts[made.id] = made
    return JSONResponse({"recipient_id": person, "message_id": made.id})


async def like(call: Call) -> Response:
    call.must_have(ENGAGES)
    return _change(call, liked=True)


async def change(call: Call) -> Response:
    """Hiding is all that is spoken here."""
    call.must_have(ENGAGES)
    fields = await read_fields(call.request)
    if "is_hidden" not in fields.values:
        raise invalid("Unsupported post request")
    comment = _comment(call, str(call.request.path_params["id"]))
    if comment.author_id == call.token.page_id:
        raise graph_error(200, "(#200) The page's own comments cannot be hidden", status=403)
    return _change(call, hidden=answering.is_yes(fields.values["is_hidden"]))


def _change(call: Call, **facts: bool) -> Response:
    comment = _comment(call, str(call.request.path_params["id"]))
    call.state.posts[comment.id] = comment.model_copy(update=facts)
    return JSONResponse({"success": True})


def _comment(call: Call, some_id: str) -> Post:
    """Below a post of the page whose token this is."""
    found = call.state.find_post(some_id)
    is_comment = found is not None and found.in_reply_to and not found.is_private
    if found is None or not is_comment or found.page_id != call.token.page_id:
        raise not_there(some_id)
    return found
