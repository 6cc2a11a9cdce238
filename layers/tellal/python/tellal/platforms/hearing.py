"""What an adapter offers that brings messages in: read when asked, or told by webhooks.

Abilities as in `protocol`: each is offered by having its methods.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
class Revoked:
    """Whoever owns a channel took our permission back."""

    channel_remote_id: str
    at: datetime  # a channel that was connected after it is not concerned


@dataclass(frozen=True)
class Finished:
    """A platform is done with something of ours that it took: it is now to be asked about."""

    channel_remote_id: str
    name: str  # the platform's, as the adapter keeps it in a part's notes


@dataclass(frozen=True)
class Told:
    """What a verified body held, event by event. One that cannot be read never hides the others."""

    heard: tuple[Heard, ...] = ()
    unread: tuple[str, ...] = ()  # of events that are no messages to us, what each was: "feed.like"
    broken: tuple[str, ...] = ()  # of events that could not be read, what each was; never its text
    revoked: tuple[Revoked, ...] = ()
    finished: tuple[Finished, ...] = ()

    def to(self, channel_remote_id: str) -> "Told":
        """The same, told to this channel."""
        meant = {"channel_remote_id": channel_remote_id}
        return replace(self, heard=tuple(each.model_copy(update=meant) for each in self.heard))


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


@dataclass(frozen=True)
class Hook:
    """Where a platform is to send what it tells us."""

    address: str  # https://…
    # its app's newest, for platforms that are told what to prove themselves with; None: none is set
    secret: Callable[[], SecretStr | None] = lambda: None


@runtime_checkable
class Subscribes(Protocol):
    """Tells by webhook only of channels that it was asked to tell of, one by one.

    `Facts.subscribed_for` is how long that is trusted before it is asked again.
    """

    def subscribe(self, hook: Hook) -> None:
        """Ask it to tell us of this channel. Again is no error.

        Raises a PublishError whose sentence says what will not be told, and why.
        """
        ...


@runtime_checkable
class Unsubscribes(Protocol):
    def unsubscribe(self, hook: Hook) -> None:
        """Ask it to tell us no more. That it did not is no error."""
        ...


UNNAMED = "unnamed"  # which channel it is for, of what a body tells that does not say


@runtime_checkable
class NamesReceiver(Protocol):
    """Whose bodies do not say which channel they are for: the header that proves them does.

    Such a header proves any body, so it is not what is archived.
    """

    @classmethod
    def receiver(cls, headers: Mapping[str, str]) -> str:
        """Of a verified webhook: the channel, by its remote id. What `normalise` heard has
        UNNAMED in its place."""
        ...

    @classmethod
    def archived_headers(cls, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Of a verified webhook: headers that verify this body, and no other."""
        ...


@runtime_checkable
class DatesWebhooks(Protocol):
    """Whose signature holds the time it was made: one that comes long after it is a copy.

    What is in the archive came in time, and is not held to it again.
    """

    signed_for: ClassVar[timedelta]  # it is good for, either way: clocks differ

    @classmethod
    def signed_at(cls, headers: Mapping[str, str]) -> datetime:
        """Of a verified webhook. Raises Forged."""
        ...


@runtime_checkable
class ErasesOnRequest(Protocol):
    """Its platform asks, for a person, that what we keep of them be erased.

    Whoever offers it must know people by the id that is named. Instagram's and Threads' requests
    name an account that let the app in, by an id that the app has of it; whoever writes comes with
    an id of its own on Instagram, and with a name alone on Threads. So an answer that their data
    is being erased would be untrue there: people are erased by hand (`/contacts/…/erase`).
    """

    @classmethod
    def erasure_request(cls, body: bytes, secrets: Sequence[AppSecrets]) -> str:
        """Who it is: their id on the platform. Raises Forged, BadMessage."""
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
