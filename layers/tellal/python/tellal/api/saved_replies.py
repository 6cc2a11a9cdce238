"""Saved replies: texts to begin an answer with."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.conversations import ours
from tellal.api.fields import FullText, Name
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, bounds, listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.conversations import SavedReply
from tellal.inbox import saved
from tellal.posts import Frozen

routes = Routes("Saved replies")

Template = Annotated[
    FullText,
    Field(
        max_length=10_000,
        description="With the variables {first_name}, {handle}, {channel} and {agent}",
    ),
]


class NewSavedReply(Frozen):
    name: Name
    text: Template


class SavedReplyChange(Frozen):
    """What is not given stays."""

    name: Name | None = None
    text: Template | None = None


class SavedReplyShown(Frozen):
    saved_reply_id: str
    name: str
    text: str
    created_at: Moment


class FilledIn(Frozen):
    saved_reply_id: str
    text: str


@routes(
    "POST",
    "/saved-replies",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Save a reply",
)
def save_reply(given: NewSavedReply, asked: Asking) -> Response[SavedReplyShown]:
    """A brace that belongs to none of the variables is refused."""
    saved.check(given.text)
    reply = SavedReply(
        saved_reply_id=asked.new_id("sr"),
        workspace_id=asked.workspace.workspace_id,
        name=given.name,
        text=given.text,
        created_at=asked.now,
    )
    return asked.settle(_shown(reply), wiring.saved_replies().creation(reply))


@routes(
    "GET", "/saved-replies", needs=Permission.CONVERSATIONS_READ, summary="List the saved replies"
)
def list_saved_replies(
    asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> Listing[SavedReplyShown]:
    store = wiring.saved_replies()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor))
    return listing(page, lambda item: _shown(store.value(item)))


@routes(
    "GET",
    "/saved-replies/<saved_reply_id>",
    needs=Permission.CONVERSATIONS_READ,
    summary="Show a saved reply",
)
def show_saved_reply(saved_reply_id: str, asked: Asking) -> SavedReplyShown:
    return _shown(_ours(saved_reply_id, asked))


@routes(
    "PATCH",
    "/saved-replies/<saved_reply_id>",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Change a saved reply",
)
def change_saved_reply(
    saved_reply_id: str, given: SavedReplyChange, asked: Asking
) -> SavedReplyShown:
    if given.text is not None:
        saved.check(given.text)
    seen = _ours(saved_reply_id, asked)
    changed = seen.model_copy(update=given.model_dump(exclude_none=True))
    return _shown(wiring.saved_replies().save(seen, changed))


@routes(
    "DELETE",
    "/saved-replies/<saved_reply_id>",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=204,
    summary="Delete a saved reply",
)
def delete_saved_reply(saved_reply_id: str, asked: Asking) -> Response[Any]:
    wiring.saved_replies().table.delete(_ours(saved_reply_id, asked).saved_reply_id)
    return Response(status_code=204)


@routes(
    "GET",
    "/conversations/<conversation_id>/saved-replies/<saved_reply_id>",
    needs=Permission.CONVERSATIONS_READ,
    summary="Fill in a saved reply for a conversation",
)
def fill_in_saved_reply(conversation_id: str, saved_reply_id: str, asked: Asking) -> FilledIn:
    """To begin an answer with: the same words to two people are refused when they are sent."""
    conversation, reply = ours(conversation_id, asked), _ours(saved_reply_id, asked)
    channel = found(wiring.channels().get(conversation.channel_id), "channel")
    text = saved.filled_in(reply.text, conversation, channel, asked.caller.who)
    return FilledIn(saved_reply_id=reply.saved_reply_id, text=text)


def _ours(saved_reply_id: str, asked: Asked) -> SavedReply:
    return asked.ours(wiring.saved_replies().get(plausible(saved_reply_id)), "saved reply")


def _shown(reply: SavedReply) -> SavedReplyShown:
    return SavedReplyShown(**reply.model_dump(exclude={"workspace_id", "version"}))
