"""Measuring, as an owner meets it: links that are counted, sales that are told, a goal, a report.

People, their browsers and the bots among them are played here; everything else is ours at work.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.api import Refused, until
from local.demo.stage import ZONE, Stage

MENU = "https://acme.example/menu"
CAMPAIGN, AS_SLUG = "Autumn breakfasts", "autumn-breakfasts"
UTM = {
    "source": "{platform}",
    "medium": "social",
    "campaign": "{campaign}",
    "content": "{post}",
}
AYSE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
DENIZ = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
VISITS = {"mastodon": 3, "bluesky": 1}  # as `follow_links` makes them
VISITORS = {"mastodon": 2, "bluesky": 1}
TWO_DAYS = 2 * 24 * 60 * 60
WANTED = 50  # website clicks in a week

Deliveries = Mapping[str, Mapping[str, Any]]  # by platform
Links = Mapping[str, Mapping[str, Any]]


def prepare(stage: Stage) -> None:
    """What has to stand before a post goes out, for what comes of it to be known."""
    screen, api, kept = stage.screen, stage.api, stage.kept
    screen.step("3  Prepare to measure: short links, a campaign, a goal")
    workspace = api.patch(f"/workspaces/{stage.workspace_id}", short_links=True, utm=UTM)
    screen.check("links in posts become short ones, with UTM parameters", workspace["short_links"])
    if "campaign" not in kept:
        kept.keep(campaign=api.post("/campaigns", name=CAMPAIGN)["campaign_id"])
    campaigns = [each["name"] for each in api.get("/campaigns")["items"]]
    screen.check(f"there is a campaign, “{CAMPAIGN}”", campaigns == [CAMPAIGN])
    wanted = {"name": "Visits to the menu", "measure": "website_clicks", "target": WANTED}
    if "goal" not in kept:
        kept.keep(goal=api.post("/goals", **wanted, every="week")["goal_id"])
    goal = api.get(f"/goals/{kept['goal']}")
    screen.check(
        f"and a goal, “{goal['name']}”: {goal['target']:g} website clicks a {goal['every']}",
        (goal["measure"], goal["target"]) == ("website_clicks", WANTED),
    )


def links_of(stage: Stage, post_id: str) -> dict[str, dict[str, Any]]:
    """The post's short links, by platform: it has one on each."""
    return {each["platform"]: each for each in stage.api.get("/links", post_id=post_id)["items"]}


def follow_links(stage: Stage, links: Links) -> None:
    """People come once and twice; crawlers come too, and are nobody's visits."""
    screen, post_id = stage.screen, links["mastodon"]["post_id"]
    screen.step("10 Links are followed: by three people, and by two machines that are not counted")
    expected = f"{MENU}?utm_source=mastodon&utm_medium=social&utm_campaign={AS_SLUG}"
    short, on_bluesky = links["mastodon"]["url"], links["bluesky"]["url"]
    machines = [_follow(short, CRAWLER), _follow(short, DENIZ, method="HEAD")]
    people = [_follow(*each) for each in ((short, AYSE), (short, AYSE), (short, DENIZ))]
    screen.line(f"{short} → {people[0].headers.get('location')}")
    screen.check(
        "everybody is led on, to the menu with its UTM parameters",
        {(each.status_code, each.headers.get("location")) for each in (*machines, *people)}
        == {(302, f"{expected}&utm_content={post_id}")},
    )
    _follow(on_bluesky, AYSE)
    nowhere = _follow(short[:-12] + "nosuchcode00", AYSE)
    screen.line(f"a code that nobody made: {nowhere.status_code}, {nowhere.text}")
    screen.check("it leads nowhere", nowhere.status_code == 404)
    counted = until(lambda: _visits(stage, post_id) == VISITS)
    for platform, visits in _visits(stage, post_id).items():
        screen.line(f"GET /links  {platform:<9} visits {visits}")
    screen.check(
        "each time that a person came is counted, the crawler and the HEAD are not", counted
    )


