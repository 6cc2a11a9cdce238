"""The tables' streams → the event bus. At least once, in the order of each row.

What the bus does not take is handed back from the first such record on, and read again.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.announcing.events import events
from tellal.observability import logger, observed
from tellal.stores.table import decoded


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    found = {}  # the stream's sequence number → what its record means
    for record in event["Records"]:
        images = (record["dynamodb"].get(name) for name in ("OldImage", "NewImage"))
        before, after = (decoded(image) if image else None for image in images)
        found[record["dynamodb"]["SequenceNumber"]] = events(before, after)
    told = [each for meanings in found.values() for each in meanings]
    refused = wiring.event_bus().tell(told)
    logger.info("events told", told=len(told) - len(refused), refused=len(refused))
    failures = [n for n, meanings in found.items() if any(each in refused for each in meanings)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failures[:1]]}
