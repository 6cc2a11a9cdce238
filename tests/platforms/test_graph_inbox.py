"""Walking Meta's lists from the newest back: without a gap, whatever comes in between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tellal.conversations import Author, Heard, MessageKind
from tellal.errors import NeedsReconnect, PublishError, Rejected, Throttled, TryLater
from tellal.platforms import graph_inbox
from tellal.platforms.calls import Gone
from tellal.platforms.graph_inbox import Listed, Place
from tellal.platforms.hearing import InboxPage

CONNECTED = datetime(2026, 1, 1, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def message(number: int) -> Heard:
    """The nth, said n minutes after the channel was connected; before it, if less than none."""
    return Heard(
        channel_remote_id="9",
        remote_id=f"m{number}",
        kind=MessageKind.COMMENT,
        author=Author(remote_id="77", handle="ann"),
        text=f"{number}",
        sent_at=CONNECTED + number * MINUTE,
        thread="t",
    )


@dataclass
class List:
    """What a platform lists, the newest first, page by page."""

    numbers: list[int] = field(default_factory=list)
    of_a_page: int = 2
    asked: list[Place] = field(default_factory=list)
    fails: Callable[[Place], PublishError | None] = lambda _: None

    def __call__(self, place: Place, back_to: datetime) -> Listed:
        self.asked.append(place)
        if error := self.fails(place):
            raise error
        newest_first = sorted(self.numbers, reverse=True)
        before = int(place.after) if place.after else newest_first[0] + 1 if newest_first else 0
        behind = [number for number in newest_first if number < before]
        listed = [message(number) for number in behind[: self.of_a_page]]
        is_last = len(behind) <= self.of_a_page or listed[-1].sent_at < back_to
        after = None if is_last else str(behind[self.of_a_page - 1])
        return Listed(tuple(listed), (Place(after=after),) if after else ())


@dataclass
class Reader:
    """Reads as the poller does: a page after the other, its cursor kept."""

    lists: Mapping[str, List]
    cursor: str | None = None
    minute: int = 0
    requests: int = 4

    def read(self) -> InboxPage:
        page = graph_inbox.read(
            self.lists,
            cursor=self.cursor,
            connected_at=CONNECTED,
            now=CONNECTED + self.minute * MINUTE,
            requests=self.requests,
        )
        self.cursor = page.cursor
        return page

    def read_all(self) -> list[str]:
        came: list[str] = []
        for _ in range(2000):
            page = self.read()
            came += [each.text for each in page.heard]
            if not page.heard and not page.more:
                return came
        raise AssertionError("it never ends")


def spelled(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


def test_nothing_at_all_leaves_no_cursor_and_is_no_gap_later() -> None:
    there = List()
    reader = Reader({"comments": there})
    assert (reader.read().heard, reader.cursor) == ((), None)
    there.numbers = list(range(1, 20))
    reader.minute = 30
    assert sorted(map(int, reader.read_all())) == list(range(1, 20))


def test_of_what_lay_there_before_the_newest_is_read_and_all_since_the_channel_is_connected() -> (
    None
):
    there = List([*range(-200, 0), *range(1, 9)], of_a_page=5)
    reader = Reader({"comments": there}, minute=10)
    came = [int(each) for each in reader.read_all()]
    assert [number for number in came if number > 0] == list(range(1, 9))
    assert len(there.asked) < 6


def test_a_full_first_page_from_before_is_not_all_taken_for_new() -> None:
    reader = Reader({"comments": List(list(range(-200, 0)), of_a_page=100)})
    assert reader.read_all() == spelled(*range(-graph_inbox.MOST_OLD, 0))


def test_each_reading_begins_behind_the_one_before_and_changes_nothing_where_nothing_came() -> None:
    there = List([1, 2])
    reader = Reader({"comments": there}, minute=3)
    assert reader.read_all() == spelled(1, 2)
    there.numbers += [3, 4, 5]
    reader.minute = 6
    assert sorted(reader.read_all()) == spelled(3, 4, 5)
    cursor = reader.cursor
    reader.minute = 9
    page = reader.read()
    assert (page.heard, page.cursor, page.more) == ((), cursor, False)


def test_after_an_outage_of_a_day_nothing_is_missing_however_few_pages_a_reading_has() -> None:
    there = List([1])
    reader = Reader({"comments": there}, minute=2, requests=1)
    assert reader.read_all() == spelled(1)
    there.numbers += range(2, 24 * 60)
    reader.minute = 24 * 60
    seen: set[str] = set()
    for _ in range(800):  # new things come while it reads on
        page = reader.read()
        seen |= {each.text for each in page.heard}
        reader.minute += 1
        if reader.minute % 50 == 0:
            there.numbers.append(reader.minute)
    seen |= set(reader.read_all())
    assert seen == set(spelled(*there.numbers[1:]))


def test_the_cursor_of_a_walk_stays_until_it_came_to_its_end_and_is_never_large() -> None:
    there = List([1])
    reader = Reader({"comments": there}, minute=2, requests=1)
    reader.read_all()
    there.numbers += range(2, 3000)
    reader.minute = 3000
    sizes = []
    for _ in range(1000):
        page = reader.read()
        assert page.cursor is not None
        sizes.append(len(page.cursor))
    assert max(sizes) < 20_000
    again = Reader({"comments": there}, cursor=reader.cursor, minute=3000)
    assert "2" in again.read_all()


def test_what_a_list_showed_late_is_read_within_the_hour() -> None:
    there = List([10, 20], of_a_page=50)
    reader = Reader({"comments": there}, minute=21)
    reader.read_all()
    there.numbers.append(15)  # said before, and shown only now
    assert reader.read_all() == spelled(15)


def test_what_is_said_while_a_walk_lasts_is_not_passed_by() -> None:
    """Two posts' comments: the first is read, and commented again before the second is."""
    posts = {"a": [1], "b": [2]}

    def below(place: Place, back_to: datetime) -> Listed:
        if not place.of:
            return Listed(further=tuple(Place(of=each) for each in posts))
        return Listed(tuple(message(number) for number in posts[place.of]))

    cursor: str | None = None
    came: list[str] = []

    def read(minute: int) -> bool:
        nonlocal cursor
        now = CONNECTED + minute * MINUTE
        page = graph_inbox.read(
            {"x": below}, cursor=cursor, connected_at=CONNECTED, now=now, requests=1
        )
        cursor = page.cursor
        came.extend(each.text for each in page.heard)
        return page.more

    assert read(3)  # the posts
    assert read(4)  # below the first
    posts["a"].append(5)
    posts["b"].append(300)
    assert not read(301)  # below the second, hours later
    while read(302):
        pass
    assert sorted(came) == sorted(spelled(1, 2, 5, 300))


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_failure_anywhere_loses_nothing_and_what_was_read_before_it_is_kept(cut: int) -> None:
    there = List(list(range(1, 12)))
    reader = Reader({"comments": there}, minute=20)

    def fails(_: Place) -> PublishError | None:
        return TryLater("it is down") if len(there.asked) == cut else None

    there.fails = fails
    came: list[str] = []
    for _ in range(12):
        try:
            came += [each.text for each in reader.read().heard]
        except TryLater:
            continue
    assert sorted(map(int, came)) == list(range(1, 12))


