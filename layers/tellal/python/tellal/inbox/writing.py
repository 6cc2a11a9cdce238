"""Who is writing an answer, so that nobody else begins one: a short lease that others see.

It is a row of its own in `once`, not a fact of the conversation: it comes and goes every minute,
and must neither raise a version that somebody read nor be told to anybody's automations.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tellal.audit import Who
from tellal.clock import Moment
from tellal.errors import Conflict
from tellal.posts import Frozen
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

PURPOSE = "writing"
LEASE = timedelta(seconds=60)


class Writing(Frozen):
    by: Who
    until: Moment


@dataclass(frozen=True, kw_only=True)
class Leases:
    once: OnceStore

    def of(self, conversation_id: str, *, now: datetime) -> Writing | None:
        row = self.once.get(PURPOSE, conversation_id, now=now)
        if row is None:
            return None
        return Writing(by=Who(id=row["by_id"], name=row["by_name"]), until=row["until"])

    def taking(
        self, conversation_id: str, by: Who, *, take_over: bool, now: datetime
    ) -> tuple[Writing, Write]:
        """The lease, and the write that makes, renews or takes it. Raises Conflict."""
        seen = self.of(conversation_id, now=now)
        taken = Writing(by=by, until=(now + LEASE).replace(microsecond=0))
        facts = {**_facts(taken), "taken_from": None}
        if seen is None:
            return taken, self.once.creation(
                PURPOSE, conversation_id, facts, until=taken.until, now=now
            )
        if seen.by.id != by.id:
            if not take_over:
                raise Conflict(_sentence(seen), facts={"writing": seen.model_dump(mode="json")})
            facts["taken_from"] = seen.by.id
        return taken, self._changing(conversation_id, facts, seen, until=taken.until)

    def ending(self, conversation_id: str, by: Who, *, now: datetime) -> tuple[Write, ...]:
        """The write that gives back one's own lease, if there is one. Raises Conflict where
        somebody else has it."""
        seen = self.of(conversation_id, now=now)
        if seen is None:
            return ()
        if seen.by.id != by.id:
            raise Conflict(_sentence(seen), facts={"writing": seen.model_dump(mode="json")})
        return (self._changing(conversation_id, {}, seen, until=now),)

    def _changing(
        self, conversation_id: str, facts: dict[str, Any], seen: Writing, *, until: datetime
    ) -> Write:
        when = {"by_id": seen.by.id}
        return self.once.changing(PURPOSE, conversation_id, facts, until=until, when=when)


def _facts(writing: Writing) -> dict[str, Any]:
    until = writing.model_dump(mode="json")["until"]
    return {"by_id": writing.by.id, "by_name": writing.by.name, "until": until}


def _sentence(seen: Writing) -> str:
    who = seen.by.name or "Somebody"
    return f"{who} is writing an answer just now: wait, or take it over."
