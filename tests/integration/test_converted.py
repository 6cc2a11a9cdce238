"""Conversions become observations: each once, whatever stops or repeats the run."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tellal import conversions, wiring
from tellal.channels import Workspace
from tellal.conversions import Conversion, Stage, Via
from tellal.counting.intake import Told
from tellal.observations import Metric, Observation
from tests.conftest import TEN

HOUR = timedelta(hours=1)


def tell(workspace: Workspace, *ids: str, **facts: Any) -> list[Conversion]:
    usual: dict[str, Any] = {"stage": Stage.SALE, "value": "12.50", "currency": "EUR"}
    told = [Told(id=each, **usual | facts) for each in ids]
    return wiring.intake().take(told, workspace=workspace, via=Via.KEY, now=TEN)


def objects(workspace: Workspace) -> list[str]:
    return list(wiring.shelf().observed(workspace.workspace_id, month="2026-01"))


def written(workspace: Workspace) -> Iterator[Observation]:
    for key in objects(workspace):
        body = wiring.shelf().bucket.get(key)
        assert body is not None
        for line in gzip.decompress(body).splitlines():
            yield Observation.model_validate_json(line)


def counted(workspace: Workspace) -> dict[tuple[str | None, str | None], int]:
    """By what is counted and its segment: the newest value, as every reader takes it."""
    newest: dict[tuple[Any, ...], Observation] = {}
    for each in written(workspace):
        same = (each.counted_id, each.segment, each.metric, each.of_day, each.delivery_id)
        if same not in newest or newest[same].at <= each.at:
            newest[same] = each
    return {(each.counted_id, each.segment): each.value for each in newest.values()}


def take_in(workspace: Workspace) -> int:
    return wiring.converted().take_in(workspace.workspace_id, now=TEN + HOUR)


def reread(row: Conversion) -> Conversion:
    found = wiring.conversions().get(row.conversion_id)
    assert found is not None
    return found


def test_a_conversion_is_counted_with_its_stage_and_its_value(workspace: Workspace) -> None:
    [row] = tell(workspace, "1")
    assert take_in(workspace) == 1
    one, value = sorted(written(workspace), key=lambda each: each.metric, reverse=True)
    assert (one.metric, one.segment, one.value) == (Metric.CONVERSIONS, "sale", 1)
    assert (value.metric, value.segment, value.value) == (
        Metric.CONVERSION_VALUE,
        "sale:EUR",
        1250,
    )
    for each in (one, value):
        assert (each.counted_id, each.of_day, each.at) == (row.conversion_id, row.of_day, TEN)
        assert each.delivery_id is each.channel_id is None
    assert reread(row).uncounted is None


def test_without_a_value_there_is_none(workspace: Workspace) -> None:
    tell(workspace, "1", value=None, currency=None)
    take_in(workspace)
    assert [each.metric for each in written(workspace)] == [Metric.CONVERSIONS]


def test_what_is_counted_waits_no_more(workspace: Workspace) -> None:
    tell(workspace, "1", "2")
    assert take_in(workspace) == 2
    assert take_in(workspace) == 0
    assert len(objects(workspace)) == 1


def test_one_that_is_taken_back_counts_for_nothing(workspace: Workspace) -> None:
    [row, other] = tell(workspace, "1", "2")
    take_in(workspace)
    seen = reread(row)
    wiring.conversions().save(seen, conversions.taken_back(seen, now=TEN + HOUR))
    assert take_in(workspace) == 1
    assert counted(workspace) == {
        (row.conversion_id, "sale"): 0,
        (row.conversion_id, "sale:EUR"): 0,
        (other.conversion_id, "sale"): 1,
        (other.conversion_id, "sale:EUR"): 1250,
    }


class Edge:
    """A client of AWS; `done` is told of each of its calls that came back."""

    def __init__(self, service: str, done: Callable[[str], None]) -> None:
        self.client, self.done = wiring.aws(service), done

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            answer = getattr(self.client, name)(**given)
            self.done(name)
            return answer

        return call


@contextmanager
def watched(done: Callable[[str], None]) -> Iterator[None]:
    s3, dynamodb = Edge("s3", done), Edge("dynamodb", done)
    with wiring.rewired(aws_s3=s3, aws_dynamodb=dynamodb):
        yield


def test_one_that_is_taken_back_while_it_is_counted_is_counted_as_taken_back(
    workspace: Workspace,
) -> None:
    [row] = tell(workspace, "1")

    def take_back(call: str) -> None:
        seen = reread(row) if call == "put_object" else None
        if seen is not None and seen.taken_back_at is None:
            wiring.conversions().save(seen, conversions.taken_back(seen, now=TEN + HOUR))

    with watched(take_back):
        take_in(workspace)
    assert set(counted(workspace).values()) == {0}
    assert reread(row).uncounted is None


class Killed(BaseException):
    """Nobody catches it."""


@pytest.mark.parametrize("writes", range(1, 5))
def test_killed_after_any_write_it_loses_nothing_and_doubles_nothing(
    workspace: Workspace, writes: int
) -> None:
    rows = tell(workspace, "1", "2", "3")
    left = [writes]

    def kill(call: str) -> None:
        left[0] -= call in ("put_object", "update_item")
        if left[0] == 0:
            raise Killed

    with watched(kill), pytest.raises(Killed):
        take_in(workspace)
    take_in(workspace)
    assert counted(workspace) == {
        (row.conversion_id, segment): value
        for row in rows
        for segment, value in (("sale", 1), ("sale:EUR", 1250))
    }
    assert take_in(workspace) == 0


def test_two_runs_at_once_count_each_once(workspace: Workspace) -> None:
    rows = tell(workspace, "1", "2")
    begun: list[str] = []

    def overtake(call: str) -> None:
        if call == "put_object" and not begun:
            begun.append(call)
            take_in(workspace)

    with watched(overtake):
        take_in(workspace)
    assert begun
    assert len(objects(workspace)) == 1  # the very same
    assert len(counted(workspace)) == 2 * len(rows)


def test_what_s3_does_not_take_is_taken_in_the_next_hour(workspace: Workspace) -> None:
    tell(workspace, "1")

    class Broken:
        def put_object(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://s3")

    with wiring.rewired(aws_s3=Broken()), pytest.raises(EndpointConnectionError):
        take_in(workspace)
    assert take_in(workspace) == 1


def test_many_are_counted_in_few_objects(workspace: Workspace) -> None:
    tell(workspace, *map(str, range(10)))
    taking = replace(wiring.converted(), most_at_once=4)
    assert taking.take_in(workspace.workspace_id, now=TEN) == 10
    assert len(objects(workspace)) == 3
    assert len(counted(workspace)) == 20


def test_one_workspaces_run_counts_nothing_of_anothers(
    workspace: Workspace, elsewhere: str
) -> None:
    tell(workspace, "1")
    assert wiring.converted().take_in("ws_other", now=TEN) == 0
    assert take_in(workspace) == 1
