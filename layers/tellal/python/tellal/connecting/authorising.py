"""Connecting by consent: an owner is asked on the platform's own page, and comes back with a code.

What must stay true. The state is a secret of the one browser it is sent through: we keep only
the id that is made of it, which tells nothing of it. A state is used once: of all who come back
with it one takes it, before the code is sent anywhere. What comes of it belongs to the workspace
that asked, if the key that asked may still connect. A token leaves the row of the consent in the
transaction that makes it a channel's, so choosing twice never brings an old one back.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from tellal import ids
from tellal.access import keys
from tellal.access.permissions import Permission
from tellal.channels import Channel, ChannelState
from tellal.connecting.connection import Connector
from tellal.connecting.registering import Registrations
from tellal.errors import (
    AlreadyChanged,
    Broken,
    Conflict,
    PublishError,
    Rejected,
    Unacceptable,
)
from tellal.observability import logger
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Authorises, Connected, Revokes
from tellal.stores.access import AccessStore
from tellal.stores.authorisations import Authorisation, AuthorisationStore, Presence, Stage
from tellal.stores.credentials import SealedCredentials
from tellal.stores.members import MemberStore
from tellal.stores.secrets import Context, Vault
from tellal.stores.table import Write

TO_ANSWER = timedelta(minutes=15)
TO_CHOOSE = timedelta(hours=1)
SUBSCRIBED_AT_ONCE = 5  # of what is chosen: a person waits, and each may take some seconds
TRIES = 3  # at a channel that somebody else changes at the same moment


@dataclass(frozen=True)
class Begun:
    authorisation: Authorisation
    address: str  # where its owner consents; holds the state
    write: Write


@dataclass(frozen=True)
class Answer:
    """What an owner's browser brought back."""

    state: str
    code: str | None  # None: they said no, or the platform did


