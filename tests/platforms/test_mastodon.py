"""What is Mastodon's own: its servers differ, and so does what they may be trusted with."""

import json
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

import httpx
import pytest
from pydantic import SecretStr

from tellal.channels import Channel
from tellal.errors import (
    NeedsReconnect,
    PublishError,
    Rejected,
    TryLater,
    Unacceptable,
)
from tellal.media.ranged import opened
from tellal.platforms.calls import UPLOADING, Calls
from tellal.platforms.mastodon import FACTS, Mastodon, MastodonConnection, MastodonCredentials
from tellal.platforms.protocol import Connected, Pending, Prepared, Thread
from tellal.posts import (
    AttachedMedia,
    Content,
    Part,
    PartKind,
    Poll,
    Remote,
    ThreadPart,
    VideoFacts,
)
from tests.platforms.sample import (
    APP,
    KEY,
    PICTURE,
    SECRETS,
    TEN,
    Media,
    Server,
    calls,
    minute,
)
from tests.platforms.samples.mastodon import MASTODON
from tests.videos import CLIP, VIDEO

SERVER = MASTODON.channel.server
TRUE_SOURCE = "https://github.com/mastodon/mastodon"


def channel(**server: Any) -> Channel:
    return MASTODON.channel.model_copy(update={"server": {**SERVER, **server}})


def answering(**answers: Any) -> Server:
    """The sample's server, with other answers at some paths: `v2_instance={…}`."""
    paths = {f"/{name.replace('_', '/', 1)}": answer for name, answer in answers.items()}
    changed = {path: lambda _, answer=answer: answer for path, answer in paths.items()}
    return Server({**MASTODON.answers, **changed})


def connect(respond: Callable[[httpx.Request], httpx.Response], at: str = "m.example") -> Connected:
    given = MastodonConnection.model_validate({"server": at, "access_token": " tok\n"})
    return Mastodon.connect(given, calls(MASTODON, respond))


def rules(content: Content, at: Channel) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Mastodon.render(content, at)
    return {broken.field: broken.rule for broken in refused.value.broken}


# ── connecting ───────────────────────────────────────────────────────────────────────────────


def test_connecting_keeps_what_the_server_says_of_itself() -> None:
    configuration = {
        "statuses": {"max_characters": 5000, "characters_reserved_per_url": 25},
        "media_attachments": {"supported_mime_types": ["image/png"], "image_size_limit": 1000},
    }
    instance = {
        "domain": "social.example",
        "version": "2.7.2 (compatible; Akkoma 3.10.4)",
        "source_url": "https://akkoma.dev/AkkomaGang/akkoma",
        "configuration": configuration,
    }
    connected = connect(answering(v2_instance=instance))
    assert connected.handle == "acme@social.example"
    assert connected.server == {
        "address": "https://m.example",
        "account_id": "1001",
        "software": "Akkoma",
        "version": "2.7.2 (compatible; Akkoma 3.10.4)",
        "source_url": "https://akkoma.dev/AkkomaGang/akkoma",
        "text_length": 5000,
        "link_length": 25,
        "image_bytes": 1000,
        "image_types": ["image/png"],
    }


