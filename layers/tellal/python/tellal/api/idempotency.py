"""The same request asked again is answered again, not done again.

A client names its request in `Idempotency-Key`. The row that remembers the answer is written in
the same transaction as what the request makes (see `Asked.settle`), so there is no moment in
which one is there without the other, and of two that run at once one is done. A request that
failed made nothing and is remembered nowhere: it may be asked again under the same key.
"""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, SecretStr

from tellal import wiring
from tellal.errors import Broken, Unacceptable
from tellal.stores.table import Write

HEADER = "Idempotency-Key"
LONGEST = 200
PURPOSE = "idempotency"
KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Key:
    key: str  # «caller#workspace#key»: everybody has keys of their own, in each workspace
    fingerprint: str  # of the whole request


def read(event: Any, owner: str) -> Key | None:
    given = event.headers.get(HEADER.lower())
    if given is None or event.http_method != "POST":
        return None
    if not 0 < len(given) <= LONGEST:
        raise Unacceptable(Broken(HEADER, f"has between 1 and {LONGEST} characters"))
    request = f"{event.path}\0{event.raw_query_string}\0{event.body}"
    digest = hashlib.sha256(request.encode(errors="surrogatepass"))
    return Key(f"{owner}#{given}", digest.hexdigest())


def keeping(key: Key, answer: BaseModel, *, status: int, secret: bool, now: datetime) -> Write:
    """The write that remembers an answer; one that holds a secret is sealed."""
    text = answer.model_dump_json()
    kept: bytes | str = gzip.compress(text.encode())
    if secret:
        kept = wiring.vault().seal(SecretStr(text), _context(key), field="answer")
    facts = {"fingerprint": key.fingerprint, "status": status, "answer": kept}
    return wiring.once().creation(PURPOSE, key.key, facts, until=now + KEPT, now=now)


def replayed(key: Key, *, now: datetime) -> Response[str] | None:
    """The answer that was given before, or None if it was not."""
    row = wiring.once().get(PURPOSE, key.key, now=now)
    if row is None:
        return None
    if row["fingerprint"] != key.fingerprint:
        raise Unacceptable(Broken(HEADER, "was used for another request: use a new one"))
    kept = row["answer"]
    if isinstance(kept, str):
        text = wiring.vault().open(kept, _context(key)).get_secret_value()
    else:
        text = gzip.decompress(kept).decode()
    return Response(
        status_code=row["status"],
        content_type="application/json",
        body=text,
        headers={"Idempotent-Replayed": "true"},
    )


def _context(key: Key) -> dict[str, str]:
    return {"answer": key.key}
