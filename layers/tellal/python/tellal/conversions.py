"""Conversions: somebody did what posts are for, and which post brought them. Pure.

A conversion is known by its caller's own id, so that it counts once however often it is told. It is
attributed to the last touch: of the short links and UTM parameters that its caller says the person
came by, the latest that is no later than the conversion and no earlier than the window before it.
Whatever cannot be attributed is counted all the same, and says why.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from tellal import clock, ids
from tellal.clock import Moment
from tellal.posts import Frozen

WINDOW_DAYS = 30  # where the workspace says nothing else
AHEAD = timedelta(minutes=5)  # by which a caller's clock may be fast


class Stage(StrEnum):
    LEAD = "lead"  # left an address, called, signed up
    PIPELINE = "pipeline"  # is being sold to
    SALE = "sale"


class Via(StrEnum):
    """How we were told."""

    KEY = "key"  # by a program with an API key
    SIGNED = "signed"  # by a program that signs
    FILE = "file"  # in a CSV file
    SITE = "site"  # by the snippet in somebody's browser: anybody can say it


class Touch(Frozen):
    """One time that the person came, as far as the caller knows."""

    at: Moment | None = None  # of the click; None: nobody kept it
    code: str | None = None  # of a short link
    source: str | None = None  # utm_source, and so on
    medium: str | None = None
    campaign: str | None = None
    content: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.code or self.has_utm)

    @property
    def has_utm(self) -> bool:
        return any((self.source, self.medium, self.campaign, self.content))


class Origin(Frozen):
    """What of ours a touch leads back to."""

    by: Literal["code", "utm"]
    since: Moment  # a touch whose time nobody kept counts from then: when it went out, or was made
    delivery_id: str | None = None
    post_id: str | None = None
    channel_id: str | None = None
    platform: str | None = None
    campaign_id: str | None = None


class Attribution(Frozen):
    by: Literal["code", "utm"] | None = None
    delivery_id: str | None = None
    post_id: str | None = None
    channel_id: str | None = None
    platform: str | None = None
    campaign_id: str | None = None
    touched_at: Moment | None = None
    why_not: str | None = None  # a sentence, where it is nobody's


class Conversion(Frozen):
    conversion_id: str
    workspace_id: str
    given_id: str  # the caller's
    stage: Stage
    occurred_at: Moment
    of_day: date  # the workspace's, when we were told
    value: int | None = None  # in the currency's smallest unit; both or none
    currency: str | None = None
    touches: tuple[Touch, ...] = ()
    attribution: Attribution
    via: Via
    noted_at: Moment
    taken_back_at: Moment | None = None
    uncounted: str | None = None  # its workspace, while it waits to be an observation
    version: int = 0


def id_of(workspace_id: str, given_id: str, via: Via) -> str:
    """What a browser says has ids of its own: nobody may take a shop's beforehand."""
    told_by = Via.SITE if via is Via.SITE else Via.KEY
    return ids.derived("cvn", workspace_id, told_by, given_id)


def differing(kept: Conversion, given: Conversion, *, timed: bool) -> str | None:
    """The first field in which the same id is told with other facts. Without a time of the
    caller's own (`timed`) the conversion's is ours, and says nothing."""
    names = ["stage", "value", "currency", "touches", *(["occurred_at"] if timed else [])]
    return next((name for name in names if getattr(kept, name) != getattr(given, name)), None)


def attribute(
    touches: Sequence[tuple[Touch, Origin | None]], *, occurred_at: datetime, window: timedelta
) -> Attribution:
    """`touches` with what of ours each leads to, if to anything."""
    given = [each for each in touches if not each[0].is_empty]
    if not given:
        return _nobodys("It came with neither a short link's code nor UTM parameters.")
    known = [(touch.at or origin.since, origin) for touch, origin in given if origin is not None]
    if not known:
        return _nobodys("No short link, post or campaign of this workspace fits what was given.")
    before = [each for each in known if each[0] <= occurred_at]
    if not before:
        return _nobodys("It happened before the first touch that is known of.")
    touched_at, origin = max(before, key=lambda each: each[0])
    if touched_at < occurred_at - window:
        days = window // timedelta(days=1)
        return _nobodys(f"The last touch, on {clock.day(touched_at)}, is over {days} days older.")
    found = origin.model_dump(exclude={"since"})
    return Attribution(**found, touched_at=touched_at)


def taken_back(seen: Conversion, *, now: datetime) -> Conversion:
    """Later than it was noted, so that this is what counts."""
    if seen.taken_back_at is not None:
        return seen
    at = max(now, seen.noted_at + timedelta(milliseconds=1))
    return seen.model_copy(update={"taken_back_at": at, "uncounted": seen.workspace_id})


def _nobodys(why_not: str) -> Attribution:
    return Attribution(why_not=why_not)
