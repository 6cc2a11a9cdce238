"""API keys: made, listed without their tokens, revoked."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from tellal import wiring
from tellal.access import keys
from tellal.access.permissions import ROLES, Permission, Role
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.fields import Id, Instant, Name
from tellal.api.members import member_named
from tellal.api.paging import Listing
from tellal.api.problems import NotAsked
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Conflict, NotFound, Unacceptable
from tellal.posts import Frozen
from tellal.stores.access import Key

routes = Routes("Keys")


class NewKey(Frozen):
    name: Name
    role: Role
    member_id: Id | None = None  # whose it is to be, if it is a person's
    expires_at: Instant | None = None


class KeyShown(Frozen):
    key_id: str
    name: str
    role: Role
    member_id: str | None
    workspace_id: str | None
    ends_with: str
    created_at: Moment
    expires_at: Moment | None


class KeyMade(KeyShown):
    token: str


@routes("POST", "/keys", needs=Permission.KEYS_MANAGE, status=201, summary="Make a key")
def make_key(given: NewKey, asked: Asking) -> Response[KeyMade]:
    """The token is shown only here. A key is good for the workspace it is made in; an owner's key
    for the whole deployment, and only an owner makes one. Nobody gives more than they have.
    A member's key may do what both its role and theirs permit, and ends when they are removed."""
    if not ROLES[given.role] <= asked.caller.permissions:
        raise NotAsked(403, f"This key may not make another with the role {given.role}.")
    if given.expires_at is not None and given.expires_at <= asked.now:
        raise Unacceptable(Broken("expires_at", "is in the past"))
    if given.member_id is not None:
        if given.role is Role.OWNER:
            raise Unacceptable(Broken("role", "owner is of the deployment, and of no member"))
        member_named(given.member_id, "member_id", asked)
    token = keys.new_token()
    key = keys.make(
        token,
        name=given.name,
        role=given.role,
        workspace_id=None if given.role is Role.OWNER else asked.workspace_id,
        now=asked.now,
        expires_at=given.expires_at,
        member_id=given.member_id,
    )
    answer = KeyMade(**shown(key).model_dump(), token=token.get_secret_value())
    return asked.settle(answer, wiring.access().creation(key), secret=True)


@routes("GET", "/keys", needs=Permission.KEYS_MANAGE, summary="List the workspace's keys")
def list_keys(asked: Asking) -> Listing[KeyShown]:
    return Listing(
        items=tuple(shown(each) for each in wiring.access().of_workspace(asked.workspace_id))
    )


@routes(
    "DELETE", "/keys/<key_id>", needs=Permission.KEYS_MANAGE, status=204, summary="Revoke a key"
)
def revoke_key(key_id: str, asked: Asking) -> Response[Any]:
    """It stops working at once. A key cannot revoke itself, so somebody can always get in."""
    if key_id == asked.caller.key_id:
        raise Conflict("A key cannot revoke itself: use another one.")
    token_hash = plausible(key_id).removeprefix(keys.ID)
    key = found(wiring.access().get(token_hash) if len(token_hash) == 64 else None, "key")
    if key.key_id != key_id or not _reaches(asked, key):
        raise NotFound("There is no such key.")
    wiring.access().table.delete(token_hash)
    return Response(status_code=204)


def _reaches(asked: Asked, key: Key) -> bool:
    of_deployment = asked.caller.workspace_id is None
    return of_deployment or key.workspace_id == asked.caller.workspace_id


def shown(key: Key) -> KeyShown:
    expires = key.expires_epoch
    return KeyShown(
        key_id=key.key_id,
        name=key.name,
        role=Role(key.role),
        member_id=key.member_id,
        workspace_id=key.workspace_id,
        ends_with=key.ends_with,
        created_at=key.created_at,
        expires_at=datetime.fromtimestamp(expires, tz=key.created_at.tzinfo) if expires else None,
    )
