"""Every hour → one run of this function for each report that is due → its page, sheet and JSON;
and one for each workspace whose goals are to be looked at, once a day.

Scheduler calls without saying anything; this function, and the API, send a workspace and a period;
the API also a campaign and a language, where it was asked for them.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal import wiring
from tellal.channels import Language
from tellal.errors import BadMessage
from tellal.observability import logger, observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    now = wiring.now()()
    match event:
        case {"workspace_id": str(workspace_id), "period": str(period), **others} if _known(others):
            wiring.reporter().build(
                workspace_id,
                period,
                now=now,
                campaign=others.get("campaign_id"),
                language=Language(others["language"]) if "language" in others else None,
            )
        case {"workspace_id": str(workspace_id), "goals": True, **others} if not others:
            looked = wiring.pacing().look(workspace_id, now=now)
            logger.info("goals looked at", workspace_id=workspace_id, goals=looked)
        case _ if event == {} or event.get("source") == "aws.scheduler":
            due = list(wiring.reports_due().due(now=now))
            for workspace_id, period in due:
                task = {"workspace_id": workspace_id, "period": period}
                wiring.again().ask(context.function_name, task)
            paced = list(wiring.pacing().due(now=now))
            for workspace_id in paced:
                wiring.again().ask(
                    context.function_name, {"workspace_id": workspace_id, "goals": True}
                )
            logger.info("reports to be built", reports=len(due), workspaces_with_goals=len(paced))
        case _:
            raise BadMessage("neither a tick of the clock, nor a workspace and a period")


def _known(others: dict[str, Any]) -> bool:
    return set(others) <= {"campaign_id", "language"} and all(
        isinstance(each, str) for each in others.values()
    )
