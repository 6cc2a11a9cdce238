"""The playbook of a workspace: how complaints, praise and questions are to be handled."""

from typing import Annotated, Any

from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking
from tellal.api.fields import FullText
from tellal.api.routes import Routes
from tellal.conversations import Matter, MessageKind, Play, Playbook
from tellal.errors import Conflict
from tellal.inbox import work
from tellal.posts import Frozen

routes = Routes("Playbook")

MOST_PLAYS = 20  # with the lengths below, a row that a table takes


class NewPlay(Frozen):
    about: Matter
    text: Annotated[FullText, Field(max_length=4_000)]
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    kinds: Annotated[tuple[MessageKind, ...], Field(max_length=len(MessageKind))] = ()


class NewPlaybook(Frozen):
    version: Annotated[int, Field(ge=0, description="Of the playbook, as it was read")]
    plays: Annotated[tuple[NewPlay, ...], Field(max_length=MOST_PLAYS)]


class PlaybookShown(Frozen):
    plays: tuple[Play, ...]
    version: int


@routes("GET", "/playbook", needs=Permission.CONVERSATIONS_READ, summary="Show the playbook")
def show_playbook(asked: Asking) -> PlaybookShown:
    return _shown(_kept(asked.workspace_id))


@routes("PUT", "/playbook", needs=Permission.WORKSPACES_WRITE, summary="Write the playbook anew")
def write_playbook(given: NewPlaybook, asked: Asking) -> PlaybookShown:
    """Whole. An entry is shown beside a conversation that has one of its tags, or what it is about
    (complaint, praise, question) as a tag, or whose last message of theirs sounds so: negative is a
    complaint, positive is praise; with `kinds`, beside no other kinds of conversation."""
    seen = _kept(asked.workspace.workspace_id)
    if given.version != seen.version:
        facts = {"version": seen.version}
        raise Conflict("It was changed meanwhile: read it again, then decide.", facts=facts)
    plays = tuple(_play(number, each) for number, each in enumerate(given.plays))
    written = seen.model_copy(update={"plays": plays})
    if seen.version == 0:
        return _shown(wiring.playbooks().create(written.model_copy(update={"version": 1})))
    return _shown(wiring.playbooks().save(seen, written))


def _play(number: int, given: NewPlay) -> Play:
    facts: dict[str, Any] = {name: getattr(given, name) for name in NewPlay.model_fields}
    return Play(**{**facts, "tags": work.tags(given.tags, field=f"plays[{number}].tags")})


def _kept(workspace_id: str) -> Playbook:
    return wiring.playbooks().get(workspace_id) or Playbook(workspace_id=workspace_id)


def _shown(playbook: Playbook) -> PlaybookShown:
    return PlaybookShown(plays=playbook.plays, version=playbook.version)
