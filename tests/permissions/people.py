"""The API as programs meet it, over HTTP through its front door, to the ends of its role."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from account.setting_up import offer_setup_token
from local.demo.api import until
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.deliveries import Step
from tests.integration.deliveries import hints
from tests.permissions import selling
from tests.permissions.calling import Api
from tests.permissions.world import World
from tests.pictures import png
from tests.videos import padded


def api(world: World) -> None:
    owner, workspace = set_up(world)
    admin = Api(world.aws, owner.key, workspace["workspace_id"])
    channel = connect(admin, world)
    manage_keys_and_apps(admin)
    disconnect(admin, world)
    media_id = upload(admin)
    write_posts(admin, channel.channel_id, media_id)
    code = count_links(admin, channel.channel_id)
    selling.tell_conversions(admin, code)
    selling.set_goals(admin, channel.channel_id)
    answer(admin, channel)
    measure(admin, channel)
    admin("DELETE", f"/media/{media_id}")
    admin("DELETE", f"/channels/{channel.channel_id}")
    assert wiring.media().get(media_id) is None
    assert wiring.credentials().get(channel.channel_id) is None


def set_up(world: World) -> tuple[Api, dict[str, Any]]:
    token = offer_setup_token(world.aws.client, stage="test")
    made = Api(world.aws)("POST", "/setup", token=token)
    owner = Api(world.aws, made["token"])
    workspace = owner("POST", "/workspaces", name="Bakery", zone="Europe/Istanbul")
    at = f"/workspaces/{workspace['workspace_id']}"
    owner("PATCH", at, name="Acme Bakery")
    assert "Acme Bakery" in [each["name"] for each in owner("GET", "/workspaces")["items"]]
    return owner, workspace


def connect(api: Api, world: World) -> Channel:
    sandbox = world.sandboxes["mastodon"]
    token = sandbox.control.create_account("bakery")["access_token"]
    for _ in range(2):  # the second time it gets the new credentials
        api("POST", "/channels", platform="mastodon", server=sandbox.url, access_token=token)
    [listed] = api("GET", "/channels")["items"]
    channel = wiring.channels().get(listed["channel_id"])
    assert channel is not None
    assert wiring.credentials().get(channel.channel_id) is not None
    return channel


def manage_keys_and_apps(api: Api) -> None:
    key = api("POST", "/keys", name="robot", role="editor")
    assert [each["key_id"] for each in api("GET", "/keys")["items"]] == [key["key_id"]]
    [own] = Api(api.aws, key["token"])("GET", "/workspaces")["items"]
    assert own["workspace_id"] == api.workspace_id
    api("DELETE", f"/keys/{key['key_id']}")
    assert api("GET", "/keys")["items"] == []
    member = api("POST", "/members", name="Ayşe", role="editor")
    api("POST", "/keys", name="phone", role="editor", member_id=member["member_id"])
    at = f"/members/{member['member_id']}"
    assert api("PATCH", at, role="moderator")["role"] == "moderator"
    api("DELETE", at)
    assert api("GET", "/keys")["items"] == api("GET", "/members")["items"] == []
    app = api("POST", "/apps", platform="facebook", webhook_secrets=["first"])
    api("PUT", f"/apps/{app['app_id']}", webhook_secret="second")
    [listed] = api("GET", "/apps")["items"]
    assert listed["webhook_secrets"] == 2


def disconnect(api: Api, world: World) -> None:
    """Its token is given back, as no other channel has it."""
    workspace = wiring.workspaces().get(str(api.workspace_id))
    assert workspace is not None
    x = replace(world, workspace=workspace).x()
    api("DELETE", f"/channels/{x.channel_id}")
    assert wiring.credentials().get(x.channel_id) is None


def upload(api: Api) -> str:
    film = padded(20_000_000)  # so large that it is copied by parts
    assert api("GET", f"/media/{uploaded(api, film, 'video/mp4')}")["video"]["seconds"] == 3.2
    picture = png(40, 30)
    media_id = uploaded(api, picture, "image/png")
    shown = api("GET", f"/media/{media_id}")
    assert shown["width"] == 40
    assert httpx.get(shown["link"], trust_env=False, timeout=30).content == picture
    assert len(api("GET", "/media")["items"]) == 2
    return media_id


def uploaded(api: Api, body: bytes, mime_type: str) -> str:
    file = api("POST", "/media", filename="a.file", mime_type=mime_type, size=len(body))
    form = file["upload"]
    sent = httpx.post(
        form["url"], data=form["fields"], files={"file": body}, trust_env=False, timeout=30
    )
    assert sent.is_success, sent.text
    assert api("POST", f"/media/{file['media_id']}/complete")["state"] == "ready"
    return str(file["media_id"])


def write_posts(api: Api, channel_id: str, media_id: str) -> None:
    draft = api("POST", "/posts", text="Hello", channel_ids=[channel_id], draft=True)
    api("POST", f"/posts/{draft['post_id']}/schedule")
    [hint] = hints(Step.PUBLISH)
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    shown = api(
        "POST",
        "/posts",
        text="Look",
        media=[{"media_id": media_id}],
        channel_ids=[channel_id],
        publish_at=soon,
    )
    [delivery] = shown["deliveries"]
    [hint] = hints(Step.PREPARE)
    assert delivery["delivery_id"] in hint["Body"]
    at = f"/posts/{shown['post_id']}"
    assert api("PATCH", at, text="Look here")["text"] == "Look here"
    assert api("POST", f"{at}/cancel")["state"] == "cancelled"
    assert len(api("GET", "/posts")["items"]) == 2
    assert len(api("GET", "/deliveries")["items"]) == 2


def count_links(api: Api, channel_id: str) -> str:
    """A post for a campaign, whose links are short; edited, it keeps one and has a new one. The
    code of one of them."""
    api("PATCH", f"/workspaces/{api.workspace_id}", short_links=True)
    campaign = api("POST", "/campaigns", name="Spring")
    at = f"/campaigns/{campaign['campaign_id']}"
    api("PUT", at, name="Summer", version=0)
    assert [each["name"] for each in api("GET", "/campaigns")["items"]] == ["Summer"]
    post = api(
        "POST",
        "/posts",
        text="https://a.example",
        channel_ids=[channel_id],
        campaign_id=campaign["campaign_id"],
        publish_at=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
    )
    api("PATCH", f"/posts/{post['post_id']}", text="https://a.example https://b.example")
    for query in (f"post_id={post['post_id']}", f"campaign_id={campaign['campaign_id']}"):
        links = api("GET", f"/links?{query}")["items"]
        assert len(links) == 2
    api("POST", f"/posts/{post['post_id']}/cancel")
    api("DELETE", at)
    api("PATCH", f"/workspaces/{api.workspace_id}", short_links=False)
    return str(links[0]["code"])


def hear(channel: Channel, who: str) -> None:
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=f"of-{who}",
        kind=MessageKind.COMMENT,
        author=Author(remote_id=who, handle=who),
        text="Are you open?",
        sent_at=clock.now(),
        thread="1",
        post_remote_id="1",
    )
    wiring.inbox().store(channel, heard, now=clock.now())


def answer(api: Api, channel: Channel) -> None:
    hear(channel, "ayse")
    [conversation] = api("GET", "/conversations")["items"]
    at = f"/conversations/{conversation['conversation_id']}"
    [message] = api("GET", at)["messages"]["items"]
    assert api("POST", f"{at}/writing")["by"]["name"]
    api("POST", f"{at}/notes", text="Ask the baker")
    reply = api("POST", "/saved-replies", name="Hours", text="Until seven, {first_name}")
    assert len(api("GET", "/saved-replies")["items"]) == 1
    filled = api("GET", f"{at}/saved-replies/{reply['saved_reply_id']}")
    assert filled["text"] == "Until seven, ayse"
    api("DELETE", f"/saved-replies/{reply['saved_reply_id']}")
    for version in range(2):
        api("PUT", "/playbook", version=version, plays=[])
    words = {"text": "Until seven", "message_id": message["message_id"]}
    said = api("POST", f"{at}/messages", version=0, **words)
    delivery = api("GET", f"/deliveries/{said['delivery_id']}")
    assert delivery["answers"] == message["message_id"]
    member = api("POST", "/members", name="Ayşe", role="editor")["member_id"]
    change = {"assignee": member, "state": "closed", "tags": ["Hours"], "priority": "low"}
    assert api("PATCH", at, version=1, **change)["state"] == "closed"
    assert [each["what"] for each in api("GET", f"{at}/history")["items"]] == [
        "changed",
        "answered",
    ]
    subject = conversation["conversation_id"]
    assert len(api("GET", f"/audit?subject={subject}")["items"]) == len(
        api("GET", "/audit")["items"]
    )
    api("POST", f"{at}/writing")
    api("DELETE", f"{at}/writing")
    [person] = api("GET", "/contacts")["items"]
    of_person = f"contact_id={person['contact_id']}"
    for query in ("tag=hours", "words=are+open", f"assignee={member}", of_person):
        assert len(api("GET", f"/conversations?{query}")["items"]) == 1
    assert api("GET", "/conversations?due=any")["items"] == []  # it was answered
    when, then = {"pattern": "open"}, {"tags": ["hours"]}
    rule = api("POST", "/rules", name="Hours", when=when, then=then)
    assert api("POST", "/rules/dry-run", rule_id=rule["rule_id"])["looked_at"] > 0
    api("PATCH", f"/rules/{rule['rule_id']}", name="Opening hours")
    api("PATCH", at, version=2, tags=[])
    api("PATCH", f"{at}/messages/{message['message_id']}", sentiment="positive")
    api("DELETE", f"/rules/{rule['rule_id']}")
    forget(api, channel, person["contact_id"])


def forget(api: Api, channel: Channel, contact_id: str) -> None:
    hear(channel, "mehmet")
    [second, _] = api("GET", "/contacts")["items"]
    api("POST", f"/contacts/{contact_id}/join", contact_id=second["contact_id"])
    assert api("GET", f"/contacts/{second['contact_id']}")["contact_id"]  # with whom was joined
    api("POST", f"/contacts/{second['contact_id']}/part")
    api("DELETE", f"/contacts/{contact_id}")
    assert until(lambda: api("GET", f"/contacts/{contact_id}")["erased_at"])


def measure(api: Api, channel: Channel) -> None:
    api("POST", f"/channels/{channel.channel_id}/measure")
    assert until(lambda: api("GET", f"/observations?channel_id={channel.channel_id}")["items"])
    day, next_day = (datetime.now(UTC).date() + timedelta(days=n) for n in (0, 1))
    assert api("GET", f"/observations/history?since={day}&until={next_day}")["items"]
    period = f"{datetime.now(UTC):%G-W%V}"
    api("POST", "/reports", period=period)
    assert until(lambda: api("GET", "/reports")["items"])
    link = api("GET", f"/reports/{period}")["links"]["json"]
    assert httpx.get(link, trust_env=False, timeout=30).is_success
    shared = api("POST", f"/reports/{period}/shares", days=1)
    [listed] = api("GET", f"/reports/{period}/shares")["items"]
    api("DELETE", f"/reports/{period}/shares/{listed['share_id']}")
    assert listed["share_id"] == shared["share_id"]
    persona = {"name": "Buyers", "share": 100}
    for version in (0, 1):  # made, and changed
        assert api("PUT", "/personas", version=version, personas=[persona])["version"] > version
    assert api("GET", f"/channels/{channel.channel_id}/best-times")["slots"] == []
