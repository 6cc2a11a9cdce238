"""Where every schedule begins: a workspace of its own, with one channel on Mastodon."""

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tellal import ids, wiring
from tellal.channels import Workspace
from tests.conftest import TEN, connected
from tests.faults.border import Border
from tests.faults.lean_aws import Row
from tests.faults.measuring.world import World
from tests.faults.stage import restore
from tests.faults.surroundings import Clock


@dataclass
class MeasuringStage:
    clock: Clock
    border: Border
    written: dict[Row, Any]  # as the client keeps it

    def world(self, **facts: Any) -> World:
        """Nothing is left in the tables; what lies in the bucket is another workspace's."""
        wiring.forget()
        self.border.forget()
        self.clock.time = TEN
        restore(self.written, ())
        usual: dict[str, Any] = {"name": "Acme", "zone": "Europe/Istanbul", "created_at": TEN}
        workspace = Workspace(workspace_id=ids.new("ws", now=TEN), **usual | facts)
        wiring.workspaces().create(workspace)
        server = {"address": "https://m.example", "account_id": "1001", "version": "4.5.0"}
        channel = connected(
            workspace,
            "mastodon",
            {"access_token": SecretStr("token")},
            remote_id="1001",
            name="Acme",
            handle="acme",
            server=server,
        )
        return World(self, workspace, channel)
