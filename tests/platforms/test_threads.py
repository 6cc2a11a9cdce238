"""What is Threads' own: counting, choices, polls, parts that stand under each other."""

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
from tellal.platforms.protocol import Guarantee, Pending, Published, Thread
from tellal.platforms.threads import Threads
from tellal.platforms.threads.refusals import FAILURES, failure
from tellal.posts import AttachedMedia, Content, Part, Poll, Remote, ThreadPart, VideoFacts
from tests.platforms.sample import KEY, PICTURE, Media, Server
from tests.platforms.samples.threads import CONTAINER, POST, THREADS
from tests.videos import VIDEO

CHANNEL = THREADS.channel
IMAGE = (PICTURE,)
FILM = (VIDEO,)
FIRST = Thread((Remote(id=POST),))


def content(text: str = "Hello", media: tuple[AttachedMedia, ...] = (), **options: Any) -> Content:
    return Content(text=text, media=media, options={"threads": options} if options else {})


def rules(given: Content) -> dict[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Threads.render(given, CHANNEL)
    return {broken.field: broken.rule for broken in refused.value.broken}


# ── counting ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Hello, world!", 13),
        ("👨‍👩‍👧", 18),
        ("👋🏽", 8),
        ("Hello, world! 👋", 18),
        ("🇹🇷", 8),
        ("1️⃣", 7),
        ("café", 4),
        ("cafe\u0301", 5),
        ("مرحبا بالعالم", 13),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 44),
        ("", 0),
    ],
)
def test_an_emoji_counts_for_its_bytes_and_every_other_character_one(
    text: str, characters: int
) -> None:
    assert Threads.length(text, CHANNEL) == characters


@pytest.mark.parametrize(
    ("letter", "weight"), [("x", 1), ("ش", 1), ("é", 1), ("👋", 4), ("👋🏽", 8), ("🇹🇷", 8)]
)
def test_a_text_may_be_full_to_its_last_character(letter: str, weight: int) -> None:
    full = letter * (500 // weight) + "." * (500 % weight)
    assert Threads.render(content(full), CHANNEL)
    assert rules(content(full + "."))["text"].endswith("501 of 500 characters")


def test_of_links_each_counts_once_however_they_are_written() -> None:
    five = " ".join(f"https://ex{n}.com" for n in range(4)) + " www.ex.com"
    assert Threads.render(content(f"{five} https://ex0.com https://ex1.com"), CHANNEL)
    assert "6 of 5" in rules(content(f"{five} https://ex9.com/a"))["text"]
    assert "6 of 5" in rules(content(five, link_attachment="https://ex9.com"))["text"]
    assert Threads.render(content(five, link_attachment="https://ex0.com"), CHANNEL)
    threaded = content().model_copy(update={"thread": (ThreadPart(text=f"{five} www.ex9.com"),)})
    assert "6 of 5" in rules(threaded)["thread[0].text"]


# ── files and polls ──────────────────────────────────────────────────────────────────────────


def test_images_and_films_go_together_up_to_twenty() -> None:
    assert Threads.render(content("", IMAGE * 10 + FILM * 10), CHANNEL)
    assert "21 of 20" in rules(content("", IMAGE * 21))["media"]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"seconds": 301.0}, "301 seconds long"),
        ({"frame_rate": 61.0}, "61 frames a second"),
        ({"codec": "VP9"}, "a video in VP9"),
    ],
)
def test_a_film_is_what_the_platform_takes(facts: dict[str, Any], told: str) -> None:
    known = {"seconds": 30.0, "frame_rate": 30.0, "codec": "AVC"}
    film = VIDEO.model_copy(update={"video": VideoFacts.model_validate(known | facts)})
    assert told in rules(content("", (film,)))["media[0]"]


def test_a_film_has_a_size_and_an_image_a_shape() -> None:
    large = VIDEO.model_copy(update={"size": 1_000_000_001})
    assert "too large" in rules(content("", (large,)))["media[0]"]
    flat = PICTURE.model_copy(update={"width": 1200, "height": 100})
    assert "too wide" in rules(content("", (flat,)))["media[0]"]


