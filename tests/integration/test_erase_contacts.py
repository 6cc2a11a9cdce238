"""Erasing a person: nothing that tells of them is left, and nothing comes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.erase_contacts.handler import handler
from tellal import clock, wiring
from tellal.audit import Who
from tellal.channels import Channel
from tellal.config import settings
from tellal.conversations import Author, Change, Contact, Heard, MessageKind, contact_id
from tellal.deliveries import State
from tellal.errors import BadMessage
from tellal.inbox.receiving import Outcome
from tests.conftest import TEN, Context
from tests.integration.api_calls import Call

AYSE = Author(
    remote_id="77", handle="ayse@other.example", name="Ayşe", url="https://other.example/@ayse"
)


def hear(channel: Channel, number: int, author: Author = AYSE, **facts: Any) -> Outcome:
    usual: dict[str, Any] = {
        "channel_remote_id": channel.remote_id,
        "remote_id": str(number),
        "kind": MessageKind.MENTION,
        "author": author,
        "text": "My secret",
        "sent_at": TEN + timedelta(minutes=number),
        "thread": "thread",
        "url": "https://other.example/@ayse/1",
        "refs": {"visibility": "unlisted"},
        "media_urls": ("https://other.example/secret.png",),
    }
    return wiring.inbox().store(channel, Heard(**usual | facts), now=clock.now())


def contact_of(channel: Channel, author: Author = AYSE) -> Contact:
    key = contact_id(channel.workspace_id, channel.platform, author.remote_id)
    contact = wiring.contacts().get(key)
    assert contact is not None
    return contact


def begin(contact: Contact) -> None:
    writes = wiring.erasing().beginning(contact, by=Who(id="mem_1"), now=clock.now())
    wiring.contacts().table.transact(writes)


def everything(aws: Any) -> str:
    """All that stands in the tables, but the credentials."""
    dynamodb = aws.client("dynamodb")
    return str([dynamodb.scan(TableName=name)["Items"] for name in settings().tables.values()])


def test_nothing_that_tells_of_the_person_is_left(
    empty: None, aws: Any, call: Call, admin: str, mastodon_channel: Channel, context: Any
) -> None:
    for number in range(3):
        assert hear(mastodon_channel, number, thread=str(number % 2)) is Outcome.STORED
    [listed, *_] = call("GET", "/conversations", key=admin).json["items"]
    place = f"/conversations/{listed['conversation_id']}"
    body = {"text": "Dear Ayşe, no", "version": listed["version"]}
    said = call("POST", f"{place}/messages", key=admin, body=body).json
    call("POST", f"{place}/notes", key=admin, body={"text": "Ayşe again"})
    contact = contact_of(mastodon_channel)
    assert "Ayşe" in everything(aws)

    begin(contact)
    handler({"contact_id": contact.contact_id}, context)
    handler({"contact_id": contact.contact_id}, context)

    left = everything(aws)
    for word in ("Ayşe", "ayse", "My secret", "secret.png", "other.example"):
        assert word not in left, word
    delivery = wiring.deliveries().get(said["delivery_id"])
    assert delivery is not None
    assert delivery.state is State.CANCELLED  # nobody had begun to send it
    erased = wiring.contacts().get(contact.contact_id)
    assert erased is not None
    assert erased.erased_at is not None
    assert call("GET", "/contacts", key=admin).json["items"] == []
    assert call("GET", place, key=admin).json["state"] == "closed"


def test_what_of_theirs_comes_or_comes_again_is_not_kept(
    mastodon_channel: Channel, context: Any
) -> None:
    hear(mastodon_channel, 1)
    contact = contact_of(mastodon_channel)
    begin(contact)
    assert hear(mastodon_channel, 2) is Outcome.ERASED
    assert hear(mastodon_channel, 3, thread="another") is Outcome.ERASED
    handler({"contact_id": contact.contact_id}, context)
    edit: dict[str, Any] = {
        "change": Change.EDITED,
        "text": "My secret again",
        "sent_at": TEN + timedelta(days=1),
    }
    assert hear(mastodon_channel, 1, **edit) is Outcome.KNOWN
    assert hear(mastodon_channel, 1) is Outcome.KNOWN
    assert hear(mastodon_channel, 9, AYSE.model_copy(update={"remote_id": "78"})) is Outcome.STORED


class OutOfTime(Context):
    """Enough for some rows, and then for no more."""

    left = 3

    def get_remaining_time_in_millis(self) -> int:
        self.left -= 1
        return 60_000 if self.left >= 0 else 5_000


def test_a_run_that_is_out_of_time_is_followed_by_one_that_goes_on(
    mastodon_channel: Channel, event: Callable[[str], Any], context: Any
) -> None:
    asked: list[Any] = []
    out_of_time: Any = OutOfTime()

    class Again:
        def ask(self, function: str, event: Any) -> None:
            asked.append(event)

    for number in range(10, 20):
        hear(mastodon_channel, number)
    contact = contact_of(mastodon_channel)
    begin(contact)
    wanted = {**event("erase_contacts/a_contact"), "contact_id": contact.contact_id}
    with wiring.rewired(again=Again()):
        handler(wanted, out_of_time)
    assert asked == [wanted]
    handler(asked[0], context)
    erased = wiring.contacts().get(contact.contact_id)
    assert erased is not None
    assert erased.erased_at is not None


def test_nobody_is_erased_whose_erasure_was_not_begun(
    mastodon_channel: Channel, context: Any
) -> None:
    hear(mastodon_channel, 30)
    contact = contact_of(mastodon_channel)
    for named in (contact.contact_id, "con_nobody"):
        handler({"contact_id": named}, context)
    assert contact_of(mastodon_channel) == contact


@pytest.mark.parametrize("event", [{}, {"contact_id": 7}, {"contact_id": "con_1", "more": 1}])
def test_an_event_of_another_shape_goes_to_the_failures(
    aws: Any, event: dict[str, Any], context: Any
) -> None:
    with pytest.raises(BadMessage):
        handler(event, context)
