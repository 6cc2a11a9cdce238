"""One request as a route sees it: who asks, in which workspace, when, and how to answer once.

`settle` is how every POST ends: what the request makes and the answer to it are written in one
transaction, so that a crash cannot separate them, and the same request again gets that answer.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends, Request, Response
from pydantic import BaseModel, SecretStr

from tellal import ids, wiring
from tellal.access.keys import Caller, find_caller
from tellal.access.permissions import Permission
from tellal.api import idempotency
from tellal.api.problems import NotAsked
from tellal.channels import Workspace
from tellal.errors import NotFound
from tellal.stores.table import Write, transact

BEARER = re.compile(r"Bearer (tk_[\w-]{43})", re.IGNORECASE | re.ASCII)
NOBODY = Caller(key_id="nobody", permissions=frozenset(), workspace_id=None)
LONGEST_ID = 128  # what is longer is none of ours, and no key that a table takes


@dataclass(frozen=True, kw_only=True)
class Asked:
    caller: Caller
    now: datetime
    named_workspace_id: str | None = None
    once: idempotency.Key | None = None  # if the client gave one

    @property
    def workspace_id(self) -> str:
        if self.named_workspace_id is None:
            raise NotAsked(400, "Name a workspace in the header Tellal-Workspace: ws_…")
        return self.named_workspace_id

    @property
    def workspace(self) -> Workspace:
        return found(wiring.workspaces().get(self.workspace_id), "workspace")

    def require(self, permission: Permission) -> None:
        if permission not in self.caller.permissions:
            raise NotAsked(403, f"This key does not have the permission {permission}.")

    def new_id(self, kind: str) -> str:
        return ids.new(kind, now=self.now)

    def ours[T: BaseModel](self, value: T | None, what: str) -> T:
        """A row of this workspace; anybody else's is not there."""
        if value is None or getattr(value, "workspace_id", None) != self.workspace_id:
            raise NotFound(f"There is no such {what} in this workspace.")
        return value

    def settle[T: BaseModel](
        self, answer: T, *writes: Write, status: int = 201, secret: bool = False
    ) -> Response[T]:
        """Write all of it or nothing, and answer. AlreadyChanged if it was done meanwhile."""
        if self.once is not None:
            kept = idempotency.keeping(
                self.once, answer, status=status, secret=secret, now=self.now
            )
            writes = (*writes, kept)
        self.write(*writes)
        return Response(status_code=status, content_type="application/json", body=answer)

    def write(self, *writes: Write) -> None:
        """All of it or nothing. AlreadyChanged if a row is not as it was read."""
        if writes:
            transact(wiring.aws("dynamodb"), writes)


def found[T](value: T | None, what: str) -> T:
    if value is None:
        raise NotFound(f"There is no such {what}.")
    return value


def plausible(key: str) -> str:
    """An id from an address, if it can be one."""
    if not 0 < len(key) <= LONGEST_ID:
        raise NotFound("There is no such thing.")
    return key


def sent(event: Any) -> bytes:
    """A request's body, byte for byte. Raises ValueError if it cannot be."""
    body: str = event.body or ""
    if event.is_base64_encoded:
        return base64.b64decode(body, validate=True)
    return body.encode()


def ask(event: Any, needs: Permission | None) -> Asked:
    """Who asks, if they may. `needs` None is for everybody."""
    now: datetime = wiring.now()()
    headers = event.headers
    if needs is None:
        return Asked(caller=NOBODY, now=now, once=idempotency.read(event, NOBODY.key_id))
    caller = _caller(headers.get("authorization") or "", now=now)
    workspace_id = _workspace_id(caller, headers.get("tellal-workspace"))
    asked = Asked(
        caller=caller,
        now=now,
        named_workspace_id=workspace_id,
        once=idempotency.read(event, f"{caller.key_id}#{workspace_id}"),
    )
    asked.require(needs)
    return asked


def _find(token: SecretStr, *, now: datetime) -> Caller | None:
    return find_caller(token, wiring.access(), wiring.members(), now=now)


def _caller(header: str, *, now: datetime) -> Caller:
    bearer = BEARER.fullmatch(header)
    caller = _find(SecretStr(bearer[1]), now=now) if bearer else None
    if caller is None:
        sentence = "Send a key that is valid, as the header Authorization: Bearer tk_…"
        raise NotAsked(401, sentence, {"WWW-Authenticate": "Bearer"})
    return caller


def _workspace_id(caller: Caller, named: str | None) -> str | None:
    if named is None or caller.workspace_id is not None:
        if named not in (None, caller.workspace_id):
            raise NotFound("There is no such workspace for this key.")
        return caller.workspace_id
    return found(wiring.workspaces().get(plausible(named)), "workspace").workspace_id


def _asked(request: Request) -> Asked:
    asked = request.context["asked"]
    assert isinstance(asked, Asked)
    return asked


Asking = Annotated[Asked, Depends(_asked)]
