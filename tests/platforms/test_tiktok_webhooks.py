"""TikTok's webhooks: signed with their time, and JSON within JSON."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from local.sandboxes.tiktok import webhooks as sent
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Finished, Told
from tellal.platforms.tiktok import TikTok

SECRET = "tiktok_client_secret_q1w2e3"
AT = 1760000000
BODY = (
    b'{"client_key":"bwo2m45353a6k85","event":"post.publish.complete","create_time":1760000000,'
    b'"user_openid":"act.example12345Example12345Example","content":"{\\"publish_id\\":'
    b'\\"v_pub_url~v2.123456789\\",\\"publish_type\\":\\"DIRECT_PUBLISH\\"}"}'
)
DIGEST = "2fc708bba859b19308cfc089b5cd790be8f856ca7b5324c9278b03867b0ca508"
SIGNED = f"t=1760000000,s={DIGEST}"
US = "act.acme"
COMMENT, VIDEO = 7123456789012345678, 7123456789012345679  # more than a float is exact


def apps(*secrets: str) -> list[AppSecrets]:
    return [AppSecrets(), AppSecrets(tuple(SecretStr(secret) for secret in secrets))]


def signed(signature: str) -> dict[str, str]:
    (header,) = TikTok.webhook_headers
    return {header: signature}


def test_what_tiktok_signed_verifies_with_either_of_two_secrets_and_says_when() -> None:
    TikTok.verify(BODY, signed(SIGNED), apps(SECRET))
    TikTok.verify(BODY, signed(f"t={AT}, s={DIGEST}"), apps("the new one", SECRET))
    assert sent.signed(BODY, secret=SECRET, at=AT) == signed(SIGNED)
    assert TikTok.signed_at(signed(SIGNED)).timestamp() == AT


@pytest.mark.parametrize(
    ("body", "headers", "secrets"),
    [
        (BODY + b" ", signed(SIGNED), apps(SECRET)),
        (BODY, signed(f"t=1760000001,s={DIGEST}"), apps(SECRET)),
        (BODY, signed(f"s={DIGEST}"), apps(SECRET)),
        (BODY, signed(f"t={AT},s="), apps(SECRET)),
        (BODY, signed(DIGEST), apps(SECRET)),
        (BODY, {}, apps(SECRET)),
        (BODY, signed(""), apps(SECRET)),
        (BODY, signed("t=\udcff,s=é"), apps(SECRET)),
        (BODY, signed(SIGNED), apps("another")),
        (BODY, signed(SIGNED), []),
    ],
)
def test_what_tiktok_did_not_sign_is_forged(
    body: bytes, headers: dict[str, str], secrets: list[AppSecrets]
) -> None:
    with pytest.raises(Forged):
        TikTok.verify(body, headers, secrets)


@pytest.mark.parametrize("spelled", ["", "t=soon", f"t={10**30}", "s=1"])
def test_a_signature_without_a_time_is_forged(spelled: str) -> None:
    with pytest.raises(Forged):
        TikTok.signed_at(signed(spelled))


def comment(**facts: Any) -> bytes:
    content = {
        "comment_id": COMMENT,
        "video_id": VIDEO,
        "parent_comment_id": 0,
        "comment_type": "comment",
        "comment_action": "insert",
        "timestamp": AT - 1,
        **facts,
    }
    return sent.event("comment.update", content, account=US, at=AT)


@pytest.mark.parametrize("spelled", [int, str])
def test_a_comment_is_heard_without_its_words_and_with_its_exact_ids(spelled: Any) -> None:
    (came,) = TikTok.normalise(comment(comment_id=spelled(COMMENT), video_id=spelled(VIDEO))).heard
    assert (came.remote_id, came.thread, came.post_remote_id) == (
        str(COMMENT),
        str(VIDEO),
        str(VIDEO),
    )
    assert (came.kind, came.text, came.channel_remote_id) == ("comment", "", US)
    assert came.refs == {"video_id": str(VIDEO)}
    assert came.sent_at.timestamp() == AT - 1


def test_the_content_may_be_json_already_and_the_sandbox_speaks_alike() -> None:
    body = json.loads(comment(timestamp=AT))
    body["content"] = json.loads(body["content"])
    came = TikTok.normalise(json.dumps(body).encode())
    assert came == TikTok.normalise(sent.comment(COMMENT, video=VIDEO, account=US, at=AT))


def test_an_answer_to_a_comment_is_a_reply_and_one_deleted_is_removed() -> None:
    (reply,) = TikTok.normalise(comment(parent_comment_id=COMMENT + 1)).heard
    assert (reply.kind, reply.parent_remote_id) == ("reply", str(COMMENT + 1))
    assert reply.refs["parent_comment_id"] == str(COMMENT + 1)
    (gone,) = TikTok.normalise(comment(comment_action="delete")).heard
    assert gone.change == "removed"


def test_permission_taken_back_is_told_with_its_time() -> None:
    body = sent.event("authorization.removed", {"reason": 1}, account=US, at=AT)
    (came,) = TikTok.normalise(body).revoked
    assert (came.channel_remote_id, came.at.timestamp()) == (US, AT)


RESULTS = ("post.publish.complete", "post.publish.failed", "post.publish.publicly_available")
OTHERS = ("post.publish.no_longer_publicaly_available", "video.upload.failed", "something.new")


@pytest.mark.parametrize("event", RESULTS)
def test_what_tiktok_is_done_with_is_to_be_asked_about(event: str) -> None:
    body = sent.event(event, {"publish_id": "v_pub"}, account=US, at=AT)
    assert TikTok.normalise(body) == Told(finished=(Finished(US, "v_pub"),))


def test_a_result_of_nothing_in_particular_cannot_be_read() -> None:
    for content in ({}, {"publish_id": ""}, {"publish_id": None}):
        body = sent.event(RESULTS[0], content, account=US, at=AT)
        assert TikTok.normalise(body) == Told(broken=(RESULTS[0],))


@pytest.mark.parametrize("event", OTHERS)
def test_what_else_becomes_of_a_post_is_named(event: str) -> None:
    body = sent.event(event, {"publish_id": "v_pub"}, account=US, at=AT)
    assert TikTok.normalise(body) == Told(unread=(event,))


def test_what_we_do_with_comments_is_named_and_left() -> None:
    came = TikTok.normalise(comment(comment_action="set_to_hidden"))
    assert came == Told(unread=("comment.update.set_to_hidden",))


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "not json",
        "",
        "[]",
        "7",
        json.dumps({"comment_id": True, "video_id": 1, "comment_action": "insert"}),
        json.dumps({"comment_id": 7.5, "video_id": 1, "comment_action": "insert"}),
        "[" * 100_000,
    ],
)
def test_a_comment_that_cannot_be_read_is_broken(content: str) -> None:
    told = {"event": "comment.update", "create_time": AT, "user_openid": US, "content": content}
    assert TikTok.normalise(json.dumps(told).encode()) == Told(broken=("comment.update",))


@pytest.mark.parametrize("facts", [{"create_time": "soon"}, {"user_openid": None}])
def test_an_event_of_nobody_or_of_no_time_is_broken(facts: dict[str, Any]) -> None:
    told = {"event": "authorization.removed", "create_time": AT, "user_openid": US, **facts}
    came = TikTok.normalise(json.dumps(told).encode())
    assert came == Told(broken=("authorization.removed",))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"event": 7}', b"[" * 100_000])
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        TikTok.normalise(body)
