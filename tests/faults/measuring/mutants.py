"""Counting, broken on purpose in one way: their faults must see each."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tellal import clock, conversions, ids
from tellal.counting.clicks import CLICK, ClickCounter
from tellal.measuring.collection import _Run
from tellal.measuring.compaction import Compactor
from tellal.reporting import mailing
from tellal.stores.letters import Fate

Patch = pytest.MonkeyPatch


def count_unclaimed(patch: Patch) -> None:
    """A click is counted without saying which: whatever is told again counts again."""
    writes = ClickCounter._writes

    def writes_but_the_claim(counter: ClickCounter, *rest: Any, **facts: Any) -> list[Any]:
        made = writes(counter, *rest, **facts)
        return [each for each in made if f"'{CLICK}#" not in str(each)]

    patch.setattr(ClickCounter, "_writes", writes_but_the_claim)


def delete_before_writing(patch: Patch) -> None:
    """What is to be merged is taken away, and then written."""
    merge = Compactor._merge

    def merge_late(compactor: Compactor, workspace_id: str, day: str, keys: Any, bad: Any) -> int:
        bucket = compactor.shelf.bucket
        kept = {key: bucket.get(key) for key in keys} if len(keys) > 1 else {}
        put = type(bucket).put

        def delete_first(self: Any, *args: Any, **facts: Any) -> None:
            for key in kept:
                self.delete(key)
            put(self, *args, **facts)

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(type(bucket), "put", delete_first)
            return merge(compactor, workspace_id, day, keys, bad)

    patch.setattr(Compactor, "_merge", merge_late)


def note_before_keeping(patch: Patch) -> None:
    """A post is noted as measured before its numbers are kept."""
    keep = _Run._keep

    def keep_late(run: _Run) -> None:
        told, run._told = run._told, []
        keep(run)
        run._told = told
        keep(run)

    patch.setattr(_Run, "_keep", keep_late)


def mail_in_doubt_again(patch: Patch) -> None:
    """A letter over which somebody died is sent by the next."""
    patch.setattr(mailing, "NOT_SENT", mailing.NOT_SENT | {Fate.SENDING, Fate.UNKNOWN})


def keep_under_new_ids(patch: Patch) -> None:
    """A conversion that is told again is another."""
    patch.setattr(conversions, "id_of", lambda *_: ids.new("cnv", now=clock.now()))


MUTANTS: Mapping[str, Callable[[Patch], None]] = {
    each.__name__: each
    for each in (
        *(count_unclaimed, delete_before_writing, keep_under_new_ids, mail_in_doubt_again),
        note_before_keeping,
    )
}