@dataclass(frozen=True, kw_only=True)
class Authorising:
    registrations: Registrations
    connector: Connector
    kept: AuthorisationStore
    access: AccessStore
    members: MemberStore
    vault: Vault
    transact: Callable[[Iterable[Write]], None]

    def begin(
        self, platform: str, *, server: str | None, workspace_id: str, key_id: str, now: datetime
    ) -> Begun:
        """Raises Unacceptable and Conflict, and the PublishErrors of a server that is asked for
        an app."""
        adapter = _adapter(platform)
        app = self.registrations.find(platform, server, now=now)
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        connection_id = _id_of(state)
        authorisation = Authorisation(
            connection_id=connection_id,
            workspace_id=workspace_id,
            key_id=key_id,
            platform=platform,
            app_id=app.app_id,
            server=app.server,
            sealed_verifier=self.vault.seal(
                SecretStr(verifier), _context(connection_id), field="verifier"
            ),
            expires_epoch=_epoch(now + TO_ANSWER),
        )
        address = adapter.authorise_address(
            self.registrations.opened(app),
            state=state,
            challenge=challenge(verifier),
            calls=self.connector.calls(platform),
        )
        return Begun(authorisation, address, self.kept.creation(authorisation))

    def come_back(self, platform: str, answer: Answer, *, now: datetime) -> Authorisation | None:
        """What came of it. None where nobody waits for this answer, or not any more."""
        seen = self.kept.find(_id_of(answer.state), now=now)
        if seen is None or seen.platform != platform or seen.stage is not Stage.WAITING:
            return None
        try:
            taken = self._saved(seen, stage=Stage.EXCHANGING, sealed_verifier=None)
        except AlreadyChanged:
            return None
        try:
            presences = self._presences(seen, answer, now)
        except (PublishError, Unacceptable) as refusal:
            return self._saved(taken, stage=Stage.FAILED, trouble=str(refusal))
        expires = _epoch(now + TO_CHOOSE)
        there = self._saved(taken, stage=Stage.CHOOSING, presences=presences, expires_epoch=expires)
        if len(presences) > 1:
            return there
        try:
            return self._connected(there, presences[0].channel.remote_id, now)
        except AlreadyChanged:
            return there  # it may still be chosen

    def choose(
        self, authorisation: Authorisation, remote_ids: Sequence[str], *, now: datetime
    ) -> Authorisation:
        """Connect these, each by itself; what is connected already is left as it is."""
        if authorisation.stage not in (Stage.CHOOSING, Stage.CONNECTED):
            raise Conflict(f"There is nothing to choose from: it is {authorisation.stage}.")
        unknown = [
            Broken(f"remote_ids[{number}]", "is not one of those to choose from")
            for number, remote_id in enumerate(remote_ids)
            if authorisation.presence(remote_id) is None
        ]
        if unknown:
            raise Unacceptable(*unknown)
        for place, remote_id in enumerate(remote_ids):
            hasty = place >= SUBSCRIBED_AT_ONCE
            authorisation = self._connected(authorisation, remote_id, now, subscribes=not hasty)
        return authorisation

    def revoke(self, channel: Channel, credentials: SealedCredentials) -> None:
        """Have the platform forget what a disconnected channel was let in with, if it can.

        Not while another workspace uses the same account, or another channel came of the same
        login: the platform may have given both the same token. Whoever cannot be reached now is
        not asked again.
        """
        adapter = PLATFORMS[channel.platform]
        app = self.registrations.apps.get(channel.app_id) if channel.app_id else None
        if not app or not isinstance(adapter, Revokes) or self._is_shared(channel):
            return
        opened = self.connector.credentials.open(credentials, adapter.Credentials)
        try:
            adapter.revoke(
                self.registrations.opened(app), opened, self.connector.calls(channel.platform)
            )
        except PublishError as error:
            logger.warning("token not revoked", channel=channel.channel_id, reason=str(error))

    def _presences(
        self, seen: Authorisation, answer: Answer, now: datetime
    ) -> tuple[Presence, ...]:
        adapter = _adapter(seen.platform)
        if answer.code is None:
            raise Rejected("Nobody allowed it.")
        if not self._may_still(seen, now):
            raise Rejected("Whoever asked for this may not connect channels any more.")
        app = self.registrations.apps.get(seen.app_id)
        assert app is not None, "apps are never deleted"
        assert seen.sealed_verifier is not None, "it is there while nobody has answered"
        found = adapter.exchange(
            self.registrations.opened(app),
            code=answer.code,
            verifier=self.vault.open(
                seen.sealed_verifier, _context(seen.connection_id)
            ).get_secret_value(),
            calls=self.connector.calls(seen.platform),
        )
        if not found:
            raise Rejected("There is nothing that could be connected with this account.")
        return tuple(self._presence(each, seen, now) for each in found)

    def _presence(self, connected: Connected, seen: Authorisation, now: datetime) -> Presence:
        return self.connector.presence(
            connected,
            platform=seen.platform,
            workspace_id=seen.workspace_id,
            app_id=seen.app_id,
            now=now,
        )

    def _connected(
        self, row: Authorisation, remote_id: str, now: datetime, *, subscribes: bool = True
    ) -> Authorisation:
        """Make it a channel, unless that was done. AlreadyChanged if others are always faster."""
        for _ in range(TRIES):
            presence = row.presence(remote_id)
            if presence is None or presence.credentials is None:
                return row
            connection = self.connector.connection(presence, now=now, subscribes=subscribes)
            told = {"credentials": None, "missing": connection.missing}
            given = presence.model_copy(update=told)
            changed = _with(
                row,
                stage=Stage.CONNECTED,
                presences=tuple(given if each is presence else each for each in row.presences),
            )
            try:
                self.transact([*connection.writes, self.kept.saving(row, changed)])
            except AlreadyChanged:
                row = self.kept.find(row.connection_id, now=now) or row
            else:
                return _with(changed, version=row.version + 1)
        raise AlreadyChanged(f"{row.connection_id} and its channels are busy")

    def _saved(self, seen: Authorisation, **changes: Any) -> Authorisation:
        return self.kept.save(seen, _with(seen, **changes))

    def _may_still(self, seen: Authorisation, now: datetime) -> bool:
        caller = keys.find_caller_again(seen.key_id, self.access, self.members, now=now)
        return caller is not None and Permission.CHANNELS_CONNECT in caller.permissions

    def _is_shared(self, channel: Channel) -> bool:
        """One account may have been connected twice, and one consent may have let into several:
        then its adapter noted whose `login` it was."""
        login = channel.server.get("login")
        same = self.connector.channels.of_platform(
            channel.platform, remote_id=None if login else channel.remote_id
        )
        return any(
            each.app_id == channel.app_id
            and each.channel_id != channel.channel_id
            and each.state is not ChannelState.DISCONNECTED
            and (each.remote_id == channel.remote_id or each.server.get("login") == login)
            for each in same
        )


def challenge(verifier: str) -> str:
    """PKCE's S256. https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def platforms() -> list[str]:
    """Those that are connected by consent."""
    return [name for name, platform in PLATFORMS.items() if isinstance(platform, Authorises)]


def _adapter(platform: str) -> Authorises:
    adapter = PLATFORMS.get(platform)
    if not isinstance(adapter, Authorises):
        raise Unacceptable(Broken("platform", f"is not one of {', '.join(platforms())}"))
    return adapter


def _id_of(state: str) -> str:
    return ids.derived("con", state)


def _context(connection_id: str) -> Context:
    return {"connection": connection_id}


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _with(row: Authorisation, **changes: Any) -> Authorisation:
    return row.model_copy(update=changes)
