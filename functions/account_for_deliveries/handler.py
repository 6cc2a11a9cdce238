"""Every hour → count what was forgotten, what failed and what is silent, and publish the counts."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import clock, wiring
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    counts = wiring.accountant().account(now=clock.now())
    logger.info("accounted", counts=counts)
