"""What fields of requests have in common: how long they may be, what may stand in them, and which
times make sense.
"""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, NaiveDatetime, SecretStr
from pydantic_core import PydanticCustomError

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tabs and line ends
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})  # Unicode's spaces, controls and formats


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(each) in UNSEEN for each in text)


def _readable(text: str) -> str:
    """One in which nothing can be seen is no text, whatever zero-width characters it has."""
    if CONTROL.search(text):
        raise PydanticCustomError("control_character", "has a control character in it")
    return "" if _is_blank(text) else text


def _named(text: str) -> str:
    if not _readable(text):
        raise PydanticCustomError("blank", "is blank")
    return text


def _kept_secret(secret: SecretStr) -> SecretStr:
    """Not a blank one: as a webhook's secret it would let anybody sign."""
    if _is_blank(secret.get_secret_value()):
        raise PydanticCustomError("blank", "is blank")
    return secret


Id = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_named)]
# More than any platform takes.
Text = Annotated[str, Field(max_length=70_000), AfterValidator(_readable)]
FullText = Annotated[str, Field(min_length=1, max_length=70_000), AfterValidator(_named)]
AltText = Annotated[str, Field(max_length=4_000), AfterValidator(_readable)]
Secret = Annotated[SecretStr, AfterValidator(_kept_secret)]
Email = Annotated[
    str,
    Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    AfterValidator(_named),
]
Instant = Annotated[
    AwareDatetime,
    Field(
        ge=FIRST,
        le=LAST,
        description="A moment, with its offset from UTC: 2026-11-23T06:00Z, 2026-11-23T09:00+03:00",
    ),
]
WallClock = Annotated[
    NaiveDatetime,
    Field(
        ge=FIRST.replace(tzinfo=None),
        le=LAST.replace(tzinfo=None),
        description="What clocks show in the workspace's zone: 2026-11-23T09:00, without an offset."
        " It becomes a moment when it is given, by the clock changes of that day, and stays that"
        " moment if the workspace's zone is changed. A time that does not exist because clocks go"
        " forward is read with the offset from before: 02:30 is 03:30 where an hour is left out."
        " Of one that exists twice because they go back, the first is meant. The answer's"
        " publish_at tells which moment it is.",
    ),
]
