"""A page whose app's secrets are known here, and what its platform would send of it.

Nobody ever asks that platform anything: who wrote, and what, is all in the webhook.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from bench.runtime import event
from local.sandboxes.facebook import webhooks as facebook
from tellal import clock, ids, wiring
from tellal.channels import App, Channel, Workspace
from tellal.stores.secrets import of_app

PAGE_ID = "1234567890"
SECRET = SecretStr("the-secret-of-an-app-that-is-nowhere")


@dataclass(frozen=True)
class Sent:
    """One webhook, as it goes over the wire."""

    person: str
    remote_id: str  # of what they said
    body: bytes
    headers: Mapping[str, str]


def make_page(workspace: Workspace) -> Channel:
    now = clock.now()
    app = App(app_id=ids.new("app", now=now), platform="facebook", created_at=now)
    seal, context = wiring.vault().seal, of_app(app.app_id)
    sealed = {
        "sealed_webhook_secrets": (seal(SECRET, context, field="webhook_secret"),),
        "sealed_verify_token": seal(SECRET, context, field="verify_token"),
    }
    wiring.apps().create(app.model_copy(update=sealed))
    return wiring.channels().create(
        Channel(
            channel_id=ids.new("ch", now=now),
            workspace_id=workspace.workspace_id,
            platform="facebook",
            remote_id=PAGE_ID,
            name="Acme",
            handle="acme",
            created_at=now,
        )
    )


def comment(words: str, *, person: str) -> Sent:
    """Below a post of the page. One person's go on in one conversation."""
    body = facebook.comment(words, page=PAGE_ID, person=person)
    [change] = json.loads(body)["entry"][0]["changes"]
    return _signed(body, person=person, remote_id=change["value"]["comment_id"])


def message(words: str, *, person: str) -> Sent:
    """Written to the page directly."""
    at, mid = int(clock.now().timestamp() * 1000), ids.new("mid", now=clock.now())
    said = {
        "sender": {"id": person},
        "recipient": {"id": PAGE_ID},
        "timestamp": at,
        "message": {"mid": mid, "text": words},
    }
    entry = {"id": PAGE_ID, "time": at, "messaging": [said]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    return _signed(body, person=person, remote_id=mid)


def records(sent: Sequence[Sent]) -> dict[str, Any]:
    """What SQS hands over once API Gateway has taken them into the queue."""
    batch: dict[str, Any] = {"Records": []}
    for number, each in enumerate(sent):
        attributes = {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in {"platform": "facebook", **each.headers}.items()
        }
        facts = {"messageId": f"message-{number}", "messageAttributes": attributes}
        one = event("process_inbox/one_message", body=each.body.decode(), **facts)
        batch["Records"] += one["Records"]
    return batch


def _signed(body: bytes, *, person: str, remote_id: str) -> Sent:
    headers = facebook.signed(body, secret=SECRET.get_secret_value())
    return Sent(person, remote_id, body, headers)
