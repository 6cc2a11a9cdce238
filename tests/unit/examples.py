"""Values that many tests begin with."""

from datetime import UTC, datetime
from typing import Any

from tellal.deliveries import Delivery, Step
from tellal.posts import Part, PartKind, Remote

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def delivery(*parts: Part, **facts: Any) -> Delivery:
    usual: dict[str, Any] = {
        "delivery_id": "dlv_1",
        "workspace_id": "ws_1",
        "channel_id": "ch_1",
        "platform": "mastodon",
        "post_id": "post_1",
        "publish_at": TEN,
        "next_attempt_at": TEN,
        "next_step": Step.PUBLISH,
        "created_at": TEN,
    }
    return Delivery(parts=parts or (part(),), **usual | facts)


def part(text: str = "Hello", **facts: Any) -> Part:
    return Part(kind=PartKind.MAIN, text=text, **facts)


def remote(number: int = 1) -> Remote:
    return Remote(id=str(number), url=f"https://m.example/{number}")
