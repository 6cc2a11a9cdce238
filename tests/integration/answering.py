"""A channel on a sandbox where somebody said something, and the requests of whoever answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.control_client import Control
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.conversations import Author, Heard, Message, MessageKind, message_id
from tellal.deliveries import Delivery, State
from tests.integration.api_calls import Call, Reply
from tests.integration.deliveries import Follow

AYSE = "ayse"


@dataclass
class Ahead:
    """The machine's time, and as much more as it was moved."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self.by


@dataclass
class Desk:
    """Time is moved here and on the sandbox alike."""

    call: Call
    key: str
    control: Control
    channel: Channel
    publish: Follow
    now: Ahead

    def move(self, by: timedelta) -> None:
        self.now.by += by
        self.control.advance(seconds=by.total_seconds())

    def hear(self, said: dict[str, Any], kind: MessageKind, **facts: Any) -> Message:
        """What the sandbox answered an act with, as a webhook would have told it."""
        usual: dict[str, Any] = {
            "channel_remote_id": self.channel.remote_id,
            "remote_id": said["id"],
            "kind": kind,
            "author": Author(remote_id=said.get("person", AYSE), handle=AYSE),
            "text": "Open today?",
            "sent_at": self.now(),
            "thread": said.get("person", "post"),
        }
        heard = Heard(**usual | facts)
        wiring.inbox().store(self.channel, heard, now=self.now())
        return self.read(message_id(self.channel.channel_id, heard.remote_id))

    def read(self, message_id: str) -> Message:
        message = wiring.messages().get(message_id)
        assert message is not None
        return message

    def answer(self, to: Message, text: str = "Until six.", **given: Any) -> Reply:
        conversation = wiring.conversations().get(to.conversation_id)
        assert conversation is not None
        body = {"text": text, "version": conversation.version, "message_id": to.message_id}
        path = f"/conversations/{to.conversation_id}/messages"
        return self.call("POST", path, key=self.key, body={**body, "same_words": True, **given})

    def do(self, what: str, with_: Message) -> Reply:
        path = f"/conversations/{with_.conversation_id}/messages/{with_.message_id}/{what}"
        return self.call("POST", path, key=self.key)

    def sent(self, reply: Reply) -> Delivery:
        """Published, by the one who follows its hint."""
        assert reply.status == 201, reply.text
        delivery = wiring.deliveries().get(reply.json["delivery_id"])
        assert delivery is not None
        return self.publish(delivery)

    def published(self, reply: Reply) -> Delivery:
        delivery = self.sent(reply)
        assert delivery.state is State.PUBLISHED, delivery.trouble
        return delivery

    def shown(self, message: Message) -> dict[str, Any]:
        """As the API shows it."""
        path = f"/conversations/{message.conversation_id}"
        listed = self.call("GET", path, key=self.key).json["messages"]["items"]
        found: dict[str, Any] = next(m for m in listed if m["message_id"] == message.message_id)
        return found

    def public(self, post_id: str | None) -> dict[str, Any]:
        return next(post for post in self.control.posts() if post["id"] == post_id)

    def below(self, post_id: str | None) -> list[str]:
        posts = self.control.posts()
        return [each["text"] for each in posts if each["in_reply_to"] == post_id]
