"""X: what may be posted there, what is sent, and what it costs."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tellal.channels import Channel
from tellal.errors import (
    OutcomeUnknown,
    Unacceptable,
)
from tellal.platforms.protocol import Thread
from tellal.platforms.x import X
from tellal.posts import Content, Poll, Remote, ReplyTo, ThreadPart
from tests.platforms.sample import KEY, PICTURE, Media, Server
from tests.platforms.samples.x import X as SAMPLE
from tests.videos import VIDEO

CHANNEL = SAMPLE.channel
GIF = PICTURE.model_copy(update={"mime_type": "image/gif"})
ANN = ReplyTo(remote=Remote(id="55"), author_handle="ann")


def options(**chosen: Any) -> Mapping[str, Any]:
    return {"x": chosen}


def broken(content: Content, channel: Channel = CHANNEL) -> dict[str, str]:
    with pytest.raises(Unacceptable) as refused:
        X.render(content, channel)
    return {each.field: each.rule for each in refused.value.broken}


def body_of(
    content: Content, *, number: int = 0, notes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What is sent for a part, its earlier ones being public."""
    part = X.render(content, CHANNEL)[number].model_copy(update={"prepared": notes})
    server = SAMPLE.server()
    thread = Thread(tuple(Remote(id=str(each)) for each in range(number)))
    SAMPLE.adapter(server).commit(part, key=KEY, thread=thread, media=Media())
    sent: dict[str, Any] = json.loads(server.requests[-1].content)
    return sent


# ── what may be posted ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"media": (PICTURE,) * 5}, "media", "5 of 4"),
        ({"media": (VIDEO, VIDEO)}, "media", "2 of 1"),
        ({"media": (PICTURE, VIDEO)}, "media", "do not go together"),
        ({"media": (PICTURE, GIF)}, "media[1]", "goes alone"),
        ({"text": "", "media": ()}, "text", "empty"),
        ({"text": "$ACME $CORP"}, "text", "2 of 1"),
        ({"first_comment": "And more"}, "first_comment", "write a thread"),
        ({"thread": (ThreadPart(text="$A $B"),)}, "thread[0].text", "2 of 1"),
    ],
)
def test_what_x_takes_no_post_with(changes: dict[str, Any], field: str, rule: str) -> None:
    content = Content(text="Hello").model_copy(update=changes)
    assert rule in broken(content)[field]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"size": 15_000_001}, "15000001 of 15000000 bytes"),
        ({"width": 1281}, "1280 × 1080"),
        ({"height": 1081}, "1280 × 1080"),
    ],
)
def test_a_gif_has_limits_of_its_own(facts: dict[str, int], rule: str) -> None:
    large = GIF.model_copy(update=facts)
    assert rule in broken(Content(text="Hello", media=(large,)))["media[0]"]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"size": 512_000_001}, "512000001 of 512000000 bytes"),
        ({"width": 1921, "height": 1080}, "pixels wide"),
        ({"width": 320, "height": 970}, "too narrow"),
        ({"width": 970, "height": 320}, "too wide"),
        ({"mime_type": "video/webm"}, "video/webm"),
        ({"video": {"seconds": 141.0}}, "0.5 to 140"),
        ({"video": {"seconds": 0.4}}, "0.5 to 140"),
        ({"video": {"frame_rate": 61.0}}, "0 to 60"),
        ({"video": {"codec": "HEVC"}}, "HEVC"),
    ],
)
def test_a_video_has_limits(facts: dict[str, Any], rule: str) -> None:
    assert VIDEO.video is not None
    if "video" in facts:
        facts = {"video": VIDEO.video.model_copy(update=facts["video"])}
    odd = VIDEO.model_copy(update=facts)
    assert rule in broken(Content(text="Hello", media=(odd,)))["media[0]"]


def test_an_image_is_never_too_large_and_its_alt_text_may_be() -> None:
    large = PICTURE.model_copy(update={"size": 50_000_000})
    assert X.render(Content(text="Hello", media=(large,)), CHANNEL)
    wordy = PICTURE.model_copy(update={"alt_text": "x" * 1001})
    assert "1001 of 1000" in broken(Content(text="Hello", media=(wordy,)))["media[0]"]


@pytest.mark.parametrize(
    ("poll", "field", "rule"),
    [
        (Poll(options=("one",), minutes=60), "poll.options", "2 to 4 answers, not 1"),
        (Poll(options=tuple("abcde"), minutes=60), "poll.options", "2 to 4 answers, not 5"),
        (Poll(options=("a", "a"), minutes=60), "poll.options", "the same"),
        (Poll(options=("a", "x" * 26), minutes=60), "poll.options[1]", "1 to 25 characters"),
        (Poll(options=("a", " "), minutes=60), "poll.options[1]", "1 to 25 characters"),
        (Poll(options=("a", "b"), minutes=4), "poll.minutes", "5 to 10080"),
        (Poll(options=("a", "b"), minutes=10_081), "poll.minutes", "5 to 10080"),
        (Poll(options=("a", "b"), minutes=60, multiple=True), "poll.multiple", "one answer"),
    ],
)
def test_what_no_poll_may_be(poll: Poll, field: str, rule: str) -> None:
    assert rule in broken(Content(text="Which?", poll=poll))[field]


