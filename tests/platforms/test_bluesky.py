"""What is Bluesky's own: record keys, sessions, facets that need looking up, late notifications."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from tellal import clock
from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    Rejected,
    TryLater,
    Unacceptable,
)
from tellal.platforms.bluesky import Bluesky
from tellal.platforms.bluesky.record import EPOCH, SORTABLE, record_key
from tellal.platforms.bluesky.sessions import BlueskyConnection
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected, PartKey, Pending, Prepared, Thread, Unpublished
from tellal.posts import AttachedMedia, Content, Part, PartKind, Remote, ThreadPart
from tests.platforms.sample import KEY, PICTURE, TEN, Media, Server, minute, prepared, texts
from tests.platforms.samples.bluesky import BLUESKY, DID
from tests.videos import VIDEO

HOSTS = Bluesky.facts.hosts


def refusing(status: int, error: str) -> Any:
    return lambda _: httpx.Response(status, json={"error": error, "message": "…"})


def connect(respond: Any, hosts: Mapping[str, str] = HOSTS, **connection: str) -> Connected:
    given = {"handle": " @acme.example.com", "app_password": "s3cret", **connection}
    calls = Calls(httpx.Client(transport=httpx.MockTransport(respond)), hosts)
    return Bluesky.connect(BlueskyConnection.model_validate(given), calls)


# ── record keys ──────────────────────────────────────────────────────────────────────────────

MILLISECONDS = some.integers(0, 100 * 365 * 24 * 60 * 60 * 1000)  # of the next hundred years
moments = MILLISECONDS.map(lambda number: TEN + timedelta(milliseconds=number))


@given(moments, some.text(), some.integers(0, 99))
def test_a_record_key_is_a_tid_of_its_time(at: datetime, delivery: str, number: int) -> None:
    key = record_key(PartKey(delivery, number, at))
    assert len(key) == 13
    assert key[0] in SORTABLE[:16]  # the top bit is 0
    value = 0
    for letter in key:
        value = value << 5 | SORTABLE.index(letter)
    told = EPOCH + timedelta(microseconds=value >> 10)
    assert timedelta(0) <= told - at < timedelta(milliseconds=1)


def test_record_keys_sort_by_time_and_differ_within_a_millisecond() -> None:
    at_once = {record_key(PartKey(f"dlv_{n}", part, TEN)) for n in range(50) for part in range(2)}
    assert len(at_once) == 100
    assert max(at_once) < record_key(PartKey("dlv_0", 0, TEN + timedelta(milliseconds=1)))


# ── sessions ─────────────────────────────────────────────────────────────────────────────────


def test_connecting_goes_on_with_the_accounts_own_server() -> None:
    server = BLUESKY.server()
    connected = connect(server)
    assert [request.url.host for request in server.requests] == ["bsky.social", "pds.example.com"]
    sent = json.loads(server.requests[0].content)
    assert sent == {"identifier": "acme.example.com", "password": "s3cret"}
    assert connected.server == {"did": DID, "pds": "https://pds.example.com"}
    assert connected.url == "https://bsky.app/profile/acme.example.com"
    assert connected.expires_at == TEN + timedelta(hours=2)
    assert "app_password" not in type(connected.credentials).model_fields


def test_every_host_is_a_setting_and_a_person_may_name_another_service() -> None:
    server = BLUESKY.server()
    hosts = {"service": "http://127.0.0.1:1", "app": "http://127.0.0.1:2", "pds": "http://[::1]:3"}
    connected = connect(server, hosts)
    assert [request.url.port for request in server.requests] == [1, 3]
    assert connected.url == "http://127.0.0.1:2/profile/acme.example.com"
    connect(server, hosts, service="pds.acme.example")
    assert server.requests[2].url.host == "pds.acme.example"


def test_a_token_that_cannot_be_read_is_taken_to_live_as_long_as_usual() -> None:
    session = {"accessJwt": "opaque", "refreshJwt": "r", "handle": "a.b", "did": DID}
    answers = {"createSession": lambda _: session, "getProfile": lambda _: {}}
    connected = connect(Server(answers))
    assert connected.expires_at is not None
    assert timedelta(hours=1) < connected.expires_at - datetime.now(UTC) <= timedelta(hours=2)


@pytest.mark.parametrize(
    ("status", "name", "error", "sentence"),
    [
        (401, "AuthenticationRequired", Rejected, "does not know this handle"),
        (401, "AuthFactorTokenRequired", Rejected, "make an app password"),
        (401, "AccountTakedown", NeedsReconnect, "taken this account down"),
        (401, "AccountDeactivated", NeedsReconnect, "deactivated"),
    ],
)
def test_connecting_in_vain_says_what_to_do(
    status: int, name: str, error: type[PublishError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        connect(refusing(status, name))


def test_an_account_that_is_not_active_is_not_connected() -> None:
    session = {"accessJwt": "a", "refreshJwt": "r", "handle": "a.b", "did": DID}
    suspended = {**session, "active": False, "status": "suspended"}
    with pytest.raises(NeedsReconnect, match="suspended"):
        connect(Server({"createSession": lambda _: suspended}))


def test_refreshing_uses_the_refresh_token_alone() -> None:
    server = BLUESKY.server()
    BLUESKY.adapter(server).refresh(None)
    assert server.requests[0].headers["authorization"] == "Bearer s3cret-refresh"


def test_a_refresh_token_that_ran_out_needs_a_person() -> None:
    with pytest.raises(NeedsReconnect, match="has ended"):
        BLUESKY.adapter(refusing(400, "ExpiredToken")).refresh(None)


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (400, "ExpiredToken", NeedsRefresh),
        (400, "InvalidToken", NeedsReconnect),
        (401, "AccountTakedown", NeedsReconnect),
        (401, "AccountDeactivated", NeedsReconnect),
        (400, "InvalidRequest", Rejected),
        (400, "BlobNotFound", TryLater),
        (400, "BlobTooLarge", Rejected),
        (502, "UpstreamFailure", PublishError),
    ],
)
def test_a_refused_commit_is_what_its_error_says(
    status: int, name: str, error: type[PublishError]
) -> None:
    with pytest.raises(error):
        BLUESKY.adapter(refusing(status, name)).commit(
            BLUESKY.prepared_part(), key=KEY, thread=Thread(), media=Media()
        )


# ── publishing ───────────────────────────────────────────────────────────────────────────────


def test_a_published_post_knows_its_address_and_the_root_of_its_thread() -> None:
    adapter = BLUESKY.adapter(BLUESKY.server())
    main, second = adapter.render(
        Content(text="one", thread=({"text": "two"},)),  # type: ignore[arg-type]  # as JSON gives it
        BLUESKY.channel,
    )
    first = adapter.commit(main, key=KEY, thread=Thread(), media=Media()).remote
    rkey = record_key(KEY)
    assert first.id == f"at://{DID}/app.bsky.feed.post/{rkey}"
    assert first.url == f"https://bsky.app/profile/acme.example.com/post/{rkey}"
    assert first.refs == {"cid": "bafy", "root_uri": first.id, "root_cid": "bafy"}
    after = adapter.commit(
        second, key=PartKey("dlv_1", 1, TEN), thread=Thread((first,)), media=Media()
    ).remote
    assert after.refs["root_uri"] == first.id


def test_a_handle_that_nobody_has_stays_plain_text() -> None:
    answers = {"resolveHandle": refusing(400, "InvalidRequest")}
    adapter = BLUESKY.adapter(answers["resolveHandle"])
    (part,) = adapter.render(Content(text="@Nobody.example.com and @me"), BLUESKY.channel)
    assert adapter.prepare(part, media=Media()).notes == {}


def test_an_image_too_large_is_encoded_anew_until_it_fits() -> None:
    noise = Image.effect_noise((1200, 1200), 100).convert("RGB")
    data = BytesIO()
    noise.save(data, "PNG")
    assert data.tell() > 2_000_000

    class Large:
        def read(self, media: AttachedMedia) -> bytes:
            return data.getvalue()

    server = BLUESKY.server()
    large = PICTURE.model_copy(update={"size": data.tell(), "width": 1200, "height": 1200})
    adapter = BLUESKY.adapter(server)
    (part,) = adapter.render(Content(media=(large,)), BLUESKY.channel)
    adapter.prepare(part, media=Large())
    (upload,) = server.requests
    assert upload.headers["content-type"] == "image/jpeg"
    assert len(upload.content) <= 2_000_000


def test_three_thousand_bytes_may_be_less_than_three_hundred_graphemes() -> None:
    family = "👨‍👩‍👧‍👦"  # 25 bytes
    assert Bluesky.render(Content(text=family * 120), BLUESKY.channel)
    with pytest.raises(Exception, match="too long for Bluesky: 3025 of 3000 bytes"):
        Bluesky.render(Content(text=family * 121), BLUESKY.channel)


@pytest.mark.parametrize("text", ["مرحبا ", "👩🏽‍🍳", "e\u0301"], ids=["arabic", "a cook", "marks"])
def test_what_readers_see_as_characters_is_counted_at_the_limit(text: str) -> None:
    fits = text * 40 + "x" * (300 - 40 * Bluesky.length(text, BLUESKY.channel))
    assert Bluesky.render(Content(text=fits), BLUESKY.channel)
    assert rules(Content(text=fits + "x")) == {"text": "too long for Bluesky: 301 of 300 graphemes"}


def test_each_step_brings_one_image_and_the_last_the_names_too() -> None:
    server = BLUESKY.server()
    (part,) = Bluesky.render(
        Content(text="@ann.example.com", media=(PICTURE, PICTURE)), BLUESKY.channel
    )
    first = BLUESKY.adapter(server).prepare(part, media=Media())
    assert isinstance(first, Pending)
    assert (set(first.notes), first.check_in) == ({"image 0"}, timedelta(0))
    part = part.model_copy(update={"prepared": first.notes})
    second = BLUESKY.adapter(server).prepare(part, media=Media())
    assert isinstance(second, Prepared)
    assert set(second.notes) == {"image 0", "image 1", "did ann.example.com"}
    assert len(server.requests) == 3


# ── what an author may choose ────────────────────────────────────────────────────────────────


def chosen(**options: Any) -> Mapping[str, Mapping[str, Any]]:
    return {"bluesky": options}


def rules(content: Content) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Bluesky.render(content, BLUESKY.channel)
    return {broken.field: broken.rule for broken in refused.value.broken}


CARD = {"link": "https://ex.com/bread", "title": "Bread", "description": "How it is made"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"langs": ["English"]}, "options.bluesky.langs[0]"),
        ({"langs": ["en", "tr", "de", "fr"]}, "options.bluesky.langs"),
        ({"replies_from": []}, "options.bluesky.replies_from"),
        ({"replies_from": ["nobody", "followers"]}, "options.bluesky.replies_from"),
        ({"replies_from": ["friends"]}, "options.bluesky.replies_from[0]"),
        ({"card": {**CARD, "link": "ex.com"}}, "options.bluesky.card.link"),
        ({"card": {"link": "https://ex.com"}}, "options.bluesky.card.title"),
        ({"colour": "red"}, "options.bluesky.colour"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(options: Mapping[str, Any], field: str) -> None:
    assert set(rules(Content(text="a", options=chosen(**options)))) == {field}


def test_languages_hold_for_a_whole_thread_and_the_rest_for_its_first_part() -> None:
    options = chosen(langs=["tr", "pt-BR"], replies_from=["nobody"], card=CARD)
    content = Content(text="one", thread=(ThreadPart(text="two"),), options=options)
    first, second = Bluesky.render(content, BLUESKY.channel)
    assert first.options == {"langs": ["tr", "pt-BR"], "replies_from": ["nobody"], "card": CARD}
    assert second.options == {
        "langs": ["tr", "pt-BR"],
        "replies_from": ["everybody"],
    }


@pytest.mark.parametrize("media", [(PICTURE, PICTURE), (VIDEO,)], ids=["two images", "a film"])
def test_a_card_has_room_for_one_image(media: tuple[AttachedMedia, ...]) -> None:
    options = chosen(card=CARD)
    assert Bluesky.render(Content(text="a", media=(PICTURE,), options=options), BLUESKY.channel)
    assert set(rules(Content(text="a", media=media, options=options))) == {"media"}


def noisy() -> bytes:
    data = BytesIO()
    Image.effect_noise((1000, 1000), 100).convert("RGB").save(data, "PNG")
    return data.getvalue()


def test_a_cards_picture_is_made_to_fit() -> None:
    class Large(Media):
        def read(self, media: AttachedMedia) -> bytes:
            return noisy()

    server = BLUESKY.server()
    content = Content(text="a", media=(PICTURE,), options=chosen(card=CARD))
    (part,) = Bluesky.render(content, BLUESKY.channel)
    BLUESKY.adapter(server).prepare(part, media=Large())
    assert len(server.requests[0].content) <= 1_000_000


# ── who may answer ───────────────────────────────────────────────────────────────────────────


def gated(server: Any) -> Part:
    """Prepared: its record key is drawn."""
    content = Content(text="one", options=chosen(replies_from=["mentioned", "followed"]))
    (part,) = Bluesky.render(content, BLUESKY.channel)
    assert Bluesky.needs_preparing(part)
    return prepared(BLUESKY.adapter(server), part)


def applied(request: httpx.Request) -> Any:
    body = json.loads(request.content)
    return {
        "results": [
            {"uri": f"at://{body['repo']}/{each['collection']}/{each['rkey']}", "cid": f"cid{n}"}
            for n, each in enumerate(body["writes"])
        ]
    }


def test_a_post_and_its_gate_are_one_request_under_a_key_that_stays() -> None:
    server = Server({"applyWrites": applied})
    part = gated(server)
    rkey = (part.prepared or {})["rkey"]
    published = []
    for at in (TEN, TEN + timedelta(minutes=5)):  # two attempts, each with a fence of its own
        key = PartKey("dlv_1", 0, at)
        published.append(
            BLUESKY.adapter(server).commit(part, key=key, thread=Thread(), media=Media()).remote
        )
    post, gate = json.loads(server.requests[-1].content)["writes"]
    assert {post["rkey"], gate["rkey"]} == {rkey}
    assert gate["value"]["post"] == published[1].id == published[0].id
    assert [each["$type"].partition("#")[2] for each in gate["value"]["allow"]] == [
        "mentionRule",
        "followingRule",
    ]
    assert published[0].refs == {
        "cid": "cid0",
        "root_uri": published[0].id,
        "root_cid": "cid0",
        "gated": "yes",
    }


@pytest.mark.parametrize(
    ("who", "allow"),
    [
        (["nobody"], []),
        (["followers", "followers"], ["followerRule"]),
        (
            ["mentioned", "followers", "followed"],
            ["mentionRule", "followerRule", "followingRule"],
        ),
    ],
)
def test_nobody_is_an_empty_list_of_rules(who: list[str], allow: list[str]) -> None:
    server = Server({"applyWrites": applied})
    (part,) = Bluesky.render(Content(text="one", options=chosen(replies_from=who)), BLUESKY.channel)
    adapter = BLUESKY.adapter(server)
    adapter.commit(prepared(adapter, part), key=KEY, thread=Thread(), media=Media())
    gate = json.loads(server.requests[-1].content)["writes"][1]["value"]
    assert [each["$type"].partition("#")[2] for each in gate["allow"]] == allow


def test_only_a_post_with_a_gate_promises_less() -> None:
    part = gated(Server({}))
    assert Bluesky.promise(part, BLUESKY.channel).guarantee == "resumable"
    (open_,) = Bluesky.render(Content(text="one"), BLUESKY.channel)
    assert Bluesky.promise(open_, BLUESKY.channel).guarantee == "idempotent"
    assert not Bluesky.needs_preparing(open_)


def test_what_became_of_a_gated_post_is_asked_by_its_key() -> None:
    part = gated(Server({}))
    uri = f"at://{DID}/app.bsky.feed.post/{(part.prepared or {})['rkey']}"
    server = Server({"getRecord": lambda _: {"uri": uri, "cid": "bafy", "value": {}}})
    told = BLUESKY.adapter(server).resume(part, key=KEY, thread=Thread())
    assert told.remote.id == uri
    assert told.remote.refs["root_cid"] == "bafy"
    assert server.requests[0].url.params["rkey"] == uri.rsplit("/", 1)[1]

    nothing = refusing(400, "RecordNotFound")
    assert BLUESKY.adapter(nothing).resume(part, key=KEY, thread=Thread()) == Unpublished()


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (404, "RecordNotFound", PublishError),
        (400, "InvalidRequest", Rejected),
        (400, "ExpiredToken", NeedsRefresh),
        (500, "InternalServerError", TryLater),
    ],
)
def test_a_refusal_of_the_question_is_no_answer(
    status: int, name: str, error: type[PublishError]
) -> None:
    with pytest.raises(error):
        BLUESKY.adapter(refusing(status, name)).resume(gated(Server({})), key=KEY, thread=Thread())


def test_applied_writes_that_are_not_told_back_leave_a_doubt() -> None:
    adapter = BLUESKY.adapter(Server({"applyWrites": lambda _: {}}))
    with pytest.raises(OutcomeUnknown):
        adapter.commit(gated(Server({})), key=KEY, thread=Thread(), media=Media())


@pytest.mark.parametrize(
    ("refs", "gone"),
    [
        ({"cid": "c"}, ["app.bsky.feed.post"]),
        ({"cid": "c", "gated": "yes"}, ["app.bsky.feed.post", "app.bsky.feed.threadgate"]),
    ],
)
def test_a_gate_is_deleted_with_its_post(refs: dict[str, str], gone: list[str]) -> None:
    server = BLUESKY.server()
    BLUESKY.adapter(server).delete(Remote(id=f"at://{DID}/app.bsky.feed.post/3abc", refs=refs))
    sent = [json.loads(request.content) for request in server.requests]
    assert [each["collection"] for each in sent] == gone
    assert {each["rkey"] for each in sent} == {"3abc"}


def test_a_part_from_before_there_were_choices_goes_out_as_it_would_have() -> None:
    server = BLUESKY.server()
    old = Part(kind=PartKind.MAIN, text="Hello")
    BLUESKY.adapter(server).commit(old, key=KEY, thread=Thread(), media=Media())
    assert json.loads(server.requests[0].content)["record"] == {
        "$type": "app.bsky.feed.post",
        "text": "Hello",
        "createdAt": "2026-01-01T10:00:00.000Z",
    }


def test_posts_are_measured_twenty_five_at_a_time() -> None:
    server = BLUESKY.server()
    BLUESKY.adapter(server).read_posts([Remote(id=f"at://x/{n}") for n in range(60)])
    assert [len(request.url.params.get_list("uris")) for request in server.requests] == [25, 25, 10]


# ── the inbox ────────────────────────────────────────────────────────────────────────────────


def notification(name: str, at: int, **facts: Any) -> dict[str, Any]:
    return {
        "uri": f"at://did:plc:ann/app.bsky.feed.post/{name}",
        "cid": f"cid-{name}",
        "author": {"did": "did:plc:ann", "handle": "ann.example.com", "displayName": "Ann"},
        "reason": "mention",
        "record": {"text": name},
        "indexedAt": minute(at),
        **facts,
    }


def read(listed: list[dict[str, Any]], cursor: str | None = None) -> Any:
    server = Server({"listNotifications": lambda _: {"notifications": listed}})
    return BLUESKY.adapter(server).read_inbox(cursor)


def test_a_notification_that_turns_up_behind_others_is_still_heard() -> None:
    first = read([notification("b", 5)])
    second = read([notification("b", 5), notification("late", 3)], first.cursor)
    assert texts(second.heard) == ["late"]
    third = read(
        [notification("c", 6), notification("b", 5), notification("late", 3)], second.cursor
    )
    assert texts(third.heard) == ["c"]


def test_a_day_away_leaves_no_gap_however_many_there_are_and_none_is_heard_twice() -> None:
    listed = [notification("0", 0)]

    def page_of(request: httpx.Request) -> Any:
        before = int(request.url.params.get("cursor", len(listed)))
        page = listed[max(0, before - 100) : before][::-1]
        more = {"cursor": str(before - 100)} if before > 100 else {}
        return {"notifications": page, **more}

    adapter = BLUESKY.adapter(Server({"listNotifications": page_of}))
    cursor = adapter.read_inbox(None).cursor
    at = (TEN + timedelta(seconds=70 * n) for n in range(1, 1301))  # a day and more
    listed += [
        notification(str(n), 0, indexedAt=clock.text(when)) for n, when in enumerate(at, start=1)
    ]
    came: list[str] = []
    for _ in range(4):
        page = adapter.read_inbox(cursor)
        came += texts(page.heard)
        cursor = page.cursor
    assert sorted(map(int, came)) == list(range(1, 1301))


def test_a_reply_that_mentions_us_too_is_heard_once_and_as_a_reply() -> None:
    page = read([notification("a", 1), notification("a", 1, reason="reply")])
    assert [told.kind for told in page.heard] == ["comment"]


def test_a_reply_belongs_to_its_root_and_can_be_answered() -> None:
    root = {"uri": f"at://{DID}/app.bsky.feed.post/root", "cid": "cid-root"}
    parent = {"uri": "at://did:plc:bob/app.bsky.feed.post/1", "cid": "cid-1"}
    record = {"text": "hi", "reply": {"root": root, "parent": parent}}
    (told,) = read([notification("a", 1, reason="reply", record=record)]).heard
    assert (told.thread, told.post_remote_id) == (root["uri"], root["uri"])
    assert (told.kind, told.parent_remote_id) == ("reply", parent["uri"])
    assert told.refs == {"cid": "cid-a", "root_uri": root["uri"], "root_cid": "cid-root"}
    assert told.url == "https://bsky.app/profile/ann.example.com/post/a"


def test_a_quote_and_a_repost_are_about_our_post_and_a_like_is_nothing() -> None:
    ours = f"at://{DID}/app.bsky.feed.post/ours"
    listed = [
        notification("like", 3, reason="like", reasonSubject=ours),
        notification("repost", 2, reason="repost", reasonSubject=ours, record={"subject": {}}),
        notification("quote", 1, reason="quote", reasonSubject=ours),
    ]
    told, shared = read(listed).heard
    assert (told.kind, told.post_remote_id, told.thread) == ("quote", ours, told.remote_id)
    assert (shared.kind, shared.text, shared.post_remote_id) == ("share", "", ours)
    assert shared.thread == ours
