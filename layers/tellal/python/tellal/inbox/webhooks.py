"""Webhooks: verified over the raw bytes before anything reads them, archived, then stored.

Nothing about a record from the queue can be trusted: anybody may call the address, and headers
were put into JSON unescaped. Its platform only selects whose secrets must verify. What verifies
with none of them is counted and dropped; what verifies and cannot be read fails whole, so that
the queue brings it to the dead letters.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tellal import clock
from tellal.channels import App, Channel, ChannelState
from tellal.conversations import Heard
from tellal.errors import AlreadyChanged, BadMessage, Forged, NotFound
from tellal.inbox.receiving import Inbox, heard_lately
from tellal.platforms import PLATFORMS
from tellal.platforms.hearing import (
    AnswersChallenges,
    AppSecrets,
    DatesWebhooks,
    Finished,
    NamesReceiver,
    ReceivesWebhooks,
    Revoked,
    Told,
)
from tellal.stores.channels import AppStore
from tellal.stores.objects import Bucket
from tellal.stores.once import OnceStore
from tellal.stores.secrets import Vault, of_app

REFUSED = "refused"  # an outcome, and the purpose of the rows that count them by platform and day
ASKED = "asked what became of it"  # an outcome: of what the platform says it is done with
REVOKED = "revoked"  # an outcome: a channel has to be connected again
UNREAD = "unread"  # an outcome: of an event that is no message to us
COUNTED_FOR = timedelta(days=90)
MOST_TRIES = 5  # to write a channel that others write too
SECRETS_KNOWN_FOR = timedelta(minutes=1)  # how long a withdrawn secret may still verify


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """What somebody sent to a platform's address."""

    platform: str  # one that sends webhooks
    body: bytes  # raw
    headers: Mapping[str, str]  # those its signature needs, as far as they came
    received_at: datetime | None = None  # when the queue took it; it may have waited there since

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def webhook(
    platform: Any, text: Any, headers: Mapping[str, Any], *, received_at: datetime | None = None
) -> Webhook:
    """Raises BadMessage for what no route of ours sends."""
    adapter = PLATFORMS.get(platform) if isinstance(platform, str) else None
    if not isinstance(adapter, ReceivesWebhooks):
        raise BadMessage("a webhook of no platform that sends them")
    try:
        body = text.encode()
    except (AttributeError, UnicodeEncodeError) as error:
        raise BadMessage("a webhook whose body is not a text") from error
    named = {name: headers.get(name) for name in adapter.webhook_headers}
    came = {name: value for name, value in named.items() if isinstance(value, str)}
    return Webhook(platform=adapter.name, body=body, headers=came, received_at=received_at)


def of_record(record: Mapping[str, Any]) -> Webhook:
    """An SQS record as API Gateway made it: the body whole, all else as message attributes."""
    attributes = record.get("messageAttributes") or {}
    texts = {name: attribute.get("stringValue") for name, attribute in attributes.items()}
    return webhook(texts.get("platform"), record.get("body"), texts, received_at=_queued_at(record))


