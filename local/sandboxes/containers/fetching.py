"""Fetching what an address leads to, as Meta does: whole, at once, and by no detour."""

from dataclasses import dataclass

import httpx

from local.sandboxes.images import Picture, look_at

PATIENCE = 10.0  # seconds
BRANDS = b"ftyp"  # begins a film in MP4 or MOV, after its box's length


@dataclass(frozen=True)
class Fetched:
    data: bytes

    @property
    def picture(self) -> Picture | None:
        return look_at(self.data)

    @property
    def is_film(self) -> bool:
        return self.data[4:8] == BRANDS


async def fetch(url: str) -> Fetched | None:
    """None where it cannot be had."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            response = await http.get(url, headers={"User-Agent": "facebookexternalua"})
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return Fetched(response.content) if response.status_code == 200 else None
