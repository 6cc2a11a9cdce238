"""Each fault on order: what the client sees, and whether the platform acted."""

from typing import Any

import httpx
import pytest

from tests.sandboxes.conftest import Client

STATUSES = "/api/v1/statuses"
BREAD = {"status": "bread"}


def published(mastodon: Client) -> int:
    return len(mastodon.control.posts())


def last_request(mastodon: Client) -> tuple[Any, Any]:
    entry = mastodon.control.requests()[-1]
    return entry["status"], entry["fault"]


def test_drop_after_acts_and_closes_the_connection_unanswered(mastodon: Client) -> None:
    mastodon.control.fail("drop_after", path=STATUSES, method="POST")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        mastodon.post(STATUSES, json=BREAD)
    assert published(mastodon) == 1
    assert last_request(mastodon) == (None, "drop_after")


def test_fail_before_answers_500_and_did_nothing(mastodon: Client) -> None:
    mastodon.control.fail("fail_before", path=STATUSES)
    assert mastodon.post(STATUSES, json=BREAD).status_code == 500
    assert published(mastodon) == 0


def test_fail_after_answers_500_and_did_it(mastodon: Client) -> None:
    mastodon.control.fail("fail_after", path=STATUSES)
    assert mastodon.post(STATUSES, json=BREAD).status_code == 500
    assert published(mastodon) == 1
    assert last_request(mastodon) == (500, "fail_after")


def test_status_answers_as_told_and_did_nothing(mastodon: Client) -> None:
    mastodon.control.fail(
        "status", path=STATUSES, status=429, headers={"Retry-After": "7"}, body={"error": "slow"}
    )
    answer = mastodon.post(STATUSES, json=BREAD)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json() == {"error": "slow"}
    assert published(mastodon) == 0


def test_hang_outwaits_the_impatient_and_answers_the_patient(mastodon: Client) -> None:
    mastodon.control.fail("hang", path=STATUSES, seconds=0.3, times=2)
    with pytest.raises(httpx.ReadTimeout):
        mastodon.post(STATUSES, json=BREAD, timeout=0.05)
    # This one waits as long, but from later on: when it is answered, both have acted.
    answer = mastodon.post(STATUSES, json=BREAD)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3
    assert published(mastodon) == 2


def test_the_nth_request_fails_and_no_other(mastodon: Client) -> None:
    mastodon.control.fail("fail_before", path="/api/v1/stat*", method="POST", nth=2)
    mastodon.get(STATUSES)
    codes = [mastodon.post(STATUSES, json=BREAD).status_code for _ in range(3)]
    assert codes == [200, 500, 200]
    assert mastodon.control.faults() == []


def test_the_first_times_requests_fail_and_then_none(mastodon: Client) -> None:
    mastodon.control.fail("fail_before", path=STATUSES, times=2)
    codes = [mastodon.post(STATUSES, json=BREAD).status_code for _ in range(3)]
    assert codes == [500, 500, 200]


def test_a_rule_may_begin_after_some_requests(mastodon: Client) -> None:
    mastodon.control.fail("fail_before", path=STATUSES, after=1, times=2)
    codes = [mastodon.post(STATUSES, json=BREAD).status_code for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    assert mastodon.control.faults() == []


def test_rules_that_were_dropped_do_nothing(mastodon: Client) -> None:
    mastodon.control.fail("fail_before", path="*", times=5)
    mastodon.control.drop_faults()
    assert mastodon.post(STATUSES, json=BREAD).status_code == 200


def test_a_rule_that_cannot_be_understood_is_refused(mastodon: Client) -> None:
    with pytest.raises(RuntimeError, match="nth or times"):
        mastodon.control.fail("hang", path="*", nth=1, times=1)
