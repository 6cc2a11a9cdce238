from collections.abc import Mapping
from typing import Any

import pytest

from tellal.stores import schema
from tellal.stores.table import Table, decoded, encoded


def test_what_is_kept_comes_back_as_it_was() -> None:
    item = {
        "text": "Günaydın 👋",
        "count": 3,
        "share": 0.25,
        "yes": True,
        "list": ["a", {"b": None}],
        "empty": {},
        "bytes": b"\x00",
    }

    assert decoded(encoded(item)) == {**item, "list": ["a", {}]}


def test_nothing_is_kept_of_what_is_none() -> None:
    assert encoded({"a": None}) == {}


def test_a_kind_of_value_that_we_do_not_keep_is_refused() -> None:
    with pytest.raises(TypeError, match="a set cannot be kept"):
        encoded({"a": {1, 2}})


def test_a_number_is_raised_from_nothing_and_facts_set_along_with_it() -> None:
    once = Table(None, schema.ONCE, "Once")  # type: ignore[arg-type]  # nothing is sent
    [[kind, update]] = once.adding("spent#1", "spent", 5, also={"until": 7}).items()

    assert kind == "Update"
    assert update["Key"] == {"once_key": {"S": "spent#1"}}
    assert update["UpdateExpression"] == "ADD #spent :by_spent SET #until = :until"
    assert update["ExpressionAttributeValues"] == {":by_spent": {"N": "5"}, ":until": {"N": "7"}}
    assert "ConditionExpression" not in update


def test_a_number_is_raised_up_to_a_most_and_no_further() -> None:
    once = Table(None, schema.ONCE, "Once")  # type: ignore[arg-type]  # nothing is sent
    update = once.adding("spent#1", "spent", 5, also={"until": 7}, most=10)["Update"]

    assert update["ConditionExpression"] == "attribute_not_exists(#spent) OR #spent <= :most"
    assert update["ExpressionAttributeValues"][":most"] == {"N": "10"}


class Answering:
    """A client that answers with what it is given, in turn, and keeps what it was asked."""

    def __init__(self, *replies: Mapping[str, Any]) -> None:
        self.replies, self.asked = list(replies), list[Any]()

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Any:  # noqa: N803 – boto3's
        self.asked.append(RequestItems)
        return self.replies.pop(0)


def test_items_of_two_tables_are_read_in_one_call() -> None:
    answers = {"Channels": [{"name": {"S": "Acme"}}], "Credentials": []}
    client: Any = Answering({"Responses": answers, "UnprocessedKeys": {}})
    channels = Table(client, schema.CHANNELS, "Channels")
    credentials = Table(client, schema.CREDENTIALS, "Credentials")

    assert channels.get_beside("ch_1", credentials, "ch_1") == ({"name": "Acme"}, None)

    asked = {"Keys": [{"channel_id": {"S": "ch_1"}}], "ConsistentRead": True}
    assert client.asked == [{"Channels": asked, "Credentials": asked}]


def test_what_dynamodb_left_out_of_an_answer_is_asked_for_again() -> None:
    left = {"Credentials": {"Keys": [{"channel_id": {"S": "ch_1"}}], "ConsistentRead": True}}
    client: Any = Answering(
        {"Responses": {"Channels": [{"name": {"S": "Acme"}}]}, "UnprocessedKeys": left},
        {"Responses": {"Credentials": [{"sealed": {"S": "x"}}]}, "UnprocessedKeys": {}},
    )
    channels = Table(client, schema.CHANNELS, "Channels")
    credentials = Table(client, schema.CREDENTIALS, "Credentials")

    found = channels.get_beside("ch_1", credentials, "ch_1")

    assert found == ({"name": "Acme"}, {"sealed": "x"})
    assert client.asked[1] == left
