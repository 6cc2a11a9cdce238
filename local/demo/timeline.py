"""A post on its way, as it happens: each change of each delivery, when it was seen."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.demo.api import Api
from local.demo.screen import Screen, StepFailed

SETTLED = {"published", "failed", "unconfirmed", "cancelled", "deleted", "held"}
SECONDS = 60


def watch(api: Api, post_id: str, screen: Screen) -> dict[str, dict[str, Any]]:
    """Print until everything is settled; the published deliveries, by platform."""
    seen: dict[str, str] = {}
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        deliveries = api.get(f"/posts/{post_id}")["deliveries"]
        for delivery in deliveries:
            _print_change(delivery, seen, screen)
        if all(delivery["state"] in SETTLED for delivery in deliveries):
            published = [each for each in deliveries if each["state"] == "published"]
            return {each["platform"]: each for each in published}
        time.sleep(0.1)
    raise StepFailed("publish", f"not settled after {SECONDS} s: {seen}")


def _print_change(delivery: Mapping[str, Any], seen: dict[str, str], screen: Screen) -> None:
    platform, state = delivery["platform"], delivery["state"]
    if seen.get(platform) == state:
        return
    seen[platform] = state
    words = f"{datetime.now(UTC):%H:%M:%S.%f}"[:-4] + f"  {platform:<9} {state}"
    if state == "published":
        words += f", {delivery['seconds_late']:.2f} s late  {delivery['parts'][0]['permalink']}"
    elif delivery.get("trouble"):
        words += f": {delivery['trouble']['sentence']}"
    screen.line(words)
