"""How Google says no. https://developers.google.com/youtube/v3/docs/errors"""

from local.sandboxes.answers import Refusal

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


def refuse(status: int, reason: str, message: str, *, domain: str = "youtube") -> Refusal:
    told = {"message": message, "domain": domain, "reason": reason}
    error = {"code": status, "message": message, "errors": [told], "status": STATUSES[status]}
    return Refusal(status, {"error": error})


def unknown_token() -> Refusal:
    sentence = "Request had invalid authentication credentials."
    return refuse(401, "authError", sentence, domain="global")


def no_video() -> Refusal:
    sentence = "The video that you are trying to find cannot be found."
    return refuse(404, "videoNotFound", sentence, domain="youtube.video")
