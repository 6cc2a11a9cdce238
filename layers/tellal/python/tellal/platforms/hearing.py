"""What an adapter offers that brings messages in: read when asked, or told by webhooks.

Abilities as in `protocol`: each is offered by having its methods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from pydantic import SecretStr

from tellal.conversations import Heard


@dataclass(frozen=True)
class InboxPage:
    heard: tuple[Heard, ...]
    cursor: str | None  # to be kept, and handed to the next reading
    more: bool = False  # it can be read on at once, even if nothing was heard


@dataclass(frozen=True)
class AppSecrets:
    """An app's secrets as a webhook needs them, opened."""

    webhook_secrets: tuple[SecretStr, ...] = ()  # newest first
    verify_token: SecretStr | None = None


@dataclass(frozen=True)
class Told:
    """What a verified body held, event by event. One that cannot be read never hides the others."""

    heard: tuple[Heard, ...] = ()
    unread: tuple[str, ...] = ()  # of events that are no messages to us, what each was: "feed.like"
    broken: tuple[str, ...] = ()  # of events that could not be read, what each was; never its text


@runtime_checkable
class ReadsInbox(Protocol):
    def read_inbox(self, cursor: str | None) -> InboxPage:
        """What came since the cursor, oldest first; without one, the most recent page."""
        ...


@runtime_checkable
class ReceivesWebhooks(Protocol):
    webhook_headers: ClassVar[tuple[str, ...]]  # lower case; they travel with the body, untrusted

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        """Over the raw bytes, in constant time. Raises Forged."""
        ...

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        """What a verified body tells. Raises BadMessage if it cannot be read at all."""
        ...


@runtime_checkable
class AnswersChallenges(Protocol):
    @classmethod
    def challenge(
        cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]
    ) -> str | Mapping[str, str]:
        """The answer to the platform's question whether the address is ours: a text, or the
        fields of a JSON object. Raises Forged."""
        ...
