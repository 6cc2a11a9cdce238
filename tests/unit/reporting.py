"""A report with something in every section, for tests that look at the whole of it."""

from datetime import UTC, date, datetime, timedelta

from tellal.channels import Language
from tellal.personas import Persona
from tellal.reporting import comparing, grouping, likeness
from tellal.reporting.document import (
    AnswerRow,
    ChannelRow,
    ConversionRow,
    CountedRow,
    DayRow,
    GoalRow,
    MeasureRow,
    MissingRow,
    PostRow,
    ReportDocument,
)
from tellal.reporting.measures import MEASURES
from tellal.reporting.wording import Wording

MONDAY = datetime(2026, 11, 15, 21, tzinfo=UTC)  # midnight in Istanbul
VALUES = {
    "audience_growth": (125, 100),
    "engagement_rate": (4.5, 5.0),
    "engagement_rate_by_followers": (2.25, None),
    "impressions": (12345, None),
    "reach": (10000, 0),
    "video_views": (800, 1000),
    "website_clicks": (321, 300),
    "conversions": (None, None),
}
AUDIENCE = [
    {"channel_id": "ch_1", "segment": segment, "value": value}
    for segment, value in {
        "country:TR": 60,
        "country:DE": 40,
        "age:18-24": 25,
        "age:25-34": 75,
        "gender:female": 55,
        "gender:male": 45,
        "city:İstanbul": 10,
        "language:tr": 7,
    }.items()
]
PERSONAS = (
    Persona(name="Gençler", share=60, ages=("18-24",), countries=("TR",), cities=("Istanbul",)),
    Persona(name="Diaspora", share=40, ages=("25-34",), countries=("DE",)),
)


def rich(language: Language = Language.ENGLISH) -> ReportDocument:
    wording = Wording(language)
    posts = tuple(_post(number, each) for number, each in enumerate(grouping.FORMATS))
    segments = likeness.segments(AUDIENCE)
    return ReportDocument(
        language=language,
        made_at=MONDAY + timedelta(days=7, hours=6),
        workspace_id="ws_1",
        workspace="Simit & Çay “100 %”",
        report="2026-W47",
        period="2026-W47",
        zone="Europe/Istanbul",
        first_day=date(2026, 11, 16),
        last_day=date(2026, 11, 22),
        since=MONDAY,
        until=MONDAY + timedelta(days=7),
        so_far=False,
        previous_period="2026-W46",
        measures=tuple(_measures(wording)),
        channels=(_channel("ch_1", "Instagram"), _channel("ch_2", "Bluesky")),
        posts=posts,
        days=tuple(
            DayRow(
                date=date(2026, 11, 16) + timedelta(days=n),
                channel=channel,
                followers=None if n == 3 else 1000 + 17 * n,
                engagements=12 - 5 * n,
            )
            for n in range(7)
            for channel in ("ch_1", "ch_2")
        ),
        hours=tuple(
            grouping.by_hour(
                posts, since=MONDAY, until=MONDAY + timedelta(days=7), zone="Europe/Istanbul"
            )
        ),
        groups=(
            *grouping.by_format(posts, wording),
            *grouping.by_campaign(posts, {"cmp_1": "Bahar"}, wording),
        ),
        conversions=(
            ConversionRow(
                delivery_id="dlv_0",
                channel="ch_1",
                campaign="cmp_1",
                stage="sale",
                count=3,
                value={"EUR": 129900, "TRY": 4500050},
            ),
            ConversionRow(
                delivery_id=None, channel=None, campaign=None, stage="lead", count=1, value={}
            ),
        ),
        counted=(
            CountedRow(
                channel="ch_1",
                metric="profile_visits",
                title=wording.say("Profile visits"),
                value=77,
                days=6,
            ),
        ),
        answers=tuple(
            AnswerRow(
                channel=channel,
                first_answers=9,
                first_answer_median=75,
                target_minutes=60,
                within_target=44.44,
                resolved=4,
                resolution_median=12.5,
            )
            for channel in (None, "ch_2")
        ),
        goals=tuple(
            GoalRow(
                goal_id=f"goal_{number}",
                title="5.000 tıklama",
                unit="clicks",
                target=5000,
                value=321,
                expected=400,
                forecast=4013,
                first_day=date(2026, 11, 1),
                last_day=date(2026, 11, 30),
                on_track=on_track,
            )
            for number, on_track in enumerate((True, False, None))
        ),
        audience=tuple(segments),
        likeness=tuple(likeness.compared(["ch_1", "ch_2"], segments, PERSONAS, wording)),
        missing=(
            MissingRow(
                channel="ch_2",
                sentence=wording.say(
                    "{metric}: told of none of its posts.", metric=wording.say("Reach")
                ),
            ),
        ),
    )


def _measures(wording: Wording) -> list[MeasureRow]:
    return [
        MeasureRow(
            measure=measure.name,
            title=wording.say(measure.title),
            channel=channel,
            value=VALUES[measure.name][0],
            unit=measure.unit,
            previous=VALUES[measure.name][1],
            change=_change(*VALUES[measure.name]),
            change_percent=comparing.percent(*VALUES[measure.name]),
            no_comparison=wording.say(comparing.NO_COMPARISON)
            if VALUES[measure.name][0] is not None and VALUES[measure.name][1] is None
            else None,
            note=wording.say("nobody was reached") if VALUES[measure.name][0] is None else None,
        )
        for channel in (None, "ch_1", "ch_2")
        for measure in MEASURES
    ]


def _change(value: float | None, previous: float | None) -> float | None:
    return None if value is None or previous is None else value - previous


def _channel(channel_id: str, title: str) -> ChannelRow:
    return ChannelRow(
        channel_id=channel_id,
        name="<b>Simit</b>",
        handle="simit",
        platform=title.lower(),
        platform_title=title,
        url=None,
        followers=1102,
        posts=4,
        engagements=50,
        not_told=("reach",),
    )


def _post(number: int, kind: str) -> PostRow:
    return PostRow(
        delivery_id=f"dlv_{number}",
        post_id=f"post_{number}",
        channel=f"ch_{1 + number % 2}",
        text=f"Taze simit № {number} {{tırnak}}",
        url="https://example.com/1",
        published_at=MONDAY + timedelta(days=number, hours=9 + number),
        format=kind,
        campaign="cmp_1" if number % 3 == 0 else None,
        metrics={"likes": 10 * number, "reach": 200, "impressions": 260, "saves": 1},
        engagements=10 * number + 1,
        engagement_rate=5.0 * number,
        clicks=number,
    )
