"""What LinkedIn tells of a page: signed, in batches, and read back."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.linkedin import webhooks as sent
from tellal.errors import BadMessage, Forged, NeedsReconnect, Rejected
from tellal.platforms.hearing import AppSecrets, Told
from tellal.platforms.linkedin import LinkedIn
from tests.platforms.sample import TEN, Server, texts
from tests.platforms.samples.linkedin import LINKEDIN, PAGE, POST, notification

SECRET = "linkedin_client_secret_XYZ"
BODY = (
    b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"notificationId":1234,'
    b'"organizationalEntity":"urn:li:organization:2414183","action":"COMMENT"}]}'
)
SIGNED = "f68f2c28c2313b39357e56fd0b3fc060d29565460c99d751b67c0bc82bbd1b61"
OF_THE_BODY_ALONE = "d1bf20d9513fe70c799ff73a3ae4b20bf1fafa3d3b0b506a93f22627ee6a8b3b"
QUESTION = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
ANN = "urn:li:person:b2"


def apps(*secrets: str) -> list[AppSecrets]:
    return [AppSecrets(), AppSecrets(tuple(SecretStr(secret) for secret in secrets))]


def signed(signature: str) -> dict[str, str]:
    (header,) = LinkedIn.webhook_headers
    return {header: signature}


def test_what_linkedin_signed_verifies_with_either_of_two_secrets() -> None:
    LinkedIn.verify(BODY, signed(SIGNED), apps(SECRET))
    LinkedIn.verify(BODY, signed(f"hmacsha256={SIGNED}"), apps("the new one", SECRET))
    assert sent.signed(BODY, secret=SECRET) == signed(SIGNED)


@pytest.mark.parametrize(
    ("body", "headers", "secrets"),
    [
        (BODY, signed(OF_THE_BODY_ALONE), apps(SECRET)),
        (BODY + b" ", signed(SIGNED), apps(SECRET)),
        (BODY, signed(SIGNED.upper()), apps(SECRET)),
        (BODY, {}, apps(SECRET)),
        (BODY, signed(""), apps(SECRET)),
        (BODY, signed("hmacsha256="), apps(SECRET)),
        (BODY, signed(SIGNED), apps("another")),
        (BODY, signed(SIGNED), []),
    ],
)
def test_what_linkedin_did_not_sign_is_forged(
    body: bytes, headers: dict[str, str], secrets: list[AppSecrets]
) -> None:
    with pytest.raises(Forged):
        LinkedIn.verify(body, headers, secrets)


def test_the_question_whose_address_this_is_is_answered_as_json() -> None:
    answer = "85b1eab79e7d60b3216e6b34e34ab24650989ae82194a7396e65c4cd1367d4bb"
    told = LinkedIn.challenge({"challengeCode": QUESTION}, apps(SECRET, "the old one"))
    assert told == {"challengeCode": QUESTION, "challengeResponse": answer}
    assert told == sent.answer(QUESTION, secret=SECRET)


@pytest.mark.parametrize(
    "question", [{}, {"challengeCode": ""}, {"challengeCode": f"hmacsha256={BODY.decode()}"}]
)
def test_nothing_is_signed_for_whoever_asks_that_could_be_a_body(question: dict[str, str]) -> None:
    with pytest.raises(Forged):
        LinkedIn.challenge(question, apps(SECRET))


def told(*notifications: dict[str, Any]) -> Told:
    return LinkedIn.normalise(sent.told(*notifications))


def shared(action: str, owner: str = ANN) -> dict[str, Any]:
    words = {"share": {"owner": owner, "text": "Look at Acme"}}
    return notification(
        9,
        action=action,
        generatedActivity="urn:li:share:99",
        decoratedGeneratedActivity=words,
    )


@pytest.mark.parametrize(
    ("action", "change"),
    [("COMMENT", "added"), ("COMMENT_EDIT", "edited"), ("COMMENT_DELETE", "removed")],
)
def test_comments_come_change_and_go(action: str, change: str) -> None:
    (came,) = told(notification(1, action=action)).heard
    assert (came.change, came.kind, came.channel_remote_id) == (change, "comment", PAGE)
    assert (came.thread, came.post_remote_id, came.parent_remote_id) == (POST, POST, POST)
    assert (came.author.remote_id, came.text) == (ANN, "message 1")
    assert came.sent_at == TEN + timedelta(minutes=1)


def test_who_deleted_a_comment_need_not_be_told() -> None:
    (came,) = told(notification(1, action="COMMENT_DELETE", decoratedGeneratedActivity={})).heard
    assert came.author.remote_id.startswith("unknown:")


@pytest.mark.parametrize(
    "facts",
    [
        {"generatedActivity": "urn:li:comment:(urn:li:comment:(urn:li:activity:1,2),3)"},
        {
            "decoratedGeneratedActivity": {
                "comment": {
                    "owner": ANN,
                    "text": "hi",
                    "parentComment": "urn:li:comment:(urn:li:activity:1,2)",
                }
            }
        },
    ],
)
def test_a_comment_below_another_is_a_reply(facts: dict[str, Any]) -> None:
    (came,) = told(notification(1, **facts)).heard
    assert (came.kind, came.post_remote_id) == ("reply", POST)
    assert came.parent_remote_id == "urn:li:comment:(urn:li:activity:1,2)"


def test_a_mention_stands_by_itself_and_a_share_is_about_our_post() -> None:
    mention, share = told(shared("SHARE_MENTION"), shared("SHARE")).heard
    assert (mention.kind, mention.thread, mention.post_remote_id) == (
        "mention",
        "urn:li:share:99",
        None,
    )
    assert (share.kind, share.thread, share.post_remote_id) == ("share", POST, POST)
    assert (share.author.remote_id, share.text) == (ANN, "Look at Acme")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (notification(1, action="ADMIN_COMMENT"), "our own"),
        (shared("SHARE", owner=PAGE), "our own"),
        (notification(1, action="LIKE"), "LIKE"),
        (notification(1, action="SOMETHING_NEW"), "SOMETHING_NEW"),
    ],
)
def test_all_else_is_named_and_left(event: dict[str, Any], name: str) -> None:
    assert told(event) == Told(unread=(name,))


def test_another_kind_of_body_is_named_and_left() -> None:
    body = json.dumps({"type": "LEAD_ACTION", "notifications": [{}, {}]}).encode()
    assert LinkedIn.normalise(body) == Told(unread=("LEAD_ACTION", "LEAD_ACTION"))


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (notification(1, lastModifiedAt="soon"), "COMMENT"),
        (notification(1, lastModifiedAt=10**30), "COMMENT"),
        (notification(1, generatedActivity="urn:li:share:1"), "COMMENT"),
        (notification(1, decoratedGeneratedActivity={}), "COMMENT"),
        (notification(1, organizationalEntity=None), "COMMENT"),
        (shared("SHARE") | {"generatedActivity": ""}, "SHARE"),
        ({"notificationId": 1}, "notification"),
    ],
)
def test_an_event_that_cannot_be_read_hides_no_other(event: dict[str, Any], name: str) -> None:
    came = told(notification(1), event, notification(2))
    assert texts(came.heard) == ["message 1", "message 2"]
    assert came.broken == (name,)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"type": 7}', b"[" * 100_000])
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        LinkedIn.normalise(body)


# ── reading back ─────────────────────────────────────────────────────────────────────────────


def page(count: int, *, oldest_first: bool = False) -> Callable[[Any], Any]:
    """A server with so many notifications; it honours `timeRange` and pages by `start`."""

    def answer(request: Any) -> Any:
        params = request.url.params
        since = params.get("timeRange", "(start:0)").removeprefix("(start:").removesuffix(")")
        listed = [notification(n) for n in range(count, 0, -1)]
        listed = [each for each in listed if each["lastModifiedAt"] >= int(since)]
        start = int(params["start"])
        return {"elements": (listed[::-1] if oldest_first else listed)[start : start + 100]}

    return answer


def reading(answer: Callable[[Any], Any]) -> Any:
    return LINKEDIN.adapter(Server({"/organizationalEntityNotifications": answer}))


def test_what_is_told_and_what_is_read_back_are_one_message() -> None:
    (read,) = reading(page(1)).read_inbox(None).heard
    (came,) = told(notification(1)).heard
    assert read == came


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
def test_more_than_one_run_reads_leaves_no_gap_in_whichever_order_they_come(order: str) -> None:
    cursor = reading(page(1)).read_inbox(None).cursor
    later = reading(page(1501, oldest_first=order == "oldest first"))
    came: list[str] = []
    for _ in range(5):
        read = later.read_inbox(cursor)
        came += texts(read.heard)
        cursor = read.cursor
    assert set(came) == {f"message {n}" for n in range(2, 1502)}


def test_lists_and_spans_are_asked_for_in_linkedins_own_spelling() -> None:
    server = Server({"/organizationalEntityNotifications": page(1)})
    adapter = LINKEDIN.adapter(server)
    adapter.read_inbox(adapter.read_inbox(None).cursor)
    asked = server.requests[-1].url.query.decode()
    assert "actions=List(COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE,SHARE_MENTION)" in asked
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A5" in asked
    assert f"timeRange=(start:{int(TEN.timestamp() * 1000) - 59 * 60_000})" in asked
    assert server.requests[-1].headers["x-restli-method"] == "FINDER"


@pytest.mark.parametrize(
    "facts",
    [{"remote_id": "urn:li:person:a1"}, {"server": {"scopes": ["w_organization_social"]}}],
    ids=["a member", "a page that may not be read"],
)
def test_where_nothing_may_be_read_nothing_is_asked(facts: dict[str, Any]) -> None:
    unread = LINKEDIN.channel.model_copy(update=facts)
    server = Server({})
    assert replace(LINKEDIN, channel=unread).adapter(server).read_inbox(None).heard == ()
    assert server.requests == []


def test_a_page_that_may_be_posted_to_and_not_read_stays_connected() -> None:
    refused = {"status": 403, "code": "ACCESS_DENIED", "message": "Not enough permissions"}
    adapter = reading(lambda _: httpx.Response(403, json=refused))
    with pytest.raises(Rejected) as error:
        adapter.read_inbox(None)
    assert not isinstance(error.value, NeedsReconnect)
