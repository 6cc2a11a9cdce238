"""What a server says of itself when a channel is connected, and what follows from it.

Kept with the channel as plain JSON: numbers, strings and lists of strings.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import Any

from tellal.platforms import images
from tellal.platforms.mastodon.answers import Instance
from tellal.platforms.protocol import Guarantee, Limits, Promise, Sourced

SOURCE = "https://docs.joinmastodon.org/entities/Instance/"
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MINUTE = 60  # seconds
FILMS = ("video/mp4", "video/quicktime", "video/webm")
FEWEST_ANSWERS = 2  # of a poll
ENDS: Mapping[str, int] = {  # of bounds that servers tell by their ends
    "most_frames": 120,  # a second
    "most_poll_options": 4,
    "least_poll_seconds": 300,
    "most_poll_seconds": 2_629_746,
}


def _bounds(ends: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    least, most = ends["least_poll_seconds"], ends["most_poll_seconds"]
    return {
        "video_frame_rate": (0, ends["most_frames"]),
        "poll_options": (FEWEST_ANSWERS, ends["most_poll_options"]),
        "poll_minutes": (ceil(least / MINUTE), most // MINUTE),
    }


LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(500, SOURCE),
    "link_length": Sourced(23, SOURCE),
    "images": Sourced(4, SOURCE),
    "image_bytes": Sourced(16_777_216, SOURCE),
    "image_pixels": Sourced(33_177_600, SOURCE),
    "image_types": Sourced(IMAGES, SOURCE),
    "alt_text_length": Sourced(1500, SOURCE),
    "videos": Sourced(1, "https://docs.joinmastodon.org/user/posting/#media"),
    "video_bytes": Sourced(103_809_024, SOURCE),
    "video_pixels": Sourced(8_294_400, SOURCE),
    "video_types": Sourced(FILMS, SOURCE),
    "poll_option_length": Sourced(50, SOURCE),
    **{name: Sourced(bounds, SOURCE) for name, bounds in _bounds(ENDS).items()},
}
# Where /api/v2/instance tells them, below `configuration`; kept under these names.
STATED_AT = {
    "text_length": ("statuses", "max_characters"),
    "link_length": ("statuses", "characters_reserved_per_url"),
    "images": ("statuses", "max_media_attachments"),
    "image_bytes": ("media_attachments", "image_size_limit"),
    "image_pixels": ("media_attachments", "image_matrix_limit"),
    "image_types": ("media_attachments", "supported_mime_types"),  # those of videos, too
    "alt_text_length": ("media_attachments", "description_limit"),
    "video_bytes": ("media_attachments", "video_size_limit"),
    "video_pixels": ("media_attachments", "video_matrix_limit"),
    "most_frames": ("media_attachments", "video_frame_rate_limit"),
    "most_poll_options": ("polls", "max_options"),
    "poll_option_length": ("polls", "max_characters_per_option"),
    "least_poll_seconds": ("polls", "min_expiration"),
    "most_poll_seconds": ("polls", "max_expiration"),
}
NUMBERS = STATED_AT.keys() - {"image_types"}
# https://docs.joinmastodon.org/methods/statuses/#headers
KEEPS_KEYS = Promise(Guarantee.IDEMPOTENT, timedelta(hours=1))
CAN_BE_READ = Promise(Guarantee.SEARCHABLE)
TRUE_SOURCE = "https://github.com/mastodon/mastodon"
TRUE_VERSION = re.compile(r"\d+\.\d+\.\d+([-+.][\w.-]+)?")  # no «(compatible; Pleroma 2.6.0)»


def facts_of(instance: Instance, *, address: str, account_id: str) -> dict[str, Any]:
    """What is kept; a limit that is missing or makes no sense is left out."""
    stated = {name: _at(instance.configuration, *path) for name, path in STATED_AT.items()}
    limits = {
        name: value
        for name, value in stated.items()
        if value and isinstance(value, list if name == "image_types" else int)
    }
    return {
        "address": address,
        "account_id": account_id,
        "software": _software(instance),
        "version": instance.version,
        "source_url": instance.source_url or "",
        **limits,
    }


def limits_of(server: Mapping[str, Any]) -> Limits:
    numbers = {name: int(server[name]) for name in NUMBERS if name in server}
    types = frozenset(server.get("image_types", (*IMAGES, *FILMS)))
    films = types.intersection(FILMS)
    more: dict[str, Any] = {name: number for name, number in numbers.items() if name in LIMITS}
    more |= _bounds({**ENDS, **numbers})
    more |= {"image_types": images.TYPES & types, "video_types": films}
    more |= {} if films else {"videos": 0}
    return Limits.of(LIMITS, text_unit="characters", thread_parts=None, **more)


def promise_of(server: Mapping[str, Any]) -> Promise:
    is_mastodon = server.get("source_url") == TRUE_SOURCE and TRUE_VERSION.fullmatch(
        str(server.get("version"))
    )
    return KEEPS_KEYS if is_mastodon else CAN_BE_READ


def _software(instance: Instance) -> str:
    """`Mastodon`, or what another server calls itself; empty where it does not say."""
    if compatible := re.search(r"\(compatible; (\w+)", instance.version):
        return compatible.group(1)
    name = (instance.source_url or "").rstrip("/").rsplit("/", 1)[-1]
    return "Mastodon" if name == "mastodon" else name


def _at(stated: Any, *path: str) -> Any:
    for name in path:
        stated = stated.get(name) if isinstance(stated, dict) else None
    return stated
