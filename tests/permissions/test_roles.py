"""Each function, invoked as it is deployed, under the execution role it is deployed with."""

import base64

import pytest
from botocore.exceptions import ClientError

from infra.access import MAY
from tellal import wiring
from tellal.stores.secrets import of_channel
from tests.permissions.cases import CASES
from tests.permissions.roles import Grant, Role
from tests.permissions.world import FUNCTIONS, World


def test_every_function_has_a_case() -> None:
    assert sorted(CASES) == FUNCTIONS


@pytest.mark.parametrize("function", CASES)
def test_a_function_does_all_its_work_under_its_own_role_and_uses_all_of_it(
    function: str, world: World
) -> None:
    case = CASES[function]
    case.work(world)
    assert Role(world.aws, function).unused(but=case.unseen) == []


@pytest.mark.parametrize(
    ("function", "grant"),
    [
        pytest.param(function, grant, id=f"{function}-{grant.action}-{grant.resource}")
        for function, case in CASES.items()
        for grant in case.taken
    ],
)
def test_a_function_fails_visibly_without_one_of_its_grants(
    function: str, grant: Grant, world: World
) -> None:
    case = CASES[function]
    with (
        Role(world.aws, function).without(grant),
        pytest.raises(AssertionError, match=case.refusal(grant)),
    ):
        case.work(world)


@pytest.mark.parametrize("function", [name for name, may in MAY.items() if not may.opens])
def test_who_needs_no_secrets_cannot_open_them(function: str, world: World) -> None:
    channel = world.mastodon()
    row = wiring.credentials().get(channel.channel_id)
    assert row is not None
    sealed = {
        "CiphertextBlob": base64.b64decode(row.fields["access_token"]),
        "EncryptionContext": dict(of_channel(channel.workspace_id, channel.channel_id)),
    }

    assert Role(world.aws, "publish_delivery").client("kms").decrypt(**sealed)["Plaintext"]
    with pytest.raises(ClientError, match="AccessDenied"):
        Role(world.aws, function).client("kms").decrypt(**sealed)
