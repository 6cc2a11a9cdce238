"""`make smoke STAGE=dev CHANNEL=ch_…`: does a deployment do its work? For after deploying.

It sends one signed webhook in each content type that platforms use and looks for each in the inbox,
then publishes one post to the channel you name and waits until it is public. It needs, from the
environment, TELLAL_KEY (a key of the workspace) and, for the webhooks, TELLAL_WEBHOOK_SECRET and
TELLAL_PAGE (the secret of the Facebook app, and the id of a page that is connected).
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from account.session import client_for, environment_of, run
from local.sandboxes.facebook import webhooks as facebook

# API Gateway hands a body over as text or as base64 depending on its type: each must verify.
CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
)
SECONDS = 90


def main(stage: str, channel_id: str = "") -> int:
    if not channel_id or "TELLAL_KEY" not in os.environ:
        print(__doc__)
        return 1
    api = environment_of(client_for(stage), stage=stage)["API_URL"]
    key = {"Authorization": f"Bearer {os.environ['TELLAL_KEY']}"}
    with httpx.Client(base_url=api, headers=key, timeout=30, trust_env=False) as http:
        held = [_publishes(http, channel_id)]
        if "TELLAL_WEBHOOK_SECRET" in os.environ:
            held += [_receives(http, content_type) for content_type in CONTENT_TYPES]
        else:
            print("- webhooks not tried: TELLAL_WEBHOOK_SECRET and TELLAL_PAGE are not set")
    return 0 if all(held) else 1


def _publishes(http: httpx.Client, channel_id: str) -> bool:
    words = f"Tellal's smoke test, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC. It may be deleted."
    made = http.post("/posts", json={"text": words, "channel_ids": [channel_id]})
    if made.is_error:
        return _told("one post is published", held=False, why=made.text)
    address = f"/posts/{made.json()['post_id']}"
    settled = _until(lambda: _settled(http.get(address).json()["deliveries"]))
    state = settled["state"] if settled else "not settled"
    return _told("one post is published", held=state == "published", why=state)


def _settled(deliveries: list[dict[str, Any]]) -> dict[str, Any] | None:
    [delivery] = deliveries
    return delivery if delivery["state"] in {"published", "failed", "unconfirmed"} else None


def _receives(http: httpx.Client, content_type: str) -> bool:
    words = f"smoke test, {content_type}, {datetime.now(UTC).timestamp()}"
    body = facebook.comment(words, page=os.environ["TELLAL_PAGE"], person="smoke-test")
    signature = facebook.signed(body, secret=os.environ["TELLAL_WEBHOOK_SECRET"])
    headers = {"content-type": content_type, **signature}
    taken = http.post("/webhooks/facebook", content=body, headers=headers)
    found = taken.is_success and _until(lambda: _heard(http, words))
    return _told(f"a webhook as {content_type} reaches the inbox", held=bool(found), why=taken.text)


def _heard(http: httpx.Client, words: str) -> bool:
    listed = http.get("/conversations", params={"state": "open"}).json()["items"]
    return any(words in each["excerpt"] for each in listed)


def _until[T](look: Callable[[], T | None]) -> T | None:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(1)
    return None


def _told(what: str, *, held: bool, why: str) -> bool:
    print(f"{'✓' if held else '✗'} {what}{'' if held else f': {why}'}", flush=True)
    return held


if __name__ == "__main__":
    run(main)
