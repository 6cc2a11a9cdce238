"""Bluesky's notifications as messages, oldest first, each once.

Bluesky lists them newest first, by the time their author's device gave them, so one may appear
behind others that were read before. Therefore each reading goes back an hour behind the newest
it knew, and the cursor remembers what was there. `isRead` is never asked: the first listing
marks all of them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel

from tellal import clock
from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.bluesky.answers import Notification, Notifications
from tellal.platforms.hearing import InboxPage

KINDS: Mapping[str, MessageKind] = {
    "reply": MessageKind.COMMENT,
    "mention": MessageKind.MENTION,
    "quote": MessageKind.MENTION,
}
OVERLAP = timedelta(hours=1)


class Cursor(BaseModel):
    newest: datetime
    seen: frozenset[str]  # hashed uris, of the hour before `newest`

    def spelled(self) -> str:
        return json.dumps({"newest": clock.text(self.newest), "seen": sorted(self.seen)})


def read(
    pages: Iterable[Notifications], *, channel: Channel, app: str, cursor: str | None
) -> InboxPage:
    known = Cursor.model_validate_json(cursor) if cursor else None
    since = known.newest - OVERLAP if known else None
    listed: list[Notification] = []
    for page in pages:
        listed += page.notifications
        if since is None or any(each.indexedAt < since for each in page.notifications):
            break
    if not listed:
        return InboxPage((), cursor)
    newest = max(each.indexedAt for each in listed)
    newest = max(newest, known.newest) if known else newest
    seen = {_hash(each.uri) for each in listed if each.indexedAt >= newest - OVERLAP}
    new = _oldest_first(
        each
        for each in listed
        if (since is None or each.indexedAt >= since)
        and (known is None or _hash(each.uri) not in known.seen)
    )
    heard = tuple(_heard(each, channel, app) for each in new)
    return InboxPage(heard, Cursor(newest=newest, seen=frozenset(seen)).spelled())


def _oldest_first(listed: Iterable[Notification]) -> Iterable[Notification]:
    """One of each: a reply that also mentions us is listed twice, and is a reply."""
    by_uri: dict[str, Notification] = {}
    ranks = list(KINDS)
    known = (each for each in listed if each.reason in KINDS)
    for each in sorted(known, key=lambda each: (each.indexedAt, ranks.index(each.reason))):
        by_uri.setdefault(each.uri, each)
    return by_uri.values()


def _heard(notification: Notification, channel: Channel, app: str) -> Heard:
    author = notification.author
    profile = f"{app}/profile/{author.handle}"
    own = {"uri": notification.uri, "cid": notification.cid}
    reply = notification.record.reply
    root = reply.root.model_dump() if reply else own
    ours = (
        uri
        for uri in (root["uri"], notification.reasonSubject)
        if uri and uri.startswith(f"at://{channel.remote_id}/")
    )
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=notification.uri,
        kind=KINDS[notification.reason],
        author=Author(
            remote_id=author.did,
            handle=author.handle,
            name=author.displayName or "",
            url=profile,
            avatar_url=author.avatar,
        ),
        text=notification.record.text,
        sent_at=notification.indexedAt,
        url=f"{profile}/post/{notification.uri.rsplit('/', 1)[-1]}",
        thread=root["uri"],
        post_remote_id=next(ours, None),
        refs={"cid": notification.cid, "root_uri": root["uri"], "root_cid": root["cid"]},
    )


def _hash(uri: str) -> str:
    return hashlib.sha256(uri.encode()).hexdigest()[:12]
