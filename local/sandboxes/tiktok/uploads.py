"""The host that takes films: by an address that is the only key, chunk after chunk.
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

import re
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.sandboxes.tiktok.posts import accept
from local.sandboxes.tiktok.refusals import refuse
from local.sandboxes.tiktok.state import Publish, State

TYPES = ("video/mp4", "video/quicktime", "video/webm")
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
LEAST_CHUNK = 5_000_000
MOST_CHUNK = 64 * 1024 * 1024
MOST_LAST = 128 * 1024 * 1024
MOST_CHUNKS = 1000
MOST_VIDEO = 4 * 1024 * 1024 * 1024


def check_plan(source: dict[str, Any]) -> None:
    """What a film's beginning says of its chunks."""
    names = ("video_size", "chunk_size", "total_chunk_count")
    numbers = [each for each in map(source.get, names) if type(each) is int and each > 0]
    if len(numbers) < len(names):
        raise refuse("invalid_params", f"{', '.join(names)} are required")
    size, chunk, count = numbers
    if size > MOST_VIDEO:
        raise refuse("invalid_params", "The video size is invalid")
    is_whole = chunk == size <= MOST_CHUNK
    in_chunks = LEAST_CHUNK <= chunk <= MOST_CHUNK and size >= LEAST_CHUNK
    if not (is_whole or in_chunks) or size - (count - 1) * chunk > MOST_LAST:
        raise refuse("invalid_params", "The chunk size is invalid")
    if count != size // chunk or count > MOST_CHUNKS:
        raise refuse("invalid_params", "The total chunk count is invalid")


async def take_chunk(state: State, request: Request, *, now: datetime) -> Response:
    publish = _upload(state, request, now)
    body = await request.body()
    asked = RANGE.fullmatch(request.headers.get("content-range", ""))
    has_type = request.headers.get("content-type") in TYPES
    if asked is None or not has_type or "authorization" in request.headers:
        return Response(status_code=400)
    first, last, total = map(int, asked.groups())
    stated = request.headers.get("content-length")
    if len(body) != last - first + 1 or stated != str(len(body)) or total != publish.size:
        return Response(status_code=400)
    if first != len(publish.data) or publish.accepted_at is not None:
        return Response(status_code=416, headers=_progress(publish))
    if last + 1 != _end_of_chunk(publish, first):
        return Response(status_code=416, headers=_progress(publish))
    facts = {"data": publish.data + body, "mime_type": request.headers["content-type"]}
    publish = state.keep(publish.model_copy(update=facts))
    if len(publish.data) < publish.size:
        return Response(status_code=206, headers=_progress(publish))
    accept(state, publish, received_at=request.state.received_at, now=now)
    return Response(status_code=201, headers=_progress(publish))


def _upload(state: State, request: Request, now: datetime) -> Publish:
    query = request.query_params
    for publish in state.publishes.values():
        if publish.upload_token and publish.upload_token == query.get("upload_token"):
            lives = timedelta(seconds=state.settings.upload_seconds)
            if now >= publish.begun_at + lives:
                raise refuse("upload_expired", status=403)
            return publish
    raise refuse("upload_not_found", status=404)


def _end_of_chunk(publish: Publish, first: int) -> int:
    number, rest = divmod(first, publish.chunk_size)
    if rest:
        return -1
    is_last = number == publish.chunk_count - 1
    return publish.size if is_last else first + publish.chunk_size


def _progress(publish: Publish) -> dict[str, str]:
    reached = max(0, len(publish.data) - 1)
    return {"Content-Range": f"bytes 0-{reached}/{publish.size}"}
