"""Whether a message fits a rule, and what the rule makes of its conversation. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tellal.conversations import Conversation, ConversationState, Message
from tellal.inbox import work
from tellal.platforms import PLATFORMS
from tellal.platforms.answering import acts_on
from tellal.posts import Action
from tellal.rules import Hour, Rule, When

WORD = re.compile(r"\w+")
LINK = re.compile(r"https?://\S|\bwww\.\w", re.IGNORECASE)
ONE_I = str.maketrans({"İ": "i", "I": "i", "ı": "i"})  # whichever alphabet it was written in

Finds = Callable[[str, str], bool]  # a pattern, in a text


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A message and what is known around it; what no rule asks for need not be looked up."""

    message: Message
    first_time: bool | None = None
    is_open: bool | None = None  # whether it came within business hours


def fitting(rules: Sequence[Rule], situation: Situation, finds: Finds) -> Iterator[Rule]:
    for rule in rules:
        if fits(rule.when, situation, finds):
            yield rule
            if rule.stops:
                return


def fits(when: When, situation: Situation, finds: Finds) -> bool:
    message = situation.message
    said = Said.of(message.text)
    followers = message.author.followers if message.author else None
    return (
        _is_of(message.channel_id, when.channel_ids)
        and _is_of(message.kind, when.kinds)
        and _is_of(message.language, when.languages)
        and _is_of(message.sentiment, when.sentiments)
        and when.has_link in (None, LINK.search(message.text) is not None)
        and when.first_time in (None, situation.first_time)
        and (when.followers is None or (followers or 0) >= when.followers)
        and (when.hours is None or situation.is_open is (when.hours is Hour.INSIDE))
        and (not when.any_words or any(map(said.has, when.any_words)))
        and all(map(said.has, when.all_words))
        and (when.pattern is None or finds(when.pattern, message.text))
    )


def acted(conversation: Conversation, rule: Rule, assignee: str | None) -> Conversation:
    """As the rule makes it; the same one where there is nothing left to do."""
    then = rule.then
    tags = tuple(sorted({*conversation.tags, *then.tags}))
    changed = conversation.model_copy(
        update={
            "tags": tags if len(tags) <= work.MOST_TAGS else conversation.tags,
            "priority": then.priority or conversation.priority,
            "assignee": conversation.assignee or assignee,
        }
    )
    return work.closed(changed) if then.close else changed


def hides(message: Message, platform: str, rule: Rule) -> bool:
    """Whether there is something left to hide, and the platform lets us."""
    if not rule.then.hide or message.hidden_at is not None:
        return False
    return message.kind in acts_on(PLATFORMS[platform], Action.HIDE)


def actions(
    before: Conversation, after: Conversation, rule: Rule, *, hidden: bool = False
) -> tuple[str, ...]:
    """In a word each, what it does that was not so already; `hidden`: the message, too."""
    closed = after.state is ConversationState.CLOSED and before.state is not after.state
    done = {
        "tag": before.tags != after.tags,
        "assign": before.assignee != after.assignee,
        "priority": before.priority is not after.priority,
        "close": closed,
        "hide": hidden,
        "notify": bool(rule.then.notify),
        "ask": rule.then.ask,
    }
    return tuple(name for name, is_done in done.items() if is_done)


@dataclass(frozen=True)
class Said:
    """A text to look for words in, in any case and with any marks between them."""

    spelled: str
    words: str  # between spaces: no word is found inside another

    @classmethod
    def of(cls, text: str) -> "Said":
        spelled = unicodedata.normalize("NFKC", text.translate(ONE_I)).casefold()
        return cls(spelled, f" {' '.join(WORD.findall(spelled))} ")

    def has(self, wanted: str) -> bool:
        """A word or a phrase; or what has no word in it, such as an emoji, as it stands."""
        looked_for = Said.of(wanted)
        if looked_for.words.strip():
            return looked_for.words in self.words
        return looked_for.spelled.strip() in self.spelled


def _is_of[T](value: T, wanted: Sequence[T]) -> bool:
    return not wanted or value in wanted
