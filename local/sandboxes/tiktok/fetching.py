"""TikTok fetches photos itself, after it was told where they lie: really, and behind the scenes."""

import asyncio
from collections.abc import Sequence

import httpx

from local.sandboxes.tiktok.posts import fetched
from local.sandboxes.tiktok.state import Photo, Publish, State

PATIENCE = 10.0  # seconds; TikTok has an hour


class Fetcher:
    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by publish id

    def begin(self, state: State, publish: Publish) -> None:
        self._under_way[publish.id] = asyncio.create_task(self._fetch(state, publish.id))

    async def done(self, publish: Publish) -> None:
        if task := self._under_way.get(publish.id):
            await task

    async def _fetch(self, state: State, publish_id: str) -> None:
        photos = await _fetch_all(state.publishes[publish_id].urls)
        fetched(state, state.publishes[publish_id], photos)
        self._under_way.pop(publish_id, None)


async def _fetch_all(urls: Sequence[str]) -> list[Photo] | None:
    photos = []
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        for url in urls:
            try:
                response = await http.get(url)  # a redirect is not followed
            except httpx.HTTPError:
                return None
            if response.status_code != 200:
                return None
            kind = response.headers.get("content-type", "").partition(";")[0]
            photos.append(Photo(mime_type=kind, data=response.content))
    return photos
