"""The platforms we speak to. To add one: write its module, then list its class here."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from tellal.channels import Channel
from tellal.platforms.protocol import Platform

ADAPTERS = {
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "x": "X",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "threads": "Threads",
    "telegram": "Telegram",
}


class Platforms(Mapping[str, type[Platform]]):
    """By its name, each adapter's class. It is imported when it is first asked for: a cold worker
    that publishes to one platform waits for no other's."""

    def __getitem__(self, name: str) -> type[Platform]:
        return _imported(name)

    def __contains__(self, name: object) -> bool:
        return name in ADAPTERS

    def __iter__(self) -> Iterator[str]:
        return iter(ADAPTERS)

    def __len__(self) -> int:
        return len(ADAPTERS)


@cache
def _imported(name: str) -> type[Platform]:
    adapter = ADAPTERS[name]
    found: type[Platform] = getattr(import_module(f"{__name__}.{name}"), adapter)
    return found


PLATFORMS = Platforms()


def is_polled(channel: Channel) -> bool:
    """Whether it is read by itself: where that costs money only if somebody said so."""
    if channel.polled is not None:
        return channel.polled
    return PLATFORMS[channel.platform].facts.polled
