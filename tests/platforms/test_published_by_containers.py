"""Instagram's and Threads' channels against their sandboxes, which fetch what they are offered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from tellal import clock
from tellal.channels import Channel
from tellal.errors import NeedsReconnect, OutcomeUnknown, Rejected, TryLater
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import (
    PartKey,
    Pending,
    Prepared,
    PreparesInTurn,
    Published,
    Thread,
    Unpublished,
)
from tellal.posts import Content, Part, Poll, Remote, ThreadPart
from tests.platforms.sample import PICTURE, channel
from tests.platforms.served import Served, served
from tests.videos import VIDEO

DAY = timedelta(days=1)
ALONE = Thread()
PUBLISH = {"instagram": "*/media_publish", "threads": "*/threads_publish"}
IMAGE = Content(text="Fresh 🥐 bread", media=(PICTURE,))


@dataclass
class Life:
    """One connected channel on a sandbox."""

    control: Control
    adapter: Any
    channel: Channel
    media: Served
    began: datetime

    def render(self, content: Content) -> list[Part]:
        return list(self.adapter.render(content, self.channel))

    def prepared(self, part: Part, thread: Thread, *, most: int = 60) -> Part:
        """As the engine does, but for the waiting."""
        while self.adapter.needs_preparing(part) and most:
            most -= 1
            came = self.step(part, thread)
            part = part.model_copy(update={"prepared": came.notes})
            if isinstance(came, Prepared):
                break
        assert most, "it is never prepared"
        return part

    def step(self, part: Part, thread: Thread = ALONE) -> Prepared | Pending:
        came: Prepared | Pending
        if isinstance(self.adapter, PreparesInTurn) and self.adapter.waits_its_turn(part):
            came = self.adapter.prepare_in_turn(part, thread=thread, media=self.media)
        else:
            came = self.adapter.prepare(part, media=self.media)
        return came

    def publish(self, content: Content) -> list[Remote]:
        published: list[Remote] = []
        for part in self.render(content):
            thread = Thread(tuple(published))
            published.append(self.commit(self.prepared(part, thread), thread))
        return published

    def commit(self, part: Part, thread: Thread = ALONE) -> Remote:
        came = self.adapter.commit(part, key=self.key(), thread=thread, media=self.media)
        remote: Remote = came.remote
        return remote

    def resume(self, part: Part, thread: Thread = ALONE) -> Any:
        return self.adapter.resume(part, key=self.key(), thread=thread)

    def key(self) -> PartKey:
        return PartKey("dlv_1", 0, self.began)

    def public(self) -> list[dict[str, Any]]:
        return [post for post in self.control.posts() if not post["deleted"]]


def lives(name: str) -> Iterator[Life]:
    platform: Any = PLATFORMS[name]
    stated = {each: setting.value for each, setting in platform.facts.settings.items()}
    with (
        running(name) as sandbox,
        served() as media,
        httpx.Client(trust_env=False) as http,
    ):
        account = sandbox.control.create_account("bakery")
        made = channel(name, remote_id=account["id"], handle=account["username"])
        credentials = platform.Credentials.model_validate({"access_token": account["access_token"]})
        calls = Calls(http, sandbox.hosts, settings=stated)
        adapter = platform(made, credentials, calls)
        yield Life(sandbox.control, adapter, made, media, clock.now())


@pytest.fixture(params=["instagram", "threads"])
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    yield from lives(request.param)


@pytest.fixture
def instagram() -> Iterator[Life]:
    yield from lives("instagram")


@pytest.fixture
def threads() -> Iterator[Life]:
    yield from lives("threads")


# ── both ─────────────────────────────────────────────────────────────────────────────────────


def test_a_carousel_of_images_and_a_film_is_published_with_its_words(life: Life) -> None:
    content = IMAGE.model_copy(update={"media": (PICTURE, VIDEO, PICTURE)})
    [remote] = life.publish(content)
    [post] = life.public()
    assert (post["id"], post["text"]) == (remote.id, "Fresh 🥐 bread")
    types = [each["type"].partition("/")[0] for each in post["images"]]
    assert types == ["image", "video", "image"]
    assert post["images"][0]["alt"] == "A red dot"
    assert life.adapter.confirm(remote).url == post["url"]


def test_a_film_alone_is_worked_on_then_published(life: Life) -> None:
    life.control.change_settings(video_polls=3)
    [remote] = life.publish(Content(text="Watch", media=(VIDEO,)))
    assert [post["id"] for post in life.public()] == [remote.id]


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_what_was_published_without_an_answer_is_found_by_its_container(
    life: Life, fault: str
) -> None:
    part = life.prepared(life.render(IMAGE)[0], ALONE)
    life.control.fail(fault, path=PUBLISH[life.channel.platform])
    with pytest.raises(OutcomeUnknown):
        life.commit(part)
    told = life.resume(part)
    assert isinstance(told, Published)
    [post] = life.public()
    assert (told.remote.id, told.remote.url) == (post["id"], post["url"])


def test_what_was_not_published_is_published_once_however_often_it_is_sent(life: Life) -> None:
    part = life.prepared(life.render(IMAGE)[0], ALONE)
    life.control.fail("fail_before", path=PUBLISH[life.channel.platform])
    with pytest.raises(OutcomeUnknown):
        life.commit(part)
    assert life.resume(part) == Unpublished()
    life.commit(part)
    with pytest.raises(OutcomeUnknown):
        life.commit(part)
    assert isinstance(life.resume(part), Published)
    assert len(life.public()) == 1


def test_a_container_that_nobody_published_for_a_day_is_made_again(life: Life) -> None:
    life.control.change_settings(long_seconds=10 * 86_400)
    part = life.prepared(life.render(IMAGE)[0], ALONE)
    life.control.advance(seconds=DAY.total_seconds() + 1)
    with pytest.raises(OutcomeUnknown):
        life.commit(part)
    assert life.resume(part) == Unpublished(prepared=False)
    anew = life.prepared(part.model_copy(update={"prepared": None}), ALONE)
    life.commit(anew)
    assert len(life.public()) == 1


def test_a_film_that_is_gone_when_it_is_fetched_is_offered_again(life: Life) -> None:
    [part] = life.render(Content(text="Watch", media=(VIDEO,)))
    life.media.is_away = True
    notes = life.step(part).notes
    life.media.is_away = False
    ready = life.prepared(part.model_copy(update={"prepared": notes}), ALONE)
    life.commit(ready)
    assert len(life.public()) == 1


def test_an_image_that_cannot_be_fetched_is_tried_again_later(life: Life) -> None:
    life.media.is_away = True
    with pytest.raises(TryLater, match="could not fetch"):
        life.step(life.render(IMAGE)[0])


def test_a_used_up_day_is_told_before_anything_is_made(life: Life) -> None:
    life.control.change_settings(posts_per_day=1)
    life.publish(IMAGE)
    before = len(life.media.links)
    with pytest.raises(TryLater, match="1 posts in 24 hours"):
        life.step(life.render(IMAGE)[0])
    assert len(life.media.links) == before
    life.control.advance(seconds=DAY.total_seconds())
    life.publish(IMAGE)


def test_a_token_that_may_not_publish_needs_its_owner(life: Life) -> None:
    basic = next(iter(life.adapter.scopes))
    account = life.control.create_account("bakery", scopes=basic)
    platform: Any = type(life.adapter)
    credentials = platform.Credentials.model_validate({"access_token": account["access_token"]})
    adapter = platform(life.channel, credentials, life.adapter._calls)
    with pytest.raises(NeedsReconnect, match="permissions"):
        adapter.prepare(life.render(IMAGE)[0], media=life.media)


# ── Instagram ────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_public_for_a_day_and_found_among_stories(instagram: Life) -> None:
    content = Content(media=(VIDEO,), options={"instagram": {"kind": "story"}})
    part = instagram.prepared(instagram.render(content)[0], ALONE)
    instagram.control.fail("drop_after", path="*/media_publish")
    with pytest.raises(OutcomeUnknown):
        instagram.commit(part)
    told = instagram.resume(part)
    assert isinstance(told, Published)
    assert [post["id"] for post in instagram.public()] == [told.remote.id]


def test_a_first_comment_stands_under_its_post_and_is_found(instagram: Life) -> None:
    content = IMAGE.model_copy(update={"first_comment": "#bread #sourdough"})
    post, comment = instagram.publish(content)
    shown = {each["id"]: each["in_reply_to"] for each in instagram.public()}
    assert shown == {post.id: None, comment.id: post.id}
    listed = instagram.adapter.list_posts(since=instagram.began - timedelta(minutes=5))
    part = instagram.render(content)[1]
    ours = instagram.adapter.fingerprint(part, Thread((post,)), instagram.channel)
    assert [each.remote.id for each in listed.posts if each.fingerprint == ours] == [comment.id]


def test_a_file_that_is_no_film_is_refused_by_its_container(instagram: Life) -> None:
    [part] = instagram.render(Content(media=(VIDEO,)))
    instagram.media.instead = b"no film at all"
    with pytest.raises(Rejected, match="does not take this video"):
        instagram.prepared(part, ALONE)


# ── Threads ──────────────────────────────────────────────────────────────────────────────────


def test_a_thread_stands_part_under_part_and_is_deleted_part_by_part(threads: Life) -> None:
    parts = (ThreadPart(text="two", media=(PICTURE,)), ThreadPart(text="three 👋🏽"))
    published = threads.publish(Content(text="one", thread=parts))
    above = [post["in_reply_to"] for post in threads.public()]
    assert above == [None, published[0].id, published[1].id]
    for remote in reversed(published):
        threads.adapter.delete(remote)
        threads.adapter.delete(remote)
    assert threads.public() == []


def test_a_part_whose_answer_was_lost_is_found_under_the_one_before_it(threads: Life) -> None:
    content = Content(text="one", thread=(ThreadPart(text="two"),))
    first, second = threads.render(content)
    thread = Thread((threads.commit(threads.prepared(first, ALONE)),))
    part = threads.prepared(second, thread)
    threads.control.fail("drop_after", path="*/threads_publish")
    with pytest.raises(OutcomeUnknown):
        threads.commit(part, thread)
    told = threads.resume(part, thread)
    assert isinstance(told, Published)
    assert threads.public()[-1]["id"] == told.remote.id


def test_a_poll_is_asked(threads: Life) -> None:
    asked = Poll(options=("Rye", "Wheat", "Çavdar 👋"), minutes=1440)
    threads.publish(Content(text="Which bread?", poll=asked))
    assert len(threads.public()) == 1


def test_a_text_that_is_full_of_emoji_is_taken_and_not_one_more(threads: Life) -> None:
    threads.publish(Content(text="👋🏽" * 62 + "1234"))
    assert len(threads.public()) == 1


def test_who_may_not_answer_publishes_all_the_same_but_no_thread(threads: Life) -> None:
    scopes = "threads_basic threads_content_publish"
    token = threads.control.create_account("bakery", scopes=scopes)["access_token"]
    platform: Any = PLATFORMS["threads"]
    credentials = platform.Credentials.model_validate({"access_token": token})
    threads.adapter = platform(threads.channel, credentials, threads.adapter._calls)
    with pytest.raises(Rejected, match="not allowed to let us answer"):
        threads.publish(Content(text="one", thread=(ThreadPart(text="two"),)))
    assert len(threads.public()) == 1


def test_who_may_not_comment_publishes_all_the_same_but_no_comment(instagram: Life) -> None:
    scopes = "instagram_business_basic instagram_business_content_publish"
    token = instagram.control.create_account("bakery", scopes=scopes)["access_token"]
    platform: Any = PLATFORMS["instagram"]
    credentials = platform.Credentials.model_validate({"access_token": token})
    instagram.adapter = platform(instagram.channel, credentials, instagram.adapter._calls)
    with pytest.raises(Rejected, match="not allowed to let us comment"):
        instagram.publish(IMAGE.model_copy(update={"first_comment": "#bread"}))
    assert len(instagram.public()) == 1
