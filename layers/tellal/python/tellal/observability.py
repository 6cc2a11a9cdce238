"""The one logger and the one meter. POWERTOOLS_SERVICE_NAME tells functions apart.

One line per outcome, with ids; never tokens, never people's text.
"""

from aws_lambda_powertools import Logger

NAMESPACE = "Tellal"

logger = Logger(log_uncaught_exceptions=True)
