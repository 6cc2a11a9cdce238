"""What the Threads sandbox must get right, so that an adapter that passes here passes there."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandboxes.serving import Sandbox, running
from tests.pictures import RED_DOT
from tests.sandboxes.graph import Program, error_of, program
from tests.videos import CLIP

DAY = 24 * 3600


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("threads") as sandbox:
        yield sandbox


@pytest.fixture
def us(sandbox: Sandbox) -> Iterator[Program]:
    with program(sandbox, "/v1.0") as us:
        yield us


def publish(us: Program, container: str) -> httpx.Response:
    return us.post(f"/{us.id}/threads_publish", creation_id=container)


def published(us: Program, **form: Any) -> str:
    reply = publish(us, us.make("threads", **({"media_type": "TEXT", "text": "Bread"} | form)))
    assert reply.status_code == 200, reply.text
    id_: str = reply.json()["id"]
    return id_


def test_a_text_is_a_container_too_and_published_once(us: Program) -> None:
    container = us.make("threads", media_type="TEXT", text="Bread")
    assert us.control.posts() == []
    told = us.get(f"/{container}", fields="status,error_message").json()
    assert told == {"id": container, "status": "FINISHED"}
    assert publish(us, container).status_code == 200
    assert error_of(publish(us, container)) == (24, 2207006)
    assert [post["text"] for post in us.control.posts()] == ["Bread"]


def test_an_emoji_counts_for_its_bytes(us: Program) -> None:
    taken = us.post(f"/{us.id}/threads", media_type="TEXT", text="👋🏽" * 62 + "1234")
    assert taken.status_code == 200
    refused = us.post(f"/{us.id}/threads", media_type="TEXT", text="👋🏽" * 62 + "12345")
    assert error_of(refused) == (100, None)


ANSWERS = {"option_a": "Rye", "option_b": "Wheat"}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"media_type": "SONG", "text": "a"},
        {"media_type": "TEXT"},
        {"media_type": "TEXT", "text": " ".join(f"https://ex{n}.com" for n in range(6))},
        {"media_type": "TEXT", "text": "a", "reply_to_id": "1"},
        {"media_type": "TEXT", "text": "a", "reply_control": "nobody"},
        {"media_type": "TEXT", "text": "a", "topic_tag": "a.b"},
        {"media_type": "TEXT", "text": "a", "poll_attachment": json.dumps({"option_a": "Rye"})},
        {
            "media_type": "TEXT",
            "text": "a",
            "poll_attachment": json.dumps(ANSWERS | {"option_d": "x"}),
        },
        {
            "media_type": "TEXT",
            "text": "a",
            "poll_attachment": json.dumps(ANSWERS | {"option_c": "x" * 26}),
        },
        {"media_type": "IMAGE", "image_url": "JPEG", "poll_attachment": json.dumps(ANSWERS)},
        {"media_type": "IMAGE", "image_url": "JPEG", "link_attachment": "https://ex.com"},
        {"media_type": "IMAGE", "image_url": "WEBP"},
        {"media_type": "IMAGE", "image_url": "JPEG", "alt_text": "x" * 1001},
        {"media_type": "VIDEO"},
        {"media_type": "CAROUSEL", "children": "1"},
    ],
    ids=str,
)
def test_what_is_not_taken_is_refused(us: Program, form: dict[str, str]) -> None:
    files = {"JPEG": us.image(), "WEBP": us.image("WEBP")}
    given = {name: files.get(value, value) for name, value in form.items()}
    assert error_of(us.post(f"/{us.id}/threads", **given)) == (100, None)


def test_files_are_really_fetched(us: Program) -> None:
    nowhere = us.post(f"/{us.id}/threads", media_type="IMAGE", image_url=us.url + "/nowhere")
    assert error_of(nowhere) == (9004, 2207052)
    for address, word in (
        (us.url + "/nowhere", "FAILED_DOWNLOADING_VIDEO"),
        (us.file(RED_DOT), "FAILED_PROCESSING_VIDEO"),
    ):
        container = us.make("threads", media_type="VIDEO", video_url=address)
        us.get(f"/{container}", fields="status")
        told = us.get(f"/{container}", fields="status,error_message").json()
        assert (told["status"], told["error_message"]) == ("ERROR", word)


def test_a_carousel_holds_both_kinds_of_file(us: Program) -> None:
    item = us.make(
        "threads", media_type="IMAGE", image_url=us.image("PNG"), is_carousel_item="true"
    )
    film = us.make("threads", media_type="VIDEO", video_url=us.file(CLIP), is_carousel_item="true")
    us.get(f"/{film}", fields="status")
    whole = us.make("threads", media_type="CAROUSEL", children=f"{item},{film}", text="All")
    assert publish(us, whole).status_code == 200
    [post] = us.control.posts()
    assert (post["text"], len(post["images"])) == ("All", 2)


def test_an_answer_stands_under_what_it_names_and_has_its_own_quota(us: Program) -> None:
    us.control.change_settings(posts_per_day=1, replies_per_day=1)
    first = published(us, text="one")
    second = published(us, text="two", reply_to_id=first)
    for form in ({"text": "a"}, {"text": "a", "reply_to_id": first}):
        full = publish(us, us.make("threads", media_type="TEXT", **form))
        assert error_of(full) == (9, 2207042)
    fields = "quota_usage,config,reply_quota_usage,reply_config"
    [told] = us.get(f"/{us.id}/threads_publishing_limit", fields=fields).json()["data"]
    config = {"quota_total": 1, "quota_duration": DAY}
    assert told == {
        "quota_usage": 1,
        "config": config,
        "reply_quota_usage": 1,
        "reply_config": config,
    }
    asked = {"fields": "id,text,replied_to"}
    assert us.get(f"/{us.id}/threads", **asked).json()["data"] == [{"id": first, "text": "one"}]
    assert us.get(f"/{us.id}/replies", **asked).json()["data"] == [
        {"id": second, "text": "two", "replied_to": {"id": first}}
    ]


def test_lists_lag_if_they_are_told_to(us: Program) -> None:
    us.control.change_settings(list_lag_seconds=60)
    published(us)
    assert us.get(f"/{us.id}/threads").json() == {"data": []}
    us.control.advance(seconds=61)
    assert len(us.get(f"/{us.id}/threads").json()["data"]) == 1


def test_deleting_is_for_ones_own_and_so_often_a_day(us: Program) -> None:
    us.control.change_settings(deletes_per_day=1)
    ours, theirs = published(us), us.control.act(who="ayse", do="post", text="Hi")["id"]
    assert error_of(us.http.delete(f"/{theirs}")) == (100, 33)
    assert us.http.delete(f"/{ours}").json() == {"success": True, "deleted_id": ours}
    assert error_of(us.http.delete(f"/{ours}")) == (100, 33)
    assert error_of(us.http.delete(f"/{published(us)}")) == (9, 2207042)
    assert [post["deleted"] for post in us.control.posts()] == [True, False, False]


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        ("threads_basic", "POST", "/{id}/threads"),
        ("threads_basic", "DELETE", "/{post}"),
        ("threads_basic", "GET", "/{id}/replies"),
        ("threads_content_publish", "GET", "/me"),
        ("threads_basic threads_content_publish", "POST", "/{id}/threads?reply_to_id={post}"),
    ],
)
def test_what_a_token_may_not_is_refused(us: Program, scopes: str, method: str, path: str) -> None:
    post = published(us)
    token = us.control.create_account("bakery", scopes=scopes)["access_token"]
    path, _, query = path.format(id=us.id, post=post).partition("?")
    form = {"media_type": "TEXT", "text": "a"} | dict(
        each.split("=") for each in query.split("&") if each
    )
    data = form if method == "POST" else None
    headers = {"Authorization": f"Bearer {token}"}
    assert error_of(us.http.request(method, path, data=data, headers=headers)) == (10, None)
