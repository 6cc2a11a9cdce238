"""The line to one account's own server, and what the refusals of Bluesky's servers mean."""

from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal.errors import NeedsReconnect, NeedsRefresh, PublishError, Rejected, TryLater
from tellal.platforms.calls import Calls, Reads, Reply, bearer

QUOTA_ASKED = timedelta(hours=3)  # eight times is a day, whenever in it a quota begins anew

# What the server calls an error → what we do next, and why, for its author.
type Errors = dict[str, tuple[type[PublishError], str]]
ERRORS: Errors = {
    "ExpiredToken": (NeedsRefresh, "The channel's session at Bluesky has run out"),
    # It was whole when we got it, so its server has forgotten it; refreshing would fail alike.
    "InvalidToken": (NeedsReconnect, "Bluesky no longer knows the channel's session"),
    "AccountTakedown": (NeedsReconnect, "Bluesky has taken this account down"),
    "AccountSuspended": (NeedsReconnect, "Bluesky has suspended this account"),
    "AccountDeactivated": (
        NeedsReconnect,
        "This account is deactivated; reactivate it at Bluesky, then connect it again",
    ),
    "AuthFactorTokenRequired": (
        Rejected,
        "This is the account's own password; make an app password at Bluesky and use that",
    ),
    "InvalidMimeType": (Rejected, "The account's server takes no files of this type"),
    "BlobTooLarge": (Rejected, "The account's server takes no files as large as this one"),
    # Uploads that no post uses are thrown away; once they have expired they are made again.
    "BlobNotFound": (TryLater, "Bluesky no longer has the uploaded file"),
}
REFRESHING: Errors = ERRORS | {
    "ExpiredToken": (
        NeedsReconnect,
        "The channel's session at Bluesky has ended, or its app password was removed",
    ),
}
SIGNING_IN: Errors = ERRORS | {
    "AuthenticationRequired": (Rejected, "Bluesky does not know this handle with this password"),
}
# What the video service says is not of the channel's session, which it never sees.
# https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/video
SENDING_VIDEO: Errors = {
    "UnsupportedContentType": (Rejected, "Bluesky finds that this is no video in MP4"),
    "VideoTooLarge": (
        Rejected,
        "Bluesky finds this video too large, for itself or for what the account sent today",
    ),
    "VideoTooLong": (Rejected, "Bluesky finds this video too long"),
    "BadAspectRatio": (Rejected, "Bluesky finds this video too wide or too narrow"),
    "DailyLimitExceeded": (TryLater, "The account has sent as many videos today as Bluesky takes"),
    "TooManyOpenUploads": (TryLater, "The account has too many uploads under way at Bluesky"),
    "UploadForbidden": (
        Rejected,
        "Bluesky does not let this account send videos; is its e-mail address confirmed?",
    ),
    "UploadFailed": (Rejected, "Bluesky could not put the video's parts together"),
    "ServiceOverloaded": (TryLater, "Bluesky's video service has too much to do"),
}
WAITS = {"DailyLimitExceeded": QUOTA_ASKED}


class Line:
    """One server, and the session it knows us by."""

    def __init__(self, at: str, token: SecretStr, calls: Calls) -> None:
        self.at = at
        self._token = token
        self._calls = calls

    def __call__(self, method: str, query: str, **request: Any) -> Reply:
        headers = bearer(self._token) | request.pop("headers", {})
        reads = request.pop("reads", reading(ERRORS))
        return self._calls(
            method, f"{self.at}/xrpc/{query}", headers=headers, reads=reads, **request
        )


def reading(known: Errors) -> Reads:
    """What a refusal means, where its name tells; else its status will."""

    def read(reply: Reply) -> None:
        name = named(reply)
        if reply.status < 500 and name in known:
            error, sentence = known[name]
            if issubclass(error, TryLater):
                raise error(sentence, after=WAITS.get(name))
            raise error(sentence)

    return read


def named(reply: Reply) -> str:
    """What the server calls its refusal; empty where it has no name for it."""
    body = reply.json()
    name = body.get("error") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""
