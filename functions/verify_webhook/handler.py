"""GET /webhooks/{platform} → the answer by which a platform knows that the address is ours."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import Forged, NotFound
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    platform = event["pathParameters"]["platform"]
    query = event.get("queryStringParameters") or {}
    try:
        answer = wiring.webhooks().challenge(platform, query, now=wiring.now()())
    except NotFound:
        return _text(404, "no such platform")
    except Forged:
        logger.warning("challenge refused", platform=platform)
        return _text(403, "not a question that we were told to expect")
    logger.info("challenge answered", platform=platform)
    return _text(200, answer) if isinstance(answer, str) else _json(answer)


def _text(status: int, body: str) -> dict[str, Any]:
    return _answer(status, body, kind="text/plain")


def _json(fields: Mapping[str, str]) -> dict[str, Any]:
    return _answer(200, json.dumps(fields), kind="application/json")


def _answer(status: int, body: str, *, kind: str) -> dict[str, Any]:
    """Never as a page: the answer holds what the asker wrote."""
    headers = {"content-type": kind, "x-content-type-options": "nosniff"}
    return {"statusCode": status, "headers": headers, "body": body}
