"""Texts with variables, «Dear {first_name}», and what is filled in for them. Pure.

A brace in a text always begins or ends a variable, so that what was meant as one and misspelled
never reaches anybody as it stands.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from tellal.errors import Broken

BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def broken(text: str, names: Collection[str], *, field: str) -> Iterator[Broken]:
    """A rule for every variable that there is not."""
    known = ", ".join(f"{{{name}}}" for name in names)
    for unknown in dict.fromkeys(each[0] for each in BRACES.finditer(text) if each[1] not in names):
        yield Broken(field, f"{unknown} is no variable: there are {known}")


def filled_in(text: str, values: Mapping[str, str]) -> str:
    return BRACES.sub(lambda match: values.get(match[1], match[0]), text)
