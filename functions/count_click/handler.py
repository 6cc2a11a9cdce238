"""A click on a short link → its numbers, if a person made it. follow_link invokes it, and goes on.

What is told holds an address and a user agent: neither is logged, and no queue keeps what fails.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from tellal import wiring
from tellal.counting.clicks import Click
from tellal.errors import BadMessage
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    try:
        click = Click.model_validate(event)
    except ValidationError:  # which would quote what was told
        raise BadMessage("not a click") from None
    outcome = wiring.click_counter().count(click, now=wiring.now()())
    logger.info("click", code=click.code, outcome=outcome)
