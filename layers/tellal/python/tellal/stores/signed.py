"""AWS without its SDK, for the one function whose cold start somebody waits for in a browser.

boto3 with two clients takes half a second to import and read its descriptions of services; this
takes a tenth of that. It signs a POST with JSON in it and knows nothing else: no retries but one
on a connection that was closed while it rested, no paging, no credentials but the environment's.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import http.client
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


class Signed:
    """One service, over a connection that is kept."""

    def __init__(self, service: str, environment: Mapping[str, str], *, seconds: float) -> None:
        """`seconds`: how long a connection and an answer are waited for, each."""
        self._service = service
        self._region = environment["AWS_REGION"]
        self._key_id = environment["AWS_ACCESS_KEY_ID"]
        self._secret = environment["AWS_SECRET_ACCESS_KEY"]
        self._token = environment.get("AWS_SESSION_TOKEN")
        general = environment.get("AWS_ENDPOINT_URL")
        own = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}", general)
        at = urlsplit(own or f"https://{service}.{self._region}.amazonaws.com")
        secure = at.scheme == "https"
        connection = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._host = at.netloc
        self._connection = connection(at.netloc, timeout=seconds)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The answer's status and body. OSError or HTTPException if there is none."""
        rested = self._connection.sock is not None
        try:
            return self._post(path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            if not rested:
                raise
            return self._post(path, body, headers)  # what we ask may be asked twice

    def close(self) -> None:
        self._connection.close()

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        try:
            self._connection.request("POST", path, body, self.headers(path, body, headers, at=at))
            with self._connection.getresponse() as answer:
                return answer.status, answer.read()
        except Exception:
            self.close()  # else the next request would read this one's answer
            raise

    def headers(
        self, path: str, body: bytes, headers: Mapping[str, str], *, at: str
    ) -> dict[str, str]:
        """Those given, and the signature over them. `path` needs no encoding and has no query."""
        sent = {"host": self._host, "x-amz-date": at, **headers}
        if self._token:
            sent["x-amz-security-token"] = self._token
        names = sorted(name.lower() for name in sent)
        values = {name.lower(): value for name, value in sent.items()}
        lines = [f"{name}:{values[name]}" for name in names]
        signed = ";".join(names)
        request = ["POST", path, "", *lines, "", signed, hashlib.sha256(body).hexdigest()]
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
        key = f"AWS4{self._secret}".encode()
        for word in (*scope.split("/"), "\n".join((ALGORITHM, at, scope, digest))):
            key = hmac.digest(key, word.encode(), "sha256")
        proof = f"Credential={self._key_id}/{scope}, SignedHeaders={signed}, Signature={key.hex()}"
        return {**sent, "Authorization": f"{ALGORITHM} {proof}"}
