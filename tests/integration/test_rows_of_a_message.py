"""Writes are what the inbox costs: how many rows a message makes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tellal import clock, wiring
from tellal.channels import Channel
from tellal.conversations import Author, ConversationState, Heard, MessageKind
from tests.conftest import TEN

MOST = 3


def rows(channel: Channel, number: int, *, thread: str = "1") -> int:
    """How many are written, all at once, for one more message."""
    written: list[int] = []
    inbox = wiring.inbox()

    def count(writes: Iterable[Any]) -> None:
        writes = list(writes)
        written.append(len(writes))
        inbox.transact(writes)

    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=str(number),
        kind=MessageKind.MENTION,
        author=Author(remote_id="7", handle="ayse"),
        text="Hello",
        sent_at=TEN + timedelta(minutes=number),
        thread=thread,
    )
    replace(inbox, transact=count).store(channel, heard, now=clock.now())
    [total] = written
    return total


def test_a_new_message_makes_three_rows_at_most(empty: None, mastodon_channel: Channel) -> None:
    assert rows(mastodon_channel, 1) == MOST  # itself, its conversation, its contact
    assert rows(mastodon_channel, 2) == 2
    assert rows(mastodon_channel, 3, thread="2") == MOST
    store = wiring.conversations()
    for item in store.listed(mastodon_channel.workspace_id, ConversationState.OPEN).items:
        seen = store.value(item)
        store.save(seen, seen.model_copy(update={"state": ConversationState.CLOSED}))
    assert rows(mastodon_channel, 4) == MOST  # it is reopened, which is written down
