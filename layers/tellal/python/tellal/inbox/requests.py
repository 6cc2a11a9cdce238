"""A platform asks that a person be erased, in the name of that person, and is told where to look.

The request is verified before it is read. Its code is made of the signed request, so that the same
one asked again has the same code, and nobody can guess it. Every workspace that knows the person
erases them; that nobody knows them is an answer as well.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import clock, ids
from tellal.audit import Who
from tellal.conversations import Contact, contact_id
from tellal.errors import AlreadyChanged, NotFound
from tellal.inbox.erasing import Erasing
from tellal.inbox.webhooks import Webhooks
from tellal.platforms import PLATFORMS
from tellal.platforms.hearing import ErasesOnRequest
from tellal.stores.channels import WorkspaceStore
from tellal.stores.contacts import ContactStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

PURPOSE = "erasure"
KEPT = timedelta(days=366)
MOST_TRIES = 5


@dataclass(frozen=True)
class Status:
    asked_at: datetime
    erased: bool


@dataclass(frozen=True, kw_only=True)
class ErasureRequests:
    webhooks: Webhooks  # whose secrets verify
    workspaces: WorkspaceStore
    contacts: ContactStore
    erasing: Erasing
    once: OnceStore
    transact: Callable[[Iterable[Write]], None]
    ask: Callable[[str], None]  # has the worker erase this contact
    api_url: str

    def answer(self, platform: str, body: bytes, *, now: datetime) -> Mapping[str, str]:
        """Raises NotFound, Forged, BadMessage; AlreadyChanged: they ask again."""
        adapter: object = PLATFORMS.get(platform)
        if not isinstance(adapter, ErasesOnRequest):
            raise NotFound("no platform that asks this has this name")
        remote_id = adapter.erasure_request(body, self.webhooks.secrets_of(platform, now=now))
        known = self._known(platform, remote_id)
        for contact in known:
            self._begin(contact.contact_id, platform, now)
        code = ids.derived("era", platform, hashlib.sha256(body).hexdigest())
        self._keep(code, known, now)
        for contact in known:
            self.ask(contact.contact_id)
        return {"url": f"{self.api_url}/erasures/{code}", "confirmation_code": code}

    def _known(self, platform: str, remote_id: str) -> Sequence[Contact]:
        """In whichever workspace: a contact's id is made of who it is."""
        workspace_ids = [each.workspace_id for each in self.workspaces.all()]
        return self.contacts.get_many(
            [contact_id(each, platform, remote_id) for each in workspace_ids]
        )

    def _begin(self, contact_id: str, platform: str, now: datetime) -> None:
        for _ in range(MOST_TRIES):
            contact = self.contacts.get(contact_id)
            if contact is None or contact.erasing_since is not None:
                return
            writes = self.erasing.beginning(contact, by=Who(id=platform), now=now)
            try:
                self.transact(writes)
            except AlreadyChanged as error:
                lost = error
                continue
            return
        raise lost

    def _keep(self, code: str, known: Sequence[Contact], now: datetime) -> None:
        facts = {"asked_at": clock.text(now), "contact_ids": [each.contact_id for each in known]}
        if self.once.get(PURPOSE, code, now=now) is None:
            self.transact([self.once.creation(PURPOSE, code, facts, until=now + KEPT, now=now)])


def status_of(code: str, *, once: OnceStore, contacts: ContactStore, now: datetime) -> Status:
    """Raises NotFound."""
    row = once.get(PURPOSE, code, now=now)
    if row is None:
        raise NotFound("There is no such erasure.")
    erased = all(each.erased_at is not None for each in contacts.get_many(row["contact_ids"]))
    return Status(asked_at=clock.read(row["asked_at"]), erased=erased)
