"""How webhooks are held to their signatures and read event by event, on whichever platform.

One body may hold many events, and platforms grow new ones without notice: what is no message is
named and left, and what cannot be read hides no other.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, StringConstraints

from tellal.conversations import Heard
from tellal.platforms.hearing import AppSecrets, Finished, Revoked, Told

OURS = "our own"  # an event about what we did ourselves


class Model(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes receive no webhooks


def _from_epoch(spelled: Any) -> Any:
    """Seconds or milliseconds since 1970, as a number or a text. Raises ValueError."""
    if isinstance(spelled, datetime):
        return spelled
    text = str(spelled)
    if isinstance(spelled, bool) or not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise ValueError("not a time")
    number = int(text)
    try:
        return datetime.fromtimestamp(number / 1000 if number > 100_000_000_000 else number, UTC)
    except (OverflowError, OSError):
        raise ValueError("not a time of ours") from None


def _exact(spelled: Any) -> Any:
    """An id that may be a number: as its digits, for it may be larger than a float is exact."""
    return str(spelled) if isinstance(spelled, int) and not isinstance(spelled, bool) else spelled


Epoch = Annotated[datetime, BeforeValidator(_from_epoch)]
Id = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_exact)]

type Came = Heard | Revoked | Finished | str  # what somebody said, or else what it was


@dataclass(frozen=True)
class Event:
    name: str
    read: Callable[[], Came]  # raises ValueError (ValidationError is one) if it cannot be read


def told(events: Iterable[Event]) -> Told:
    heard: list[Heard] = []
    revoked: list[Revoked] = []
    finished: list[Finished] = []
    unread: list[str] = []
    broken: list[str] = []
    for event in events:
        try:
            came = event.read()
        except (ValueError, OverflowError):
            broken.append(event.name)
            continue
        match came:
            case Heard():
                heard.append(came)
            case Revoked():
                revoked.append(came)
            case Finished():
                finished.append(came)
            case _:
                unread.append(came)
    return Told(tuple(heard), tuple(unread), tuple(broken), tuple(revoked), tuple(finished))


def unreadable() -> Came:
    raise ValueError("it has not the shape of one")


def keys(secrets: Sequence[AppSecrets]) -> Iterator[SecretStr]:
    """All of a platform's apps, the newest first of each."""
    return (secret for each in secrets for secret in each.webhook_secrets)


def digest(secret: SecretStr, signed: bytes) -> bytes:
    return hmac.digest(secret.get_secret_value().encode(), signed, "sha256")


def is_among(given: str, expected: Iterable[str]) -> bool:
    """Compared with all of them, each in constant time; nothing is among nothing."""
    fits = [hmac.compare_digest(_bytes(given), _bytes(each)) for each in expected]
    return bool(given) and any(fits)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # a forged header may hold anything
