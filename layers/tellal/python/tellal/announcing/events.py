"""What happened, as the owner's own automations are told it: names, shapes, and what causes them.

At least once, and an event has an id that stays the same however often it is told: the row, the
version that made it so, and its own name where one change can mean several things. Events say what
happened and to what, never what anybody wrote. The shapes are a contract (docs/contracts): fields
may be added, never taken away or changed.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tellal.channels import ChannelState
from tellal.clock import Moment
from tellal.conversations import (
    ConversationState,
    Direction,
    Lateness,
    MessageKind,
    Priority,
    Saying,
)
from tellal.deliveries import State, Trouble
from tellal.goals import GoalMeasure
from tellal.posts import Frozen, PartKind

Row = Mapping[str, Any]


class Event(Frozen):
    """The detail of an event on the bus; its detail-type is the name of the class."""

    event_id: str  # the same if it is told again
    workspace_id: str


class _OfChannel(Event):
    channel_id: str


class _OfDelivery(_OfChannel):
    delivery_id: str
    platform: str
    post_id: str | None = None
    answers: str | None = None  # of a reply, instead: the message it answers
    permalinks: tuple[str, ...]  # of what is public, part by part
    published_at: Moment | None = None
    trouble: Trouble | None = None  # why, in a word for programs and a sentence for people


class PostPublished(_OfDelivery):
    """A post, or a reply, is public on a channel to its last part."""


class PublishFailed(_OfDelivery):
    """A person must change it, or connect the channel again. The beginning of a thread may be
    public: then it has permalinks."""


class DeliveryUnconfirmed(_OfDelivery):
    """Nobody knows whether it is public: a person must look."""


class DeliveryHeld(_OfDelivery):
    """Publishing is paused: it waits until somebody releases or drops it."""


class MessageReceived(_OfChannel):
    """Somebody wrote to a channel. What they wrote is in the inbox."""

    message_id: str
    conversation_id: str
    kind: MessageKind
    sent_at: Moment


class MessageEdited(_OfChannel):
    """They changed what they had written."""

    message_id: str
    conversation_id: str
    kind: MessageKind
    edited_at: Moment


class MessageRemoved(_OfChannel):
    """They took back what they had written, or their platform did: its text is gone here too."""

    message_id: str
    conversation_id: str
    kind: MessageKind
    removed_at: Moment


class NoteLeft(_OfChannel):
    """A member left a note among the messages."""

    message_id: str
    conversation_id: str
    sent_at: Moment


class _OfConversation(_OfChannel):
    conversation_id: str
    platform: str
    kind: MessageKind
    state: ConversationState
    assignee: str | None = None  # a member's id


class ConversationOpened(_OfConversation):
    """Somebody began to speak with a channel, or about it."""

    created_at: Moment


class ConversationAssigned(_OfConversation):
    """To the assignee; to nobody any more, where there is none."""

    was_assigned_to: str | None = None


class ConversationAnswered(_OfConversation):
    """One of us has answered. How the answer fares is told by its delivery."""


class ConversationSnoozed(_OfConversation):
    """Somebody put it away until a time, or until another one."""

    snoozed_until: Moment


class ConversationClosed(_OfConversation):
    """Somebody closed it."""


class ConversationReopened(_OfConversation):
    """It was closed, snoozed or waiting, and is open again: by a new message of theirs, by its
    time, by one of us, or because an answer of ours came to nothing."""

    was: ConversationState


class ConversationChanged(_OfConversation):
    """Its tags or its priority are others."""

    tags: tuple[str, ...]
    priority: Priority


class SlaAtRisk(_OfConversation):
    """They wait for an answer, and 80 % of the time that was promised for it is gone."""

    answer_due_at: Moment


class SlaBreached(_OfConversation):
    """They wait for an answer, and the time that was promised for it is over."""

    answer_due_at: Moment


class _OfRule(_OfConversation):
    rule_id: str
    rule: str  # its name
    message_id: str  # that it fitted


class PersonAsked(_OfRule):
    """A rule asks that somebody look at a message."""


class MembersNotified(_OfRule):
    """A rule tells members of a message; nobody need do anything."""

    member_ids: tuple[str, ...]


class RuleTripped(_OfRule):
    """A rule would have done more within the hour than it may, and was switched off."""


class ChannelNeedsReconnect(_OfChannel):
    """A platform no longer accepts a channel's credentials."""

    platform: str
    trouble: str | None = None


class GoalOffTrack(Event):
    """As it goes, a goal will be missed. Once for each fall: again only after it was on track, or
    in its next period."""

    goal_id: str
    channel_id: str | None = None
    campaign_id: str | None = None
    measure: GoalMeasure
    target: float
    so_far: float
    forecast: float  # at the end, on a straight line
    ends_on: date  # the last day, of the workspace's
    off_track_since: Moment


EVENTS: tuple[type[Event], ...] = (
    PostPublished,
    PublishFailed,
    DeliveryUnconfirmed,
    DeliveryHeld,
    MessageReceived,
    MessageEdited,
    MessageRemoved,
    NoteLeft,
    ConversationOpened,
    ConversationAssigned,
    ConversationAnswered,
    ConversationSnoozed,
    ConversationClosed,
    ConversationReopened,
    ConversationChanged,
    SlaAtRisk,
    SlaBreached,
    PersonAsked,
    MembersNotified,
    RuleTripped,
    ChannelNeedsReconnect,
    GoalOffTrack,
)
OF_SAYING: Mapping[Saying, type[_OfRule]] = {
    Saying.ASKED: PersonAsked,
    Saying.NOTIFIED: MembersNotified,
    Saying.TRIPPED: RuleTripped,
}
OF_LATENESS: Mapping[Lateness, type[_OfConversation]] = {
    Lateness.AT_RISK: SlaAtRisk,
    Lateness.BREACHED: SlaBreached,
}
OF_DELIVERY: Mapping[State, type[_OfDelivery]] = {
    State.PUBLISHED: PostPublished,
    State.FAILED: PublishFailed,
    State.UNCONFIRMED: DeliveryUnconfirmed,
    State.HELD: DeliveryHeld,
}


