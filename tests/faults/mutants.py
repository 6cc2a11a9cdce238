"""Our product, broken on purpose in one way: the suite must see each of them.

Here alone is our own code patched. `make test SUITE=faults MUTANT=no_fence` must fail.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tellal.channels import Workspace
from tellal.deliveries import Delivery, Timing
from tellal.platforms.protocol import FindsPost
from tellal.publishing import outcomes
from tellal.publishing.aftermath import Aftermath
from tellal.publishing.search import Search
from tellal.stores.channels import WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tests.faults.inbox import mutants as inbox
from tests.faults.measuring import mutants as measuring

Patch = pytest.MonkeyPatch


def no_fence(patch: Patch) -> None:
    """The fence is not written: a commit begins, and its row knows nothing of it."""
    save = DeliveryStore.save

    def save_but_the_fence(
        store: DeliveryStore, seen: Delivery, changed: Delivery, also: Any = ()
    ) -> Delivery:
        begun = changed.attempts != seen.attempts and changed.attempts[-1].outcome == "begun"
        only = begun and changed.next_part == seen.next_part
        return changed if only else save(store, seen, changed, also)

    patch.setattr(DeliveryStore, "save", save_but_the_fence)


def blind_resend(patch: Patch) -> None:
    """What may be public is sent again without a look."""

    def look(_: Search, delivery: Delivery, number: int, *__: Any, now: Any) -> Delivery:
        return outcomes.to_be_sent_again(delivery, number, now=now)

    patch.setattr(Search, "look", look)


def short_lease(patch: Patch) -> None:
    """A fence ends while its worker may still live."""
    fenced = outcomes.fenced

    def fenced_shortly(delivery: Delivery, number: int, *, timing: Timing, **rest: Any) -> Delivery:
        short = timing.model_copy(update={"fence": timedelta(seconds=5)})
        return fenced(delivery, number, timing=short, **rest)

    patch.setattr(outcomes, "fenced", fenced_shortly)


def adopt_by_text(patch: Patch) -> None:
    """Any post with the same words is taken for ours: whenever it was made, whosever it is."""
    look = Search.look

    def adopt(search: Search, delivery: Delivery, number: int, *rest: Any, now: Any) -> Delivery:
        adapter: FindsPost = rest[1]
        listed = adapter.list_posts(since=now - timedelta(days=2))
        words = delivery.parts[number].text
        for post in listed.posts:
            if post.fingerprint.endswith(f"|{words}"):
                return outcomes.adopted(delivery, number, post.remote, now=now)
        return look(search, delivery, number, *rest, now=now)

    def save(search: Search, seen: Delivery, changed: Delivery, _: Any, also: Any = ()) -> Delivery:
        return search.deliveries.save(seen, changed, also)

    patch.setattr(Search, "look", adopt)
    patch.setattr(Search, "save", save)


def pause_ignored(patch: Patch) -> None:
    """Nobody asks whether the workspace is paused."""
    get = WorkspaceStore.get

    def get_unpaused(store: WorkspaceStore, key: str) -> Workspace | None:
        found = get(store, key)
        return found and found.model_copy(update={"paused_at": None})

    patch.setattr(WorkspaceStore, "get", get_unpaused)


def hint_before_write(patch: Patch) -> None:
    """A worker hears of an alarm before it is written, and finds nothing to do."""

    def keep(after: Aftermath, seen: Delivery, left: Delivery) -> str:
        after.hint(left)
        return after.deliveries.save(seen, left).state.value

    patch.setattr(Aftermath, "keep", keep)


MUTANTS: Mapping[str, Callable[[Patch], None]] = {
    each.__name__: each
    for each in (
        no_fence,
        blind_resend,
        short_lease,
        adopt_by_text,
        pause_ignored,
        hint_before_write,
    )
} | {**inbox.MUTANTS, **measuring.MUTANTS}


def apply(name: str | None, patch: Patch) -> None:
    if name is not None:
        MUTANTS[name](patch)
