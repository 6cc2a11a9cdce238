"""Short links in posts: made with them, listed with how often they were followed."""

import json
import re
from typing import Any

import pytest

from tellal import wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.links import CODE_LENGTH, Link
from tests.conftest import TEN, Clock, Network, connected
from tests.integration.api_calls import Call
from tests.integration.deliveries import Follow, status_made

LATER = "2099-01-02T10:00:00.000Z"


@pytest.fixture
def shortening(call: Call, admin: str, workspace: Workspace) -> None:
    """A workspace that counts who follows its links."""
    wanted = {"utm": {"source": "{platform}", "content": "{post}"}, "short_links": True}
    call("PATCH", f"/workspaces/{workspace.workspace_id}", key=admin, body=wanted)


pytestmark = pytest.mark.usefixtures("shortening")


def given(*channels: Channel, text: str, **facts: Any) -> dict[str, Any]:
    ids = [each.channel_id for each in channels]
    return {"text": text, "channel_ids": ids, "publish_at": LATER, **facts}


def codes_in(text: str) -> list[str]:
    return re.findall(re.escape(f"{settings().api_url}/l/") + r"(\w+)", text)


def links_of(call: Call, key: str, post: Any) -> list[Any]:
    found: list[Any] = call("GET", "/links", key=key, query={"post_id": post["post_id"]}).json[
        "items"
    ]
    return found


def code_of(post: Any) -> str:
    [delivery] = post["deliveries"]
    [code] = codes_in(delivery["parts"][0]["text"])
    return code


def kept(code: str) -> Link:
    link = wiring.links().get(code)
    assert link is not None
    return link


