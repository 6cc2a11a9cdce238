"""What each platform is asked when people are answered, and what its refusals come to."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tellal.conversations import MessageKind
from tellal.errors import OutcomeUnknown, Rejected, Unacceptable
from tellal.platforms import PLATFORMS
from tellal.platforms.answering import acts_on
from tellal.platforms.protocol import Guarantee, Thread
from tellal.posts import Action, Part, Remote, ReplyTo
from tests.platforms.sample import KEY, Media, Sample
from tests.platforms.samples import SAMPLES

COMMENT = ReplyTo(
    remote=Remote(id="111_222", refs={"parent_id": "9_111"}),
    author_handle="Ann",
    author_remote_id="7",
)
NESTED = COMMENT.model_copy(update={"remote": Remote(id="3", refs={"parent_id": "111_222"})})
STATUS = Remote(id="111", refs={"cid": "bafy1"})
LETTER = ReplyTo(remote=Remote(id="m_5"), author_handle="Ann", author_remote_id="7")


def fields(request: httpx.Request) -> Any:
    if request.headers["content-type"].startswith("application/json"):
        return json.loads(request.content)
    return dict(parse_qsl(request.content.decode()))


def asked(sample: Sample, do: Callable[[Any], Any], answer: Any = None) -> httpx.Request:
    """The one request that it makes."""
    server = sample.server()
    if answer is not None:
        server.answers = {"": lambda _: answer}
    do(sample.adapter(server))
    (request,) = server.requests
    return request


def commit(part: Part) -> Callable[[Any], Any]:
    return lambda adapter: adapter.commit(part, key=KEY, thread=Thread(), media=Media())


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_a_private_answer_names_the_comment_and_tells_who_got_it(platform: str) -> None:
    sample, adapter = SAMPLES[platform], PLATFORMS[platform]
    assert hasattr(adapter, "render_private_reply")
    (part,) = adapter.render_private_reply("Hello", COMMENT, sample.channel)
    assert adapter.promise(part, sample.channel).guarantee is Guarantee.BLIND  # type: ignore[attr-defined]
    server = sample.server()
    remote = commit(part)(sample.adapter(server)).remote
    assert (remote.id, remote.refs) == ("m_1", {"person": "7"})
    assert fields(server.requests[0]) == {
        "recipient": {"comment_id": "111_222"},
        "message": {"text": "Hello"},
    }


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
@pytest.mark.parametrize(
    ("late", "kind"),
    [
        (False, {"messaging_type": "RESPONSE"}),
        (True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
    ],
)
def test_a_message_says_what_it_is(platform: str, *, late: bool, kind: dict[str, str]) -> None:
    sample, adapter = SAMPLES[platform], PLATFORMS[platform]
    assert hasattr(adapter, "render_message")
    (part,) = adapter.render_message("Hello", LETTER, sample.channel, late=late)
    sent = fields(asked(sample, commit(part)))
    assert sent == {"recipient": {"id": "7"}, **kind, "message": {"text": "Hello"}}


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
@pytest.mark.parametrize(
    ("code", "subcode"), [(10, 2018278), (10, 2534022), (551, None), (10900, None)]
)
def test_a_message_that_is_refused_needs_no_new_connection(
    platform: str, code: int, subcode: int | None
) -> None:
    sample, adapter = SAMPLES[platform], PLATFORMS[platform]
    assert hasattr(adapter, "render_message")
    (part,) = adapter.render_message("Hello", LETTER, sample.channel, late=False)
    error = {"code": code, "error_subcode": subcode, "message": "no"}
    refusal = httpx.Response(400, json={"error": error})
    with pytest.raises(Rejected):
        asked(sample, commit(part), refusal)


@pytest.mark.parametrize(("platform", "ending"), [("facebook", "comments"), ("youtube", "")])
def test_what_answers_an_answer_stands_beside_it(platform: str, ending: str) -> None:
    sample, adapter = SAMPLES[platform], PLATFORMS[platform]
    assert hasattr(adapter, "render_reply")
    (part,) = adapter.render_reply("Hello", NESTED, sample.channel)
    assert part.reply_to.remote.id == "111_222"
    (top,) = adapter.render_reply("Hello", COMMENT, SAMPLES["facebook"].channel)
    assert top.reply_to.remote.id == ("111_222" if platform == "facebook" else "9_111")
    assert str(asked(sample, commit(part)).url.path).endswith(ending)


@pytest.mark.parametrize(
    ("platform", "do", "method", "path", "sent"),
    [
        ("facebook", lambda a: a.like(COMMENT.remote), "POST", "/111_222/likes", {}),
        (
            "facebook",
            lambda a: a.hide(COMMENT.remote, hidden=True),
            "POST",
            "/111_222",
            {"is_hidden": True},
        ),
        ("facebook", lambda a: a.delete_message(COMMENT.remote), "DELETE", "/111_222", None),
        (
            "instagram",
            lambda a: a.hide(COMMENT.remote, hidden=False),
            "POST",
            "/111_222",
            {"hide": "false"},
        ),
        ("instagram", lambda a: a.delete_message(COMMENT.remote), "DELETE", "/111_222", None),
        (
            "threads",
            lambda a: a.hide(COMMENT.remote, hidden=True),
            "POST",
            "/111_222/manage_reply",
            {"hide": "true"},
        ),
        ("mastodon", lambda a: a.like(STATUS), "POST", "/statuses/111/favourite", None),
        ("bluesky", lambda a: a.like(STATUS), "POST", "/com.atproto.repo.putRecord", None),
        (
            "x",
            lambda a: a.hide(COMMENT.remote, hidden=True),
            "PUT",
            "/2/tweets/111_222/hidden",
            {"hidden": True},
        ),
        (
            "linkedin",
            lambda a: a.like(COMMENT.remote),
            "POST",
            "/rest/reactions",
            {"root": "111_222", "reactionType": "LIKE"},
        ),
        (
            "youtube",
            lambda a: a.hide(COMMENT.remote, hidden=True),
            "POST",
            "/comments/setModerationStatus",
            None,
        ),
    ],
)
def test_an_action_is_one_request_and_its_lost_answer_is_a_doubt(
    platform: str, do: Callable[[Any], Any], method: str, path: str, sent: Any
) -> None:
    sample = SAMPLES[platform]
    answer = httpx.Response(200, json={"success": True})
    if platform == "youtube":
        answer = httpx.Response(204)
    request = asked(sample, do, answer)
    assert (request.method, request.url.path.endswith(path)) == (method, True)
    if sent is not None:
        assert fields(request) == sent
    with pytest.raises(OutcomeUnknown):
        asked(sample, do, httpx.Response(500))


def test_deleting_what_is_gone_succeeds() -> None:
    gone = {"error": {"code": 100, "error_subcode": 33, "message": "gone"}}
    for platform in ("facebook", "instagram"):
        answer = httpx.Response(400, json=gone)
        asked(SAMPLES[platform], lambda a: a.delete_message(COMMENT.remote), answer)


def test_liking_what_is_liked_succeeds_on_linkedin() -> None:
    answer = httpx.Response(409, json={"message": "exists"})
    asked(SAMPLES["linkedin"], lambda a: a.like(COMMENT.remote), answer)


def test_what_is_liked_on_bluesky_is_one_record_that_must_not_be_there_yet() -> None:
    uris = ("at://ann/1", "at://ann/1", "at://ann/2")
    liked = [fields(asked(SAMPLES["bluesky"], liking(uri))) for uri in uris]
    keys = [each["rkey"] for each in liked]
    assert keys[0] == keys[1] != keys[2]
    assert all(re.fullmatch("[2-7a-j][2-7a-z]{12}", key) for key in keys)  # a TID
    assert liked[0]["swapRecord"] is None
    assert liked[0]["record"]["subject"] == {"uri": "at://ann/1", "cid": "bafy1"}


def liking(uri: str) -> Callable[[Any], Any]:
    return lambda adapter: adapter.like(Remote(id=uri, refs={"cid": "bafy1"}))


def test_liking_what_is_liked_succeeds_on_bluesky() -> None:
    answer = httpx.Response(400, json={"error": "InvalidSwap", "message": "Record was at bafy"})
    asked(SAMPLES["bluesky"], lambda a: a.like(STATUS), answer)


def test_a_token_that_may_not_like_is_no_reason_to_connect_again() -> None:
    error = {"error": "This action is outside the authorized scopes"}
    with pytest.raises(Rejected, match="write:favourites"):
        asked(SAMPLES["mastodon"], lambda a: a.like(STATUS), httpx.Response(403, json=error))


@pytest.mark.parametrize(
    ("platform", "most", "unit"),
    [("facebook", 2_000, "characters"), ("instagram", 1_000, "bytes"), ("x", 10_000, "characters")],
)
def test_a_message_is_as_long_as_its_platform_takes(platform: str, most: int, unit: str) -> None:
    sample, adapter = SAMPLES[platform], PLATFORMS[platform]
    assert hasattr(adapter, "render_message")
    character = "é" if unit == "bytes" else "x"
    fits = character * (most // len(character.encode()) if unit == "bytes" else most)
    adapter.render_message(fits, LETTER, sample.channel, late=False)
    with pytest.raises(Unacceptable, match=f"of {most} {unit}"):
        adapter.render_message(fits + "x", LETTER, sample.channel, late=False)


def test_what_platforms_let_us_do_with_comments() -> None:
    """By their first letters; what is not here is refused with a sentence."""
    offered = {
        name: "".join(a.value[0] for a in Action if MessageKind.COMMENT in acts_on(adapter, a))
        for name, adapter in PLATFORMS.items()
    }
    assert offered == {
        "mastodon": "l",
        "bluesky": "l",
        "facebook": "lhud",
        "instagram": "hud",
        "linkedin": "ld",
        "x": "hu",
        "youtube": "hud",
        "tiktok": "",
        "threads": "hu",
        "telegram": "d",
    }
