"""How Meta tells of what happens: Facebook, Instagram and Threads share its manners.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started

Meta signs the escaped text that it sends: the raw bytes are verified, never a body written anew.
One body holds many events, of many accounts; each is read by itself.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms import telling
from tellal.platforms.hearing import AppSecrets, Told
from tellal.platforms.telling import Epoch, Event

SIGNATURE = "x-hub-signature-256"


class Model(telling.Model):
    model_config = ConfigDict(coerce_numbers_to_str=True)  # an id is a text, however it is spelled


class Entry(Model):
    """What happened to one account."""

    id: str
    time: Epoch | None = None  # when it was told
    changes: tuple[Any, ...] = ()
    messaging: tuple[Any, ...] = ()
    # One change may stand here itself, as Instagram's own login is documented.
    field: str | None = None
    value: Any = None


class Body(Model):
    object: str
    entry: tuple[Any, ...] = ()


class Change(Model):
    field: str
    value: Any = None


# One event: what somebody said, or else what it was. It may raise ValueError (ValidationError is
# one): then the event cannot be read.
type Read = Callable[[Any, Entry], Heard | str]


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    expected = (f"sha256={telling.digest(key, body).hex()}" for key in telling.keys(secrets))
    if not telling.is_among(headers.get(SIGNATURE, ""), expected):
        raise Forged("the signature does not fit the body")


def challenge(query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
    tokens = (each.verify_token.get_secret_value() for each in secrets if each.verify_token)
    asked = query.get("hub.mode") == "subscribe" and "hub.challenge" in query
    if not telling.is_among(query.get("hub.verify_token", ""), tokens) or not asked:
        raise Forged("not a question that we were told to expect")
    return query["hub.challenge"]


def normalise(body: bytes, *, about: str, changes: Mapping[str, Read], messaging: Read) -> Told:
    """`about` is the object that a platform's bodies are about, `changes` its fields."""
    told = parsed(body, Body)
    if told.object != about:
        return Told(unread=(told.object,) * len(told.entry))
    return telling.told(
        event for entry in told.entry for event in _events(entry, changes, messaging)
    )


def parsed[Shape](body: bytes, shape: type[Shape]) -> Shape:
    """Raises BadMessage. Half of a character, which somebody's text may end in, spoils nothing."""
    adapter: TypeAdapter[Shape] = TypeAdapter(shape)
    for spelled in (_as_it_came, _without_halves):
        try:
            return adapter.validate_json(spelled(body))
        except (ValueError, RecursionError):
            continue
    raise BadMessage("not a body that Meta sends")


def change(told: Any, at: Entry, changes: Mapping[str, Read]) -> Event:
    try:
        known = Change.model_validate(told)
    except ValueError:
        return unreadable("change")
    read = changes.get(known.field)
    if read is None:
        return Event(known.field, lambda: known.field)
    return Event(known.field, partial(read, known.value, at))


def unreadable(name: str) -> Event:
    return Event(name, telling.unreadable)


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
        yield Event("messaging", partial(messaging, each, at))


def _as_it_came(body: bytes) -> bytes:
    return body


def _without_halves(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace")
