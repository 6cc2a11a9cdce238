"""A CSV file of conversions, read row by row: the good ones as they are told, and of the others
which column breaks which rule. Pure.

Commas or semicolons divide it, as its first line says. Programs that write semicolons (Excel in
Turkish, German, …) write the comma as the decimal mark; so in a file with semicolons «1.234,50» is
1234.50 and in one with commas «1,234.50» is. Neither is read in the other's way: whoever wrote
«12,50» with the wrong divider is told so, and no amount is guessed. What a spreadsheet would take
for a formula is refused, so that no sheet made of these rows can run it.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal import clock
from tellal.conversions import Stage, Touch
from tellal.counting.intake import Told
from tellal.errors import Broken, Unacceptable

MOST_ROWS = 1_000
LONGEST = 200  # characters in a cell; an id has 128
LONGEST_ID = 128
REQUIRED = ("id", "stage", "occurred_at")
TOUCHES = ("code", "source", "medium", "campaign", "content")
COLUMNS = (*REQUIRED, "value", "currency", *TOUCHES, "touched_at")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection
AMOUNTS = {
    ",": re.compile(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII),
    ";": re.compile(r"\d+(,\d+)?|\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII),
}
MARKS = {",": ".", ";": ","}  # of decimals


@dataclass(frozen=True)
class Row:
    number: int  # as a spreadsheet shows it: the line of names is 1
    told: Told | None
    broken: tuple[Broken, ...] = ()  # by column


def rows(body: bytes, *, zone: str) -> list[Row]:
    """Every row that is not empty. Raises Unacceptable for what is no such file at all.

    A time without an offset is what clocks in `zone` showed.
    """
    lines, divider = _lines(body)
    names = [_column(each) for each in lines[0]]
    _check_columns(names)
    found = [
        _row(number, dict(zip(names, cells, strict=False)), divider, zone=zone)
        if len(cells) == len(names)
        else Row(number, None, (Broken("row", f"has {len(cells)} cells, not {len(names)}"),))
        for number, cells in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    if len(found) > MOST_ROWS:
        raise Unacceptable(Broken("file", f"has {len(found)} rows; {MOST_ROWS} are read at once"))
    return found


def _lines(body: bytes) -> tuple[list[list[str]], str]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unacceptable(Broken("file", "is not UTF-8: save it as «CSV UTF-8»")) from None
    if "\0" in text:
        raise Unacceptable(Broken("file", "is no text"))
    first = text.lstrip().partition("\n")[0]
    divider = ";" if first.count(";") > first.count(",") else ","
    try:
        read = csv.reader(text.splitlines(keepends=True), delimiter=divider, strict=True)
        lines = list(read)
    except csv.Error as error:
        raise Unacceptable(Broken("file", f"is not CSV: {error}")) from None
    while lines and not any(cell.strip() for cell in lines[0]):
        lines.pop(0)
    if not lines:
        raise Unacceptable(Broken("file", "is empty: its first line names the columns"))
    return lines, divider


def _column(name: str) -> str:
    return name.strip().lower().removeprefix("utm_")


def _check_columns(names: list[str]) -> None:
    known = ", ".join(COLUMNS)
    broken = [
        Broken(name[:LONGEST] or "file", f"is none of the columns {known}")
        for name in dict.fromkeys(names)
        if name not in COLUMNS
    ]
    broken += [Broken(name, "stands there twice") for name in COLUMNS if names.count(name) > 1]
    broken += [Broken(name, "is required as a column") for name in REQUIRED if name not in names]
    if broken:
        raise Unacceptable(*broken)


def _row(number: int, cells: Mapping[str, str], divider: str, *, zone: str) -> Row:
    given = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    broken = [*_broken_cells(given)]
    facts: dict[str, object] = {}
    for name, read in (
        ("stage", lambda: _stage(given.get("stage", ""))),
        ("occurred_at", lambda: _moment(given["occurred_at"], "occurred_at", zone)),
        ("value", lambda: _amount(given["value"], divider) if "value" in given else None),
        ("touched_at", lambda: _touched_at(given, zone)),
    ):
        if name in REQUIRED and name not in given:
            continue  # said already
        try:
            facts[name] = read()
        except Unacceptable as error:
            broken += error.broken
    if broken:
        return Row(number, None, tuple(broken))
    touch = Touch(at=facts.pop("touched_at"), **{name: given.get(name) for name in TOUCHES})  # type: ignore[arg-type]  # as read
    told = Told(
        id=given["id"],
        currency=given.get("currency"),
        touches=() if touch.is_empty else (touch,),
        **facts,  # type: ignore[arg-type]  # as read
    )
    return Row(number, told)


def _broken_cells(given: Mapping[str, str]) -> Iterator[Broken]:
    for name in REQUIRED:
        if name not in given:
            yield Broken(name, "is required")
    for name, cell in given.items():
        longest = LONGEST_ID if name == "id" else LONGEST
        if len(cell) > longest:
            yield Broken(name, f"is longer than {longest} characters")
        elif cell.startswith(FORMULA) and name not in ("value", "occurred_at", "touched_at"):
            yield Broken(name, "begins as a formula does: = + - @")
        elif not cell.isprintable():
            yield Broken(name, "has a control character in it")


def _stage(cell: str) -> Stage:
    try:
        return Stage(cell.lower())
    except ValueError:
        raise Unacceptable(Broken("stage", f"is none of {', '.join(Stage)}")) from None


def _moment(cell: str, column: str, zone: str) -> datetime:
    try:
        read = datetime.fromisoformat(cell)
        moment = clock.instant(read, zone) if read.tzinfo is None else clock.read(cell)
    except (ValueError, OverflowError):
        rule = "is no time: write 2026-11-23 09:00, by the workspace's clocks, or 2026-11-23T06:00Z"
        raise Unacceptable(Broken(column, rule)) from None
    if not 2000 <= moment.year < 2100:
        raise Unacceptable(Broken(column, "is not between 2000 and 2100"))
    return moment


def _touched_at(given: Mapping[str, str], zone: str) -> datetime | None:
    if "touched_at" not in given:
        return None
    return _moment(given["touched_at"], "touched_at", zone)


def _amount(cell: str, divider: str) -> str:
    """With a point, as `money` reads it."""
    mark = MARKS[divider]
    if not AMOUNTS[divider].fullmatch(cell):
        name = "commas" if divider == "," else "semicolons"
        example = f"1234{mark}50"
        rule = f"is not an amount: in a file with {name} it is written {example}"
        raise Unacceptable(Broken("value", rule))
    groups = "," if mark == "." else "."
    return cell.replace(groups, "").replace(mark, ".")
