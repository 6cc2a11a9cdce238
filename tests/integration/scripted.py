"""A platform that does as a test says: for what the engine makes of answers that are rare.

It stands where a real one does (`wiring.rewired(platforms=…)`), and asks nobody anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, SecretStr

from tellal import clock, ids, wiring
from tellal.channels import Channel, Workspace
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import (
    Facts,
    FoundPost,
    Guarantee,
    Limits,
    MediaReader,
    PartKey,
    PostList,
    Promise,
    Published,
    Thread,
)
from tellal.posts import Content, Part, PartKind, Remote
from tests.conftest import TEN, Clock
from tests.integration.deliveries import picture


@dataclass(frozen=True)
class Asked:
    """A call of the engine's: what, of which part, behind which, and under which key."""

    what: str  # prepare, commit, resume, confirm
    part: Part
    thread: Thread = field(default_factory=Thread)
    key: PartKey | None = None


@dataclass
class Script:
    """What it is to answer, in turn: an answer, or an error to be raised."""

    prepare: list[Any] = field(default_factory=list)
    commit: list[Any] = field(default_factory=list)
    resume: list[Any] = field(default_factory=list)
    confirm: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    guarantee: Guarantee = Guarantee.RESUMABLE
    price: float = 0.0

    def take(self, asked: Asked) -> Any:
        self.asked.append(asked)
        answer = getattr(self, asked.what).pop(0)
        answer = answer() if callable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def times(self, what: str) -> int:
        return sum(each.what == what for each in self.asked)

    def last(self, what: str) -> Asked:
        return [each for each in self.asked if each.what == what][-1]


class ScriptedCredentials(BaseModel):
    access_token: SecretStr


class Scripted:
    """It has every ability that the engine asks for while publishing."""

    name: ClassVar = "scripted"
    facts: ClassVar = Facts(title="Scripted", prepared_for=timedelta(hours=1), monthly_cap=1.0)
    Credentials: ClassVar[type[BaseModel]] = ScriptedCredentials
    script: ClassVar[Script]

    def __init__(self, channel: Channel, credentials: ScriptedCredentials, calls: Calls) -> None:
        pass

    @classmethod
    def limits(cls, channel: Channel) -> Limits:
        return Limits(text_length=100, text_unit="characters")

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:
        return len(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        raise NotImplementedError

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:
        return Promise(cls.script.guarantee)

    @classmethod
    def price(cls, part: Part, channel: Channel) -> float:
        return cls.script.price

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Any:
        return self.script.take(Asked("prepare", part))

    def commit(self, part: Part, *, key: PartKey, thread: Thread, media: MediaReader) -> Any:
        return self.script.take(Asked("commit", part, thread, key))

    def resume(self, part: Part, *, key: PartKey, thread: Thread) -> Any:
        return self.script.take(Asked("resume", part, thread, key))

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:
        return part.text

    def list_posts(self, *, since: Any) -> PostList:
        found = FoundPost(Remote(id="somebody's"), since, "something else")
        return PostList((found,), complete=True)

    def confirm(self, remote: Remote) -> Any:
        return self.script.take(Asked("confirm", Part(kind=PartKind.MAIN, text=remote.id)))


@contextmanager
def on_stage(clock: Clock) -> Iterator[Script]:
    """The platform, in place of all others."""
    script = Script()
    platform = type("Scripted", (Scripted,), {"script": script})
    with wiring.rewired(platforms={Scripted.name: platform}, now=clock, wait=clock.wait):
        yield script


def channel_of(workspace: Workspace, name: str = "Acme") -> Channel:
    channel = Channel(
        channel_id=ids.new("ch", now=clock.now()),
        workspace_id=workspace.workspace_id,
        platform=Scripted.name,
        remote_id=name,
        name=name,
        handle=name.lower(),
        created_at=TEN,
    )
    wiring.channels().create(channel)
    token = ScriptedCredentials(access_token=SecretStr("a-token"))
    wiring.credentials().create(wiring.credentials().seal(channel, token, expires_at=None))
    return channel


def public(number: int = 1) -> Published:
    return Published(Remote(id=str(number), url=f"https://scripted.example/{number}"))


FILM = picture("media/film.mp4").model_copy(update={"mime_type": "video/mp4"})
