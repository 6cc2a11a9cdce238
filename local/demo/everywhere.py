"""One film for everywhere, on channels that their owners let in, with each platform's choices."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.api import Api
from local.demo.screen import StepFailed
from local.demo.stage import ZONE, Stage, upload
from local.demo.timeline import watch
from local.sandboxes.browser import allow
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET

CLIP = Path(__file__).parents[1] / "clip.mp4"
BY_CONSENT = ("instagram", "linkedin", "x", "youtube", "tiktok", "threads")
SECONDS_AHEAD = 30
CHOICES = {
    "instagram": {"kind": "reel"},
    "youtube": {"title": "Simit out of the oven", "made_for_kids": False, "short": True},
    "tiktok": {"privacy": "everyone"},
}


def connect_by_consent(stage: Stage) -> None:
    """Each owner says yes on the platform's own page, and comes back to a page of ours."""
    owner = Api(stage.home.addresses.api, key=stage.kept["owner_key"])
    for platform in BY_CONSENT:
        stage.home.sandboxes[platform].control.create_account("acme", display_name="Acme Bakery")
        if f"{platform}_app" not in stage.kept:
            known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            app = owner.post("/apps", platform=platform, **known)
            stage.kept.keep(**{f"{platform}_app": app["app_id"]})
        channel = _connected(stage.api, platform)
        stage.kept.keep(**{f"{platform}_channel": channel["channel_id"]})
        stage.screen.line(
            f"{platform:<10}{channel['name']} @{channel['handle']}  {channel['url'] or ''}"
        )


def _connected(api: Api, platform: str) -> Any:
    begun = api.post("/channels/connect", platform=platform)
    page = httpx.get(allow(begun["authorise_url"]), trust_env=False, timeout=30)
    path = f"/channels/connections/{begun['connection_id']}"
    shown = api.get(path)
    if shown["state"] == "choosing":
        shown = api.post(f"{path}/choose", remote_ids=[shown["presences"][0]["remote_id"]])
    connected = [each for each in shown["presences"] if each["connected"]]
    if page.is_error or not connected:
        raise StepFailed("connect", f"{platform}: {shown['trouble'] or page.text[:200]}")
    return connected[0]


def publish_a_film(stage: Stage) -> dict[str, dict[str, Any]]:
    """Uploaded ahead, chunk by chunk or fetched from S3; shown at one moment. By platform."""
    screen, api, kept = stage.screen, stage.api, stage.kept
    screen.step("5  A film, everywhere: one post, each platform's own choices")
    media_id = upload(api, CLIP.read_bytes(), name="simit.mp4", mime_type="video/mp4")
    facts = api.get(f"/media/{media_id}")["video"]
    screen.line(f"the film: {facts['seconds']} s, {facts['codec']}, {facts['audio_codec']}")
    # with its time, for X refuses what it was told before, by an earlier `make demo`
    words = f"Simit, three seconds out of the oven at {datetime.now(ZoneInfo(ZONE)):%H:%M:%S}"
    due = datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD)
    everywhere = ("mastodon", "bluesky", "facebook", *BY_CONSENT)
    request: dict[str, Any] = {
        "text": f"{words} #Kadıköy",
        "media": [{"media_id": media_id, "alt_text": "Steam over a tray of simit"}],
        "options": CHOICES,
        "channel_ids": [kept[f"{platform}_channel"] for platform in everywhere],
        "publish_at": due.isoformat(),
    }
    _ask_for_what_is_missing(stage, request)
    post = api.post("/posts", **request)
    deliveries = watch(api, post["post_id"], screen)
    screen.check(f"all {len(everywhere)} are published", set(deliveries) == set(everywhere))
    for platform in everywhere:
        posts = stage.home.sandboxes[platform].control.posts()
        shown = [each for each in posts if each["text"].startswith(words)]
        screen.check(f"{platform} shows it once", len(shown) == 1)
    return deliveries


def _ask_for_what_is_missing(stage: Stage, request: dict[str, Any]) -> None:
    answer = httpx.post(
        f"{stage.home.addresses.api}/posts",
        json={**request, "options": {}},
        headers={"Authorization": f"Bearer {stage.kept['workspace_key']}"},
        trust_env=False,
        timeout=30,
    )
    told = {each["field"] for each in answer.json().get("errors", [])}
    for each in answer.json().get("errors", []):
        stage.screen.line(f"without its author's choices: {each['field']}: {each['rule']}")
    stage.screen.check(
        "what must be chosen is asked for by name, before anything is written",
        answer.status_code == 422 and {"options.youtube.title", "options.tiktok.privacy"} <= told,
    )
