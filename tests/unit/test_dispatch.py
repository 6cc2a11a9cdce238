from datetime import timedelta

import pytest

from tellal.deliveries import Step
from tellal.publishing.dispatch import delay
from tests.unit.examples import TEN


@pytest.mark.parametrize(
    ("due_in", "waits"),
    [(60.0, 58), (10.4, 8), (10.0, 8), (3.5, 1), (2.9, 0), (0.0, 0), (-30.0, 0)],
)
def test_a_publishing_hint_arrives_two_to_three_seconds_early(due_in: float, waits: int) -> None:
    due = TEN + timedelta(seconds=due_in)

    assert delay(Step.PUBLISH, due, TEN) == timedelta(seconds=waits)


def test_a_preparing_hint_never_arrives_before_there_is_anything_to_do() -> None:
    assert delay(Step.PREPARE, TEN + timedelta(seconds=4), TEN) == timedelta(seconds=4)
    assert delay(Step.PREPARE, TEN + timedelta(seconds=4.1), TEN) == timedelta(seconds=5)