def made(part: Part, *, thread: Thread | None = None, data: bytes = b"") -> dict[str, str]:
    """The form of its container, which holds a picture of these bytes."""

    class Reader(Media):
        def read(self, media: AttachedMedia) -> bytes:
            return data or super().read(media)

    server = THREADS.server()
    adapter = THREADS.adapter(server)
    if thread:
        adapter.prepare_in_turn(part, thread=thread, media=Reader())
    else:
        adapter.prepare(part, media=Reader())
    form = parse_qs(server.requests[-1].content.decode())
    return {name: values[0] for name, values in form.items()}


@pytest.mark.parametrize(("kind", "offered"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "jpeg")])
def test_an_image_is_offered_as_what_is_taken(kind: str, offered: str) -> None:
    out = BytesIO()
    Image.new("RGB", (40, 40), "orange").save(out, kind)
    (part,) = Threads.render(content("", IMAGE), CHANNEL)
    assert made(part, data=out.getvalue())["image_url"].endswith(f".{offered}")


def poll(*options: str, **more: Any) -> Content:
    asked = Poll(options=options, minutes=more.pop("minutes", 1440), **more)
    return content("Which?").model_copy(update={"poll": asked})


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        (poll("a"), "poll.options", "2 to 4"),
        (poll(*"abcde"), "poll.options", "2 to 4"),
        (poll("a", "a"), "poll.options", "the same"),
        (poll("a", "x" * 26), "poll.options[1]", "26 of 25"),
        (poll("a", "👋" * 7), "poll.options[1]", "28 of 25"),
        (poll("a", " "), "poll.options[1]", "empty"),
        (poll("a", "b", minutes=60), "poll.minutes", "1440"),
        (poll("a", "b", multiple=True), "poll.multiple", "one answer"),
        (poll("a", "b").model_copy(update={"media": IMAGE}), "poll", "do not go together"),
    ],
)
def test_a_poll_has_two_to_four_short_answers(given: Content, field: str, told: str) -> None:
    assert told in rules(given)[field]


# ── choices ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        (content(topic_tag="a.b"), "topic_tag", "without . and &"),
        (content(topic_tag="x" * 51), "topic_tag", "1 to 50"),
        (content(topic_tag="#"), "topic_tag", "1 to 50"),
        (content(reply_control="nobody"), "reply_control", ""),
        (content(link_attachment="ex.com"), "link_attachment", "no address"),
        (content(link_attachment="javascript:alert(1)"), "link_attachment", "no address"),
        (content("a", IMAGE, link_attachment="https://ex.com"), "link_attachment", "no files"),
        (content(spoiler=True), "spoiler", "there are none"),
        (content(colour="red"), "colour", ""),
    ],
)
def test_a_choice_that_does_not_go_with_the_post_is_told(
    given: Content, field: str, told: str
) -> None:
    assert told in rules(given)[f"options.threads.{field}"]


def test_a_first_comment_is_a_thread_here() -> None:
    commented = content().model_copy(update={"first_comment": "x"})
    assert rules(commented)["first_comment"].endswith("write a thread")


# ── parts of a thread ────────────────────────────────────────────────────────────────────────

THREADED = content("one", topic_tag="bread").model_copy(
    update={"thread": (ThreadPart(text="two"), ThreadPart(text="three", media=IMAGE))}
)


def test_only_the_parts_under_the_first_wait_their_turn() -> None:
    parts = Threads.render(THREADED, CHANNEL)
    assert [Threads.needs_preparing(part) for part in parts] == [True, True, True]
    assert [Threads.waits_its_turn(part) for part in parts] == [False, True, True]
    guarantees = {Threads.promise(part, CHANNEL).guarantee for part in parts}
    assert guarantees == {Guarantee.RESUMABLE}


def test_a_part_names_the_one_before_it_and_the_choices_are_the_firsts() -> None:
    first, second, third = Threads.render(THREADED, CHANNEL)
    assert made(first)["topic_tag"] == "bread"
    assert made(second, thread=FIRST) == {
        "media_type": "TEXT",
        "text": "two",
        "reply_to_id": POST,
    }
    below = Thread((*FIRST.published, Remote(id="17900000000000002")))
    assert made(third, thread=below)["reply_to_id"] == "17900000000000002"