def test_a_server_that_tells_nothing_has_the_usual_limits_and_no_trust() -> None:
    server = answering()

    def without_instance(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/v2/instance"):
            return httpx.Response(404, text="<html>")
        return server(request)

    connected = connect(without_instance)
    at = channel(**connected.server)
    assert Mastodon.limits(at).text_length == FACTS.limits["text_length"].value
    assert connected.handle == "acme@m.example"


def test_limits_that_make_no_sense_are_not_believed() -> None:
    configuration = {
        "statuses": {"max_characters": "many", "max_media_attachments": None},
        "media_attachments": {"supported_mime_types": []},
    }
    connected = connect(answering(v2_instance={"configuration": configuration}))
    limits = Mastodon.limits(channel(**connected.server))
    assert (limits.text_length, limits.images) == (500, 4)
    assert "image/jpeg" in limits.image_types


def test_types_we_cannot_take_metadata_from_are_not_offered() -> None:
    limits = Mastodon.limits(channel(image_types=["image/heic", "image/jpeg", "video/mp4"]))
    assert limits.image_types == {"image/jpeg"}


def test_missing_scopes_are_named_with_what_will_not_work() -> None:
    scopes = {"scopes": ["read", "write:statuses"]}
    connected = connect(
        Server({**MASTODON.answers, "/v1/apps/verify_credentials": lambda _: scopes})
    )
    assert connected.missing == (
        "Without the permission write:media images and videos cannot be attached",
        "Without the permission write:favourites messages cannot be liked",
    )


def test_a_token_is_taken_without_the_blanks_around_it() -> None:
    server = answering()
    connect(server)
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer tok"}


@pytest.mark.parametrize(
    "spelled",
    ["m.example", "https://m.example/", " https://M.example/@acme ", "https://m.example/about?a=1"],
)
def test_a_server_may_be_spelled_as_people_do(spelled: str) -> None:
    assert connect(answering(), at=spelled).server["address"] == "https://m.example"


@pytest.mark.parametrize(
    "spelled",
    ["", "@acme@m.example", "http://m.example", "ftp://m.example", "https://u:p@m.example"],
)
def test_what_is_no_servers_address_is_refused_before_anything_is_sent(spelled: str) -> None:
    server = answering()
    with pytest.raises(Rejected):
        connect(server, at=spelled)
    assert server.requests == []


def test_plain_http_is_for_this_machine() -> None:
    assert connect(answering(), at="http://127.0.0.1:4001").server["address"] == (
        "http://127.0.0.1:4001"
    )


# ── connecting by consent ────────────────────────────────────────────────────────────────────


def exchange(respond: Callable[[httpx.Request], httpx.Response]) -> tuple[Connected, ...]:
    return Mastodon.exchange(APP, code="c", verifier="v", calls=calls(MASTODON, respond))


def test_a_code_is_exchanged_with_the_verifier_and_the_apps_own_secret() -> None:
    server = answering()
    exchange(server)
    sent = dict(parse_qsl(server.requests[0].content.decode()))
    assert (sent["code"], sent["code_verifier"]) == ("c", "v")
    assert (sent["client_id"], sent["client_secret"]) == ("app-1", SECRETS[1])
    assert sent["redirect_uri"] == APP.redirect_uri


def test_the_scopes_that_a_consent_leaves_out_are_named() -> None:
    granted = {"access_token": "t", "scope": "profile write:statuses write:media"}
    [connected] = exchange(answering(oauth_token=granted))
    assert connected.missing == (
        "Without the permission write:favourites messages cannot be liked",
        "Without the permission read:notifications mentions and answers are not seen",
        "Without the permission read:statuses posts cannot be measured",
    )


def test_a_consent_that_does_not_say_whose_it_is_is_refused_by_the_scopes_name() -> None:
    with pytest.raises(Rejected, match="read:accounts"):
        exchange(answering(oauth_token={"access_token": "t", "scope": "write:statuses"}))


def test_a_server_that_does_not_tell_what_it_granted_is_asked_for_the_apps_scopes() -> None:
    told = {
        "oauth_token": {"access_token": "t"},
        "v1_apps/verify_credentials": {"scopes": ["read"]},
    }
    [connected] = exchange(answering(**told))
    assert len(connected.missing) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_an_app_that_its_server_refuses_is_one_it_has_forgotten(status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"error": "invalid_client"})

    assert not Mastodon.is_registered(APP, calls(MASTODON, respond))


@pytest.mark.parametrize("status", [429, 500, 502])
def test_a_server_in_trouble_has_not_forgotten_its_apps(status: int) -> None:
    with pytest.raises(TryLater):
        Mastodon.is_registered(APP, calls(MASTODON, lambda _: httpx.Response(status)))


