"""How the Graph refuses. https://developers.facebook.com/docs/graph-api/guides/error-handling"""

from typing import Any

from local.sandboxes.answers import Refusal


def graph_error(
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    says: str = "",
    data: Any = None,
    status: int = 400,
    headers: dict[str, str] | None = None,
) -> Refusal:
    """`says` is what a person is meant to read."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    error |= {"error_subcode": subcode} if subcode else {}
    error |= {"error_user_title": "Refused", "error_user_msg": says} if says else {}
    error |= {"error_data": data} if data is not None else {}
    return Refusal(status, {"error": {**error, "fbtrace_id": "A0"}}, headers=headers)


def invalid(message: str, **more: Any) -> Refusal:
    return graph_error(100, f"(#100) {message}", **more)


def not_there(some_id: str) -> Refusal:
    says = f"Unsupported request. Object with ID '{some_id}' does not exist, or cannot be loaded"
    return graph_error(100, says, subcode=33)


def bad_token() -> Refusal:
    return graph_error(190, "Invalid OAuth access token - Cannot parse access token")


def no_permission(scope: str) -> Refusal:
    return graph_error(200, f"(#200) Requires {scope} permission to manage the object", status=403)
