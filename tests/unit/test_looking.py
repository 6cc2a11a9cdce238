from datetime import timedelta

import pytest

from tellal.deliveries import State, Step
from tellal.publishing.looking import not_due
from tests.unit.examples import TEN, delivery

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, ""),
        ({"next_attempt_at": None, "state": State.PUBLISHED}, "settled"),
        ({"lease_until": TEN + SECOND}, "leased"),
        ({"lease_until": TEN}, ""),  # its holder is dead
        ({"next_step": Step.PREPARE}, "other_step"),
        ({"next_attempt_at": TEN + 4 * SECOND}, "early"),
        ({"next_attempt_at": TEN + 3 * SECOND}, ""),
    ],
)
def test_a_hint_is_followed_only_if_the_row_says_that_something_is_due(
    facts: dict[str, object], why: str
) -> None:
    assert not_due(delivery(**facts), Step.PUBLISH, now=TEN, early=3 * SECOND) == why


def test_a_hint_for_a_row_that_is_not_there_is_dropped() -> None:
    assert not_due(None, Step.PUBLISH, now=TEN) == "unknown"
