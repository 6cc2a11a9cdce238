"""The line to YouTube in one channel's name: its hosts, its token, and what refusals mean."""

from typing import Any

import httpx
from pydantic import SecretStr

from tellal.platforms.calls import Calls, Reply, bearer
from tellal.platforms.youtube import refusals


class Line:
    def __init__(self, token: SecretStr, calls: Calls) -> None:
        self._token = token
        self._calls = calls
        self._api = calls.hosts["api"]
        self._uploads = calls.hosts["upload"]

    def __call__(self, method: str, path: str, **request: Any) -> Reply:
        return self._send(method, f"{self._api}/{path}", refusals.read, request)

    def report(self, **asked: str) -> Reply:
        """Of YouTube Analytics, on the channel whose token this is."""
        url = f"{self._calls.hosts['analytics']}/reports"
        params = {"ids": "channel==MINE", **asked}
        return self._send("GET", url, refusals.read_of_report, {"params": params})

    def begin_upload(self, **request: Any) -> Reply:
        """Asks for a session; its address is in the reply's headers."""
        url = f"{self._uploads}/videos"
        return self._send("POST", url, refusals.read_of_upload, {"accepts": {200}, **request})

    def in_session(self, session: str, **request: Any) -> Reply:
        """The address of a session lets in whoever knows it; our token goes with it, as Google
        describes, but to no other host than the one we asked for the session."""
        ours = httpx.URL(session).host == httpx.URL(self._uploads).host
        reads = refusals.read_of_upload
        if not ours:
            return self._calls("PUT", session, reads=reads, **request)
        return self._send("PUT", session, reads, request)

    def set_thumbnail(self, **request: Any) -> Reply:
        url = f"{self._uploads}/thumbnails/set"
        return self._send("POST", url, refusals.read_of_thumbnail, request)

    def _send(self, method: str, url: str, reads: Any, request: dict[str, Any]) -> Reply:
        headers = bearer(self._token) | request.pop("headers", {})
        return self._calls(method, url, headers=headers, reads=reads, **request)
