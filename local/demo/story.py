"""What the demo does, act by act: through our HTTP API, and by looking at the sandbox platforms.

Each act checks what it shows. What an earlier `make demo` made is used again: the owner's key, the
workspace and the channels are kept in a file of the demo's own, as a user would keep them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.demo.api import Api
from local.demo.everywhere import BY_CONSENT, connect_by_consent, publish_a_film
from local.demo.inbox import answer_a_reply, answer_privately, receive_webhooks, work_by_rule
from local.demo.measuring import (
    MENU,
    follow_links,
    links_of,
    measure,
    prepare,
    tell_conversions,
)
from local.demo.reporting import report
from local.demo.screen import Screen, StepFailed
from local.demo.stage import PAGE_ID, ZONE, Kept, Stage, upload
from local.demo.timeline import watch
from local.house import House
from local.pictures import postcard

SECONDS_AHEAD = 12
TEXT = f"Fresh simit every morning 🥯 from seven: {MENU} #Kadıköy"
ON_BLUESKY = f"Fresh simit 🥯 @ayse.sandbox.test: {MENU} #Kadıköy"
ALT_TEXT = "A tray of simit in a bakery window"


def tell(home: House, screen: Screen) -> None:
    stage = _set_up(home, screen)
    _connect(stage)
    prepare(stage)
    deliveries = _publish(stage)
    films = publish_a_film(stage)
    receive_webhooks(stage)
    complaint = work_by_rule(stage, films["facebook"])
    answer_privately(stage, complaint)
    answer_a_reply(stage, deliveries["mastodon"])
    links = links_of(stage, deliveries["mastodon"]["post_id"])
    follow_links(stage, links)
    converted = tell_conversions(stage, links)
    measure(stage, deliveries, films["facebook"], converted)
    report(stage, deliveries, converted)


def _set_up(home: House, screen: Screen) -> Stage:
    """The one-time token makes the owner; the owner makes a workspace and a key for it."""
    screen.step("1  Set up: an owner, a workspace in Istanbul, an API key")
    kept = Kept(home.addresses.folder / "demo.json")
    address = home.addresses.api
    if home.setup_token:
        made = Api(address).post("/setup", token=home.setup_token, name="Ada")
        kept.keep(owner_key=made["token"])
        again = httpx.post(f"{address}/setup", json={"token": home.setup_token, "name": "Eve"})
        screen.check(
            "the set-up token makes one owner, and is worth nothing after", again.status_code == 404
        )
    if "owner_key" not in kept:
        raise StepFailed(
            "set up", "there is an owner but no key of theirs: `make clean` and begin anew"
        )
    if "workspace_key" not in kept:
        owner = Api(address, key=kept["owner_key"])
        workspace = owner.post("/workspaces", name="Acme Bakery", zone=ZONE)
        kept.keep(workspace_id=workspace["workspace_id"])
        of_workspace = Api(address, key=kept["owner_key"], workspace=workspace["workspace_id"])
        kept.keep(workspace_key=of_workspace.post("/keys", name="demo", role="admin")["token"])
    api = Api(address, key=kept["workspace_key"])
    [workspace] = api.get("/workspaces")["items"]
    screen.check(
        f"workspace {workspace['name']}, zone {workspace['zone']}", workspace["zone"] == ZONE
    )
    return Stage(home, screen, api, kept)


def _connect(stage: Stage) -> None:
    stage.screen.step("2  Connect: with what a person types in, and by consent")
    for platform, credentials in _accounts(stage).items():
        made = stage.api.post("/channels", platform=platform, **credentials)
        stage.kept.keep(**{f"{platform}_channel": made["channel_id"]})
        stage.screen.line(f"{platform:<10}{made['name']} @{made['handle']}  {made['url'] or ''}")
    connect_by_consent(stage)
    listed = stage.api.get("/channels")["items"]
    stage.screen.check(
        "all are connected, and no credentials come back out",
        {each["platform"] for each in listed} == {"mastodon", "bluesky", "facebook", *BY_CONSENT}
        and all(each["state"] == "connected" for each in listed)
        and "password" not in json.dumps(listed)
        and "token" not in json.dumps(listed),
    )


def _accounts(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Accounts on the sandboxes, as a person would have them on the platforms."""
    home = stage.home
    mastodon = home.sandboxes["mastodon"].control.create_account("acme", display_name="Acme Bakery")
    bluesky = home.sandboxes["bluesky"].control.create_account("acme", display_name="Acme Bakery")
    home.sandboxes["bluesky"].control.create_account("ayse", display_name="Ayşe")
    page = home.sandboxes["facebook"].control.create_account(PAGE_ID, display_name="Acme Bakery")
    return {
        "mastodon": {
            "server": home.addresses.sandbox("mastodon"),
            "access_token": mastodon["access_token"],
        },
        "bluesky": {"handle": bluesky["handle"], "app_password": bluesky["app_password"]},
        "facebook": {"page_id": PAGE_ID, "access_token": page["access_token"]},
    }


