"""Every two minutes → one run of this function per channel → what came since the last one.

Scheduler sends an empty event, and this function sends itself one with a channel's id.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import BadMessage
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    now = wiring.now()()
    if event == {} or event.get("source") == "aws.scheduler":  # which it sends, told nothing else
        channel_ids = list(wiring.poller().waiting(now=now))
        for each in channel_ids:
            wiring.again().ask(context.function_name, {"channel_id": each})
        logger.info("inboxes to be read", channels=len(channel_ids))
        return
    channel_id = event.get("channel_id")
    if not isinstance(channel_id, str) or len(event) > 1:
        raise BadMessage("neither a tick of the clock nor a channel to read")
    read = wiring.poller().read(channel_id, now=now)
    if read.trouble is None:
        logger.info("inbox read", channel=channel_id, outcomes=read.outcomes)
    else:
        reason = read.trouble
        logger.warning("inbox not read", channel=channel_id, outcomes=read.outcomes, reason=reason)
