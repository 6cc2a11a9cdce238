"""Archived webhooks, run again through what stored them: what is there stays as it is.

They are verified again, so a body whose secret was withdrawn since is refused, not stored. How old
they are does not matter: they came in time, or they were not archived.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal.errors import BadMessage, Forged
from tellal.inbox.webhooks import REFUSED, Webhooks, of_archive


@dataclass(frozen=True)
class Replayed:
    key: str
    outcomes: Mapping[str, int]


def replay(keys: Iterable[str], *, webhooks: Webhooks, now: datetime) -> Iterator[Replayed]:
    """By the archive's keys, one after another: one that cannot be read never stops the others."""
    for key in keys:
        try:
            outcomes = _replay(key, webhooks, now)
        except Forged:
            outcomes = {REFUSED: 1}
        except BadMessage:
            outcomes = {"unreadable": 1}
        yield Replayed(key, outcomes)


def _replay(key: str, webhooks: Webhooks, now: datetime) -> Mapping[str, int]:
    archived = webhooks.archive.get(key)
    if archived is None:
        return {"missing": 1}
    webhook = of_archive(archived)
    webhooks.verify(webhook, now=now)
    return webhooks.store(webhook, now=now)
