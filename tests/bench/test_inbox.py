"""What the measurement of the inbox sends is what Facebook signs; what it counts is rows."""

from typing import Any

import pytest

from bench.calls import rows_written
from bench.inbox import missed
from bench.pages import PAGE_ID, SECRET, Sent, comment, message, records
from tellal.inbox.webhooks import of_record
from tellal.platforms.facebook import Facebook
from tellal.platforms.hearing import AppSecrets

GOOD: dict[str, Any] = {"sent": 800, "refused": 0, "stored": 800, "writes_per_message": 3.0}


@pytest.mark.parametrize("sent", [comment("Open?", person="a"), message("Hello", person="b")])
def test_what_is_sent_verifies_and_is_heard_under_the_id_that_is_looked_for(sent: Sent) -> None:
    [record] = records([sent])["Records"]
    webhook = of_record(record)
    Facebook.verify(webhook.body, webhook.headers, [AppSecrets((SECRET,))])
    [heard] = Facebook.normalise(webhook.body).heard
    assert (heard.channel_remote_id, heard.remote_id) == (PAGE_ID, sent.remote_id)
    assert heard.author.remote_id == sent.person


def test_rows_are_counted_and_not_calls() -> None:
    writes: list[Any] = [{"Put": {}}, {"Update": {}}, {"ConditionCheck": {}}, {"Delete": {}}]
    assert rows_written("TransactWriteItems", {"TransactItems": writes}) == 3
    assert rows_written("BatchWriteItem", {"RequestItems": {"a": [1, 2], "b": [3]}}) == 3
    assert rows_written("UpdateItem", {}) == 1
    assert rows_written("Query", {}) == 0


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"refused": 1, "stored": 799}, "1 of 800 webhooks were refused"),
        ({"stored": 798}, "2 webhooks were accepted and are not in the inbox"),
        ({"writes_per_message": 3.5}, "writes 3.5 rows, above 3"),
        ({"writes_per_message": 0.0}, "nothing was counted"),
    ],
)
def test_a_limit_that_does_not_hold_is_a_sentence(facts: dict[str, Any], words: str) -> None:
    assert list(missed(GOOD)) == []
    [sentence] = missed({**GOOD, **facts})
    assert words in sentence