def events(before: Row | None, after: Row | None) -> tuple[Event, ...]:
    """What one change of a row means to the outside, if anything. Its key tells what a row is."""
    if after is None:
        return ()
    before = before or {}
    if "delivery_id" in after and "parts" in after:
        told = _of_delivery(before, after)
    elif "message_id" in after:
        told = _of_message(before, after)
    elif "goal_id" in after:
        told = _of_goal(before, after)
    elif "conversation_id" in after:
        return tuple(_of_conversation(before, after))
    else:
        told = _of_channel(before, after) if "channel_id" in after else None
    return () if told is None else (told,)


def _of_delivery(before: Row, after: Row) -> Event | None:
    kind = OF_DELIVERY.get(State(after["state"]))
    if kind is None or before.get("state") == after["state"]:
        return None
    is_action = any(part.get("kind") == PartKind.ACTION for part in after["parts"])
    if kind is PostPublished and is_action:
        return None  # what was done with somebody's message is nothing of ours to be read
    remotes = [part["remote"] for part in after["parts"] if "remote" in part]
    permalinks = [remote["url"] for remote in remotes if "url" in remote]
    return _told(kind, after, key=after["delivery_id"], permalinks=permalinks)


def _of_message(before: Row, after: Row) -> Event | None:
    key = after["message_id"]
    if after["direction"] == Direction.NOTE:
        return None if before else _told(NoteLeft, after, key=key)
    if after["direction"] != Direction.IN:
        return None
    if "removed_at" in after:  # if its removal was heard before it was, nothing is to be told
        known = before and "removed_at" not in before
        return _told(MessageRemoved, after, key=key) if known else None
    if not before:
        return _told(MessageReceived, after, key=key)
    edited = before.get("edited_at") != after.get("edited_at")
    return _told(MessageEdited, after, key=key) if edited else None


def _of_conversation(before: Row, after: Row) -> Iterator[Event]:
    key = after["conversation_id"]
    if not before:
        yield _named(ConversationOpened, after, key=key)
        return
    if before.get("assignee") != after.get("assignee"):
        was = before.get("assignee")
        yield _named(ConversationAssigned, after, key=key, was_assigned_to=was)
    was, state = before["state"], ConversationState(after["state"])
    if state is ConversationState.SNOOZED:
        if before.get("snoozed_until") != after["snoozed_until"]:
            yield _named(ConversationSnoozed, after, key=key)
    elif was != state and state is ConversationState.CLOSED:
        yield _named(ConversationClosed, after, key=key)
    elif was != state and state is ConversationState.OPEN:
        yield _named(ConversationReopened, after, key=key, was=was)
    if after.get("answered_at", "") > before.get("answered_at", ""):  # else one came to nothing
        yield _named(ConversationAnswered, after, key=key)
    if any(before.get(name) != after.get(name) for name in ("tags", "priority")):
        yield _named(ConversationChanged, after, key=key)
    yield from _of_its_clock(before, after)
    yield from _of_rules(before, after)


def _of_its_clock(before: Row, after: Row) -> Iterator[Event]:
    lateness = after.get("lateness")
    if lateness is not None and before.get("lateness") != lateness:
        yield _named(OF_LATENESS[Lateness(lateness)], after, key=after["conversation_id"])


def _of_rules(before: Row, after: Row) -> Iterator[Event]:
    for word in after.get("rule_words", []):
        if word not in before.get("rule_words", []):
            kind = OF_SAYING[Saying(word["saying"])]
            told = _named(kind, {**after, **word}, key=after["conversation_id"])
            event_id = f"{told.event_id}.{word['rule_id']}"  # several rules can say the same
            yield told.model_copy(update={"event_id": event_id})


def _of_channel(before: Row, after: Row) -> Event | None:
    if before.get("state") == after["state"] or after["state"] != ChannelState.NEEDS_RECONNECT:
        return None
    return _told(ChannelNeedsReconnect, after, key=after["channel_id"])


def _of_goal(before: Row, after: Row) -> Event | None:
    since = after.get("off_track_since")
    if since is None or before.get("off_track_since") == since:
        return None
    pace, within = after["found"]["pace"], after["found"]["span"]
    facts = {name: pace[name] for name in ("so_far", "forecast")}
    return _told(GoalOffTrack, after, key=after["goal_id"], ends_on=within["last"], **facts)


def _named[E: Event](kind: type[E], row: Row, *, key: str, **more: Any) -> E:
    """Under an id with its name, for one change of a row can be several events."""
    told = _told(kind, row, key=key, **more)
    return told.model_copy(update={"event_id": f"{told.event_id}.{kind.__name__}"})


def _told[E: Event](kind: type[E], row: Row, *, key: str, **more: Any) -> E:
    """The event, its facts taken from the row by their names."""
    facts = {name: row[name] for name in kind.model_fields if name in row}
    return kind.model_validate({**facts, **more, "event_id": f"{key}.{row['version']}"})
