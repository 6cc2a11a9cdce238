"""What a report tells beside the six measures, against figures worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tellal.deliveries import Delivery
from tellal.personas import Persona, ages
from tellal.posts import AttachedMedia, Part, PartKind, Poll
from tellal.reporting import answering, comparing, grouping, likeness, outcomes
from tellal.reporting.answering import Durations
from tellal.reporting.document import PostRow
from tellal.reporting.wording import ENGLISH
from tests.unit.examples import delivery, part

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)  # Monday, 12:00 in Istanbul
WEEK = {"since": NOON - timedelta(hours=12), "until": NOON + timedelta(days=6, hours=12)}
PNG, MP4, PDF = "image/png", "video/mp4", "application/pdf"


def media(mime_type: str) -> AttachedMedia:
    return AttachedMedia(media_id="m", object_key="k", mime_type=mime_type, size=1)


def post(number: int, **facts: Any) -> PostRow:
    usual: dict[str, Any] = {
        "delivery_id": f"dlv_{number}",
        "post_id": f"post_{number}",
        "channel": "ch_1",
        "text": "Hello",
        "url": None,
        "published_at": NOON,
        "metrics": {},
        "engagements": None,
        "engagement_rate": None,
    }
    return PostRow(**usual | facts)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (delivery(part()), "text"),
        (delivery(part(media=(media(PNG),))), "image"),
        (delivery(part(media=(media(PNG), media(PNG)))), "carousel"),
        (delivery(part(media=(media(MP4),))), "video"),
        (delivery(part(media=(media(PDF),))), "document"),
        (delivery(part(poll=Poll(options=("a", "b"), minutes=60))), "poll"),
        (delivery(part(), Part(kind=PartKind.THREAD, text="2", media=(media(PNG),))), "thread"),
        (delivery(part(), Part(kind=PartKind.COMMENT, text="first")), "text"),
    ],
)
def test_a_posts_format_is_told_by_its_parts(made: Delivery, expected: str) -> None:
    assert grouping.format_of(made) == expected


def test_posts_of_a_format_are_added_up_and_what_is_not_told_stays_missing() -> None:
    image, text = grouping.by_format(
        [
            post(1, format="image", engagements=10, metrics={"reach": 100, "impressions": 150}),
            post(2, format="image", engagements=20, clicks=4),  # its reach is not told
            post(3, format="image", metrics={"reach": 900}),  # nor is how people engaged here
            post(4, format="text", engagements=3),
        ],
        ENGLISH,
    )
    assert (image.posts, image.engagements, image.per_post) == (3, 30, 15)
    assert image.reach == 1000
    assert image.engagement_rate == 10  # of the one post that tells both
    assert (image.impressions, image.clicks, image.conversions) == (150, 4, None)
    assert (text.title, text.per_post, text.reach, text.engagement_rate) == ("Text", 3, None, None)


def test_what_is_of_no_campaign_comes_last_and_alone_it_is_not_told() -> None:
    assert grouping.by_campaign([post(1)], {}, ENGLISH) == []
    posts = [post(1, engagements=1), post(2, campaign="cmp_z"), post(3, campaign="cmp_a")]
    rows = grouping.by_campaign(posts, {"cmp_z": "Autumn"}, ENGLISH)
    assert [row.title for row in rows] == ["Autumn", "cmp_a", "No campaign"]


def test_hours_are_local_and_of_posts_that_went_out_in_the_period() -> None:
    rows = list(
        grouping.by_hour(
            [
                post(1, engagements=4),
                post(2, engagements=6),
                post(3, engagements=50, published_at=NOON - timedelta(days=1)),
                post(4),  # nothing is told of it
                post(5, engagements=1, published_at=NOON + timedelta(days=6, hours=11)),
            ],
            zone="Europe/Istanbul",
            **WEEK,
        )
    )
    assert [(row.weekday, row.hour, row.posts, row.engagements) for row in rows] == [
        (0, 12, 2, 10),
        (6, 23, 1, 1),
    ]


@pytest.mark.parametrize(
    ("counted", "median"),
    [({}, None), ({7: 1}, 7), ({10: 1, 20: 1}, 15), ({1: 2, 5: 1}, 1), ({1: 1, 5: 1, 90: 2}, 47.5)],
)
def test_the_median_is_the_middle_one(counted: dict[int, int], median: float | None) -> None:
    assert Durations(counted).median == median


def test_service_levels_are_of_all_channels_and_of_each() -> None:
    found = [
        {"channel_id": "a", "metric": "first_answer_minutes", "value": 10, "times": 2},
        {"channel_id": "a", "metric": "first_answer_minutes", "value": 60, "times": 1},
        {"channel_id": "b", "metric": "first_answer_minutes", "value": 61, "times": 1},
        {"channel_id": "b", "metric": "resolution_minutes", "value": 500, "times": 1},
    ]
    every, a, b = answering.rows(found, target=60)
    assert (every.first_answers, every.first_answer_median, every.within_target) == (4, 35, 75)
    assert (every.resolved, every.resolution_median) == (1, 500)
    assert (a.channel, a.first_answer_median, a.within_target, a.resolved) == ("a", 10, 100, 0)
    assert (b.within_target, b.resolution_median) == (0, 500)
    assert [row.within_target for row in answering.rows(found, target=None)] == [None] * 3
    assert list(answering.rows([], target=60)) == []


@pytest.mark.parametrize(
    ("value", "previous", "percent"),
    [(110, 100, 10), (5, 0, None), (5, -5, None), (None, 5, None), (5, None, None), (0, 4, -100)],
)
def test_of_nothing_there_is_no_percentage(
    value: float | None, previous: float | None, percent: float | None
) -> None:
    assert comparing.percent(value, previous) == percent


def audience(**told: int) -> list[dict[str, Any]]:
    return [
        {"channel_id": "ch_1", "segment": name.replace("__", ":"), "value": value}
        for name, value in told.items()
    ]


def overlap(kind: str, told: list[dict[str, Any]], *personas: Persona) -> float | None:
    rows = likeness.compared(["ch_1"], likeness.segments(told), personas, ENGLISH)
    return next(row.overlap for row in rows if row.kind == kind)


def test_the_overlap_is_the_sum_of_the_smaller_shares() -> None:
    told = audience(country__TR=60, country__DE=30, country__US=10)
    turkish = Persona(name="a", share=75, countries=("TR",))
    both = Persona(name="b", share=25, countries=("DE", "AT"))
    # customers: TR 75, DE 12.5, AT 12.5; audience: TR 60, DE 30, US 10
    assert overlap("country", told, turkish, both) == 72.5


def test_personas_that_say_nothing_of_it_are_left_out() -> None:
    told = audience(country__TR=50, country__DE=50)
    silent = Persona(name="a", share=80, ages=("18-24",))
    assert overlap("country", told, silent, Persona(name="b", share=20, countries=("TR",))) == 50


def test_years_are_spread_over_the_spans_that_the_platform_tells() -> None:
    told = audience(**{"age__18-24": 50, "age__25-34": 50})
    # 20 to 29: five of the ten years lie in each span
    assert overlap("age", told, Persona(name="a", share=100, ages=("20-29",))) == 100
    # 30 to 39: half of them in 25-34, and the others in none that was told
    assert overlap("age", told, Persona(name="a", share=100, ages=("30-39",))) == 50


def test_a_city_is_the_same_however_it_is_written() -> None:
    told = audience(**{"city__Istanbul, Turkey": 3, "city__Izmir": 1})
    assert overlap("city", told, Persona(name="a", share=100, cities=("İSTANBUL",))) == 75
    assert overlap("city", told, Persona(name="a", share=100, cities=("İzmir",))) == 25


def test_what_the_platform_does_not_tell_is_unknown_and_not_zero() -> None:
    personas = (Persona(name="a", share=100, languages=("tr",)),)
    [row] = likeness.compared(["ch_1"], (), personas, ENGLISH)
    assert row.overlap is None
    assert row.sentence == "Language: not known, the platform does not tell it."
    assert list(likeness.compared(["ch_1"], (), (), ENGLISH)) == []


@pytest.mark.parametrize(
    ("shares", "word"), [((70, 30), "closely"), ((40, 60), "in part"), ((39, 61), "little")]
)
def test_the_likeness_is_said_in_words(shares: tuple[int, int], word: str) -> None:
    told = likeness.segments(audience(country__TR=shares[0], country__DE=shares[1]))
    personas = (Persona(name="a", share=100, countries=("TR",)),)
    [row] = likeness.compared(["ch_1"], told, personas, ENGLISH)
    assert word in row.sentence
    assert f"{shares[0]}%" in row.sentence


def test_shares_of_segments_are_of_those_of_whom_it_is_told() -> None:
    rows = likeness.segments(audience(gender__female=30, gender__male=10, odd__x=5, age__18=0))
    assert [(row.segment, row.share) for row in rows] == [("female", 75), ("male", 25)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("18-24", (18, 24)), ("65+", (65, 100)), ("30-20", None), ("18", None), ("18-101", None)],
)
def test_spans_of_years(text: str, expected: tuple[int, int] | None) -> None:
    assert ages(text) == expected


@pytest.mark.parametrize(
    "facts",
    [
        {"share": 0},
        {"share": 101},
        {"ages": ("old",)},
        {"countries": ("Turkey",)},
        {"languages": ("TR",)},
        {"cities": tuple(str(n) for n in range(11))},
        {"name": "  "},
    ],
)
def test_a_persona_is_bounded(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Persona.model_validate({"name": "a", "share": 50} | facts)


def test_conversions_are_told_by_post_and_stage_with_what_they_were_worth() -> None:
    def row(
        metric: str, segment: str, value: int, delivery: str | None = "dlv_1"
    ) -> dict[str, Any]:
        return {
            "channel_id": "ch_1" if delivery else None,
            "delivery_id": delivery,
            "campaign_id": None,
            "metric": metric,
            "segment": segment,
            "value": value,
        }

    sale, lead = outcomes.conversions(
        [
            row("conversions", "sale", 2),
            row("conversion_value", "sale:TRY", 1000),
            row("conversion_value", "sale:EUR", 500),
            row("conversions", "lead", 1, None),
            row("conversions", "pipeline", 0),  # taken back
        ]
    )
    assert (sale.delivery_id, sale.stage, sale.count) == ("dlv_1", "sale", 2)
    assert sale.value == {"EUR": 500, "TRY": 1000}
    assert (lead.delivery_id, lead.count, lead.value) == (None, 1, {})
