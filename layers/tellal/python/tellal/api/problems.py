"""Errors as answers: RFC 9457 problem details, and the one place where they are made.

What went wrong inside is never told, only logged, under the request's id that the answer bears.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tellal.errors import (
    AlreadyChanged,
    Broken,
    Conflict,
    NeedsReconnect,
    NotFound,
    PublishError,
    Rejected,
    Throttled,
    Unacceptable,
)
from tellal.observability import logger
from tellal.platforms import PLATFORMS
from tellal.posts import Frozen

CONTENT_TYPE = "application/problem+json"
MOST_RULES = 100  # told at once; a request can break many thousands
LONGEST_FIELD = 200
HALF = re.compile(r"\\ud[89a-f]", re.IGNORECASE)  # a surrogate, as JSON spells it


class NotAsked(Exception):
    """A request we do not look at further: what is wrong with it as HTTP."""

    def __init__(
        self, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


class BrokenRule(Frozen):
    field: str
    rule: str


class Problem(Frozen):
    """What an answer that is no success says (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[BrokenRule, ...] = ()
    facts: Mapping[str, Any] = {}  # what stands in the way, where there is more to tell of it


@dataclass(frozen=True)
class Told:
    """What we say of an error."""

    status: int
    detail: str
    broken: Sequence[Broken] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


TITLES = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "This key may not do that",
    404: "There is no such thing",
    405: "This cannot be done here",
    409: "What is there does not allow it now",
    413: "The request is too large",
    415: "The request is of another type",
    422: "Something given breaks a rule",
    429: "Too many requests for now",
    500: "Something went wrong on our side",
    502: "The platform did not answer as it should",
    503: "The platform asks us to wait",
}

STATUSES: Mapping[type[Exception], int] = {
    NotFound: 404,
    Rejected: 422,
    NeedsReconnect: 422,
    PublishError: 502,
}


def respond(error: Exception, *, request_id: str) -> Response[str]:
    told = tell(error)
    if told.status == 500:
        logger.exception("request failed")
    name = TITLES[told.status].lower().replace(" ", "-")
    problem = Problem(
        type=f"urn:tellal:problem:{name}",
        title=TITLES[told.status],
        status=told.status,
        detail=told.detail,
        instance=f"urn:tellal:request:{request_id}",
        errors=tuple(BrokenRule(field=each.field, rule=each.rule) for each in told.broken),
        facts=told.facts,
    )
    return Response(
        status_code=told.status,
        content_type=CONTENT_TYPE,
        body=problem.model_dump_json(),
        headers=dict(told.headers),
    )


def tell(error: Exception) -> Told:  # noqa: PLR0911  # one return an error is the clearest
    match error:
        case NotAsked():
            return Told(error.status, str(error), headers=error.headers)
        case RequestValidationError():
            return _unacceptable(list(islice(_broken(error.errors()), MOST_RULES)))
        case Unacceptable():
            return _unacceptable(error.broken)
        case NotFoundError():
            return Told(404, "There is nothing at this address.")
        case AlreadyChanged():
            return Told(409, "Somebody changed it at the same moment; read it again, then decide.")
        case Throttled():
            seconds = int(error.after.total_seconds()) if error.after else 60
            return Told(503, str(error), headers={"Retry-After": str(seconds)})
        case Conflict():
            return Told(409, str(error), facts=error.facts)
        case NotFound() | PublishError():
            status = next(each for kind, each in STATUSES.items() if isinstance(error, kind))
            return Told(status, str(error))
        case _:
            return Told(500, "It is written down; ask again, and quote the instance if it stays.")


def _unacceptable(broken: Sequence[Broken]) -> Told:
    fields = ", ".join(dict.fromkeys(each.field for each in broken))
    return Told(422, f"Look at {fields}.", broken)


def _broken(errors: Sequence[Mapping[str, Any]]) -> Iterator[Broken]:
    for error in errors:
        context = error.get("ctx") or {}
        if tag := context.get("discriminator"):  # of a tagged union: the field that tells it
            known = context.get("expected_tags", "").replace("'", "")
            yield Broken(tag.strip("'"), f"is one of {known}" if known else "is required")
        else:
            yield Broken(_path(error["loc"]), _rule(error["type"], context, str(error["msg"])))


A_KEY = "[key]"  # pydantic names that a key is one


def _path(loc: Sequence[str | int]) -> str:
    """("body", "thread", 0, "text") → thread[0].text"""
    steps = loc[1:]
    if len(steps) > 1 and steps[0] in PLATFORMS:  # the branch it took of a tagged union
        steps = steps[1:]
    path = ""
    for part in steps:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != A_KEY:
            path += f".{part}" if path else str(part)
    return path[:LONGEST_FIELD] or str(loc[0])


RULES = {  # in plain words, where pydantic speaks of its own
    "missing": "is required",
    "extra_forbidden": "is not a field that belongs here",
    "string_type": "should be a text",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is shorter than {min_length} characters",
    "tuple_type": "should be a list",
    "too_long": "has more than {max_length} elements",
    "too_short": "has fewer than {min_length} elements",
    "mapping_type": "should be an object, with names and values",
    "dict_type": "should be an object, with names and values",
    "timezone_aware": "needs its offset from UTC: 2026-11-23T06:00Z, or 2026-11-23T09:00+03:00",
    "timezone_naive": "is what clocks show, as 2026-11-23T09:00: it has no offset from UTC",
    "model_type": "should be an object, with names and values",
    "model_attributes_type": "should be an object, with names and values",
}


def _rule(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in RULES:
        return RULES[kind].format(**context)
    return message.replace("Input should", "should")


def read_json(text: str) -> Any:
    """JSON as it is written down: Python's reader would let NaN in. Raises ValueError, and
    Unacceptable for half a character, which can be neither kept nor sent."""
    read = json.loads(text, parse_constant=_refuse_constant)
    if HALF.search(text):
        try:
            json.dumps(read, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Unacceptable(Broken("body", "has half of a surrogate pair in it")) from None
    return read


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
