"""Workspaces, channels and apps."""

from collections.abc import Iterator
from datetime import datetime

from tellal.channels import App, Channel, Workspace
from tellal.errors import AlreadyChanged
from tellal.stores.rows import Rows
from tellal.stores.table import Table

DEPLOYMENT = {"deployment": "this"}  # the one partition of the index that lists workspaces


class WorkspaceStore(Rows[Workspace]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Workspace, key="workspace_id", also=lambda _: DEPLOYMENT)

    def all(self) -> Iterator[Workspace]:
        for item in self.table.all(DEPLOYMENT["deployment"], index="all"):
            yield self.value(item)


class ChannelStore(Rows[Channel]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Channel, key="channel_id")

    def of_platform(self, platform: str, *, remote_id: str | None = None) -> Iterator[Channel]:
        """A platform's channels; or all that are the same page or account, one per workspace."""
        bounds = {"since": remote_id, "until": remote_id}
        for item in self.table.all(platform, index="by_remote", **bounds):
            yield self.value(item)

    def of_workspace(self, workspace_id: str) -> Iterator[Channel]:
        for item in self.table.all(workspace_id, index="by_workspace"):
            yield self.value(item)

    def park(self, channel: Channel, *, until: datetime) -> None:
        """Leave the whole channel alone until then, or longer: its platform said so."""
        if channel.resume_at is not None and channel.resume_at >= until:
            return
        try:
            self.save(channel, channel.model_copy(update={"resume_at": until}))
        except AlreadyChanged:
            return  # whoever changed it will hear the same from the platform


class AppStore(Rows[App]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, App, key="app_id")

    def of_platform(self, platform: str) -> Iterator[App]:
        for item in self.table.all(platform, index="by_platform"):
            yield self.value(item)
