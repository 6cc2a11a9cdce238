"""What may be posted to a page, its photos, its address, and deleting it."""

import json
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tellal.errors import (
    Rejected,
)
from tellal.platforms.facebook import FACTS, Facebook
from tellal.platforms.protocol import (
    Pending,
    Prepared,
)
from tellal.posts import AttachedMedia, Content, Remote
from tests.platforms.facebook_posts import (
    HTTPS,
    answering,
    lasting,
    of_kind,
    rendered,
    rules,
)
from tests.platforms.sample import (
    PICTURE,
    Media,
)
from tests.platforms.samples.facebook import FACEBOOK
from tests.videos import VIDEO

# ── what may be posted ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Merhaba", 7),
        ("👨‍👩‍👧", 8),
        ("👋🏽", 4),
        ("مرحبا بالعالم", 13),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 34),
    ],
)
def test_a_text_is_counted_in_the_way_that_finds_most(text: str, length: int) -> None:
    assert Facebook.length(text, FACEBOOK.channel) == length


@pytest.mark.parametrize("unit", ["x", "م", "é"])
def test_a_text_may_be_as_long_as_facebook_takes_and_no_longer(unit: str) -> None:
    most = FACTS.limits["text_length"].value
    assert rendered(Content(text=unit * most)).text == unit * most
    assert f"{most + 1} of {most}" in rules(Content(text=unit * (most + 1)))["text"]


def test_emoji_at_the_end_count_twice() -> None:
    most = FACTS.limits["text_length"].value
    assert rendered(Content(text="x" * (most - 2) + "👋"))
    assert f"{most + 1} of {most}" in rules(Content(text="x" * (most - 1) + "👋"))["text"]


def test_a_first_comment_has_a_length_of_its_own() -> None:
    most = FACTS.limits["comment_length"].value
    rule = rules(Content(text="Hello", first_comment="x" * (most + 1)))["first_comment"]
    assert f"{most + 1} of {most}" in rule


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (Content(text=""), "text", "needs a text or an image"),
        (Content(text="x", media=(PICTURE,) * 11), "media", "11 of 10"),
        (Content(text="x", media=(VIDEO, VIDEO)), "media", "2 of 1"),
        (Content(text="x", media=(PICTURE, VIDEO)), "media", "do not go together"),
        (
            Content(text="x", media=(PICTURE.model_copy(update={"mime_type": "image/gif"}),)),
            "media[0]",
            "image/gif is not what Facebook takes",
        ),
        (Content(text="x", media=(lasting(14_401),)), "media[0]", "1 to 14400"),
        (
            Content(text="x", media=(VIDEO.model_copy(update={"mime_type": "video/webm"}),)),
            "media[0]",
            "video/webm is not what Facebook takes",
        ),
        (
            Content(text="x", media=(VIDEO.model_copy(update={"size": 10_000_000_001}),)),
            "media[0]",
            "10000000001 of 10000000000",
        ),
        (of_kind("feed", PICTURE, link="https://ex.com"), "options.facebook.link", "no files"),
        (of_kind("reel", VIDEO, link="https://ex.com"), "options.facebook.link", "no files"),
        (of_kind("feed", PICTURE, title="T"), "options.facebook.title", "only a video"),
        (of_kind("story", VIDEO, title="T"), "options.facebook.title", "only a video"),
        (of_kind("reel", text="x"), "media", "a Facebook reel shows nothing without a video"),
        (of_kind("reel", PICTURE), "media", "no images can be shown on a Facebook reel"),
        (of_kind("reel", lasting(2.9)), "media[0]", "a Facebook reel takes 3 to 90"),
        (of_kind("reel", lasting(90.5)), "media[0]", "a Facebook reel takes 3 to 90"),
        (of_kind("reel", lasting(9, frame_rate=23)), "media[0]", "23 frames a second"),
        (of_kind("reel", lasting(9, width=1920, height=1080)), "media[0]", "too wide"),
        (of_kind("reel", lasting(9, width=540, height=1200)), "media[0]", "too narrow"),
        (of_kind("reel", lasting(9, width=270, height=480)), "media[0]", "270 × 480"),
        (of_kind("reel", lasting(9, mime_type="video/quicktime")), "media[0]", "video/mp4"),
        (of_kind("story"), "media", "without an image or a video"),
        (of_kind("story", PICTURE, PICTURE), "media", "2 of 1"),
        (of_kind("story", PICTURE, text="Words"), "text", "shows no text"),
        (of_kind("story", lasting(61)), "media[0]", "a Facebook story takes 3 to 60"),
        (of_kind("fleet"), "options.facebook.kind", "feed"),
        (of_kind("feed", colour="red"), "options.facebook.colour", "not permitted"),
        (of_kind("feed", title="x" * 256), "options.facebook.title", "256 of 255"),
        (of_kind("feed", link="ex.com"), "options.facebook.link", "such as https://"),
        (of_kind("feed", link="ftp://ex.com"), "options.facebook.link", "such as https://"),
        (of_kind("feed", link="https://localhost"), "options.facebook.link", "such as https://"),
    ],
)
def test_what_facebook_would_refuse_is_told_before(content: Content, field: str, rule: str) -> None:
    assert rule in rules(content)[field]


