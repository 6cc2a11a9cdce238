from datetime import timedelta
from typing import Any

import pytest

from local.aws.process import LocalAws
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.deliveries import Delivery, State, Step
from tests.integration.api_calls import Call
from tests.integration.deliveries import hints, scheduled, stored

LATER = "2099-01-02T10:00:00.000Z"
NEVER = {"text": "Later", "publish_at": LATER}


@pytest.fixture
def post(call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel) -> Any:
    """A post for much later, on two channels."""
    channels = [mastodon_channel.channel_id, bluesky_channel.channel_id]
    made = call("POST", "/posts", key=admin, body={**NEVER, "channel_ids": channels})
    assert made.status == 201
    return made.json


def delivery_of(post: Any, channel: Channel) -> Delivery:
    [found] = [
        each
        for each in wiring.deliveries().get_many(post["delivery_ids"])
        if each.channel_id == channel.channel_id
    ]
    return found


def test_a_post_for_now_is_hinted_at_at_once(
    empty: None, call: Call, admin: str, mastodon_channel: Channel
) -> None:
    given = {"text": "Now", "channel_ids": [mastodon_channel.channel_id]}
    made = call("POST", "/posts", key=admin, body=given)

    [hint] = hints(Step.PUBLISH)
    [delivery_id] = made.json["delivery_ids"]
    assert delivery_id in hint["Body"]


def test_a_post_for_later_is_left_to_the_sweep(empty: None, call: Call, post: Any) -> None:
    assert hints(Step.PUBLISH) == []
    assert [each["state"] for each in post["deliveries"]] == ["scheduled", "scheduled"]
    assert {each["next_attempt_at"] for each in post["deliveries"]} == {LATER}


