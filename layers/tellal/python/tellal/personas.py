"""Whom a workspace addresses: its customers as it imagines them. Pure."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellal.posts import Frozen

MOST = 10  # personas, and values of each kind in one: a row that a table takes
AGES = re.compile(r"(\d{1,3})-(\d{1,3})|(\d{1,3})\+", re.ASCII)
OLDEST = 100  # whom «65+» reaches to


def ages(text: str) -> tuple[int, int] | None:
    """The first and last year of «25-34» or «65+»; None for any other text."""
    found = AGES.fullmatch(text)
    if found is None:
        return None
    first = int(found[1] or found[3])
    last = int(found[2]) if found[2] else OLDEST
    return (first, last) if first <= last <= OLDEST else None


def _ages(text: str) -> str:
    if ages(text) is None:
        raise PydanticCustomError("ages", "is not a span of years like 25-34 or 65+")
    return text


Place = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
Ages = Annotated[str, Field(max_length=7), AfterValidator(_ages)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166: TR, DE")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", description="ISO 639: tr, de")]


class Persona(Frozen):
    """One kind of customer. What it says nothing of, it is not compared by."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    share: Annotated[float, Field(gt=0, le=100, description="Percent of the customers")]
    ages: Annotated[tuple[Ages, ...], Field(max_length=MOST)] = ()
    countries: Annotated[tuple[Country, ...], Field(max_length=MOST)] = ()
    languages: Annotated[tuple[LanguageCode, ...], Field(max_length=MOST)] = ()
    cities: Annotated[tuple[Place, ...], Field(max_length=MOST)] = ()


class Personas(Frozen):
    """All of a workspace's, written whole."""

    workspace_id: str
    personas: tuple[Persona, ...] = ()
    version: int = 0
