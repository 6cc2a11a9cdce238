"""What the demo does, act by act: through our HTTP API, and by looking at the sandbox platforms.

Each act checks what it shows. What an earlier `make demo` made is used again: the owner's key, the
workspace and the channels are kept in a file of the demo's own, as a user would keep them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.api import Api, until
from local.demo.everywhere import BY_CONSENT, connect_by_consent, publish_a_film
from local.demo.inbox import answer_a_reply, answer_privately, receive_webhooks, work_by_rule
from local.demo.screen import Screen, StepFailed
from local.demo.stage import PAGE_ID, ZONE, Kept, Stage, upload
from local.demo.timeline import watch
from local.house import House
from local.pictures import postcard
from tellal.reporting.document import ReportDocument
from tellal.reporting.table import rendered

SECONDS_AHEAD = 12
TEXT = "Fresh simit every morning 🥯 from seven: https://acme.example/menu #Kadıköy"
ON_BLUESKY = "Fresh simit 🥯 @ayse.sandbox.test: https://acme.example/menu #Kadıköy"
ALT_TEXT = "A tray of simit in a bakery window"


def tell(home: House, screen: Screen) -> None:
    stage = _set_up(home, screen)
    _connect(stage)
    deliveries = _publish(stage)
    films = publish_a_film(stage)
    receive_webhooks(stage)
    complaint = work_by_rule(stage, films["facebook"])
    answer_privately(stage, complaint)
    answer_a_reply(stage, deliveries["mastodon"])
    _measure(stage, deliveries)


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
    screen.step("3  Publish: one post, a picture, a text of its own on Bluesky")
    media_id = upload(api, postcard(), name="simit.png", mime_type="image/png")
    due = datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD)
    mastodon, bluesky = kept["mastodon_channel"], kept["bluesky_channel"]
    request = {
        "text": TEXT,
        "media": [{"media_id": media_id, "alt_text": ALT_TEXT}],
        "variants": {bluesky: {"text": ON_BLUESKY}},
        "channel_ids": [mastodon, bluesky],
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
    for platform, delivery in deliveries.items():
        url = delivery["parts"][0]["permalink"]
        shown = [each for each in home.sandboxes[platform].control.posts() if each["url"] == url]
        screen.check(f"{platform} shows it once, at {url}", len(shown) == 1)
        screen.check(
            f"{platform} has the picture with its alt text",
            [image["alt"] for image in shown[0]["images"]] == [ALT_TEXT],
        )
    facets = _facets(home, deliveries["bluesky"])
    for kind, says in facets:
        screen.line(f"bluesky facet  {kind:<8} {says}")
    screen.check(
        "on Bluesky the link, the mention and the hashtag are facets over their very words",
        facets
        == [
            ("mention", "@ayse.sandbox.test"),
            ("link", "https://acme.example/menu"),
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


def _measure(stage: Stage, deliveries: Mapping[str, Mapping[str, Any]]) -> None:
    """People follow and like; we collect what the platforms show, and build the week's report."""
    screen, api = stage.screen, stage.api
    screen.step("9  Measure: collect, and report the week so far")
    year, week, _ = datetime.now(ZoneInfo(ZONE)).isocalendar()  # the week as Istanbul has it
    period = f"{year}-W{week:02}"
    for platform, delivery in deliveries.items():
        people = stage.home.sandboxes[platform].control
        for who in ("ayse", "deniz", "kemal", "zeynep"):
            people.act(who=who, do="follow", account="acme")
        people.act(who="deniz", do="like", post=delivery["parts"][0]["remote_id"])
    stage.home.ring("collect_metrics")
    collected = until(lambda: _measured(stage))
    screen.check("Mastodon and Bluesky were asked what they show", collected)
    asked = datetime.now(UTC)
    api.post("/reports", period=period)
    report = until(lambda: _report(api, period, since=asked))
    screen.check(f"the report of {period} was built", report)
    assert report is not None
    folder = stage.home.addresses.folder / "reports" / period
    folder.mkdir(parents=True, exist_ok=True)
    for kind, link in report["links"].items():
        content = httpx.get(link, trust_env=False, timeout=30).raise_for_status().content
        (folder / f"report.{kind}").write_bytes(content)
    model = json.loads((folder / "report.json").read_text())
    for line in rendered(ReportDocument.model_validate(model)).splitlines():
        screen.line(line)
    screen.check(
        "the six measures are there", len({row["measure"] for row in model["measures"]}) >= 6
    )
    for kind in sorted(report["links"]):
        where = (
            f"s3://{stage.home.reports_bucket}/reports/{stage.workspace_id}/{period}/report.{kind}"
        )
        screen.line(where)
        screen.line(f"  {folder / f'report.{kind}'}")


def _measured(stage: Stage) -> bool:
    channels = (stage.kept["mastodon_channel"], stage.kept["bluesky_channel"])
    return all(stage.api.get("/observations", channel_id=each)["items"] for each in channels)


def _report(api: Api, period: str, *, since: datetime) -> dict[str, Any] | None:
    made = [each for each in api.get("/reports")["items"] if each["period"] == period]
    if not made or datetime.fromisoformat(made[0]["made_at"]) < since:
        return None
    found: dict[str, Any] = api.get(f"/reports/{period}")
    return found