def test_a_refused_code_is_not_told_as_a_refused_token() -> None:
    refused = httpx.Response(401, json={"error": "invalid_client", "error_description": "s3cret"})
    with pytest.raises(Rejected, match="does not accept this consent") as raised:
        exchange(lambda _: refused)
    assert "s3cret" not in str(raised.value)


# ── what a server may be trusted with ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "version", "guarantee"),
    [
        (TRUE_SOURCE, "4.5.0", "idempotent"),
        (TRUE_SOURCE, "4.4.0-rc.1", "idempotent"),
        (TRUE_SOURCE, "4.3.0+nightly.2024-09-01", "idempotent"),
        (TRUE_SOURCE, "2.7.2 (compatible; Pleroma 2.6.0)", "searchable"),
        ("https://github.com/glitch-soc/mastodon", "4.5.0+glitch", "searchable"),
        ("https://codeberg.org/superseriousbusiness/gotosocial", "0.17.0", "searchable"),
        ("", "4.2.0", "searchable"),
        (TRUE_SOURCE, "", "searchable"),
    ],
)
def test_only_true_mastodon_is_trusted_to_keep_a_key(
    source: str, version: str, guarantee: str
) -> None:
    at = channel(source_url=source, version=version)
    (part,) = Mastodon.render(Content(text="Hello"), at)
    promise = Mastodon.promise(part, at)
    assert promise.guarantee == guarantee
    assert promise.window == (timedelta(hours=1) if guarantee == "idempotent" else None)


# ── rules ────────────────────────────────────────────────────────────────────────────────────


def test_links_count_as_the_server_says_and_mentions_without_their_server() -> None:
    text = "@ann@other.example see https://example.com/a/very/long/path?with=much#in-it now 👨‍👩‍👧"
    seen = len("@ann see ") + 23 + len(" now ") + 1
    assert Mastodon.length(text, MASTODON.channel) == seen
    assert Mastodon.length(text, channel(link_length=30)) == seen + 7


def test_a_servers_own_limits_decide() -> None:
    long = Content(text="x" * 501, media=(PICTURE,))
    assert rules(long, MASTODON.channel) == {"text": "too long for Mastodon: 501 of 500 characters"}
    at = channel(text_length=5000, image_bytes=10, image_pixels=0, alt_text_length=5)
    assert Mastodon.render(long.model_copy(update={"media": ()}), at)
    with pytest.raises(Unacceptable) as refused:
        Mastodon.render(long, at)
    assert [broken.rule for broken in refused.value.broken] == [
        f"too large for Mastodon: {PICTURE.size} of 10 bytes",
        "alt text too long for Mastodon: 9 of 5 characters",
    ]


def test_an_image_with_too_many_pixels_is_refused() -> None:
    wide = PICTURE.model_copy(update={"width": 8000, "height": 5000})
    assert rules(Content(media=(wide,)), MASTODON.channel) == {
        "media[0]": "too large for Mastodon: 40000000 of 33177600 pixels"
    }


def test_a_servers_own_limits_of_videos_and_polls_are_kept_and_decide() -> None:
    configuration = {
        "media_attachments": {
            "supported_mime_types": ["image/png", "video/webm", "video/mp4", "audio/ogg"],
            "video_size_limit": 41_943_040,
            "video_matrix_limit": 2_304_000,
            "video_frame_rate_limit": 60,
        },
        "polls": {
            "max_options": 5,
            "max_characters_per_option": 100,
            "min_expiration": 301,
            "max_expiration": 2_592_000,
        },
    }
    at = channel(**connect(answering(v2_instance={"configuration": configuration})).server)
    limits = Mastodon.limits(at)
    assert limits.image_types == {"image/png"}
    assert limits.video_types == {"video/webm", "video/mp4"}
    assert (limits.video_bytes, limits.video_pixels) == (41_943_040, 2_304_000)
    assert limits.video_frame_rate == (0, 60)
    assert (limits.poll_options, limits.poll_option_length) == ((2, 5), 100)
    assert limits.poll_minutes == (6, 43_200)


