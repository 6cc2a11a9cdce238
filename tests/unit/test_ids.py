from datetime import UTC, datetime, timedelta

from tellal import ids

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_ids_sort_by_the_time_they_were_made() -> None:
    later = TEN + timedelta(milliseconds=1)

    assert ids.new("post", now=TEN) < ids.new("post", now=later)


def test_the_same_seeds_give_the_same_id_and_others_another() -> None:
    assert ids.derived("msg", "a", "bc") == ids.derived("msg", "a", "bc")
    assert ids.derived("msg", "a", "bc") != ids.derived("msg", "ab", "c")
    assert len(ids.derived("msg", "a")) == len(ids.new("msg", now=TEN))
