"""What Facebook sends to a webhook: the demo and the smoke test make it here, to send it.
https://developers.facebook.com/docs/graph-api/webhooks
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping


def comment(words: str, *, page: str, person: str) -> bytes:
    """The body of a webhook: somebody comments on a post of the page, now."""
    now = time.time_ns()
    seconds = now // 1_000_000_000
    value = {
        "from": {"id": person, "name": person.title()},
        "item": "comment",
        "verb": "add",
        "comment_id": f"111_{now}",
        "post_id": f"{page}_111",
        "parent_id": f"{page}_111",
        "message": words,
        "created_time": seconds,
    }
    change = {"id": page, "time": seconds, "changes": [{"field": "feed", "value": value}]}
    return json.dumps({"object": "page", "entry": [change]}).encode()


def signed(body: bytes, *, secret: str) -> Mapping[str, str]:
    """The header that says who sent it."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}
