"""Deliveries as tests need them: written as composing writes them, with a hint to follow."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from tellal import clock, ids, wiring
from tellal.channels import Channel
from tellal.config import settings
from tellal.deliveries import Delivery, State, Step
from tellal.posts import AttachedMedia, Part, PartKind
from tests.conftest import TEN

type Follow = Callable[[Delivery], Delivery]


def scheduled(channel: Channel, *parts: Part, **facts: Any) -> Delivery:
    """A stored delivery, due at ten."""
    usual: dict[str, Any] = {
        "post_id": "post_1",
        "publish_at": TEN,
        "next_attempt_at": TEN,
        "next_step": Step.PUBLISH,
    }
    made = Delivery(
        delivery_id=ids.new("dlv", now=clock.now()),
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        parts=parts or (part("Hello"),),
        created_at=TEN - timedelta(hours=1),
        **usual | facts,
    )
    return wiring.deliveries().create(made)


def part(text: str, **facts: Any) -> Part:
    return Part(kind=PartKind.MAIN, text=text, **facts)


def picture(key: str = "media/picture.png") -> AttachedMedia:
    return AttachedMedia(
        media_id="med_1",
        object_key=key,
        mime_type="image/png",
        size=70,
        width=1,
        height=1,
        alt_text="One red dot",
    )


def stored(delivery: Delivery) -> Delivery:
    found = wiring.deliveries().get(delivery.delivery_id)
    assert found is not None
    return found


def hint_for(delivery: Delivery, event: dict[str, Any]) -> dict[str, Any]:
    """The sample event, about this delivery."""
    event["Records"][0]["body"] = json.dumps({"delivery_id": delivery.delivery_id})
    return event


def hints(step: Step) -> list[dict[str, Any]]:
    """The hints that wait in a queue, delays overlooked."""
    url = {
        Step.PUBLISH: settings().publish_queue_url,
        Step.PREPARE: settings().prepare_queue_url,
    }[step]
    sqs = wiring.aws("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
    ).get("Messages", []):
        found += messages
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def status_made(number: int = 1) -> httpx.Response:
    """What Mastodon answers to a status it took."""
    url = f"https://m.example/@acme/{number}"
    made = {"id": str(number), "url": url, "created_at": "2026-01-01T10:00:00.000Z"}
    return httpx.Response(200, json=made)


def in_turn(*answers: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    waiting = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return respond


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


SETTLED = (State.PUBLISHED, State.FAILED, State.UNCONFIRMED)
