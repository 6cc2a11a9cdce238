"""Posts for a page on Facebook, and a server for them."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from tellal.errors import (
    Unacceptable,
)
from tellal.platforms.facebook import Facebook
from tellal.platforms.protocol import (
    Thread,
)
from tellal.posts import AttachedMedia, Content, Part, VideoFacts
from tests.platforms.sample import (
    KEY,
    Media,
    Server,
)
from tests.platforms.samples.facebook import FACEBOOK
from tests.videos import VIDEO

HTTPS = "https://www.facebook.com"
WHOLE = {"uploading_phase": {"status": "complete"}}


def answering(**answers: Any) -> Server:
    """The sample's server, with other answers at some paths: `videos={…}`."""
    changed = {
        f"/{name}": (answer if callable(answer) else lambda _, answer=answer: answer)
        for name, answer in answers.items()
    }
    usual = {path: each for path, each in FACEBOOK.answers.items() if path not in changed}
    return Server({**changed, **usual})


def rendered(content: Content) -> Part:
    return Facebook.render(content, FACEBOOK.channel)[0]


def rules(content: Content) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Facebook.render(content, FACEBOOK.channel)
    return {broken.field: broken.rule for broken in refused.value.broken}


def of_kind(kind: str, *media: AttachedMedia, text: str = "", **options: Any) -> Content:
    return Content(text=text, media=media, options={"facebook": {"kind": kind, **options}})


def lasting(seconds: float, **facts: Any) -> AttachedMedia:
    film = VideoFacts(seconds=seconds, frame_rate=facts.pop("frame_rate", 30), codec="AVC")
    return VIDEO.model_copy(update={"video": film, **facts})


def commit(part: Part, server: Callable[[httpx.Request], httpx.Response]) -> Any:
    return FACEBOOK.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())


def refusing(**error: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(400, json={"error": {"message": "secret words", **error}})
