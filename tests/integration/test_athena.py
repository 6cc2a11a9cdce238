"""The queries of docs/athena.md, run over the same objects in the same layout as Athena meets."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from infra.catalog import COLUMNS
from local.aws.process import LocalAws
from tellal import clock, wiring
from tellal.observations import Metric, Observation

DOCS = Path(__file__).parents[2] / "docs" / "athena.md"
QUERIES = dict(re.findall(r"## (.+?)\n\n```sql\n(.+?)```", DOCS.read_text("utf-8"), re.DOTALL))
WORKSPACE = "ws_example"
M = Metric


def observe(at: str, metric: Metric, value: int, **facts: Any) -> None:
    moment = clock.read(at)
    told = Observation(
        workspace_id=facts.pop("workspace_id", WORKSPACE),
        channel_id="ch_1",
        platform="mastodon",
        metric=metric,
        value=value,
        at=moment,
        **facts,
    )
    name = f"run-{told.counted_id or told.segment}-{metric}-{value}"
    wiring.shelf().keep([told], workspace_id=told.workspace_id, name=name, at=moment)


@pytest.fixture
def athena(aws: LocalAws, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The table, over a copy of the bucket's objects; two of them merged, and one in another's
    workspace."""
    bucket = wiring.shelf().bucket
    for key in list(bucket.keys("observations/")):
        bucket.delete(key)
    _fill()
    wiring.compactor().compact(WORKSPACE, now=clock.read("2026-03-20T12:00:00Z"))
    for key in bucket.keys("observations/"):
        file = tmp_path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bucket.get(key) or b"")
    kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    with duckdb.connect() as db:
        db.execute(
            "CREATE VIEW observations AS SELECT * FROM read_json("
            f"'{tmp_path}/observations/*/*/*.jsonl.gz', columns={{{kinds}}},"
            " format='newline_delimited', hive_partitioning=true)"
        )
        yield db


def _fill() -> None:
    post: dict[str, Any] = {"delivery_id": "dlv_1"}
    observe("2026-01-05T10:00:00Z", M.FOLLOWERS, 100)
    observe("2026-01-31T10:00:00Z", M.FOLLOWERS, 110)
    observe("2026-02-27T10:00:00Z", M.FOLLOWERS, 90)
    observe("2026-02-27T10:00:00Z", M.FOLLOWERS, 40, segment="country:TR")
    observe("2026-02-27T11:00:00Z", M.FOLLOWERS, 7, workspace_id="ws_other")
    observe("2026-02-02T10:00:00Z", M.SAVES, 9, **post)
    observe("2026-02-20T10:00:00Z", M.SAVES, 8, **post)  # one was taken back
    observe("2026-02-20T10:00:00Z", M.SAVES, 3, delivery_id="dlv_2")
    day = date(2026, 2, 14)
    observe("2026-02-14T10:00:00Z", M.VISITS, 4, of_day=day, **post)
    observe("2026-02-14T20:00:00Z", M.VISITS, 6, of_day=day, **post)  # by the evening
    observe("2026-03-10T10:00:00Z", M.VISITS, 5, of_day=day + timedelta(1), **post)  # told late
    sale: dict[str, Any] = {"of_day": day, "segment": "sale", **post}
    observe("2026-02-14T12:00:00Z", M.CONVERSIONS, 1, counted_id="cnv_1", **sale)
    observe("2026-02-14T13:00:00Z", M.CONVERSIONS, 1, counted_id="cnv_2", **sale)
    observe("2026-02-15T13:00:00Z", M.CONVERSIONS, 0, counted_id="cnv_2", **sale)  # taken back
    lead = {**sale, "segment": "lead"}
    observe("2026-02-14T12:00:00Z", M.CONVERSIONS, 1, counted_id="cnv_3", **lead)


ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "Followers at the end of each month": [
        ("ch_1", "mastodon", "2026-01", 110),
        ("ch_1", "mastodon", "2026-02", 90),
    ],
    "The posts that were saved most": [("dlv_1", "ch_1", 8), ("dlv_2", "ch_1", 3)],
    "Visits and sales, day by day": [("2026-02-14", 6, 1), ("2026-02-15", 5, None)],
}


def test_each_query_of_the_page_answers_what_was_worked_out_by_hand(
    athena: duckdb.DuckDBPyConnection,
) -> None:
    assert set(QUERIES) == set(ANSWERS)
    for title, query in QUERIES.items():
        [ours] = sqlglot.transpile(query, read="athena", write="duckdb")
        assert athena.execute(ours).fetchall() == ANSWERS[title], title


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_each_query_is_athenas_and_reads_one_workspace_and_the_days_it_names(query: str) -> None:
    [parsed] = sqlglot.parse(query, read="athena")
    assert parsed is not None
    [table] = [each for each in parsed.find_all(exp.Table) if each.name == "observations"]
    scope = table.find_ancestor(exp.Select)
    assert scope is not None
    where = scope.args["where"]
    named = {each.this.name for each in where.find_all(exp.EQ) if each.expression.is_string}
    assert "workspace" in named
    assert [each.this.name for each in where.find_all(exp.Between)] == ["date"]
    made = {each.alias for each in scope.selects}
    asked = {each.name for each in scope.find_all(exp.Column)} - made
    assert asked - {"workspace", "date"} <= set(COLUMNS)


def test_the_table_has_a_column_for_every_field_that_is_written() -> None:
    assert set(COLUMNS) == set(Observation.model_fields)