def test_a_server_that_lists_no_type_of_video_takes_none() -> None:
    at = channel(image_types=["image/png"])
    assert rules(Content(media=(VIDEO,)), at) == {"media": "no videos can be shown on Mastodon"}


def test_a_video_that_a_server_would_refuse_is_refused_with_every_number() -> None:
    facts = VideoFacts(seconds=7200, frame_rate=144, codec="HEVC")
    odd = {"size": 103_809_025, "width": 7680, "height": 4320, "video": facts}
    broken = VIDEO.model_copy(update=odd)
    with pytest.raises(Unacceptable) as refused:
        Mastodon.render(Content(media=(broken,)), MASTODON.channel)
    assert {each.field for each in refused.value.broken} == {"media[0]"}
    assert [each.rule for each in refused.value.broken] == [
        "too large for Mastodon: 103809025 of 103809024 bytes",
        "too large for Mastodon: 33177600 of 8294400 pixels",
        "144 frames a second: Mastodon takes 0 to 120",
    ]
    largest = {"size": 103_809_024, "width": 3840, "height": 2160}
    assert Mastodon.render(Content(media=(VIDEO.model_copy(update=largest),)), MASTODON.channel)


def test_a_video_goes_alone() -> None:
    assert rules(Content(media=(PICTURE, VIDEO)), MASTODON.channel) == {
        "media": "images and videos do not go together on Mastodon"
    }
    assert rules(Content(media=(VIDEO, VIDEO)), MASTODON.channel) == {
        "media": "too many videos for Mastodon: 2 of 1"
    }


def test_a_poll_keeps_to_the_servers_limits() -> None:
    poll = Poll(options=("a" * 50, "b"), minutes=5)
    assert Mastodon.render(Content(text="Which?", poll=poll), MASTODON.channel)
    long_link = f"https://ex.com/{'x' * 40}"  # in an answer it is not shortened
    wrong = Poll(options=("a" * 51, "b", long_link, "c", "c"), minutes=4)
    assert rules(Content(text="Which?", poll=wrong), MASTODON.channel) == {
        "poll.options": "two answers are the same",
        "poll.options[0]": "too long for Mastodon: 51 of 50 characters",
        "poll.options[2]": "too long for Mastodon: 55 of 50 characters",
        "poll.minutes": "Mastodon keeps a poll open for 5 to 43829 minutes, not 4",
    }


def test_a_poll_and_files_do_not_go_together() -> None:
    content = Content(text="Which?", media=(PICTURE,), poll=Poll(options=("a", "b"), minutes=60))
    assert set(rules(content, MASTODON.channel)) == {"poll"}


# ── what an author may choose ────────────────────────────────────────────────────────────────


def chosen(**options: Any) -> Mapping[str, Mapping[str, Any]]:
    return {"mastodon": options}


def bodies(content: Content) -> list[Any]:
    """What is sent for each part."""
    server = MASTODON.server()
    adapter = MASTODON.adapter(server)
    published: tuple[Remote, ...] = ()
    for part in adapter.render(content, MASTODON.channel):
        done = adapter.commit(part, key=KEY, thread=Thread(published), media=Media())
        published += (done.remote,)
    return [json.loads(request.content) for request in server.requests]


def test_what_is_chosen_holds_for_the_whole_thread() -> None:
    options = chosen(visibility="unlisted", sensitive=True, spoiler_text=" Bread ", language="tr")
    content = Content(text="one", thread=(ThreadPart(text="two"),), options=options)
    for body in bodies(content):
        told = {n: body[n] for n in ("visibility", "sensitive", "spoiler_text", "language")}
        assert told == {
            "visibility": "unlisted",
            "sensitive": True,
            "spoiler_text": "Bread",
            "language": "tr",
        }


