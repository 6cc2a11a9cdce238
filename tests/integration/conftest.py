"""What tests of the API and of publishing stand on, beside what every test does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.publish_delivery.handler import handler as publish_delivery
from local.aws.process import LocalAws
from tellal import ids, wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.conversations import Author, Conversation, Direction, Message, MessageKind
from tellal.deliveries import Delivery
from tests.conftest import TEN
from tests.integration.api_calls import Call, key_of
from tests.integration.deliveries import Follow, hint_for, stored

AUTHOR = Author(remote_id="7", handle="ayse@other.example")


@pytest.fixture
def call(aws: LocalAws, event: Callable[[str], Any], context: Any) -> Call:
    return Call(event("api/write_post"), context)


@pytest.fixture
def owner(aws: LocalAws) -> str:
    """A key of the whole deployment."""
    return key_of(None, Role.OWNER)


@pytest.fixture
def admin(workspace: Workspace) -> str:
    """A key of the workspace."""
    return key_of(workspace.workspace_id, Role.ADMIN)


@pytest.fixture
def elsewhere(aws: LocalAws) -> str:
    """The key of another workspace's admin."""
    other = Workspace(workspace_id=ids.new("ws", now=TEN), name="Other", zone="UTC", created_at=TEN)
    wiring.workspaces().create(other)
    return key_of(other.workspace_id, Role.ADMIN)


@pytest.fixture
def follow(event: Callable[[str], Any], context: Any) -> Follow:
    """Handle a hint to publish a delivery, and return the row as it then stands."""

    def follow(delivery: Delivery) -> Delivery:
        publish_delivery(hint_for(delivery, event("publish_delivery/one_hint")), context)
        return stored(delivery)

    return follow


@pytest.fixture
def conversation(mastodon_channel: Channel) -> Conversation:
    """Two mentions by one person."""
    made = Conversation(
        conversation_id=ids.new("conv", now=TEN),
        workspace_id=mastodon_channel.workspace_id,
        channel_id=mastodon_channel.channel_id,
        platform="mastodon",
        contact_id="con_1",
        kind=MessageKind.MENTION,
        author=AUTHOR,
        excerpt="Hello?",
        unanswered=2,
        last_message_at=TEN,
        created_at=TEN,
    )
    for number, text in enumerate(("Are you open?", "Hello?")):
        wiring.messages().create(
            Message(
                message_id=ids.derived("msg", made.conversation_id, str(number)),
                conversation_id=made.conversation_id,
                workspace_id=made.workspace_id,
                channel_id=made.channel_id,
                direction=Direction.IN,
                kind=MessageKind.MENTION,
                remote_id=str(500 + number),
                author=AUTHOR,
                text=text,
                sent_at=TEN + timedelta(seconds=number),
                refs={"visibility": "unlisted"},
            )
        )
    return wiring.conversations().create(made)
