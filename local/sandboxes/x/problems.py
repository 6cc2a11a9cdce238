"""How X refuses: https://docs.x.com/x-api/fundamentals/response-codes-and-errors"""

from local.sandboxes.answers import Refusal

TYPES = "https://api.x.com/2/problems"
TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "",
    title: str = "",
    headers: dict[str, str] | None = None,
) -> Refusal:
    body = {
        "title": title or TITLES[status],
        "detail": detail,
        "type": f"{TYPES}/{kind}" if kind else "about:blank",
        "status": status,
    }
    return Refusal(status, body, headers=headers)


def invalid(detail: str) -> Refusal:
    return problem(400, detail, kind="invalid-request", title="Invalid Request")


def forbidden(detail: str) -> Refusal:
    return problem(403, detail)


def not_found(what: str) -> Refusal:
    detail = f"Could not find {what}."
    body = {"title": "Not Found Error", "detail": detail, "type": f"{TYPES}/resource-not-found"}
    return Refusal(404, body | {"status": 404})


def unauthorized() -> Refusal:
    return problem(401, "Unauthorized")


def no_credits(account_id: str) -> Refusal:
    detail = (
        f"Your enrolled account [{account_id}] does not have any credits to fulfill this request."
    )
    return problem(402, detail, kind="credits", title="CreditsDepleted")


NOT_PERMITTED = "You are not permitted to perform this action."
COPY = "You are not allowed to create a Tweet with duplicate content."
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise"
    " engaged by the author of the post you are replying to."
)
OUT_OF_SIGHT = "You attempted to reply to a Tweet that is deleted or not visible to you."
BAD_MEDIA = "Your media IDs are invalid."
