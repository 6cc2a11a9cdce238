"""Contacts: the people in the conversations, joined by hand, and erased on request."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from tellal import clock, wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.fields import Id
from tellal.api.pages import page
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, bounds, listing
from tellal.api.routes import Routes
from tellal.audit import entry
from tellal.clock import Moment
from tellal.config import settings
from tellal.conversations import Author, Contact
from tellal.errors import Broken, Conflict, Unacceptable
from tellal.inbox import people, requests
from tellal.posts import Frozen

routes = Routes("Contacts")

ERASE = "erase_contacts"  # the function


class ContactShown(Frozen):
    contact_id: str
    platform: str
    author: Author
    joined_to: str | None
    created_at: Moment
    last_began_at: Moment
    erasing_since: Moment | None
    erased_at: Moment | None


class Person(ContactShown):
    joined: tuple[ContactShown, ...]  # all other contacts of the same person


class Joining(Frozen):
    contact_id: Id  # who is the same person


class Erasure(Frozen):
    contact_ids: tuple[str, ...]
    erased: bool  # False: it is being done


@routes("GET", "/contacts", needs=Permission.CONTACTS_READ, summary="List the contacts")
def list_contacts(
    asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> Listing[ContactShown]:
    """By when they were first seen. Their conversations: `GET /conversations?contact_id=…`."""
    store = wiring.contacts()
    found_ = store.of_workspace(asked.workspace_id, **bounds(limit, cursor))
    return listing(found_, lambda item: _shown(store.value(item)))


@routes("GET", "/contacts/<contact_id>", needs=Permission.CONTACTS_READ, summary="Show a contact")
def show_contact(contact_id: str, asked: Asking) -> Person:
    """With the other contacts of the same person."""
    return _person(ours(contact_id, asked))


@routes(
    "POST",
    "/contacts/<contact_id>/join",
    needs=Permission.CONTACTS_JOIN,
    summary="Say that another contact is the same person",
)
def join_contacts(contact_id: str, given: Joining, asked: Asking) -> Response[ContactShown]:
    """The other one, and whoever was joined to it, points at this one then."""
    named = _named(given.contact_id, asked)
    person, other = _standing(ours(contact_id, asked)), _standing(named)
    if person.contact_id == other.contact_id:
        return asked.settle(_shown(named), status=200)
    store = wiring.contacts()
    before = [other, *store.joined_to(other.contact_id)]
    already = 1 + len(list(store.joined_to(person.contact_id)))
    after = people.joined(person, before, already=already)
    moved = next(each for each in after if each.contact_id == named.contact_id)
    # The one that stays is written too: of two who join the same ones crosswise, one wins.
    touched = person.model_copy(update={"last_began_at": person.last_began_at})
    return asked.settle(
        _shown(moved),
        store.saving(person, touched),
        *(store.saving(was, now) for was, now in zip(before, after, strict=True)),
        _told("joined", other, asked, after={"joined_to": person.contact_id}),
        status=200,
    )


@routes(
    "POST",
    "/contacts/<contact_id>/part",
    needs=Permission.CONTACTS_JOIN,
    summary="Say that a contact is somebody else after all",
)
def part_contact(contact_id: str, asked: Asking) -> Response[ContactShown]:
    """The undoing of a joining, for the one that was joined."""
    seen = ours(contact_id, asked)
    if seen.joined_to is None:
        if any(wiring.contacts().joined_to(seen.contact_id)):
            raise Conflict("It stands for the person: part those who are joined to it.")
        return asked.settle(_shown(seen), status=200)
    parted = seen.model_copy(update={"joined_to": None})
    return asked.settle(
        _shown(parted),
        wiring.contacts().saving(seen, parted),
        _told("parted", seen, asked, before={"joined_to": seen.joined_to}),
        status=200,
    )


@routes(
    "DELETE",
    "/contacts/<contact_id>",
    needs=Permission.CONTACTS_ERASE,
    status=202,
    summary="Erase a person",
)
def erase_contact(contact_id: str, asked: Asking) -> Response[Erasure]:
    """All contacts of the same person: names, texts and media of what they wrote and what was said
    to them, for good. Nothing new of theirs is stored from now on. What is there is taken within
    minutes; ask again to see whether it is done, which does no harm."""
    group = _group(ours(contact_id, asked))
    erasing = wiring.erasing()
    for each in group:  # each by itself: a second try goes on
        asked.write(*erasing.beginning(each, by=asked.caller.who, now=asked.now))
        if each.erased_at is None:
            wiring.again().ask(settings().function_named(ERASE), {"contact_id": each.contact_id})
    answer = Erasure(
        contact_ids=tuple(each.contact_id for each in group),
        erased=all(each.erased_at is not None for each in group),
    )
    return asked.settle(answer, status=202)


@routes(
    "GET",
    "/erasures/<code>",
    needs=None,
    summary="Whether a person was erased whom a platform asked to erase",
    in_document=False,
)
def show_erasure(code: str, asked: Asking) -> Response[str]:
    """For the person themself, who has the code from the platform."""
    status = requests.status_of(
        plausible(code), once=wiring.once(), contacts=wiring.contacts(), now=asked.now
    )
    told = "All of it is erased." if status.erased else "It is being erased, within a day at most."
    day = clock.day(status.asked_at)
    return page("Your data", f"<p>You asked for it on {day} (UTC). {told}</p>")


def _group(contact: Contact) -> list[Contact]:
    """All contacts of the person, the one that stands for them last: the others name it."""
    person = _standing(contact)
    return [*wiring.contacts().joined_to(person.contact_id), person]


def contacts_named(contact_id: str, asked: Asked) -> list[str]:
    """All contacts of the person whom a query names. Raises Unacceptable."""
    return [each.contact_id for each in _group(_named(contact_id, asked))]


def _named(contact_id: str, asked: Asked) -> Contact:
    named = wiring.contacts().get(contact_id)
    if named is None or named.workspace_id != asked.workspace_id:
        raise Unacceptable(Broken("contact_id", "is no contact of this workspace"))
    return named


def _standing(contact: Contact) -> Contact:
    if contact.joined_to is None:
        return contact
    return found(wiring.contacts().get(contact.joined_to), "contact")


def _told(what: str, contact: Contact, asked: Asked, **facts: Any) -> Any:
    told = entry(
        what,
        contact.contact_id,
        workspace_id=contact.workspace_id,
        by=asked.caller.who,
        at=asked.now,
        **facts,
    )
    return wiring.audit().creation(told)


def ours(contact_id: str, asked: Asked) -> Contact:
    return asked.ours(wiring.contacts().get(plausible(contact_id)), "contact")


def _shown(contact: Contact) -> ContactShown:
    return ContactShown(**contact.model_dump(exclude={"workspace_id", "version"}))


def _person(contact: Contact) -> Person:
    others = [each for each in _group(contact) if each.contact_id != contact.contact_id]
    return Person(**_shown(contact).model_dump(), joined=tuple(_shown(each) for each in others))
