"""How the links of a post are written for each of its channels."""

from collections.abc import Mapping
from typing import Any

import pytest

from tellal.channels import Channel
from tellal.errors import Unacceptable
from tellal.links import CODE_LENGTH, Campaign, Utm
from tellal.posts import Content, ThreadPart, Variant
from tellal.publishing import composition
from tellal.publishing.linking import Linking
from tests.unit.examples import TEN
from tests.unit.test_composition import BLUESKY, BOTH, MASTODON, channel

SHORT = "https://t.example/l/"
SOURCE = Utm(source="{platform}")
CAMPAIGN = Campaign(
    campaign_id="cmp_1",
    workspace_id="ws_1",
    name="Spring",
    utm=Utm(campaign="{campaign}"),
    created_at=TEN,
)


def linking(**facts: Any) -> Linking:
    usual: dict[str, Any] = {
        "workspace_id": "ws_1",
        "zone": "Europe/Istanbul",
        "utm": SOURCE,
        "post_id": "post_1",
        "delivery_ids": {"ch_mastodon": "dlv_m", "ch_bluesky": "dlv_b", "ch_facebook": "dlv_f"},
        "short_at": SHORT,
        "now": TEN,
    }
    return Linking(**usual | facts)


def texts(
    content: Content,
    to: Channel = MASTODON,
    variants: Mapping[str, Variant] | None = None,
    **facts: Any,
) -> list[str]:
    [rendering] = composition.render(content, variants or {}, [to], linking=linking(**facts))
    assert rendering.broken == ()
    return [part.text for part in rendering.parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.example/b.", "See https://a.example/b?utm_source=mastodon."),
        ("(https://a.example/b)", "(https://a.example/b?utm_source=mastodon)"),
        ("https://a.example/b?c#d!", "https://a.example/b?c&utm_source=mastodon#d!"),
        ("“https://çay.example/ş”", "“https://çay.example/ş?utm_source=mastodon”"),
        ("a.example, ftp://a.example", "a.example, ftp://a.example"),
        ("me@a.example #https", "me@a.example #https"),
        ("https://a.example?utm_id=1", "https://a.example?utm_id=1"),
        (f"{SHORT}0123456789ab", f"{SHORT}0123456789ab"),
    ],
)
def test_links_are_found_as_they_always_are(text: str, expected: str) -> None:
    assert texts(Content(text=text)) == [expected]


def test_every_text_of_a_post_is_written_so_and_each_channel_has_its_own() -> None:
    content = Content(
        text="https://a.example", thread=(ThreadPart(text="and https://b.example/ too"),)
    )
    mastodon, bluesky = (texts(content, to) for to in BOTH)
    assert mastodon[1] == "and https://b.example/?utm_source=mastodon too"
    assert bluesky[0] == "https://a.example?utm_source=bluesky"
    facebook = channel("facebook")
    commented = Content(text="Hello", first_comment="https://a.example")
    assert texts(commented, facebook)[1] == "https://a.example?utm_source=facebook"
    own = {"ch_bluesky": Variant(text="https://v.example")}
    assert texts(content, BLUESKY, own)[0] == "https://v.example?utm_source=bluesky"


def test_a_campaign_adds_its_own_and_goes_before_the_workspace() -> None:
    content = Content(text="https://a.example")
    assert texts(content, campaign=CAMPAIGN) == [
        "https://a.example?utm_source=mastodon&utm_campaign=spring"
    ]
    paid = CAMPAIGN.model_copy(update={"utm": Utm(source="paid")})
    assert texts(content, campaign=paid) == ["https://a.example?utm_source=paid"]


def test_without_templates_and_short_links_nothing_changes() -> None:
    content = Content(text="See https://a.example/b?c#d.")
    assert texts(content, utm=Utm()) == ["See https://a.example/b?c#d."]


