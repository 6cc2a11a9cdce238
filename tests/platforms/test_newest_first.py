"""Lists that begin with the newest are read in full, however much came and however often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tellal.errors import Rejected
from tellal.platforms.newest_first import Page, Place, Reader
from tests.platforms.sample import TEN


@dataclass
class Listing:
    """Numbers, one a minute, three a page, at most two pages at once."""

    there: list[int]
    worthless: frozenset[str] = frozenset()  # marks

    def page(self, mark: str | None) -> Page[int]:
        if mark in self.worthless:
            raise Rejected("not a page of ours")
        below = int(mark) if mark else 10**9
        items = [n for n in sorted(self.there, reverse=True) if n < below][:3]
        is_last = not items or items[-1] == min(self.there)
        return Page(items, None if is_last else str(items[-1]))

    def read(self, place: Place | None, *, overlap: int = 1) -> tuple[Sequence[int], Place | None]:
        reader = Reader(
            page=self.page,
            id_of=str,
            at=at,
            overlap=timedelta(minutes=overlap),
            most_pages=2,
        )
        new, reached = reader.read(place)
        return new, reached and Place.model_validate_json(reached.model_dump_json())


def at(number: int) -> datetime:
    return TEN + timedelta(minutes=number)


def test_the_first_reading_is_a_page_and_the_next_goes_on_from_it() -> None:
    listing = Listing([1, 2, 3, 4])
    new, place = listing.read(None)
    assert new == [2, 3, 4]
    listing.there += [5, 6]
    new, place = listing.read(place)
    assert new == [5, 6]
    again, same = listing.read(place)
    assert (list(again), same) == ([], place)


def test_nothing_is_no_place() -> None:
    assert Listing([]).read(None) == ((), None)


def test_more_than_one_run_may_read_is_read_by_the_next_ones_and_nothing_twice() -> None:
    listing = Listing([1])
    _, place = listing.read(None)
    listing.there += range(2, 40)
    came: list[int] = []
    for number in range(40, 60):  # and more comes all the time
        new, place = listing.read(place)
        came += new
        if number < 50:
            listing.there.append(number)
    assert sorted(came) == list(range(2, 50))
    assert place is not None
    assert place.between is None


def test_what_turns_up_behind_others_is_read_while_it_is_not_too_late() -> None:
    listing = Listing([10, 14])
    _, place = listing.read(None, overlap=5)
    listing.there += [12, 3]
    new, place = listing.read(place, overlap=5)
    assert new == [12]


def test_a_mark_that_is_worth_nothing_any_more_begins_anew_and_loses_nothing() -> None:
    listing = Listing([1])
    _, place = listing.read(None)
    listing.there += range(2, 11)
    _, place = listing.read(place)
    assert place is not None
    assert place.between is not None
    listing.worthless = frozenset({place.between.page})
    came: set[int] = set()
    for _ in range(2):
        new, place = listing.read(place)
        came |= set(new)
        listing.worthless = frozenset()
    assert {2, 3, 4} <= came


def test_a_page_that_is_refused_on_the_way_down_is_the_runs_failure() -> None:
    listing = Listing([1])
    _, place = listing.read(None)
    listing.there += range(2, 11)
    listing.worthless = frozenset({"8"})
    with pytest.raises(Rejected):
        listing.read(place)
