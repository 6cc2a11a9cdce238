from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from tellal.access import keys
from tellal.access.permissions import ROLES, Permission, Role

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_a_token_is_43_characters_that_stand_in_an_address_as_they_are() -> None:
    token = keys.new_token().get_secret_value()
    assert len(token) == 46
    assert token.startswith("tk_")
    assert token.replace("_", "").replace("-", "").isalnum()


def test_of_a_token_only_its_hash_and_its_last_characters_are_kept() -> None:
    token = SecretStr("tk_" + "a" * 39 + "wxyz")
    key = keys.make(token, name="CI", role=Role.EDITOR, workspace_id="ws_1", now=TEN)
    assert key.ends_with == "wxyz"
    assert "aaaa" not in key.model_dump_json()


@pytest.mark.parametrize("role", Role)
def test_every_role_may_read_and_none_has_more_than_the_owner(role: Role) -> None:
    assert ROLES[Role.VIEWER] <= ROLES[role] <= ROLES[Role.OWNER]


def test_only_the_owner_makes_workspaces_and_keeps_the_apps_secrets() -> None:
    for permission in (Permission.WORKSPACES_CREATE, Permission.APPS_MANAGE):
        assert [role for role in Role if permission in ROLES[role]] == [Role.OWNER]


def test_an_approver_publishes_what_others_write() -> None:
    assert Permission.POSTS_PUBLISH in ROLES[Role.APPROVER]
    assert Permission.POSTS_WRITE not in ROLES[Role.APPROVER]
