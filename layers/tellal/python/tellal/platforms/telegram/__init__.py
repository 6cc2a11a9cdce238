"""Telegram, as a bot. https://core.telegram.org/bots/api

What must stay true: nothing that was sent can be read back, and no key of ours is kept, so what
was sent and not answered is never sent again by itself. The token is the whole identity, and
stands in every address: no address is ever told to anybody.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms.answering import COMMENTS, checked
from tellal.platforms.calls import Calls, Gone
from tellal.platforms.counts import counts
from tellal.platforms.hearing import AppSecrets, Hook, Told
from tellal.platforms.protocol import (
    Connected,
    Limits,
    MediaReader,
    PartKey,
    Prepared,
    Promise,
    Published,
    Thread,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.telegram import connecting, facts, posting, webhooks
from tellal.platforms.telegram.connecting import TelegramConnection, TelegramCredentials
from tellal.platforms.telegram.facts import FACTS, NOBODY_KNOWS, TITLE
from tellal.platforms.telegram.line import Line
from tellal.platforms.telegram.measuring import MEASURED
from tellal.posts import Content, Part, PartKind, Remote, ReplyTo

NONE_SET = (
    "Telegram is given a secret to prove itself with, and none is set: whoever runs Tellal has to"
    " enter an app of Telegram with a webhook secret"
)


class Telegram:
    name: ClassVar = "telegram"
    facts: ClassVar = FACTS
    Connection: ClassVar[type[BaseModel]] = TelegramConnection
    Credentials: ClassVar[type[BaseModel]] = TelegramCredentials
    webhook_headers: ClassVar = (webhooks.HEADER,)
    deletes_kinds: ClassVar[frozenset[MessageKind]] = COMMENTS

    def __init__(self, channel: Channel, credentials: TelegramCredentials, calls: Calls) -> None:
        self._channel = channel
        self._site = calls.hosts["site"]
        self._line = Line(credentials.bot_token, calls)

    @classmethod
    def connect(cls, given: TelegramConnection, calls: Calls) -> Connected:
        return connecting.connect(given, calls)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike everywhere
        """Of a text; with photos it is shorter."""
        return facts.limits(photos=False)

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return facts.length(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        parts = parts_of(content)
        limits = facts.limits(photos=bool(content.media))
        common = broken_rules(parts, title=TITLE, limits=limits, length=facts.length)
        refuse((*common, *posting.broken(parts[0], channel)))
        return parts

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:  # noqa: ARG003 – alike everywhere
        return _answer(PartKind.ANSWER, text, to)

    @classmethod
    def render_message(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
        *,
        late: bool,  # noqa: ARG003 – Telegram has no time that could be over
    ) -> tuple[Part, ...]:
        return _answer(PartKind.DIRECT, text, to)

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike for all
        return NOBODY_KNOWS

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared:
        """Notes: by a photo's place, where it is kept for Telegram to fetch."""
        return posting.prepare(part, media)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – Telegram keeps none
        thread: Thread,  # noqa: ARG002 – there are none here
        media: MediaReader,
    ) -> Published:
        return posting.commit(self._line, part, self._channel, media, site=self._site)

    def delete(self, remote: Remote) -> None:
        try:
            posting.delete(self._line, remote)
        except Gone:
            return

    def delete_message(self, message: Remote) -> None:
        """Of somebody's, in a group where the bot may."""
        chat, number = posting.parted(message)
        try:
            self._line("deleteMessage", commits=True, chat_id=chat, message_id=number)
        except Gone:
            return

    # ── receiving ────────────────────────────────────────────────────────────────────────────

    def subscribe(self, hook: Hook) -> None:
        secret = hook.secret()
        if secret is None:
            raise Rejected(NONE_SET)
        self._line(
            "setWebhook",
            url=hook.address,
            secret_token=webhooks.word_for(self._channel.remote_id, secret),
            allowed_updates=list(webhooks.WANTED),
        )

    def unsubscribe(self, hook: Hook) -> None:  # noqa: ARG002 – a bot has one at most
        self._line("deleteWebhook")

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_channel(self) -> Mapping[Metric, int]:
        """How many have subscribed; a bot that publishes nowhere has nobody to count."""
        chat = self._channel.server.get("chat_id")
        if chat is None:
            return {}
        stated = self._line("getChatMemberCount", chat_id=int(chat)).read(dict[str, Any])
        return counts(stated, MEASURED.channel)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:  # noqa: ARG002 – none is told of
        return {}

    # ── being told ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        webhooks.verify(body, headers, secrets)

    @classmethod
    def receiver(cls, headers: Mapping[str, str]) -> str:
        return webhooks.receiver(headers)

    @classmethod
    def archived_headers(cls, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        return webhooks.archived_headers(body, headers)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body)


def _answer(kind: PartKind, text: str, to: ReplyTo) -> tuple[Part, ...]:
    part = Part(kind=kind, text=text, reply_to=to)
    most = FACTS.limits["text_length"].value
    return checked(part, title=TITLE, most=most, unit=facts.UNIT, length=facts.length)
