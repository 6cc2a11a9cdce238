"""Whatever JSON a platform of Meta's may send: it is told, or it is a bad message. Nothing else."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tellal.errors import BadMessage
from tellal.platforms import PLATFORMS
from tellal.platforms.hearing import ReceivesWebhooks, Told

META = ("facebook", "instagram", "threads")
WORDS = (
    *("id", "time", "object", "entry", "changes", "messaging", "field", "value", "from"),
    *("feed", "mention", "mentions", "comments", "messages", "replies", "delete", "page"),
    *("instagram", "comment", "add", "edited", "remove", "item", "verb", "comment_id", "post_id"),
    *("parent_id", "message", "created_time", "sender", "timestamp", "mid", "text", "reply_to"),
    *("story", "attachments", "payload", "is_echo", "is_deleted", "message_edit", "media"),
    *("media_id", "values", "target_id", "root_post", "replied_to", "owner", "owner_id"),
    *("deleted_at", "username", "permalink", "2024-08-07T10:33:16+0000", "9", "77", "9_111"),
)
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-(10**20), 10**20)
    | some.floats()
    | some.sampled_from(WORDS)
    | some.text(max_size=5)
)
ANYTHING = some.recursive(
    LEAVES,
    lambda below: (
        some.lists(below, max_size=3)
        | some.dictionaries(some.sampled_from(WORDS) | some.text(max_size=3), below, max_size=4)
    ),
    max_leaves=12,
)


def shaped(*names: str) -> some.SearchStrategy[dict[str, Any]]:
    """An object with some of these, each as it should be or not."""
    known: dict[str, Any] = {
        "id": some.sampled_from(("9", "77", 9)),
        "time": some.integers(-1, 2 * 10**12),
        "timestamp": some.sampled_from((1760000000123, "2024-08-07T10:33:16+0000", "0001-01-01")),
        "created_time": some.integers(0, 10**30),
        "item": some.sampled_from(("comment", "post")),
        "verb": some.sampled_from(("add", "edited", "remove", "hide")),
    }
    usual = some.sampled_from(("9", "77", "9_111", "111_222", "hi"))
    fields = {name: known.get(name, usual) | ANYTHING for name in names}
    return some.fixed_dictionaries({}, optional=fields)


PERSON = shaped("id", "name", "username", "self_ig_scoped_id")
ABOVE = shaped("id", "owner_id", "username", "mid", "story")
COMMENT = some.builds(
    lambda value, person, media, above: {
        **value,
        "from": person,
        "media": media,
        "root_post": above,
        "owner": above,
    },
    shaped(
        *("item", "verb", "comment_id", "post_id", "parent_id", "message", "created_time", "id"),
        *("text", "media_id", "timestamp", "username", "deleted_at", "sender_id"),
    ),
    PERSON | ANYTHING,
    shaped("id", "original_media_id") | ANYTHING,
    ABOVE | ANYTHING,
)
CHANGE = some.fixed_dictionaries(
    {
        "field": some.sampled_from(("feed", "mention", "mentions", "comments", "replies", "delete"))
        | ANYTHING,
        "value": COMMENT | ANYTHING,
    }
)
MESSAGE = shaped("mid", "text", "attachments", "is_echo", "is_deleted", "reply_to")
EVENT = some.fixed_dictionaries(
    {"sender": PERSON | ANYTHING, "timestamp": some.integers(0, 2 * 10**12) | ANYTHING},
    optional={"message": MESSAGE | ANYTHING, "message_edit": MESSAGE, "postback": ANYTHING},
)
ENTRY = some.fixed_dictionaries(
    {"id": some.just("9") | ANYTHING},
    optional={
        "time": some.integers(0, 10**30),
        "changes": some.lists(CHANGE | ANYTHING, max_size=3) | ANYTHING,
        "messaging": some.lists(EVENT | ANYTHING, max_size=3) | ANYTHING,
        "field": some.sampled_from(("comments", "mentions")) | ANYTHING,
        "value": COMMENT | ANYTHING,
    },
)
BODY = some.fixed_dictionaries(
    {"object": some.sampled_from(("page", "instagram")) | ANYTHING},
    optional={
        "entry": some.lists(ENTRY | ANYTHING, max_size=3) | ANYTHING,
        "target_id": ANYTHING,
        "time": some.integers(0, 10**30),
        "values": some.lists(CHANGE | ANYTHING, max_size=3) | CHANGE | ANYTHING,
    },
)


@pytest.mark.parametrize("name", META)
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(told=BODY | some.lists(BODY, max_size=2) | ANYTHING)
def test_any_json_is_told_or_a_bad_message(name: str, told: Any) -> None:
    adapter = PLATFORMS[name]
    assert isinstance(adapter, ReceivesWebhooks)
    with suppress(BadMessage):
        assert isinstance(adapter.normalise(json.dumps(told).encode()), Told)


@pytest.mark.parametrize("name", META)
@settings(deadline=None, max_examples=100)
@given(body=some.binary(max_size=50) | some.text(max_size=50).map(str.encode))
def test_any_bytes_are_told_or_a_bad_message(name: str, body: bytes) -> None:
    adapter = PLATFORMS[name]
    assert isinstance(adapter, ReceivesWebhooks)
    with suppress(BadMessage):
        assert isinstance(adapter.normalise(body), Told)
