"""What TikTok sends to a webhook: made here, for who wants to send it.
https://developers.tiktok.com/doc/webhooks-verification
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any


def event(name: str, content: Mapping[str, Any], *, account: str, at: int) -> bytes:
    """The body of a webhook: its content is JSON once more, and its ids are numbers there."""
    told = {
        "client_key": "app",
        "event": name,
        "create_time": at,
        "user_openid": account,
        "content": json.dumps(content),
    }
    return json.dumps(told).encode()


def comment(number: int, *, video: int, account: str, at: int, action: str = "insert") -> bytes:
    """Somebody comments: their words do not come along."""
    content = {
        "comment_id": number,
        "video_id": video,
        "parent_comment_id": 0,
        "comment_type": "comment",
        "comment_action": action,
        "timestamp": at,
    }
    return event("comment.update", content, account=account, at=at)


def complete(publish_id: str, *, account: str, at: int) -> bytes:
    """TikTok is done with what was handed over to it."""
    content = {"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"}
    return event("post.publish.complete", content, account=account, at=at)


def signed(body: bytes, *, secret: str, at: int) -> Mapping[str, str]:
    """The header that says who sent it, and when."""
    digest = hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
    return {"tiktok-signature": f"t={at},s={digest}"}
