"""What may be posted to TikTok: its limits, its choices, what an account may do, its refusals."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
    Unacceptable,
)
from tellal.platforms.tiktok import TikTok
from tellal.platforms.tiktok.checks import units
from tellal.platforms.tiktok.line import ERRORS
from tellal.posts import AttachedMedia, Content, Poll, ThreadPart
from tests.platforms.faults import FAULTS, Fault
from tests.platforms.sample import KEY, PICTURE, SECRETS, Media, prepared
from tests.platforms.samples.tiktok import CREATOR, EVERYONE, TIKTOK, ok
from tests.platforms.tiktok_posts import (
    FIRST,
    PHOTOS,
    answering,
    at,
    post,
    ready,
    refusing,
    rendered,
    rules,
)
from tests.videos import VIDEO

# ── what is written ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hi http://test.co", 17),
        ("H🐱☺👨‍👩‍👧‍👦", 15),
        ("Hello, world! 👋", 16),
        ("Hi 👋🏽 https://example.com/very/long/path café #tag", 52),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 34),
        ("👨‍👩‍👧", 8),
        ("👋🏽", 4),
        ("خبز طازج كل صباح", 16),
        ("שלום \u200fעולם", 10),
    ],
)
def test_texts_are_counted_in_utf_16_units(text: str, length: int) -> None:
    assert TikTok.length(text, TIKTOK.channel) == length


@pytest.mark.parametrize("unit", ["👋", "خبز", "ש", "e\u0301", "x"])
@pytest.mark.parametrize(("media", "most"), [((VIDEO,), 2200), ((PICTURE,), 4000)])
def test_a_text_may_be_as_long_as_the_limit_in_any_script(
    unit: str, media: tuple[AttachedMedia, ...], most: int
) -> None:
    fits = unit * (most // units(unit))
    fits += "x" * (most - units(fits))
    assert units(fits) == most
    assert TikTok.render(post(*media, text=fits), TIKTOK.channel)
    assert f"{most + 1} of {most}" in rules(post(*media, text=f"{fits}x"))["text"]


def test_a_video_needs_no_words() -> None:
    assert rendered(post(text="")).text == ""


def film(**facts: Any) -> AttachedMedia:
    of_the_film = ("seconds", "frame_rate", "codec")
    video: dict[str, Any] = {name: facts.pop(name) for name in of_the_film if name in facts}
    assert VIDEO.video is not None
    return VIDEO.model_copy(update={**facts, "video": VIDEO.video.model_copy(update=video)})


@pytest.mark.parametrize(
    ("media", "rule"),
    [
        (film(seconds=601), "601 seconds long"),
        (film(frame_rate=22.9), "22.9 frames a second"),
        (film(frame_rate=61), "61 frames a second"),
        (film(codec="MPEG-4 Visual"), "MPEG-4 Visual is not what TikTok takes"),
        (film(mime_type="video/x-msvideo"), "video/x-msvideo is not what TikTok takes"),
        (film(size=4_000_000_001), "too large for TikTok"),
        (film(width=359), "359 pixels wide"),
        (film(width=4097), "4097 pixels wide"),
        (film(height=359), "359 pixels high"),
        (film(height=4097), "4097 pixels high"),
        (PICTURE.model_copy(update={"mime_type": "image/gif"}), "image/gif is not what TikTok"),
    ],
)
def test_a_file_that_tiktok_would_refuse_is_refused_where_it_is_attached(
    media: AttachedMedia, rule: str
) -> None:
    assert rule in rules(post(media))["media[0]"]


@pytest.mark.parametrize(
    "media",
    [
        film(seconds=600, frame_rate=60, width=4096, height=360, size=4_000_000_000),
        film(codec="VP9", mime_type="video/webm", frame_rate=23.976),
        VIDEO.model_copy(update={"video": None, "width": None, "height": None}),
    ],
)
def test_a_film_at_its_limits_is_taken(media: AttachedMedia) -> None:
    assert TikTok.render(post(media), TIKTOK.channel)


def test_there_are_posts_of_one_video_or_of_35_photos_and_of_nothing_else() -> None:
    nothing = Content(text="Hello", options=EVERYONE)
    assert "shows nothing without an image or a video" in rules(nothing)["media"]
    assert "do not go together" in rules(post(VIDEO, PICTURE))["media"]
    assert "2 of 1" in rules(post(VIDEO, VIDEO))["media"]
    assert "36 of 35" in rules(post(*(PICTURE,) * 36))["media"]
    assert TikTok.render(post(*(PICTURE,) * 35), TIKTOK.channel)


def test_what_tiktok_has_not_is_refused_by_its_name() -> None:
    content = post().model_copy(
        update={
            "thread": (ThreadPart(text="more"),),
            "first_comment": "me first",
            "poll": Poll(options=("a", "b"), minutes=60),
        }
    )
    with pytest.raises(Unacceptable) as refused:
        TikTok.render(content, TIKTOK.channel)
    broken = {(each.field, each.rule) for each in refused.value.broken}
    assert {
        ("thread", "there are no threads on TikTok"),
        ("first_comment", "there is no first comment on TikTok"),
        ("poll", "there are no polls on TikTok"),
    } <= broken


def test_photos_need_a_domain_that_tiktok_has_verified() -> None:
    nowhere = at(media_domain="")
    assert "set media_domain" in rules(PHOTOS, nowhere)["media"]
    assert TikTok.limits(nowhere).images == 0
    assert TikTok.limits(TIKTOK.channel).images == 35
    assert TikTok.render(post(), nowhere)


# ── what is chosen ───────────────────────────────────────────────────────────────────────────


def test_who_may_see_it_must_be_chosen_and_is_told_with_every_other_broken_rule() -> None:
    broken = rules(Content(text="x" * 2201, media=(VIDEO,)))
    assert broken["options.tiktok.privacy"] == "is required"
    assert "2201 of 2200" in broken["text"]


def test_nothing_is_allowed_or_disclosed_unless_somebody_says_so() -> None:
    assert rendered(post()).options == {
        "privacy": "everyone",
        "allow_comments": False,
        "allow_duets": False,
        "allow_stitches": False,
        "your_brand": False,
        "paid_partnership": False,
        "ai_generated": False,
        "cover_photo": 0,
        "title": "",
        "auto_add_music": False,
    }


@pytest.mark.parametrize(
    ("field", "content", "rule"),
    [
        ("privacy", post(privacy="nobody"), "'everyone', 'friends', 'followers' or 'only_me'"),
        ("privacy", post(privacy="only_me", paid_partnership=True), "by its author alone"),
        ("words", post(words="what"), "not permitted"),
        ("cover_ms", post(cover_ms=-1), "greater than or equal to 0"),
        ("cover_ms", post(cover_ms=3201), "has 3200 milliseconds"),
        ("title", post(title="Bread"), "a video has its text alone"),
        ("auto_add_music", post(auto_add_music=True), "photos alone"),
        ("cover_photo", post(cover_photo=1), "cover_ms instead"),
        ("title", post(PICTURE, title="👋" * 45 + "x"), "91 of 90"),
        ("cover_photo", post(PICTURE, PICTURE, cover_photo=2), "2 photos, counted from 0"),
        ("cover_ms", post(PICTURE, cover_ms=1), "cover_photo instead"),
        ("allow_duets", post(PICTURE, allow_duets=True), "of videos"),
        ("allow_stitches", post(PICTURE, allow_stitches=True), "of videos"),
        ("ai_generated", post(PICTURE, ai_generated=True), "no photos"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_refused(field: str, content: Content, rule: str) -> None:
    assert rule in rules(content)[f"options.tiktok.{field}"]


@pytest.mark.parametrize(
    "content",
    [
        post(privacy="only_me", your_brand=True),
        post(cover_ms=3200),
        post(PICTURE, title="👋" * 45, cover_photo=0, auto_add_music=True),
    ],
)
def test_a_choice_at_its_limit_is_taken(content: Content) -> None:
    assert TikTok.render(content, TIKTOK.channel)


# ── what the account may do ──────────────────────────────────────────────────────────────────


def preparing(content: Content, **creator: Any) -> Any:
    server = answering(creator=ok({**CREATOR, **creator}))
    return prepared(TIKTOK.adapter(server), rendered(content)), server


@pytest.mark.parametrize(
    ("content", "creator", "sentence"),
    [
        (
            post(privacy="followers"),
            {},
            "cannot post to followers: it offers everyone, friends, only_me",
        ),
        (post(), {"privacy_level_options": ["SELF_ONLY"]}, "it offers only_me"),
        (post(), {"privacy_level_options": ["SOME_NEW_LEVEL"]}, "it offers SOME_NEW_LEVEL"),
        (post(), {"privacy_level_options": []}, "it offers nothing now"),
        (post(allow_comments=True), {"comment_disabled": True}, "comments switched off"),
        (post(PICTURE, allow_comments=True), {"comment_disabled": True}, "comments switched off"),
        (post(allow_duets=True), {"duet_disabled": True}, "duets switched off"),
        (post(allow_stitches=True), {"stitch_disabled": True}, "stitches switched off"),
        (
            post(film(seconds=61.5)),
            {"max_video_post_duration_sec": 60},
            "may post videos of 60 seconds, and this one has 61.5 seconds",
        ),
    ],
)
def test_what_the_account_may_not_do_is_told_before_anything_is_sent(
    content: Content, creator: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(Rejected, match=sentence):
        preparing(content, **creator)


def test_everything_that_stands_against_it_is_told_at_once() -> None:
    creator = {"comment_disabled": True, "duet_disabled": True}
    with pytest.raises(Rejected, match=r"comments switched off.*; .*duets switched off"):
        preparing(post(allow_comments=True, allow_duets=True), **creator)


def test_an_account_that_may_do_it_is_asked_once_and_its_name_is_kept() -> None:
    everything_off = {"comment_disabled": True, "duet_disabled": True, "stitch_disabled": True}
    part, server = preparing(post(), creator_username="acme.now", **everything_off)
    assert part.prepared["username"] == "acme.now"
    asked = [request.url.path for request in server.requests]
    assert asked == ["/v2/post/publish/creator_info/query/", "/v2/post/publish/video/init/"]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────

UNUSUAL = {"access_token_invalid": 401, "rate_limit_exceeded": 429, "invalid_publish_id": 400}


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("is_status", ["its status", "status 200"])
def test_every_refusal_means_what_the_table_says_whatever_its_status(
    code: str, is_status: str
) -> None:
    meaning = ERRORS[code]
    number = 200 if is_status == "status 200" else UNUSUAL.get(code, 403)
    part = rendered(post())
    with pytest.raises(meaning.error) as raised:
        TIKTOK.adapter(refusing(code, status=number)).prepare(part, media=Media())
    assert type(raised.value) is meaning.error
    assert "{" not in str(raised.value)
    if isinstance(raised.value, TryLater):
        assert raised.value.after == meaning.after


@pytest.mark.parametrize(
    ("code", "number", "error", "sentence"),
    [
        ("invalid_params", 400, Rejected, "TikTok refused it: The chunk size is invalid"),
        ("invalid_param", 200, Rejected, "TikTok refused it: The chunk size is invalid"),
        ("a_word_that_is_new", 200, Rejected, r"TikTok refused it \(a_word_that_is_new\)"),
        ("a_word_that_is_new", 400, Rejected, "refused it"),
        ("a_word_that_is_new", 503, TryLater, "answered 503"),
        ("internal_error", 500, TryLater, "a failure of its own"),
        ("internal_error", 200, TryLater, "a failure of its own"),
    ],
)
def test_other_refusals_are_understood_as_far_as_they_go(
    code: str, number: int, error: type[PublishError], sentence: str
) -> None:
    refused = refusing(code, status=number, message="The chunk size is invalid")
    with pytest.raises(error, match=sentence):
        TIKTOK.adapter(refused).prepare(rendered(post()), media=Media())


def test_a_message_never_tells_the_token() -> None:
    refused = refusing("invalid_params", status=400, message=f"Bad token {SECRETS[0]}")
    with pytest.raises(Rejected, match="Bad token …"):
        TIKTOK.adapter(refused).prepare(rendered(post()), media=Media())


def test_how_long_to_wait_is_taken_from_the_answer_where_it_tells() -> None:
    body = {"data": {}, "error": {"code": "rate_limit_exceeded", "message": "", "log_id": "2"}}
    slow = lambda _: httpx.Response(429, json=body, headers={"retry-after": "7"})  # noqa: E731
    with pytest.raises(Throttled, match="6 posts a minute") as raised:
        TIKTOK.adapter(slow).prepare(rendered(post()), media=Media())
    assert raised.value.after == timedelta(seconds=7)
    assert not raised.value.everywhere


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (refusing("spam_risk_too_many_posts", status=403), TryLater),
        (refusing("url_ownership_unverified", status=403), Rejected),
        (refusing("access_token_invalid", status=401), NeedsRefresh),
        (refusing("scope_not_authorized", status=401), NeedsReconnect),
        (refusing("internal_error", status=200), OutcomeUnknown),
        (refusing("internal_error", status=500), OutcomeUnknown),
        (lambda _: httpx.Response(200, json=ok({})), OutcomeUnknown),
        (lambda _: httpx.Response(200, json=[]), OutcomeUnknown),
    ],
)
def test_photos_that_were_refused_or_whose_answer_was_lost(
    refused: Any, error: type[PublishError]
) -> None:
    part = ready(PHOTOS)
    with pytest.raises(error) as raised:
        TIKTOK.adapter(refused).commit(part, key=KEY, thread=FIRST, media=Media())
    assert isinstance(raised.value, OutcomeUnknown) == (error is OutcomeUnknown)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_in_the_commit_of_photos_tells_whether_they_may_be_public(fault: Fault) -> None:
    with pytest.raises(PublishError) as raised:
        TIKTOK.adapter(fault.respond).commit(ready(PHOTOS), key=KEY, thread=FIRST, media=Media())
    assert isinstance(raised.value, fault.on_commit)
    assert isinstance(raised.value, OutcomeUnknown) == (fault.on_commit is OutcomeUnknown)
