from collections.abc import Callable
from typing import Any

import pytest

from functions.verify_webhook.handler import handler
from tests.conftest import Network
from tests.integration import webhooks


@pytest.fixture
def asked(empty: None, network: Network, event: Callable[[str], Any]) -> Any:
    webhooks.app()
    return event("verify_webhook/facebook")


def test_a_platform_that_knows_the_token_is_answered_in_plain_text(
    asked: Any, context: Any
) -> None:
    reply = handler(asked, context)

    assert (reply["statusCode"], reply["body"]) == (200, "1158201444")
    assert reply["headers"]["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "query",
    [
        None,
        {"hub.mode": "subscribe", "hub.challenge": "1158201444"},
        {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "guessed"},
    ],
)
def test_nobody_else_is(query: Any, asked: Any, context: Any) -> None:
    asked["queryStringParameters"] = query

    reply = handler(asked, context)

    assert reply["statusCode"] == 403
    assert "1158201444" not in reply["body"]


@pytest.mark.parametrize("platform", ["myspace", "mastodon"])
def test_a_platform_that_sends_no_webhooks_has_no_such_address(
    platform: str, asked: Any, context: Any
) -> None:
    asked["pathParameters"]["platform"] = platform

    assert handler(asked, context)["statusCode"] == 404
