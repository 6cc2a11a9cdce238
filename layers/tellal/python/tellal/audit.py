"""What was done, by whom: one entry a change, written with it and never again. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tellal import ids
from tellal.clock import Moment
from tellal.posts import Frozen


class Who(Frozen):
    """A member, a key that is nobody's, or something that happened by itself."""

    id: str  # mem_…, key_…, msg_… (a message that brought it about), «clock»
    name: str = ""  # as it was then


CLOCK = Who(id="clock")


class Entry(Frozen):
    entry_id: str
    workspace_id: str
    subject: str  # the id of what was changed
    at: Moment
    by: Who
    what: str  # a word: changed, answered, reopened, woken, joined, erased, …
    before: Mapping[str, Any] = {}  # the facts that differ, by name; what was not set is not here
    after: Mapping[str, Any] = {}


def entry(
    what: str,
    subject: str,
    *,
    workspace_id: str,
    by: Who,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Entry:
    return Entry(
        entry_id=ids.new("aud", now=at),
        workspace_id=workspace_id,
        subject=subject,
        at=at,
        by=by,
        what=what,
        before=before or {},
        after=after or {},
    )
