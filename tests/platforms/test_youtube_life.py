"""A YouTube channel's whole life against a server that knows YouTube's rules, over real sockets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from tellal import clock
from tellal.channels import Channel
from tellal.errors import NeedsRefresh, OutcomeUnknown, Rejected, Throttled, TryLater
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import PartKey, Prepared, Registration, Thread
from tellal.platforms.youtube import YouTube, YouTubeCredentials
from tellal.posts import AttachedMedia, Content, Part, Remote
from tests.pictures import png
from tests.platforms.sample import PICTURE, Media, channel
from tests.videos import VIDEO, padded

UNIT = 256 * 1024
APP = Registration(CLIENT_ID, SecretStr(CLIENT_SECRET), "https://tellal.example/back")
FILM = VIDEO.model_copy(update={"size": 3 * UNIT + 5})
STILL = PICTURE.model_copy(update={"media_id": "med_still"})
UPLOAD, VIDEOS = "/upload/youtube/v3/videos", "/youtube/v3/videos"


class Files(Media):
    def read(self, media: AttachedMedia) -> bytes:
        return png(64, 36)

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        return padded(media.size)[start : start + length]


@dataclass(frozen=True)
class Life:
    """One connected channel."""

    control: Control
    channel: Channel
    adapter: YouTube
    calls: Calls

    def render(self, *, media: tuple[AttachedMedia, ...] = (FILM,), **given: Any) -> list[Part]:
        chosen = {"title": "Rye", "made_for_kids": False, **given.pop("options", {})}
        content = Content(text="How we bake", media=media, options={"youtube": chosen})
        return list(YouTube.render(content.model_copy(update=given), self.channel))

    def prepare(self, part: Part) -> Part:
        """To the end; raises what a step raises."""
        for _ in range(100):
            told = self.adapter.prepare(part, media=Files())
            part = part.model_copy(update={"prepared": told.notes})
            if isinstance(told, Prepared):
                return part
        raise AssertionError("it is never prepared")

    def commit(self, part: Part, *above: Remote) -> Remote:
        key = PartKey("dlv_1", len(above), clock.now())
        made: Any = self.adapter.commit(part, key=key, thread=Thread(above), media=Files())
        remote: Remote = made.remote
        return remote

    def renewed(self) -> "Life":
        fresh = self.adapter.refresh(APP)
        credentials: Any = fresh.credentials
        return replace(self, adapter=YouTube(self.channel, credentials, self.calls))

    def public(self) -> list[Any]:
        return [post for post in self.control.posts() if not post["deleted"]]

    def uploads(self) -> int:
        asked = [(each["method"], each["path"]) for each in self.control.requests()]
        return asked.count(("POST", UPLOAD))


@pytest.fixture
def life() -> Iterator[Life]:
    with running("youtube") as sandbox, httpx.Client(trust_env=False) as http:
        account = sandbox.control.create_account("bakery")
        made = channel(
            "youtube",
            remote_id=account["id"],
            handle="bakery",
            server={"uploads": account["uploads"]},
        )
        calls = Calls(http, sandbox.hosts, settings={"chunk_bytes": UNIT})
        credentials = YouTubeCredentials.model_validate(account)
        yield Life(sandbox.control, made, YouTube(made, credentials, calls), calls)


def test_a_video_is_uploaded_shown_commented_measured_and_deleted(life: Life) -> None:
    main, comment = life.render(
        media=(FILM, STILL), first_comment="And yours?", options={"thumbnail": "med_still"}
    )
    ready = life.prepare(main)
    assert life.public() == []

    video = life.commit(ready)
    below = life.commit(comment, video)

    shown, said = life.public()
    assert (shown["text"], shown["visibility"], len(shown["images"])) == (
        "How we bake",
        "public",
        2,
    )
    assert (said["text"], said["in_reply_to"], said["id"]) == ("And yours?", video.id, below.id)
    assert httpx.get(str(video.url), trust_env=False).status_code == 200
    fetched = httpx.get(shown["images"][0]["url"], trust_env=False).content
    assert fetched == padded(FILM.size)
    assert life.adapter.read_posts([video]) == {video.id: {"views": 0, "likes": 0, "replies": 1}}
    assert life.adapter.read_channel() == {"followers": 0, "posts": 1}
    for remote in (below, video):
        life.adapter.delete(remote)
        life.adapter.delete(remote)
    assert life.public() == []
    assert life.adapter.read_posts([video]) == {}


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_a_video_is_seen_by_those_who_were_chosen(life: Life, visibility: str) -> None:
    (main,) = life.render(options={"visibility": visibility})
    life.commit(life.prepare(main))
    assert [post["visibility"] for post in life.public()] == [visibility][: visibility != "private"]


@pytest.mark.parametrize("fault", ["drop_after", "fail_after", "fail_before"])
def test_a_commit_whose_answer_was_lost_is_sent_again_and_shows_one_video(
    life: Life, fault: str
) -> None:
    ready = life.prepare(*life.render())
    life.control.fail(fault, path=VIDEOS, method="PUT")
    with pytest.raises(OutcomeUnknown):
        life.commit(ready)
    first, second = life.commit(ready), life.commit(ready)
    assert first == second
    assert len(life.public()) == 1


def test_a_comment_whose_answer_was_lost_is_found(life: Life) -> None:
    main, comment = life.render(first_comment="And  yours?\n👋🏽")
    video = life.commit(life.prepare(main))
    began = clock.now()
    life.control.fail("drop_after", path="/youtube/v3/commentThreads", method="POST")
    with pytest.raises(OutcomeUnknown):
        life.commit(comment, video)
    life.control.act(who="ayse", do="reply", post=video.id, text="And  yours?\n👋🏽")
    found = life.adapter.list_posts(since=began)
    assert found.complete
    (ours,) = found.posts
    fingerprint = YouTube.fingerprint(comment, Thread((video,)), life.channel)
    assert ours.fingerprint == fingerprint
    assert ours.remote.id == life.public()[1]["id"]


def test_a_token_that_runs_out_in_the_middle_of_an_upload_costs_no_byte(life: Life) -> None:
    (part,) = life.render()
    for _ in range(3):  # the session, and two chunks of four
        part = part.model_copy(update={"prepared": life.adapter.prepare(part, media=Files()).notes})
    life.control.advance(seconds=3600)
    with pytest.raises(NeedsRefresh):
        life.prepare(part)
    later = life.renewed()
    later.commit(later.prepare(part))
    assert life.uploads() == 1
    assert len(life.public()) == 1


def test_an_upload_that_was_forgotten_is_begun_anew(life: Life) -> None:
    life.control.change_settings(forgets_first_session=True)
    life.commit(life.prepare(*life.render()))
    assert life.uploads() == 2
    assert len(life.public()) == 1


def test_a_finished_upload_that_was_forgotten_is_found_and_leaves_no_orphan(life: Life) -> None:
    (part,) = life.render()
    notes: Any = {}
    for _ in range(4):
        notes = life.adapter.prepare(
            part.model_copy(update={"prepared": notes}), media=Files()
        ).notes
    life.control.fail("drop_after", path=UPLOAD, method="PUT", nth=2)
    unfinished = part.model_copy(update={"prepared": notes})
    with pytest.raises(TryLater):
        life.adapter.prepare(unfinished, media=Files())
    life.control.change_settings(access_seconds=10_000_000)
    later = life.renewed()
    life.control.advance(seconds=604_800)
    later.commit(later.prepare(unfinished))
    assert life.uploads() == 1
    assert len(life.public()) == 1


def test_uploads_that_are_used_up_hold_back_nothing_that_is_ready(life: Life) -> None:
    ready = life.prepare(*life.render())
    life.control.change_settings(uploads_a_day=1)
    with pytest.raises(TryLater, match="uploaded as many videos today") as raised:
        life.prepare(*life.render())
    assert not isinstance(raised.value, Throttled)
    life.commit(ready)
    life.control.advance(seconds=25 * 60 * 60)
    later = life.renewed()
    later.prepare(*life.render())


def test_units_that_are_used_up_hold_back_every_channel(life: Life) -> None:
    ready = life.prepare(*life.render())
    life.control.change_settings(units_a_day=1)
    with pytest.raises(Throttled, match="in a day") as raised:
        life.commit(ready)
    assert raised.value.everywhere
    assert life.public() == []


def test_a_video_that_youtube_keeps_private_is_told_to_its_author(life: Life) -> None:
    ready = life.prepare(*life.render())
    life.control.change_settings(keeps_private=True)
    with pytest.raises(Rejected, match="Look at it in YouTube Studio"):
        life.commit(ready)
    assert life.public() == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"failure_reason": "codec"}, "does not know the codec"),
        ({"rejection_reason": "duplicate"}, "is there already"),
    ],
)
def test_a_video_that_cannot_be_shown_fails_ahead_of_its_time(
    life: Life, settings: dict[str, str], sentence: str
) -> None:
    life.control.change_settings(**settings)
    with pytest.raises(Rejected, match=sentence):
        life.prepare(*life.render())


def test_a_thumbnail_that_may_not_be_set_fails_ahead_of_its_time(life: Life) -> None:
    life.control.change_settings(takes_thumbnails=False)
    (main,) = life.render(media=(FILM, STILL), options={"thumbnail": "med_still"})
    with pytest.raises(Rejected, match="verified channels only"):
        life.prepare(main)


def test_what_a_video_will_say_is_refused_ahead_of_its_time(life: Life) -> None:
    (main,) = life.render(options={"category_id": "99"})
    with pytest.raises(Rejected, match="does not know this category"):
        life.prepare(main)


def test_a_comment_where_comments_are_switched_off_is_refused(life: Life) -> None:
    main, comment = life.render(first_comment="And yours?")
    video = life.commit(life.prepare(main))
    life.control.change_settings(takes_comments=False)
    with pytest.raises(Rejected, match="switched off"):
        life.commit(comment, video)
