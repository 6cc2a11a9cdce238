"""Every hour → one run of this function per channel, to measure it, and one per workspace, to
merge what was measured on days that ended.

Scheduler calls without saying anything; this function sends itself an id.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.errors import BadMessage
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    now = wiring.now()()
    match event:
        case {"channel_id": str(channel_id), **others} if not others:
            wiring.collector().collect(channel_id, now=now)
        case {"workspace_id": str(workspace_id), **others} if not others:
            wiring.compactor().compact(workspace_id, now=now)
        case _ if event == {} or event.get("source") == "aws.scheduler":
            tasks = [{"channel_id": each} for each in wiring.collector().measurable(now=now)]
            tasks += [{"workspace_id": each.workspace_id} for each in wiring.workspaces().all()]
            for task in tasks:
                wiring.again().ask(context.function_name, task)
            logger.info("to be measured", tasks=len(tasks))
        case _:
            raise BadMessage("neither a tick of the clock, nor a channel or a workspace")