def test_a_posts_links_are_there_with_it(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    wanted = given(mastodon_channel, bluesky_channel, text="See https://a.example/b#c.")
    post = call("POST", "/posts", key=admin, body=wanted).json
    assert post["text"] == "See https://a.example/b#c."
    for delivery in post["deliveries"]:
        [code] = codes_in(delivery["parts"][0]["text"])
        link = kept(code)
        content = f"utm_source={delivery['platform']}&utm_content={post['post_id'].lower()}"
        assert link.target == f"https://a.example/b?{content}#c"
        assert (link.delivery_id, link.channel_id) == (
            delivery["delivery_id"],
            delivery["channel_id"],
        )
        assert (link.post_id, link.zone) == (post["post_id"], "Europe/Istanbul")
    listed = links_of(call, admin, post)
    assert {each["platform"] for each in listed} == {"mastodon", "bluesky"}
    assert {each["visits"] for each in listed} == {0}
    assert listed[0]["url"] == f"{settings().api_url}/l/{listed[0]['code']}"


def test_a_preview_is_what_is_published_but_for_the_code(
    call: Call,
    admin: str,
    mastodon_channel: Channel,
    network: Network,
    held_clock: Clock,
    follow: Follow,
) -> None:
    text = "See https://a.example/b, (https://çay.example) and https://a.example?utm_id=7!"
    wanted = {"text": text, "channel_ids": [mastodon_channel.channel_id]}
    [previewed] = call("POST", "/posts/preview", key=admin, body=wanted).json["channels"]
    post = call("POST", "/posts", key=admin, body=wanted).json
    network.respond = lambda _: status_made()
    [delivery] = wiring.deliveries().get_many(post["delivery_ids"])
    follow(delivery)

    [sent] = network.sent("POST", "/api/v1/statuses")
    published = json.loads(sent.content)["status"]
    [part] = previewed["parts"]
    assert masked(published) == masked(part["text"])
    assert published.startswith(f"See {settings().api_url}/l/")
    assert len(published) == len(part["text"])
    assert [kept(code).target.partition("?")[0] for code in codes_in(published)] == [
        "https://a.example/b",
        "https://xn--ay-3ia.example",
        "https://a.example",
    ]
    for code in codes_in(part["text"]):
        assert wiring.links().get(code) is None


def masked(text: str) -> str:
    for code in codes_in(text):
        assert len(code) == CODE_LENGTH
        text = text.replace(code, "…")
    return text


def test_without_short_links_a_preview_is_what_is_published_letter_for_letter(
    call: Call, admin: str, workspace: Workspace, mastodon_channel: Channel
) -> None:
    at = f"/workspaces/{workspace.workspace_id}"
    call("PATCH", at, key=admin, body={"short_links": False, "utm": {"source": "{channel}"}})
    wanted = given(mastodon_channel, text="See https://a.example/b#c.")
    post = call("POST", "/posts", key=admin, body=wanted).json
    asked = {"text": wanted["text"], "channel_ids": wanted["channel_ids"]}
    [previewed] = call("POST", "/posts/preview", key=admin, body=asked).json["channels"]
    assert post["deliveries"][0]["parts"][0]["text"] == previewed["parts"][0]["text"]
    assert previewed["parts"][0]["text"] == "See https://a.example/b?utm_source=acme#c."
    assert links_of(call, admin, post) == []


def test_an_edit_makes_new_links_and_old_ones_stay_as_they_are(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    wanted = given(mastodon_channel, text="https://a.example")
    post = call("POST", "/posts", key=admin, body=wanted).json
    first = kept(code_of(post))
    wiring.aws("dynamodb").transact_write_items(
        TransactItems=[wiring.links().visiting(first.code, at=TEN)]
    )
    at = f"/posts/{post['post_id']}"
    edited = call("PATCH", at, key=admin, body={"text": "https://b.example"}).json
    second = kept(code_of(edited))
    assert second.code != first.code
    again = call("PATCH", at, key=admin, body={"text": "Back: https://a.example"}).json
    assert code_of(again) == first.code
    assert kept(first.code) == first.model_copy(update={"visits": 1, "last_visit_at": TEN})
    assert {each["code"] for each in links_of(call, admin, post)} == {first.code, second.code}


def test_a_channel_that_comes_late_has_links_of_its_own(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    wanted = given(mastodon_channel, text="https://a.example")
    post = call("POST", "/posts", key=admin, body=wanted).json
    both = [mastodon_channel.channel_id, bluesky_channel.channel_id]
    edited = call("PATCH", f"/posts/{post['post_id']}", key=admin, body={"channel_ids": both}).json
    for delivery in edited["deliveries"]:
        [code] = codes_in(delivery["parts"][0]["text"])
        assert kept(code).delivery_id == delivery["delivery_id"]


def test_a_post_that_loses_the_race_leaves_no_links(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    """Nor does the same request again make any."""
    wanted = given(mastodon_channel, text="https://a.example")
    once = {"Idempotency-Key": "the same"}
    replies = [call("POST", "/posts", key=admin, body=wanted, headers=once) for _ in range(2)]
    assert replies[0].json == replies[1].json
    [link] = links_of(call, admin, replies[0].json)
    post = replies[0].json
    stale = {"text": "https://b.example", "version": post["version"] + 7}
    assert call("PATCH", f"/posts/{post['post_id']}", key=admin, body=stale).status == 409
    assert links_of(call, admin, post) == [link]


def test_a_draft_has_no_links_until_it_is_scheduled(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    wanted = given(mastodon_channel, text="https://a.example", draft=True)
    wanted.pop("publish_at")
    post = call("POST", "/posts", key=admin, body=wanted).json
    assert links_of(call, admin, post) == []
    at = f"/posts/{post['post_id']}/schedule"
    scheduled = call("POST", at, key=admin, body={"publish_at": LATER}).json
    assert kept(code_of(scheduled)).delivery_id == scheduled["delivery_ids"][0]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one row more"}])
def test_more_links_than_one_write_takes_are_refused_by_name(
    call: Call, admin: str, workspace: Workspace, headers: dict[str, str]
) -> None:
    facebook = connected(
        workspace,
        "facebook",
        {"access_token": "page-token"},
        remote_id="1",
        name="Acme",
        handle="acme",
    )
    room = 98 - len(headers)  # of 100: the post and its delivery are rows, too
    text = " ".join(f"https://a.example/{number}" for number in range(room + 1))
    reply = call("POST", "/posts", key=admin, body=given(facebook, text=text), headers=headers)
    assert (reply.status, list(reply.broken)) == (422, ["text"])
    assert f"{room + 1}, and one post takes {room}" in reply.broken["text"]

    fits = given(facebook, text=text.rpartition(" ")[0])
    post = call("POST", "/posts", key=admin, body=fits, headers=headers)
    assert post.status == 201
    more = {"text": " ".join(f"https://b.example/{number}" for number in range(99))}
    reply = call("PATCH", f"/posts/{post.json['post_id']}", key=admin, body=more)
    assert (reply.status, list(reply.broken)) == (422, ["text"])


def test_links_are_listed_by_campaign_though_it_is_deleted(
    call: Call, admin: str, elsewhere: str, mastodon_channel: Channel
) -> None:
    campaign = call("POST", "/campaigns", key=admin, body={"name": "Spring"}).json["campaign_id"]
    for number in range(3):
        wanted = given(mastodon_channel, text=f"https://a.example/{number}", campaign_id=campaign)
        call("POST", "/posts", key=admin, body=wanted)
    call("POST", "/posts", key=admin, body=given(mastodon_channel, text="https://a.example"))
    call("DELETE", f"/campaigns/{campaign}", key=admin)
    query = {"campaign_id": campaign, "limit": "2"}
    first = call("GET", "/links", key=admin, query=query).json
    rest = call("GET", "/links", key=admin, query={**query, "cursor": first["cursor"]}).json
    assert len(first["items"]) == 2
    assert {each["campaign_id"] for each in (*first["items"], *rest["items"])} == {campaign}
    assert len({each["code"] for each in (*first["items"], *rest["items"])}) == 3
    assert call("GET", "/links", key=elsewhere, query={"campaign_id": campaign}).json["items"] == []


def test_links_are_asked_for_by_a_post_of_ours_or_a_campaign(
    call: Call, admin: str, elsewhere: str, mastodon_channel: Channel
) -> None:
    post = call("POST", "/posts", key=admin, body=given(mastodon_channel, text="Hi")).json
    query = {"post_id": post["post_id"]}
    assert call("GET", "/links", key=elsewhere, query=query).status == 404
    for wrong in ({}, {**query, "campaign_id": "cmp_1"}):
        reply = call("GET", "/links", key=admin, query=wrong)
        assert (reply.status, list(reply.broken)) == (422, ["post_id"])
