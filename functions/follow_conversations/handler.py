"""The streams of deliveries and conversations → what follows for a conversation: it is open again
where its answer came to nothing, and how long things took is observed.

Rows decide, records are hints: each may come often and late. What loses every race is handed back
from there on, and read again.
"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.deliveries import State
from tellal.errors import AlreadyChanged
from tellal.inbox.private import CAME_TO_NOTHING
from tellal.observability import logger, observed
from tellal.stores.table import Item, decoded

ENDS = CAME_TO_NOTHING | {State.PUBLISHED}


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    now = wiring.now()()
    for record in event["Records"]:
        told = record["dynamodb"]
        before, after = (decoded(told.get(name, {})) for name in ("OldImage", "NewImage"))
        try:
            _follow(before, after, now)
        except AlreadyChanged:
            logger.warning("lost every race", keys=decoded(told["Keys"]))
            return {"batchItemFailures": [{"itemIdentifier": told["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _follow(before: Item, after: Item, now: datetime) -> None:
    delivery_id = after.get("delivery_id")
    if delivery_id is None:
        if "closed_at" in after and before.get("closed_at") != after["closed_at"]:
            count = wiring.durations().closed(after["conversation_id"])
            logger.info("conversation closed", key=after["conversation_id"], observed=count)
        return
    if after["state"] not in ENDS or before.get("state") == after["state"]:
        return
    done = wiring.reopening().follow(delivery_id, now=now)
    count = wiring.durations().delivered(delivery_id)
    logger.info("answer followed", delivery=delivery_id, done=done, observed=count)