def test_trouble_with_one_list_holds_no_other_and_is_told_when_nothing_else_is() -> None:
    down = List(fails=lambda _: TryLater("it is down"))
    reader = Reader({"messages": down, "comments": List([1])}, minute=2)
    assert [each.text for each in reader.read().heard] == ["1"]
    with pytest.raises(TryLater):
        reader.read()


def test_what_an_owner_did_not_allow_is_left_out_until_it_is_allowed() -> None:
    refused = List([1], fails=lambda _: Rejected("not allowed"))
    reader = Reader({"messages": refused, "comments": List([2])}, minute=3)
    assert reader.read_all() == spelled(2)
    refused.fails = lambda _: None
    refused.numbers.append(30)
    reader.minute = 31
    assert sorted(reader.read_all()) == spelled(1, 30)


def test_where_all_is_refused_that_is_told() -> None:
    refused = List(fails=lambda _: Rejected("not allowed"))
    with pytest.raises(Rejected):
        Reader({"messages": refused, "comments": refused}).read()


@pytest.mark.parametrize("error", [NeedsReconnect("dead"), Throttled("slower")])
def test_what_is_wrong_with_the_token_is_told_at_once(error: PublishError) -> None:
    other = List()
    reader = Reader({"comments": List(fails=lambda _: error), "messages": other})
    with pytest.raises(type(error)):
        reader.read()
    assert other.asked == []


def test_a_post_that_is_gone_is_passed_and_a_place_that_is_forgotten_is_walked_to_anew() -> None:
    def posts(place: Place, back_to: datetime) -> Listed:
        if place.of == "gone":
            raise Gone("not there")
        if place.of:
            return Listed((message(1),))
        return Listed(further=(Place(of="gone"), Place(of="there")))

    page = graph_inbox.read(
        {"x": posts}, cursor=None, connected_at=CONNECTED, now=CONNECTED + MINUTE, requests=9
    )
    assert ([each.text for each in page.heard], page.more) == (["1"], False)

    forgotten = List(list(range(1, 9)))
    reader = Reader({"comments": forgotten}, minute=9, requests=2)
    first = reader.read()
    forgotten.fails = lambda place: Rejected("no such place") if place.after else None
    heard = [*first.heard, *reader.read().heard]
    with pytest.raises(Rejected):
        reader.read()
    forgotten.fails = lambda _: None
    came = [*(each.text for each in heard), *reader.read_all()]
    assert set(came) == set(spelled(*range(1, 9)))


def test_a_page_that_is_gone_itself_is_trouble() -> None:
    with pytest.raises(Gone):
        Reader({"comments": List(fails=lambda _: Gone("not there"))}).read()


def test_no_reading_asks_more_often_than_it_may() -> None:
    lists = {name: List(list(range(1, 100))) for name in ("comments", "messages")}
    reader = Reader(lists, minute=200, requests=6)
    reader.read()
    assert sum(len(each.asked) for each in lists.values()) == 6
