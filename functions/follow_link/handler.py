"""GET /l/{code} → the address that a short link stands for, and a hint that somebody followed it.

Only what is stored is redirected to; nothing of the request goes into it. The redirect comes even
if the count cannot be asked for. Bots are told from people where it is counted.
"""

import logging
import time
from functools import cache
from typing import Any

from tellal.environment import variables
from tellal.stores.redirects import Redirects, Untold

PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
NOWHERE = "This link leads nowhere. Perhaps a letter of it was lost."
METRIC = {"Namespace": "Tellal", "Dimensions": [[]], "Metrics": [{"Name": "lost_clicks"}]}
logger = logging.getLogger()


@cache
def redirects() -> Redirects:
    return Redirects.made(variables())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    target = redirects().target(event["pathParameters"]["code"])
    if target is None:
        headers = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
        return {"statusCode": 404, "headers": headers, "body": NOWHERE}
    try:
        redirects().tell(_click(event))
    except Untold as error:  # this line is the metric too: CloudWatch reads it from `_aws`
        metric = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [METRIC]}
        facts = {"reason": str(error), "lost_clicks": 1, "_aws": metric}
        logger.warning("click not counted", extra=facts)
    headers = {"location": target, "cache-control": "no-store"}
    return {"statusCode": 302, "headers": headers, "body": ""}


def _click(event: dict[str, Any]) -> dict[str, Any]:
    asked, headers = event["requestContext"], event["headers"]
    return {
        "request_id": asked["requestId"],
        "code": event["pathParameters"]["code"],
        "at": asked["timeEpoch"] / 1000,
        "method": asked["http"]["method"],
        "address": asked["http"]["sourceIp"],
        "agent": headers.get("user-agent", ""),
        "purpose": " ".join(headers[name] for name in PURPOSES if name in headers),
    }
