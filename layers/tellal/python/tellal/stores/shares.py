"""Links to reports that were handed out. Of a link's token only the hash is kept; a row that has
run out is as one that is not there (TTL only cleans up, hours later).
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from tellal.clock import Moment
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.table import Table

ID = "shr_"  # then the hash


class Share(Frozen):
    token_hash: str
    workspace_id: str
    report: str  # its name
    created_at: Moment
    created_by: str
    expires_epoch: int  # seconds; the table's TTL
    version: int = 0

    @property
    def share_id(self) -> str:
        return f"{ID}{self.token_hash}"

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires_epoch, UTC)


def new_token() -> str:
    """256 bits, as 43 url-safe characters."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class ShareStore(Rows[Share]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Share, key="token_hash")

    def find(self, token_hash: str, *, now: datetime) -> Share | None:
        found = self.get(token_hash)
        return found if found and now < found.expires_at else None

    def of_report(self, workspace_id: str, report: str, *, now: datetime) -> Iterator[Share]:
        """The newest first. A workspace has no more of them than its people made in 90 days."""
        for item in self.table.all(workspace_id, index="by_workspace", newest_first=True):
            share = self.value(item)
            if share.report == report and now < share.expires_at:
                yield share