@pytest.mark.parametrize(
    ("platform", "options", "way"),
    [
        ("facebook", {"link": "https://a.example/b"}, ("link",)),
        ("bluesky", {"card": {"link": "https://a.example/b", "title": "B"}}, ("card", "link")),
        ("linkedin", {"article": {"url": "https://a.example/b", "title": "B"}}, ("article", "url")),
    ],
)
def test_a_preview_leads_where_the_text_leads(
    platform: str, options: dict[str, Any], way: tuple[str, ...]
) -> None:
    to = channel(platform, channel_id="ch_1", remote_id="urn:li:person:1")
    content = Content(text="https://a.example/b", options={platform: options})
    [rendering] = composition.render(
        content, {}, [to], linking=linking(delivery_ids={"ch_1": "dlv_1"}, shortens=True)
    )
    assert rendering.broken == ()
    [part] = rendering.parts
    shown: Any = part.options
    for name in way:
        shown = shown[name]
    [link] = rendering.links
    assert shown == part.text == f"{SHORT}{link.code}"
    assert link.target == f"https://a.example/b?utm_source={platform}"


def test_a_short_link_leads_to_the_address_with_its_parameters() -> None:
    content = Content(text="https://çay.example, https://b.example/ and https://çay.example!")
    [rendering] = composition.render(
        content, {}, [MASTODON], linking=linking(shortens=True, campaign_id="cmp_1")
    )
    first, second = rendering.links
    one, two = f"{SHORT}{first.code}", f"{SHORT}{second.code}"
    assert rendering.parts[0].text == f"{one}, {two} and {one}!"
    assert first.target == "https://xn--ay-3ia.example?utm_source=mastodon"
    assert second.target == "https://b.example/?utm_source=mastodon"
    assert (first.delivery_id, first.platform, first.zone) == (
        "dlv_m",
        "mastodon",
        "Europe/Istanbul",
    )
    assert (first.post_id, first.channel_id, first.campaign_id) == (
        "post_1",
        "ch_mastodon",
        "cmp_1",
    )


def test_what_has_parameters_of_its_own_is_shortened_all_the_same() -> None:
    [rendering] = composition.render(
        Content(text="https://a.example?utm_id=1"), {}, [MASTODON], linking=linking(shortens=True)
    )
    assert rendering.links[0].target == "https://a.example?utm_id=1"


def test_rendering_again_gives_the_same_links_and_another_delivery_gives_others() -> None:
    content = Content(text="https://a.example")
    ways = (
        linking(shortens=True),
        linking(shortens=True),
        linking(shortens=True, delivery_ids={"ch_mastodon": "dlv_other"}),
    )
    codes = [
        composition.render(content, {}, [MASTODON], linking=way)[0].links[0].code for way in ways
    ]
    assert codes[0] == codes[1] != codes[2]


def test_what_is_counted_is_what_is_sent() -> None:
    room = 300 - len(f"{SHORT}{'x' * CODE_LENGTH} ")  # of Bluesky's graphemes
    long = "https://a.example/" + "b" * 400
    assert texts(Content(text=f"{long} {'x' * room}"), BLUESKY, shortens=True)
    with pytest.raises(Unacceptable, match="301 of 300"):
        composition.accepted(
            composition.render(
                Content(text=f"{long} {'x' * (room + 1)}"),
                {},
                [BLUESKY],
                linking=linking(shortens=True),
            )
        )
    with pytest.raises(Unacceptable, match="too long for Bluesky"):
        composition.accepted(
            composition.render(
                Content(text="x" * 280 + " https://a.example"), {}, [BLUESKY], linking=linking()
            )
        )


def test_where_a_site_has_the_snippet_a_short_link_tells_it_its_code() -> None:
    content = Content(text="https://a.example/menu?x=1#top")
    [rendering] = composition.render(
        content, {}, [MASTODON], linking=linking(shortens=True, names_codes=True)
    )
    [without] = composition.render(content, {}, [MASTODON], linking=linking(shortens=True))
    [link], [bare] = rendering.links, without.links
    assert link.code == bare.code  # what is public already leads where it led, under its code
    before, _, fragment = bare.target.partition("#")
    assert link.target == f"{before}&tl={link.code}#{fragment}"
