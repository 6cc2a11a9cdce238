"""The one-time set-up: whoever deployed trades a token for the owner's first key.

One row in `access` says how far it is: offered, or taken. It is changed only on condition, so of
two who trade at the same moment one wins, and a deployment that has an owner offers nothing.
"""

import hmac
from datetime import datetime

from pydantic import SecretStr

from tellal.access import keys
from tellal.access.permissions import Role
from tellal.errors import AlreadyChanged, NotFound
from tellal.stores.access import AccessStore, Key
from tellal.stores.table import Write


def offer(access: AccessStore, token: SecretStr) -> bool:
    """Let this token set the deployment up; False if it has an owner. Called by the deployer.

    Offering again replaces a token that nobody has used yet.
    """
    try:
        access.offer(keys.hashed(token))
    except AlreadyChanged:
        return False
    return True


def trade(
    access: AccessStore, token: SecretStr, *, owner_token: SecretStr, name: str, now: datetime
) -> tuple[Key, tuple[Write, Write]]:
    """The owner's key, and the writes that make it and use the token up, to be made together.

    Raises NotFound for any other token, and once the deployment has an owner.
    """
    offered, given = access.offered(), keys.hashed(token)
    if offered is None or not hmac.compare_digest(offered, given):
        raise NotFound("there is nothing to set up here")
    key = keys.make(owner_token, name=name, role=Role.OWNER, workspace_id=None, now=now)
    return key, (access.taking(given), access.creation(key))
