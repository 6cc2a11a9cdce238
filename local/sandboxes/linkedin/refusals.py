"""What LinkedIn says when it refuses: a code for programs, a message for programmers."""

from typing import Any

from local.sandboxes.answers import Refusal


def refusal(status: int, code: str, message: str, *, number: int | None = None) -> Refusal:
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    if number is not None:
        body["serviceErrorCode"] = number
    return Refusal(status, body)


def invalid(field: str, why: str) -> Refusal:
    return refusal(400, "INVALID_VALUE_FOR_FIELD", f"ERROR :: /{field} :: {why}")


def missing(field: str) -> Refusal:
    return refusal(400, "MISSING_FIELD", f"ERROR :: /{field} :: field is required but not found")


def forbidden(what: str) -> Refusal:
    return refusal(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", number=100)


def not_found(what: str) -> Refusal:
    return refusal(404, "NOT_FOUND", f"Could not find entity {what}")
