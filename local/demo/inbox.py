"""The inbox at work: a complaint, a rule, whose it is, a private answer, and the clock."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.api import Api, Refused, until
from local.demo.screen import StepFailed
from local.demo.stage import PAGE_ID, ZONE, Stage
from local.sandboxes.facebook import webhooks as facebook

WEBHOOK_SECRET = "demo-webhook-secret"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
OPENS, CLOSES = 9, 19
LEVELS = {
    "hours": {day: [{"opens": f"{OPENS:02}:00", "closes": f"{CLOSES}:00"}] for day in WEEKDAYS},
    "first_answer_minutes": 60,
    "next_answer_minutes": 120,
}
RULE: Mapping[str, Any] = {
    "name": "Complaints to Deniz",
    "when": {"any_words": ["cold", "stale", "waited", "soğuk", "bayat"]},
    "then": {"tags": ["complaint"], "priority": "high"},
}


def receive_webhooks(stage: Stage) -> None:
    """A signed comment reaches the inbox, a forged one is counted and refused."""
    screen, api = stage.screen, stage.api
    screen.step("6  Receive: a Facebook comment by webhook, and a forged one")
    if "facebook_app" not in stage.kept:
        owner = Api(stage.home.addresses.api, key=stage.kept["owner_key"])
        app = owner.post("/apps", platform="facebook", webhook_secrets=[WEBHOOK_SECRET])
        stage.kept.keep(facebook_app=app["app_id"])
    refused = _refused(stage)
    words = f"My simit was stale today {_now()}"
    body = facebook.comment(words, page=PAGE_ID, person="kemal")
    _send_webhook(stage, body, secret="somebody-elses-secret")
    _send_webhook(stage, body, secret=WEBHOOK_SECRET)
    found = until(lambda: _open(api, words))
    screen.check("the signed one is in the inbox", found)
    counted = until(lambda: _refused(stage) == refused + 1)
    screen.check("the forged one was counted and refused", counted)
    same = [each for each in api.get("/conversations")["items"] if each["excerpt"] == words]
    screen.check("and the inbox has it once", len(same) == 1)


def work_by_rule(stage: Stage, post: Mapping[str, Any]) -> dict[str, Any]:
    """The team's promise and its rule; then somebody complains. Their conversation."""
    screen, api = stage.screen, stage.api
    screen.step("7  A complaint in public: a rule tags it and gives it to somebody")
    api.patch(f"/workspaces/{stage.workspace_id}", service_levels=LEVELS)
    if "deniz" not in stage.kept:
        made = api.post("/members", name="Deniz", role="moderator")
        stage.kept.keep(deniz=made["member_id"])
    deniz = stage.kept["deniz"]
    if "rule" not in stage.kept:
        rule = {**RULE, "then": {**RULE["then"], "assign": [deniz]}}
        tried = api.post("/rules/dry-run", rule=rule)
        count, of = len(tried["items"]), tried["looked_at"]
        screen.line(f"tried on what came before: it fits {count} of the last {of}; nothing is done")
        screen.check("a dry run finds the comment from before", count >= 1)
        stage.kept.keep(rule=api.post("/rules", **rule, on=True)["rule_id"])
    facebook = stage.home.sandboxes["facebook"].control
    callback = f"{stage.home.addresses.api}/webhooks/facebook"
    facebook.change_settings(callback=callback, webhook_secret=WEBHOOK_SECRET, tells_people=True)
    words = f"Cold again, and I waited an hour! {_now()}"
    below = post["parts"][0]["remote_id"]
    facebook.act(who=f"zeynep{_now()}", do="reply", post=below, text=words)
    found = until(lambda: _assigned(api, words))
    screen.check("Facebook told of it, and the rule gave it to Deniz", found)
    assert found is not None
    screen.check(
        "it is a complaint, and urgent before others",
        (found["tags"], found["priority"], found["assignee"]) == (["complaint"], "high", deniz),
    )
    history = api.get(f"/conversations/{found['conversation_id']}/history")["items"]
    screen.check(
        f"its history says who did it: the rule “{RULE['name']}”",
        RULE["name"] in {each["by"]["name"] for each in history},
    )
    _look_at_clock(stage, found)
    return found


