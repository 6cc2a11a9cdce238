"""What Facebook sends to a webhook: the demo and the smoke test make it here, to send it.
https://developers.facebook.com/docs/graph-api/webhooks
"""

import json
import time
from typing import Any

from local.sandboxes.facebook.state import Letter, Post
from local.sandboxes.telling import signed

__all__ = ["change", "comment", "mention", "message", "signed"]


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


def change(verb: str, made: Post, *, root: str, named: bool) -> dict[str, Any]:
    """A comment that came, changed or went. `root` is the post that it stands below."""
    value = {
        "item": "comment",
        "verb": verb,
        "comment_id": made.id,
        "post_id": root,
        "parent_id": made.in_reply_to,
        "created_time": int(made.created_at.timestamp()),
        **({"message": made.text} if verb != "remove" else {}),
        **({"from": {"id": made.author_id, "name": made.author}} if named else {}),
    }
    return _told(made.page_id, changes=[{"field": "feed", "value": value}])


def mention(verb: str, made: Post, *, page: str, named: bool) -> dict[str, Any]:
    value = {
        "item": "post",
        "verb": verb,
        "post_id": made.id,
        "created_time": int(made.created_at.timestamp()),
        **({"message": made.text} if verb != "remove" else {}),
        **({"sender_id": made.author_id, "sender_name": made.author} if named else {}),
    }
    return _told(page, changes=[{"field": "mention", "value": value}])


def message(letter: Letter) -> dict[str, Any]:
    event = {
        "sender": {"id": letter.person_id},
        "recipient": {"id": letter.page_id},
        "timestamp": int(letter.created_at.timestamp() * 1000),
    }
    said = {"mid": letter.id, "text": letter.text}
    told = {"message_edit": {**said, "num_edit": 1}} if letter.edited else {"message": said}
    return _told(letter.page_id, messaging=[{**event, **told}])


def _told(page: str, **what: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": page, "time": int(time.time()), **what}]}
