"""Meta asks that a person be erased: who may ask, what is answered, and what comes of it."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.answer_webhook.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.conversations import Author, Heard, MessageKind, contact_id
from tests.conftest import TEN
from tests.integration import webhooks
from tests.integration.api_calls import Call


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The contacts that the worker was asked to erase."""
    names: list[str] = []

    class Again:
        def ask(self, function: str, event: Any) -> None:
            assert function == "tellal-test-erase_contacts"
            names.append(event["contact_id"])

    with wiring.rewired(again=Again()):
        yield names


@pytest.fixture
def request_(empty: None, event: Callable[[str], Any]) -> Any:
    webhooks.app()
    return event("answer_webhook/facebook_erasure")


def hear(channel: Channel) -> str:
    """Who asks in the sample wrote to this channel; their contact."""
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id="1",
        kind=MessageKind.COMMENT,
        author=Author(remote_id="2401", handle="ayse"),
        text="My secret",
        sent_at=TEN,
        thread="1",
    )
    wiring.inbox().store(channel, heard, now=clock.now())
    return contact_id(channel.workspace_id, channel.platform, "2401")


def test_who_asks_is_erased_in_every_workspace_and_told_where_to_look(
    request_: Any, asked: list[str], call: Call, workspace: Workspace, context: Any
) -> None:
    other = workspace.model_copy(update={"workspace_id": "ws_other"})
    wiring.workspaces().create(other)
    contacts = [hear(webhooks.page(each)) for each in (workspace, other)]
    reply = handler(request_, context)
    answer = json.loads(reply["body"])
    assert (reply["statusCode"], set(asked)) == (200, set(contacts))
    address = answer["url"]
    assert address.endswith(f"/erasures/{answer['confirmation_code']}")
    place = f"/erasures/{answer['confirmation_code']}"
    assert "being erased" in call("GET", place).text
    for each in contacts:
        wiring.erasing().erase(each, now=clock.now(), in_time=lambda: True)
    assert "All of it is erased" in call("GET", place).text
    again = handler(request_, context)
    assert again["body"] == reply["body"]


def test_somebody_nobody_knows_is_answered_as_well(
    request_: Any, asked: list[str], call: Call, context: Any
) -> None:
    request_["body"] = base64.b64encode(request_["body"].encode()).decode()
    request_["isBase64Encoded"] = True  # as API Gateway brings forms
    reply = handler(request_, context)
    code = json.loads(reply["body"])["confirmation_code"]
    assert (reply["statusCode"], asked) == (200, [])
    assert "All of it is erased" in call("GET", f"/erasures/{code}").text


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "signed_request=",
        "signed_request=abc",
        "signed_request=!!.e30",
        "signed_request=AAAA.eyJ1c2VyX2lkIjoiMjQwMSJ9",
        "signed_request=é",
    ],
)
def test_what_nobody_signed_erases_nobody(
    request_: Any, asked: list[str], workspace: Workspace, context: Any, body: str | None
) -> None:
    contact = hear(webhooks.page(workspace))
    request_["body"] = body
    assert handler(request_, context)["statusCode"] == 403
    row = wiring.contacts().get(contact)
    assert row is not None
    assert (row.erasing_since, asked) == (None, [])


@pytest.mark.parametrize("platform", ["mastodon", "nowhere"])
def test_a_platform_that_does_not_ask_has_no_such_address(
    request_: Any, asked: list[str], context: Any, platform: str
) -> None:
    request_["pathParameters"]["platform"] = platform
    assert handler(request_, context)["statusCode"] == 404


def test_a_code_that_nobody_was_given_leads_nowhere(call: Call) -> None:
    for code in ("era_guessed", "x" * 300):
        assert call("GET", f"/erasures/{code}").status == 404
