"""The one logger, and what every handler does around its work.

POWERTOOLS_SERVICE_NAME tells functions apart. One line per outcome, with ids; never tokens,
never people's text.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

NAMESPACE = "Tellal"  # of our metrics; they have no dimensions

logger = Logger()

Work = Callable[[Any, LambdaContext], Any]


def observed(work: Work) -> Work:
    """A handler whose lines carry the request's id, and whose failure is one line and an error.

    The error goes on to Lambda, and so the message or event to its dead letters, whole.
    """

    @logger.inject_lambda_context(clear_state=True)
    @wraps(work)
    def handler(event: Any, context: LambdaContext) -> Any:
        try:
            return work(event, context)
        except Exception:
            logger.exception("failed")
            raise

    return handler
