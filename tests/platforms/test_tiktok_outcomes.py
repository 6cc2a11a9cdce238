"""What became of a post on TikTok: asked until it tells, and looked for where it does not."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal.channels import Channel
from tellal.errors import NeedsRefresh, OutcomeUnknown, PublishError, Rejected, TryLater
from tellal.platforms.protocol import GivenUp, Guarantee, Pending, Published, Unpublished
from tellal.platforms.tiktok import TikTok, outcome
from tellal.platforms.tiktok.facts import FACTS
from tellal.posts import Content, Remote
from tests.platforms.sample import KEY, PICTURE, Server
from tests.platforms.samples.tiktok import POST_ID, TIKTOK, ok
from tests.platforms.tiktok_posts import (
    FIRST,
    PHOTOS,
    accepted,
    answering,
    at,
    post,
    ready,
    refusing,
    rendered,
    resumed,
    status,
)
from tests.videos import VIDEO

# ── what became of it ────────────────────────────────────────────────────────────────────────


def test_a_film_is_public_under_its_own_id_once_tiktok_tells_it() -> None:
    told = resumed(accepted(post()), TIKTOK.server())
    assert told == Published(
        Remote(
            id=POST_ID,
            url=f"https://www.tiktok.com/@acme/video/{POST_ID}",
            refs={"publish_id": "v_pub_file~v2-1.123"},
        )
    )


def test_photos_have_another_address_and_the_name_that_the_account_has_now() -> None:
    told = resumed(accepted(PHOTOS, username="acme.now"), TIKTOK.server())
    assert told.remote.url == f"https://www.tiktok.com/@acme.now/photo/{POST_ID}"


@pytest.mark.parametrize("word", ["PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD", "SOMETHING_NEW"])
def test_what_tiktok_works_on_is_asked_about_ever_less_often(word: str) -> None:
    part, waited = accepted(post()), []
    server = answering(status=status(word, uploaded_bytes=1))
    for _ in range(40):
        told = resumed(part, server)
        assert isinstance(told, Pending)
        waited.append(told.check_in)
        part = part.model_copy(update={"prepared": told.notes})
    assert waited[:3] == [timedelta(seconds=5 * 2**n) for n in range(3)]
    assert waited == sorted(waited)
    assert waited[-1] == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("uploaded", "again"),
    [
        ({}, True),
        ({"uploaded_bytes": 0}, True),
        ({"uploaded_bytes": VIDEO.size - 1}, True),
        ({"uploaded_bytes": VIDEO.size}, False),
    ],
)
def test_after_a_lost_answer_the_same_chunk_is_sent_again_if_tiktok_lacks_it(
    uploaded: Mapping[str, int], *, again: bool
) -> None:
    server = answering(status=status("PROCESSING_UPLOAD", **uploaded))
    told = resumed(ready(post()), server)
    assert told == Unpublished() if again else isinstance(told, Pending)


@pytest.mark.parametrize("reason", outcome.REASONS)
def test_a_post_that_failed_is_given_up_with_a_reason(reason: str) -> None:
    server = answering(status=status("FAILED", fail_reason=reason))
    assert resumed(accepted(post()), server) == GivenUp(outcome.REASONS[reason])


@pytest.mark.parametrize(
    ("reason", "says"),
    [("a_new_reason", "a_new_reason"), ("", "nothing more"), ("<b>Bad</b>", "nothing more")],
)
def test_a_reason_that_is_new_is_told_as_far_as_it_is_a_word(reason: str, says: str) -> None:
    told = resumed(accepted(post()), answering(status=status("FAILED", fail_reason=reason)))
    assert told == GivenUp(f"TikTok gave this post up, and says {says}")


@pytest.mark.parametrize("reason", sorted(outcome.PASSING))
@pytest.mark.parametrize("content", [post(), PHOTOS], ids=["a film", "photos"])
def test_what_failed_for_a_reason_that_may_pass_is_prepared_and_sent_again(
    reason: str, content: Content
) -> None:
    server = answering(status=status("FAILED", fail_reason=reason))
    assert resumed(accepted(content), server) == Unpublished(prepared=False)


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (refusing("invalid_publish_id", status=400), TryLater),
        (refusing("token_not_authorized_for_specified_publish_id", status=400), Rejected),
        (refusing("access_token_invalid", status=401), NeedsRefresh),
        (lambda _: httpx.Response(404, json={}), Rejected),
        (lambda _: httpx.Response(500, text="oops"), TryLater),
        (lambda _: httpx.Response(200, json=ok({})), TryLater),
    ],
)
def test_a_refusal_of_the_question_is_no_answer_to_it(
    refused: Any, error: type[PublishError]
) -> None:
    with pytest.raises(error) as raised:
        resumed(accepted(post()), refused)
    assert not isinstance(raised.value, OutcomeUnknown)


# ── its id ───────────────────────────────────────────────────────────────────────────────────

NAMELESS = status("PUBLISH_COMPLETE", publicaly_available_post_id=[])
OWN = f"https://www.tiktok.com/@acme/video/{POST_ID}"


def shown(text: str, *, after: float = 1, number: str = POST_ID) -> dict[str, Any]:
    made = int((KEY.at + timedelta(seconds=after)).timestamp())
    link = f"https://www.tiktok.com/@acme/video/{number}?utm_campaign=tt4d&utm_source=aw1"
    return {"id": number, "create_time": made, "video_description": text, "share_url": link}


def listing(*videos: dict[str, Any]) -> Server:
    page = ok({"videos": list(videos), "cursor": 0, "has_more": False})
    return answering(status=NAMELESS, listed=page)


def until_told(content: Content, server: Server, channel: Channel = TIKTOK.channel) -> Any:
    part, waited = accepted(content), timedelta()
    for _ in range(50):
        told = resumed(part, server, channel)
        if not isinstance(told, Pending):
            return told, waited
        waited += told.check_in
        part = part.model_copy(update={"prepared": told.notes})
    raise AssertionError("it is asked for ever")


@pytest.mark.parametrize("privacy", ["friends", "followers", "only_me"])
def test_what_not_everybody_may_see_has_no_id_and_is_not_waited_for(privacy: str) -> None:
    part = accepted(post())
    part = part.model_copy(update={"options": {**part.options, "privacy": privacy}})
    told = resumed(part, listing(shown("Hello")))
    assert told.remote == Remote(
        id="v_pub_file~v2-1.123", refs={"publish_id": "v_pub_file~v2-1.123"}
    )


def test_an_id_that_never_comes_is_waited_for_a_while_and_then_done_without() -> None:
    told, waited = until_told(post(), listing(), at(scopes=["video.publish"]))
    assert (told.remote.id, told.remote.url) == ("v_pub_file~v2-1.123", None)
    assert timedelta(minutes=4) < waited < timedelta(minutes=6)


def test_an_id_that_comes_late_is_taken() -> None:
    part = accepted(post(), unnamed="3")
    assert resumed(part, TIKTOK.server()).remote.id == POST_ID


def test_the_one_post_with_its_words_is_found_in_the_list() -> None:
    others = shown("Bye", number="8"), shown("Hello", after=-60, number="9")
    told, waited = until_told(post(), listing(others[0], shown("Hello "), others[1]))
    assert told.remote == Remote(id=POST_ID, url=OWN, refs={"publish_id": "v_pub_file~v2-1.123"})
    assert waited < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("content", "server"),
    [
        (post(), listing(shown("Hello"), shown("Hello", number="8"))),
        (post(text=""), listing(shown(""))),
    ],
    ids=["two that say the same", "without words"],
)
def test_a_post_that_could_be_another_is_not_taken_for_it(content: Content, server: Server) -> None:
    told, _ = until_told(content, server)
    assert told.remote.id == "v_pub_file~v2-1.123"


@pytest.mark.parametrize(
    "refused",
    [refusing("scope_not_authorized", status=401), refusing("rate_limit_exceeded", status=429)],
)
def test_a_list_that_is_refused_costs_a_link_and_nothing_else(refused: Any) -> None:
    told, _ = until_told(post(), answering(status=NAMELESS, listed=refused))
    assert told.remote.url is None


def test_the_list_is_not_asked_without_leave() -> None:
    server = listing(shown("Hello"))
    until_told(post(), server, at(scopes=["video.publish"]))
    assert not any("video/list" in request.url.path for request in server.requests)


def test_the_list_is_read_back_to_the_moment_that_is_asked_for() -> None:
    pages = [
        ok({"videos": [shown("new", after=9, number="3")], "cursor": 7, "has_more": True}),
        ok({"videos": [shown("Hello"), shown("old", after=-9)], "cursor": 5, "has_more": True}),
    ]
    server = answering(listed=lambda _: pages.pop(0))
    found = TIKTOK.adapter(server).list_posts(since=KEY.at)
    assert [post.fingerprint for post in found.posts] == ["new", "Hello"]
    assert found.posts[1].remote.url == OWN
    assert found.posts[1].created_at == KEY.at + timedelta(seconds=1)
    assert json.loads(server.requests[1].content) == {"max_count": 20, "cursor": 7}


# ── what is promised ─────────────────────────────────────────────────────────────────────────


def test_a_film_can_be_asked_about_and_photos_once_they_are_accepted() -> None:
    for part in (rendered(post()), ready(post()), accepted(post()), accepted(PHOTOS)):
        assert TikTok.promise(part, TIKTOK.channel).guarantee is Guarantee.RESUMABLE


def test_photos_whose_answer_was_lost_are_a_persons_unless_they_may_be_listed() -> None:
    for part in (rendered(PHOTOS), ready(PHOTOS)):
        assert TikTok.promise(part, TIKTOK.channel).guarantee is Guarantee.SEARCHABLE
        without = at(scopes=["video.publish"])
        assert TikTok.promise(part, without).guarantee is Guarantee.BLIND


def test_what_the_list_lacks_is_never_taken_for_missing() -> None:
    found = TIKTOK.adapter(listing(shown("Something else"))).list_posts(since=KEY.at)
    assert not found.complete


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (post(PICTURE, text="Hello  \n there"), "Hello there"),
        (post(PICTURE, text="", title="Bread"), "Bread"),
        (post(PICTURE, text=""), "(no words)"),
    ],
)
def test_photos_are_known_by_their_words(content: Content, words: str) -> None:
    assert TikTok.fingerprint(rendered(content), FIRST, TIKTOK.channel) == words


def test_what_was_prepared_is_used_while_an_uploads_address_lives() -> None:
    assert FACTS.prepared_for is not None
    assert timedelta(minutes=15) < FACTS.prepared_for < timedelta(minutes=45)
