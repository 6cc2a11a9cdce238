"""Conversations: the inbox as it is listed, answered and closed."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.deliveries import hint_all
from tellal.api.fields import FullText, Id
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.routes import Routes
from tellal.channels import ChannelState
from tellal.clock import Moment
from tellal.conversations import (
    Author,
    Conversation,
    ConversationState,
    Direction,
    Message,
    MessageKind,
)
from tellal.errors import Conflict, NotFound
from tellal.inbox.answering import answer
from tellal.posts import Frozen

LAST_MESSAGES = 100  # among which the one that is answered is looked for

routes = Routes("Conversations")


class ConversationShown(Frozen):
    conversation_id: str
    channel_id: str
    platform: str
    kind: MessageKind
    author: Author
    state: ConversationState
    excerpt: str
    unanswered: int
    url: str | None
    last_message_at: Moment
    created_at: Moment


class MessageShown(Frozen):
    message_id: str
    direction: Direction
    kind: MessageKind
    author: Author | None
    text: str
    sent_at: Moment
    url: str | None
    media_urls: tuple[str, ...]
    edited_at: Moment | None
    removed_at: Moment | None
    delivery_id: str | None


class ConversationWithMessages(ConversationShown):
    messages: Listing[MessageShown]  # the newest first


class NewAnswer(Frozen):
    text: FullText
    message_id: Id | None = None  # which message it answers; the last of theirs if not given


@routes("GET", "/conversations", needs=Permission.CONVERSATIONS_READ, summary="List conversations")
def list_conversations(
    asked: Asking,
    state: Annotated[ConversationState, Query()] = ConversationState.OPEN,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[ConversationShown]:
    """By their last message."""
    store = wiring.conversations()
    page = store.listed(asked.workspace_id, state, **bounds(limit, cursor, since, until))
    return listing(page, lambda item: _shown(store.value(item)))


@routes(
    "GET",
    "/conversations/<conversation_id>",
    needs=Permission.CONVERSATIONS_READ,
    summary="Show a conversation",
)
def show_conversation(
    conversation_id: str, asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> ConversationWithMessages:
    """With a page of its messages."""
    conversation = _ours(conversation_id, asked)
    store = wiring.messages()
    page = store.of_conversation(conversation_id, **bounds(limit, cursor))
    messages = listing(page, lambda item: _message(store.value(item)))
    return ConversationWithMessages(**_facts(conversation), messages=messages)


@routes(
    "POST",
    "/conversations/<conversation_id>/messages",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Answer",
)
def answer_conversation(
    conversation_id: str, given: NewAnswer, asked: Asking
) -> Response[MessageShown]:
    """An answer is a delivery like any other; `delivery_id` tells how it fares."""
    conversation = _ours(conversation_id, asked)
    channel = found(wiring.channels().get(conversation.channel_id), "channel")
    if channel.state is ChannelState.DISCONNECTED:
        raise Conflict(f"{channel.name} is not connected any more.")
    made = answer(
        conversation=conversation,
        message=_answered(conversation, given, asked),
        channel=channel,
        text=given.text,
        now=asked.now,
    )
    settled = asked.settle(
        _message(made.message),
        wiring.deliveries().creation(made.delivery),
        wiring.messages().creation(made.message),
        wiring.conversations().saving(conversation, made.conversation),
    )
    hint_all([made.delivery], now=asked.now)
    return settled


@routes(
    "POST",
    "/conversations/<conversation_id>/done",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Close a conversation",
)
def close_conversation(conversation_id: str, asked: Asking) -> Response[ConversationShown]:
    """A new message in it opens it again."""
    return _turned(conversation_id, ConversationState.DONE, asked)


@routes(
    "POST",
    "/conversations/<conversation_id>/reopen",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Open a conversation again",
)
def reopen_conversation(conversation_id: str, asked: Asking) -> Response[ConversationShown]:
    return _turned(conversation_id, ConversationState.OPEN, asked)


def _turned(
    conversation_id: str, state: ConversationState, asked: Asked
) -> Response[ConversationShown]:
    seen = _ours(conversation_id, asked)
    if seen.state is state:
        return asked.settle(_shown(seen), status=200)
    turned = seen.model_copy(update={"state": state})
    return asked.settle(_shown(turned), wiring.conversations().saving(seen, turned), status=200)


def _answered(conversation: Conversation, given: NewAnswer, asked: Asked) -> Message:
    store = wiring.messages()
    if given.message_id is not None:
        message = asked.ours(store.get(given.message_id), "message")
        if message.conversation_id == conversation.conversation_id:
            return message
        raise NotFound("There is no such message in this conversation.")
    page = store.of_conversation(
        conversation.conversation_id, newest_first=True, limit=LAST_MESSAGES
    )
    theirs = (store.value(item) for item in page.items if item["direction"] == Direction.IN)
    if last := next(theirs, None):
        return last
    raise Conflict("There is no message of theirs to answer; name one.")


def _ours(conversation_id: str, asked: Asked) -> Conversation:
    return asked.ours(wiring.conversations().get(plausible(conversation_id)), "conversation")


def _facts(conversation: Conversation) -> dict[str, Any]:
    return {name: getattr(conversation, name) for name in ConversationShown.model_fields}


def _shown(conversation: Conversation) -> ConversationShown:
    return ConversationShown.model_validate(_facts(conversation))


def _message(message: Message) -> MessageShown:
    return MessageShown.model_validate(
        {name: getattr(message, name) for name in MessageShown.model_fields}
    )
