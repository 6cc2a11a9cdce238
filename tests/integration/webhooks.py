"""What tests of the inbox begin with: Facebook's app, a page, and bodies signed as Meta signs."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from tellal import ids, wiring
from tellal.channels import App, Channel, Workspace
from tellal.conversations import Conversation, ConversationState, Message
from tellal.stores.secrets import of_app
from tests.conftest import TEN, connected

SECRET = "meta_app_secret_0123456789abcdef"
VERIFY_TOKEN = "meta_verify_token_0123456789"
PAGE = "1234567890"  # in the sample events

AT = int(TEN.timestamp())

Record = dict[str, Any]


def app(*, secret: str = SECRET, now: datetime = TEN, platform: str = "facebook") -> App:
    made = App(app_id=ids.new("app", now=now), platform=platform, created_at=now)
    seal, context = wiring.vault().seal, of_app(made.app_id)
    sealed = {
        "sealed_webhook_secrets": (seal(SecretStr(secret), context, field="webhook_secret"),),
        "sealed_verify_token": seal(SecretStr(VERIFY_TOKEN), context, field="verify_token"),
    }
    return wiring.apps().create(made.model_copy(update=sealed))


def page(workspace: Workspace, **facts: Any) -> Channel:
    usual = {"remote_id": PAGE, "name": "Acme", "handle": "acme"}
    secrets = {"access_token": SecretStr("page-token")}
    return connected(workspace, "facebook", secrets, **usual | facts)


def record(
    body: str,
    *,
    secret: str = SECRET,
    message_id: str = "message-1",
    platform: str = "facebook",
) -> Record:
    """As Lambda receives what API Gateway sent."""
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {
        "messageId": message_id,
        "body": body,
        "messageAttributes": {
            "platform": text(platform),
            "x-hub-signature-256": text(f"sha256={signature}"),
        },
    }


def carried(platform: str, body: bytes, headers: Mapping[str, str], *, at: int = AT) -> Record:
    """As Lambda receives what API Gateway sent at that second."""
    attributes = {"platform": platform, **headers}
    return {
        "messageId": "message-1",
        "body": body.decode(),
        "attributes": {"SentTimestamp": str(at * 1000)},
        "messageAttributes": {name: text(value) for name, value in attributes.items()},
    }


def text(value: str) -> dict[str, Any]:
    return {"stringValue": value, "dataType": "String"}


def comment(
    number: int,
    said: str,
    *,
    verb: str = "add",
    at: int = 1767261590,
    author: str = "2401",
    post: str = "111",
) -> str:
    """A body that tells one comment."""
    value = {
        "from": {"id": author, "name": "Somebody"},
        "item": "comment",
        "verb": verb,
        "comment_id": f"{post}_{number}",
        "post_id": f"{PAGE}_{post}",
        "message": said,
        "created_time": at,
    }
    entry = {"id": PAGE, "time": at, "changes": [{"field": "feed", "value": value}]}
    return json.dumps({"object": "page", "entry": [entry]})


def conversations(channel: Channel, state: str = "open") -> list[Conversation]:
    """A channel's own, the newest first."""
    store = wiring.conversations()
    listed = store.listed(channel.workspace_id, ConversationState(state), newest_first=True)
    found = [store.value(item) for item in listed.items]
    return [each for each in found if each.channel_id == channel.channel_id]


def messages(conversation: Conversation) -> list[Message]:
    """The oldest first."""
    store = wiring.messages()
    listed = store.of_conversation(conversation.conversation_id)
    return [store.value(item) for item in listed.items]
