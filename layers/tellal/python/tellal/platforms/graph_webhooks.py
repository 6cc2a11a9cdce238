"""How Meta tells of what happens: Facebook, Instagram and Threads share its manners.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started

Meta signs the escaped text that it sends: the raw bytes are verified, never a body written anew.
One body holds many events, of many accounts; each is read by itself.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, TypeAdapter

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Told

SIGNATURE = "x-hub-signature-256"


def _from_epoch(spelled: Any) -> Any:
    """Meta writes seconds in changes and milliseconds in messaging."""
    if not isinstance(spelled, int):
        return spelled
    seconds = spelled / 1000 if spelled > 100_000_000_000 else spelled
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError("a moment that no calendar has") from None


Epoch = Annotated[datetime, BeforeValidator(_from_epoch)]


class Model(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,  # an id is a text, however it is spelled
        defer_build=True,  # most processes receive no webhooks
    )


class Entry(Model):
    """What happened to one account."""

    id: str
    time: Epoch | None = None  # when it was told
    changes: list[Any] = []
    messaging: list[Any] = []
    # One change may stand here itself, as Instagram's own login is documented.
    field: str | None = None
    value: Any = None


class Body(Model):
    object: str
    entry: list[Any] = []


class Change(Model):
    field: str
    value: Any = None


# One event: what somebody said, or else what it was. It may raise ValueError (ValidationError is
# one): then the event cannot be read.
type Read = Callable[[Any, Entry], Heard | str]


@dataclass(frozen=True)
class Event:
    name: str
    value: Any
    read: Read
    at: Entry


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
    told = parsed(body, Body)
    if told.object != about:
        return Told(unread=(told.object,) * len(told.entry))
    return read_all(event for entry in told.entry for event in _events(entry, changes, messaging))


def parsed[Shape](body: bytes, shape: type[Shape]) -> Shape:
    """Raises BadMessage. Half of a character, which somebody's text may end in, spoils nothing."""
    adapter: TypeAdapter[Shape] = TypeAdapter(shape)
    for spelled in (_as_it_came, _without_halves):
        try:
            return adapter.validate_json(spelled(body))
        except (ValueError, RecursionError):
            continue
    raise BadMessage("not a body that Meta sends")


def read_all(events: Iterable[Event]) -> Told:
    heard: list[Heard] = []
    unread: list[str] = []
    broken: list[str] = []
    for event in events:
        try:
            came = event.read(event.value, event.at)
        except (ValueError, OverflowError):
            broken.append(event.name)
            continue
        if isinstance(came, Heard):
            heard.append(came)
        else:
            unread.append(came)
    return Told(tuple(heard), tuple(unread), tuple(broken))


def change(told: Any, at: Entry, changes: Mapping[str, Read]) -> Event:
    try:
        known = Change.model_validate(told)
    except ValueError:
        return Event("change", None, _unreadable, at)
    name = known.field
    return Event(name, known.value, changes.get(name, lambda _, __: name), at)


def unreadable(name: str) -> Event:
    return Event(name, None, _unreadable, Entry(id=""))


def _events(entry: Any, changes: Mapping[str, Read], messaging: Read) -> Iterator[Event]:
    try:
        at = Entry.model_validate(entry)
    except ValueError:
        yield unreadable("entry")
        return
    if at.field is not None:
        yield change({"field": at.field, "value": at.value}, at, changes)
    for each in at.changes:
        yield change(each, at, changes)
    for each in at.messaging:
        yield Event("messaging", each, messaging, at)


def _as_it_came(body: bytes) -> bytes:
    return body


def _without_halves(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace")


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
