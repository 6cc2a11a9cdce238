"""How four platforms tell of a message that was said, changed or taken back, and sign it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from local.sandboxes import telling
from local.sandboxes.tiktok import webhooks as tiktok
from local.sandboxes.x import webhooks as x
from tellal import clock
from tellal.conversations import Change, MessageKind

SECRET = "an_app_secret_0123456789"
COMMENT, REPLY, DIRECT = MessageKind.COMMENT, MessageKind.REPLY, MessageKind.DIRECT
PUBLIC = (COMMENT, REPLY)
BEGAN = 1_767_261_590  # seconds since 1970

type Signs = Callable[[bytes, str, int], Mapping[str, str]]  # body, secret, seconds → headers


@dataclass(frozen=True)
class Event:
    """One thing that a platform tells. `number` names the message, `second` when it was so."""

    number: int
    text: str
    change: Change = Change.ADDED
    kind: MessageKind = COMMENT
    person: int = 1
    thread: int = 1
    second: int = 0

    @property
    def at(self) -> int:
        return BEGAN + self.second

    def edited(self, text: str, *, second: int) -> "Event":
        return replace(self, text=text, change=Change.EDITED, second=second)

    def removed(self) -> "Event":
        return replace(self, text="", change=Change.REMOVED)


@dataclass(frozen=True, repr=False)
class Sender:
    """`body` is of an account, by its id on the platform, and of one or more events."""

    platform: str
    account: str
    tells: frozenset[tuple[MessageKind, Change]]
    body: Callable[[str, Sequence[Event]], bytes]
    signs: Signs
    remote_id: Callable[[Event], str]
    batches: bool = True  # one body can tell of many
    with_words: bool = True  # they come along
    hides: bool = True  # we can hide a comment

    def __repr__(self) -> str:
        return self.platform.upper()

    def text(self, event: Event) -> str:
        """As it is kept."""
        return event.text if self.with_words else ""


def _all(*kinds: MessageKind, changes: Sequence[Change] = tuple(Change)) -> set[Any]:
    return {(kind, change) for kind in kinds for change in changes}


def _signed_by_meta(body: bytes, secret: str, at: int) -> Mapping[str, str]:
    return telling.signed(body, secret=secret)


def _person(event: Event) -> dict[str, str]:
    return {"id": f"24{event.person}", "name": f"Person {event.person}"}


def _direct(event: Event) -> dict[str, Any]:
    """To a page or an account, as Messenger and Instagram tell it."""
    said: dict[str, Any] = {"mid": f"m_{event.number}"}
    if event.change is Change.REMOVED:
        said["is_deleted"] = True
    else:
        said["text"] = event.text
    name = "message_edit" if event.change is Change.EDITED else "message"
    return {"sender": {"id": f"24{event.person}"}, "timestamp": event.at * 1000, name: said}


def _entry(account: str, event: Event, field: str, value: Any) -> dict[str, Any]:
    told: Any = {"messaging": [_direct(event)]}
    if event.kind is not DIRECT:
        told = {"changes": [{"field": field, "value": value}]}
    return {"id": account, "time": event.at, **told}


# ── Facebook ─────────────────────────────────────────────────────────────────────────────────

VERBS = {Change.ADDED: "add", Change.EDITED: "edited", Change.REMOVED: "remove"}


def _facebook(account: str, events: Sequence[Event]) -> bytes:
    entries = [_entry(account, each, "feed", _comment(account, each)) for each in events]
    return json.dumps({"object": "page", "entry": entries}).encode()


def _comment(account: str, event: Event) -> dict[str, Any]:
    post = f"{account}_{event.thread}"
    return {
        "from": _person(event),
        "item": "comment",
        "verb": VERBS[event.change],
        "comment_id": f"{event.thread}_{event.number}",
        "post_id": post,
        "parent_id": f"{event.thread}_9" if event.kind is REPLY else post,
        "message": event.text,
        "created_time": event.at,
    }


FACEBOOK = Sender(
    "facebook",
    "1234567890",
    frozenset(_all(*PUBLIC, DIRECT)),
    _facebook,
    _signed_by_meta,
    lambda each: f"m_{each.number}" if each.kind is DIRECT else f"{each.thread}_{each.number}",
)

# ── Instagram: a comment is never told again ─────────────────────────────────────────────────


def _instagram(account: str, events: Sequence[Event]) -> bytes:
    entries = [
        _entry(
            account,
            each,
            "comments",
            {
                "id": f"178{each.number}",
                "from": {"id": f"24{each.person}", "username": f"person{each.person}"},
                "text": each.text,
                "media": {"id": f"179{each.thread}"},
                **({"parent_id": "1789"} if each.kind is REPLY else {}),
            },
        )
        for each in events
    ]
    return json.dumps({"object": "instagram", "entry": entries}).encode()


INSTAGRAM = Sender(
    "instagram",
    "17841400000000000",
    frozenset(_all(*PUBLIC, changes=[Change.ADDED]) | _all(DIRECT)),
    _instagram,
    _signed_by_meta,
    lambda each: f"m_{each.number}" if each.kind is DIRECT else f"178{each.number}",
)

# ── X: a post is never changed, and a message never taken back ───────────────────────────────


def _x(account: str, events: Sequence[Event]) -> bytes:
    told = [json.loads(_activity(account, each))["data"] for each in events]
    return json.dumps({"data": told}).encode()


def _activity(account: str, event: Event) -> bytes:
    post_id, author = f"20900000000000000{event.number:02}", f"22{event.person}"
    if event.kind is DIRECT:
        return x.direct(
            event.text, event_id=post_id, at=event.at * 1000, sender=author, account=account
        )
    if event.change is Change.REMOVED:
        return x.activity("post.delete", {"id": post_id, "author_id": author}, account=account)
    root = f"20800000000000000{event.thread:02}"
    post = {
        "id": post_id,
        "author_id": author,
        "text": event.text,
        "created_at": clock.text(datetime.fromtimestamp(event.at, UTC)),
        "conversation_id": root,
        "in_reply_to_user_id": account,
        "in_reply_to_tweet_id": root if event.kind is COMMENT else f"{root}9",
    }
    return x.activity("post.reply.create", post, account=account)


X = Sender(
    "x",
    "1001",
    frozenset(
        _all(*PUBLIC, changes=[Change.ADDED, Change.REMOVED]) | _all(DIRECT, changes=[Change.ADDED])
    ),
    _x,
    lambda body, secret, at: x.signed(body, secret=secret),
    lambda each: f"20900000000000000{each.number:02}",
)

# ── TikTok: one event in a body, its words stay there, and its signature says when ───────────


def _tiktok(account: str, events: Sequence[Event]) -> bytes:
    [event] = events
    content = {
        "comment_id": 7_123_456_789_012_345_000 + event.number,
        "video_id": event.thread,
        "parent_comment_id": 9 if event.kind is REPLY else 0,
        "comment_action": "delete" if event.change is Change.REMOVED else "insert",
        "unique_identifier": f"24{event.person}",
        "timestamp": event.at,
    }
    return tiktok.event("comment.update", content, account=account, at=event.at)


TIKTOK = Sender(
    "tiktok",
    "act.acme",
    frozenset(_all(*PUBLIC, changes=[Change.ADDED, Change.REMOVED])),
    _tiktok,
    lambda body, secret, at: tiktok.signed(body, secret=secret, at=at),
    lambda each: str(7_123_456_789_012_345_000 + each.number),
    batches=False,
    with_words=False,
    hides=False,
)

SENDERS = (FACEBOOK, INSTAGRAM, X, TIKTOK)
