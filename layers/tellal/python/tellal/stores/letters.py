"""Which letters of a report were sent to whom: one row of `once` for each report that is mailed."""

from collections.abc import Mapping
from enum import StrEnum

from tellal.clock import Moment
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.table import Table

PURPOSE = "mail"


class Fate(StrEnum):
    SENDING = "sending"  # somebody sends it now, or died over it
    SENT = "sent"
    REFUSED = "refused"  # by SES: it was not sent, and may be once that is mended


class Letter(Frozen):
    address: str
    fate: Fate
    at: Moment


class Letters(Frozen):
    key: str  # as `key_of` makes it
    letters: tuple[Letter, ...] = ()
    trouble: str | None = None  # a sentence: why not everybody has it, and what to do
    expires_epoch: int  # when it may be forgotten; it holds for as long as it is there
    version: int = 0

    def to(self, address: str) -> Letter | None:
        return next((each for each in self.letters if each.address == address), None)

    def with_letter(self, letter: Letter) -> "Letters":
        others = tuple(each for each in self.letters if each.address != letter.address)
        return self.model_copy(update={"letters": (*others, letter)})


class LetterStore(Rows[Letters]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Letters, key="once_key", also=_key)

    def find(self, workspace_id: str, report: str) -> Letters | None:
        return self.get(f"{PURPOSE}#{key_of(workspace_id, report)}")


def key_of(workspace_id: str, report: str) -> str:
    return f"{workspace_id}#{report}"


def _key(letters: Letters) -> Mapping[str, str]:
    return {"once_key": f"{PURPOSE}#{letters.key}"}
