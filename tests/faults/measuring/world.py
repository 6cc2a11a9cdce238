"""The world of one schedule: a workspace, and workers whom Lambda asks again where they fail."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.collect_metrics.handler import handler as collect_metrics
from tellal import wiring
from tellal.channels import Channel, Workspace
from tellal.errors import AlreadyChanged
from tellal.observations import Observation
from tellal.stores.mail import MailDelayed
from tests.conftest import Context

if TYPE_CHECKING:
    from tests.faults.measuring.stage import MeasuringStage

CONTEXT: Any = Context()
HOUR = timedelta(hours=1)
RETRIES = 1  # infra.function, of what fans out

type Handler = Callable[[dict[str, Any], Any], Any]


@dataclass
class World:
    stage: "MeasuringStage"
    workspace: Workspace
    channel: Channel
    facts: dict[str, Any] = field(default_factory=dict)  # what a journey has to remember

    def one_try(self, handler: Handler, event: dict[str, Any]) -> bool:
        """Whether the worker came to its end."""
        with self.stage.border.worker():
            try:
                handler(event, CONTEXT)
            except (AlreadyChanged, BotoCoreError, ClientError, MailDelayed):
                return False
            return True
        return False

    def run(self, handler: Handler, event: dict[str, Any], *, retries: int = RETRIES) -> bool:
        """As Lambda does where it was asked asynchronously."""
        for tried in range(1 + retries):
            self.stage.clock.move(60 * tried)
            if self.one_try(handler, event):
                return True
        return False

    def take_in(self) -> None:
        """The hour's run of the workspace."""
        self.stage.clock.move(HOUR.total_seconds())
        self.run(collect_metrics, {"workspace_id": self.workspace.workspace_id})

    def lines(self) -> Iterator[str]:
        """Every observation that lies in the bucket, as often as it does."""
        shelf = wiring.shelf()
        with self.stage.border.aside():
            keys = list(shelf.bucket.keys(f"observations/workspace={self.workspace.workspace_id}/"))
            for key in keys:
                yield from gzip.decompress(shelf.bucket.get(key) or b"").decode().splitlines()

    def amounts(self) -> Counter[str]:
        """What counts in the end, by metric: of the same number the newest, as readers take it."""
        newest: dict[tuple[Any, ...], Observation] = {}
        for each in map(Observation.model_validate_json, self.lines()):
            same = (each.metric, each.segment, each.delivery_id, each.counted_id, each.of_day)
            if same not in newest or newest[same].at <= each.at:
                newest[same] = each
        counted: Counter[str] = Counter()
        for each in newest.values():
            counted[each.metric] += each.value
        return counted
