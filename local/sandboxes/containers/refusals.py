"""Refusals as Meta's Graph API spells them.
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from typing import Any

from local.sandboxes.answers import Refusal


def refused(
    code: int, message: str, *, subcode: int | None = None, says: str = "", status: int = 400
) -> Refusal:
    error: dict[str, Any] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": False,
        "fbtrace_id": "A0",
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    if says:
        error |= {"error_user_title": says.partition(".")[0], "error_user_msg": says}
    return Refusal(status, {"error": error})


def dead_token(subcode: int | None = None) -> Refusal:
    return refused(190, "Error validating access token", subcode=subcode)


def forbidden(scope: str) -> Refusal:
    message = f"(#10) Application does not have permission for this action: {scope}"
    return refused(10, message, status=403)


def not_found(id_: str) -> Refusal:
    message = f"Unsupported request. Object with ID '{id_}' does not exist, or cannot be loaded"
    return refused(100, message, subcode=33)


def invalid(message: str) -> Refusal:
    return refused(100, f"(#100) {message}")


def not_fetched() -> Refusal:
    says = "The media could not be fetched from this URI."
    return refused(9004, "Only photo or video can be accepted", subcode=2207052, says=says)


def not_ready() -> Refusal:
    return refused(9007, "Media ID is not available", subcode=2207027)


def media_gone() -> Refusal:
    return refused(24, "The requested resource does not exist", subcode=2207006)


def builder_gone() -> Refusal:
    return refused(24, "The requested resource does not exist", subcode=2207008)


def used_up() -> Refusal:
    return refused(9, "Application request limit reached", subcode=2207042)
