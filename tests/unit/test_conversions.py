"""Which touch a conversion is attributed to, and why to none."""

from datetime import date, timedelta
from typing import Any

import pytest

from tellal import conversions
from tellal.conversions import Attribution, Conversion, Origin, Stage, Touch, Via
from tests.conftest import TEN

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


def by_code(since: Any = TEN - 60 * DAY, **facts: Any) -> Origin:
    usual = {"delivery_id": "dlv_1", "post_id": "post_1", "channel_id": "ch_1"}
    return Origin(by="code", since=since, platform="mastodon", **usual | facts)


def attributed(*touches: tuple[Touch, Origin | None], window: timedelta = MONTH) -> Attribution:
    return conversions.attribute(touches, occurred_at=TEN, window=window)


def test_a_short_links_click_within_the_window_is_what_it_is_attributed_to() -> None:
    found = attributed((Touch(code="a", at=TEN - DAY), by_code(campaign_id="cmp_1")))
    assert found == Attribution(
        by="code",
        delivery_id="dlv_1",
        post_id="post_1",
        channel_id="ch_1",
        platform="mastodon",
        campaign_id="cmp_1",
        touched_at=TEN - DAY,
    )


def test_of_several_touches_the_last_wins_in_whatever_order_they_are_told() -> None:
    older = (Touch(code="a", at=TEN - 3 * DAY), by_code(post_id="post_older"))
    newer = (Touch(source="x", at=TEN - DAY), Origin(by="utm", since=TEN, campaign_id="cmp_1"))
    for touches in ((older, newer), (newer, older)):
        found = attributed(*touches)
        assert (found.by, found.campaign_id, found.post_id) == ("utm", "cmp_1", None)


def test_a_touch_after_the_conversion_brought_nothing() -> None:
    later = (Touch(code="b", at=TEN + DAY), by_code(post_id="post_later"))
    before = (Touch(code="a", at=TEN - DAY), by_code())
    assert attributed(later, before).post_id == "post_1"
    alone = attributed(later)
    assert (alone.by, alone.why_not) == (
        None,
        "It happened before the first touch that is known of.",
    )


def test_a_touch_in_the_very_moment_counts_and_so_does_one_at_the_windows_edge() -> None:
    for at in (TEN, TEN - MONTH):
        assert attributed((Touch(code="a", at=at), by_code())).by == "code"


def test_what_is_older_than_the_window_is_nobodys_and_says_so() -> None:
    found = attributed((Touch(code="a", at=TEN - MONTH - timedelta(seconds=1)), by_code()))
    assert found.by is None
    assert found.why_not == "The last touch, on 2025-12-02, is over 30 days older."
    assert attributed((Touch(code="a", at=TEN - 40 * DAY), by_code()), window=60 * DAY).by == "code"


def test_a_touch_whose_time_nobody_kept_counts_from_when_the_post_went_out() -> None:
    assert attributed((Touch(code="a"), by_code(since=TEN - DAY))).touched_at == TEN - DAY
    assert attributed((Touch(code="a"), by_code(since=TEN - 31 * DAY))).by is None


def test_an_unknown_newer_touch_does_not_stand_before_a_known_older_one() -> None:
    unknown = (Touch(source="newsletter", at=TEN - DAY), None)
    assert attributed(unknown, (Touch(code="a", at=TEN - 2 * DAY), by_code())).by == "code"


@pytest.mark.parametrize(
    ("touches", "why_not"),
    [
        ((), "It came with neither a short link's code nor UTM parameters."),
        ((Touch(at=TEN),), "It came with neither a short link's code nor UTM parameters."),
        (
            (Touch(code="nobody's"),),
            "No short link, post or campaign of this workspace fits what was given.",
        ),
    ],
)
def test_what_leads_nowhere_says_why(touches: tuple[Touch, ...], why_not: str) -> None:
    assert attributed(*((each, None) for each in touches)) == Attribution(why_not=why_not)


def conversion(**facts: Any) -> Conversion:
    usual: dict[str, Any] = {
        "conversion_id": "cvn_1",
        "workspace_id": "ws_1",
        "given_id": "1",
        "stage": Stage.SALE,
        "occurred_at": TEN,
        "of_day": date(2026, 1, 1),
        "attribution": Attribution(why_not="Because."),
        "via": Via.KEY,
        "noted_at": TEN,
        "value": 1250,
        "currency": "EUR",
    }
    return Conversion(**usual | facts)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, None),
        ({"via": Via.FILE, "noted_at": TEN + DAY}, None),  # however and whenever it is told
        ({"stage": Stage.LEAD}, "stage"),
        ({"value": 1251}, "value"),
        ({"value": None, "currency": None}, "value"),
        ({"currency": "USD"}, "currency"),
        ({"touches": (Touch(code="a"),)}, "touches"),
        ({"occurred_at": TEN + DAY}, "occurred_at"),
    ],
)
def test_the_field_in_which_the_same_id_is_told_otherwise_is_named(
    facts: dict[str, Any], field: str | None
) -> None:
    assert conversions.differing(conversion(), conversion(**facts), timed=True) == field


def test_a_time_of_ours_is_no_fact_of_theirs() -> None:
    later = conversion(occurred_at=TEN + DAY)
    assert conversions.differing(conversion(), later, timed=False) is None


def test_ids_are_a_workspaces_own_and_a_browser_takes_none_of_a_programs() -> None:
    ids = {
        conversions.id_of(workspace, "1", via)
        for workspace in ("ws_1", "ws_2")
        for via in (Via.KEY, Via.SITE)
    }
    assert len(ids) == 4
    programs = {conversions.id_of("ws_1", "1", via) for via in set(Via) - {Via.SITE}}
    assert len(programs) == 1


def test_what_is_taken_back_is_so_later_than_it_was_noted_and_waits_to_be_counted() -> None:
    gone = conversions.taken_back(conversion(noted_at=TEN), now=TEN)
    assert gone.taken_back_at is not None
    assert gone.taken_back_at > TEN
    assert gone.uncounted == "ws_1"
    assert conversions.taken_back(gone, now=TEN + DAY) == gone
