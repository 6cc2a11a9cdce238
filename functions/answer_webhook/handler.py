"""POST /webhooks/{platform}/erasure → a person's data is being erased, and where to see that."""

import base64
import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import BadMessage, Forged, NotFound
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    platform, text = event["pathParameters"]["platform"], event.get("body") or ""
    try:
        body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        answer = wiring.erasure_requests().answer(platform, body, now=wiring.now()())
    except NotFound:
        return _answer(404, {"error": "no such platform"})
    except Forged:
        logger.warning("erasure refused", platform=platform)
        return _answer(403, {"error": "not signed by anybody we know"})
    except (BadMessage, ValueError):
        logger.error("erasure unreadable", platform=platform)
        return _answer(400, {"error": "a request that names nobody"})
    logger.info("erasure begun", platform=platform, code=answer["confirmation_code"])
    return _answer(200, answer)


def _answer(status: int, fields: Any) -> dict[str, Any]:
    headers = {"content-type": "application/json", "x-content-type-options": "nosniff"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(fields)}
