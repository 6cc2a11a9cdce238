"""What LinkedIn answers, and what follows: its refusals, what it names, what it lists."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal import clock
from tellal.errors import (
    Duplicate,
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.linkedin import urns
from tellal.platforms.linkedin.facts import FACTS
from tellal.platforms.protocol import PartKey, Thread
from tellal.posts import Content, Poll, Remote
from tests.platforms.sample import FILM, KEY, PICTURE, Media, Server
from tests.platforms.samples.linkedin import COMMENT, LINKEDIN, POST

RYE = {"url": "https://ex.com/rye", "title": "Rye"}
POLL = Poll(options=("Rye", "Wheat"), minutes=1440, question="Which?")


def refused_with(status: int, **body: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json={"status": status, **body})


def commit(respond: Callable[[httpx.Request], httpx.Response]) -> Remote:
    adapter = LINKEDIN.adapter(respond)
    part = LINKEDIN.prepared_part()
    remote: Remote = adapter.commit(part, key=KEY, thread=Thread(), media=Media()).remote
    return remote


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (401, {"serviceErrorCode": 65602, "code": "X"}, NeedsRefresh, "has run out"),
        (401, {"message": "The token has expired"}, NeedsRefresh, "has run out"),
        (401, {"serviceErrorCode": 65601}, NeedsReconnect, "taken back"),
        (401, {"message": "… has been revoked by the user"}, NeedsReconnect, "taken back"),
        (401, {"serviceErrorCode": 65600}, NeedsReconnect, "does not accept"),
        (403, {"code": "ACCESS_DENIED"}, NeedsReconnect, "a permission is missing"),
        (
            403,
            {"message": "resource is forbidden … Service Unavailable"},
            OutcomeUnknown,
            "trouble",
        ),
        (400, {"message": "Unable to obtain activity"}, OutcomeUnknown, "trouble"),
        (426, {"code": "NONEXISTENT_VERSION"}, TryLater, "whoever runs"),
        (400, {"code": "VERSION_MISSING"}, TryLater, "whoever runs"),
        (400, {"code": "NONEXISTENT_VERSION"}, TryLater, "whoever runs"),
        (400, {"message": "Requested version 20250701 is not active"}, TryLater, "whoever runs"),
        (400, {"code": "MEDIA_ASSET_PROCESSING"}, TryLater, "still works"),
        (400, {"code": "MEDIA_ASSET_WAITING_UPLOAD"}, TryLater, "in full yet"),
        (400, {"code": "MEDIA_ASSET_PROCESSING_FAILED"}, Rejected, "try another one"),
        (400, {"code": "FIELD_LENGTH_TOO_LONG"}, Rejected, "too long"),
        (422, {"code": "FIELD_LENGTH_TOO_LONG"}, Rejected, "too long"),
        (422, {"code": "DUPLICATE_POST", "message": "…"}, Repeated, "change its words"),
        (422, {"code": "UNPROCESSABLE_ENTITY"}, Rejected, r"\(422 UNPROCESSABLE_ENTITY\)"),
        (422, {"code": "<b>s3cret-access</b>"}, Rejected, r"\(422\)"),
        (404, {"code": "NOT_FOUND"}, Rejected, "does not find"),
        (429, {"message": "Too many"}, Throttled, "slow down"),
        (503, {"message": "…"}, OutcomeUnknown, "503"),
    ],
)
def test_a_refused_post_is_what_its_error_says(
    status: int, body: Mapping[str, Any], error: type[PublishError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        commit(refused_with(status, **body))


@pytest.mark.parametrize(
    ("limit", "everywhere"),
    [("APPLICATION DAY ", True), ("APPLICATION_AND_MEMBER DAY ", False), ("", False)],
)
def test_a_quota_is_there_again_at_midnight_utc(limit: str, *, everywhere: bool) -> None:
    message = f"Resource level throttle {limit}limit for calls to this resource is reached."
    before = datetime.now(UTC)
    with pytest.raises(Throttled) as raised:
        commit(refused_with(429, message=message))
    after = raised.value.after
    assert after is not None
    again = before + after + timedelta(minutes=1)
    assert (again.hour, again.minute) in {(0, 0), (0, 1)}
    assert raised.value.everywhere == everywhere


def test_a_copy_is_told_with_where_and_when_the_first_was_made() -> None:
    words = f"Content is a duplicate of {POST}"
    with pytest.raises(Duplicate, match="already") as refused:
        commit(refused_with(422, message=words))
    found = refused.value
    assert found.existing == Remote(id=POST, url=f"https://www.linkedin.com/feed/update/{POST}/")
    assert found.made_at == datetime(2023, 3, 24, 13, 16, 3, 430_000, tzinfo=UTC)


@pytest.mark.parametrize("urn", ["urn:li:share:12", "urn:li:person:x", "urn:li:share:" + "9" * 30])
def test_a_name_that_tells_no_time_tells_none(urn: str) -> None:
    assert urns.made_at(urn) is None


# ── what was made ────────────────────────────────────────────────────────────────────────────


def test_a_post_is_named_in_a_header_and_its_body_is_empty() -> None:
    remote = commit(lambda _: httpx.Response(201, headers={"x-restli-id": POST}))
    assert remote == Remote(id=POST, url=f"https://www.linkedin.com/feed/update/{POST}/")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_post_that_nobody_names_may_be_there(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        commit(lambda _: httpx.Response(status, json={}))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"commentUrn": COMMENT, "id": "9"}, {}),
        ({}, {"x-restli-id": COMMENT}),
    ],
)
def test_a_comment_is_named_in_its_body_or_in_a_header(
    body: Mapping[str, str], headers: Mapping[str, str]
) -> None:
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(201, json=body, headers=headers))
    _, comment = adapter.render(LINKEDIN.content, LINKEDIN.channel)
    thread = Thread((LINKEDIN.remote,))
    remote = adapter.commit(comment, key=KEY, thread=thread, media=Media()).remote
    assert (remote.id, remote.refs) == (COMMENT, {"post": POST})
    assert remote.url.startswith(f"https://www.linkedin.com/feed/update/{POST}/?commentUrn=urn%3A")


def test_a_comment_that_has_a_number_alone_is_named_by_its_post() -> None:
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(201, json={"id": 9}))
    _, comment = adapter.render(LINKEDIN.content, LINKEDIN.channel)
    thread = Thread((LINKEDIN.remote,))
    remote = adapter.commit(comment, key=KEY, thread=thread, media=Media()).remote
    assert remote.id == f"urn:li:comment:({POST},9)"


def test_a_comment_is_deleted_below_its_post_in_our_name() -> None:
    server = Server({"7045020500000000000": lambda _: httpx.Response(204)})
    LINKEDIN.adapter(server).delete(Remote(id=COMMENT, refs={"post": POST}))
    [asked] = server.requests
    assert asked.method == "DELETE"
    assert asked.url.raw_path == (
        b"/rest/socialActions/urn%3Ali%3Ashare%3A7045020441609936898/comments/7045020500000000000"
        b"?actor=urn%3Ali%3Aorganization%3A5"
    )


def test_every_call_says_which_version_it_was_written_for_and_tells_no_address_the_token() -> None:
    server = LINKEDIN.server()
    adapter = LINKEDIN.adapter(server)
    adapter.commit(LINKEDIN.prepared_part(server=server), key=KEY, thread=Thread(), media=Media())
    adapter.delete(LINKEDIN.remote)
    rest = [each for each in server.requests if each.url.path.startswith("/rest/")]
    assert {each.headers["linkedin-version"] for each in rest} == {FACTS.settings["version"].value}
    assert {each.headers["x-restli-protocol-version"] for each in rest} == {"2.0.0"}
    assert not any("s3cret" in str(each.url) for each in server.requests)


# ── what is listed ───────────────────────────────────────────────────────────────────────────


def listed_as(given: Content, **post: Any) -> tuple[str, str]:
    """The fingerprint of what was sent, and of what LinkedIn lists."""
    told = {"id": POST, "createdAt": 1, "lastModifiedAt": 1, **post}
    pages = iter([[told], []])
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(200, json={"elements": next(pages)}))
    [found] = adapter.list_posts(since=datetime.fromtimestamp(0, UTC)).posts
    [part] = adapter.render(given, LINKEDIN.channel)
    return adapter.fingerprint(part, Thread(), LINKEDIN.channel), found.fingerprint


@pytest.mark.parametrize(
    ("content", "post"),
    [
        (
            Content(text="a_b  #c https://ex.com/a/long/way/to/go @[Acme](urn:li:organization:5)"),
            {
                "commentary": r"a\_b {hashtag|\#|c} https://lnkd.in/x @[Acme]"
                r"(urn:li:organization:5)",
                "content": {"article": {"source": "https://ex.com"}},
            },
        ),
        (Content(text="é"), {"commentary": "e\u0301"}),
        (FILM, {"commentary": "Hello", "content": {"media": {"id": "urn:li:video:1"}}}),
        (
            Content(text="a", media=(PICTURE,) * 2),
            {"commentary": "a", "content": {"multiImage": {"images": [{}, {}]}}},
        ),
        (Content(text="Vote", poll=POLL), {"commentary": "Vote", "content": {"poll": {}}}),
        (
            Content(text="a", media=(PICTURE,), options={"linkedin": {"article": RYE}}),
            {"commentary": "a", "content": {"article": {"thumbnail": "urn:li:image:1"}}},
        ),
    ],
)
def test_what_was_sent_is_known_again_in_the_spelling_it_is_listed_in(
    content: Content, post: Mapping[str, Any]
) -> None:
    sent, listed = listed_as(content, **post)
    assert sent == listed


@pytest.mark.parametrize(
    "post",
    [
        {"commentary": "Other"},
        {"commentary": "Hello", "content": {"media": {"id": "urn:li:image:1"}}},
        {"commentary": "Hello", "content": {"poll": {}}},
    ],
)
def test_what_differs_in_words_or_files_is_not_it(post: Mapping[str, Any]) -> None:
    sent, listed = listed_as(Content(text="Hello"), **post)
    assert sent != listed


def test_drafts_and_what_failed_are_not_shown() -> None:
    pages = iter(
        [
            [
                {
                    "id": f"urn:li:share:{n}",
                    "createdAt": 1,
                    "lastModifiedAt": 1,
                    "lifecycleState": state,
                }
                for n, state in enumerate(["DRAFT", "PUBLISH_FAILED", "PUBLISH_REQUESTED"])
            ],
            [],
        ]
    )
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(200, json={"elements": next(pages)}))
    listed = adapter.list_posts(since=datetime.fromtimestamp(0, UTC)).posts
    assert [each.remote.id for each in listed] == ["urn:li:share:2"]


@pytest.mark.parametrize("time", ["createdAt", "lastModifiedAt"])
def test_a_list_without_times_proves_nothing(time: str) -> None:
    post = {"id": POST, "createdAt": 1, "lastModifiedAt": 1}
    del post[time]
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(200, json={"elements": [post]}))
    with pytest.raises(TryLater, match="shape"):
        adapter.list_posts(since=datetime.fromtimestamp(0, UTC))


def test_a_list_that_has_no_end_is_not_complete() -> None:
    page = [{"id": POST, "createdAt": 10, "lastModifiedAt": 10}]
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(200, json={"elements": page}))
    assert not adapter.list_posts(since=datetime.fromtimestamp(0, UTC)).complete


@pytest.mark.parametrize(
    ("told", "is_ours"),
    [
        ({}, True),
        ({"actor": "urn:li:organization:6"}, False),
        ({"message": {"text": "Else"}}, False),
        ({"created": {"time": 1}}, False),
    ],
)
def test_a_comment_is_ours_by_its_author_its_words_and_its_time(
    told: Mapping[str, Any], *, is_ours: bool
) -> None:
    now = clock.now()
    comment = {
        "id": 9,
        "actor": LINKEDIN.channel.remote_id,
        "message": {"text": "And more"},
        "created": {"time": int(now.timestamp() * 1000)},
        **told,
    }
    server = Server({"/comments": lambda _: {"elements": [comment]}})
    adapter = LINKEDIN.adapter(server)
    _, part = adapter.render(LINKEDIN.content, LINKEDIN.channel)
    asked = {"key": PartKey("dlv_1", 1, now), "thread": Thread((LINKEDIN.remote,))}
    if is_ours:
        assert adapter.resume(part, **asked).remote.id == f"urn:li:comment:({POST},9)"
    else:
        with pytest.raises(TryLater, match="not yet"):
            adapter.resume(part, **asked)


def test_what_is_sent_below_a_post_is_plain_and_names_whom_it_mentions() -> None:
    server = LINKEDIN.server()
    adapter = LINKEDIN.adapter(server)
    text = "(more) #x @[Acme](urn:li:organization:5)"
    content = Content(text="a", first_comment=text)
    _, comment = adapter.render(content, LINKEDIN.channel)
    adapter.commit(comment, key=KEY, thread=Thread((LINKEDIN.remote,)), media=Media())
    sent = json.loads(server.requests[-1].content)
    assert sent["message"] == {"text": "(more) #x Acme"}
