"""Answering people on Facebook and Instagram: private answers, and messages within their time.
https://developers.facebook.com/docs/messenger-platform/instagram/features/private-replies

Both send to the account's `messages`. What a message's fate is, nobody can ask: a person decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from tellal.channels import Channel
from tellal.errors import Rejected
from tellal.platforms.answering import PERSON, checked
from tellal.platforms.calls import Gone
from tellal.platforms.graph import GraphLine, Refusal, Refusals
from tellal.platforms.protocol import Answering, Published, Sourced
from tellal.posts import Part, PartKind, Remote, ReplyTo

PRIVATE = "https://developers.facebook.com/docs/messenger-platform/discovery/private-replies"
WINDOW = "https://developers.facebook.com/docs/messenger-platform/policy/policy-overview"
SENDING = "https://developers.facebook.com/docs/messenger-platform/reference/send-api"
WINDOWS = Answering(
    private_within=Sourced(timedelta(days=7), PRIVATE),
    private_times=Sourced(1, PRIVATE),
    direct_within=Sourced(timedelta(hours=24), WINDOW),
    direct_late=Sourced(timedelta(days=7), WINDOW),
)
# "yes" where Meta has given the deployment's app the feature Human Agent
HUMAN_AGENT = Sourced("no", WINDOW)
MESSAGES = frozenset({PartKind.PRIVATE, PartKind.DIRECT})
LATE = "late"  # of a direct part's options
TOO_LATE = Refusal(
    Rejected, "{title} takes no message any more: their last one is too long ago, or was private"
)
REFUSALS: Refusals = {  # unverified, but for what is done next: nothing
    551: Refusal(Rejected, "{title} says that this person cannot be written to now"),
    10900: Refusal(Rejected, "{title} says that this comment was answered privately already"),
    2018278: TOO_LATE,
    2534022: TOO_LATE,
}


@dataclass(frozen=True)
class Length:
    """How long a message may be, and how that is counted."""

    title: str
    most: int
    unit: str
    of: Callable[[str], int]


class WritesMessages:
    """Whoever commented in public, and whoever wrote."""

    message_length: ClassVar[Length]

    @classmethod
    def render_private_reply(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
    ) -> tuple[Part, ...]:
        return cls._checked(Part(kind=PartKind.PRIVATE, text=text, reply_to=to))

    @classmethod
    def render_message(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
        *,
        late: bool,
    ) -> tuple[Part, ...]:
        options = {LATE: True} if late else {}
        return cls._checked(Part(kind=PartKind.DIRECT, text=text, reply_to=to, options=options))

    @classmethod
    def _checked(cls, part: Part) -> tuple[Part, ...]:
        length = cls.message_length
        return checked(
            part, title=length.title, most=length.most, unit=length.unit, length=length.of
        )


class Sent(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    message_id: str
    recipient_id: str | None = None


def send(line: GraphLine, account: str, part: Part) -> Published:
    assert part.reply_to is not None, "a message answers one"
    reply = line("POST", f"{account}/messages", json=_body(part), commits=True)
    sent = reply.read(Sent)
    told = {PERSON: sent.recipient_id} if sent.recipient_id else {}
    return Published(Remote(id=sent.message_id, refs=told), reply.request_id)


def _body(part: Part) -> Mapping[str, Any]:
    assert part.reply_to is not None
    message = {"text": part.text}
    if part.kind is PartKind.PRIVATE:
        return {"recipient": {"comment_id": part.reply_to.remote.id}, "message": message}
    late = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    kind = late if part.options.get(LATE) else {"messaging_type": "RESPONSE"}
    return {"recipient": {"id": part.reply_to.author_remote_id}, **kind, "message": message}


def delete(line: GraphLine, path: str) -> None:
    try:
        line("DELETE", path, commits=True)
    except Gone:
        return
