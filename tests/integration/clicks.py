"""Short links as posts make them, and clicks as the redirect tells of them."""

from datetime import datetime
from typing import Any

from tellal import ids, wiring
from tellal.channels import Channel
from tellal.links import Link, code_of
from tests.conftest import TEN

TARGET = "https://a.example/bread?c=%C3%A7&utm_source=mastodon#top"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)


def link_in(channel: Channel, target: str = TARGET, **facts: Any) -> Link:
    """A stored link of a new delivery, unless it is told of which."""
    delivery_id = facts.pop("delivery_id", None) or ids.new("dlv", now=TEN)
    made = Link(
        code=code_of(delivery_id, target),
        workspace_id=channel.workspace_id,
        target=target,
        delivery_id=delivery_id,
        post_id="post_1",
        channel_id=channel.channel_id,
        platform=channel.platform,
        created_at=TEN,
        **{"zone": "Europe/Istanbul", **facts},
    )
    return wiring.links().create(made)


def click_on(link: Link, at: datetime = TEN, **facts: Any) -> dict[str, Any]:
    """By somebody with Chrome; each is a request of its own."""
    usual = {
        "request_id": ids.new("request", now=at),
        "code": link.code,
        "at": at.timestamp(),
        "method": "GET",
        "address": "203.0.113.7",
        "agent": CHROME,
        "purpose": "",
    }
    return usual | facts