def tell_conversions(stage: Stage, links: Links) -> dict[str, str]:
    """What came of it, told in each way there is. Of the sale and the lead, their deliveries."""
    screen, api = stage.screen, stage.api
    screen.step("11 Conversions: a sale by API key, a lead that is signed, a file of a till")
    link = links["mastodon"]
    sale = {
        "id": f"order-{link['code']}",
        "stage": "sale",
        "value": "24.90",
        "currency": "EUR",
        "touches": [{"code": link["code"]}],
    }
    [sold] = api.post("/conversions", conversions=[sale])["items"]
    screen.line(f"{sold['id']}: {sold['value']} {sold['currency']}, by {sold['attribution']['by']}")
    screen.check(
        "the sale is the Mastodon post's, because its buyer came by the link in it",
        sold["attribution"]["delivery_id"] == link["delivery_id"],
    )
    again = api.post("/conversions", conversions=[sale])["items"]
    screen.check("told again, it is the same sale", again == [sold])
    lead = _sign_lead(stage, links["bluesky"])
    _preview_file(stage, link)
    return {"sale": sold["attribution"]["delivery_id"], "lead": lead}


def measure(
    stage: Stage, deliveries: Deliveries, film: Mapping[str, Any], converted: Mapping[str, str]
) -> None:
    """At once, because somebody asks; and hourly, as the schedule does."""
    screen = stage.screen
    screen.step("12 Measure: at once, and as every hour does")
    for platform, delivery in deliveries.items():
        people = stage.home.sandboxes[platform].control
        for who in ("ayse", "deniz", "kemal", "zeynep"):
            people.act(who=who, do="follow", account="acme")
        people.act(who="deniz", do="like", post=delivery["parts"][0]["remote_id"])
    facebook = stage.home.sandboxes["facebook"].control
    facebook.advance(seconds=TWO_DAYS)
    screen.line("on Facebook alone two days go by, in which its people come to see the film")
    asked = [each for each in (*deliveries.values(), film) if _ask(stage, each)]
    told = until(lambda: all(_told(stage, each) for each in asked))
    facebook.advance(seconds=-TWO_DAYS)
    screen.check("the posts' numbers are here, though no hour has passed", told)
    screen.check(
        "a like that somebody gave a moment ago is among them",
        all(_told(stage, each)["likes"] for each in asked if each is not film),
    )
    for delivery in asked:
        screen.line(f"{delivery['platform']:<9} {_spelled(_told(stage, delivery))}")
    screen.line("the schedule measures every hour; the demo rings the same function now")
    task = {"workspace_id": stage.workspace_id}  # what the schedule's run asks itself to do
    stage.home.ring("collect_metrics", json.dumps(task).encode())
    taken = until(lambda: _taken_in(stage, deliveries, "visits") == VISITS)
    screen.check(f"visits are taken in: {_spelled(VISITS)}", taken)
    whose = {each["delivery_id"]: platform for platform, each in deliveries.items()}
    each_one = {whose[delivery_id]: 1 for delivery_id in converted.values()}
    taken = until(lambda: _taken_in(stage, deliveries, "conversions") == each_one)
    screen.check(f"and so are conversions: {_spelled(each_one)}", taken)


def _ask(stage: Stage, delivery: Mapping[str, Any]) -> bool:
    """Whether its channel is measured now; when `make demo` runs again within minutes it is not."""
    try:
        stage.api.post(f"/channels/{delivery['channel_id']}/measure")
    except Refused as error:
        stage.screen.line(f"{delivery['platform']}: {error}")
        return False
    return True