def test_answers_have_a_quota_of_their_own() -> None:
    config = {"quota_total": 1000, "quota_duration": 86400}
    used = {"reply_quota_usage": 1000, "reply_config": config, "quota_usage": 0}
    limit = "/threads_publishing_limit"
    server = Server({**THREADS.answers, limit: lambda _: {"data": [used]}})
    first, second, _ = Threads.render(THREADED, CHANNEL)
    adapter = THREADS.adapter(server)
    assert isinstance(adapter.prepare(first, media=Media()), Pending)
    with pytest.raises(TryLater, match="1000 answers in 24 hours"):
        adapter.prepare_in_turn(second, thread=FIRST, media=Media())


def test_a_part_is_found_among_the_answers_to_the_one_before_it() -> None:
    def listed(id_: str, above: str) -> Any:
        return {
            "id": id_,
            "text": "two",
            "media_type": "TEXT_POST",
            "timestamp": "2026-01-01T10:00:00+0000",
            "replied_to": {"id": above},
        }

    server = Server(
        {
            "/replies": lambda _: {"data": [listed("8", "7"), listed("9", POST)]},
            f"/{CONTAINER}": lambda _: {"status": "PUBLISHED"},
        }
    )
    second = Threads.render(THREADED, CHANNEL)[1]
    part = second.model_copy(update={"prepared": {"container": CONTAINER}})
    told = THREADS.adapter(server).resume(part, key=KEY, thread=FIRST)
    assert isinstance(told, Published)
    assert told.remote.id == "9"


# ── refusals ─────────────────────────────────────────────────────────────────────────────────

ROWS: list[tuple[int, int | None, type[PublishError], type[PublishError]]] = [
    (190, None, NeedsRefresh, NeedsRefresh),
    (190, 463, NeedsRefresh, NeedsRefresh),
    (102, None, NeedsRefresh, NeedsRefresh),
    (10, None, NeedsReconnect, NeedsReconnect),
    (10, 4279013, NeedsReconnect, NeedsReconnect),
    (4, None, Throttled, Throttled),
    (4, 2207051, TryLater, TryLater),
    (9, 2207042, TryLater, TryLater),
    (9004, 2207052, TryLater, TryLater),
    (9007, 2207027, TryLater, TryLater),
    (-1, None, TryLater, OutcomeUnknown),
    (24, 4279009, Gone, OutcomeUnknown),
    (24, 2207006, Gone, OutcomeUnknown),
    (24, 2207008, Gone, OutcomeUnknown),
    (100, 33, Gone, OutcomeUnknown),
    (100, None, Rejected, Rejected),
    (1, None, TryLater, OutcomeUnknown),
]


@pytest.mark.parametrize(("code", "subcode", "kind", "on_commit"), ROWS, ids=str)
def test_a_refusal_is_what_its_codes_say(
    code: int, subcode: int | None, kind: type[PublishError], on_commit: type[PublishError]
) -> None:
    error = {"message": "internal words", "code": code}
    error |= {} if subcode is None else {"error_subcode": subcode}
    adapter = THREADS.adapter(lambda _: httpx.Response(400, json={"error": error}))
    with pytest.raises(PublishError) as raised:
        adapter.confirm(THREADS.remote)
    assert type(raised.value) is kind
    assert "internal" not in str(raised.value)
    assert "{" not in str(raised.value)
    part = THREADS.prepared_part()
    with pytest.raises(PublishError) as raised:
        adapter.commit(part, key=KEY, thread=Thread(), media=Media())
    assert type(raised.value) is on_commit


@pytest.mark.parametrize("word", [*FAILURES, "FAILED_PROCESSING_VIDEO", "UNKNOWN", ""])
def test_a_container_that_failed_says_why_in_a_word(word: str) -> None:
    passes = word.startswith("FAILED") or word in ("UNKNOWN", "")
    assert failure(word).error is (TryLater if passes else Rejected)


# ── deleting ─────────────────────────────────────────────────────────────────────────────────


def test_deleting_names_the_post_and_again_is_no_error() -> None:
    server = THREADS.server()
    THREADS.adapter(server).delete(THREADS.remote)
    [request] = server.requests
    assert (request.method, request.url.path) == ("DELETE", f"/v1.0/{POST}")
    gone = {"error": {"message": "…", "code": 100, "error_subcode": 33}}
    THREADS.adapter(lambda _: httpx.Response(400, json=gone)).delete(THREADS.remote)
