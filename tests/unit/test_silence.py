"""What a report says is missing: each reason once, and why a channel is not read at all."""

from datetime import UTC, datetime

import pytest

from tellal.channels import Channel, Language
from tellal.reporting import page, silence
from tellal.reporting.document import ChannelRow, MissingRow
from tellal.reporting.wording import ENGLISH, Wording
from tests.unit.reporting import rich

SILENT = ("impressions", "reach", "visits", "conversions")  # of which two are ours to count


def sentences(platform: str, *, posts: int = 1, wording: Wording = ENGLISH) -> list[str]:
    channel = Channel(
        channel_id="ch_1",
        workspace_id="ws_1",
        platform=platform,
        remote_id="1",
        name="Acme",
        handle="acme",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    row = ChannelRow(
        channel_id="ch_1",
        name="Acme",
        handle="acme",
        platform=platform,
        platform_title=platform.title(),
        url=None,
        followers=None,
        posts=posts,
        engagements=None,
        not_told=SILENT if posts else (),
    )
    return [each.sentence for each in silence.missing([channel], [row], wording)]


def test_what_is_missing_for_one_reason_is_told_in_one_sentence() -> None:
    assert sentences("mastodon") == [
        "Impressions and Reach: Mastodon servers do not count who sees a post."
    ]
    assert sentences("mastodon", wording=Wording(Language.TURKISH)) == [
        "Gösterim ve Erişim: Mastodon sunucuları bir gönderiyi kaç kişinin gördüğünü saymıyor."
    ]


@pytest.mark.parametrize(("platform", "said"), [("x", [True]), ("mastodon", [])])
def test_a_channel_that_is_not_read_because_it_costs_money_says_so(
    platform: str, said: list[bool]
) -> None:
    told = sentences(platform, posts=0)
    assert told[-1] == "No posts were measured in this period."
    assert ["costs money" in each for each in told[:-1]] == said


def test_the_page_names_each_channel_once_beside_all_that_it_does_not_tell() -> None:
    missing = tuple(MissingRow(channel="ch_2", sentence=each) for each in ("One.", "Two."))
    html = page.rendered(rich().model_copy(update={"missing": missing}))
    assert html.count("</strong>: One. Two.</li>") == 1


def test_the_page_does_not_repeat_in_every_cell_that_a_channel_had_no_posts() -> None:
    document = rich()
    silent = document.channels[0].model_copy(update={"posts": 0})
    rows = tuple(
        each.model_copy(update={"value": None, "note": "no posts"})
        if each.channel == silent.channel_id
        else each
        for each in document.measures
    )
    html = page.rendered(
        document.model_copy(update={"measures": rows, "channels": (silent, *document.channels[1:])})
    )
    assert html.count("<small>no posts</small>") == 1  # beside its growth
