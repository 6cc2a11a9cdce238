"""SQS → upload and look up what a delivery needs before its second. One hint at a time."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.observability import logger, observed
from tellal.stores.queues import delivery_id


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    [record] = event["Records"]
    key = delivery_id(record["body"])
    outcome = wiring.preparer().prepare(key, remaining=lambda: _remaining(context))
    logger.info("hint followed", delivery=key, outcome=outcome)


def _remaining(context: LambdaContext) -> timedelta:
    return timedelta(milliseconds=context.get_remaining_time_in_millis())