def answer_privately(stage: Stage, complaint: Mapping[str, Any]) -> None:
    """What was public goes on where nobody else reads; the clock stops; they write back."""
    screen, api = stage.screen, stage.api
    screen.step("8  Answer privately: once, as Facebook has it, and the clock stops")
    facebook = stage.home.sandboxes["facebook"].control
    messages = f"/conversations/{complaint['conversation_id']}/messages"
    said = f"That must not happen. Tell us when, and the next one is on us. {_now()}"
    sent = api.post(messages, text=said, version=complaint["version"], privately=True)
    found = until(lambda: _said(facebook.posts(), said))
    screen.check("they have our message, and nobody else reads it", found)
    delivery = until(lambda: _settled(api, sent["delivery_id"]))
    screen.check("its delivery is published", delivery)
    shown = api.get(f"/conversations/{complaint['conversation_id']}")
    screen.check(
        "the conversation waits for them, and no answer is due",
        (shown["state"], shown["answer_due_at"]) == ("waiting", None),
    )
    try:
        again = {"text": f"And once more. {_now()}", "version": shown["version"]}
        api.post(messages, **again, privately=True)
    except Refused as error:
        [told] = error.problem["errors"]
        screen.line(f"a second one is refused: {told['field']}: {told['rule']}")
        screen.check("what Facebook would refuse is not sent", "once" in told["rule"])
    else:
        raise StepFailed(screen.current, "a second private answer was taken")
    words = f"Yesterday at eight. Thank you! {_now()}"
    facebook.act(who=complaint["author"]["remote_id"], do="direct", account=PAGE_ID, text=words)
    direct = until(lambda: _open(api, words))
    screen.check("what they write back is in one conversation with it", direct)
    assert direct is not None
    newest_first = api.get(f"/conversations/{direct['conversation_id']}")["messages"]["items"]
    held = newest_first[::-1]
    for each in held:
        who = "we  " if each["direction"] == "out" else "they"
        screen.line(f"{who}  {each['text']}")
    screen.check("first ours, then theirs", [each["direction"] for each in held] == ["out", "in"])


def answer_a_reply(stage: Stage, delivery: Mapping[str, Any]) -> None:
    """Somebody replies on Mastodon; polling finds it; our answer appears under it."""
    screen, api, mastodon = stage.screen, stage.api, stage.home.sandboxes["mastodon"]
    screen.step("9  Answer: a reply on Mastodon, found by polling, answered through the API")
    words = f"Saving me two? {_now()}"
    mastodon.control.act(
        who="ayse@elsewhere.example", do="reply", post=delivery["parts"][0]["remote_id"], text=words
    )
    screen.line("the schedule polls every two minutes; the demo rings the same function now")
    stage.home.ring("poll_inbox")
    found = until(lambda: _open(api, words))
    screen.check("the reply is in the same inbox", found)
    assert found is not None
    screen.line(f"{found['author']['handle']} on {found['platform']}: {found['excerpt']}")
    said = f"Two it is, see you at seven! {_now()}"
    api.post(
        f"/conversations/{found['conversation_id']}/messages", text=said, version=found["version"]
    )
    answer = until(lambda: _said(mastodon.control.posts(), said))
    screen.check("the answer is on Mastodon", answer)
    assert answer is not None
    screen.line(f"{answer['text']}  {answer['url']}")
    screen.check("it stands under the reply", answer["in_reply_to"])


def _look_at_clock(stage: Stage, complaint: Mapping[str, Any]) -> None:
    """A first answer within an hour of the bakery's hours, whenever the demo runs."""
    zone = ZoneInfo(ZONE)
    due = datetime.fromisoformat(complaint["answer_due_at"]).astimezone(zone)
    stage.screen.line(
        f"open Mon to Sat {OPENS}:00 to {CLOSES}:00 in {ZONE.partition('/')[2]}; "
        f"a first answer is due by {due:%a %d %b %H:%M}"
    )
    stage.screen.check(
        "the service level's clock runs in business hours",
        timedelta() < due - datetime.now(UTC) < timedelta(days=2)
        and due.weekday() < len(WEEKDAYS)
        and OPENS <= due.hour <= CLOSES,
    )


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S}"


def _refused(stage: Stage) -> int:
    owner = Api(stage.home.addresses.api, key=stage.kept["owner_key"])
    apps = owner.get("/apps")["items"]
    return sum(int(app["refused_today"]) for app in apps if app["platform"] == "facebook")


def _send_webhook(stage: Stage, body: bytes, *, secret: str) -> None:
    answer = httpx.post(
        f"{stage.home.addresses.api}/webhooks/facebook",
        content=body,
        headers={"content-type": "application/json", **facebook.signed(body, secret=secret)},
        trust_env=False,
    )
    stage.screen.check(
        f"API Gateway took it into the queue ({answer.status_code})", answer.is_success
    )


def _open(api: Api, words: str) -> dict[str, Any] | None:
    listed = api.get("/conversations", state="open")["items"]
    return next((each for each in listed if words in each["excerpt"]), None)


def _assigned(api: Api, words: str) -> dict[str, Any] | None:
    found = _open(api, words)
    return found if found and found["assignee"] else None


def _said(posts: list[dict[str, Any]], words: str) -> dict[str, Any] | None:
    return next((post for post in posts if words in post["text"]), None)


def _settled(api: Api, delivery_id: str) -> bool:
    return bool(api.get(f"/deliveries/{delivery_id}")["state"] == "published")