def test_the_usual_is_public_and_says_no_more() -> None:
    (body,) = bodies(Content(text="one"))
    assert body == {"status": "one", "visibility": "public"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"visibility": "direct"}, "options.mastodon.visibility"),
        ({"language": "English"}, "options.mastodon.language"),
        ({"sensitive": "perhaps"}, "options.mastodon.sensitive"),
        ({"colour": "red"}, "options.mastodon.colour"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(options: Mapping[str, Any], field: str) -> None:
    assert set(rules(Content(text="a", options=chosen(**options)), MASTODON.channel)) == {field}


def test_a_warning_counts_into_the_length_of_every_part() -> None:
    warned = chosen(spoiler_text="🍞" * 10)
    fits = Content(text="x" * 490, thread=(ThreadPart(text="y" * 490),), options=warned)
    assert Mastodon.render(fits, MASTODON.channel)
    over = Content(text="x" * 491, thread=(ThreadPart(text="y" * 491),), options=warned)
    rule = "too long for Mastodon with its warning: 501 of 500 characters"
    assert rules(over, MASTODON.channel) == {"text": rule, "thread[0].text": rule}
    longer = Content(text="x" * 501, options=warned)
    assert rules(longer, MASTODON.channel) == {
        "text": "too long for Mastodon: 501 of 500 characters"
    }


@pytest.mark.parametrize("text", ["مرحبا ", "👩🏽‍🍳", "e\u0301"], ids=["arabic", "a cook", "marks"])
def test_what_readers_see_as_characters_is_counted_at_the_limit(text: str) -> None:
    graphemes = Mastodon.length(text, MASTODON.channel)
    fits = text * (500 // graphemes) + "x" * (500 % graphemes)
    assert Mastodon.render(Content(text=fits), MASTODON.channel)
    assert rules(Content(text=fits + "x"), MASTODON.channel) == {
        "text": "too long for Mastodon: 501 of 500 characters"
    }


def test_a_part_from_before_there_were_choices_goes_out_as_it_would_have() -> None:
    server = MASTODON.server()
    adapter = MASTODON.adapter(server)
    old = Part(kind=PartKind.MAIN, text="Hello")
    adapter.commit(old, key=KEY, thread=Thread(), media=Media())
    body = json.loads(server.requests[0].content)
    assert body == {"status": "Hello", "visibility": "public"}


def test_a_gif_goes_alone() -> None:
    gif = PICTURE.model_copy(update={"mime_type": "image/gif"})
    assert Mastodon.render(Content(media=(gif,)), MASTODON.channel)
    thread = (ThreadPart(media=(PICTURE, gif)),)
    assert rules(Content(text="a", thread=thread), MASTODON.channel) == {
        "thread[0].media[1]": "a GIF goes alone on Mastodon"
    }


# ── media ────────────────────────────────────────────────────────────────────────────────────


class SlowServer:
    """Takes uploads with 202, and works on them until told otherwise."""

    def __init__(self) -> None:
        self.uploads = 0
        self.checks = 206

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.uploads += 1
            return httpx.Response(202, json={"id": f"m{self.uploads}", "url": None})
        return httpx.Response(self.checks, json={"id": "m1", "url": None, "error": "no"})


def rendered(*media: AttachedMedia) -> Part:
    (part,) = Mastodon.render(Content(media=media), MASTODON.channel)
    return part


def noted(part: Part, notes: Mapping[str, str]) -> Part:
    return part.model_copy(update={"prepared": notes})


def waits(adapter: Any, part: Part) -> Iterator[timedelta]:
    """How long each step lets us wait for the next, until it is given up."""
    while True:
        pending = adapter.prepare(part, media=Media())
        part = noted(part, pending.notes)
        yield pending.check_in


def test_each_step_brings_one_file_and_another_worker_goes_on_with_the_next() -> None:
    server = SlowServer()
    part = rendered(PICTURE, PICTURE, PICTURE)
    for number in (1, 2):
        pending = MASTODON.adapter(server).prepare(part, media=Media())
        assert isinstance(pending, Pending)
        assert (pending.check_in, server.uploads) == (timedelta(0), number)
        part = noted(part, pending.notes)
    MASTODON.adapter(server).prepare(part, media=Media())  # and this one dies with its answer
    pending = MASTODON.adapter(server).prepare(part, media=Media())
    assert pending.notes["media_ids"] == "m1 m2 m4"


def test_files_being_worked_on_are_asked_after_less_and_less_often() -> None:
    server = SlowServer()
    adapter = MASTODON.adapter(server)
    part = rendered(PICTURE, PICTURE)
    waits = []
    for _ in range(7):
        pending = adapter.prepare(part, media=Media())
        assert isinstance(pending, Pending)
        waits.append(pending.check_in.total_seconds())
        part = noted(part, pending.notes)
    assert waits == [0, 5, 10, 20, 40, 60, 60]
    server.checks = 200
    assert adapter.prepare(part, media=Media()) == Prepared({"media_ids": "m1 m2"})
    assert server.uploads == 2


def test_an_upload_that_vanished_is_made_again_but_not_for_ever() -> None:
    server = SlowServer()
    adapter = MASTODON.adapter(server)
    part = noted(rendered(PICTURE), adapter.prepare(rendered(PICTURE), media=Media()).notes)
    server.checks = 404
    lost = adapter.prepare(part, media=Media())
    again = adapter.prepare(noted(part, lost.notes), media=Media())
    assert again.notes["media_ids"] == "m2"

    with pytest.raises(Rejected, match="takes too long"):
        deque(waits(adapter, part))


@pytest.mark.parametrize(("checks", "asked"), [(422, "1"), (206, "20")])
def test_an_image_that_cannot_be_worked_on_ends_the_matter(checks: int, asked: str) -> None:
    server = SlowServer()
    server.checks = checks
    notes = {"media_ids": "m1", "working": "m1", "asked": asked}
    with pytest.raises(Rejected):
        MASTODON.adapter(server).prepare(noted(rendered(PICTURE), notes), media=Media())


def test_a_film_is_waited_for_an_hour() -> None:
    waited: list[timedelta] = []
    with pytest.raises(Rejected, match="too long over a video"):
        waited.extend(waits(MASTODON.adapter(SlowServer()), rendered(VIDEO)))
    assert timedelta(hours=1) < sum(waited, timedelta()) < timedelta(hours=1.5)


def test_a_file_is_uploaded_with_its_alt_text_its_name_and_its_type() -> None:
    server = MASTODON.server()
    MASTODON.prepared_part(server=server)
    upload = server.requests[0].content
    assert b'name="description"\r\n\r\nA red dot' in upload
    assert b"Content-Type: image/png" in upload

    adapter = MASTODON.adapter(server)
    adapter.prepare(rendered(VIDEO), media=Media())
    film = server.requests[-1].content
    assert b'name="description"\r\n\r\nSteam over bread' in film
    assert b'filename="video.mp4"\r\nContent-Type: video/mp4' in film
    assert CLIP in film


class Weighing(httpx.BaseTransport):
    """Takes what is sent, piece by piece, and keeps nothing of it."""

    def __init__(self) -> None:
        self.taken = 0
        self.pieces: list[int] = []
        self.headers = httpx.Headers()
        self.deadline = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.headers = request.headers
        self.deadline = request.extensions["timeout"]["read"]
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.pieces = [len(piece) for piece in request.stream]
        return httpx.Response(202, json={"id": "m1", "url": None})


class Reading(Media):
    """Counts what is read of a file as large as it says."""

    def __init__(self) -> None:
        self.ranges: list[int] = []

    def read(self, media: AttachedMedia) -> bytes:
        raise AssertionError("a film is never read as a whole")

    def open(self, media: AttachedMedia) -> BinaryIO:
        def read(start: int, length: int) -> bytes:
            self.ranges.append(length)
            return bytes(length)

        return cast("BinaryIO", opened(read, size=media.size))


def test_a_film_of_99_megabytes_goes_out_in_one_request_and_never_lies_in_memory() -> None:
    line, reading = Weighing(), Reading()
    at = Calls(httpx.Client(transport=line), {})
    adapter = Mastodon(MASTODON.channel, MastodonCredentials(access_token=SecretStr("t")), at)
    largest = VIDEO.model_copy(update={"size": 103_809_024})
    tracemalloc.start()
    adapter.prepare(rendered(largest), media=reading)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(reading.ranges) == largest.size
    assert max(reading.ranges) <= 1024 * 1024
    assert peak < 8 * 1024 * 1024
    assert sum(line.pieces) == int(line.headers["content-length"]) > largest.size
    assert line.deadline == UPLOADING.total_seconds()


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "words", "error", "sentence"),
    [
        (401, "The access token is invalid", NeedsReconnect, "no longer accepts"),
        (403, "This action is outside the authorized scopes", NeedsReconnect, "scope"),
        (403, "Your login is currently disabled", NeedsReconnect, "disabled"),
        (403, "This action is not allowed", Rejected, "does not allow"),
        (422, "Validation failed: Text character limit of 500 exceeded", Rejected, "limit of 500"),
        (
            422,
            "Cannot attach files that have not finished processing. Try again in a moment!",
            TryLater,
            "still works",
        ),
        (422, "Media 1 not found or already attached to another post", TryLater, "no longer"),
        (422, "Error processing thumbnail for uploaded media", Rejected, "picture or film"),
        (413, "", Rejected, "as large as this"),
        (404, "Record not found", Rejected, "may have been deleted"),
    ],
)
def test_a_refusal_is_told_in_words_for_its_author(
    status: int, words: str, error: type[PublishError], sentence: str
) -> None:
    adapter = MASTODON.adapter(lambda _: httpx.Response(status, json={"error": words}))
    (part,) = adapter.render(Content(text="Hello"), MASTODON.channel)
    with pytest.raises(error, match=sentence):
        adapter.commit(part, key=KEY, thread=Thread(), media=Media())


