"""Where a short link leads, and telling that somebody followed it: the two calls of a redirect.

Nothing here loads pydantic, boto3 or our models: whoever clicks waits for it.
"""

import json
import re
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Self

from tellal.stores.signed import Signed

CODE = re.compile(r"[0-9a-hjkmnp-tv-z]{12}")  # as `links.code_of` spells them
GET_ITEM = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.GetItem",
}


class Untold(Exception):
    """The count was not asked for. No address is in its sentence."""


class Redirects:
    def __init__(self, dynamodb: Signed, lambda_: Signed, *, table: str, counter: str) -> None:
        """`table` and `counter` as AWS names them: of links, and the function that counts."""
        self._dynamodb, self._lambda, self._table = dynamodb, lambda_, table
        self._count = f"/2015-03-31/functions/{counter}/invocations"

    @classmethod
    def made(cls, environment: Mapping[str, str]) -> Self:
        functions = json.loads(environment["FUNCTION_NAMES"])
        return cls(
            Signed("dynamodb", environment, seconds=2),
            Signed("lambda", environment, seconds=1),
            table=json.loads(environment["TABLES"])["links"],
            counter=next(each for each in functions if each.endswith("-count_click")),
        )

    def close(self) -> None:
        for each in (self._dynamodb, self._lambda):
            each.close()

    def target(self, code: str) -> str | None:
        """A link's address; what cannot be a code is not looked for."""
        if not CODE.fullmatch(code):
            return None
        asked = {
            "TableName": self._table,
            "Key": {"code": {"S": code}},
            "ProjectionExpression": "target",
        }
        status, answer = self._dynamodb.post("/", json.dumps(asked).encode(), GET_ITEM)
        if status != 200:
            raise OSError(f"DynamoDB answered {status}")
        item = json.loads(answer).get("Item")
        return str(item["target"]["S"]) if item else None

    def tell(self, click: Mapping[str, Any]) -> None:
        """Asynchronously: AWS queues it, and asks again where it fails. Raises Untold."""
        try:
            status, _ = self._lambda.post(
                self._count, json.dumps(click).encode(), {"x-amz-invocation-type": "Event"}
            )
        except (OSError, HTTPException) as error:
            raise Untold(type(error).__name__) from error
        if status != 202:
            raise Untold(f"Lambda answered {status}")
