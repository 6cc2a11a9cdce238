"""How Meta tells of what happens: Facebook, Instagram and Threads share its manners.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started

Meta signs the escaped text that it sends: the raw bytes are verified, never a body written anew.
One body holds many events, of many accounts; each is read by itself.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Told

SIGNATURE = "x-hub-signature-256"


def _from_epoch(spelled: Any) -> Any:
    """Meta writes seconds in changes and milliseconds in messaging."""
    if not isinstance(spelled, int):
        return spelled
    return datetime.fromtimestamp(spelled / 1000 if spelled > 100_000_000_000 else spelled, UTC)


Epoch = Annotated[datetime, BeforeValidator(_from_epoch)]


class Model(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes receive no webhooks


class Entry(Model):
    """What happened to one account."""

    id: str
    time: Epoch | None = None  # when it was told
    changes: list[Any] = []
    messaging: list[Any] = []


class Body(Model):
    object: str
    entry: list[Any] = []


class Change(Model):
    field: str
    value: Any = None


# One event: what somebody said, or else what it was. It may raise ValueError (ValidationError is
# one): then the event cannot be read.
type Read = Callable[[Any, Entry], Heard | str]


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    known = (secret for each in secrets for secret in each.webhook_secrets)
    expected = (f"sha256={_hmac(secret, body)}" for secret in known)
    if not is_among(headers.get(SIGNATURE, ""), expected):
        raise Forged("the signature does not fit the body")


def challenge(query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
    tokens = (each.verify_token.get_secret_value() for each in secrets if each.verify_token)
    asked = query.get("hub.mode") == "subscribe" and "hub.challenge" in query
    if not is_among(query.get("hub.verify_token", ""), tokens) or not asked:
        raise Forged("not a question that we were told to expect")
    return query["hub.challenge"]


def normalise(body: bytes, *, about: str, changes: Mapping[str, Read], messaging: Read) -> Told:
    """`about` is the object that a platform's bodies are about, `changes` its fields."""
    try:
        told = Body.model_validate_json(body)
    except ValueError:
        raise BadMessage("not a body that Meta sends") from None
    if told.object != about:
        return Told(unread=(told.object,) * len(told.entry))
    heard: list[Heard] = []
    unread: list[str] = []
    broken: list[str] = []
    for entry in told.entry:
        for name, event, read, at in _events(entry, changes, messaging):
            try:
                came = read(event, at)
            except (ValueError, OverflowError):
                broken.append(name)
                continue
            if isinstance(came, Heard):
                heard.append(came)
            else:
                unread.append(came)
    return Told(tuple(heard), tuple(unread), tuple(broken))


def _events(
    entry: Any, changes: Mapping[str, Read], messaging: Read
) -> Iterator[tuple[str, Any, Read, Entry]]:
    """What each event is called, what it holds, who reads it, and where it stands."""
    nowhere = Entry(id="")
    try:
        at = Entry.model_validate(entry)
    except ValueError:
        yield "entry", None, _unreadable, nowhere
        return
    for each in at.changes:
        try:
            change = Change.model_validate(each)
        except ValueError:
            yield "change", None, _unreadable, at
            continue
        yield change.field, change.value, changes.get(change.field, _unknown(change.field)), at
    for each in at.messaging:
        yield "messaging", each, messaging, at


def _unknown(name: str) -> Read:
    return lambda _event, _at: name


def _unreadable(_event: Any, _at: Entry) -> Heard | str:
    raise ValueError("it has not the shape of one")


def _hmac(secret: SecretStr, body: bytes) -> str:
    return hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()


def is_among(given: str, expected: Iterable[str]) -> bool:
    """Compared with all of them, each in constant time; nothing is among nothing."""
    fits = [hmac.compare_digest(_bytes(given), _bytes(each)) for each in expected]
    return bool(given) and any(fits)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # a forged header may hold anything
