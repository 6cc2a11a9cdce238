"""The line to one server as one account: where its API is, and what its refusals mean."""

from functools import partial
from typing import Any

from pydantic import SecretStr

from tellal.errors import NeedsReconnect, PublishError, Rejected, TryLater
from tellal.platforms.calls import Calls, Reply, bearer

# A status and words in the server's error → what we do next, and why, for its author.
ERRORS: tuple[tuple[int, str, type[PublishError], str], ...] = (
    (401, "", NeedsReconnect, "The server no longer accepts the channel's token"),
    (403, "scope", NeedsReconnect, "The token lacks a permission (scope) that this needs"),
    (403, "disabled", NeedsReconnect, "The server has disabled this account"),
    (403, "confirmed", NeedsReconnect, "The account's e-mail address is not confirmed yet"),
    (403, "pending", NeedsReconnect, "The account still waits for its server's approval"),
    (403, "not allowed", Rejected, "The server does not allow this to the account"),
    (422, "have not finished processing", TryLater, "The server still works on the files"),
    # Unused uploads are thrown away; once `prepared_for` is over they are made again.
    (422, "not found or already attached", TryLater, "The server no longer has the files"),
    (422, "error processing", Rejected, "The server could not make a picture or film of the file"),
    (413, "", Rejected, "The server takes no file as large as this one"),
)


class Line:
    """One server, and the token it knows us by."""

    def __init__(self, at: str, token: SecretStr, calls: Calls) -> None:
        self.at = at
        self.token = token
        self._calls = calls

    def __call__(self, method: str, url: str, **request: Any) -> Reply:
        """`lacking` says what cannot be done without a permission that the rest does well without:
        then the channel needs no new connection for all else."""
        headers = bearer(self.token) | request.pop("headers", {})
        reads = partial(self._understand, lacking=request.pop("lacking", ""))
        return self._calls(method, f"{self.at}/api/{url}", headers=headers, reads=reads, **request)

    def _understand(self, reply: Reply, *, lacking: str) -> None:
        """What a refusal means, where its words tell; else its status will."""
        body = reply.json()
        words = str(body.get("error", "")) if isinstance(body, dict) else ""
        if lacking and reply.status == 403 and "scope" in words.lower():
            raise Rejected(f"{lacking}: allow it by connecting the channel again ({reply.host})")
        for status, part, error, sentence in ERRORS:
            if reply.status == status and part in words.lower():
                raise error(f"{sentence} ({reply.host})")
        if reply.status == 422 and words:  # «Validation failed: …»; an echo is not to tell secrets
            words = words.replace(self.token.get_secret_value(), "…")[:200]
            raise Rejected(f"{reply.host} refused it: {words}")
