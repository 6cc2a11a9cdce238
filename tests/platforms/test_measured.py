"""What every platform says that it tells in numbers, and that it keeps to it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms import PLATFORMS
from tellal.platforms.counts import Apart, NotAllowed, counts, number
from tellal.platforms.measured import Measured, ReadsAudience, ReadsDays
from tellal.platforms.protocol import Publishes, ReadsMetrics
from tests.platforms.samples import SAMPLES

PUBLISHING = [name for name, each in PLATFORMS.items() if isinstance(each, Publishes)]
every_platform = pytest.mark.parametrize("name", PUBLISHING)
COUNTED_BY_US = {
    *(Metric.VISITS, Metric.VISITORS, Metric.CONVERSIONS, Metric.CONVERSION_VALUE),
    *(Metric.FIRST_ANSWER_MINUTES, Metric.RESOLUTION_MINUTES),
}
# A sum, told only where its parts are not: whoever tells the parts owes no word on it.
SUMS = {Metric.ENGAGEMENTS}
DAY = date(2026, 1, 4)


def measured_of(name: str) -> Measured:
    measured = PLATFORMS[name].facts.measured
    assert measured is not None
    return measured


def told(measured: Measured) -> set[Metric]:
    names = (measured.channel, measured.posts, measured.days)
    return {metric for each in names for metric in each.values()}


@every_platform
def test_who_publishes_is_measured_and_says_where_it_is_written(name: str) -> None:
    assert isinstance(PLATFORMS[name], ReadsMetrics)
    assert httpx.URL(measured_of(name).source).scheme == "https"


@every_platform
def test_every_number_is_told_or_it_is_said_why_not_and_never_both(name: str) -> None:
    measured = measured_of(name)
    assert not told(measured) & set(measured.not_told)
    assert set(Metric) - COUNTED_BY_US - SUMS <= told(measured) | set(measured.not_told)
    assert not told(measured) & COUNTED_BY_US


@every_platform
def test_why_a_number_is_not_told_is_the_end_of_a_sentence(name: str) -> None:
    for why in measured_of(name).not_told.values():
        assert why == why.strip()
        assert not why.endswith(".")


@every_platform
def test_days_and_audiences_are_declared_by_who_reads_them_alone(name: str) -> None:
    measured, platform = measured_of(name), PLATFORMS[name]
    assert bool(measured.days) == isinstance(platform, ReadsDays)
    assert bool(measured.audience) == isinstance(platform, ReadsAudience)
    assert (measured.back >= measured.at_once) or not measured.days
    assert measured.together >= 1


@every_platform
def test_what_is_read_lies_within_what_is_declared(name: str) -> None:
    sample, measured = SAMPLES[name], measured_of(name)
    adapter = sample.adapter(sample.server())
    assert set(adapter.read_channel()) <= set(measured.channel.values())
    for numbers in adapter.read_posts([sample.remote]).values():
        assert set(numbers) <= set(measured.posts.values())
    if isinstance(adapter, ReadsDays):
        for each in adapter.read_days(DAY, DAY + timedelta(days=1)):
            assert each.metric in measured.days.values()
    if isinstance(adapter, ReadsAudience):
        kinds = {segment.partition(":")[0] for segment in adapter.read_audience()}
        assert kinds <= set(measured.audience.values())


# ── counts ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stated", "count"),
    [(3, 3), (0, 0), ("12345678901", 12345678901), (4.0, 4), (2**63, 2**63)],
)
def test_a_count_is_read_however_it_is_spelled(stated: Any, count: int) -> None:
    assert number(stated) == count


@pytest.mark.parametrize(
    "stated", [None, True, -1, "-1", "", "many", "٣", 1.5, float("nan"), float("inf"), [], {}]
)
def test_what_is_no_count_is_missing(stated: Any) -> None:
    assert number(stated) is None
    assert counts({"likes": stated, "views": 1}, {"likes": Metric.LIKES}) == {}


class Told:
    """Numbers by name; some names fail a question, and everything asked is kept."""

    def __init__(self, **failing: Exception) -> None:
        self.failing = failing
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, thing: str, names: Any) -> Mapping[str, Any]:
        self.asked.append((thing, tuple(names)))
        for name in names:
            if name in self.failing:
                raise self.failing[name]
        return dict.fromkeys(names, 1)


def test_a_name_that_is_refused_loses_no_other_and_is_not_asked_for_again() -> None:
    server = Told(old=Rejected("no metric"))
    apart = Apart(server, ("likes", "old", "views"))
    assert apart.of("1") == apart.of("2") == {"likes": 1, "views": 1}
    assert server.asked[-1] == ("2", ("likes", "views"))
    assert len(server.asked) == 5


def test_where_nothing_is_told_of_one_thing_all_names_are_asked_of_the_next() -> None:
    server = Told(likes=Rejected("too old"), views=Rejected("too old"))
    apart = Apart(server, ("likes", "views"))
    assert apart.of("1") == {}
    server.failing.clear()
    assert apart.of("2") == {"likes": 1, "views": 1}


def test_without_the_permission_one_question_is_enough() -> None:
    server = Told(likes=NotAllowed("no"))
    assert Apart(server, ("likes", "views")).of("1") == {}
    assert len(server.asked) == 1
