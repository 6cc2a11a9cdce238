"""The stream of messages → the workspace's rules, once to effect for each that somebody sent us.

What loses every race is handed back from there on, and read again.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import clock, wiring
from tellal.conversations import Direction
from tellal.errors import AlreadyChanged
from tellal.observability import logger, observed
from tellal.stores.table import decoded


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    applied = 0
    for record in event["Records"]:
        told = record["dynamodb"]
        if record["eventName"] != "INSERT":
            continue
        message = wiring.messages().value(decoded(told["NewImage"]))
        if message.direction is not Direction.IN or message.removed_at is not None:
            continue
        try:
            applied += wiring.applier().apply(message, now=clock.now())
        except AlreadyChanged:
            logger.warning("rules lost every race", message_id=message.message_id)
            return {"batchItemFailures": [{"itemIdentifier": told["SequenceNumber"]}]}
    logger.info("rules applied", applied=applied)
    return {"batchItemFailures": []}
