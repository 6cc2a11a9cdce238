"""The arithmetic of the measurements; what they measure is measured by running them."""

import json
import random
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

from bench.__main__ import MEASUREMENTS
from bench.bursts import MANY, SIZES, Burst, Sent, arrivals
from bench.calls import Tally
from bench.figures import Figures, percentile, show
from bench.lateness import LEAST_AHEAD, plan
from bench.polling import Poller
from local.demo.screen import Screen
from tests.conftest import TEN


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.99) == 4
    assert percentile([7], 0.01) == 7


def test_the_last_line_is_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures(title="T", head=("a",), rows=[("1",)], notes=["n"], values={"a": 1})
    show(figures, Screen(StringIO()))
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"a": 1}


def test_what_is_doubled_and_what_is_lost_is_told_by_its_delivery() -> None:
    sent = [Sent(each, Burst(0, 3, TEN), swept=False) for each in ("once", "twice", "never")]
    posts = [
        {"key": key, "received_at": f"2026-01-01T10:00:0{second}.500Z"}
        for key, second in (("twice:0", 4), ("once:0", 1), ("twice:0", 2), ("another:0", 9))
    ]

    found = arrivals(sent, posts)

    assert found.seconds == [1.5, 2.5]
    assert found.drains == [1.0]
    assert (found.doubled, found.lost) == (1, 1)


def test_every_round_has_every_size_once_and_apart_and_many_come_last() -> None:
    bursts = plan(4, now=TEN, chance=random.Random(1))

    assert all(
        sorted(burst.size for burst in bursts if burst.round == number) == list(SIZES)
        for number in range(4)
    )
    assert bursts[0].due >= TEN + LEAST_AHEAD
    assert all(b.due - a.due >= timedelta(seconds=5) for a, b in pairwise(bursts))
    assert bursts[-1].size == MANY


def test_a_pollers_bursts_wait_for_a_turn_each_size_at_every_part_of_the_interval() -> None:
    poller = Poller(15, rounds=3, offset=7.5, channels=())

    bursts = poller.bursts(after=TEN, chance=random.Random(1))

    assert min(burst.due for burst in bursts) > TEN
    turns = [poller.next_turn(burst.due) for burst in bursts]
    waits = [turn - burst.due for turn, burst in zip(turns, bursts, strict=True)]
    for size in SIZES:
        of_size = [n for n, burst in enumerate(bursts) if burst.size == size]
        assert sorted(waits[n] // timedelta(seconds=5) for n in of_size) == [0, 1, 2]
        assert len({turns[n] for n in of_size}) == 3
    assert len(set(turns)) == 7, "a hundred, and many, have a turn to themselves"
    assert turns[-1] == max(turns)
    assert bursts[-1].size == MANY


def test_calls_are_told_apart() -> None:
    tally = Tally()
    index = {"due": {"CapacityUnits": 2.0}}
    consumed = {"TableName": "T", "CapacityUnits": 3.0, "GlobalSecondaryIndexes": index}

    tally.note({"ConsumedCapacity": consumed}, "after-call.dynamodb.UpdateItem", {})
    tally.note({"Items": []}, "after-call.dynamodb.Query", {"consistent": False})
    tally.note({"Items": []}, "after-call.dynamodb.Scan", {"consistent": False})
    tally.note({}, "after-call.sqs.SendMessage", {})

    assert (tally.writes, tally.reads, tally.scans, tally.others()) == (1, 1, 1, {"sqs": 1})
    assert (tally.table_units, tally.index_units, tally.read_units) == (1, 2, 1)
    assert tally.written == {"T": 1}


def test_a_tally_that_is_taken_begins_anew() -> None:
    tally = Tally()
    tally.note({}, "after-call.sqs.SendMessage", {})

    assert tally.take().calls == {"sqs.SendMessage": 1}
    assert tally.take() == Tally()


def test_the_measurements_are_those_that_are_documented() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    line = next(line for line in makefile.splitlines() if line.startswith("bench:"))
    assert line.rpartition("NAME=")[2].split("|") == list(MEASUREMENTS)
