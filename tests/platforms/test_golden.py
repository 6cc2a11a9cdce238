"""What is sent, beside what it was made of: golden/<platform>/<case>.in.json and .out.json.

To add a case, write both; nothing writes an .out.json by itself.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import BaseModel

from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import PartKey, Prepared, Thread
from tellal.platforms.text import byte_span, count_graphemes, find
from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import KEY, Media, prepared
from tests.platforms.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"


class Given(BaseModel):
    """A post or an answer, as far as it is when its last part is committed."""

    content: Content | None = None
    reply: str | None = None
    to: ReplyTo | None = None
    server: dict[str, Any] = {}  # what differs from the sample channel's
    notes: dict[str, str] | None = None  # of the part that is committed
    published: tuple[Remote, ...] = ()  # the parts before it


def cases(folder: str) -> pytest.MarkDecorator:
    names = sorted(file.name.removesuffix(".in.json") for file in (GOLDEN / folder).glob("*.in.*"))
    return pytest.mark.parametrize("case", names)


def read(folder: str, case: str) -> tuple[str, Any]:
    given, expected = (GOLDEN / folder / f"{case}.{way}.json" for way in ("in", "out"))
    return given.read_text(), json.loads(expected.read_text())


def sent(platform: str, given: Given) -> dict[str, Any]:
    sample = SAMPLES[platform]
    server = sample.channel.server | given.server  # type: ignore[operator]  # a dict, and frozen
    channel = sample.channel.model_copy(update={"server": server})
    adapter: Any = PLATFORMS[platform]
    if given.content:
        parts = adapter.render(given.content, channel)
    else:
        parts = adapter.render_reply(given.reply, given.to, channel)
    number = len(given.published)
    part = parts[number].model_copy(update={"prepared": given.notes})
    answering = sample.server()
    key = PartKey(KEY.delivery_id, number, KEY.at)
    sample.adapter(answering).commit(part, key=key, thread=Thread(given.published), media=Media())
    (request,) = answering.requests
    own = {"authorization", "idempotency-key", "content-type"}
    return {
        "request": f"{request.method} {request.url}",
        "headers": {name: value for name, value in request.headers.items() if name in own},
        "body": json.loads(request.content),
    }


def posted(platform: str, given: Given) -> list[dict[str, Any]]:
    """Every form that is sent for the last part, until it is public."""
    sample, number = SAMPLES[platform], len(given.published)
    answering = sample.server()
    adapter = sample.adapter(answering)
    part = adapter.render(given.content, sample.channel)[number]
    thread = Thread(given.published)
    while adapter.needs_preparing(part):
        made = (
            adapter.prepare_in_turn(part, thread=thread, media=Media())
            if number
            else adapter.prepare(part, media=Media())
        )
        part = part.model_copy(update={"prepared": made.notes})
        if isinstance(made, Prepared):
            break
    key = PartKey(KEY.delivery_id, number, KEY.at)
    adapter.commit(part, key=key, thread=thread, media=Media())
    return [
        {"request": f"POST {each.url}", "form": dict(parse_qsl(each.content.decode()))}
        for each in answering.requests
        if each.method == "POST"
    ]


@cases("text")
def test_text_is_found_and_counted_as_expected(case: str) -> None:
    given, expected = read("text", case)
    text = json.loads(given)["text"]
    found = [
        {"kind": each.kind, "text": each.text, "bytes": list(byte_span(text, each))}
        for each in find(text)
    ]
    assert {"graphemes": count_graphemes(text), "found": found} == expected
    for each in find(text):
        start, end = byte_span(text, each)
        assert text.encode()[start:end].decode() == each.text == text[each.start : each.end]


@cases("mastodon")
def test_mastodon_is_sent(case: str) -> None:
    given, expected = read("mastodon", case)
    assert sent("mastodon", Given.model_validate_json(given)) == expected


@cases("bluesky")
def test_bluesky_is_sent(case: str) -> None:
    given, expected = read("bluesky", case)
    request = sent("bluesky", Given.model_validate_json(given))
    assert request == expected
    body = request["body"]
    record = body["record"] if "record" in body else body["writes"][0]["value"]
    for facet in record.get("facets", []):  # servers take facets that point nowhere
        index, (feature,) = facet["index"], facet["features"]
        shown = record["text"].encode()[index["byteStart"] : index["byteEnd"]].decode()
        if "uri" in feature:
            assert shown == feature["uri"]
        elif "tag" in feature:
            assert shown[1:] == feature["tag"]
        else:
            assert shown.startswith("@")


@cases("linkedin")
def test_linkedin_is_sent(case: str) -> None:
    given, expected = read("linkedin", case)
    assert sent("linkedin", Given.model_validate_json(given)) == expected


def all_that_is_sent(platform: str, given: Given) -> list[dict[str, Any]]:
    """Every request of the main part, from its preparing to its commit; bytes by their number."""
    sample = SAMPLES[platform]
    answering = sample.server()
    adapter = sample.adapter(answering)
    part = prepared(adapter, adapter.render(given.content, sample.channel)[0])
    adapter.commit(part, key=KEY, thread=Thread(given.published), media=Media())
    own = {"authorization", "content-type", "content-range"}
    return [
        {
            "request": f"{request.method} {request.url}",
            "headers": {name: value for name, value in request.headers.items() if name in own},
            "body": _shown(request.content),
        }
        for request in answering.requests
    ]


def _shown(content: bytes) -> Any:
    try:
        return json.loads(content or b"null")
    except ValueError:
        return f"{len(content)} bytes"


@cases("tiktok")
def test_tiktok_is_sent(case: str) -> None:
    given, expected = read("tiktok", case)
    assert all_that_is_sent("tiktok", Given.model_validate_json(given)) == expected


@cases("instagram")
def test_instagram_is_sent(case: str) -> None:
    given, expected = read("instagram", case)
    assert posted("instagram", Given.model_validate_json(given)) == expected


@cases("threads")
def test_threads_is_sent(case: str) -> None:
    given, expected = read("threads", case)
    assert posted("threads", Given.model_validate_json(given)) == expected


@cases("x")
def test_x_is_sent(case: str) -> None:
    given, expected = read("x", case)
    assert sent("x", Given.model_validate_json(given)) == expected


@cases("youtube")
def test_youtube_is_sent(case: str) -> None:
    given, expected = read("youtube", case)
    assert sent("youtube", Given.model_validate_json(given)) == expected


@cases("facebook")
def test_facebook_is_sent(case: str) -> None:
    given, expected = read("facebook", case)
    assert sent("facebook", Given.model_validate_json(given)) == expected


@cases("telegram")
def test_telegram_is_sent(case: str) -> None:
    given, expected = read("telegram", case)
    assert sent("telegram", Given.model_validate_json(given)) == expected
