"""Mastodon's mentions as messages, oldest first: comments, mentions, and direct messages."""

from collections.abc import Callable, Iterator, Sequence

from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.mastodon.answers import Ancestor, Notification, Status
from tellal.platforms.text import plain

Above = Callable[[Status], Sequence[Ancestor]]  # what a status answers, the root first


def heard(listed: Sequence[Notification], *, channel: Channel, above: Above) -> Iterator[Heard]:
    """`listed` as servers list, newest first. A mention whose status is gone has nothing to say."""
    for notification in reversed(listed):
        if notification.type == "mention" and notification.status:
            yield _heard(notification.status, channel, above)


def _heard(status: Status, channel: Channel, above: Above) -> Heard:
    person = status.account
    ours = str(channel.server.get("account_id"))
    direct = status.visibility == "direct"
    ancestors = () if direct else above(status)
    if direct:
        kind, thread = MessageKind.DIRECT, f"direct:{person.id}"  # one conversation per person
    else:
        answers_us = status.in_reply_to_account_id == ours
        kind = MessageKind.COMMENT if answers_us else MessageKind.MENTION
        thread = ancestors[0].id if ancestors else status.in_reply_to_id or status.id
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=status.id,
        kind=kind,
        author=Author(
            remote_id=person.id,
            handle=person.acct,
            name=person.display_name or person.username,
            url=person.url,
            avatar_url=person.avatar,
        ),
        text=plain(status.content),
        sent_at=status.created_at,
        url=status.url or status.uri,
        thread=thread,
        post_remote_id=next((each.id for each in ancestors if each.account.id == ours), None),
        refs={"visibility": status.visibility},
        media_urls=tuple(each.url for each in status.media_attachments if each.url),
    )
