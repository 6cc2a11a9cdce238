"""Whom a workspace addresses, for its reports to compare with who follows."""

from typing import Annotated

from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking
from tellal.api.routes import Routes
from tellal.errors import Broken, Conflict, Unacceptable
from tellal.personas import MOST, Persona, Personas
from tellal.posts import Frozen

routes = Routes("Personas")

ROUNDING = 0.5  # percent: thirds add up to 99.9


class NewPersonas(Frozen):
    version: Annotated[int, Field(ge=0, description="Of the personas, as they were read")]
    personas: Annotated[tuple[Persona, ...], Field(max_length=MOST)]


class PersonasShown(Frozen):
    personas: tuple[Persona, ...]
    version: int


@routes("GET", "/personas", needs=Permission.REPORTS_READ, summary="Show the personas")
def show_personas(asked: Asking) -> PersonasShown:
    return _shown(_kept(asked.workspace_id))


@routes("PUT", "/personas", needs=Permission.WORKSPACES_WRITE, summary="Write the personas anew")
def write_personas(given: NewPersonas, asked: Asking) -> PersonasShown:
    """Whole. Their shares add up to 100 percent at most; each says of its customers what is known:
    spans of years, countries, languages, cities. Reports compare them with who follows."""
    _check(given.personas)
    seen = _kept(asked.workspace.workspace_id)
    if given.version != seen.version:
        facts = {"version": seen.version}
        raise Conflict("They were changed meanwhile: read them again, then decide.", facts=facts)
    written = seen.model_copy(update={"personas": given.personas})
    if seen.version == 0:
        return _shown(wiring.personas().create(written.model_copy(update={"version": 1})))
    return _shown(wiring.personas().save(seen, written))


def _check(personas: tuple[Persona, ...]) -> None:
    names = [each.name.casefold() for each in personas]
    broken = [
        Broken(f"personas[{number}].name", "is the name of another one too")
        for number, name in enumerate(names)
        if name in names[:number]
    ]
    whole = sum(each.share for each in personas)
    if whole > 100 + ROUNDING:
        broken.append(Broken("personas", f"have shares that add up to {whole:g} percent"))
    if broken:
        raise Unacceptable(*broken)


def _kept(workspace_id: str) -> Personas:
    return wiring.personas().get(workspace_id) or Personas(workspace_id=workspace_id)


def _shown(kept: Personas) -> PersonasShown:
    return PersonasShown(personas=kept.personas, version=kept.version)
