"""What is LinkedIn's own: little text, what it takes, and what can be known of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tellal.channels import Channel
from tellal.errors import (
    Unacceptable,
)
from tellal.platforms.linkedin import LinkedIn, little
from tellal.posts import AttachedMedia, Content, Poll, ThreadPart, VideoFacts
from tests.platforms.sample import PICTURE
from tests.platforms.samples.linkedin import LINKEDIN
from tests.videos import VIDEO

MEMBER = LINKEDIN.channel.model_copy(update={"remote_id": "urn:li:person:a1"})
SLIDES = AttachedMedia(
    media_id="med_3", object_key="m", mime_type="application/pdf", size=9, pages=3
)
MENU = {"linkedin": {"title": "Menu"}}
RYE = {"url": "https://ex.com/rye", "title": "Rye"}


def rules(content: Content, at: Channel = LINKEDIN.channel) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        LinkedIn.render(content, at)
    return {broken.field: broken.rule for broken in refused.value.broken}


# ── little text ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("plain", "plain"),
        ("a|b{c}d@e[f]g(h)i<j>k#l*m_n~o\\p", r"a\|b\{c\}d\@e\[f\]g\(h\)i\<j\>k\#l\*m\_n\~o\\p"),
        ("#rye", r"{hashtag|\#|rye}"),
        ("＃rye", r"{hashtag|\＃|rye}"),
        ("#C_D!", r"{hashtag|\#|C\_D}!"),
        ("no#tag and # nor #1", r"no\#tag and \# nor \#1"),
        ("👨‍👩‍👧 #emoji👋🏽", r"👨‍👩‍👧 {hashtag|\#|emoji}👋🏽"),
        ("שלום #עולם (טוב)", r"שלום {hashtag|\#|עולם} \(טוב\)"),
        ("مرحبا #خبز_طازج", r"مرحبا {hashtag|\#|خبز\_طازج}"),
        ("@[Acme](urn:li:organization:5)", "@[Acme](urn:li:organization:5)"),
        ("@[A_B (C)](urn:li:person:x-1)!", r"@[A\_B \(C\)](urn:li:person:x-1)!"),
        ("@[Acme](urn:li:share:5)", r"\@\[Acme\]\(urn:li:share:5\)"),
        ("@ann ann@ex.com", r"\@ann ann\@ex.com"),
        ("https://ex.com/a_(b)#c", r"https://ex.com/a\_\(b\)\#c"),
        ("{hashtag|\\#|no}", r"\{hashtag\|\\\#\|no\}"),
    ],
)
def test_a_text_is_sent_with_its_mentions_and_hashtags_and_everything_else_itself(
    written: str, sent: str
) -> None:
    assert little.escaped(written) == sent
    assert little.plain(sent) == little.shown(written)


@given(some.text(alphabet=some.sampled_from("\\|{}@[]()<>#*_~ a#b\n🥖ש"), max_size=60))
def test_whatever_is_written_is_what_a_reader_sees(written: str) -> None:
    assert little.plain(little.escaped(written)) == little.shown(written)


def test_what_linkedin_gives_back_in_another_spelling_reads_the_same() -> None:
    assert little.plain(r"@[Acme \(Co\)] (urn:li:organization:5) {hashtag|#|x}") == "Acme (Co) #x"


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("Hello, world! 👋", 16),
        ("H🐱☺👨‍👩‍👧‍👦", 15),
        ("👋🏽", 4),
        ("שלום עולם", 9),
        ("a_b*c", 5),
        ("#rye", 4),
        ("@[Acme](urn:li:organization:5)!", 5),
    ],
)
def test_what_a_reader_sees_is_counted_in_the_strictest_unit(text: str, long: int) -> None:
    assert LinkedIn.length(text, LINKEDIN.channel) == long


@pytest.mark.parametrize("letter", ["x", "_", "ש", "👋", "é"])
def test_a_text_is_taken_up_to_the_limit_and_not_beyond(letter: str) -> None:
    size = LinkedIn.length(letter, LINKEDIN.channel)
    text = letter * (3000 // size)
    assert LinkedIn.render(Content(text=text), LINKEDIN.channel)
    told = f"too long for LinkedIn: {3000 + size} of 3000 characters"
    assert rules(Content(text=text + letter)) == {"text": told}


# ── what it takes ────────────────────────────────────────────────────────────────────────────


def film(**facts: Any) -> Content:
    return Content(text="Hi", media=(VIDEO.model_copy(update=facts),))


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (Content(text="a", thread=(ThreadPart(text="b"),)), "thread", "write a first comment"),
        (Content(text="a", first_comment="x" * 1251), "first_comment", "1251 of 1250"),
        (Content(media=(PICTURE,) * 21), "media", "21 of 20"),
        (Content(media=(PICTURE, VIDEO)), "media", "do not go together"),
        (Content(media=(VIDEO, VIDEO)), "media", "2 of 1"),
        (Content(media=(SLIDES, SLIDES), options=MENU), "media", "2 of 1"),
        (
            Content(media=(PICTURE.model_copy(update={"mime_type": "image/webp"}),)),
            "media[0]",
            "image/webp is not what LinkedIn takes",
        ),
        (
            Content(media=(PICTURE.model_copy(update={"width": 36_152_320, "height": 1}),)),
            "media[0]",
            "of 36152319 pixels",
        ),
        (
            Content(media=(PICTURE.model_copy(update={"alt_text": "x" * 4087}),)),
            "media[0]",
            "4087 of 4086",
        ),
        (film(size=500_000_001), "media[0]", "500000001 of 500000000 bytes"),
        (film(video=VideoFacts(seconds=2.9, codec="AVC")), "media[0]", "takes 3 to 1800"),
        (film(video=VideoFacts(seconds=1801, codec="AVC")), "media[0]", "takes 3 to 1800"),
        (film(mime_type="video/quicktime"), "media[0]", "video/mp4"),
        (
            Content(media=(SLIDES.model_copy(update={"pages": 301}),), options=MENU),
            "media[0]",
            "301 of 300 pages",
        ),
        (
            Content(media=(SLIDES.model_copy(update={"size": 100_000_001}),), options=MENU),
            "media[0]",
            "of 100000000 bytes",
        ),
        (Content(media=(SLIDES,)), "options.linkedin.title", "is required"),
        (Content(text="a", options=MENU), "options.linkedin.title", "only a document or a video"),
        (
            Content(media=(SLIDES,), options={"linkedin": {"title": "x" * 201}}),
            "options.linkedin.title",
            "201 of 200",
        ),
        (
            Content(text="a", options={"linkedin": {"visibility": "connections"}}),
            "options.linkedin.visibility",
            "a page has no connections",
        ),
        (
            Content(text="a", options={"linkedin": {"visibility": "friends"}}),
            "options.linkedin.visibility",
            "'public'",
        ),
        (
            Content(text="a", options={"linkedin": {"article": {"url": "ex.com", "title": "a"}}}),
            "options.linkedin.article.url",
            "is no link",
        ),
        (
            Content(text="a", options={"linkedin": {"article": {"url": "https://ex.com"}}}),
            "options.linkedin.article.title",
            "is required",
        ),
        (
            Content(text="a", media=(PICTURE,) * 2, options={"linkedin": {"article": RYE}}),
            "options.linkedin.article",
            "its thumbnail",
        ),
        (
            Content(text="a", media=(VIDEO,), options={"linkedin": {"article": RYE}}),
            "options.linkedin.article",
            "its thumbnail",
        ),
    ],
)
def test_what_it_does_not_take_is_told_where_it_was_written(
    content: Content, field: str, rule: str
) -> None:
    assert rule in rules(content)[field]


def poll(**facts: Any) -> Content:
    asked = {"options": ("Rye", "Wheat"), "minutes": 1440, "question": "Which?", **facts}
    return Content(text="Vote", poll=Poll.model_validate(asked))


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (poll(question=" "), "poll.question", "is required"),
        (poll(question="x" * 141), "poll.question", "141 of 140"),
        (poll(options=("a",)), "poll.options", "2 to 4 answers"),
        (poll(options=("a", "b", "c", "d", "e")), "poll.options", "2 to 4 answers"),
        (poll(options=("a", "x" * 31)), "poll.options[1]", "31 of 30"),
        (poll(options=("a", " ")), "poll.options[1]", "empty"),
        (poll(minutes=2880), "poll.minutes", "1440, 4320, 10080, 20160"),
        (poll(minutes=60), "poll.minutes", "1, 3, 7 or 14 days"),
        (poll(multiple=True), "poll.multiple", "one answer"),
        (
            poll().model_copy(update={"options": {"linkedin": {"article": RYE}}}),
            "options.linkedin.article",
            "a poll",
        ),
        (poll().model_copy(update={"media": (PICTURE,)}), "poll", "do not go together"),
    ],
)
def test_a_poll_has_rules_of_its_own(content: Content, field: str, rule: str) -> None:
    assert rule in rules(content)[field]


def test_a_choice_that_cannot_be_read_is_told_along_with_everything_else() -> None:
    content = poll(question="").model_copy(
        update={"text": "x" * 3001, "options": {"linkedin": {"reshares": "never"}}}
    )
    assert set(rules(content)) == {"text", "poll.question", "options.linkedin.reshares"}


def test_what_is_chosen_stands_on_the_main_part_with_its_defaults() -> None:
    options = {"linkedin": {"visibility": "logged_in"}}
    content = Content(text="a", first_comment="b", options=options)
    main, comment = LinkedIn.render(content, LINKEDIN.channel)
    chosen = {"visibility": "logged_in", "reshares": True, "title": ""}
    assert (main.options, comment.options) == (chosen, {})
    connections = {"linkedin": {"visibility": "connections"}}
    assert LinkedIn.render(Content(text="a", options=connections), MEMBER)


# ── promises ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "scopes", "post", "comment"),
    [
        (LINKEDIN.channel, ["r_organization_social"], "searchable", "resumable"),
        (LINKEDIN.channel, ["w_organization_social", "r_member_social"], "blind", "blind"),
        (MEMBER, ["r_member_social"], "searchable", "resumable"),
        (MEMBER, ["w_member_social", "r_organization_social"], "blind", "blind"),
        (MEMBER, [], "blind", "blind"),
    ],
)
def test_what_may_be_read_decides_what_can_be_known(
    channel: Channel, scopes: list[str], post: str, comment: str
) -> None:
    at = channel.model_copy(update={"server": {"scopes": scopes}})
    parts = LinkedIn.render(Content(text="a", first_comment="b"), at)
    assert [LinkedIn.promise(part, at).guarantee for part in parts] == [post, comment]
