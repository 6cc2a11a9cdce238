"""Each function, invoked as it is deployed, under the execution role it is deployed with."""

import pytest

from tests.permissions.cases import CASES
from tests.permissions.roles import Role
from tests.permissions.world import FUNCTIONS, World


def test_every_function_has_a_case() -> None:
    assert sorted(CASES) == FUNCTIONS


@pytest.mark.parametrize("function", CASES)
def test_a_function_does_all_its_work_under_its_own_role(function: str, world: World) -> None:
    CASES[function].work(world)


@pytest.mark.parametrize("function", CASES)
def test_a_function_fails_visibly_without_one_of_its_grants(function: str, world: World) -> None:
    case = CASES[function]
    with (
        Role(world.aws, function).without(case.taken),
        pytest.raises(AssertionError, match=case.refusal),
    ):
        case.work(world)
