"""Reading on where a platform lists the newest first, and leaving no gap however much came.

One run reads so many pages at most, from the newest downwards. Where that does not reach what is
known, the next run goes on below, down to it, before it looks for anything newer: the cursor says
where. An item may turn up behind others that were read before, so each reading goes back a while
behind the newest it knew, and the cursor remembers what was there.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from tellal.clock import Moment
from tellal.errors import Rejected

MOST_SEEN = 2000  # hashes in a cursor; what came before them may be read again, which is harmless


class Between(BaseModel):
    """What was not read yet: from `page` down to what is known."""

    newest: Moment  # of those above it, which are read
    page: str  # the platform's mark


class Place(BaseModel):
    """How far a listing was read."""

    newest: Moment
    seen: Mapping[str, Moment] = {}  # hashed ids of the while before `newest`
    between: Between | None = None


@dataclass(frozen=True)
class Page[Item]:
    items: Sequence[Item]  # the newest first
    more: str | None  # the mark of the next page, if there is one


@dataclass(frozen=True, kw_only=True)
class Reader[Item]:
    page: Callable[[str | None], Page[Item]]  # by the mark of the one before
    id_of: Callable[[Item], str]
    at: Callable[[Item], datetime]  # what it is listed by
    overlap: timedelta
    most_pages: int

    def read(self, place: Place | None) -> tuple[Sequence[Item], Place | None]:
        """What is new, oldest first, and the place to go on from; without one, a page."""
        listed, more = self._listed(place)
        if place is None:
            if not listed:
                return (), None
            newest = max(self.at(each) for each in listed)
            return self._new(listed, None), Place(
                newest=newest, seen=_latest(self._seen(listed, newest))
            )
        tops = [self.at(each) for each in listed] or [place.newest]
        if place.between:
            tops.append(place.between.newest)
        newest = max(*tops, place.newest)
        seen = {**place.seen, **self._seen(listed, newest)}
        if more is not None:
            between = Between(newest=newest, page=more)
            # all of `seen`: of the while before what is known, and of that before the newest
            there = Place(newest=place.newest, seen=_latest(seen), between=between)
            return self._new(listed, place), there
        seen = {name: at for name, at in seen.items() if at >= newest - self.overlap}
        return self._new(listed, place), Place(newest=newest, seen=_latest(seen))

    def _listed(self, place: Place | None) -> tuple[list[Item], str | None]:
        """And the mark of the page that comes next, if what is known was not reached."""
        mark = place.between.page if place and place.between else None
        listed: list[Item] = []
        for _ in range(self.most_pages if place else 1):
            page = self._page(mark, anew=mark is not None and not listed)
            listed += page.items
            reached = place and any(self.at(each) < self._since(place) for each in page.items)
            if place is None or reached or page.more in {None, mark} or not page.items:
                return listed, None
            mark = page.more
        return listed, mark

    def _page(self, mark: str | None, *, anew: bool) -> Page[Item]:
        """A mark from another day may be worth nothing any more: then from the newest down."""
        try:
            return self.page(mark)
        except Rejected:
            if not anew:
                raise
            return self.page(None)

    def _since(self, place: Place) -> datetime:
        return place.newest - self.overlap

    def _new(self, listed: Sequence[Item], place: Place | None) -> Sequence[Item]:
        """A stable order: those of one moment stay as they were listed, from the last up."""
        new = (
            each
            for each in reversed(listed)
            if place is None
            or (self.at(each) >= self._since(place) and hashed(self.id_of(each)) not in place.seen)
        )
        return sorted(new, key=self.at)

    def _seen(self, listed: Sequence[Item], newest: datetime) -> dict[str, datetime]:
        since = newest - self.overlap
        return {
            hashed(self.id_of(each)): self.at(each) for each in listed if self.at(each) >= since
        }


def _latest(seen: Mapping[str, datetime]) -> Mapping[str, datetime]:
    """Always in the same order: a cursor that says nothing new is the same text."""
    latest = sorted(seen, key=lambda name: (seen[name], name), reverse=True)[:MOST_SEEN]
    return {name: seen[name] for name in latest}


def hashed(name: str) -> str:
    """An item's id, as short as a cursor may keep hundreds of them."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
