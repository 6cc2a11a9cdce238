"""SQS → verify what platforms sent, and store it. One bad record never affects the others.

What fails stays in the queue, is tried again, and ends in the dead letters, whole.
"""

from datetime import datetime
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import BadMessage
from tellal.inbox.webhooks import REFUSED, of_record
from tellal.observability import NAMESPACE, logger, observed

REFUSALS = {
    "Namespace": NAMESPACE,
    "Dimensions": [[]],
    "Metrics": [{"Name": "refused_webhooks", "Unit": "Count"}],
}


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    now = wiring.now()()
    failed = [record["messageId"] for record in event["Records"] if not _process(record, now)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _process(record: dict[str, Any], now: datetime) -> bool:
    """Whether the queue may forget the record."""
    facts: dict[str, Any] = {"message_id": record["messageId"]}
    try:
        webhook = of_record(record)
        outcomes = wiring.webhooks().receive(webhook, now=now)
    except BadMessage as error:
        logger.error("webhook unreadable", **facts, reason=str(error))
        return False
    except Exception as error:  # noqa: BLE001  # the other records must not fail with this one
        # Its kind and its way here: what it says may quote the body.
        way = [f"{frame.name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
        logger.error("webhook failed", **facts, error=type(error).__name__, way=way)
        return False
    facts |= {"platform": webhook.platform, "digest": webhook.digest, "size": len(webhook.body)}
    if REFUSED in outcomes:  # this line is the metric too: CloudWatch reads it from `_aws`
        metric = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [REFUSALS]}
        logger.warning("webhook refused", **facts, refused_webhooks=1, _aws=metric)
    else:
        logger.info("webhook stored", **facts, outcomes=outcomes)
    return True