def _publish(stage: Stage) -> dict[str, dict[str, Any]]:
    """One post with a picture, another text on Bluesky, due in a few seconds."""
    screen, api, kept = stage.screen, stage.api, stage.kept
    screen.step("4  Publish: one post, a picture, a text of its own on Bluesky")
    media_id = upload(api, postcard(), name="simit.png", mime_type="image/png")
    due = datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD)
    mastodon, bluesky = kept["mastodon_channel"], kept["bluesky_channel"]
    request = {
        "text": TEXT,
        "media": [{"media_id": media_id, "alt_text": ALT_TEXT}],
        "variants": {bluesky: {"text": ON_BLUESKY}},
        "channel_ids": [mastodon, bluesky],
        "campaign_id": kept["campaign"],
        "publish_at": due.isoformat(),
    }
    _refuse_bad_input(stage, request)
    post = api.post("/posts", **request)
    screen.line(f"{post['post_id']}, due at {due:%H:%M:%S} UTC, in {SECONDS_AHEAD} s")
    deliveries = watch(api, post["post_id"], screen)
    screen.check("both are published", len(deliveries) == 2)
    late = max(delivery["seconds_late"] for delivery in deliveries.values())
    screen.check(f"neither was early, and the later one {late:.1f} s after its time", late >= 0)
    _read_back(stage, deliveries)
    return deliveries


def _refuse_bad_input(stage: Stage, request: dict[str, Any]) -> None:
    """A text that is too long is refused by field and rule, and nothing is written."""
    before = stage.api.get("/posts")["items"]
    bluesky = stage.kept["bluesky_channel"]
    wrong = {**request, "variants": {bluesky: {"text": "x" * 312}}}
    answer = httpx.post(
        f"{stage.home.addresses.api}/posts",
        json=wrong,
        headers={"Authorization": f"Bearer {stage.kept['workspace_key']}"},
        trust_env=False,
    )
    [problem] = answer.json()["errors"]
    stage.screen.line(f"a text too long is refused: {problem['field']}: {problem['rule']}")
    stage.screen.check(
        "it is told by field and rule, and nothing was written",
        answer.status_code == 422
        and "312 of 300" in problem["rule"]
        and stage.api.get("/posts")["items"] == before,
    )


def _read_back(stage: Stage, deliveries: Mapping[str, Mapping[str, Any]]) -> None:
    """The platforms' own word for it."""
    screen, home = stage.screen, stage.home
    links = links_of(stage, deliveries["mastodon"]["post_id"])
    for platform, delivery in deliveries.items():
        url = delivery["parts"][0]["permalink"]
        shown = [each for each in home.sandboxes[platform].control.posts() if each["url"] == url]
        screen.check(f"{platform} shows it once, at {url}", len(shown) == 1)
        screen.check(
            f"{platform} has the picture with its alt text",
            [image["alt"] for image in shown[0]["images"]] == [ALT_TEXT],
        )
        short = links[platform]["url"]
        screen.check(
            f"{platform} has our short link {short} in the menu's place",
            short in shown[0]["text"] and MENU not in shown[0]["text"],
        )
    facets = _facets(home, deliveries["bluesky"])
    for kind, says in facets:
        screen.line(f"bluesky facet  {kind:<8} {says}")
    screen.check(
        "on Bluesky the short link, the mention and the hashtag are facets over their very words",
        facets
        == [
            ("mention", "@ayse.sandbox.test"),
            ("link", links["bluesky"]["url"]),
            ("tag", "#Kadıköy"),
        ],
    )


def _facets(home: House, delivery: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each facet's kind and the words it stands on, read from the record's bytes."""
    repo, collection, rkey = delivery["parts"][0]["remote_id"].removeprefix("at://").split("/")
    record = httpx.get(
        f"{home.addresses.sandbox('bluesky')}/xrpc/com.atproto.repo.getRecord",
        params={"repo": repo, "collection": collection, "rkey": rkey},
        trust_env=False,
    ).json()["value"]
    text = record["text"].encode()
    return [
        (
            facet["features"][0]["$type"].partition("#")[2],
            text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
        )
        for facet in sorted(record["facets"], key=lambda facet: facet["index"]["byteStart"])
    ]
