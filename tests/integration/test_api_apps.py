from typing import Any

import pytest
from pydantic import SecretStr

from tellal import wiring
from tellal.channels import App
from tellal.stores.secrets import of_app
from tests.integration.api_calls import Call

GIVEN = {
    "platform": "facebook",
    "client_id": "42",
    "client_secret": "shh-client",
    "webhook_secrets": ["shh-newest", "shh-oldest"],
    "verify_token": "shh-verify",
}


@pytest.fixture
def app(call: Call, owner: str) -> Any:
    made = call("POST", "/apps", key=owner, body=GIVEN)
    assert made.status == 201
    return made.json


def opened(app_id: str) -> list[SecretStr]:
    app = wiring.apps().get(app_id)
    assert isinstance(app, App)
    return [wiring.vault().open(each, of_app(app_id)) for each in app.sealed_webhook_secrets]


def test_an_apps_secrets_go_in_and_never_come_out(call: Call, owner: str, app: Any) -> None:
    listed = call("GET", "/apps", key=owner)
    assert "shh" not in listed.text
    [shown] = [each for each in listed.json["items"] if each["app_id"] == app["app_id"]]
    assert (shown["client_id"], shown["has_client_secret"], shown["webhook_secrets"]) == (
        "42",
        True,
        2,
    )
    assert opened(app["app_id"]) == [SecretStr("shh-newest"), SecretStr("shh-oldest")]


def test_a_new_webhook_secret_leaves_the_one_before_it_valid(
    call: Call, owner: str, app: Any
) -> None:
    for _ in range(2):  # asked twice, done once
        changed = call(
            "PUT", f"/apps/{app['app_id']}", key=owner, body={"webhook_secret": "shh-new"}
        )
        assert (changed.status, changed.json["client_id"]) == (200, "42")
        assert opened(app["app_id"]) == [SecretStr("shh-new"), SecretStr("shh-newest")]


def test_only_the_owner_comes_near_the_apps(call: Call, admin: str, app: Any) -> None:
    for method, path in (("POST", "/apps"), ("GET", "/apps"), ("PUT", f"/apps/{app['app_id']}")):
        assert call(method, path, key=admin, body=GIVEN).status == 403


def test_an_app_is_of_a_platform_that_there_is(call: Call, owner: str) -> None:
    reply = call("POST", "/apps", key=owner, body={**GIVEN, "platform": "nobody"})
    assert list(reply.broken) == ["platform"]


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
def test_a_blank_secret_with_which_anybody_could_sign_is_refused(
    call: Call, owner: str, app: Any, blank: str
) -> None:
    given = {**GIVEN, "webhook_secrets": [blank]}
    assert call("POST", "/apps", key=owner, body=given).broken == {"webhook_secrets[0]": "is blank"}
    path = f"/apps/{app['app_id']}"
    reply = call("PUT", path, key=owner, body={"webhook_secret": blank})
    assert reply.broken == {"webhook_secret": "is blank"}


def test_a_secret_that_cannot_be_sealed_is_told(call: Call, owner: str) -> None:
    reply = call("POST", "/apps", key=owner, body={**GIVEN, "client_secret": "x" * 4097})
    assert list(reply.broken) == ["client_secret"]
