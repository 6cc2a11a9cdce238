"""Asking the function that runs to run again, by itself, for one thing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_lambda.client import LambdaClient


@dataclass(frozen=True)
class Again:
    lambda_: "LambdaClient"

    def ask(self, function: str, event: Mapping[str, str | bool]) -> None:
        """Asynchronous: AWS queues it, tries it again, and keeps what fails."""
        self.lambda_.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
        )
