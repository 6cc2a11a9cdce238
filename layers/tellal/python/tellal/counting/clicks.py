"""Counting a click on a short link: once, if a person made it.

An asynchronous invocation may come twice, and is repeated when it fails. So the claim on its
request id is written in one transaction with the numbers: it is counted wholly or not at all.

Nobody's address or user agent is kept. A visitor is a hash of both with a salt that is drawn for
one workspace's day and runs out with it: the next day, and in another workspace, the same person
is another visitor, and from the hash alone nobody can tell who it was.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from tellal import clock
from tellal.clock import Moment
from tellal.counting import bots
from tellal.errors import AlreadyChanged
from tellal.links import Link
from tellal.posts import Frozen
from tellal.stores.links import ClickStore, LinkStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

CLICK, SALT, VISITOR, MINUTE = "click", "salt", "visitor", "minute"  # purposes in `once`
MOST_A_MINUTE = 10  # by one visitor, on all links of the workspace
LATEST = timedelta(hours=2)  # Lambda gives an invocation up after one
REMEMBERED = timedelta(days=1)
TRIES = 6
FIRST_WAIT = 0.05  # seconds, then twice as long each time: a link that many follow at once


class Click(Frozen):
    """What the redirect tells of one."""

    request_id: str = Field(min_length=1)
    code: str
    at: Moment
    method: str
    address: str
    agent: str
    purpose: str


class Outcome(StrEnum):
    COUNTED = "counted"
    KNOWN = "known already"
    BOT = "a bot"
    NO_LINK = "no such link"


@dataclass(frozen=True)
class Visit:
    """A click by somebody, on one of a delivery's links, on a day of the workspace's."""

    link: Link
    request_id: str
    at: datetime
    visitor: str  # the hash

    @property
    def claim(self) -> tuple[str, str]:
        return CLICK, self.request_id

    @property
    def minute(self) -> tuple[str, str]:
        return MINUTE, f"{self.visitor}#{clock.text(self.at)[:16]}"

    @property
    def of_visitor(self) -> tuple[str, str]:
        """A person who follows two links of one post is one visitor."""
        return VISITOR, f"{self.link.delivery_id}#{self.visitor}"


@dataclass(frozen=True, kw_only=True)
class ClickCounter:
    links: LinkStore
    clicks: ClickStore
    once: OnceStore
    transact: Callable[[Sequence[Write]], None]
    wait: Callable[[float], None]

    def count(self, click: Click, *, now: datetime) -> Outcome:
        """AlreadyChanged if others were quicker every time: Lambda asks again."""
        if bots.is_bot(method=click.method, agent=click.agent, purpose=click.purpose):
            return Outcome.BOT
        link = self.links.get(click.code)
        if link is None:
            return Outcome.NO_LINK
        visit = Visit(link, click.request_id, click.at, self._visitor(click, link, now))
        for attempt in range(TRIES - 1):
            try:
                return self._count(visit, now)
            except AlreadyChanged:  # read again: it says who was quicker
                self.wait(FIRST_WAIT * 2**attempt)
        return self._count(visit, now)

    def _count(self, visit: Visit, now: datetime) -> Outcome:
        asked = (visit.claim, visit.minute, visit.of_visitor)
        claim, minute, visitor = self.once.get_many(asked, now=now)
        if claim is not None:
            return Outcome.KNOWN
        if minute is not None and minute["count"] >= MOST_A_MINUTE:
            return Outcome.BOT
        self.transact(self._writes(visit, new_visitor=visitor is None, now=now))
        return Outcome.COUNTED

    def _writes(self, visit: Visit, *, new_visitor: bool, now: datetime) -> list[Write]:
        day, ends = _day(visit.at, visit.link.zone)
        soon = visit.at + LATEST
        writes = [
            self.once.creation(*visit.claim, {}, until=now + REMEMBERED, now=now),
            self.once.adding(*visit.minute, 1, most=MOST_A_MINUTE - 1, until=soon),
            self.clicks.visiting(visit.link, day=day, new_visitor=new_visitor),
            self.links.visiting(visit.link.code, at=visit.at),
        ]
        if new_visitor:
            writes.append(self.once.creation(*visit.of_visitor, {}, until=ends, now=now))
        return writes

    def _visitor(self, click: Click, link: Link, now: datetime) -> str:
        salt = self._salt(click, link, now)
        return hashlib.sha256("\x1f".join((salt, click.address, click.agent)).encode()).hexdigest()

    def _salt(self, click: Click, link: Link, now: datetime) -> str:
        """The day's, drawn by whoever needs it first."""
        day, ends = _day(click.at, link.zone)
        key = f"{link.workspace_id}#{day}"
        drawn = secrets.token_hex(32)
        row = self.once.get(SALT, key, now=now)
        if row is None:
            try:
                self.transact([self.once.creation(SALT, key, {"salt": drawn}, until=ends, now=now)])
            except AlreadyChanged:
                row = self.once.get(SALT, key, now=now)
        return str(row["salt"]) if row else drawn


def _day(at: datetime, zone: str) -> tuple[date, datetime]:
    """The day there, and when nothing of it can be counted any more."""
    day = at.astimezone(ZoneInfo(zone)).date()
    midnight = clock.instant(datetime.combine(day + timedelta(days=1), time()), zone)
    return day, midnight + LATEST
