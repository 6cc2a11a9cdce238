"""Running a sandbox: its ports, its memory, its pages and its journal."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from local.sandboxes.serving import PortInUse, StateUnreadable, running
from tests.sandboxes.conftest import Client


def test_a_port_in_use_is_one_clear_sentence(mastodon: Client) -> None:
    port = httpx.URL(mastodon.url).port
    assert port is not None
    with pytest.raises(PortInUse, match=f"Port {port} .* is in use"), running("bluesky", port=port):
        pass


@pytest.mark.parametrize("name", ["mastodon", "bluesky"])
def test_what_was_published_survives_a_restart(name: str, tmp_path: Path) -> None:
    state = tmp_path / "kept" / "state.json"
    with running(name, state=state) as sandbox:
        sandbox.control.create_account("bakery")
        sandbox.control.act(who="ayse", do="post", text="good morning")
        before = sandbox.control.posts()
    assert json.loads(state.read_text())["accounts"]
    with running(name, state=state) as sandbox:
        after = sandbox.control.posts()
        sandbox.control.act(who="ayse", do="like", post=after[0]["id"])
    assert [post["id"] for post in after] == [post["id"] for post in before]


def test_a_state_file_of_something_else_is_one_clear_sentence(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"accounts": 7}')
    with pytest.raises(StateUnreadable, match=r"state\.json"), running("mastodon", state=state):
        pass


def test_a_media_file_survives_a_restart(tmp_path: Path, picture: bytes) -> None:
    state = tmp_path / "state.json"
    with running("mastodon", state=state) as sandbox:
        token = sandbox.control.create_account("bakery")["access_token"]
        media = httpx.post(
            f"{sandbox.url}/api/v2/media",
            files={"file": ("a.png", picture, "image/png")},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ).json()
    with running("mastodon", state=state) as sandbox:
        url = f"{sandbox.url}/media/{media['id']}"
        assert httpx.get(url, trust_env=False).content == picture


def test_a_permalink_shows_the_post_with_its_image_and_answers(
    mastodon: Client, picture: bytes
) -> None:
    files = {"file": ("a.png", picture, "image/png")}
    media = mastodon.post("/api/v2/media", files=files, data={"description": "a <loaf>"}).json()
    body = {"status": "bread & butter", "media_ids": [media["id"]]}
    status = mastodon.post("/api/v1/statuses", json=body).json()
    mastodon.control.act(who="ayse", do="reply", post=status["id"], text="mine?")
    page = httpx.get(status["url"], trust_env=False)
    assert page.status_code == 200
    for shown in ("bread &amp; butter", media["url"], "a &lt;loaf&gt;", "mine?"):
        assert shown in page.text
    assert "bread &amp; butter" in httpx.get(mastodon.url, trust_env=False).text
    mastodon.http.delete(f"/api/v1/statuses/{status['id']}")
    assert httpx.get(status["url"], trust_env=False).status_code == 404


def test_a_bluesky_permalink_works_by_handle_and_by_did(bluesky: Client) -> None:
    bluesky.control.act(who="ayse", do="post", text="good morning")
    post = bluesky.control.posts()[0]
    did = post["id"].split("/")[2]
    for url in (post["url"], post["url"].replace(post["author"], did)):
        assert "good morning" in httpx.get(url, trust_env=False).text


def test_the_journal_holds_every_request_to_the_platform_and_no_token(mastodon: Client) -> None:
    mastodon.get("/api/v1/notifications", params={"limit": 1})
    mastodon.post("/api/v1/statuses", json={"status": ""})
    entries = mastodon.control.requests()
    assert [(e["method"], e["path"], e["status"]) for e in entries] == [
        ("GET", "/api/v1/notifications", 200),
        ("POST", "/api/v1/statuses", 422),
    ]
    assert mastodon.secret not in json.dumps(entries)


def test_received_at_is_the_requests_arrival_to_the_millisecond(mastodon: Client) -> None:
    mastodon.control.advance(seconds=3600)
    mastodon.post("/api/v1/statuses", json={"status": "bread"})
    post = mastodon.control.posts()[0]
    assert post["received_at"] == mastodon.control.requests()[-1]["received_at"]
    received, created = (datetime.fromisoformat(post[at]) for at in ("received_at", "created_at"))
    assert timedelta() <= created - received < timedelta(seconds=1)
    assert post["received_at"][-5] == "."


def test_a_reset_forgets_everything_but_the_clock(mastodon: Client) -> None:
    mastodon.post("/api/v1/statuses", json={"status": "bread"})
    mastodon.control.fail("fail_before", path="*")
    mastodon.control.reset()
    assert (
        mastodon.control.posts() == mastodon.control.requests() == mastodon.control.faults() == []
    )
    assert mastodon.get("/api/v1/notifications").status_code == 401


def test_it_returns_to_a_mark_as_often_as_it_is_asked_to(mastodon: Client) -> None:
    mastodon.post("/api/v1/statuses", json={"status": "bread"})
    mastodon.control.mark("one loaf")
    for _ in range(2):
        mastodon.post("/api/v1/statuses", json={"status": "more bread"})
        mastodon.control.fail("fail_before", path="*")
        mastodon.control.return_to("one loaf")
        assert [post["text"] for post in mastodon.control.posts()] == ["bread"]
        assert mastodon.control.requests() == mastodon.control.faults() == []
        assert mastodon.get("/api/v1/notifications").status_code == 200


def test_a_mark_that_nobody_made_is_refused(mastodon: Client) -> None:
    with pytest.raises(RuntimeError, match="no mark called nowhere"):
        mastodon.control.return_to("nowhere")


def test_a_reset_may_begin_with_other_settings(mastodon: Client) -> None:
    mastodon.control.reset(max_characters=5)
    token = mastodon.control.create_account("bakery")["access_token"]
    asked = {"json": {"status": "bread, more"}, "headers": {"Authorization": f"Bearer {token}"}}
    assert mastodon.post("/api/v1/statuses", **asked).status_code == 422


def test_unknown_settings_are_refused(mastodon: Client) -> None:
    with pytest.raises(RuntimeError, match="400"):
        mastodon.control.change_settings(no_such_limit=1)
