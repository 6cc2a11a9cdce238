"""What the acts of the demo share."""

import json
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.demo.api import Api
from local.demo.screen import Screen, StepFailed
from local.house import House

ZONE = "Europe/Istanbul"
PAGE_ID = "1234567890"


@dataclass(frozen=True)
class Stage:
    """What the acts share."""

    home: House
    screen: Screen
    api: Api
    kept: "Kept"

    @property
    def workspace_id(self) -> str:
        return str(self.kept["workspace_id"])


class Kept(dict[str, str]):
    """What a user would write down: keys and ids, in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(json.loads(path.read_text()) if path.exists() else {})
        self._path = path

    def keep(self, **facts: str) -> None:
        self.update(facts)
        self._path.write_text(json.dumps(self, indent=2))


def upload(api: Api, body: bytes, *, name: str, mime_type: str) -> str:
    """Announced, sent to S3 with the form that is answered, then looked at; its id."""
    made = api.post("/media", filename=name, mime_type=mime_type, size=len(body))
    form = made["upload"]
    sent = httpx.post(
        form["url"], data=form["fields"], files={"file": body}, trust_env=False, timeout=30
    )
    if sent.is_error:
        raise StepFailed("upload", f"S3 refused the file: {sent.status_code}")
    return str(api.post(f"/media/{made['media_id']}/complete")["media_id"])
