"""Whatever a body holds, it is read or refused: nothing else comes of it, on any platform."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellal.errors import BadMessage
from tellal.platforms import PLATFORMS
from tellal.platforms.hearing import ReceivesWebhooks, Told

WORDS = {
    "x": ["data", "event_type", "filter", "user_id", "payload", "id", "includes", "users"],
    "linkedin": ["type", "notifications", "action", "notificationId", "organizationalEntity"],
    "tiktok": ["event", "create_time", "user_openid", "content", "comment_id", "comment_action"],
}
KNOWN = [
    "dm.received",
    "post.mention.create",
    "post.delete",
    "post.repost.create",
    "oauth.revoke",
    "direct_message_events",
    "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",
    "COMMENT",
    "SHARE",
    "comment.update",
    "authorization.removed",
    "page",
    "feed",
    "messaging",
    "changes",
]
HEARING = sorted(n for n, each in PLATFORMS.items() if isinstance(each, ReceivesWebhooks))


def any_json(words: list[str]) -> st.SearchStrategy[Any]:
    names = st.sampled_from([*words, *KNOWN]) | st.text(max_size=5)
    values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | names
    return st.recursive(
        values,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
        max_leaves=12,
    )


def read(platform: str, body: bytes) -> None:
    adapter = PLATFORMS[platform]
    assert isinstance(adapter, ReceivesWebhooks)
    try:
        told = adapter.normalise(body)
    except BadMessage:
        return
    assert isinstance(told, Told)


@pytest.mark.parametrize("platform", HEARING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_json_is_told_or_a_bad_message(platform: str, data: st.DataObject) -> None:
    words = WORDS.get(platform, ["object", "entry", "id", "changes", "field", "value", "item"])
    whole = data.draw(any_json(words))
    read(platform, json.dumps(whole).encode())
    inner = data.draw(st.dictionaries(st.sampled_from(words), any_json(words), max_size=6))
    read(platform, json.dumps(inner).encode())
    read(platform, json.dumps({**_shell(platform), **inner}).encode())


def _shell(platform: str) -> dict[str, Any]:
    """As much of a body as makes it go on reading."""
    shells: dict[str, dict[str, Any]] = {
        "x": {"data": {"event_type": "dm.received", "payload": {}}},
        "linkedin": {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"},
        "tiktok": {"event": "comment.update", "create_time": 1760000000, "user_openid": "us"},
    }
    return shells.get(platform, {"object": "page"})


@pytest.mark.parametrize("platform", HEARING)
@settings(max_examples=25, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes_are_told_or_a_bad_message(platform: str, body: bytes) -> None:
    read(platform, body)
