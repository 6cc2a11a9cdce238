"""Bluesky's notifications as messages, oldest first, each once.

Bluesky lists them newest first, by the time their author's device gave them, so one may appear
behind others that were read before: see `newest_first`. `isRead` is never asked: the first listing
marks all of them.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.bluesky.answers import Notification, Notifications
from tellal.platforms.hearing import InboxPage
from tellal.platforms.newest_first import Page, Place, Reader

KINDS: Mapping[str, MessageKind] = {
    "reply": MessageKind.COMMENT,
    "quote": MessageKind.QUOTE,
    "mention": MessageKind.MENTION,
    "repost": MessageKind.SHARE,
}
OVERLAP = timedelta(hours=1)
MOST_PAGES = 5  # at once, of a hundred each


def read(
    page: Callable[[str | None], Notifications], *, channel: Channel, app: str, cursor: str | None
) -> InboxPage:
    reader: Reader[Notification] = Reader(
        page=lambda mark: _page(page(mark)),
        id_of=lambda each: each.uri,
        at=lambda each: each.indexedAt,
        overlap=OVERLAP,
        most_pages=MOST_PAGES,
    )
    known = Place.model_validate_json(cursor) if cursor else None
    new, place = reader.read(known)
    heard = tuple(_heard(each, channel, app) for each in _oldest_first(new))
    return InboxPage(heard, place.model_dump_json() if place else None)


def _page(listed: Notifications) -> Page[Notification]:
    return Page(listed.notifications, listed.cursor)


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
    shared = notification.reason == "repost" and notification.reasonSubject
    root = reply.root.model_dump() if reply else own
    ours = (
        uri
        for uri in (root["uri"], notification.reasonSubject)
        if uri and uri.startswith(f"at://{channel.remote_id}/")
    )
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=notification.uri,
        kind=_kind(notification),
        author=Author(
            remote_id=author.did,
            handle=author.handle,
            name=author.displayName or "",
            url=profile,
            avatar_url=author.avatar,
        ),
        text=notification.record.text,
        sent_at=notification.indexedAt,
        url=None if shared else f"{profile}/post/{notification.uri.rsplit('/', 1)[-1]}",
        thread=shared or root["uri"],
        post_remote_id=next(ours, None),
        parent_remote_id=reply.parent.uri if reply else None,
        refs={"cid": notification.cid, "root_uri": root["uri"], "root_cid": root["cid"]},
    )


def _kind(notification: Notification) -> MessageKind:
    reply = notification.record.reply
    if notification.reason == "reply" and reply and reply.parent.uri != reply.root.uri:
        return MessageKind.REPLY
    return KINDS[notification.reason]
