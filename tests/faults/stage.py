"""What stands for many schedules: sandboxes, a clock, a border, and where a schedule begins.

A channel is connected once for each subject and its settings. The sandbox remembers its side of
it, and the rows are kept here, so that every schedule begins at the same place and the same time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox
from tellal import ids, wiring
from tellal.channels import App, Channel, Workspace
from tellal.config import settings
from tellal.connecting.connection import Connection
from tellal.platforms import PLATFORMS
from tellal.stores import schema
from tellal.stores.secrets import of_app
from tests.faults.border import Border, Line
from tests.faults.lean_aws import Row, row_of
from tests.faults.subjects.subject import NAME, Subject
from tests.faults.surroundings import Clock, Queue
from tests.faults.world import World

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
MOST_BATCHED = 25


@dataclass(frozen=True)
class Beginning:
    """An account on a sandbox that is connected, and nothing more: where schedules begin.

    The sandbox remembers its side of it by `mark`, as it was `at` that time.
    """

    mark: str
    at: datetime
    account: dict[str, Any]
    workspace: Workspace
    channel: Channel
    rows: Sequence[tuple[str, Any]]  # table, item


@dataclass
class Stage:
    """What stands for many schedules."""

    clock: Clock
    border: Border
    queue: Queue
    line: Line
    sandboxes: dict[str, Sandbox]
    written: dict[Row, Any] = field(default_factory=dict)  # taken away before the next schedule
    beginnings: dict[str, Beginning] = field(default_factory=dict)

    def world(self, subject: Subject, **sandbox_settings: Any) -> World:
        """Where a schedule begins, with workers that have never worked."""
        wiring.forget()
        self.border.forget()
        self.queue.under_way = []
        self.queue.arrives = lambda: None
        self.line.patience = None
        sandbox = self.sandboxes[subject.platform]
        settings = {**subject.settings, **sandbox_settings}
        mark = f"{subject.name} {settings}"
        if mark in self.beginnings:
            sandbox.control.return_to(mark)
            self.clock.begin(sandbox, at=self.beginnings[mark].at)
        else:
            sandbox.control.reset(**settings)
            self.clock.begin(sandbox)
            self.beginnings[mark] = self._begun(subject, sandbox, mark)
            wiring.forget()  # whoever connected it opened its credentials
        restore(self.written, self.beginnings[mark].rows)
        return World(subject, self, sandbox.control, self.beginnings[mark])

    def _begun(self, subject: Subject, sandbox: Sandbox, mark: str) -> Beginning:
        now = self.clock()
        account = sandbox.control.create_account(NAME)
        workspace = Workspace(
            workspace_id=ids.new("ws", now=now), name="Acme", zone="UTC", created_at=now
        )
        app = an_app_of(subject.platform, now=now)
        connection = connect(subject, sandbox, account, workspace, app, now=now)
        sandbox.control.mark(mark)
        puts = (
            wiring.workspaces().creation(workspace),
            wiring.apps().creation(app),
            *connection.writes,
        )
        rows = [(each["Put"]["TableName"], each["Put"]["Item"]) for each in puts]
        return Beginning(mark, now, account, workspace, connection.channel, rows)


def restore(written: dict[Row, Any], rows: Sequence[tuple[str, Any]]) -> None:
    """These rows and no others. An index is a scan here: fewer rows, faster schedules.

    `written`: what there may be beside them, as a `LeanClient` keeps it; made good here.
    """
    names = settings().tables
    keys = {names[table.name]: table.key for table in schema.TABLES}
    kept = {row_of(name, {keys[name]: item[keys[name]]}): (name, item) for name, item in rows}
    gone = {row: key for row, key in written.items() if row not in kept}
    writes = [(name, {"PutRequest": {"Item": item}}) for name, item in kept.values()]
    writes += [(name, {"DeleteRequest": {"Key": key}}) for (name, _), key in gone.items()]
    for some in batched(writes, MOST_BATCHED, strict=False):
        asked: dict[str, list[Any]] = {}
        for name, write in some:
            asked.setdefault(name, []).append(write)
        wiring.aws("dynamodb").batch_write_item(RequestItems=asked)
    written.clear()
    written.update({row: json.loads(row[1]) for row in kept})


def an_app_of(platform: str, *, now: datetime) -> App:
    """Whom every owner on a sandbox let in; its secret is what tokens are renewed with."""
    app_id = ids.new("app", now=now)
    secret, context = SecretStr(CLIENT_SECRET), of_app(app_id)
    return App(
        app_id=app_id,
        platform=platform,
        client_id=CLIENT_ID,
        sealed_client_secret=wiring.vault().seal(secret, context, field="client_secret"),
        created_at=now,
    )


def connect(
    subject: Subject,
    sandbox: Sandbox,
    account: dict[str, Any],
    workspace: Workspace,
    app: App,
    *,
    now: datetime,
) -> Connection:
    """As the API does, but for writing it."""
    adapter: Any = PLATFORMS[subject.platform]
    asked: Any = {"workspace_id": workspace.workspace_id, "now": now}
    connector, platform = wiring.connector(), subject.platform
    if subject.connected:
        came = subject.connected(account, sandbox.url)
        asked |= {"platform": platform, "app_id": app.app_id}
        return connector.connection(connector.presence(came, **asked), now=now)
    assert subject.typed is not None
    typed = subject.typed(account, sandbox.url)
    return connector.connect(platform, adapter.Connection.model_validate(typed), **asked)
