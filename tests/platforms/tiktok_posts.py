"""Posts on TikTok as far as tests need them: rendered, ready, accepted, asked about."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tellal.channels import Channel
from tellal.errors import Unacceptable
from tellal.platforms.protocol import Thread
from tellal.platforms.tiktok import TikTok, TikTokCredentials
from tellal.platforms.tiktok.upload import SMALLEST
from tellal.posts import AttachedMedia, Content, Part
from tests.platforms.sample import KEY, PICTURE, Media, Server, calls, prepared
from tests.platforms.samples.tiktok import EVERYONE, TIKTOK, ok
from tests.videos import VIDEO

FIRST = Thread()
OPENED = TikTokCredentials.model_validate(TIKTOK.credentials)
LONG = VIDEO.model_copy(update={"size": 3 * SMALLEST + 7})  # three chunks
PHOTOS = Content(text="Hello", media=(PICTURE, PICTURE), options=EVERYONE)


def at(**server: Any) -> Channel:
    return TIKTOK.channel.model_copy(update={"server": {**TIKTOK.channel.server, **server}})


PATHS = {
    "creator": "/creator_info/query/",
    "status": "/status/fetch/",
    "listed": "/v2/video/list/",
    "measured": "/v2/video/query/",
}


def answering(**answers: Any) -> Server:
    """The sample's server, with other answers to some questions."""
    changed = {
        PATHS[name]: answer if callable(answer) else (lambda _, answer=answer: answer)
        for name, answer in answers.items()
    }
    return Server({**TIKTOK.answers, **changed})


def refusing(code: str, *, status: int, message: str = "") -> Any:
    body = {"data": {}, "error": {"code": code, "message": message, "log_id": "2022"}}
    return lambda _: httpx.Response(status, json=body)


def post(*media: AttachedMedia, text: str = "Hello", **options: Any) -> Content:
    chosen = {"privacy": "everyone", **options}
    return Content(text=text, media=media or (VIDEO,), options={"tiktok": chosen})


def rules(content: Content, channel: Channel = TIKTOK.channel) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        TikTok.render(content, channel)
    return {broken.field: broken.rule for broken in refused.value.broken}


def rendered(content: Content) -> Part:
    (part,) = TikTok.render(content, TIKTOK.channel)
    return part


def ready(content: Content, server: Server | None = None) -> Part:
    server = server or TIKTOK.server()
    return prepared(TIKTOK.adapter(server), rendered(content))


def accepted(content: Content, **more: str) -> Part:
    part = ready(content)
    result = TIKTOK.adapter(TIKTOK.server()).commit(part, key=KEY, thread=FIRST, media=Media())
    return part.model_copy(update={"prepared": {**result.notes, **more}})


def resumed(part: Part, server: Server, channel: Channel = TIKTOK.channel) -> Any:
    adapter = TikTok(channel, OPENED, calls(TIKTOK, server))
    return adapter.resume(part, key=KEY, thread=FIRST)


def status(word: str, **facts: Any) -> Any:
    return ok({"status": word, **facts})
