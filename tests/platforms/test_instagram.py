"""What is Instagram's own: kinds of post, its choices, its refusals, a first comment."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from PIL import Image

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
from tellal.platforms.calls import Gone
from tellal.platforms.instagram import Instagram
from tellal.platforms.instagram.refusals import failure
from tellal.platforms.protocol import Guarantee, Thread
from tellal.posts import AttachedMedia, Content, Part, Remote, VideoFacts
from tests.platforms.sample import APP, KEY, PICTURE, TEN, Media, Server
from tests.platforms.samples.instagram import ACCOUNT, COMMENT, INSTAGRAM, PERMALINK, POST
from tests.videos import VIDEO

CHANNEL = INSTAGRAM.channel
IMAGE = (PICTURE,)
FILM = (VIDEO,)


def content(text: str = "", media: tuple[AttachedMedia, ...] = IMAGE, **options: Any) -> Content:
    return Content(text=text, media=media, options={"instagram": options} if options else {})


def rules(given: Content) -> dict[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Instagram.render(given, CHANNEL)
    return {broken.field: broken.rule for broken in refused.value.broken}


def film(**facts: Any) -> AttachedMedia:
    known = {"seconds": 30.0, "frame_rate": 30.0, "codec": "AVC"}
    own = {name: facts.pop(name) for name in known if name in facts}
    video = VideoFacts.model_validate(known | own)
    return VIDEO.model_copy(update={"video": video, **facts})


def prepared(part: Part) -> Part:
    return part.model_copy(update={"prepared": {"container": "17889000000000001"}})


# ── counting ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Hello, world! 👋", 15),
        ("👨‍👩‍👧", 5),
        ("👋🏽", 2),
        ("مرحبا بالعالم", 13),
        ("e\u0301", 2),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 31),
    ],
)
def test_a_caption_is_counted_in_unicodes_characters(text: str, characters: int) -> None:
    assert Instagram.length(text, CHANNEL) == characters


@pytest.mark.parametrize("letter", ["x", "ش", "é", "👋"])
def test_a_caption_may_be_full_to_its_last_character(letter: str) -> None:
    assert Instagram.render(content(letter * 2200), CHANNEL)
    assert rules(content(letter * 2201))["text"].endswith("2201 of 2200 characters")


def test_hashtags_and_mentions_are_counted() -> None:
    assert Instagram.render(content("#a " * 30 + "@b " * 20), CHANNEL)
    assert "31 of 30" in rules(content("#a " * 31))["text"]
    assert "21 of 20" in rules(content("@b " * 21))["text"]
    first_comment = content().model_copy(update={"first_comment": "#a " * 31})
    assert "31 of 30" in rules(first_comment)["first_comment"]


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_without_a_file_there_is_no_post() -> None:
    assert "nothing without an image or a video" in rules(content("Hello", ()))["media"]


def test_images_and_films_go_together_up_to_ten() -> None:
    assert Instagram.render(content("", IMAGE * 5 + FILM * 5), CHANNEL)
    assert "11 of 10" in rules(content("", IMAGE * 6 + FILM * 5))["media"]


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((800, 1000), None),
        ((1910, 1000), None),
        ((1080, 565), None),
        ((700, 1000), "too narrow"),
        ((2100, 1000), "too wide"),
    ],
)
def test_an_image_has_a_shape_that_the_feed_takes(size: tuple[int, int], told: str | None) -> None:
    image = PICTURE.model_copy(update={"width": size[0], "height": size[1]})
    if told is None:
        assert Instagram.render(content("", (image,)), CHANNEL)
        return
    assert told in rules(content("", (image,)))["media[0]"]
    assert Instagram.render(content("", (image,), kind="story"), CHANNEL)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"seconds": 2.0}, "2 seconds long"),
        ({"seconds": 901.0}, "901 seconds long"),
        ({"size": 300_000_001}, "too large"),
        ({"width": 2000, "height": 3000}, "2000 pixels wide"),
        ({"frame_rate": 15.0}, "15 frames a second"),
        ({"codec": "VP9"}, "a video in VP9"),
        ({"mime_type": "video/webm"}, "video/webm is not what"),
    ],
)
def test_a_reel_is_what_instagram_takes(facts: dict[str, Any], told: str) -> None:
    assert told in rules(content("", (film(**facts),)))["media[0]"]


def test_a_film_lasts_a_quarter_of_an_hour_alone_and_a_minute_beside_others() -> None:
    long = film(seconds=61.0)
    assert Instagram.render(content("", (long,)), CHANNEL)
    assert "3 to 60" in rules(content("", (long, PICTURE)))["media[0]"]
    assert "3 to 60" in rules(content("", (long,), kind="story"))["media[0]"]
    large = film(size=100_000_001)
    assert Instagram.render(content("", (large,)), CHANNEL)
    assert "too large" in rules(content("", (large,), kind="story"))["media[0]"]


def test_an_alt_text_has_an_end() -> None:
    said = PICTURE.model_copy(update={"alt_text": "x" * 1001})
    assert "1001 of 1000" in rules(content("", (said,)))["media[0]"]


def test_there_are_no_threads_and_no_polls() -> None:
    threaded = Content(text="a", media=IMAGE, thread=({"text": "b"},))  # type: ignore[arg-type]
    assert rules(threaded)["thread"] == "there are no threads on Instagram: write a first comment"


def made(part: Part, data: bytes = b"") -> dict[str, str]:
    """The form of its container, which holds a picture of these bytes."""

    class Reader(Media):
        def read(self, media: AttachedMedia) -> bytes:
            return data or super().read(media)

        def link_to(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> str:
            assert Image.open(BytesIO(data)).format == "JPEG"
            return f"https://media.example/{mime_type}/{len(data)}"

    server = INSTAGRAM.server()
    INSTAGRAM.adapter(server).prepare(part, media=Reader())
    return {
        name: values[0] for name, values in parse_qs(server.requests[-1].content.decode()).items()
    }


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_every_image_is_offered_as_a_jpeg(kind: str) -> None:
    out = BytesIO()
    Image.new("RGB", (40, 40), "orange").save(out, kind)
    (part,) = Instagram.render(content(), CHANNEL)
    assert made(part, out.getvalue())["image_url"].startswith("https://media.example/image/jpeg/")


def test_an_image_that_is_too_large_is_made_to_fit() -> None:
    noise = Image.effect_noise((4000, 4000), 100).convert("RGB")
    out = BytesIO()
    noise.save(out, "PNG")
    assert len(out.getvalue()) > 8_000_000
    (part,) = Instagram.render(content(), CHANNEL)
    assert int(made(part, out.getvalue())["image_url"].rsplit("/", 1)[1]) <= 8_000_000


# ── choices ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        (content("", IMAGE, kind="reel"), "media", "one video"),
        (content("", FILM * 2, kind="reel"), "media", "one video"),
        (content("", IMAGE, kind="live"), "options.instagram.kind", ""),
        (content("", IMAGE, share_to_feed=False), "options.instagram.share_to_feed", "for a reel"),
        (content("", IMAGE, thumb_offset_ms=0), "options.instagram.thumb_offset_ms", "for a reel"),
        (content("", FILM, thumb_offset_ms=3200), "options.instagram.thumb_offset_ms", "3.2 sec"),
        (content("", FILM, thumb_offset_ms=-1), "options.instagram.thumb_offset_ms", ""),
        (content("", IMAGE, collaborators=["a b"]), "options.instagram.collaborators[0]", "name"),
        (content("", IMAGE, collaborators=["a"] * 4), "options.instagram.collaborators", ""),
        (content("", IMAGE, location_id="here"), "options.instagram.location_id", "number"),
        (content("", IMAGE, filter="sepia"), "options.instagram.filter", ""),
        (content("Hello", IMAGE, kind="story"), "text", "no text"),
        (content("", IMAGE * 2, kind="story"), "media", "2 of 1"),
        (
            content("", FILM, kind="story", share_to_feed=False),
            "options.instagram.share_to_feed",
            "",
        ),
        (content("", IMAGE, kind="story", location_id="1"), "options.instagram.location_id", ""),
        (
            content("", IMAGE, kind="story", collaborators=["a"]),
            "options.instagram.collaborators",
            "",
        ),
        (
            content("", IMAGE, kind="story").model_copy(update={"first_comment": "x"}),
            "first_comment",
            "story",
        ),
    ],
)
def test_a_choice_that_does_not_go_with_the_post_is_told(
    given: Content, field: str, told: str
) -> None:
    assert told in rules(given)[field]


def test_what_is_wrong_of_choices_and_of_the_text_is_told_at_once() -> None:
    broken = rules(content("x" * 2201, (), kind="live"))
    assert set(broken) == {"options.instagram.kind", "text", "media"}


def test_choices_are_kept_with_the_part_their_defaults_filled_in() -> None:
    (part,) = Instagram.render(content("", FILM, thumb_offset_ms=10), CHANNEL)
    assert part.options == {
        "kind": "feed",
        "share_to_feed": True,
        "thumb_offset_ms": 10,
        "collaborators": [],
        "ai_generated": False,
    }


# ── refusals ─────────────────────────────────────────────────────────────────────────────────

ROWS: list[tuple[int, int | None, type[PublishError]]] = [
    (190, None, NeedsRefresh),
    (190, 463, NeedsRefresh),
    (102, None, NeedsRefresh),
    (10, None, NeedsReconnect),
    (200, None, NeedsReconnect),
    (25, 2207050, NeedsReconnect),
    (25, None, NeedsReconnect),
    (4, None, Throttled),
    (80002, None, Throttled),
    (9, 2207042, TryLater),
    (4, 2207051, TryLater),
    (368, None, TryLater),
    (-1, 2207001, TryLater),
    (-1, None, TryLater),
    (-2, 2207003, TryLater),
    (-1, 2207032, TryLater),
    (-1, 2207053, TryLater),
    (9004, 2207052, TryLater),
    (352, 2207082, TryLater),
    (9004, 2207077, TryLater),
    (9007, 2207027, TryLater),
    (24, 2207006, Gone),
    (24, 2207008, Gone),
    (-2, 2207020, Gone),
    (100, 33, Gone),
    (36000, 2207004, Rejected),
    (36001, 2207005, Rejected),
    (36001, None, Rejected),
    (36003, 2207009, Rejected),
    (36003, None, Rejected),
    (36004, 2207010, Rejected),
    (100, 2207023, Rejected),
    (352, 2207026, Rejected),
    (100, 2207028, Rejected),
    (1, 2207057, Rejected),
    (100, 2207081, Rejected),
    (100, None, Rejected),
]
OPEN_ON_COMMIT = {2207001, 2207003, 2207006, 2207008, 2207020, 2207032, 2207053, 2207082, 33}


def refusing(code: int, subcode: int | None) -> Any:
    error = {"message": "internal words", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return lambda _: httpx.Response(400, json={"error": error})


@pytest.mark.parametrize(("code", "subcode", "kind"), ROWS, ids=str)
def test_a_refusal_is_what_its_codes_say(
    code: int, subcode: int | None, kind: type[PublishError]
) -> None:
    with pytest.raises(PublishError) as raised:
        INSTAGRAM.adapter(refusing(code, subcode)).confirm(INSTAGRAM.remote)
    assert type(raised.value) is kind
    assert "internal" not in str(raised.value)
    assert "{" not in str(raised.value)


@pytest.mark.parametrize(("code", "subcode", "kind"), ROWS, ids=str)
def test_a_refused_commit_is_open_only_where_it_may_be_public(
    code: int, subcode: int | None, kind: type[PublishError]
) -> None:
    part = INSTAGRAM.prepared_part()
    with pytest.raises(PublishError) as raised:
        INSTAGRAM.adapter(refusing(code, subcode)).commit(
            part, key=KEY, thread=Thread(), media=Media()
        )
    is_open = subcode in OPEN_ON_COMMIT or (code == -1 and subcode is None)
    assert type(raised.value) is (OutcomeUnknown if is_open else kind)


def test_what_must_be_waited_for_is_waited_for_as_long_as_it_may_take() -> None:
    for code, subcode, hours in ((9, 2207042, 3), (4, 2207051, 3), (368, None, 1)):
        with pytest.raises(TryLater) as raised:
            INSTAGRAM.adapter(refusing(code, subcode)).confirm(INSTAGRAM.remote)
        assert raised.value.after == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Error: Media upload has failed with error code 2207026", Rejected),
        ("Error: The submitted image with aspect ratio ('6000/10',) 2207009", Rejected),
        ("Error: Media upload has failed with error code 2207052", TryLater),
        ("Error: Media upload has failed with error code 2207099", TryLater),
        ("Error: something else", TryLater),
        ("", TryLater),
    ],
)
def test_a_container_that_failed_names_a_code_in_its_sentence(
    status: str, kind: type[PublishError]
) -> None:
    assert failure(status).error is kind


# ── stories ──────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_found_among_the_stories() -> None:
    shown = {"id": POST, "media_type": "VIDEO", "timestamp": "2026-01-01T10:00:01+0000"}
    server = Server(
        {
            "/17889000000000001": lambda _: {"status_code": "PUBLISHED"},
            "/stories": lambda _: {"data": [shown]},
        }
    )
    (part,) = Instagram.render(content("", FILM, kind="story"), CHANNEL)
    told: Any = INSTAGRAM.adapter(server).resume(prepared(part), key=KEY, thread=Thread())
    assert told.remote.id == POST


# ── a first comment ──────────────────────────────────────────────────────────────────────────

COMMENTED = Content(text="Bread", media=IMAGE, first_comment="#bread")
UNDER = Thread((Remote(id=POST, url=PERMALINK),))


def test_a_first_comment_needs_no_preparing_and_promises_less_than_its_post() -> None:
    main, comment = Instagram.render(COMMENTED, CHANNEL)
    assert [Instagram.needs_preparing(part) for part in (main, comment)] == [True, False]
    assert Instagram.promise(main, CHANNEL).guarantee is Guarantee.RESUMABLE
    assert Instagram.promise(comment, CHANNEL).guarantee is Guarantee.SEARCHABLE


def test_a_first_comment_stands_under_its_post() -> None:
    server = INSTAGRAM.server()
    adapter = INSTAGRAM.adapter(server)
    comment = Instagram.render(COMMENTED, CHANNEL)[1]
    published = adapter.commit(comment, key=KEY, thread=UNDER, media=Media())
    [request] = server.requests
    assert request.url.path.endswith(f"/{POST}/comments")
    assert published.remote == Remote(id=COMMENT, url=PERMALINK, refs={"post": POST})
    assert adapter.confirm(published.remote) == published.remote
    assert len(server.requests) == 1


def a_comment(id_: str, text: str, username: str = "acme", minute: int = 1) -> Any:
    at = f"2026-01-01T10:{minute:02}:00+0000"
    return {"id": id_, "text": text, "username": username, "timestamp": at}


def test_a_comment_is_looked_for_under_the_newest_posts_and_never_proven_missing() -> None:
    posts = [
        {"id": "1", "comments": {"data": [a_comment("11", "#bread ")]}},
        {
            "id": POST,
            "comments": {"data": [a_comment("21", "#bread", "ann"), a_comment("22", "#bread")]},
        },
        {"id": "3"},
    ]
    server = Server({f"/{ACCOUNT}/media": lambda _: {"data": posts}})
    adapter = INSTAGRAM.adapter(server)
    comment = Instagram.render(COMMENTED, CHANNEL)[1]
    listed = adapter.list_posts(since=TEN)
    ours = adapter.fingerprint(comment, UNDER, CHANNEL)
    assert [each.remote for each in listed.posts if each.fingerprint == ours] == [
        Remote(id="22", refs={"post": POST})
    ]
    assert not listed.complete
    assert adapter.list_posts(since=TEN + timedelta(hours=1)).posts == ()


# ── connecting ───────────────────────────────────────────────────────────────────────────────


def exchange(**account: Any) -> Any:
    me = {"user_id": int(ACCOUNT), "username": "acme", "account_type": "BUSINESS", **account}
    server = Server({**INSTAGRAM.answers, "/me": lambda _: me})
    adapter: Any = INSTAGRAM.adapter(server)
    return adapter.exchange(APP, code="c0de", verifier="v" * 43, calls=adapter._calls)


def test_a_personal_account_is_told_what_it_must_become() -> None:
    with pytest.raises(Rejected, match="professional"):
        exchange(account_type="PERSONAL")


@pytest.mark.parametrize("kind", ["BUSINESS", "MEDIA_CREATOR", "SOMETHING_NEW"])
def test_an_account_is_known_by_the_id_that_publishes(kind: str) -> None:
    [connected] = exchange(account_type=kind, id="9", name="")
    assert connected.remote_id == ACCOUNT
    assert (connected.name, connected.url) == ("acme", "https://www.instagram.com/acme")
