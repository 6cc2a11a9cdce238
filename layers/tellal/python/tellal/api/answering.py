"""Answering a conversation, so that nobody does it twice: leases, notes, and the answers."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api import idempotency
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.conversations import (
    MessageShown,
    Version,
    deliveries_of,
    is_known,
    message_shown,
    ours,
    telling,
)
from tellal.api.deliveries import DeliveryShown, hint_all, shown
from tellal.api.fields import FullText, Id
from tellal.api.routes import Routes
from tellal.channels import Channel, ChannelState
from tellal.conversations import Conversation, Direction, Message, MessageKind
from tellal.errors import AlreadyChanged, Conflict, NotFound
from tellal.inbox import answering, clocks, work
from tellal.inbox.writing import Writing
from tellal.posts import Action, Frozen

LAST_MESSAGES = 100  # among which the one that is answered is looked for, and what is newer
MOST_TRIES = 5  # to answer where somebody else changes the conversation at the same moment

routes = Routes("Conversations")


class NewAnswer(Frozen):
    text: FullText
    version: Version
    message_id: Id | None = None  # which message it answers; the last of theirs if not given
    privately: bool = False  # a public comment, with a message that nobody else reads
    close: bool = False  # nothing more is expected; else it is waiting for them then
    same_words: bool = False  # yes, as somebody else got them


class NewNote(Frozen):
    text: FullText


class Taking(Frozen):
    take_over: bool = False  # from whoever is writing


@routes(
    "POST",
    "/conversations/<conversation_id>/writing",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Say that you are writing an answer",
)
def begin_writing(conversation_id: str, given: Taking, asked: Asking) -> Response[Writing]:
    """For a minute; ask again to go on. Others see who is writing, and cannot answer until it is
    over or they take it over; `facts.writing` of their 409 says who it is."""
    ours(conversation_id, asked)
    lease, write = wiring.leases().taking(
        conversation_id, asked.caller.who, take_over=given.take_over, now=asked.now
    )
    return asked.settle(lease, write, status=200)


@routes(
    "DELETE",
    "/conversations/<conversation_id>/writing",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=204,
    summary="Say that you are not writing any more",
)
def end_writing(conversation_id: str, asked: Asking) -> Response[Any]:
    ours(conversation_id, asked)
    asked.write(*wiring.leases().ending(conversation_id, asked.caller.who, now=asked.now))
    return Response(status_code=204)


@routes(
    "POST",
    "/conversations/<conversation_id>/notes",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Leave a note among the messages",
)
def leave_note(conversation_id: str, given: NewNote, asked: Asking) -> Response[MessageShown]:
    """For the team: it is sent to nobody."""
    conversation = ours(conversation_id, asked)
    note = answering.note(conversation, given.text, by=asked.caller.who, now=asked.now)
    return asked.settle(message_shown(note, conversation), wiring.messages().creation(note))


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
    """An answer is a delivery like any other; `delivery` tells how it fares. If it fails or is
    cancelled, the conversation is open again, and the clock runs from when they wrote.

    It names the version that was read. If a colleague has answered since, or they have written or
    changed something, it is held back with 409: `facts` has the `newer_messages`, the `text` that
    was not sent, and the `version` to send it with if it still holds.

    Words that went to somebody else within a week are refused with 409, and `facts.said` tells when
    and to whom: change them, or say `same_words`. Case, marks and names make no other words."""
    for _ in range(MOST_TRIES):
        try:
            return _answer(conversation_id, given, asked)
        except AlreadyChanged as error:  # by whom, the next try tells
            if asked.once and idempotency.replayed(asked.once, now=asked.now):
                raise
            lost = error
    raise lost


def _answer(conversation_id: str, given: NewAnswer, asked: Asked) -> Response[MessageShown]:
    conversation = ours(conversation_id, asked)
    _hold_back(conversation, given)
    channel = _channel(conversation)
    message = _answered(conversation, given, asked)
    made = answering.answer(
        conversation=conversation,
        message=message,
        channel=channel,
        way=_way(conversation, given),
        text=given.text,
        by=asked.caller.who,
        closes=given.close,
        now=asked.now,
    )
    before, after = work.difference(conversation, made.conversation)
    waited = clocks.waited(conversation, asked.workspace, now=asked.now)
    if waited is not None:  # it is their first answer if nothing was answered before
        after = {**after, "business_minutes": waited, "first": conversation.answered_at is None}
    after = {**after, "message_id": made.message.message_id}
    settled = asked.settle(
        message_shown(made.message, conversation, made.delivery),
        wiring.deliveries().creation(made.delivery),
        *wiring.private_answers().claiming(made.delivery, message, channel),
        wiring.messages().creation(made.message),
        wiring.conversations().saving(conversation, made.conversation),
        telling("answered", conversation, asked, before=before, after=after),
        *wiring.sayings().saying(conversation, given.text, anyway=given.same_words, now=asked.now),
        *wiring.leases().ending(conversation_id, asked.caller.who, now=asked.now),
    )
    hint_all([made.delivery], now=asked.now)
    return settled


@routes(
    "POST",
    "/conversations/<conversation_id>/messages/<message_id>/like",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Like a message of theirs",
)
def like_message(conversation_id: str, message_id: str, asked: Asking) -> Response[DeliveryShown]:
    """A delivery like any other, which says nothing; once it is published, the message has its
    `liked_at`. `offers` of a message tells whether its platform has this. Again is no error."""
    return _act(Action.LIKE, conversation_id, message_id, asked)


@routes(
    "POST",
    "/conversations/<conversation_id>/messages/<message_id>/hide",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Hide a message of theirs from others",
)
def hide_message(conversation_id: str, message_id: str, asked: Asking) -> Response[DeliveryShown]:
    """As liking it; then it has its `hidden_at`."""
    return _act(Action.HIDE, conversation_id, message_id, asked)


@routes(
    "POST",
    "/conversations/<conversation_id>/messages/<message_id>/unhide",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Show a hidden message of theirs again",
)
def unhide_message(conversation_id: str, message_id: str, asked: Asking) -> Response[DeliveryShown]:
    """As liking it; then it has no `hidden_at` any more."""
    return _act(Action.UNHIDE, conversation_id, message_id, asked)


@routes(
    "POST",
    "/conversations/<conversation_id>/messages/<message_id>/delete",
    needs=Permission.CONVERSATIONS_ANSWER,
    status=201,
    summary="Delete a message of theirs from its platform",
)
def delete_message(conversation_id: str, message_id: str, asked: Asking) -> Response[DeliveryShown]:
    """As liking it; then it has its `removed_at`, and its text is gone here too."""
    return _act(Action.DELETE, conversation_id, message_id, asked)


def _act(
    what: Action, conversation_id: str, message_id: str, asked: Asked
) -> Response[DeliveryShown]:
    conversation = ours(conversation_id, asked)
    message = _named(plausible(message_id), conversation, asked)
    channel = _channel(conversation)
    delivery = answering.action(message, channel, what, now=asked.now)
    after = {"message_id": message.message_id, "delivery_id": delivery.delivery_id}
    settled = asked.settle(
        shown(delivery),
        wiring.deliveries().creation(delivery),
        telling(what.value, conversation, asked, before={}, after=after),
    )
    hint_all([delivery], now=asked.now)
    return settled


def _channel(conversation: Conversation) -> Channel:
    channel = found(wiring.channels().get(conversation.channel_id), "channel")
    if channel.state is ChannelState.DISCONNECTED:
        raise Conflict(f"{channel.name} is not connected any more.")
    return channel


def _way(conversation: Conversation, given: NewAnswer) -> answering.Way:
    if conversation.kind is not MessageKind.DIRECT:
        return answering.Way(privately=given.privately)
    theirs = [each.sent_at for each in _newest(conversation) if each.direction is Direction.IN]
    stated = wiring.adapters().calls(conversation.platform).settings
    return answering.Way(
        privately=given.privately,
        heard_at=max(theirs, default=None),
        may_be_late=stated.get("human_agent") == "yes",
    )


def _hold_back(conversation: Conversation, given: NewAnswer) -> None:
    """What was said since the version that was read, told together with what was not sent."""
    is_known(given.version, conversation)
    if given.version >= conversation.last_turn:
        return
    said = [
        each
        for each in _newest(conversation)
        if each.turn > given.version and each.direction is not Direction.NOTE
    ]
    deliveries = deliveries_of(said)
    newer = [
        message_shown(each, conversation, deliveries.get(each.delivery_id or "")) for each in said
    ]
    shown_ = [each.model_dump(mode="json") for each in newer]
    facts = {"newer_messages": shown_, "text": given.text, "version": conversation.version}
    raise Conflict("Something was said meanwhile: read it, then send this or not.", facts=facts)


def _answered(conversation: Conversation, given: NewAnswer, asked: Asked) -> Message:
    if given.message_id is not None:
        return _named(given.message_id, conversation, asked)
    theirs = (each for each in _newest(conversation) if each.direction is Direction.IN)
    if last := next(theirs, None):
        return last
    raise Conflict("There is no message of theirs to answer; name one.")


def _named(message_id: str, conversation: Conversation, asked: Asked) -> Message:
    message = asked.ours(wiring.messages().get(message_id), "message")
    if message.conversation_id != conversation.conversation_id:
        raise NotFound("There is no such message in this conversation.")
    return message


def _newest(conversation: Conversation) -> list[Message]:
    store = wiring.messages()
    page = store.of_conversation(
        conversation.conversation_id, newest_first=True, limit=LAST_MESSAGES
    )
    return [store.value(item) for item in page.items]
