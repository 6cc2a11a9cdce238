"""A client for the local AWS that does no more than this suite needs of it.

Boto3's takes longer over a call (its signature, its checks, its retries) than the local AWS over
the answer, and a schedule makes dozens. This one speaks the same protocol to the same tables:
JSON, with the operation in a header. What a call is named at the border is the same, too.
"""

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from tests.faults.border import READING, Border

TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "dynamodbstreams": "DynamoDBStreams_20120810",
    "kms": "TrentService",
}
BYTES = ("Plaintext", "CiphertextBlob")  # of KMS; we keep no bytes in tables
KEPT_OPEN = 30.0  # seconds that an idle line is surely not closed at its other end
REQUEST = """\
POST / HTTP/1.1\r
Host: {host}\r
Content-Type: application/x-amz-json-1.0\r
X-Amz-Target: {target}.{operation}\r
Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/{service}/aws4_request\r
Content-Length: {length}\r
\r
"""

type Row = tuple[str, str]  # its table's name, and its key as JSON


class LeanClient:
    def __init__(
        self, service: str, *, endpoint: str, border: Border, keys: Mapping[str, str]
    ) -> None:
        """`keys`: tables by their names in AWS → the name of their key."""
        self._service = service
        self._keys = keys
        self._at = urlsplit(endpoint)
        self._border = border
        self._line: tuple[socket.socket, Any] | None = None
        self._used_at = 0.0
        self.written: dict[Row, Any] = {}  # what may have been written: keys, to be deleted by

    @classmethod
    def all(cls, **line: Any) -> Mapping[str, Self]:
        """As `wiring.rewired` takes them."""
        return {f"aws_{service}": cls(service, **line) for service in TARGETS}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = name.title().replace("_", "")

        def call(**params: Any) -> Any:
            self._border.writes += not operation.startswith(READING)
            point = self._border.before(f"{self._service} {operation}")
            status, answer = self._ask(operation, params)
            self._border.after(point)
            if status >= 300:
                raise _refusal(operation, status, answer)
            return answer

        setattr(self, name, call)
        return call

    def close(self) -> None:
        if self._line is not None:
            for each in reversed(self._line):
                each.close()
            self._line = None

    def _ask(self, operation: str, params: Mapping[str, Any]) -> tuple[int, Any]:
        for table, key in self._rows(params):
            self.written[row_of(table, key)] = key
        body = json.dumps(params, default=_spelled).encode()
        head = REQUEST.format(
            host=self._at.netloc,
            target=TARGETS[self._service],
            operation=operation,
            service=self._service.removesuffix("streams"),  # one is signed for as the other
            length=len(body),
        )
        sending, receiving = self._opened()
        sending.sendall(head.encode() + body)
        status, answered, closes = _response(receiving)
        if closes:
            self.close()
        answer = json.loads(answered)
        for name in BYTES:
            if name in answer:
                answer[name] = base64.b64decode(answer[name])
        return status, answer

    def _rows(self, params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Table and key of what a call writes, where it writes anything."""
        for write in params.get("TransactItems", ()):
            for each in write.values():
                yield from self._rows(each)
        if "UpdateExpression" in params:
            yield params["TableName"], params["Key"]
        if "Item" in params:
            name = self._keys[params["TableName"]]
            yield params["TableName"], {name: params["Item"][name]}

    def _opened(self) -> tuple[socket.socket, Any]:
        if time.monotonic() > self._used_at + KEPT_OPEN:
            self.close()
        self._used_at = time.monotonic()
        if self._line is None:
            line = socket.create_connection((self._at.hostname, self._at.port), timeout=30)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._line = (line, line.makefile("rb"))
        return self._line


def row_of(table: str, key: Any) -> Row:
    return table, json.dumps(key)


def _response(receiving: Any) -> tuple[int, bytes, bool]:
    """Its status, its body, and whether nothing more may be asked on this line."""
    status = int(receiving.readline().split()[1])
    length, closes = 0, False
    while (line := receiving.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"connection":
            closes = value.strip().lower() == b"close"
    return status, receiving.read(length), closes


def _spelled(held: bytes) -> str:
    return base64.b64encode(held).decode()


def _refusal(operation: str, status: int, answer: Mapping[str, Any]) -> ClientError:
    """As boto3 raises it."""
    code = str(answer.get("__type", "")).rpartition("#")[2]
    message = answer.get("message") or answer.get("Message") or ""
    told: Any = {
        "Error": {"Code": code, "Message": message},
        "CancellationReasons": answer.get("CancellationReasons", []),
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told, operation)