def of_archive(archived: bytes) -> Webhook:
    try:
        told = json.loads(archived)
        return webhook(told["platform"], told["body"], told["headers"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadMessage("not an archived webhook") from error


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    inbox: Inbox
    apps: AppStore
    vault: Vault
    archive: Bucket
    once: OnceStore
    lost: Callable[[Channel, str], object]  # remembers that only a person can bring it back
    finished: Callable[[Channel, str, datetime], int]  # asks what became of what it has taken
    _secrets: dict[str, tuple[datetime, tuple[AppSecrets, ...]]] = field(
        default_factory=dict, init=False
    )

    def receive(self, webhook: Webhook, *, now: datetime) -> Mapping[str, int]:
        """How many messages had which outcome. Raises BadMessage for what cannot be read."""
        try:
            self.verify(webhook, now=now)
            _refuse_stale(webhook, webhook.received_at or now)
        except Forged:
            counted = _refusals(webhook.platform, now)
            self.once.count(REFUSED, counted, until=now + COUNTED_FOR)
            return {REFUSED: 1}
        self._archive(webhook, now)
        return self.store(webhook, now=now, came_now=True)

    def refused_today(self, platform: str, *, now: datetime) -> int:
        """Since midnight, UTC."""
        row = self.once.get(REFUSED, _refusals(platform, now), now=now)
        return int(row["count"]) if row else 0

    def verify(self, webhook: Webhook, *, now: datetime) -> None:
        """Raises Forged; not before the secrets were read anew, for one may have been added."""
        adapter = _adapter(webhook.platform)
        read_at, secrets = self._known_secrets(webhook.platform, now)
        try:
            adapter.verify(webhook.body, webhook.headers, secrets)
        except Forged:
            if read_at == now:
                raise
            adapter.verify(webhook.body, webhook.headers, self._read_secrets(webhook.platform, now))

    def store(
        self, webhook: Webhook, *, now: datetime, came_now: bool = False
    ) -> Mapping[str, int]:
        """Keep what a verified webhook tells, for every channel it concerns. Safe to repeat.

        `came_now`: so that its channels were heard just now. Of the archive they were not.
        Raises BadMessage if an event cannot be read, or what another one failed with: once the
        others are kept, so that the whole body ends in the dead letters and nothing of it waits
        there for itself alone.
        """
        told = _told(webhook)
        outcomes = Counter(f"{UNREAD}: {event}" for event in told.unread)
        troubles: list[Exception] = []
        for revoked in told.revoked:
            with _set_aside(troubles):
                outcomes[REVOKED] += self._revoke(webhook.platform, revoked)
        for finished in told.finished:
            with _set_aside(troubles):
                outcomes[ASKED] += self._ask(webhook.platform, finished, now)
        by_channel: defaultdict[str, list[Heard]] = defaultdict(list)
        for heard in told.heard:
            by_channel[heard.channel_remote_id].append(heard)
        for remote_id, messages in by_channel.items():
            with _set_aside(troubles):
                listeners = list(self.inbox.listeners(webhook.platform, remote_id))
                for channel in listeners:
                    outcomes.update(self._heard(channel, messages, troubles, now))
                    if came_now:
                        self._note_heard(channel, now)
                if not listeners:
                    outcomes["unconnected"] += len(messages)
        if troubles:
            raise troubles[0]
        if told.broken:
            raise BadMessage(f"events that cannot be read: {', '.join(told.broken)}")
        return outcomes

    def challenge(
        self, platform: str, query: Mapping[str, str], *, now: datetime
    ) -> str | Mapping[str, str]:
        """The answer that shows a platform whose address this is. Raises NotFound, Forged."""
        adapter: object = _adapter(platform)
        if not isinstance(adapter, AnswersChallenges):
            raise NotFound("no platform that asks has this name")
        return adapter.challenge(query, self._read_secrets(platform, now))

    def secrets_of(self, platform: str, *, now: datetime) -> tuple[AppSecrets, ...]:
        """Read anew: this is asked seldom, and one may have been added."""
        return self._read_secrets(platform, now)

    def _heard(
        self, channel: Channel, messages: list[Heard], troubles: list[Exception], now: datetime
    ) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        for each in messages:
            with _set_aside(troubles):
                outcomes[self.inbox.store(channel, each, now=now)] += 1
        return outcomes

    def _ask(self, platform: str, finished: Finished, now: datetime) -> int:
        """How many deliveries are asked about at once."""
        listeners = self.inbox.listeners(platform, finished.channel_remote_id)
        return sum(self.finished(each, finished.name, now) for each in list(listeners))

    def _revoke(self, platform: str, revoked: Revoked) -> int:
        """How many channels are to be connected again. None of those that were since."""
        title = PLATFORMS[platform].facts.title
        reason = f"{title} says that its owner took our permission back"
        lost = 0
        for _ in range(MOST_TRIES):  # who else writes a channel just then is met once more
            held = [
                each
                for each in self.inbox.listeners(platform, revoked.channel_remote_id)
                if each.state is ChannelState.CONNECTED
                and (each.connected_at or each.created_at) <= revoked.at
            ]
            if not held:
                break
            for channel in held:
                self.lost(channel, reason)
            lost = max(lost, len(held))
        return lost

    def _archive(self, webhook: Webhook, now: datetime) -> None:
        """One object a day however often it comes: the same key, and the same bytes in it."""
        adapter: object = _adapter(webhook.platform)
        headers = webhook.headers
        if isinstance(adapter, NamesReceiver):
            headers = adapter.archived_headers(webhook.body, headers)
        told = {
            "platform": webhook.platform,
            "headers": headers,
            "body": webhook.body.decode(),
        }
        self.archive.put(
            f"webhooks/{webhook.platform}/{clock.day(now)}/{webhook.digest}.json",
            json.dumps(told, ensure_ascii=False).encode(),
            content_type="application/json",
        )

    def _note_heard(self, channel: Channel, now: datetime) -> None:
        if heard_lately(channel, now):
            return
        try:
            self.inbox.channels.save(channel, channel.model_copy(update={"last_heard_at": now}))
        except AlreadyChanged:
            return  # the next message says it again

    def _known_secrets(
        self, platform: str, now: datetime
    ) -> tuple[datetime, tuple[AppSecrets, ...]]:
        known = self._secrets.get(platform)
        if known is None or now >= known[0] + SECRETS_KNOWN_FOR:
            return now, self._read_secrets(platform, now)
        return known

    def _read_secrets(self, platform: str, now: datetime) -> tuple[AppSecrets, ...]:
        secrets = tuple(self._opened(app) for app in self.apps.of_platform(platform))
        self._secrets[platform] = now, secrets
        return secrets

    def _opened(self, app: App) -> AppSecrets:
        context = of_app(app.app_id)
        token = app.sealed_verify_token
        return AppSecrets(
            webhook_secrets=tuple(
                self.vault.open(sealed, context) for sealed in app.sealed_webhook_secrets
            ),
            verify_token=self.vault.open(token, context) if token else None,
        )


def _told(webhook: Webhook) -> Told:
    adapter = _adapter(webhook.platform)
    told = adapter.normalise(webhook.body)
    if isinstance(adapter, NamesReceiver):
        return told.to(adapter.receiver(webhook.headers))
    return told


@contextmanager
def _set_aside(troubles: list[Exception]) -> Iterator[None]:
    """What fails in here does not stop what comes after it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # raised again, when all the others are kept
        troubles.append(error)


def _queued_at(record: Mapping[str, Any]) -> datetime | None:
    try:
        spelled = int(record["attributes"]["SentTimestamp"])
        return datetime.fromtimestamp(spelled / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _refuse_stale(webhook: Webhook, received_at: datetime) -> None:
    """Raises Forged for a copy of what was signed long before it came."""
    adapter: object = _adapter(webhook.platform)
    if not isinstance(adapter, DatesWebhooks):
        return
    if abs(received_at - adapter.signed_at(webhook.headers)) > adapter.signed_for:
        raise Forged("it was signed at another time")


def _refusals(platform: str, now: datetime) -> str:
    return f"{platform}#{clock.day(now)}"


def _adapter(platform: str) -> ReceivesWebhooks:
    adapter = PLATFORMS.get(platform)
    if not isinstance(adapter, ReceivesWebhooks):
        raise NotFound("no platform that sends webhooks has this name")
    return adapter
