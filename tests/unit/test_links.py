"""What is added to addresses, and how short links are named."""

import pytest

from tellal.errors import Broken
from tellal.links import (
    CODE_LENGTH,
    Utm,
    ascii_address,
    broken_templates,
    code_of,
    parameters,
    slug,
    tagged,
)
from tellal.stores.redirects import CODE

ADDED = "utm_source=m"
VALUES = {
    "platform": "mastodon",
    "channel": "Köfteci Ali & Oğulları",
    "campaign": "Sonbahar İndirimi",
    "post": "post_1",
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://a.example", "https://a.example?utm_source=m"),
        ("https://a.example/b", "https://a.example/b?utm_source=m"),
        ("https://a.example/b?c=d", "https://a.example/b?c=d&utm_source=m"),
        ("https://a.example/b?", "https://a.example/b?utm_source=m"),
        ("https://a.example/b?c=d&", "https://a.example/b?c=d&utm_source=m"),
        ("https://a.example/b?c=%20d+e#f?g", "https://a.example/b?c=%20d+e&utm_source=m#f?g"),
        ("https://a.example/#/shop", "https://a.example/?utm_source=m#/shop"),
        ("https://a.example/çay", "https://a.example/çay?utm_source=m"),
    ],
)
def test_parameters_go_behind_the_query_and_before_the_fragment(given: str, expected: str) -> None:
    assert tagged(given, ADDED) == expected
    assert tagged(expected, ADDED) == expected


@pytest.mark.parametrize(
    "own",
    [
        "https://a.example/?utm_campaign=theirs",
        "https://a.example/?a=b&UTM_Source=theirs",
        "https://a.example/?utm%5Fsource=theirs",
        "https://a.example/#utm_medium=theirs",
        "https://a.example/#/shop?utm_id=7",
    ],
)
def test_a_link_with_parameters_of_its_own_is_left_alone(own: str) -> None:
    assert tagged(own, ADDED) == own


def test_parameters_of_an_address_within_the_address_are_not_its_own() -> None:
    within = "https://a.example/go?to=https%3A%2F%2Fb.example%2F%3Futm_source%3Dx"
    assert tagged(within, ADDED) == f"{within}&{ADDED}"


def test_variables_are_slugged_and_what_is_written_stays() -> None:
    utm = Utm(source="{platform}", medium="Social Media", campaign="{campaign}/{channel}")
    assert parameters(utm, VALUES) == (
        "utm_source=mastodon&utm_medium=Social%20Media"
        "&utm_campaign=sonbahar-indirimi%2Fkofteci-ali-ogullari"
    )


def test_what_comes_to_nothing_is_left_out() -> None:
    utm = Utm(source="{platform}", campaign="{campaign}", term="", content="{post}")
    filled = parameters(utm, {**VALUES, "campaign": ""})
    assert filled == "utm_source=mastodon&utm_content=post_1"
    assert parameters(Utm(), VALUES) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Spring -- Sale! ", "spring-sale"),
        ("IŞIK ışık", "isik-isik"),
        ("Straße", "strasse"),
        ("Ёлка йод", "ёлка-йод"),
        ("हिन्दी में", "हिन्दी-में"),
        ("ガイド 2026", "ガイド-2026"),
        ("!!!", ""),
        ("a&b=c#d%0d", "a-b-c-d-0d"),
    ],
)
def test_a_slug_keeps_the_letters_of_its_script(text: str, expected: str) -> None:
    assert slug(text) == expected
    assert slug(expected) == expected


def test_a_campaigns_parameters_go_before_the_workspaces() -> None:
    ours = Utm(source="{platform}", medium="social", term="bread")
    assert Utm(medium="paid", term="").over(ours) == Utm(
        source="{platform}", medium="paid", term=""
    )


def test_a_variable_that_there_is_not_is_named_with_its_parameter() -> None:
    utm = Utm(source="{platform}", medium="{network}", content="{post}}")
    known = "is no variable: there are {platform}, {channel}, {campaign}, {post}"
    assert list(broken_templates(utm, field="utm")) == [
        Broken("utm.medium", f"{{network}} {known}"),
        Broken("utm.content", f"}} {known}"),
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/b?c=d&e=%C3%A7#f", "https://a.example/b?c=d&e=%C3%A7#f"),
        ("https://çay.example/çay?ş=1#ı", "https://xn--ay-3ia.example/%C3%A7ay?%C5%9F=1#%C4%B1"),
        ("https://Straße.example:8443", "https://xn--strae-oqa.example:8443"),
        ("HTTPS://A.example/B", "https://A.example/B"),
        ("https://a.example/b\\c|d^`{}", "https://a.example/b%5Cc%7Cd%5E%60%7B%7D"),
        ("https://a.example//evil.example/", "https://a.example//evil.example/"),
        ("https://a.example/\r\nSet-Cookie:x", "https://a.example/%0D%0ASet-Cookie:x"),
        ("https://ça_y.example/", "https://%C3%A7a_y.example/"),
    ],
)
def test_an_address_becomes_what_a_header_can_hold(address: str, expected: str) -> None:
    assert ascii_address(address) == expected
    assert ascii_address(expected) == expected


def test_codes_are_the_same_again_and_otherwise_have_nothing_in_common() -> None:
    codes = {
        code_of(f"dlv_{delivery}", f"https://a.example/{target}")
        for delivery in range(40)
        for target in range(40)
    }
    assert len(codes) == 1600
    assert all(CODE.fullmatch(code) and len(code) == CODE_LENGTH for code in codes)
    assert code_of("dlv_1", "https://a.example/1") in codes
    beginnings = {code[:2] for code in codes}  # of 1024
    assert len(beginnings) > 600