def test_deleting_what_is_gone_succeeds() -> None:
    adapter = MASTODON.adapter(lambda _: httpx.Response(404, json={"error": "Record not found"}))
    adapter.delete(Remote(id="100"))


# ── the inbox ────────────────────────────────────────────────────────────────────────────────

ANN = {"id": "9", "acct": "ann@other.example", "display_name": "", "username": "ann"}
US = {"id": "1001", "acct": "acme"}


def heard(status: Mapping[str, Any], *, ancestors: list[Any] | None = None) -> Any:
    told = {
        "id": 7,
        "account": ANN,
        "content": "<p>hi</p>",
        "visibility": "public",
        "created_at": "2026-01-01T10:00:00",
        **status,
    }
    notification = {"id": "1", "type": "mention", "status": told}
    follow = {"id": "0", "type": "follow", "status": None}
    server = Server(
        {
            "/v1/notifications": lambda _: [notification, follow],
            "/context": lambda _: {"ancestors": ancestors or []},
        }
    )
    (only,) = MASTODON.adapter(server).read_inbox(None).heard
    return only


def test_a_reply_joins_the_thread_it_is_in_and_knows_our_post() -> None:
    above = [{"id": "a", "account": ANN}, {"id": "b", "account": US}, {"id": "c", "account": ANN}]
    told = heard({"in_reply_to_id": "c", "in_reply_to_account_id": "9"}, ancestors=above)
    assert (told.kind, told.thread, told.post_remote_id) == ("mention", "a", "b")
    told = heard({"in_reply_to_id": "b", "in_reply_to_account_id": "1001"}, ancestors=above[:2])
    assert (told.kind, told.thread, told.post_remote_id) == ("reply", "a", "b")
    told = heard({"in_reply_to_id": "b", "in_reply_to_account_id": "1001"}, ancestors=above[1:2])
    assert (told.kind, told.thread, told.post_remote_id) == ("comment", "b", "b")
    told = heard({"in_reply_to_id": "c", "in_reply_to_account_id": "9"}, ancestors=above[1:])
    assert (told.kind, told.parent_remote_id, told.post_remote_id) == ("reply", "c", "b")
    assert told.refs == {"visibility": "public"}


