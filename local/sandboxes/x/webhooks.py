"""What X sends to a webhook: made here, for who wants to send it, and what it asks before it does.
https://docs.x.com/x-api/activity/introduction
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any


def activity(
    event: str,
    payload: Mapping[str, Any],
    *,
    account: str,
    users: Sequence[Mapping[str, Any]] = (),
    posts: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The body of a webhook: something happened to an account, by its id."""
    number = int.from_bytes(hashlib.sha256(json.dumps(payload).encode()).digest()[:8], signed=True)
    data = {
        "event_uuid": str(number),  # it may be negative
        "filter": {"user_id": account},
        "event_type": event,
        "tag": "",
        "payload": payload,
        "includes": {"users": list(users), "tweets": list(posts)},
    }
    return json.dumps({"data": data}).encode()


def direct(words: str, *, event_id: str, at: int, sender: str, account: str) -> bytes:
    """Somebody writes to the account alone; `at` are milliseconds."""
    event = {
        "type": "message_create",
        "id": event_id,
        "created_timestamp": str(at),
        "message_create": {
            "target": {"recipient_id": account},
            "sender_id": sender,
            "message_data": {"text": words, "entities": {}},
        },
    }
    people = {sender: {"data": {"username": f"user{sender}"}}}
    told = {"direct_message_events": [event], "users": people}
    return activity("dm.received", told, account=account)


def signed(body: bytes, *, secret: str) -> Mapping[str, str]:
    """The header that says who sent it."""
    return {"x-twitter-webhooks-signature": answer(body.decode(), secret=secret)}


def question(token: str) -> Mapping[str, str]:
    """The query by which it asks whose address this is."""
    return {"crc_token": token}


def answer(token: str, *, secret: str) -> str:
    """The `response_token` that it wants to read."""
    digest = hmac.digest(secret.encode(), token.encode(), "sha256")
    return f"sha256={base64.b64encode(digest).decode()}"
