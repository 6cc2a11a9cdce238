"""Consents that were asked for, until they have come back and were used: rows of `once`.

What a consent gave is sealed as it will be kept with its channel, and leaves this row in the
transaction that makes the channel: a token is nowhere twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from tellal.channels import Channel
from tellal.posts import Frozen
from tellal.stores.credentials import SealedCredentials
from tellal.stores.rows import Rows
from tellal.stores.table import Table

PURPOSE = "connect"


class Stage(StrEnum):
    WAITING = "waiting"  # for the owner's answer
    EXCHANGING = "exchanging"  # it came, and nobody else may use it
    CHOOSING = "choosing"
    CONNECTED = "connected"  # what was chosen; there may be more to choose
    FAILED = "failed"


class Presence(Frozen):
    """A page or account that a consent lets us into."""

    channel: Channel  # as it would be if it were new
    missing: tuple[str, ...] = ()  # sentences: what will not work
    credentials: SealedCredentials | None = None  # None: the channel has them


class Authorisation(Frozen):
    connection_id: str
    workspace_id: str
    key_id: str  # who asked
    platform: str
    app_id: str
    server: str | None = None
    sealed_verifier: str | None = None  # PKCE's, until it is used
    stage: Stage = Stage.WAITING
    presences: tuple[Presence, ...] = ()
    trouble: str | None = None  # a sentence, where it failed
    expires_epoch: int  # seconds; the table's TTL
    version: int = 0

    def presence(self, remote_id: str) -> Presence | None:
        return next((each for each in self.presences if each.channel.remote_id == remote_id), None)

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires_epoch, UTC)


class AuthorisationStore(Rows[Authorisation]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Authorisation, key="once_key", also=_key)

    def find(self, connection_id: str, *, now: datetime) -> Authorisation | None:
        """The row, unless it has run out (TTL only cleans up, hours later)."""
        found = self.get(f"{PURPOSE}#{connection_id}")
        return found if found and now < found.expires_at else None


def _key(authorisation: Authorisation) -> Mapping[str, str]:
    return {"once_key": f"{PURPOSE}#{authorisation.connection_id}"}
