"""Every minute → queue a hint for what is due soon; wake what was snoozed; tell what is late."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import clock, wiring
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    queued = wiring.dispatcher().sweep(now=clock.now())
    woken = wiring.waker().wake(now=clock.now())  # after what must be on the second
    late = wiring.watcher().watch(now=clock.now())
    logger.info("swept", queued=queued, woken=woken, late=late)
