"""Telling an app of a page: which fields, and by whose permission.
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps/
"""

from starlette.responses import JSONResponse, Response

from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import invalid
from local.sandboxes.subscribing import UnknownFields, listed, wanted

MANAGES, READS, WRITES = "pages_manage_metadata", "pages_read_user_content", "pages_messaging"
# Which permission each field needs is as others have met it.
FIELDS = {
    "feed": READS,
    "mention": READS,
    **dict.fromkeys(
        (
            "messages",
            "message_edits",
            "message_reads",
            "message_reactions",
            "message_echoes",
            "messaging_postbacks",
            "messaging_referrals",
        ),
        WRITES,
    ),
}


async def subscribe(call: Call) -> Response:
    page = call.page(MANAGES)
    try:
        names, scopes = wanted(call.request, FIELDS)
    except UnknownFields as error:
        raise invalid(str(error)) from None
    call.must_have(*scopes)
    call.state.subscriptions[page.id] = names
    return JSONResponse({"success": True})


async def show(call: Call) -> Response:
    page = call.page(MANAGES)
    return JSONResponse(listed(call.state.subscriptions.get(page.id)))


async def unsubscribe(call: Call) -> Response:
    page = call.page(MANAGES)
    call.state.subscriptions.pop(page.id, None)
    return JSONResponse({"success": True})
