"""What Instagram sends to a webhook.
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

import time
from typing import Any

from local.sandboxes.containers.state import Account, Letter, Post


def comment(made: Post, person: Account, *, root: Post, account: str) -> dict[str, Any]:
    value = {
        "id": made.id,
        "from": {"id": person.id, "username": person.username},
        "text": made.text,
        "media": {"id": root.id, "media_product_type": "FEED"},
    }
    if made.in_reply_to != root.id:
        value["parent_id"] = str(made.in_reply_to)
    return _told(account, changes=[{"field": "comments", "value": value}])


def mention(media: str, comment: str | None, *, account: str) -> dict[str, Any]:
    value = {"media_id": media, **({"comment_id": comment} if comment else {})}
    return _told(account, changes=[{"field": "mentions", "value": value}])


def message(letter: Letter, **said: Any) -> dict[str, Any]:
    event = {
        "sender": {"id": letter.person_id},
        "recipient": {"id": letter.account_id},
        "timestamp": time.time_ns() // 1_000_000,
    }
    return _told(letter.account_id, messaging=[{**event, **said}])


def _told(account: str, **what: Any) -> dict[str, Any]:
    return {"object": "instagram", "entry": [{"id": account, "time": int(time.time()), **what}]}