def test_nobody_can_comment_on_a_story() -> None:
    content = of_kind("story", PICTURE).model_copy(update={"first_comment": "Hello"})
    assert "there is no first comment" in rules(content)["first_comment"]


@pytest.mark.parametrize(
    "content",
    [
        of_kind("feed", link="https://ex.com"),
        of_kind("feed", VIDEO, title="A film"),
        of_kind("feed", *(PICTURE,) * 10),
        of_kind("feed", text="Hello", link=""),
        of_kind("reel", VIDEO, text="Hello", title="A reel"),
        of_kind("reel", lasting(90, width=1080, height=1920)),
        of_kind("story", VIDEO),
        of_kind("story", PICTURE),
    ],
)
def test_what_facebook_takes_is_not_refused(content: Content) -> None:
    part = rendered(content)
    assert part.options["kind"] == content.options["facebook"]["kind"]
    assert json.loads(json.dumps(part.options)) == part.options


def test_each_kind_is_promised_what_can_be_kept() -> None:
    kinds = {
        "text": Content(text="x", first_comment="y"),
        "photo": Content(media=(PICTURE,)),
        "video": Content(media=(VIDEO,)),
        "reel": of_kind("reel", VIDEO),
        "story": of_kind("story", VIDEO),
        "photo story": of_kind("story", PICTURE),
    }
    promised = {
        name: [
            Facebook.promise(part, FACEBOOK.channel).guarantee.value
            for part in Facebook.render(content, FACEBOOK.channel)
        ]
        for name, content in kinds.items()
    }
    assert promised == {
        "text": ["searchable", "searchable"],
        "photo": ["searchable"],
        "video": ["resumable"],
        "reel": ["resumable"],
        "story": ["resumable"],
        "photo story": ["blind"],
    }


# ── photos ───────────────────────────────────────────────────────────────────────────────────


def test_photos_go_ahead_one_by_one_unseen_and_clean() -> None:
    ids = iter(["1", "2"])
    server = answering(**{"9/photos": lambda _: {"id": next(ids)}})
    adapter = FACEBOOK.adapter(server)
    plain = PICTURE.model_copy(update={"alt_text": ""})
    part = rendered(Content(media=(PICTURE, plain)))

    first = adapter.prepare(part, media=Media())
    assert first == Pending({"photos": "1"})
    part = part.model_copy(update={"prepared": first.notes})
    assert adapter.prepare(part, media=Media()) == Prepared({"photos": "1 2"})

    one, two = (request.content for request in server.requests)
    assert b'name="published"\r\n\r\nfalse' in one
    assert b'name="alt_text_custom"\r\n\r\nA red dot' in one
    assert b"alt_text_custom" not in two
    assert b'filename="photo.png"' in one


class Noisy(Media):
    """Every image is noise, which nothing makes smaller."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def read(self, media: AttachedMedia) -> bytes:
        made, size = BytesIO(), (1200, 1200)
        noise = [Image.effect_noise(size, 90) for _ in self.mode]
        Image.merge(self.mode, noise).save(made, "PNG")
        assert made.tell() > 4_000_000
        return made.getvalue()


def test_a_photo_that_is_too_large_is_made_to_fit() -> None:
    server = FACEBOOK.server()
    FACEBOOK.adapter(server).prepare(rendered(Content(media=(PICTURE,))), media=Noisy("RGB"))
    [request] = server.requests
    assert len(request.content) < 4_001_000
    assert b'filename="photo.jpeg"' in request.content


def test_a_see_through_photo_that_would_have_to_become_webp_is_told() -> None:
    adapter = FACEBOOK.adapter(FACEBOOK.server())
    with pytest.raises(Rejected, match="save it as a JPEG"):
        adapter.prepare(rendered(Content(media=(PICTURE,))), media=Noisy("RGBA"))


# ── addresses and deleting ───────────────────────────────────────────────────────────────────


def test_where_people_find_a_post_is_asked_once_it_is_public() -> None:
    remote = FACEBOOK.adapter(FACEBOOK.server()).confirm(Remote(id="9_111"))
    assert remote == Remote(id="9_111", url=f"{HTTPS}/9/111")


def test_of_a_film_the_film_itself_is_deleted() -> None:
    server = answering(**{"55": {"success": True}})
    FACEBOOK.adapter(server).delete(Remote(id="9_777", refs={"video": "55"}))
    [request] = server.requests
    assert (request.method, request.url.path) == ("DELETE", "/v25.0/55")


def test_what_is_gone_already_is_deleted() -> None:
    error = {"code": 100, "error_subcode": 33, "message": "does not exist"}
    server = answering(**{"9_111": lambda _: httpx.Response(400, json={"error": error})})
    FACEBOOK.adapter(server).delete(Remote(id="9_111"))


def test_facts_name_every_host_and_the_settings_of_a_deployment() -> None:
    assert set(FACTS.hosts) == {"graph", "video", "upload", "www"}
    assert {name: each.value for name, each in FACTS.settings.items()} == {
        "version": "v25.0",
        "reels_a_day": 30,
        "human_agent": "no",
        "inbox_requests": 12,
    }
