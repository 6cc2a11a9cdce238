"""Errors are named for what we do next, not for what went wrong.

PublishError          a platform did not do as asked
├── TryLater          nothing became public; try again, perhaps after a given delay
│   └── Throttled     …and the whole channel is to be left alone until then
├── Rejected          the platform refuses this content; a person must change it
│   └── Repeated      …as a copy of something it does not name
├── NeedsRefresh      the access token has run out: get a new one, then go on
├── NeedsReconnect    the platform refuses us; a person must connect the channel again
├── OutcomeUnknown    we asked and never heard back; asking again could post twice
└── Duplicate         one like it is there already, and the platform says where
Unacceptable          what somebody gave us breaks a rule: which field, which rule
NotFound              there is no such thing in this workspace
Conflict              what is there does not allow this now
AlreadyChanged        somebody else changed the row since we read it
Unreadable            objects of ours that are damaged: all else was done without them
BadMessage            a message or event that no sender of ours makes: to the dead letters
Forged                a webhook whose signature does not verify

The sentences of PublishErrors are read by authors: no tokens, no stack traces, no jargon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tellal.posts import Remote


class PublishError(Exception):
    """A platform did not do as asked."""


class TryLater(PublishError):
    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Throttled(TryLater):
    """`everywhere`: the limit is our app's, so every channel of the platform waits."""

    def __init__(
        self, reason: str, *, after: timedelta | None = None, everywhere: bool = False
    ) -> None:
        super().__init__(reason, after=after)
        self.everywhere = everywhere


class Rejected(PublishError):
    pass


class Repeated(Rejected):
    pass


class NeedsRefresh(PublishError):
    pass


class NeedsReconnect(PublishError):
    pass


class OutcomeUnknown(PublishError):
    pass


class Duplicate(PublishError):
    """`made_at` is when the existing one was made, by the platform's clock, if it tells."""

    def __init__(self, reason: str, *, existing: "Remote", made_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.existing = existing
        self.made_at = made_at


@dataclass(frozen=True)
class Broken:
    """One broken rule: where (a path into what was given) and the rule, as a sentence."""

    field: str  # "text", "variants.ch_123.thread[1].media[0]"
    rule: str  # "too long for Bluesky: 312 of 300 graphemes"


class Unacceptable(Exception):
    def __init__(self, *broken: Broken) -> None:
        super().__init__("; ".join(f"{each.field}: {each.rule}" for each in broken))
        self.broken = broken


class NotFound(Exception):
    pass


class Conflict(Exception):
    """`facts`: what else is to be told, for programs, as JSON: the lease that stands in the way."""

    def __init__(self, sentence: str, *, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.facts = facts or {}


class AlreadyChanged(Exception):
    pass


class Unreadable(Exception):
    """Of the observations: what lies at these keys of the reports bucket is no such object."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"not readable: {', '.join(keys)}")
        self.keys = tuple(keys)


class BadMessage(Exception):
    pass


class Forged(Exception):
    pass
