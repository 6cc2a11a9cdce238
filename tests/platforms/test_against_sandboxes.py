"""A channel's whole life against servers that speak the platforms' APIs, over real sockets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from tellal import clock
from tellal.channels import Channel
from tellal.errors import NeedsRefresh, OutcomeUnknown, PublishError
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import PartKey, RefreshesCredentials, Thread
from tellal.posts import Content, Part, Poll, Remote, ReplyTo, ThreadPart
from tests.platforms.sample import CONTENT, FILM, PICTURE, Media, channel, prepared, texts

COMMITS = {"mastodon": "/api/v1/statuses", "bluesky": "/xrpc/com.atproto.repo.putRecord"}
RENEWED = [name for name in sorted(COMMITS) if issubclass(PLATFORMS[name], RefreshesCredentials)]
FIRST = Thread()


@dataclass(frozen=True)
class Life:
    """One connected channel on a sandbox."""

    control: Control
    adapter: Any
    channel: Channel
    account: str  # as the sandbox's control names it

    def render(self, content: Content) -> list[Part]:
        return list(self.adapter.render(content, self.channel))

    def publish(self, parts: list[Part], *, delivery: str = "dlv_1") -> list[Remote]:
        """Prepare and commit part after part, as the engine does."""
        published: list[Remote] = []
        for number, part in enumerate(parts):
            key = PartKey(delivery, number, clock.now())
            thread = Thread(tuple(published))
            published.append(self.commit(part, key=key, thread=thread))
        return published

    def commit(self, part: Part, *, key: PartKey, thread: Thread = FIRST) -> Remote:
        if self.adapter.needs_preparing(part):
            part = prepared(self.adapter, part)
        remote: Remote = self.adapter.commit(part, key=key, thread=thread, media=Media()).remote
        return remote

    def public(self) -> list[dict[str, Any]]:
        return [post for post in self.control.posts() if not post["deleted"]]


@pytest.fixture(params=sorted(COMMITS))
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    name: str = request.param
    platform: Any = PLATFORMS[name]
    with running(name) as sandbox, httpx.Client(trust_env=False) as http:
        account = sandbox.control.create_account("bakery")
        sandbox.control.create_account("ann")
        if name == "mastodon":
            given = {"server": sandbox.url, "access_token": account["access_token"]}
        else:
            given = {"handle": account["handle"], "app_password": account["app_password"]}
        calls = Calls(http, {**platform.facts.hosts, **sandbox.hosts})
        connected = platform.connect(platform.Connection.model_validate(given), calls)
        assert connected.missing == ()
        made = channel(
            name,
            remote_id=connected.remote_id,
            handle=connected.handle,
            server=connected.server,
        )
        adapter = platform(made, connected.credentials, calls)
        yield Life(sandbox.control, adapter, made, account.get("handle", "bakery"))


def test_a_thread_with_an_image_is_published_measured_and_deleted(life: Life) -> None:
    content = CONTENT.model_copy(update={"thread": (ThreadPart(text="two"), ThreadPart(text="3"))})
    published = life.publish(life.render(content))
    assert len(life.public()) == 3
    assert all(remote.url for remote in published)
    assert set(life.adapter.read_posts(published)) == {remote.id for remote in published}
    assert life.adapter.read_posts(published)[published[0].id]["replies"] == 1
    assert life.adapter.read_channel()["posts"] == 3
    for remote in reversed(published):
        life.adapter.delete(remote)
        life.adapter.delete(remote)
    assert life.public() == []
    assert life.adapter.read_posts(published) == {}


def test_as_many_images_as_allowed_are_taken(life: Life) -> None:
    most = life.adapter.limits(life.channel).images
    (part,) = life.render(Content(media=(PICTURE,) * most))
    life.publish([part])
    assert len(life.public()) == 1


def test_a_film_is_taken_with_its_alt_text_once_it_was_worked_on(life: Life) -> None:
    life.control.change_settings(video_polls=3)
    (remote,) = life.publish(life.render(FILM))
    [post] = life.public()
    [film] = post["images"]
    assert (film["type"], film["alt"], post["id"]) == ("video/mp4", "Steam over bread", remote.id)


@pytest.mark.parametrize("life", ["mastodon"], indirect=True)
def test_a_poll_and_what_was_chosen_stand_as_they_were_sent(life: Life) -> None:
    options = {"visibility": "unlisted", "spoiler_text": "Bread", "language": "tr"}
    content = Content(
        text="Which?",
        poll=Poll(options=("Rye", "Wheat"), minutes=60, multiple=True),
        options={"mastodon": options},
    )
    (remote,) = life.publish(life.render(content))
    told = life.adapter._line("GET", f"v1/statuses/{remote.id}").json()
    assert {name: told[name] for name in options} == options
    assert [each["title"] for each in told["poll"]["options"]] == ["Rye", "Wheat"]
    assert told["poll"]["multiple"]


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_a_commit_whose_answer_was_lost_is_sent_again_and_posts_once(
    life: Life, fault: str
) -> None:
    (part,) = life.render(Content(text="Only once"))
    key = PartKey("dlv_1", 0, clock.now())
    life.control.fail(fault, path=COMMITS[life.channel.platform])
    with pytest.raises(OutcomeUnknown):
        life.commit(part, key=key)
    remote = life.commit(part, key=key)
    assert len(life.public()) == 1
    assert life.commit(part, key=key).id == remote.id


def test_what_somebody_says_is_heard_once_and_answered_in_its_thread(life: Life) -> None:
    (post,) = life.publish(life.render(Content(text="Fresh bread")))
    page = life.adapter.read_inbox(None)
    life.control.act(who="ann", do="reply", post=post.id, text="Is it warm?")
    page = life.adapter.read_inbox(page.cursor)
    (question,) = page.heard
    assert "Is it warm?" in question.text
    assert (question.kind, question.post_remote_id) == ("comment", post.id)
    assert life.adapter.read_inbox(page.cursor).heard == ()

    to = ReplyTo(
        remote=Remote(id=question.remote_id, refs=question.refs),
        author_handle=question.author.handle,
        visibility=question.refs.get("visibility"),
    )
    parts = life.adapter.render_reply("Just out of the oven!", to, life.channel)
    (answer,) = life.publish(list(parts), delivery="dlv_2")
    life.control.act(who="ann", do="reply", post=answer.id, text="Thank you!")
    (thanks,) = life.adapter.read_inbox(page.cursor).heard
    assert (thanks.thread, thanks.author) == (question.thread, question.author)


def test_mentions_are_read_oldest_first_whatever_their_number(life: Life) -> None:
    for number in range(5):
        life.control.act(who="ann", do="mention", account=life.account, text=f"number {number}")
    heard = life.adapter.read_inbox(None).heard
    assert [text[-1] for text in texts(heard)] == list("01234")


@pytest.mark.parametrize("life", RENEWED, indirect=True)
def test_a_session_that_ran_out_is_refreshed_and_goes_on(life: Life) -> None:
    life.control.advance(seconds=timedelta(hours=3).total_seconds())
    (part,) = life.render(Content(text="Later"))
    with pytest.raises(NeedsRefresh):
        life.publish([part])
    fresh = life.adapter.refresh(None)
    platform: Any = PLATFORMS[life.channel.platform]
    calls = life.adapter._calls
    later = Life(
        life.control, platform(life.channel, fresh.credentials, calls), life.channel, life.account
    )
    later.publish([part])
    assert len(life.public()) == 1


def test_a_wrong_password_or_token_is_told_when_connecting(life: Life) -> None:
    platform: Any = PLATFORMS[life.channel.platform]
    with httpx.Client(trust_env=False) as http:
        at = str(life.channel.server.get("address") or life.channel.server["pds"])
        wrong = {"server": at, "access_token": "wrong", "handle": "bakery", "app_password": "wrong"}
        calls = Calls(http, {**platform.facts.hosts, "service": at})
        with pytest.raises(PublishError, match=r"token|password"):
            platform.connect(platform.Connection.model_validate(wrong), calls)
