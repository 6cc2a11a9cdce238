"""Mastodon's notifications as messages, oldest first: comments, mentions, direct messages, quotes,
and who passed a post of ours on.
"""

from collections.abc import Callable, Iterator, Sequence

from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.mastodon.answers import Account, Ancestor, Notification, Status
from tellal.platforms.text import plain

Above = Callable[[Status], Sequence[Ancestor]]  # what a status answers, the root first


KINDS = ("mention", "quote", "reblog")  # what is asked for; old servers know of no quotes


def heard(listed: Sequence[Notification], *, channel: Channel, above: Above) -> Iterator[Heard]:
    """`listed` as servers list, newest first. One whose status is gone has nothing to say."""
    for notification in reversed(listed):
        status = notification.status
        if status is None:
            continue
        if notification.type == "reblog":
            yield _shared(notification, status, channel)
        elif notification.type in KINDS:
            yield _heard(status, channel, above, quotes=notification.type == "quote")


def _shared(notification: Notification, status: Status, channel: Channel) -> Heard:
    """The status is ours; what it was passed on as has no id but the notification's."""
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=f"reblog:{notification.id}",
        kind=MessageKind.SHARE,
        author=_author(notification.account or Account(id=f"unknown:{notification.id}", acct="")),
        sent_at=notification.created_at or status.created_at,
        url=status.url or status.uri,
        thread=status.id,
        post_remote_id=status.id,
    )


def _heard(status: Status, channel: Channel, above: Above, *, quotes: bool) -> Heard:
    ours = str(channel.server.get("account_id"))
    direct = status.visibility == "direct"
    ancestors = () if direct else above(status)
    thread = ancestors[0].id if ancestors else status.in_reply_to_id or status.id
    if direct:
        thread = f"direct:{status.account.id}"  # one conversation per person
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=status.id,
        kind=MessageKind.QUOTE if quotes and not direct else _kind(status, ours, ancestors),
        author=_author(status.account),
        text=plain(status.content),
        sent_at=status.created_at,
        url=status.url or status.uri,
        thread=thread,
        post_remote_id=next((each.id for each in ancestors if each.account.id == ours), None),
        parent_remote_id=status.in_reply_to_id,
        refs={"visibility": status.visibility},
        media_urls=tuple(each.url for each in status.media_attachments if each.url),
    )


def _kind(status: Status, ours: str, ancestors: Sequence[Ancestor]) -> MessageKind:
    if status.visibility == "direct":
        return MessageKind.DIRECT
    root = ancestors[0] if ancestors else None
    below_ours = root is not None and root.account.id == ours
    if status.in_reply_to_account_id == ours and (root is None or root.id == status.in_reply_to_id):
        return MessageKind.COMMENT
    if status.in_reply_to_account_id == ours or (below_ours and status.in_reply_to_id):
        return MessageKind.REPLY
    return MessageKind.MENTION


def _author(person: Account) -> Author:
    return Author(
        remote_id=person.id,
        handle=person.acct,
        name=person.display_name or person.username,
        url=person.url,
        avatar_url=person.avatar,
    )
