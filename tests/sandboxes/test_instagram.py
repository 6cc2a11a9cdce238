"""What the Instagram sandbox must get right, so that an adapter that passes here passes there."""

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
    with running("instagram") as sandbox:
        yield sandbox


@pytest.fixture
def us(sandbox: Sandbox) -> Iterator[Program]:
    with program(sandbox, "/v25.0") as us:
        yield us


def status(us: Program, container: str) -> Any:
    return us.get(f"/{container}", fields="status_code,status").json()


def publish(us: Program, container: str) -> httpx.Response:
    return us.post(f"/{us.id}/media_publish", creation_id=container)


def published(us: Program, **form: Any) -> str:
    reply = publish(us, us.make("media", **({"image_url": us.image()} | form)))
    assert reply.status_code == 200, reply.text
    id_: str = reply.json()["id"]
    return id_


def test_a_container_is_not_public_until_it_is_published(us: Program) -> None:
    container = us.make("media", image_url=us.image(), caption="Bread", alt_text="A loaf")
    assert status(us, container)["status_code"] == "FINISHED"
    assert us.control.posts() == []
    publish(us, container)
    [post] = us.control.posts()
    assert (post["text"], post["images"][0]["alt"]) == ("Bread", "A loaf")
    assert status(us, container)["status_code"] == "PUBLISHED"


def test_a_container_is_published_once(us: Program) -> None:
    container = us.make("media", image_url=us.image())
    assert publish(us, container).status_code == 200
    assert error_of(publish(us, container)) == (24, 2207006)
    assert len(us.control.posts()) == 1


def test_a_container_lives_for_a_day(us: Program) -> None:
    us.control.change_settings(long_seconds=10 * DAY)
    container = us.make("media", image_url=us.image())
    us.control.advance(seconds=DAY)
    assert status(us, container)["status_code"] == "EXPIRED"
    assert error_of(publish(us, container)) == (24, 2207008)


def test_only_what_is_ready_is_published(us: Program) -> None:
    us.control.change_settings(image_polls=2)
    container = us.make("media", image_url=us.image())
    assert error_of(publish(us, container)) == (9007, 2207027)
    asked = [status(us, container)["status_code"] for _ in range(3)]
    assert asked == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    assert publish(us, container).status_code == 200


def test_a_picture_is_fetched_and_must_be_a_jpeg_that_fits(us: Program) -> None:
    refused = {
        us.url + "/nowhere": (9004, 2207052),
        us.file(b"<html>"): (9004, 2207052),
        us.file(RED_DOT): (36001, 2207005),
        us.image("WEBP"): (36001, 2207005),
        us.image(size=(100, 200)): (36003, 2207009),
        us.image(size=(200, 100)): (36003, 2207009),
    }
    for address, code in refused.items():
        reply = us.post(f"/{us.id}/media", image_url=address)
        assert error_of(reply) == code, address
    tall = us.post(f"/{us.id}/media", image_url=us.image(size=(90, 160)), media_type="STORIES")
    assert tall.status_code == 200


def test_what_is_wrong_with_a_film_is_told_by_its_container(us: Program) -> None:
    for address, code in ((us.file(RED_DOT), "2207026"), (us.url + "/nowhere", "2207052")):
        container = us.make("media", media_type="REELS", video_url=address)
        assert status(us, container)["status_code"] == "IN_PROGRESS"
        told = status(us, container)
        assert told["status_code"] == "ERROR"
        assert code in told["status"]
        assert error_of(publish(us, container)) == (24, 2207008)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, (100, None)),
        ({"image_url": "JPEG", "video_url": "MP4"}, (100, None)),
        ({"video_url": "MP4"}, (100, None)),
        ({"video_url": "MP4", "media_type": "VIDEO"}, (100, None)),
        ({"image_url": "JPEG", "media_type": "REELS"}, (100, None)),
        ({"image_url": "JPEG", "media_type": "LIVE"}, (100, 2207023)),
        ({"image_url": "JPEG", "caption": "x" * 2201}, (36004, 2207010)),
        ({"image_url": "JPEG", "caption": "#a " * 31}, (36004, 2207010)),
        ({"image_url": "JPEG", "caption": "@a " * 21}, (36004, 2207010)),
        ({"image_url": "JPEG", "alt_text": "x" * 1001}, (100, None)),
        ({"video_url": "MP4", "media_type": "REELS", "alt_text": "x"}, (100, None)),
        ({"image_url": "JPEG", "collaborators": "ann,ben"}, (100, None)),
        ({"image_url": "JPEG", "collaborators": '["a", "b", "c", "d"]'}, (100, None)),
        ({"image_url": "JPEG", "location_id": "here"}, (100, None)),
        ({"video_url": "MP4", "media_type": "REELS", "thumb_offset": "-1"}, (1, 2207057)),
        ({"media_type": "CAROUSEL", "children": "1"}, (100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (24, 2207008)),
    ],
    ids=str,
)
def test_what_is_not_taken_is_refused_with_its_code(
    us: Program, form: dict[str, str], code: tuple[int, int | None]
) -> None:
    files = {"JPEG": us.image(), "MP4": us.file(CLIP)}
    given = {name: files.get(value, value) for name, value in form.items()}
    assert error_of(us.post(f"/{us.id}/media", **given)) == code


