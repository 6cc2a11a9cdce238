"""Every hour → renew the tokens that run out before the next hour does."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import clock, wiring
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    counts = wiring.renewal().renew(now=clock.now())
    logger.info("renewed", counts=counts)
