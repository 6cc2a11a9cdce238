"""The audit of a whole workspace: what was done, by whom, to what."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking
from tellal.api.conversations import EntryShown
from tellal.api.fields import Id
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.routes import Routes
from tellal.audit import Entry

routes = Routes("Audit")


class AuditEntry(EntryShown):
    subject: str  # the id of what it was done to


@routes("GET", "/audit", needs=Permission.AUDIT_READ, summary="Show what was done, and by whom")
def list_audit(
    asked: Asking,
    subject: Annotated[
        Id | None, Query(description="The id of a conversation, a contact or a rule")
    ] = None,
    by: Annotated[
        str | None,
        Query(max_length=200, description="An id, or a name as it was then: of a member or a rule"),
    ] = None,
    what: Annotated[str | None, Query(max_length=50, description="A word: answered, ruled")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[AuditEntry]:
    """Of conversations, contacts and rules. A request looks at 1,000 entries at most: with `by` or
    `what` a page can have fewer than `limit`, even none, and a cursor all the same; go on until
    there is none."""

    def fits(entry: Entry) -> bool:
        is_theirs = by is None or by in (entry.by.id, entry.by.name)
        return is_theirs and what in (None, entry.what)

    store = wiring.audit()
    page = store.of_workspace(
        asked.workspace_id, subject=subject, fits=fits, **bounds(limit, cursor, since, until)
    )
    return listing(page, lambda item: _shown(store.value(item)))


def _shown(entry: Entry) -> AuditEntry:
    names = AuditEntry.model_fields
    return AuditEntry.model_validate({name: getattr(entry, name) for name in names})