def _spelled(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _follow(address: str, agent: str, *, method: str = "GET") -> httpx.Response:
    """As a browser without cookies, or a machine, asks for it; the place it leads to is not met."""
    headers = {"User-Agent": agent}
    return httpx.request(method, address, headers=headers, trust_env=False, timeout=30)


def _visits(stage: Stage, post_id: str) -> dict[str, int]:
    return {name: link["visits"] for name, link in sorted(links_of(stage, post_id).items())[::-1]}


def _sign_lead(stage: Stage, link: Mapping[str, Any]) -> str:
    """By a program without a key, which knows UTM parameters alone. Its delivery."""
    screen, api = stage.screen, stage.api
    if "conversion_secret" not in stage.kept:
        stage.kept.keep(conversion_secret=api.post("/conversions/secrets")["secret"])
    address = api.get("/conversions/intake")["signed_url"]
    touch = {"source": "bluesky", "campaign": AS_SLUG, "content": link["post_id"]}
    lead = {"id": f"letter-{link['code']}", "stage": "lead", "touches": [touch]}
    body = json.dumps({"conversions": [lead]}).encode()
    forged = _send(address, body, secret="whsec_" + base64.b64encode(b"somebody else's").decode())
    screen.line(f"forged: {forged.status_code}, {forged.json()['detail']}")
    screen.check("a lead that somebody else signed is refused", forged.status_code == 403)
    signed = _send(address, body, secret=stage.kept["conversion_secret"])
    attribution = signed.json()["items"][0]["attribution"]
    screen.check(
        "signed, it is taken, and its UTM parameters lead to the Bluesky post",
        (attribution["by"], attribution["delivery_id"]) == ("utm", link["delivery_id"]),
    )
    return str(attribution["delivery_id"])


def _send(address: str, body: bytes, *, secret: str) -> httpx.Response:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message_id, now = f"msg_{time.time_ns()}", str(int(time.time()))
    signed = hmac.digest(key, f"{message_id}.{now}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    return httpx.post(address, content=body, headers=headers, trust_env=False, timeout=30)


def _preview_file(stage: Stage, link: Mapping[str, Any]) -> None:
    """As a spreadsheet in Turkish saves it: semicolons, and the comma as the decimal mark."""
    screen, api = stage.screen, stage.api
    rows = (
        "id;stage;occurred_at;value;currency;code",
        f"till-1-{link['code']};sale;{datetime.now(ZoneInfo(ZONE)):%Y-%m-%d %H:%M};1.249,50;TRY;",
        f"till-2-{link['code']};sale;yesterday;80,00;TRY;{link['code']}",
    )
    before = api.get("/conversions")["items"]
    tried = api.post_csv("/conversions/imports", "\n".join(rows), dry_run="true")
    for each in tried["rejected"]:
        screen.line(f"row {each['row']}, {each['column']}: {each['rule']}")
    screen.check(
        "the preview of a file names the row that is wrong, and would take the other",
        [(each["row"], each["column"]) for each in tried["rejected"]] == [(3, "occurred_at")]
        and [each["value"] for each in tried["first"]] == ["1249.50"],
    )
    screen.check("and keeps nothing", api.get("/conversions")["items"] == before)


def _told(stage: Stage, delivery: Mapping[str, Any]) -> dict[str, int]:
    """What its platform tells of it, by metric."""
    items = stage.api.get("/observations", delivery_id=delivery["delivery_id"])["items"]
    return {each["metric"]: each["value"] for each in items}


def _taken_in(stage: Stage, deliveries: Deliveries, metric: str) -> dict[str, int]:
    """Of what we count by days ourselves, the newest of each number, added up, by platform."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    since = str(today - timedelta(days=1))  # it may be midnight meanwhile
    query = {"since": since, "until": str(today), "metric": metric}
    sums = {}
    for platform, delivery in deliveries.items():
        asked = {**query, "delivery_id": delivery["delivery_id"]}
        found = stage.api.get("/observations/history", **asked)["items"]  # the oldest first
        newest = {(each["of_day"], each["counted_id"]): each["value"] for each in found}
        sums[platform] = sum(newest.values())
    return sums
