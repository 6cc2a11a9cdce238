"""API keys: random tokens, of which we keep only the hash.

Revoking a key is deleting its row, and expiry is checked when it is read: one lookup decides.
A key's id is made of its hash, so that it can be named and found without the token. A member's
key may do what both its role and theirs permit, and nothing once they are removed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from tellal.access.permissions import ROLES, Permission, Role
from tellal.audit import Who
from tellal.stores.access import AccessStore, Key
from tellal.stores.members import MemberStore

ID = "key_"  # then the hash


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: a key, and the workspace it is good for (None: the whole deployment)."""

    key_id: str
    member_id: str | None = None  # if it is a person's
    name: str = ""  # the member's, or the key's
    permissions: frozenset[Permission]
    workspace_id: str | None

    @property
    def who(self) -> Who:
        """By whom something is done: a member, or a key that is nobody's."""
        return Who(id=self.member_id or self.key_id, name=self.name)


def hashed(token: SecretStr) -> str:
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()


def new_token() -> SecretStr:
    """256 bits, as `tk_` and 43 url-safe characters."""
    return SecretStr(f"tk_{secrets.token_urlsafe(32)}")


def make(
    token: SecretStr,
    *,
    name: str,
    role: Role,
    workspace_id: str | None,
    now: datetime,
    expires_at: datetime | None = None,
    member_id: str | None = None,
) -> Key:
    token_hash = hashed(token)
    return Key(
        token_hash=token_hash,
        key_id=_id_of(token_hash),
        workspace_id=workspace_id,
        name=name,
        member_id=member_id,
        role=role.value,
        ends_with=token.get_secret_value()[-4:],
        created_at=now,
        expires_epoch=int(expires_at.timestamp()) if expires_at else None,
    )


def find_caller(
    token: SecretStr, access: AccessStore, members: MemberStore, *, now: datetime
) -> Caller | None:
    """Whose token this is; None for one that was never made, was revoked or has run out."""
    return find_caller_again(_id_of(hashed(token)), access, members, now=now)


def find_caller_again(
    key_id: str, access: AccessStore, members: MemberStore, *, now: datetime
) -> Caller | None:
    """Whoever asked for something before, as what they may do now."""
    key = access.get(key_id.removeprefix(ID))
    if key is None or (key.expires_epoch is not None and key.expires_epoch <= now.timestamp()):
        return None
    permissions, name = ROLES[Role(key.role)], key.name
    if key.member_id is not None:
        member = members.get(key.member_id)
        if member is None or member.removed_at is not None:
            return None
        permissions, name = permissions & ROLES[Role(member.role)], member.name
    return Caller(
        key_id=key.key_id,
        member_id=key.member_id,
        name=name,
        permissions=permissions,
        workspace_id=key.workspace_id,
    )


def _id_of(token_hash: str) -> str:
    return f"{ID}{token_hash}"