def test_a_thread_that_is_not_told_is_what_it_answers_and_a_mention_its_own() -> None:
    assert heard({"in_reply_to_id": "c"}).thread == "c"
    assert heard({}).thread == "7"


def test_direct_messages_are_one_conversation_for_each_person() -> None:
    told = heard({"visibility": "direct", "in_reply_to_id": "c"})
    assert (told.kind, told.thread) == ("direct", "direct:9")
    assert told.refs == {"visibility": "direct"}


def test_a_quote_and_who_passed_a_post_on_are_heard_as_such() -> None:
    ours = {"id": "70", "account": US, "content": "<p>ours</p>", "created_at": minute(1)}
    theirs = {"id": "71", "account": ANN, "content": "<p>look</p>", "created_at": minute(2)}
    listed = [
        {"id": "9", "type": "quote", "created_at": minute(2), "account": ANN, "status": theirs},
        {"id": "8", "type": "reblog", "created_at": minute(2), "account": ANN, "status": ours},
    ]
    server = Server({"/v1/notifications": lambda _: listed})
    shared, quote = MASTODON.adapter(server).read_inbox(None).heard
    assert (shared.kind, shared.text, shared.author.remote_id) == ("share", "", "9")
    assert (shared.thread, shared.post_remote_id) == ("70", "70")
    assert shared.sent_at.isoformat() == "2026-01-01T10:02:00+00:00"
    assert (quote.kind, quote.text, quote.remote_id) == ("quote", "look", "71")
    asked = server.requests[0].url.params.get_list("types[]")
    assert asked == ["mention", "quote", "reblog"]


