"""Contacts as people: joined by hand where one person has several, and parted again. Pure.

One contact stands for the person, and the others point at it: never further than one step.
"""

from collections.abc import Sequence
from datetime import datetime

from tellal.channels import Channel
from tellal.conversations import Author, Contact, Heard, contact_id
from tellal.errors import Conflict

MOST_JOINED = 50  # contacts of one person


def first_seen(channel: Channel, heard: Heard, *, now: datetime) -> Contact:
    author = heard.author
    return Contact(
        contact_id=contact_id(channel.workspace_id, channel.platform, author.remote_id),
        workspace_id=channel.workspace_id,
        platform=channel.platform,
        author=author,
        created_at=now,
        last_began_at=now,
    )


def seen_again(seen: Contact, author: Author, *, now: datetime) -> Contact:
    """A conversation begins: the row moves with it, so that an erasure cannot miss it."""
    return seen.model_copy(update={"author": author, "last_began_at": now})


def joined(person: Contact, others: Sequence[Contact], *, already: int) -> list[Contact]:
    """`others`: a contact and those joined to it, all of whom are to point at `person`."""
    if already + len(others) > MOST_JOINED:
        raise Conflict(f"A person has {MOST_JOINED} contacts at most.")
    for each in (person, *others):
        if each.erasing_since is not None:
            raise Conflict("A contact that was erased is nobody any more.")
    return [each.model_copy(update={"joined_to": person.contact_id}) for each in others]
