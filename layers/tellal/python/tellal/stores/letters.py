"""Which letters of a report were sent to whom: one row of `once` for each report that is mailed."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from tellal.clock import Moment
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.table import Table

PURPOSE = "mail"
IN_FLIGHT = timedelta(minutes=15)  # longer than any run: whoever sends for longer is dead


class Fate(StrEnum):
    SENDING = "sending"  # somebody sends it now, or died over it
    SENT = "sent"
    REFUSED = "refused"  # by SES: it was not sent, and may be once that is mended
    DELAYED = "delayed"  # it was not sent, and is to be tried again
    UNKNOWN = "unknown"  # SES's answer was lost, or whoever sent it: it is never sent again


class Letter(Frozen):
    address: str
    fate: Fate
    at: Moment
    doubt: str | None = None  # a sentence, to be told if it stays `sending`

    def is_lost(self, *, now: datetime) -> bool:
        """Whoever sent it has died over it."""
        return self.fate is Fate.SENDING and now - self.at >= IN_FLIGHT


class Letters(Frozen):
    key: str  # as `key_of` makes it
    letters: tuple[Letter, ...] = ()
    trouble: str | None = None  # sentences: why not everybody has it, and what to do
    expires_epoch: int  # when it may be forgotten; it holds for as long as it is there
    version: int = 0

    def to(self, address: str) -> Letter | None:
        return next((each for each in self.letters if each.address == address), None)

    def with_letter(self, letter: Letter) -> "Letters":
        others = tuple(each for each in self.letters if each.address != letter.address)
        return self.model_copy(update={"letters": (*others, letter)})

    def told(self, recipients: Container[str], *, now: datetime) -> str | None:
        """Why not everybody has it for certain: what was noted, and what nobody lived to note."""
        return " ".join(self._told(recipients, now)) or None

    def _told(self, recipients: Container[str], now: datetime) -> Iterator[str]:
        if self.trouble:
            yield self.trouble
        for each in self.letters:
            if each.doubt and each.address in recipients and each.is_lost(now=now):
                yield each.doubt


class LetterStore(Rows[Letters]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Letters, key="once_key", also=_key)

    def find(self, workspace_id: str, report: str) -> Letters | None:
        return self.get(f"{PURPOSE}#{key_of(workspace_id, report)}")


def key_of(workspace_id: str, report: str) -> str:
    return f"{workspace_id}#{report}"


def _key(letters: Letters) -> Mapping[str, str]:
    return {"once_key": f"{PURPOSE}#{letters.key}"}
