"""What must be so at the end of every schedule of the inbox.

Every validly signed event is stored once, where people see it and its conversation counts it, or
its body lies whole in the dead letters. What nobody signed has no effect. Each rule that fits has
done its work once, and said so once. Everything is told on the bus, each thing under one id.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from tellal import wiring
from tellal.audit import Entry
from tellal.conversations import (
    Change,
    Contact,
    Conversation,
    ConversationState,
    Direction,
    Lateness,
    Message,
    MessageKind,
)
from tellal.deliveries import Delivery
from tellal.inbox.excerpts import excerpt
from tellal.inbox.webhooks import REFUSED
from tellal.stores.table import decoded
from tests.faults.inbox.senders import DIRECT, SENDERS, Event, Sender
from tests.faults.inbox.stage import WORKSPACE, channel_id, fitting
from tests.faults.inbox.surroundings import Letter, Truth
from tests.faults.inbox.world import InboxWorld
from tests.faults.violation import Violation

FORGED = "forged"  # the mark of what must leave no trace: it stands in its texts
BY_PLATFORM: Mapping[str, Sender] = {each.platform: each for each in SENDERS}

type Key = tuple[str, str]  # a channel's id, and the platform's of a message


class Kind(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    FORGED_EFFECT = "forged_effects"
    RULED_TWICE = "rules_twice"
    UNRULED = "unruled"
    UNSEEN = "unseen"
    MISCOUNTED = "miscounted"
    UNTOLD = "untold"


@dataclass
class Found:
    """What a schedule has left behind, read once."""

    world: InboxWorld

    @cached_property
    def items(self) -> Mapping[str, list[Any]]:
        return self.world.items()

    @cached_property
    def messages(self) -> list[Message]:
        return [wiring.messages().value(decoded(item)) for item in self.items["messages"]]

    @cached_property
    def conversations(self) -> dict[str, Conversation]:
        store = wiring.conversations()
        values = (store.value(decoded(item)) for item in self.items["conversations"])
        return {each.conversation_id: each for each in values}

    @cached_property
    def contacts(self) -> list[Contact]:
        return [wiring.contacts().value(decoded(item)) for item in self.items["contacts"]]

    @cached_property
    def entries(self) -> list[Entry]:
        return [wiring.audit().value(decoded(item)) for item in self.items["audit"]]

    @cached_property
    def hidings(self) -> list[Delivery]:
        return [wiring.deliveries().value(decoded(item)) for item in self.items["deliveries"]]

    @cached_property
    def once(self) -> dict[str, Any]:
        rows = map(decoded, self.items["once"])
        return {row["once_key"]: row for row in rows}

    @cached_property
    def told(self) -> dict[Key, list[Event]]:
        """What was signed, by the message it is about."""
        by_message: defaultdict[Key, list[Event]] = defaultdict(list)
        for letter in self.world.sent:
            for event in letter.events:
                by_message[_key(letter, event)].append(event)
        return dict(by_message)

    @cached_property
    def dead(self) -> set[str]:
        """The bodies."""
        return {letter.body for letter in self.world.mail.dead}

    @cached_property
    def by_key(self) -> dict[Key, list[Message]]:
        kept: defaultdict[Key, list[Message]] = defaultdict(list)
        for each in self.messages:
            kept[each.channel_id, each.remote_id or ""].append(each)
        return dict(kept)

    @cached_property
    def firsts(self) -> dict[str, Message]:
        """Each message as its stream first told it."""
        inserts = (each for each in self.world.seen if each["eventName"] == "INSERT")
        images = (each["dynamodb"]["NewImage"] for each in inserts)
        values = (
            wiring.messages().value(decoded(image)) for image in images if "message_id" in image
        )
        return {each.message_id: each for each in values}


def violations(found: Found) -> list[Violation[Kind]]:
    with found.world.stage.border.aside():
        return [
            *_kept_once(found),
            *_seen(found),
            *_counted(found),
            *_forged(found),
            *_ruled(found),
            *_announced(found),
        ]


def stored_once(found: Found) -> int:
    """How many messages were sent, and are kept once."""
    return sum(len(found.by_key.get(key, ())) == 1 for key in found.told)


def _key(letter: Letter, event: Event) -> Key:
    sender = BY_PLATFORM[letter.platform]
    return channel_id(letter.platform), sender.remote_id(event)


# ── each once ────────────────────────────────────────────────────────────────────────────────


def _kept_once(found: Found) -> Iterator[Violation[Kind]]:
    for letter in found.world.mail.waiting:
        yield Violation(Kind.LOST, f"{letter.record['messageId']} waits for ever")
    for letter in found.world.sent:
        if letter.truth is Truth.POISONOUS and letter.body not in found.dead:
            yield Violation(Kind.LOST, f"{letter.record['messageId']}, of which a part is nowhere")
    for key, events in found.told.items():
        kept = found.by_key.get(key, [])
        if len(kept) > 1:
            yield Violation(Kind.DOUBLED, f"{key} is kept {len(kept)} times")
        if not kept and not _is_dead(found, key):
            yield Violation(Kind.LOST, f"{key}, of which was told {events}")
        for message in kept:
            yield from _holds(found, key, message, events)
    for key in found.by_key.keys() - found.told.keys():
        yield Violation(Kind.FORGED_EFFECT, f"{key} was told by nobody")


def _is_dead(found: Found, key: Key) -> bool:
    return any(
        letter.body in found.dead and key in {_key(letter, each) for each in letter.events}
        for letter in found.world.sent
    )


def _holds(
    found: Found, key: Key, message: Message, events: Sequence[Event]
) -> Iterator[Violation[Kind]]:
    """What was told last holds, in whatever order it came."""
    if _is_dead(found, key):
        return  # some of it was perhaps not heard
    sender = BY_PLATFORM[key[0].removeprefix("ch_")]
    removed = any(each.change is Change.REMOVED for each in events)
    newest = max(events, key=lambda each: (each.change is Change.EDITED, each.second))
    expected = "" if removed else sender.text(newest)
    if (message.text, message.removed_at is not None) != (expected, removed):
        yield Violation(Kind.LOST, f"{key} says «{message.text}», and not «{expected}»")


# ── where people see it ──────────────────────────────────────────────────────────────────────


def _seen(found: Found) -> Iterator[Violation[Kind]]:
    listed = {
        state: {
            item["conversation_id"]: item
            for item in wiring.conversations().listed(WORKSPACE, state, limit=1000).items
        }
        for state in ConversationState
    }
    there = {
        item["message_id"]
        for conversation_id in found.conversations
        for item in wiring.messages().of_conversation(conversation_id, limit=1000).items
    }
    for message in found.messages:
        if message.conversation_id in found.conversations:
            if message.message_id not in there:
                yield Violation(Kind.UNSEEN, f"{message.remote_id} is not in its conversation")
        elif found.firsts[message.message_id].removed_at is None:
            yield Violation(Kind.UNSEEN, f"{message.remote_id} is in no conversation")
    for conversation in found.conversations.values():
        states = [each for each in listed if conversation.conversation_id in listed[each]]
        if states != [conversation.state]:
            yield Violation(Kind.UNSEEN, f"{conversation.author} is listed as {states}")
    contacts = Counter(each.contact_id for each in found.contacts)
    for conversation in found.conversations.values():
        if contacts[conversation.contact_id] != 1:
            yield Violation(Kind.UNSEEN, f"{conversation.author} is no contact")


def _counted(found: Found) -> Iterator[Violation[Kind]]:
    """A conversation says of its messages what is so, and nothing of what was taken back."""
    of: defaultdict[str, list[Message]] = defaultdict(list)
    for message in found.messages:
        of[message.conversation_id].append(message)
    for conversation in found.conversations.values():
        there = [each for each in of[conversation.conversation_id] if each.removed_at is None]
        theirs = sum(each.direction is Direction.IN for each in there)
        if conversation.unanswered != theirs:
            told = f"{conversation.unanswered} of {theirs} messages wait for an answer"
            yield Violation(Kind.MISCOUNTED, f"{conversation.author}: {told}")
        said = {excerpt(each.text) for each in there} or {""}
        if conversation.excerpt not in said:
            told = f"shows «{conversation.excerpt}», and not one of {said}"
            yield Violation(Kind.MISCOUNTED, f"{conversation.author} {told}")
        if any(each.sent_at > conversation.last_message_at for each in there):
            yield Violation(Kind.MISCOUNTED, f"{conversation.author} is listed too far below")
        is_owed = conversation.answer_due_at is not None
        is_closed = conversation.state is ConversationState.CLOSED
        if is_owed == (is_closed or not there):
            told = "an answer" if is_owed else "no answer"
            yield Violation(Kind.MISCOUNTED, f"{conversation.author} is owed {told}")
        if is_owed and conversation.lateness is not Lateness.BREACHED:
            yield Violation(Kind.MISCOUNTED, f"nobody says that {conversation.author} waits")


# ── what nobody signed ───────────────────────────────────────────────────────────────────────


def _forged(found: Found) -> Iterator[Violation[Kind]]:
    for table, items in found.items.items():
        for item in items:
            if FORGED in str(item):
                yield Violation(Kind.FORGED_EFFECT, f"a row of {table}")
    if any(FORGED in str(detail) for _, detail in found.world.stage.bus.told):
        yield Violation(Kind.FORGED_EFFECT, "an event")
    signed = {each.body for each in found.world.sent if each.truth is not Truth.FORGED}
    forged = [each for each in found.world.sent if each.truth is Truth.FORGED]
    for letter in forged:
        if letter.body in found.dead:
            yield Violation(Kind.FORGED_EFFECT, "a dead letter, which somebody would bring back")
        if letter.body not in signed and _archive().get(found.world.archive_key(letter)):
            yield Violation(Kind.FORGED_EFFECT, "an object in the archive")
    rows = (row for key, row in found.once.items() if key.startswith(f"{REFUSED}#"))
    counted = sum(row["count"] for row in rows)
    if counted < len(forged):
        yield Violation(Kind.FORGED_EFFECT, f"{counted} of {len(forged)} forged ones were counted")


def _archive() -> Any:
    return wiring.webhooks().archive


# ── what rules made of it ────────────────────────────────────────────────────────────────────


def _ruled(found: Found) -> Iterator[Violation[Kind]]:
    ruled = [each for each in found.entries if each.what == "ruled"]
    done = Counter((str(each.after["message_id"]), _rule(each)) for each in ruled)
    for (message_id, rule), times in done.items():
        if times > 1:
            yield Violation(Kind.RULED_TWICE, f"{rule} of {message_id}, {times} times")
    for message_id, first in found.firsts.items():
        if first.direction is not Direction.IN or first.removed_at is not None:
            continue
        sender = BY_PLATFORM[first.channel_id.removeprefix("ch_")]
        gone = any(each.message_id == message_id and each.removed_at for each in found.messages)
        fits = fitting(sender, first.kind, first.text)
        did = {rule for of, rule in done if of == message_id}
        if did - fits or (not gone and did != fits):
            yield Violation(Kind.UNRULED, f"{first.text!r} ({first.kind}) had {did}, not {fits}")
    reopened = Counter(each.by.id for each in found.entries if each.what == "reopened")
    for message_id, times in reopened.items():
        if times > 1:
            yield Violation(Kind.DOUBLED, f"{message_id} reopened its conversation {times} times")
    yield from _hidden(found, ruled)
    actions = [action for each in ruled for action in each.after["actions"]]
    hours = sum(row["count"] for key, row in found.once.items() if key.startswith("rule_hour#"))
    turns = sum(row["count"] for key, row in found.once.items() if key.startswith("rule_turn#"))
    if (hours, turns) != (len(actions), actions.count("assign")):
        yield Violation(Kind.RULED_TWICE, f"{hours} actions and {turns} turns were counted")


def _rule(entry: Entry) -> str:
    return entry.by.name.partition(",")[0]


def _hidden(found: Found, ruled: Sequence[Entry]) -> Iterator[Violation[Kind]]:
    hidings = Counter(each.answers for each in found.hidings)
    said = Counter(str(each.after["message_id"]) for each in ruled if "delivery_id" in each.after)
    if hidings != said:
        yield Violation(Kind.RULED_TWICE, f"{hidings} were to be hidden, by {said}")
    for entry in ruled:
        message = found.firsts[str(entry.after["message_id"])]
        sender = BY_PLATFORM[message.channel_id.removeprefix("ch_")]
        can = sender.hides and MessageKind(message.kind) is not DIRECT
        if _rule(entry) == "rude" and hidings[message.message_id] != can:
            yield Violation(Kind.UNRULED, f"{message.remote_id} was not hidden")


# ── what was told ────────────────────────────────────────────────────────────────────────────


type Ids = Mapping[tuple[str, str], set[str]]  # of events, by their name and what they are about


def _announced(found: Found) -> Iterator[Violation[Kind]]:
    by_id: dict[str, Any] = {}
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, detail in found.world.stage.bus.told:
        told = (name, detail)
        if by_id.setdefault(detail["event_id"], told) != told:
            yield Violation(Kind.UNTOLD, f"{detail['event_id']} means two things")
        subject = detail.get("message_id") or detail.get("conversation_id")
        ids[name, str(subject)].add(detail["event_id"])
    yield from _messages_announced(found, ids)
    yield from _conversations_announced(found, ids)


def _messages_announced(found: Found, ids: Ids) -> Iterator[Violation[Kind]]:
    for message_id, first in found.firsts.items():
        received = ids["MessageReceived", message_id]
        expected = set() if first.removed_at else {f"{message_id}.0"}
        if received != expected:
            yield Violation(Kind.UNTOLD, f"MessageReceived of {first.remote_id}: {received}")
    for message in found.messages:
        first = found.firsts[message.message_id]
        taken_back = message.removed_at is not None and first.removed_at is None
        if len(ids["MessageRemoved", message.message_id]) != taken_back:
            yield Violation(Kind.UNTOLD, f"MessageRemoved of {message.remote_id}")


def _conversations_announced(found: Found, ids: Ids) -> Iterator[Violation[Kind]]:
    for conversation_id, conversation in found.conversations.items():
        if len(ids["ConversationOpened", conversation_id]) != 1:
            yield Violation(Kind.UNTOLD, f"ConversationOpened of {conversation_id}")
        if conversation.lateness and not ids["SlaBreached", conversation_id]:
            yield Violation(Kind.UNTOLD, f"SlaBreached of {conversation_id}")
    asked = Counter(
        (str(each.after["message_id"]), each.by.id)
        for each in found.entries
        if each.what == "ruled"
    )
    told = {
        (detail["message_id"], detail["rule_id"])
        for name, detail in found.world.stage.bus.told
        if name == "PersonAsked"
    }
    for message_id, rule_id in asked.keys() - told:
        yield Violation(Kind.UNTOLD, f"PersonAsked of {message_id}, by {rule_id}")
