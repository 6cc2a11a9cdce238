"""API Gateway → the HTTP API: JSON for programs."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal.api.app import answer
from tellal.observability import observed


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return answer(event, context)