def test_a_carousel_is_made_of_items_that_are_ready(us: Program) -> None:
    plain = us.make("media", image_url=us.image())
    item = us.make("media", image_url=us.image(), is_carousel_item="true")
    film = us.make("media", video_url=us.file(CLIP), media_type="VIDEO", is_carousel_item="true")
    carousel = {"media_type": "CAROUSEL", "caption": "All"}
    made = us.post(f"/{us.id}/media", children=f"{item},{plain}", **carousel)
    assert error_of(made) == (100, None)
    made = us.post(f"/{us.id}/media", children=f"{item},{film}", **carousel)
    assert error_of(made) == (9007, 2207027)
    status(us, film)
    whole = us.make("media", children=f"{item},{film}", **carousel)
    assert error_of(publish(us, item)) == (100, None)
    assert publish(us, whole).status_code == 200
    [post] = us.control.posts()
    assert (post["text"], len(post["images"])) == ("All", 2)


def test_the_quota_is_of_a_rolling_day_and_told(us: Program) -> None:
    us.control.change_settings(posts_per_day=2, long_seconds=10 * DAY)
    published(us)
    us.control.advance(seconds=DAY / 2)
    published(us)
    limit = f"/{us.id}/content_publishing_limit"
    told = us.get(limit, fields="quota_usage,config").json()["data"]
    assert told == [{"quota_usage": 2, "config": {"quota_total": 2, "quota_duration": DAY}}]
    assert us.get(limit).json() == {"data": [{"quota_usage": 2}]}
    full = publish(us, us.make("media", image_url=us.image()))
    assert error_of(full) == (9, 2207042)
    us.control.advance(seconds=DAY / 2)
    published(us)


def test_only_so_many_containers_are_made_in_a_day(us: Program) -> None:
    us.control.change_settings(containers_per_day=1)
    us.make("media", image_url=us.image())
    assert error_of(us.post(f"/{us.id}/media", image_url=us.image())) == (4, None)


def test_lists_show_the_fields_that_are_asked_for_and_lag(us: Program) -> None:
    us.control.change_settings(list_lag_seconds=60)
    post = published(us, caption="Bread")
    story = published(us, media_type="STORIES")
    media, stories = f"/{us.id}/media", f"/{us.id}/stories"
    assert us.get(media).json() == us.get(stories).json() == {"data": []}
    us.control.advance(seconds=61)
    listed = us.get(media, fields="id,caption").json()
    assert listed["data"] == [{"id": post, "caption": "Bread"}]
    assert us.get(stories).json()["data"] == [{"id": story}]
    told = us.get(f"/{post}", fields="permalink,media_type,timestamp").json()
    assert told["media_type"] == "IMAGE"
    assert told["timestamp"].endswith("+0000")
    assert httpx.get(told["permalink"], trust_env=False).status_code == 200


def test_a_comment_stands_under_a_post_and_never_under_a_story(us: Program) -> None:
    post, story = published(us), published(us, media_type="STORIES")
    reply = us.post(f"/{post}/comments", message="#bread")
    assert reply.status_code == 200
    assert error_of(us.post(f"/{story}/comments", message="#bread")) == (100, None)
    assert error_of(us.post(f"/{post}/comments", message=" ")) == (100, None)
    us.control.act(who="ayse", do="reply", post=post, text="Yum")
    [listed] = us.get(f"/{us.id}/media", fields="id,comments.limit(50){id,text,username}").json()[
        "data"
    ]
    assert [each["text"] for each in listed["comments"]["data"]] == ["Yum", "#bread"]
    shown = {each["text"]: each["in_reply_to"] for each in us.control.posts()}
    assert (shown["#bread"], shown["Yum"]) == (post, post)


def test_a_token_is_whole_alive_and_allows_what_it_allows(us: Program) -> None:
    def asked(token: str, **params: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{us.url}/v25.0/me", headers=headers, params=params, trust_env=False)

    assert asked(us.token).status_code == 200
    assert asked("", access_token=us.token).status_code == 200
    assert error_of(asked("")) == error_of(asked("IGguessed")) == (190, None)
    basic = us.control.create_account("bakery", scopes="instagram_business_basic")["access_token"]
    headers = {"Authorization": f"Bearer {basic}"}
    refused = us.http.post(f"/{us.id}/media", data={"image_url": us.image()}, headers=headers)
    assert error_of(refused) == (10, None)
    us.control.advance(seconds=60 * DAY)
    assert error_of(asked(us.token)) == (190, 463)


def test_nobody_publishes_for_somebody_else(us: Program) -> None:
    other = us.control.create_account("ayse")["id"]
    assert error_of(us.post(f"/{other}/media", image_url=us.image())) == (100, 33)
    container = us.make("media", image_url=us.image())
    theirs = us.control.create_account("ayse")["access_token"]
    headers = {"Authorization": f"Bearer {theirs}"}
    form = {"creation_id": container}
    refused = us.http.post(f"/{other}/media_publish", data=form, headers=headers)
    assert error_of(refused) == (24, 2207008)
