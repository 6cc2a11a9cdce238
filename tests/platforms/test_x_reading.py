"""What is read back from X: posts that are looked for, mentions, numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal import clock
from tellal.platforms.protocol import Thread
from tellal.platforms.x import X, XCredentials
from tellal.platforms.x.measuring import BITS_BELOW_TIME, EPOCH
from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import PICTURE, TEN, Server, calls
from tests.platforms.samples.x import X as SAMPLE

CHANNEL = SAMPLE.channel
ANN = ReplyTo(remote=Remote(id="55"), author_handle="ann")


def options(**chosen: Any) -> Mapping[str, Any]:
    return {"x": chosen}


# ── looking ─────────────────────────────────────────────────────────────────────────────────────


def fingerprint(text: str, *, to: ReplyTo | None = None, media: tuple[Any, ...] = ()) -> str:
    if to:
        (part,) = X.render_reply(text, to, CHANNEL)
    else:
        (part,) = X.render(Content(text=text, media=media), CHANNEL)
    return X.fingerprint(part, Thread(), CHANNEL)


def listed(*posts: Any, since: datetime = TEN) -> list[str]:
    server = Server({"/2/users/1001/tweets": lambda _: {"data": list(posts), "meta": {}}})
    found = SAMPLE.adapter(server).list_posts(since=since)
    assert found.complete
    return [each.fingerprint for each in found.posts]


def shown(text: str, *urls: tuple[str, str], **facts: Any) -> dict[str, Any]:
    entities = {"urls": [{"url": url, "expanded_url": to} for url, to in urls]}
    known = {"id": "100", "created_at": "2026-01-01T10:00:00.000Z", "text": text}
    return {**known, "entities": entities, **facts}


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Hello", shown("Hello")),
        ("Bread & butter <3", shown("Bread &amp; butter &lt;3")),
        ("Write &amp; not &", shown("Write &amp;amp; not &amp;")),
        ("cafe\u0301  here\n\nand there", shown("café here\n\nand there")),
        (
            "See https://ex.com/a?b=1&c=2, or ex.com!",
            shown(
                "See https://t.co/aaa, or https://t.co/aab!",
                ("https://t.co/aaa", "https://ex.com/a?b=1&c=2"),
                ("https://t.co/aab", "http://ex.com"),
            ),
        ),
        (
            "EX.com/ and https://ex.com/%C3%A9",
            shown(
                "https://t.co/a and https://t.co/a1",
                ("https://t.co/a", "http://ex.com"),
                ("https://t.co/a1", "https://ex.com/é"),
            ),
        ),
        ("Ünï 👨‍👩‍👧 مرحبا #tag @ann", shown("Ünï 👨‍👩‍👧 مرحبا #tag @ann")),
    ],
)
def test_a_post_is_known_again_however_x_spells_it(written: str, seen: dict[str, Any]) -> None:
    assert listed(seen) == [fingerprint(written)]


def test_a_post_with_a_file_is_known_by_it_and_not_by_its_link() -> None:
    file = ("https://t.co/pic", "https://x.com/acme/status/100/photo/1")
    seen = shown("Hello https://t.co/pic", file, attachments={"media_keys": ["3_1"]})
    assert listed(seen) == [fingerprint("Hello", media=(PICTURE,))]
    assert listed(seen) != [fingerprint("Hello")]


def test_a_long_post_is_read_whole() -> None:
    whole = "x" * 300 + " & more"
    part = X.render(Content(text=whole, options=options(long_post=True)), CHANNEL)[0]
    note = {"text": "x" * 300 + " &amp; more"}
    for name in ("note_post", "note_tweet"):
        seen = shown("x" * 279 + "…", **{name: note})
        assert listed(seen) == [X.fingerprint(part, Thread(), CHANNEL)]


@pytest.mark.parametrize("name", ["referenced_posts", "referenced_tweets"])
def test_an_answer_is_known_by_what_it_answers_whoever_is_named_before_it(name: str) -> None:
    above = {name: [{"type": "quoted", "id": "7"}, {"type": "replied_to", "id": "55"}]}
    assert listed(shown("@ann @ben Thanks", **above)) == [fingerprint("Thanks", to=ANN)]
    assert listed(shown("@ann Thanks", **above)) == [fingerprint("@ann Thanks", to=ANN)]
    assert listed(shown("Thanks")) != [fingerprint("Thanks", to=ANN)]


def test_other_links_make_another_post() -> None:
    seen = shown("See https://t.co/a", ("https://t.co/a", "https://ex.com/other"))
    assert listed(seen) != [fingerprint("See https://ex.com/this")]


def test_a_timeline_is_read_page_after_page_back_to_the_attempt() -> None:
    pages = {None: ("3", "b"), "b": ("2", "c"), "c": ("1", None)}
    asked: list[httpx.QueryParams] = []

    def timeline(request: httpx.Request) -> Any:
        asked.append(request.url.params)
        name, more = pages[request.url.params.get("pagination_token")]
        meta = {"next_token": more} if more else {}
        return {"data": [shown("Hello") | {"id": name}], "meta": meta}

    since = datetime(2026, 1, 1, 9, 59, 59, 999_000, tzinfo=UTC)
    found = SAMPLE.adapter(Server({"/tweets": timeline})).list_posts(since=since)
    assert [each.remote.id for each in found.posts] == ["3", "2", "1"]
    assert found.posts[0].remote.url == "https://x.com/acme/status/3"
    assert found.complete
    assert asked[0]["start_time"] == "2026-01-01T09:59:59Z"
    assert (asked[0]["exclude"], asked[0]["max_results"]) == ("retweets", "100")


def test_an_endless_timeline_is_not_read_in_full() -> None:
    endless = Server({"/tweets": lambda _: {"data": [shown("x")], "meta": {"next_token": "n"}}})
    found = SAMPLE.adapter(endless).list_posts(since=TEN)
    assert (len(found.posts), found.complete) == (10, False)


# ── reading, where a channel says so ────────────────────────────────────────────────────────────


def mention(number: int, **facts: Any) -> dict[str, Any]:
    usual = {
        "id": str(number),
        "author_id": "9",
        "text": f"@acme number {number}",
        "created_at": f"2026-01-01T10:{number:02}:00.000Z",
        "conversation_id": "100",
    }
    return usual | facts


ANN_IS = {
    "users": [{"id": "9", "username": "ann", "name": "Ann", "profile_image_url": "https://p"}]
}


def read_inbox(*posts: Any, cursor: str | None = None) -> Any:
    page = {"data": list(posts), "includes": ANN_IS, "meta": {}}
    return SAMPLE.adapter(Server({"/mentions": lambda _: page})).read_inbox(cursor)


def test_who_answers_us_comments_and_others_mention() -> None:
    above = [{"type": "replied_to", "id": "100"}]
    page = read_inbox(mention(2), mention(1, in_reply_to_user_id="1001", referenced_posts=above))
    comment, mentioned = page.heard
    assert (comment.kind, comment.post_remote_id, comment.thread) == ("comment", "100", "100")
    assert (mentioned.kind, mentioned.post_remote_id) == ("mention", None)
    assert comment.author.handle == "ann"
    assert comment.author.url == "https://x.com/ann"
    assert comment.url == "https://x.com/ann/status/1"
    assert page.cursor == "2"


def test_links_are_read_as_they_lead_and_files_not_at_all() -> None:
    seen = shown(
        "@acme see https://t.co/a &amp; https://t.co/b",
        ("https://t.co/a", "https://ex.com/x"),
        ("https://t.co/b", "https://x.com/ann/status/1/photo/1"),
    )
    (heard,) = read_inbox(mention(1) | {"text": seen["text"], "entities": seen["entities"]}).heard
    assert heard.text == "@acme see https://ex.com/x &"


def test_our_own_words_are_not_heard_and_ids_are_numbers() -> None:
    page = read_inbox(mention(10), mention(9, author_id="1001"), cursor="8")
    assert [each.remote_id for each in page.heard] == ["10"]
    assert page.cursor == "10"


def test_the_first_reading_is_one_small_page_and_later_ones_go_back_to_the_cursor() -> None:
    asked: list[httpx.QueryParams] = []

    def mentions(request: httpx.Request) -> Any:
        asked.append(request.url.params)
        return {"data": [mention(5)], "meta": {"next_token": "n"}}

    adapter = SAMPLE.adapter(Server({"/mentions": mentions}))
    adapter.read_inbox(None)
    assert [each["max_results"] for each in asked] == ["20"]
    asked.clear()
    adapter.read_inbox("4")
    assert {(each["max_results"], each["since_id"]) for each in asked} == {("100", "4")}
    assert len(asked) == 10


def test_posts_are_counted_by_new_names_and_by_old_ones() -> None:
    public = {"like_count": 3, "retweet_count": 2, "bookmark_count": 1, "impression_count": 90}
    own = {"url_link_clicks": 4, "user_profile_clicks": 1}
    data = [
        {"id": "100", "public_metrics": public, "non_public_metrics": own},
        {"id": "101", "public_metrics": {"repost_count": 5, "quote_count": 0, "new_count": 1}},
    ]
    adapter = SAMPLE.adapter(Server({"/2/tweets": lambda _: {"data": data}}))
    assert adapter.read_posts([Remote(id="100"), Remote(id="101"), Remote(id="102")]) == {
        "100": {
            "likes": 3,
            "shares": 2,
            "saves": 1,
            "impressions": 90,
            "clicks": 4,
            "profile_visits": 1,
        },
        "101": {"shares": 5, "quotes": 0},
    }


def made(ago: timedelta) -> str:
    """The number of a post that was made so long ago."""
    milliseconds = (clock.now() - ago - EPOCH) // timedelta(milliseconds=1)
    return str(milliseconds << BITS_BELOW_TIME)


def test_what_only_the_owner_sees_is_asked_of_posts_of_thirty_days_and_a_hundred_at_once() -> None:
    young = [str(int(made(timedelta(days=29))) + n) for n in range(101)]
    old = made(timedelta(days=31))
    server = Server({"/2/tweets": lambda _: {"data": []}})
    SAMPLE.adapter(server).read_posts([Remote(id=each) for each in [*young, old]])
    asked = [each.url.params for each in server.requests]
    assert [each["ids"].split(",") for each in asked] == [young[:100], young[100:], [old]]
    private = ["non_public_metrics" in each["post.fields"] for each in asked]
    assert private == [True, True, False]


def test_where_all_are_gone_nothing_is_told() -> None:
    gone = {"errors": [{"title": "Not Found Error"}]}
    adapter = SAMPLE.adapter(Server({"/2/tweets": lambda _: gone}))
    assert adapter.read_posts([Remote(id="100")]) == {}


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        ("post", {"post.fields": "note_post", "expansions": "referenced_posts"}),
        ("tweet", {"tweet.fields": "note_tweet,author_id,in_reply_to_user_id,referenced_tweets"}),
    ],
)
def test_x_is_asked_in_the_words_that_a_deployment_says(
    vocabulary: str, expected: dict[str, str]
) -> None:
    server = SAMPLE.server()
    line = calls(SAMPLE, server)
    stated = {**line.settings, "vocabulary": vocabulary}
    credentials = XCredentials.model_validate(SAMPLE.credentials)
    X(CHANNEL, credentials, type(line)(line.http, line.hosts, settings=stated)).read_inbox(None)
    params = server.requests[-1].url.params
    for name, wanted in expected.items():
        assert wanted in params[name]
    assert "author_id" in params["expansions"]
