"""All that can go wrong with one call, and what it must become: elsewhere, and on a commit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)

Respond = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Fault:
    name: str
    respond: Respond
    elsewhere: type[PublishError]
    on_commit: type[PublishError]


def _lost(name: str, respond: Respond) -> Fault:
    return Fault(name, respond, elsewhere=TryLater, on_commit=OutcomeUnknown)


def _known(name: str, error: type[PublishError], respond: Respond) -> Fault:
    return Fault(name, respond, elsewhere=error, on_commit=error)


def _raises(error: type[httpx.RequestError]) -> Respond:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error("it broke", request=request)

    return respond


def _answers(status: int, **response: Any) -> Respond:
    return lambda _: httpx.Response(status, **response)


def _throttles(headers: Callable[[datetime], Mapping[str, str]]) -> Respond:
    def respond(_: httpx.Request) -> httpx.Response:
        soon = datetime.now(UTC) + timedelta(minutes=5)
        return httpx.Response(429, headers=headers(soon), json=JSON_ERROR)

    return respond


class _Breaks(httpx.SyncByteStream):
    """A body that begins and does not end."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": "1", '
        raise httpx.ReadTimeout("nothing more came")


class _Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" " * 1024 * 1024


def _echoes(request: httpx.Request) -> httpx.Response:
    said = f"Bad request: {request.headers.get('authorization')} {request.content!r}"
    return httpx.Response(422, json={"error": said, "message": said})


# As it is spelled five minutes before it is over, whenever that is asked.
THROTTLED: Mapping[str, Callable[[datetime], Mapping[str, str]]] = {
    "seconds": lambda _: {"retry-after": "300"},
    "an http date": lambda soon: {"retry-after": f"{soon:%a, %d %b %Y %H:%M:%S} GMT"},
    "iso 8601": lambda soon: {"x-ratelimit-reset": soon.isoformat()},
    "epoch seconds": lambda soon: {"ratelimit-reset": str(int(soon.timestamp()))},
    "epoch milliseconds": lambda soon: {"x-rate-limit-reset": str(int(soon.timestamp() * 1000))},
    "nonsense": lambda _: {"retry-after": "nan", "x-ratelimit-reset": "tomorrow"},
    "nothing": lambda _: {},
}
JSON_ERROR = {"error": "Nope", "message": "Nope"}
SUCCESS = {"id": "1", "uri": "at://did:plc:acme/app.bsky.feed.post/1", "cid": "bafy"}
ELSEWHERE = {"location": "https://elsewhere.example/"}
HTML = "<html><body>Something went wrong</body></html>"

FAULTS = (
    _known("drop before send", TryLater, _raises(httpx.ConnectError)),
    _known("no connection in time", TryLater, _raises(httpx.ConnectTimeout)),
    _lost("drop after send", _raises(httpx.RemoteProtocolError)),
    _lost("connection reset", _raises(httpx.ReadError)),
    _lost("no answer in time", _raises(httpx.ReadTimeout)),
    *(
        _lost(str(status), _answers(status, json=JSON_ERROR))
        for status in (408, 500, 502, 503, 504)
    ),
    _lost("500 in html", _answers(500, text=HTML)),
    *(
        _known(f"429 with {style}", Throttled, _throttles(headers))
        for style, headers in THROTTLED.items()
    ),
    *(_known(str(s), NeedsReconnect, _answers(s, json=JSON_ERROR)) for s in (401, 403)),
    _known("401 without a body", NeedsReconnect, _answers(401)),
    *(_known(str(status), Rejected, _answers(status, json=JSON_ERROR)) for status in (400, 422)),
    _known("404", Rejected, _answers(404, json=JSON_ERROR)),
    _known("413 in html", Rejected, _answers(413, text=HTML)),
    _known("422 that echoes us", Rejected, _echoes),
    _lost("html", _answers(200, text=HTML)),
    _lost("an empty body", _answers(200)),
    _lost("no content", _answers(204)),
    _lost("truncated json", _answers(200, text='{"id": "1", "uri": "at:')),
    _lost("a list of nothing", _answers(200, json=[[]])),
    _lost("bottomless json", _answers(200, text="[" * 200_000)),
    _lost("a body that never ends", lambda _: httpx.Response(200, stream=_Breaks())),
    _lost("a body too long", lambda _: httpx.Response(200, stream=_Endless())),
    _lost("a redirect", _answers(307, headers=ELSEWHERE)),
    _lost("a redirect in json", _answers(301, headers=ELSEWHERE, json=SUCCESS)),
)
