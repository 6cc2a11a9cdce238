"""Rules, applied to messages from the table's stream: once to effect, however often it delivers.

All that the rules do with a message is one transaction: the conversation, its tags, what the audit
says of it, how much each rule has done this hour, the delivery that hides the message, and a claim
by the message's id. A kill leaves all of it or nothing, and the stream delivers again; where the
claim is there, nothing is done. That delivery is due at once, and the next sweep finds it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tellal.audit import Who, entry
from tellal.channels import ChannelState
from tellal.conversations import Conversation, Message, RuleWord, Saying
from tellal.deliveries import Delivery
from tellal.errors import AlreadyChanged
from tellal.inbox import answering, fitting, work
from tellal.inbox.fitting import Finds, Situation
from tellal.inbox.service_levels import BusinessTime
from tellal.posts import Action
from tellal.rules import Rule, Rulebook
from tellal.stores.audit import AuditStore
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.contacts import ContactStore
from tellal.stores.conversations import ConversationStore, MessageStore, TagStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.members import MemberStore
from tellal.stores.once import OnceStore
from tellal.stores.rulebooks import RulebookStore
from tellal.stores.table import Write

APPLIED, HOURLY, TURN = "ruled", "rule_hour", "rule_turn"  # purposes in `once`
KEPT = timedelta(days=7)  # a stream keeps a day
TURN_KEPT = timedelta(days=366)
MOST_TRIES = 10


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What rules may ask for beside the message, read only where one of them does."""

    contacts: ContactStore
    workspaces: WorkspaceStore

    def of(self, message: Message, conversation: Conversation, rules: Sequence[Rule]) -> Situation:
        first_time = is_open = None
        if any(rule.when.first_time is not None for rule in rules):
            first_time = self._first_time(message, conversation)
        if any(rule.when.hours is not None for rule in rules):
            workspace = self.workspaces.get(message.workspace_id)
            is_open = BusinessTime.of(workspace).is_open(message.sent_at) if workspace else True
        return Situation(message=message, first_time=first_time, is_open=is_open)

    def _first_time(self, message: Message, conversation: Conversation) -> bool:
        """It began its conversation, in whose write its author was met."""
        contact = self.contacts.get(conversation.contact_id) if message.turn == 0 else None
        return contact is not None and contact.created_at == conversation.created_at


@dataclass(frozen=True, kw_only=True)
class Applier:
    rulebooks: RulebookStore
    conversations: ConversationStore
    messages: MessageStore
    channels: ChannelStore
    deliveries: DeliveryStore
    members: MemberStore
    tags: TagStore
    once: OnceStore
    audit: AuditStore
    surroundings: Surroundings
    finds: Finds
    transact: Callable[[Iterable[Write]], None]

    def apply(self, message: Message, *, now: datetime) -> int:
        """How many rules did something. Raises AlreadyChanged where it lost every race."""
        for _ in range(MOST_TRIES):
            try:
                return self._apply(message, now)
            except AlreadyChanged as error:
                lost = error
        raise lost

    def _apply(self, message: Message, now: datetime) -> int:
        book = self.rulebooks.get(message.workspace_id)
        rules = [rule for rule in book.rules if rule.on] if book else []
        conversation = self.conversations.get(message.conversation_id) if rules else None
        if book is None or conversation is None:
            return 0
        situation = self.surroundings.of(message, conversation, rules)
        fit = list(fitting.fitting(rules, situation, self.finds))
        if not fit or not self._is_to_do(message, now):
            return 0
        made = _Made(self, message, conversation, now)
        for rule in fit:
            made.do(rule)
        if made.done or made.tripped:
            self.transact(made.writes(book))
        return made.done

    def _is_to_do(self, message: Message, now: datetime) -> bool:
        if self.once.get(APPLIED, message.message_id, now=now) is not None:
            return False
        seen = self.messages.get(message.message_id)
        return seen is not None and seen.removed_at is None

    def done_this_hour(self, rule: Rule, now: datetime) -> int:
        row = self.once.get(HOURLY, _hour(rule, now), now=now)
        return int(row["count"]) if row else 0

    def counting(self, rule: Rule, number: int, now: datetime) -> Write:
        until, most = now + timedelta(hours=2), rule.most_an_hour - number
        return self.once.adding(HOURLY, _hour(rule, now), number, most=most, until=until)

    def next_assignee(self, rule: Rule, now: datetime) -> tuple[str | None, list[Write]]:
        """Whose turn it is, and the write that passes it on."""
        members = self.members.get_many(rule.then.assign)
        here = [each.member_id for each in members if each.removed_at is None]
        if len(here) < 2:
            return (here[0] if here else None), []
        row = self.once.get(TURN, rule.rule_id, now=now)
        turn = int(row["count"]) if row else 0
        passing = self.once.adding(TURN, rule.rule_id, 1, most=turn, until=now + TURN_KEPT)
        return here[turn % len(here)], [passing]

    def hiding(self, message: Message, *, now: datetime) -> Delivery | None:
        channel = self.channels.get(message.channel_id)
        if channel is None or channel.state is ChannelState.DISCONNECTED:
            return None
        return answering.action(message, channel, Action.HIDE, now=now)

    def told(self, what: str, subject: str, rule: Rule, message: Message, **facts: Any) -> Write:
        by = Who(id=rule.rule_id, name=rule.name)
        told = entry(what, subject, workspace_id=message.workspace_id, by=by, **facts)
        return self.audit.creation(told)


