"""Polls on the Mastodon sandbox: what is one, and what the server says of one that is not.

https://docs.joinmastodon.org/methods/statuses/#create
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.answers import Refusal
from local.sandboxes.fields import Fields
from local.sandboxes.mastodon.refusals import invalid
from local.sandboxes.mastodon.state import Poll, Settings
from local.sandboxes.mastodon.text import count_graphemes


def read_poll(
    settings: Settings, fields: Fields, *, with_media: bool, now: datetime
) -> Poll | None:
    """As JSON gives it; a form's `poll[options][]` is not spoken here."""
    given = fields.values.get("poll")
    if not isinstance(given, dict):
        return None
    if with_media:
        sentence = f"Cannot attach more than {settings.max_media_attachments} files"
        raise Refusal(422, {"error": sentence})
    options, seconds = _options(given), _seconds(given)
    if wrong := ", ".join(_wrong(settings, options, seconds)):
        raise invalid(wrong)
    return Poll(
        options=options,
        multiple=given.get("multiple") is True,
        expires_at=now + timedelta(seconds=seconds),
    )


def _options(given: dict[str, Any]) -> list[str]:
    listed = given.get("options")
    texts = [str(each).strip() for each in listed] if isinstance(listed, list) else []
    return [text for text in texts if text]


def _seconds(given: dict[str, Any]) -> int:
    seconds = given.get("expires_in")
    return seconds if isinstance(seconds, int) else 0


def _wrong(settings: Settings, options: list[str], seconds: int) -> Iterator[str]:
    if len(options) < 2:
        yield "Options must have more than one item"
    if len(options) > settings.max_poll_options:
        yield f"Options can't contain more than {settings.max_poll_options} items"
    if any(count_graphemes(each) > settings.max_poll_option_characters for each in options):
        most = settings.max_poll_option_characters
        yield f"Options cannot be longer than {most} characters each"
    if len(set(options)) < len(options):
        yield "Options contain duplicate items"
    if seconds > settings.max_poll_seconds:
        yield "Expires at is too far into the future"
    if seconds < settings.min_poll_seconds:
        yield "Expires at is too soon"
