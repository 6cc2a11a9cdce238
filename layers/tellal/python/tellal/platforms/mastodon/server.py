"""What a server says of itself when a channel is connected, and what follows from it.

Kept with the channel as plain JSON: numbers, strings and lists of strings.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tellal.platforms import images
from tellal.platforms.mastodon.answers import Instance
from tellal.platforms.protocol import Guarantee, Limits, Promise, Sourced

SOURCE = "https://docs.joinmastodon.org/entities/Instance/"
LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(500, SOURCE),
    "link_length": Sourced(23, SOURCE),
    "images": Sourced(4, SOURCE),
    "image_bytes": Sourced(16_777_216, SOURCE),
    "image_pixels": Sourced(33_177_600, SOURCE),
    "image_types": Sourced(("image/jpeg", "image/png", "image/gif", "image/webp"), SOURCE),
    "alt_text_length": Sourced(1500, SOURCE),
}
# Where /api/v2/instance tells them, below `configuration`.
STATED_AT = {
    "text_length": ("statuses", "max_characters"),
    "link_length": ("statuses", "characters_reserved_per_url"),
    "images": ("statuses", "max_media_attachments"),
    "image_bytes": ("media_attachments", "image_size_limit"),
    "image_pixels": ("media_attachments", "image_matrix_limit"),
    "image_types": ("media_attachments", "supported_mime_types"),
    "alt_text_length": ("media_attachments", "description_limit"),
}
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
    known: dict[str, Any] = {name: server.get(name, limit.value) for name, limit in LIMITS.items()}
    types = images.TYPES & frozenset(known.pop("image_types"))
    numbers: dict[str, Any] = {name: int(value) for name, value in known.items()}
    return Limits(text_unit="characters", thread_parts=None, image_types=types, **numbers)


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
