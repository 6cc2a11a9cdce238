"""The uploaded files' rows; their bytes are objects in the media bucket."""

from typing import Any

from tellal.media import MediaFile
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class MediaStore(Rows[MediaFile]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, MediaFile, key="media_id")

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        return self.table.query(workspace_id, index="by_workspace", **bounds)
