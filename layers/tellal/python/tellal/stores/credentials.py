"""Channels' credentials: a row each, every secret field sealed, and the lease of a refresh."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.channels import Channel
from tellal.clock import Moment
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.secrets import Vault, of_channel
from tellal.stores.table import Table


class SealedCredentials(Frozen):
    """`fields` are the adapter's; those named in `sealed` are ciphertext."""

    channel_id: str
    workspace_id: str
    platform: str
    fields: Mapping[str, Any]
    sealed: tuple[str, ...]
    expires_at: Moment | None = None
    refreshing_since: Moment | None = None  # the lease: a refresh was begun then
    spent_since: Moment | None = (
        None  # when this refresh token was first sent, if its answer is lost
    )
    version: int = 0


class CredentialStore(Rows[SealedCredentials]):
    def __init__(self, table: Table, vault: Vault) -> None:
        super().__init__(table, SealedCredentials, key="channel_id")
        self._vault = vault

    def expiring(self, platform: str, *, until: datetime) -> Iterator[str]:
        """The channels whose tokens run out by then."""
        for item in self.table.all(platform, index="expiring", until=clock.text(until)):
            yield item["channel_id"]

    def seal(
        self, channel: Channel, credentials: BaseModel, *, expires_at: datetime | None
    ) -> SealedCredentials:
        context = of_channel(channel.workspace_id, channel.channel_id)
        fields = {name: getattr(credentials, name) for name in type(credentials).model_fields}
        secret = {n: held for n, held in fields.items() if isinstance(held, SecretStr)}
        plain = credentials.model_dump(mode="json", exclude=set(secret))
        sealed = {
            name: self._vault.seal(held, context, field=name) for name, held in secret.items()
        }
        return SealedCredentials(
            channel_id=channel.channel_id,
            workspace_id=channel.workspace_id,
            platform=channel.platform,
            fields=plain | sealed,
            sealed=tuple(sealed),
            expires_at=expires_at,
        )

    def open[C: BaseModel](self, row: SealedCredentials, kind: type[C]) -> C:
        context = of_channel(row.workspace_id, row.channel_id)
        opened = {name: self._vault.open(row.fields[name], context) for name in row.sealed}
        return kind.model_validate({**row.fields, **opened})
