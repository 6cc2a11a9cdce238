"""The faults that this suite needs of a sandbox, and whether the platform acted."""

from collections.abc import Iterator

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running

STATUSES = "/api/v1/statuses"


@pytest.fixture
def mastodon() -> Iterator[tuple[httpx.Client, Control, str]]:
    with running("mastodon") as sandbox:
        account = sandbox.control.create_account("bakery")
        headers = {"Authorization": f"Bearer {account['access_token']}"}
        with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as http:
            yield http, sandbox.control, f"/api/v1/accounts/{account['id']}/statuses"


Mastodon = tuple[httpx.Client, Control, str]


def test_a_request_that_is_cut_off_is_not_acted_on(mastodon: Mastodon) -> None:
    http, control, _ = mastodon
    control.fail("cut_request", path=STATUSES)
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(STATUSES, json={"status": "bread"})
    assert control.posts() == []


def test_an_answer_that_stalls_was_acted_on(mastodon: Mastodon) -> None:
    http, control, _ = mastodon
    control.fail("stall", path=STATUSES, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        http.post(STATUSES, json={"status": "bread"}, timeout=0.05)
    assert len(control.posts()) == 1


def test_a_list_that_lags_shows_what_is_old_enough(mastodon: Mastodon) -> None:
    http, control, listed = mastodon
    control.change_settings(list_lag_seconds=300)
    http.post(STATUSES, json={"status": "bread"})
    assert http.get(listed).json() == []
    control.advance(seconds=301)
    assert len(http.get(listed).json()) == 1
