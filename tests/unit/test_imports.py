"""A CSV file of conversions: what is taken, and what is rejected by which rule."""

from typing import Any

import pytest

from tellal import clock
from tellal.conversions import Stage, Touch
from tellal.counting import imports
from tellal.counting.imports import MOST_ROWS, Row
from tellal.counting.intake import Told
from tellal.errors import Unacceptable

ISTANBUL = "Europe/Istanbul"
HEAD = "id,stage,occurred_at,value,currency,code,utm_source,utm_campaign,touched_at"


def rows(text: str | bytes, zone: str = ISTANBUL) -> list[Row]:
    return imports.rows(text.encode() if isinstance(text, str) else text, zone=zone)


def told(text: str) -> Told:
    [row] = rows(text)
    assert row.told is not None, row.broken
    return row.told


def value(cell: str, divider: str) -> Any:
    quoted = f'"{cell}"'
    body = f"id,stage,occurred_at,value\n1,sale,2026-01-01T10:00Z,{quoted}"
    head, _, line = body.partition("\n")
    [row] = rows(f"{head.replace(',', divider)}\n" + divider.join([*line.split(",")[:3], quoted]))
    return row.told.value if row.told else {each.field for each in row.broken}


def test_a_row_is_a_conversion_with_its_touch() -> None:
    row = "A-1,Sale,2026-01-02 09:00,12.50,TRY,k3x,mastodon,spring,2026-01-01T10:00:00+03:00"
    assert told(f"{HEAD}\n{row}\n") == Told(
        id="A-1",
        stage=Stage.SALE,
        occurred_at=clock.read("2026-01-02T06:00:00Z"),  # what clocks showed in Istanbul
        value="12.50",
        currency="TRY",
        touches=(
            Touch(
                at=clock.read("2026-01-01T07:00:00Z"),
                code="k3x",
                source="mastodon",
                campaign="spring",
            ),
        ),
    )


def test_what_is_left_empty_is_not_there() -> None:
    assert told(f"{HEAD}\n1,lead,2026-01-02T09:00Z,,,,,,\n").touches == ()


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("divider", [",", ";"])
def test_files_of_any_spreadsheet_are_read(bom: str, end: str, divider: str) -> None:
    lines = [["ID", "Stage ", "occurred_at"], ["1", "lead", "2026-01-02T09:00Z"], ["", "", ""]]
    [row] = rows(bom + end.join(divider.join(cells) for cells in lines))
    assert (row.number, row.told is not None) == (2, True)


@pytest.mark.parametrize(
    ("cell", "divider", "amount"),
    [
        ("1234.50", ",", "1234.50"),
        ("1,234.50", ",", "1234.50"),
        ("1,234", ",", "1234"),
        ("12,50", ",", {"value"}),  # not guessed
        ("1.234,50", ",", {"value"}),
        ("1234,50", ";", "1234.50"),
        ("1.234,50", ";", "1234.50"),
        ("1.234", ";", "1234"),
        ("12.50", ";", {"value"}),
        ("1,234.50", ";", {"value"}),
        ("-5", ",", {"value"}),
        ("+5", ";", {"value"}),
        ("=1+1", ",", {"value"}),
        ("5 TL", ";", {"value"}),
        ("١٢", ",", {"value"}),
        ("1e3", ",", {"value"}),
    ],
)
def test_the_divider_says_which_mark_is_the_decimals(cell: str, divider: str, amount: Any) -> None:
    assert value(cell, divider) == amount


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (",lead,2026-01-02T09:00Z,,,,,,", "id"),
        (f"{'x' * 129},lead,2026-01-02T09:00Z,,,,,,", "id"),
        ("=cmd|' /C calc'!A0,lead,2026-01-02T09:00Z,,,,,,", "id"),
        ("@SUM(A1),lead,2026-01-02T09:00Z,,,,,,", "id"),
        ("1,bought,2026-01-02T09:00Z,,,,,,", "stage"),
        ("1,,2026-01-02T09:00Z,,,,,,", "stage"),
        ("1,lead,,,,,,,", "occurred_at"),
        ("1,lead,02.01.2026,,,,,,", "occurred_at"),
        ("1,lead,2026-02-30,,,,,,", "occurred_at"),
        ("1,lead,1800-01-01,,,,,,", "occurred_at"),
        ("1,lead,9999-12-31T23:59:59-12:00,,,,,,", "occurred_at"),
        ("1,lead,2026-01-02T09:00Z,x,EUR,,,,", "value"),
        (f"1,lead,2026-01-02T09:00Z,,,{'x' * 201},,,", "code"),
        ("1,lead,2026-01-02T09:00Z,,,,+1,,", "source"),
        ("1,lead,2026-01-02T09:00Z,,,,a\x07b,,", "source"),
        ("1,lead,2026-01-02T09:00Z,,,k3x,,,yesterday", "touched_at"),
        ("1,lead,2026-01-02T09:00Z", "row"),
    ],
)
def test_a_bad_row_names_its_column_and_the_next_one_is_taken(cells: str, column: str) -> None:
    bad, good = rows(f"{HEAD}\n{cells}\n2,lead,2026-01-02T09:00Z,,,,,,\n")
    assert (bad.number, bad.told) == (2, None)
    assert [each.field for each in bad.broken] == [column]
    assert good.told is not None


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    [row] = rows(f"{HEAD}\n,bought,never,x,EUR,,,,\n")
    assert {each.field for each in row.broken} == {"id", "stage", "occurred_at", "value"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "file"),
        (b"\n\n", "file"),
        ("id,stage,occurred_at\n1,lead,şimdi".encode("iso-8859-9"), "file"),
        (b"id,stage,occurred_at\n1,\0,x", "file"),
        (b'id,stage,occurred_at\n"1', "file"),
        (b"id,stage\n1,lead", "occurred_at"),
        (b"id,stage,occurred_at,price\n", "price"),
        (b"id,stage,occurred_at,id\n", "id"),
        (b"id,stage,occurred_at,source,utm_source\n", "source"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(body: bytes, field: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        rows(body)
    assert [each.field for each in refused.value.broken] == [field]


def test_a_file_has_so_many_rows_and_no_more() -> None:
    line = "1,lead,2026-01-02T09:00Z\n"
    head = "id,stage,occurred_at\n"
    assert len(rows(head + line * MOST_ROWS)) == MOST_ROWS
    with pytest.raises(Unacceptable):
        rows(head + line * (MOST_ROWS + 1))


def test_a_wall_clock_that_clocks_skip_is_read_as_everywhere() -> None:
    [row] = rows("id,stage,occurred_at\n1,lead,2026-03-29 02:30\n", zone="Europe/Berlin")
    assert row.told is not None
    assert row.told.occurred_at == clock.read("2026-03-29T01:30:00Z")