def test_a_polls_answers_are_counted_plainly() -> None:
    poll = Poll(options=("の" * 25, "https://example.com/a"), minutes=5)
    assert X.render(Content(text="Which?", poll=poll), CHANNEL)
    assert "poll" in broken(Content(text="Which?", poll=poll, media=(PICTURE,)))


@pytest.mark.parametrize("subscription", ["Basic", "Premium", "PremiumPlus"])
def test_premium_may_write_at_length(subscription: str) -> None:
    premium = CHANNEL.model_copy(update={"server": {"subscription": subscription}})
    assert X.limits(premium).text_length == 25_000
    assert X.render(Content(text="x" * 25_000), premium)
    assert "25001 of 25000" in broken(Content(text="x" * 25_001), premium)["text"]


def test_so_may_who_says_that_they_have_it() -> None:
    long = Content(text="x" * 300, options=options(long_post=True))
    assert X.render(long, CHANNEL)
    assert "long_post" not in body_of(long)
    for server in ({}, {"subscription": "None"}):
        plain = CHANNEL.model_copy(update={"server": server})
        assert "300 of 280" in broken(Content(text="x" * 300), plain)["text"]


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"reply_settings": "nobody"}, "options.x.reply_settings"),
        ({"community_id": "abc"}, "options.x.community_id"),
        ({"made_with_ai": "perhaps"}, "options.x.made_with_ai"),
        ({"unknown": 1}, "options.x.unknown"),
    ],
)
def test_a_choice_that_there_is_not_is_told_where_it_was_made(
    chosen: dict[str, Any], field: str
) -> None:
    assert field in broken(Content(text="Hello", options=options(**chosen)))


# ── what is sent ────────────────────────────────────────────────────────────────────────────────


def test_a_plain_post_is_its_text_alone() -> None:
    assert body_of(Content(text="Hello")) == {"text": "Hello"}


def test_choices_go_where_they_belong() -> None:
    content = Content(
        text="one",
        thread=(ThreadPart(text="two"),),
        options=options(
            reply_settings="mentionedUsers", made_with_ai=True, community_id="146", long_post=True
        ),
    )
    assert body_of(content) == {
        "text": "one",
        "reply_settings": "mentionedUsers",
        "made_with_ai": True,
        "community_id": "146",
    }
    assert body_of(content, number=1) == {
        "text": "two",
        "reply": {"in_reply_to_tweet_id": "0"},
        "made_with_ai": True,
    }
    main, second = X.render(content, CHANNEL)
    assert set(main.options) == set(X.Options.model_fields)
    assert json.loads(json.dumps(main.options)) == main.options
    assert set(second.options) == {"made_with_ai", "paid_partnership"}


def test_a_part_stands_under_the_one_before_it_and_an_answer_under_its_message() -> None:
    content = Content(text="1", thread=(ThreadPart(text="2"), ThreadPart(text="3")))
    assert body_of(content, number=2)["reply"] == {"in_reply_to_tweet_id": "1"}
    (part,) = X.render_reply("Thank you!", ANN, CHANNEL)
    server = SAMPLE.server()
    SAMPLE.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())
    sent = json.loads(server.requests[-1].content)
    assert sent == {"text": "Thank you!", "reply": {"in_reply_to_tweet_id": "55"}}


def test_what_was_published_has_its_address_and_the_request_its_id() -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        made = {"data": {"id": "100", "text": "Hello"}}
        return httpx.Response(201, json=made, headers={"x-transaction-id": "tx-1"})

    (part,) = X.render(Content(text="Hello"), CHANNEL)
    published = SAMPLE.adapter(respond).commit(part, key=KEY, thread=Thread(), media=Media())
    assert published.remote == Remote(id="100", url="https://x.com/acme/status/100")
    assert published.request_id == "tx-1"


def test_an_answer_without_an_id_may_be_public() -> None:
    bodies: tuple[Any, ...] = ({"data": {}}, {"errors": [{"title": "?"}]}, {})
    (part,) = X.render(Content(text="Hello"), CHANNEL)
    for body in bodies:
        server = Server({"/2/tweets": lambda _, body=body: body})  # type: ignore[misc]
        with pytest.raises(OutcomeUnknown):
            SAMPLE.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())


# ── what it costs ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Hello", 0.015),
        ("See https://example.com", 0.2),
        ("See example.com", 0.2),
        ("See main.py", 0.2),
        ("me@example.com", 0.015),
        ("@example.com", 0.015),
    ],
)
def test_a_link_makes_a_post_dear(text: str, price: float) -> None:
    (part,) = X.render(Content(text=text), CHANNEL)
    assert X.price(part, CHANNEL) == price


def test_an_answer_is_cheaper_and_a_part_of_a_thread_is_a_post() -> None:
    (answer,) = X.render_reply("Thank you!", ANN, CHANNEL)
    (linked,) = X.render_reply("See example.com", ANN, CHANNEL)
    _, second = X.render(Content(text="1", thread=(ThreadPart(text="2"),)), CHANNEL)
    assert [X.price(each, CHANNEL) for each in (answer, linked, second)] == [0.01, 0.2, 0.015]
    assert all(price.source.startswith("https://") for price in X.facts.prices.values())
    assert X.facts.monthly_cap == 5.0
    assert not X.facts.polled