class _Made:
    """What the rules make of one message, to be written at once."""

    def __init__(
        self, applier: Applier, message: Message, seen: Conversation, now: datetime
    ) -> None:
        self._applier, self._message, self._seen, self._now = applier, message, seen, now
        self._after = seen
        self._hiding: Delivery | None = None
        self._words: list[RuleWord] = []
        self._writes: list[Write] = []
        self.done = 0
        self.tripped: list[Rule] = []

    def do(self, rule: Rule) -> None:
        before = self._after
        passing: list[Write] = []
        assignee = None
        if rule.then.assign and before.assignee is None:
            assignee, passing = self._applier.next_assignee(rule, self._now)
        acted = fitting.acted(before, rule, assignee)
        after = work.settled(before, acted, now=self._now)
        hiding = self._to_hide(rule)
        actions = fitting.actions(before, after, rule, hidden=hiding is not None)
        if not actions:
            return
        if self._applier.done_this_hour(rule, self._now) + len(actions) > rule.most_an_hour:
            self.tripped.append(rule)
            self._say(Saying.TRIPPED, rule)
            return
        if rule.then.notify:
            self._say(Saying.NOTIFIED, rule, member_ids=rule.then.notify)
        if rule.then.ask:
            self._say(Saying.ASKED, rule)
        self._after, self.done = after, self.done + 1
        was, is_ = work.difference(before, after)
        if hiding is not None:
            self._hiding = hiding
            is_ = {**is_, "delivery_id": hiding.delivery_id}
        is_ = {**is_, "actions": list(actions), "message_id": self._message.message_id}
        self._writes += [
            *passing,
            self._applier.counting(rule, len(actions), self._now),
            self._told("ruled", self._seen.conversation_id, rule, before=was, after=is_),
        ]

    def _to_hide(self, rule: Rule) -> Delivery | None:
        """Once, whichever rules say so."""
        if self._hiding or not fitting.hides(self._message, self._seen.platform, rule):
            return None
        return self._applier.hiding(self._message, now=self._now)

    def writes(self, book: Rulebook) -> Iterator[Write]:
        applier, seen = self._applier, self._seen
        after = self._after.model_copy(update={"rule_words": tuple(self._words)})
        claim = {"conversation_id": seen.conversation_id}
        until = self._now + KEPT
        message_id = self._message.message_id
        yield applier.once.creation(APPLIED, message_id, claim, until=until, now=self._now)
        yield applier.conversations.saving(seen, after)
        yield from applier.tags.retagging(seen, after)
        yield from self._writes
        if self._hiding is not None:
            yield applier.deliveries.creation(self._hiding)
        if self.tripped:
            off = {"on": False, "tripped_at": self._now}
            rules = tuple(
                each.model_copy(update=off) if each in self.tripped else each for each in book.rules
            )
            yield applier.rulebooks.saving(book, book.model_copy(update={"rules": rules}))
        for rule in self.tripped:
            yield self._told("tripped", rule.rule_id, rule, before={"on": True})

    def _told(self, what: str, subject: str, rule: Rule, **facts: Any) -> Write:
        return self._applier.told(what, subject, rule, self._message, at=self._now, **facts)

    def _say(self, saying: Saying, rule: Rule, **more: Any) -> None:
        facts = {"rule_id": rule.rule_id, "rule": rule.name, **more}
        self._words.append(RuleWord(saying=saying, message_id=self._message.message_id, **facts))


def _hour(rule: Rule, now: datetime) -> str:
    return f"{rule.rule_id}#{now:%Y-%m-%dT%H}"
