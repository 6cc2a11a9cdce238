"""What a sample is: a channel of a platform, what may be posted to it, and a server for it.

The samples themselves are in `samples/`, a file for each platform.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import httpx
from pydantic import SecretStr

from tellal.channels import Channel
from tellal.conversations import Heard
from tellal.errors import PublishError
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import PartKey, Prepared, Registration
from tellal.posts import (
    AttachedMedia,
    Content,
    MediaKind,
    Part,
    Remote,
    ReplyTo,
    ThreadPart,
)
from tests.pictures import RED_DOT
from tests.videos import CLIP, VIDEO

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)
KEY = PartKey("dlv_1", 0, TEN)
SECRETS = ("s3cret-access", "s3cret-refresh", "s3cret-word")

PICTURE = AttachedMedia(
    media_id="med_1",
    object_key="media/med_1",
    mime_type="image/png",
    size=len(RED_DOT),
    width=1,
    height=1,
    alt_text="A red dot",
)
CONTENT = Content(
    text="Hello @ann.example.com, see https://ex.com #tag",
    media=(PICTURE,),
    thread=(ThreadPart(text="And more"),),
)

PLAIN = Content(text="Hello")
FILM = Content(text="Hello", media=(VIDEO,))

CALLBACK = "https://tellal.example/oauth/callback"
APP = Registration("app-1", SecretStr(SECRETS[1]), CALLBACK, "https://m.example")

NOTHING = Remote(id="none")
NOBODY = ReplyTo(remote=NOTHING, author_handle="nobody")

MOST_STEPS = 50

Respond = Callable[[httpx.Request], httpx.Response]


class Media:
    """Every image is a red dot, and every video the clip, however large it says it is."""

    def read(self, media: AttachedMedia) -> bytes:
        return CLIP if media.kind is MediaKind.VIDEO else RED_DOT

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        whole = self.read(media).ljust(media.size, b"\0")[: media.size]
        return whole[start : start + length]

    def open(self, media: AttachedMedia) -> BinaryIO:
        return io.BytesIO(self.read(media))

    def link(self, media: AttachedMedia) -> str:
        return f"https://media.example/{media.object_key}"

    def link_to(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> str:
        return f"https://media.example/{self.keep(data, mime_type, of=of).object_key}"

    def keep(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> AttachedMedia:
        key = f"made/{of.media_id}.{mime_type.partition('/')[2]}"
        facts = {"object_key": key, "mime_type": mime_type, "size": len(data)}
        return of.model_copy(update=facts)


@dataclass
class Server:
    """Answers by the ending of the path; remembers what it was asked."""

    answers: Mapping[str, Callable[[httpx.Request], Any]]  # JSON, or a whole httpx.Response
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path
        for ending, answer in self.answers.items():
            if path.endswith(ending):
                said = answer(request)
                is_whole = isinstance(said, httpx.Response)
                return said if is_whole else httpx.Response(200, json=said)
        return httpx.Response(404, json={"error": "Record not found"})


@dataclass(frozen=True)
class Sample:
    channel: Channel
    credentials: Mapping[str, str]
    connection: Mapping[str, str]
    answers: Mapping[str, Callable[[httpx.Request], Any]]
    # Where it publishes; the main part of `content` has something to prepare.
    content: Content = CONTENT
    plain: Content | None = PLAIN  # what needs no preparing, if there is such
    film: Content | None = None  # what is prepared in another way than `content`
    keyed: bool = False  # a commit carries a key of ours
    longest_beside_images: int | None = None  # of a text, where it is another there
    # What some faults mean where a commit does not go to the API, by their names.
    on_commit: Mapping[str, type[PublishError]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)  # over the platform's own
    # Only where it publishes, answers and is read:
    remote: Remote = NOTHING
    reply_to: ReplyTo = NOBODY
    names_answered: tuple[str, ...] = ()  # where an answer names what it answers in pieces
    listed: Callable[[int], Any] = str  # the nth message somebody sends, as the platform lists it
    # Where it lists them in a way of its own: messages 1 to the number
    inbox: Callable[[int], Mapping[str, Callable[[httpx.Request], Any]]] | None = None

    def server(self, messages: int = 3) -> Server:
        inbox = self.inbox(messages) if self.inbox else inbox_answers(self, messages)
        return Server({**inbox, **self.answers, **inbox})  # found first, and not replaced

    def adapter(self, respond: Respond, *, deadline: timedelta = timedelta(seconds=20)) -> Any:
        platform = PLATFORMS[self.channel.platform]
        credentials = platform.Credentials.model_validate(self.credentials)
        return platform(self.channel, credentials, calls(self, respond, deadline=deadline))

    def prepared_part(self, *, server: Server | None = None) -> Part:
        """The main part of its content, ready to be committed."""
        adapter = self.adapter(server or self.server())
        part: Part = adapter.render(self.content, self.channel)[0]
        return prepared(adapter, part)


def prepared(adapter: Any, part: Part) -> Part:
    """Step after step, however long the platform works on it."""
    for _ in range(MOST_STEPS):
        result = adapter.prepare(part, media=Media())
        part = part.model_copy(update={"prepared": result.notes})
        if isinstance(result, Prepared):
            return part
    raise AssertionError("it is never prepared")


def calls(
    sample: Sample, respond: Respond, *, deadline: timedelta = timedelta(seconds=20)
) -> Calls:
    facts = PLATFORMS[sample.channel.platform].facts
    stated = {name: setting.value for name, setting in facts.settings.items()}
    http = httpx.Client(transport=httpx.MockTransport(respond))
    return Calls(http, facts.hosts, deadline, settings=stated | dict(sample.settings))


def inbox_answers(sample: Sample, count: int) -> Mapping[str, Callable[[httpx.Request], Any]]:
    """Messages 1 to `count`, newest first, as each platform lists them after a cursor."""

    def notifications(request: httpx.Request) -> Any:
        after = int(request.url.params.get("min_id", "0"))
        return [sample.listed(n) for n in range(count, after, -1)]

    def list_notifications(request: httpx.Request) -> Any:
        before = int(request.url.params.get("cursor", str(count + 1)))
        page = range(before - 1, max(0, before - 3), -1)  # two at a time
        cursor = {"cursor": str(page[-1])} if page else {}
        return {"notifications": [sample.listed(n) for n in page], **cursor}

    def mentions(request: httpx.Request) -> Any:
        before = int(request.url.params.get("pagination_token", str(count + 1)))
        after = int(request.url.params.get("since_id", "0"))
        page = list(range(before - 1, after, -1))[:2]
        more = {"next_token": str(page[-1])} if page and page[-1] > after + 1 else {}
        return {"data": [sample.listed(n) for n in page], "meta": {"result_count": 1, **more}}

    def page_notifications(request: httpx.Request) -> Any:
        start = int(request.url.params["start"])
        return {"elements": [sample.listed(n) for n in range(count - start, 0, -1)]}

    def comment_threads(request: httpx.Request) -> Any:
        if request.method != "GET":
            return sample.answers["/v3/commentThreads"](request)
        before = int(request.url.params.get("pageToken", str(count + 1)))
        page = range(before - 1, max(0, before - 3), -1)  # two at a time
        more = {"nextPageToken": str(page[-1])} if page and page[-1] > 1 else {}
        return {"items": [sample.listed(n) for n in page], **more}

    return {
        "/v1/notifications": notifications,
        "listNotifications": list_notifications,
        "/mentions": mentions,
        "/organizationalEntityNotifications": page_notifications,
        "/v3/commentThreads": comment_threads,
    }


def graph_page(request: httpx.Request, items: Sequence[Any], limit: int) -> dict[str, Any]:
    """As Meta pages: the newest first, behind the place that `after` names."""
    start = int(request.url.params.get("after", "0"))
    ends = start + limit
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(ends)}}
    paging |= {"next": "https://graph.example/next"} if ends < len(items) else {}
    return {"data": list(items[start:ends]), "paging": paging}


def channel(platform: str, **facts: Any) -> Channel:
    known = {"channel_id": "ch_1", "workspace_id": "ws_1", "name": "Acme", "created_at": TEN}
    return Channel.model_validate({"platform": platform, **known, **facts})


def texts(heard: tuple[Heard, ...]) -> list[str]:
    return [each.text for each in heard]


def minute(number: int) -> str:
    return f"2026-01-01T10:{number:02}:00.000Z"