def test_a_hint_that_cannot_be_sent_is_no_error(
    call: Call,
    admin: str,
    mastodon_channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLISH_QUEUE_URL", "http://127.0.0.1:9/000000000000/nowhere")
    wiring.forget()
    given = {"text": "Now", "channel_ids": [mastodon_channel.channel_id]}
    made = call("POST", "/posts", key=admin, body=given)
    assert made.status == 201
    assert made.json["deliveries"][0]["next_attempt_at"] is not None


def test_a_wall_clock_is_kept_with_its_zone(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    given: dict[str, Any] = {"text": "Hi", "publish_at_local": "2099-01-02T13:00"}
    given["channel_ids"] = [mastodon_channel.channel_id]
    made = call("POST", "/posts", key=admin, body=given).json
    assert made["publish_at"] == LATER
    assert (made["wall_clock"], made["zone"]) == ("2099-01-02T13:00:00", "Europe/Istanbul")


def test_everything_that_is_wrong_is_told_at_once(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    channels = [mastodon_channel.channel_id, bluesky_channel.channel_id]
    variant = {bluesky_channel.channel_id: {"text": "x" * 301}}
    given = {**NEVER, "text": "x" * 600, "variants": variant, "channel_ids": channels}
    reply = call("POST", "/posts", key=admin, body=given)
    assert reply.status == 422
    assert set(reply.broken) == {"text", f"variants.{bluesky_channel.channel_id}.text"}


def test_a_time_that_has_passed_and_a_post_without_channels_are_refused(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    past = {"text": "Hi", "publish_at": "2001-01-01T00:00:00Z"}
    channels = {"channel_ids": [mastodon_channel.channel_id]}
    reply = call("POST", "/posts", key=admin, body=past | channels)
    assert "2001-01-01T00:00:00.000Z" in reply.broken["publish_at"]
    assert call("POST", "/posts", key=admin, body={"text": "Hi"}).broken.keys() == {"channel_ids"}


def test_a_disconnected_channel_takes_no_post(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    call("DELETE", f"/channels/{mastodon_channel.channel_id}", key=admin)
    given = {"text": "Hi", "channel_ids": [mastodon_channel.channel_id]}
    assert call("POST", "/posts", key=admin, body=given).broken.keys() == {"channel_ids"}


def test_a_preview_shows_what_would_be_sent_and_keeps_nothing(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    channels = [mastodon_channel.channel_id, bluesky_channel.channel_id]
    given = {"text": "x" * 400, "channel_ids": channels}
    mastodon, bluesky = call("POST", "/posts/preview", key=admin, body=given).json["channels"]
    assert (mastodon["parts"][0]["length"], mastodon["errors"]) == (400, [])
    assert (bluesky["parts"], bluesky["errors"][0]["field"]) == ([], "text")
    assert call("GET", "/posts", key=admin).json["items"] == []


def test_a_draft_is_scheduled_when_somebody_says_so(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    given = {"text": "Hi", "channel_ids": [mastodon_channel.channel_id], "draft": True}
    draft = call("POST", "/posts", key=admin, body=given).json
    assert (draft["state"], draft["publish_at"], draft["delivery_ids"]) == ("draft", None, [])

    path = f"/posts/{draft['post_id']}"
    changed = call("PATCH", path, key=admin, body={"text": "Hello"})
    assert changed.json["text"] == "Hello"
    made = call("POST", f"{path}/schedule", key=admin, body={"publish_at": LATER})
    assert (made.status, made.json["state"]) == (200, "scheduled")
    assert made.json["deliveries"][0]["parts"][0]["text"] == "Hello"
    assert call("GET", path, key=admin).json == made.json
    assert call("POST", f"{path}/schedule", key=admin, body={}).status == 409


def test_an_edit_rewrites_what_every_channel_will_show(
    call: Call, admin: str, post: Any, bluesky_channel: Channel
) -> None:
    given: dict[str, Any] = {"text": "New", "publish_at": "2099-06-01T00:00:00Z"}
    given["variants"] = {bluesky_channel.channel_id: {"text": "New here"}}
    edited = call("PATCH", f"/posts/{post['post_id']}", key=admin, body=given)
    assert edited.status == 200
    told = [(each["parts"][0]["text"], each["publish_at"]) for each in edited.json["deliveries"]]
    assert told == [
        ("New", "2099-06-01T00:00:00.000Z"),
        ("New here", "2099-06-01T00:00:00.000Z"),
    ]


def test_an_edit_of_what_somebody_changed_since_is_refused(
    call: Call, admin: str, post: Any
) -> None:
    path = f"/posts/{post['post_id']}"
    assert call("PATCH", path, key=admin, body={"text": "A", "version": 0}).status == 200
    assert call("PATCH", path, key=admin, body={"text": "B", "version": 0}).status == 409
    assert call("GET", path, key=admin).json["text"] == "A"


def test_an_edit_is_refused_while_a_channel_publishes_and_changes_nothing(
    call: Call, admin: str, post: Any, mastodon_channel: Channel
) -> None:
    seen = delivery_of(post, mastodon_channel)
    wiring.deliveries().save(seen, seen.moved(State.PUBLISHING))
    path = f"/posts/{post['post_id']}"
    assert call("PATCH", path, key=admin, body={"text": "B"}).status == 409
    texts = [each["parts"][0]["text"] for each in call("GET", path, key=admin).json["deliveries"]]
    assert texts == ["Later", "Later"]


def test_channels_are_put_in_and_taken_out_by_an_edit(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    given = {**NEVER, "channel_ids": [mastodon_channel.channel_id]}
    made = call("POST", "/posts", key=admin, body=given).json
    change = {"channel_ids": [bluesky_channel.channel_id]}
    edited = call("PATCH", f"/posts/{made['post_id']}", key=admin, body=change).json
    told = {each["platform"]: each["state"] for each in edited["deliveries"]}
    assert told == {"mastodon": "cancelled", "bluesky": "scheduled"}


def test_a_cancelled_post_is_never_published(call: Call, admin: str, post: Any) -> None:
    path = f"/posts/{post['post_id']}"
    cancelled = call("POST", f"{path}/cancel", key=admin).json
    assert cancelled["state"] == "cancelled"
    assert {each["state"] for each in cancelled["deliveries"]} == {"cancelled"}
    assert {each["next_attempt_at"] for each in cancelled["deliveries"]} == {None}
    assert call("POST", f"{path}/cancel", key=admin).status == 409
    assert call("PATCH", path, key=admin, body={"text": "Hi"}).status == 409


def test_cancelling_leaves_what_is_public_already(
    call: Call, admin: str, post: Any, mastodon_channel: Channel
) -> None:
    seen = delivery_of(post, mastodon_channel)
    publishing = wiring.deliveries().save(seen, seen.moved(State.PUBLISHING))
    wiring.deliveries().save(publishing, publishing.moved(State.PUBLISHED))
    cancelled = call("POST", f"/posts/{post['post_id']}/cancel", key=admin).json
    assert cancelled["state"] == "scheduled"
    told = {each["platform"]: each["state"] for each in cancelled["deliveries"]}
    assert told == {"mastodon": "published", "bluesky": "cancelled"}


def test_a_post_of_which_all_is_cancelled_is_cancelled(
    call: Call, admin: str, post: Any, bluesky_channel: Channel
) -> None:
    path = f"/posts/{post['post_id']}"
    call("PATCH", path, key=admin, body={"channel_ids": [bluesky_channel.channel_id]})
    assert call("POST", f"{path}/cancel", key=admin).json["state"] == "cancelled"


def test_an_edit_of_what_is_public_everywhere_is_refused_and_changes_nothing(
    call: Call, admin: str, post: Any
) -> None:
    for seen in wiring.deliveries().get_many(post["delivery_ids"]):
        publishing = wiring.deliveries().save(seen, seen.moved(State.PUBLISHING))
        wiring.deliveries().save(publishing, publishing.moved(State.PUBLISHED))
    path = f"/posts/{post['post_id']}"
    assert call("PATCH", path, key=admin, body={"text": "Too late"}).status == 409
    assert call("GET", path, key=admin).json["text"] == post["text"]


def test_a_draft_with_a_time_is_refused(call: Call, admin: str) -> None:
    for time in ({"publish_at": LATER}, {"publish_at_local": "2099-01-02T10:00"}):
        reply = call("POST", "/posts", key=admin, body={"text": "A", "draft": True, **time})
        assert (reply.status, list(reply.broken)) == (422, list(time))


@pytest.mark.parametrize("text", ["  \n", "\u200b\u200b\ufeff", "\u200f\u202e", "\u2060\u00ad"])
def test_a_text_in_which_nothing_can_be_seen_is_none(
    call: Call, admin: str, mastodon_channel: Channel, text: str
) -> None:
    given = {"text": text, "channel_ids": [mastodon_channel.channel_id]}
    assert "empty" in call("POST", "/posts", key=admin, body=given).broken["text"]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred", "\x85"])
def test_a_text_with_a_control_character_is_refused(call: Call, admin: str, text: str) -> None:
    reply = call("POST", "/posts", key=admin, body={"text": text, "draft": True})
    assert reply.broken == {"text": "has a control character in it"}


def test_a_text_keeps_its_lines_and_joined_emoji(call: Call, admin: str) -> None:
    text = "One\r\n\tTwo 👨\u200d👩\u200d👧 \u202bثلاثة"
    assert (
        call("POST", "/posts", key=admin, body={"text": text, "draft": True}).json["text"] == text
    )


def test_a_listing_is_paged_by_time_to_its_end(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    for day in (1, 2, 3):
        given: dict[str, Any] = {"text": f"{day}", "publish_at": f"2099-01-0{day}T00:00:00Z"}
        given["channel_ids"] = [mastodon_channel.channel_id]
        call("POST", "/posts", key=admin, body=given)

    seen: list[str] = []
    query = {"limit": "2", "since": "2099-01-01T00:00:00Z"}
    while True:
        page = call("GET", "/posts", key=admin, query=query).json
        seen += [each["text"] for each in page["items"]]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    assert seen == ["3", "2", "1"]
    until = {"until": "2099-01-02T00:00:00Z"}
    assert len(call("GET", "/posts", key=admin, query=until).json["items"]) == 2
    assert len(call("GET", "/deliveries", key=admin, query=until).json["items"]) == 2


def test_a_post_that_no_row_could_hold_is_refused(
    call: Call, admin: str, facebook_channel: Channel
) -> None:
    given: dict[str, Any] = {"draft": True, "channel_ids": [facebook_channel.channel_id]}
    given["thread"] = [{"text": "x" * 60_000}] * 8
    reply = call("POST", "/posts", key=admin, body=given)
    assert (reply.status, "bytes" in reply.broken["text"]) == (422, True)


# ── deliveries ───────────────────────────────────────────────────────────────────────────────


def settled(channel: Channel, state: State) -> Delivery:
    now = clock.now()
    facts = {"publish_at": now - timedelta(minutes=1), "next_attempt_at": None, "next_step": None}
    return scheduled(channel, state=state, **facts)


@pytest.mark.parametrize(
    ("state", "verb"),
    [(State.FAILED, "retry"), (State.UNCONFIRMED, "retry"), (State.HELD, "release")],
)
def test_a_person_sends_again_what_did_not_go_out(
    empty: None, call: Call, admin: str, mastodon_channel: Channel, state: State, verb: str
) -> None:
    delivery = settled(mastodon_channel, state)

    reply = call("POST", f"/deliveries/{delivery.delivery_id}/{verb}", key=admin)

    assert (reply.status, reply.json["state"]) == (200, "scheduled")
    [hint] = hints(Step.PUBLISH)
    assert delivery.delivery_id in hint["Body"]


def test_what_is_on_its_way_is_not_retried(
    call: Call, admin: str, post: Any, mastodon_channel: Channel
) -> None:
    delivery = delivery_of(post, mastodon_channel)
    for verb in ("retry", "release"):
        path = f"/deliveries/{delivery.delivery_id}/{verb}"
        assert call("POST", path, key=admin).status == 409
    assert stored(delivery) == delivery


def test_one_delivery_of_a_post_is_cancelled_by_itself(
    call: Call, admin: str, post: Any, mastodon_channel: Channel
) -> None:
    delivery = delivery_of(post, mastodon_channel)
    path = f"/deliveries/{delivery.delivery_id}/cancel"
    assert call("POST", path, key=admin).json["state"] == "cancelled"
    assert call("POST", path, key=admin).status == 409
    edited = call("PATCH", f"/posts/{post['post_id']}", key=admin, body={"text": "Hi"}).json
    assert [each["state"] for each in edited["deliveries"]] == ["cancelled", "scheduled"]


def test_a_person_says_that_an_unconfirmed_post_is_there(
    call: Call, admin: str, mastodon_channel: Channel, aws: LocalAws
) -> None:
    delivery = settled(mastodon_channel, State.UNCONFIRMED)
    found = {"url": "https://m.example/@acme/1", "remote_id": "1"}
    path = f"/deliveries/{delivery.delivery_id}/confirm"
    reply = call("POST", path, key=admin, body=found)
    assert (reply.status, reply.json["state"]) == (200, "published")
    assert reply.json["parts"][0]["permalink"] == found["url"]
    assert call("POST", path, key=admin, body=found).status == 409


@pytest.mark.parametrize("url", ["javascript:alert(1)", "not an address", "", "ftp://x.example/1"])
def test_what_a_person_found_has_an_address_of_the_web(
    call: Call, admin: str, mastodon_channel: Channel, url: str
) -> None:
    delivery = settled(mastodon_channel, State.UNCONFIRMED)
    path = f"/deliveries/{delivery.delivery_id}/confirm"
    reply = call("POST", path, key=admin, body={"url": url, "remote_id": "1"})
    assert (reply.status, list(reply.broken)) == (422, ["url"])
