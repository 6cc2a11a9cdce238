"""A contact's id → everything that tells of this person is taken out. Safe to repeat.

Whoever has many messages takes more than one run: this function sends itself the same event.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import BadMessage
from tellal.observability import logger, observed

LEFT = 10_000  # milliseconds in which the last rows are finished, and the next run is asked for


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    contact_id = event.get("contact_id")
    if not isinstance(contact_id, str) or len(event) > 1:
        raise BadMessage("not a contact to erase")
    done = wiring.erasing().erase(
        contact_id,
        now=wiring.now()(),
        in_time=lambda: context.get_remaining_time_in_millis() > LEFT,
    )
    if not done:
        wiring.again().ask(context.function_name, {"contact_id": contact_id})
    logger.info("contact erased" if done else "contact being erased", contact=contact_id)
