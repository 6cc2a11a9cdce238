"""What a team does with a conversation, and what a message of theirs does to it. Pure.

    open ⇄ waiting (we answered, they are to come)        a message of theirs opens it
    open, waiting ─▶ snoozed ─▶ open, by itself at its time    again from everywhere
    open, waiting, snoozed ─▶ closed ─▶ open

Whoever leaves `snoozed` leaves its time behind: the row stands in the index `waking` while it has
one, and in no state but `snoozed`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tellal.conversations import Conversation, ConversationState
from tellal.errors import Broken, Conflict, Unacceptable

S = ConversationState
MOVES: Mapping[ConversationState, frozenset[ConversationState]] = {
    S.OPEN: frozenset({S.OPEN, S.WAITING, S.SNOOZED, S.CLOSED}),
    S.WAITING: frozenset({S.WAITING, S.OPEN, S.SNOOZED, S.CLOSED}),
    S.SNOOZED: frozenset({S.SNOOZED, S.OPEN, S.WAITING, S.CLOSED}),
    S.CLOSED: frozenset({S.CLOSED, S.OPEN}),
}
CLOCK_STOPPED: Mapping[str, None] = dict.fromkeys(
    ("owed_since", "answer_due_at", "at_risk_at", "lateness")
)
LONGEST_SNOOZE = timedelta(days=366)
MOST_TAGS = 20
LONGEST_TAG = 50  # characters
WORK = ("state", "snoozed_until", "assignee", "tags", "priority")  # what a person changes


def moved(
    conversation: Conversation, to: ConversationState, *, until: datetime | None, now: datetime
) -> Conversation:
    """By a person. Raises Conflict for a move that does not exist, Unacceptable for its time."""
    if to not in MOVES[conversation.state]:
        raise Conflict(f"A conversation that is {conversation.state} cannot become {to}: open it.")
    if to is not S.SNOOZED:
        if until is not None:
            raise Unacceptable(Broken("snoozed_until", "is for the state snoozed alone"))
        return _into(conversation, to)
    if until is None:
        raise Unacceptable(Broken("snoozed_until", "is required: when it is to come back"))
    if until <= now:
        raise Unacceptable(Broken("snoozed_until", "is in the past"))
    if until > now + LONGEST_SNOOZE:
        raise Unacceptable(Broken("snoozed_until", "is more than a year away"))
    return conversation.model_copy(update={"state": to, "snoozed_until": until})


def spoken_to(conversation: Conversation) -> Conversation:
    """A message of theirs is there, which nobody has seen: it is open, whatever it was."""
    return _into(conversation, S.OPEN)


def answered(conversation: Conversation, *, closes: bool = False) -> Conversation:
    """We have said something, and they are to come."""
    return _into(conversation, S.CLOSED if closes else S.WAITING)


def closed(conversation: Conversation) -> Conversation:
    """By a rule: nobody needs to look at it."""
    return _into(conversation, S.CLOSED)


def settled(before: Conversation, after: Conversation, *, now: datetime) -> Conversation:
    """With when it was closed, where it is now and was not."""
    if after.state is not S.CLOSED or before.state is S.CLOSED:
        return after
    return after.model_copy(update={"closed_at": now})


def woken(conversation: Conversation, *, now: datetime) -> Conversation:
    """The same one where it is not its time."""
    until = conversation.snoozed_until
    return conversation if until is None or until > now else _into(conversation, S.OPEN)


def tags(given: Iterable[str], *, field: str = "tags") -> tuple[str, ...]:
    """In one spelling, each once, in order. Raises Unacceptable."""
    broken, kept = [], dict[str, None]()
    for number, tag in enumerate(given):
        spelled = re.sub(r"\s+", " ", unicodedata.normalize("NFC", tag)).strip().lower()
        if not 0 < len(spelled) <= LONGEST_TAG:
            broken.append(
                Broken(f"{field}[{number}]", f"has between 1 and {LONGEST_TAG} characters")
            )
        elif any(unicodedata.category(each) in ("Cc", "Cf") for each in spelled):
            broken.append(Broken(f"{field}[{number}]", "has a character in it that nobody sees"))
        kept[spelled] = None
    if len(kept) > MOST_TAGS:
        broken.append(Broken(field, f"are more than {MOST_TAGS}"))
    if broken:
        raise Unacceptable(*broken)
    return tuple(sorted(kept))


def difference(
    before: Conversation, after: Conversation
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The facts a person may change that differ, as they were and as they are."""
    was, now = (each.model_dump(mode="json", include=set(WORK)) for each in (before, after))
    names = [name for name in WORK if was[name] != now[name]]
    return _set(was, names), _set(now, names)


def _set(facts: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    return {name: facts[name] for name in names if facts[name] is not None}


def _into(conversation: Conversation, to: ConversationState) -> Conversation:
    stopped = CLOCK_STOPPED if to in (S.WAITING, S.CLOSED) else {}
    return conversation.model_copy(update={"state": to, "snoozed_until": None, **stopped})