def test_a_day_away_leaves_no_gap_however_many_there_are_and_none_is_heard_twice() -> None:
    there = [1]

    def notifications(request: httpx.Request) -> Any:
        """Right above `min_id`, newest first."""
        above = int(request.url.params.get("min_id", there[-1] - 1))
        status = {"account": ANN, "content": "hi", "created_at": minute(1)}
        listed = [n for n in there if n > above][:40]
        return [
            {"id": str(n), "type": "mention", "status": {**status, "id": f"s{n}"}}
            for n in reversed(listed)
        ]

    adapter = MASTODON.adapter(Server({"/v1/notifications": notifications}))
    cursor = adapter.read_inbox(None).cursor
    there += range(2, 500)
    came: list[str] = []
    for _ in range(14):
        page = adapter.read_inbox(cursor)
        came += [each.remote_id for each in page.heard]
        cursor = page.cursor
    assert came == [f"s{n}" for n in range(2, 500)]


def test_a_message_is_plain_text_with_its_author_time_and_pictures() -> None:
    content = (
        '<p><span class="h-card"><a href="https://m.example/@acme">@<span>acme</span></a></span>'
        ' one &amp; two<br />three</p>\n<p>four <a href="https://ex.com/long">'
        '<span class="invisible">https://</span><span class="ellipsis">ex.com/long</span></a></p>'
    )
    picture = {"id": "1", "url": "https://m.example/1.png"}
    told = heard({"content": content, "media_attachments": [picture, {"id": "2", "url": None}]})
    assert told.text == "@acme one & two\nthree\n\nfour https://ex.com/long"
    assert (told.author.handle, told.author.name) == ("ann@other.example", "ann")
    assert (told.remote_id, told.sent_at) == ("7", TEN)
    assert told.media_urls == ("https://m.example/1.png",)
