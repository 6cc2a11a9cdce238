"""Members, by workspace. Whoever was removed is in no listing, and found by id alone."""

from typing import Any

from tellal import clock
from tellal.members import Member
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class MemberStore(Rows[Member]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Member, key="member_id", also=_listed_at)

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        return self.table.query(workspace_id, index="by_workspace", **bounds)


def _listed_at(member: Member) -> dict[str, str]:
    return {} if member.removed_at else {"listed_at": clock.text(member.created_at)}
