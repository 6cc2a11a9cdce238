"""Where every schedule of the inbox begins: a workspace whose channels nobody has written to."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from tellal import clock, ids, wiring
from tellal.channels import App, Channel, ServiceLevels, Workspace
from tellal.members import Member
from tellal.rules import Rule, Rulebook, Then, When
from tellal.stores.secrets import of_app
from tests.faults.border import Border
from tests.faults.inbox.senders import COMMENT, REPLY, SECRET, SENDERS, Sender
from tests.faults.inbox.surroundings import TABLES, Bus, Streams
from tests.faults.inbox.world import InboxWorld
from tests.faults.lean_aws import Row
from tests.faults.stage import restore
from tests.faults.surroundings import Clock

WORKSPACE = "ws_inbox"
MEMBERS = ("mem_1", "mem_2")
PROMISED = ServiceLevels(first_answer_minutes=60, next_answer_minutes=60)
# Each asks for a person, too: so each does something with whatever fits it.
THEN = {
    "late": Then(tags=("late",), assign=MEMBERS, ask=True),
    "thanks": Then(close=True, ask=True),
    "rude": Then(hide=True, ask=True),
}
# Where no words come along, the kind says which: of TikTok alone.
WITHOUT_WORDS = {"late": REPLY, "rude": COMMENT}


def channel_id(platform: str) -> str:
    return f"ch_{platform}"


def fitting(sender: Sender, kind: str, text: str) -> set[str]:
    """The names of the rules for a message, as it was when it was stored."""
    if sender.with_words:
        return THEN.keys() & set(re.findall(r"\w+", text))
    return {name for name, of_kind in WITHOUT_WORDS.items() if of_kind == kind}


def _rules(now: datetime) -> Iterable[Rule]:
    spoken = tuple(channel_id(each.platform) for each in SENDERS if each.with_words)
    silent = tuple(channel_id(each.platform) for each in SENDERS if not each.with_words)
    for name, then in THEN.items():
        whens = {name: When(any_words=(name,), channel_ids=spoken)}
        if name in WITHOUT_WORDS:
            kinds = (WITHOUT_WORDS[name],)
            whens[f"{name}, without words"] = When(kinds=kinds, channel_ids=silent)
        for called, when in whens.items():
            yield Rule(
                rule_id=f"rule_{called}",
                name=called,
                when=when,
                then=then,
                on=True,
                most_an_hour=10_000,
                created_at=now,
            )


@dataclass
class InboxStage:
    clock: Clock
    border: Border
    bus: Bus
    streams: Streams
    written: dict[Row, Any]  # as the client keeps it
    _rows: Sequence[tuple[str, Any]] = field(default_factory=list)

    def world(self) -> InboxWorld:
        wiring.forget()
        self.border.forget()
        self.bus.told, self.bus.refuses = [], 0
        self.clock.time = clock.now()
        if not self._rows:
            self._rows = list(_beginning(self.clock()))
        self.put(self._rows)
        return InboxWorld(self)

    def put(self, rows: Sequence[tuple[str, Any]]) -> None:
        """These rows and no others; of their way here the streams tell nobody."""
        restore(self.written, rows)
        self.skip_streams()

    def skip_streams(self) -> None:
        for table in TABLES:
            for _ in self.streams.read(table):
                pass


def _beginning(now: datetime) -> Iterable[tuple[str, Any]]:
    """Table and item of each row."""
    book = Rulebook(workspace_id=WORKSPACE, rules=tuple(_rules(now)))
    creations = [
        wiring.workspaces().creation(
            Workspace(
                workspace_id=WORKSPACE,
                name="Acme",
                zone="UTC",
                service_levels=PROMISED,
                created_at=now,
            )
        ),
        wiring.rulebooks().creation(book),
        *(wiring.members().creation(_member(each, now)) for each in MEMBERS),
        *(wiring.apps().creation(_app(each.platform, now)) for each in SENDERS),
        *(wiring.channels().creation(_channel(each, now)) for each in SENDERS),
    ]
    return [(each["Put"]["TableName"], each["Put"]["Item"]) for each in creations]


def _member(member_id: str, now: datetime) -> Member:
    return Member(
        member_id=member_id, workspace_id=WORKSPACE, name=member_id, role="agent", created_at=now
    )


def _app(platform: str, now: datetime) -> App:
    app_id = ids.new("app", now=now)
    secret = SecretStr(f"{SECRET}_{platform}")
    sealed = wiring.vault().seal(secret, of_app(app_id), field="webhook_secret")
    return App(app_id=app_id, platform=platform, sealed_webhook_secrets=(sealed,), created_at=now)


def _channel(sender: Sender, now: datetime) -> Channel:
    return Channel(
        channel_id=channel_id(sender.platform),
        workspace_id=WORKSPACE,
        platform=sender.platform,
        remote_id=sender.account,
        name="Acme",
        handle="acme",
        created_at=now,
    )
