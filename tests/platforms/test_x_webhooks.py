"""X's webhooks: signatures over the bytes as they came, and what they tell."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from local.sandboxes.x import webhooks as sent
from tellal.conversations import Change, Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Told
from tellal.platforms.x import X
from tests.platforms.sample import Server
from tests.platforms.samples.x import X as SAMPLE

SECRET = "x_consumer_secret_abc123"
BODY = (
    b'{"data":{"event_uuid":"2080761390344937796","filter":{"user_id":"1111111111111111111"},'
    b'"event_type":"post.mention.create","tag":"mentions","payload":{}}}'
)
SIGNED = "sha256=WMNiS4zVn6E6G9wd5+2ZD0Pt8Ivq4dwmPnD8nw2LRfU="
US = "1001"
ANN = {"id": "2222", "username": "ann", "name": "Ann", "public_metrics": {"followers_count": 7}}


def apps(*secrets: str) -> list[AppSecrets]:
    return [AppSecrets(), AppSecrets(tuple(SecretStr(secret) for secret in secrets))]


def signed(signature: str) -> dict[str, str]:
    (header,) = X.webhook_headers
    return {header: signature}


def test_what_x_signed_verifies_with_either_of_two_secrets() -> None:
    X.verify(BODY, signed(SIGNED), apps(SECRET))
    X.verify(BODY, signed(SIGNED), apps("the new one", SECRET))
    assert sent.signed(BODY, secret=SECRET) == signed(SIGNED)


@pytest.mark.parametrize(
    ("body", "headers", "secrets"),
    [
        (BODY + b" ", signed(SIGNED), apps(SECRET)),
        (BODY, {}, apps(SECRET)),
        (BODY, signed(""), apps(SECRET)),
        (BODY, signed(SIGNED.removeprefix("sha256=")), apps(SECRET)),
        (BODY, signed("sha256=é\udcff"), apps(SECRET)),
        (BODY, signed(SIGNED), apps("another")),
        (BODY, signed(SIGNED), []),
    ],
)
def test_what_x_did_not_sign_is_forged(
    body: bytes, headers: dict[str, str], secrets: list[AppSecrets]
) -> None:
    with pytest.raises(Forged):
        X.verify(body, headers, secrets)


def test_the_question_whose_address_this_is_is_answered_as_json() -> None:
    told = {"response_token": "sha256=5/wHnVDuEPvNeyKhv22YXKsT1v6uTNueWCe+irhL9qM="}
    assert X.challenge({"crc_token": "challenge_string"}, apps(SECRET, "the old one")) == told


@pytest.mark.parametrize(
    "question", [{}, {"crc_token": ""}, {"crc_token": BODY.decode()}, {"crc_token": "x" * 600}]
)
def test_nothing_is_signed_for_whoever_asks_that_could_be_a_body(question: dict[str, str]) -> None:
    with pytest.raises(Forged):
        X.challenge(question, apps(SECRET))


def test_without_a_secret_nothing_can_be_answered() -> None:
    with pytest.raises(Forged):
        X.challenge({"crc_token": "challenge_string"}, apps())


def post(**facts: Any) -> dict[str, Any]:
    usual = {
        "id": "2090000000000000001",
        "author_id": "2222",
        "text": "@acme Great",
        "conversation_id": "100",
        "created_at": "2026-08-12T18:00:00.000Z",
    }
    return usual | facts


def told(event: str, payload: dict[str, Any], **included: Any) -> Told:
    return X.normalise(sent.activity(event, payload, account=US, users=[ANN], **included))


def heard(event: str, payload: dict[str, Any], **included: Any) -> Heard:
    came = told(event, payload, **included)
    assert came.unread == came.broken == ()
    (only,) = came.heard
    return only


BELOW = {"in_reply_to_user_id": US, "in_reply_to_tweet_id": "100"}
QUOTING = {"referenced_tweets": [{"type": "quoted", "id": "100"}], "conversation_id": "5"}


@pytest.mark.parametrize(
    ("event", "facts", "kind", "ours", "above"),
    [
        ("post.mention.create", {}, "mention", None, None),
        ("post.mention.create", BELOW, "comment", "100", "100"),
        ("post.reply.create", BELOW, "comment", "100", "100"),
        (
            "post.reply.create",
            {"in_reply_to_user_id": US, "referenced_tweets": [{"type": "replied_to", "id": "7"}]},
            "reply",
            "7",
            "7",
        ),
        ("post.quote.create", QUOTING, "quote", "100", None),
        ("post.mention.create", QUOTING, "mention", None, None),
    ],
)
def test_a_post_is_what_it_is_by_its_own_facts(
    event: str, facts: dict[str, Any], kind: str, ours: str | None, above: str | None
) -> None:
    came = heard(event, post(**facts))
    assert (came.kind, came.post_remote_id, came.parent_remote_id) == (kind, ours, above)
    assert (came.channel_remote_id, came.remote_id) == (US, "2090000000000000001")
    assert (came.author.handle, came.author.name, came.author.followers) == ("ann", "Ann", 7)


def test_a_mention_that_quotes_us_is_a_quote_where_x_says_whose_post_it_quotes() -> None:
    ours = [{"id": "100", "author_id": US}]
    assert heard("post.mention.create", post(**QUOTING), posts=ours).kind == "quote"


def test_a_repost_has_no_words_of_its_own() -> None:
    shared = [{"type": "retweeted", "id": "100"}]
    came = heard("post.repost.create", post(text="RT @acme: ours", referenced_tweets=shared))
    assert (came.kind, came.text, came.post_remote_id, came.thread) == ("share", "", "100", "100")


def test_a_direct_message_is_a_conversation_with_its_sender() -> None:
    body = sent.direct("hello!", event_id="55", at=1784928224372, sender="2222", account=US)
    (came,) = X.normalise(body).heard
    assert (came.kind, came.remote_id, came.thread) == ("direct", "55", "direct:2222")
    assert (came.text, came.author.handle) == ("hello!", "user2222")
    assert came.sent_at.isoformat() == "2026-07-24T21:23:44.372000+00:00"


def test_one_message_that_cannot_be_read_hides_no_other() -> None:
    body = json.loads(
        sent.direct("hello!", event_id="55", at=1784928224372, sender="2", account=US)
    )
    events = body["data"]["payload"]["direct_message_events"]
    events += [{"type": "message_create", "id": "56"}, "a word", {"type": "reaction_create"}]
    came = X.normalise(json.dumps(body).encode())
    assert [each.remote_id for each in came.heard] == ["55"]
    assert came.broken == ("dm.received", "dm.received")
    assert came.unread == ("dm.received.reaction_create",)


@pytest.mark.parametrize(
    "payload", [{"id": "2090000000000000001"}, {"post": {"id": "2090000000000000001"}}]
)
def test_what_was_deleted_is_removed(payload: dict[str, Any]) -> None:
    came = heard("post.delete", payload)
    assert (came.remote_id, came.change, came.author.remote_id) == (
        "2090000000000000001",
        Change.REMOVED,
        US,
    )


def test_permission_taken_back_is_told_with_its_time() -> None:
    taken = {"date_time": "2026-07-23T21:44:05+00:00", "user_id": "1001", "app_id": "2"}
    (came,) = told("oauth.revoke", taken).revoked
    assert (came.channel_remote_id, came.at.isoformat()) == (US, "2026-07-23T21:44:05+00:00")


@pytest.mark.parametrize(
    ("event", "payload", "name"),
    [
        ("like.create", {"id": "8", "liked_tweet_id": "100"}, "like.create"),
        ("follow.follow", {}, "follow.follow"),
        ("something.new", {}, "something.new"),
        ("post.mention.create", post(author_id=US), "our own"),
        ("post.repost.create", post(author_id=US), "our own"),
    ],
)
def test_all_else_is_named_and_left(event: str, payload: dict[str, Any], name: str) -> None:
    assert told(event, payload) == Told(unread=(name,))


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("post.mention.create", {}),
        ("post.mention.create", post(created_at="soon")),
        ("post.delete", {"id": "9" * 60}),
        ("post.delete", {}),
        ("dm.received", {}),
        ("oauth.revoke", {"user_id": "1", "date_time": "2026-07-23T21:44:05"}),
    ],
)
def test_an_event_that_cannot_be_read_is_named_broken(event: str, payload: dict[str, Any]) -> None:
    assert told(event, payload) == Told(broken=(event,))


def test_events_of_one_body_do_not_hide_each_other() -> None:
    good = json.loads(sent.activity("post.mention.create", post(), account=US))["data"]
    odd = {"event_type": "post.mention.create", "filter": 7}
    came = X.normalise(json.dumps({"data": [odd, good, "a word"]}).encode())
    assert len(came.heard) == 1
    assert came.broken == ("post.mention.create", "event")


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe", b"[]", b"{}", b"[" * 100_000])
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        X.normalise(body)


@pytest.mark.parametrize("facts", [{}, BELOW, {"author_id": "9"}])
def test_what_is_told_and_what_is_read_are_one_message(facts: dict[str, Any]) -> None:
    page = {"data": [post(**facts)], "includes": {"users": [ANN]}, "meta": {}}
    server = Server({"/mentions": lambda _: page})
    (read,) = SAMPLE.adapter(server).read_inbox(None).heard
    assert heard("post.mention.create", post(**facts)) == read


def direct_event(number: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": f"direct {number}",
        "sender_id": "2222" if number % 10 else US,
        "created_at": f"2026-01-01T{number // 60:02}:{number % 60:02}:00.000Z",
        "dm_conversation_id": f"{US}-2222",
    }


def test_direct_messages_are_read_where_the_owner_allowed_it_and_leave_no_gap() -> None:
    server = {"count": 1}

    def directs(request: Any) -> Any:
        before = int(request.url.params.get("pagination_token", server["count"] + 1))
        page = list(range(before - 1, 0, -1))[:20]
        more = {"next_token": str(page[-1])} if page and page[-1] > 1 else {}
        return {"data": [direct_event(n) for n in page], "includes": {"users": [ANN]}, "meta": more}

    allowed = SAMPLE.channel.model_copy(update={"server": {"scopes": ["dm.read"]}})
    answers = Server({"/mentions": lambda _: {"meta": {}}, "/2/dm_events": directs})
    adapter = replace(SAMPLE, channel=allowed).adapter(answers)
    cursor = adapter.read_inbox(None).cursor
    server["count"] = 301
    came: list[str] = []
    for _ in range(5):
        page = adapter.read_inbox(cursor)
        came += [each.remote_id for each in page.heard]
        cursor = page.cursor
    assert sorted(map(int, came)) == [n for n in range(2, 302) if n % 10]


def test_a_direct_message_that_is_told_and_one_that_is_read_are_one() -> None:
    listed = {"data": [direct_event(1)], "includes": {"users": [ANN | {"username": "user2222"}]}}
    answers = Server({"/mentions": lambda _: {"meta": {}}, "/2/dm_events": lambda _: listed})
    allowed = SAMPLE.channel.model_copy(update={"server": {"scopes": ["dm.read"]}})
    (read,) = replace(SAMPLE, channel=allowed).adapter(answers).read_inbox(None).heard
    body = sent.direct("direct 1", event_id="1", at=1767225660000, sender="2222", account=US)
    (told_one,) = X.normalise(body).heard
    known_less = {"name": "", "followers": None}  # of people webhooks tell a name at most
    assert read.model_copy(update={"author": read.author.model_copy(update=known_less)}) == told_one


def test_direct_messages_are_not_asked_for_without_the_permission() -> None:
    server = Server({"/mentions": lambda _: {"meta": {}}})
    SAMPLE.adapter(server).read_inbox(None)
    assert [each.url.path for each in server.requests] == ["/2/users/1001/mentions"]
