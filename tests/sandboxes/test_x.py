"""What the X sandbox must get right, so that an adapter that passes here passes there."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import httpx
import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.x.text import weigh
from tests.sandboxes.conftest import Client
from tests.videos import CLIP

TWEETS = "/2/tweets"
UPLOAD = "/2/media/upload"
CALLBACK = "https://tellal.example/oauth/x/callback"
VERIFIER = "v" * 43


def publish(x: Client, text: str, **details: Any) -> str:
    response = x.post(TWEETS, json={"text": text, **details})
    assert response.status_code == 201, response.text
    post_id: str = response.json()["data"]["id"]
    return post_id


def answer(post_id: str) -> dict[str, Any]:
    return {"reply": {"in_reply_to_tweet_id": post_id}}


def refusal(x: Client, **body: Any) -> tuple[int, str]:
    response = x.post(TWEETS, json=body)
    told = response.json()
    return response.status_code, str(told.get("detail") or told["errors"][0]["message"])


def upload(x: Client, picture: bytes, category: str = "tweet_image") -> httpx.Response:
    files = {"media": ("a.png", picture, "image/png")}
    return x.post(UPLOAD, files=files, data={"media_category": category})


def announce(x: Client, **changes: Any) -> httpx.Response:
    asked = {"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": len(CLIP)}
    return x.post(f"{UPLOAD}/initialize", json=asked | changes)


def append(x: Client, media_id: str, number: int, data: bytes) -> httpx.Response:
    return x.post(
        f"{UPLOAD}/{media_id}/append",
        data={"segment_index": str(number)},
        files={"media": ("blob", data, "application/octet-stream")},
    )


def film(x: Client) -> str:
    """Sent and finished, in two segments."""
    media_id: str = announce(x).json()["data"]["id"]
    middle = len(CLIP) // 2
    assert append(x, media_id, 1, CLIP[middle:]).status_code == 200
    assert append(x, media_id, 0, CLIP[:middle]).status_code == 200
    assert append(x, media_id, 0, CLIP[:middle]).status_code == 200  # again is no other
    return media_id


# ── what is counted ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("Hi http://test.co", 26),
        ("H🐱☺👨‍👩‍👧‍👦", 7),
        ("Hello, world! 👋", 16),
        ("Hi 👋🏽 https://example.com/very/long/path café #tag", 39),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 37),
        ("👨‍👩‍👧", 2),
        ("cafe\u0301", 4),
        ("のの مرحبا", 10),
        ("me@test.co and test.co", 38),
        ("1️⃣ 1 ©", 6),
    ],
)
def test_counts_as_x_does(text: str, weight: int) -> None:
    assert weigh(text) == weight


def test_refuses_one_too_many_unless_the_account_has_premium(x: Client) -> None:
    assert refusal(x, text="の" * 140 + "x") == (
        403,
        "You are not permitted to perform this action.",
    )
    publish(x, "の" * 140)
    x.control.create_account("bakery", details={"subscription": "Premium"})
    publish(x, "x" * 281)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 400),
        ({"text": "x", "reply_settings": "nobody"}, 400),
        ({"text": "x", "community_id": "abc"}, 400),
        ({"text": "x", "made_with_ai": "yes"}, 400),
        ({"text": "x", "media": {"media_ids": ["1"]}}, 400),
        ({"text": "x", "media": {"media_ids": []}}, 400),
        ({"text": "x", "poll": {"options": ["a"], "duration_minutes": 60}}, 400),
        ({"text": "x", "poll": {"options": ["a", "b" * 26], "duration_minutes": 60}}, 400),
        ({"text": "x", "poll": {"options": ["a", "b"], "duration_minutes": 4}}, 400),
        ({"text": "x", "reply": {"in_reply_to_tweet_id": "1"}}, 403),
        ({"text": "x", "reply": {"in_reply_to_tweet_id": 7}}, 400),
        ({"text": "x", "quote_tweet_id": "1"}, 501),
        ({"text": "x", "unknown": 1}, 400),
        ({"text": "$ACME $CORP"}, 403),
    ],
)
def test_refuses_what_no_post_is(x: Client, body: dict[str, Any], status: int) -> None:
    assert x.post(TWEETS, json=body).status_code == status
    assert x.control.posts() == []


def test_a_form_is_no_post(x: Client) -> None:
    assert x.post(TWEETS, data={"text": "x"}).status_code == 415


# ── copies, threads, answers ─────────────────────────────────────────────────────────────────


def test_the_same_words_twice_are_refused_for_a_while(x: Client) -> None:
    publish(x, "bread")
    assert refusal(x, text=" bread")[1].endswith("duplicate content.")
    x.control.advance(seconds=86_401)
    x.control.create_account("bakery")
    assert x.get("/2/users/me").status_code == 401


def test_one_answers_only_whom_one_was_summoned_by(x: Client) -> None:
    said = x.control.act(who="ayse", do="post", text="I like bread")
    status, detail = refusal(x, text="So do we", **answer(said["id"]))
    assert (status, "mentioned or otherwise engaged" in detail) == (403, True)
    asked = x.control.act(who="ayse", do="mention", account="bakery", text="Open?")
    publish(x, "Yes", **answer(asked["id"]))


def test_a_thread_is_let_through_or_not(x: Client) -> None:
    first = publish(x, "one")
    publish(x, "two", **answer(first))
    x.control.change_settings(summons_threads=True)
    status, detail = refusal(x, text="three", **answer(first))
    assert (status, "mentioned or otherwise engaged" in detail) == (403, True)


def test_what_is_gone_cannot_be_answered_and_is_deleted_once(x: Client) -> None:
    first = publish(x, "one")
    assert x.http.delete(f"{TWEETS}/{first}").json() == {"data": {"deleted": True}}
    assert x.http.delete(f"{TWEETS}/{first}").status_code == 404
    assert refusal(x, text="two", **answer(first))[0] == 403


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_an_image_is_described_and_attached_once(x: Client, picture: bytes) -> None:
    media_id = upload(x, picture).json()["data"]["id"]
    described = {"id": media_id, "metadata": {"alt_text": {"text": "a loaf"}}}
    assert x.post("/2/media/metadata", json=described).status_code == 200
    publish(x, "", media={"media_ids": [media_id]})
    assert refusal(x, text="x", media={"media_ids": [media_id]})[0] == 400
    [post] = x.control.posts()
    assert [(each["alt"], each["type"]) for each in post["images"]] == [("a loaf", "image/png")]
    assert httpx.get(post["images"][0]["url"], trust_env=False).content == picture


def test_refuses_files_of_other_kinds_or_too_large(x: Client, picture: bytes) -> None:
    assert upload(x, b"no picture").status_code == 400
    assert upload(x, picture, "subtitles").status_code == 400
    x.control.change_settings(image_bytes=len(picture) - 1)
    assert upload(x, picture).status_code == 400
    assert announce(x, media_type="application/pdf").status_code == 400
    assert announce(x, media_category="tweet_gif").status_code == 400
    assert announce(x, total_bytes=513_000_000).status_code == 400
    assert announce(x, also=1).status_code == 400


def test_a_film_goes_through_its_steps_and_is_worked_on(x: Client) -> None:
    x.control.change_settings(polls=2)
    media_id = film(x)
    wanted = {"text": "x", "media": {"media_ids": [media_id]}}
    assert x.post(TWEETS, json=wanted).status_code == 400
    done = x.post(f"{UPLOAD}/{media_id}/finalize").json()["data"]
    assert done["processing_info"]["state"] == "in_progress"
    assert x.post(TWEETS, json=wanted).status_code == 400
    asked = {"command": "STATUS", "media_id": media_id}
    states = [
        x.get(UPLOAD, params=asked).json()["data"]["processing_info"]["state"] for _ in range(3)
    ]
    assert states == ["in_progress", "in_progress", "succeeded"]
    publish(x, "x", media={"media_ids": [media_id]})


def test_steps_out_of_order_are_refused(x: Client, picture: bytes) -> None:
    media_id = announce(x).json()["data"]["id"]
    assert x.get(UPLOAD, params={"media_id": media_id}).status_code == 400
    assert x.post(f"{UPLOAD}/{media_id}/finalize").status_code == 400
    assert append(x, media_id, 1000, CLIP).status_code == 400
    assert append(x, media_id, 0, b"").status_code == 400
    x.control.change_settings(segment_bytes=len(CLIP) - 1)
    assert append(x, media_id, 0, CLIP).status_code == 400
    x.control.change_settings(segment_bytes=len(CLIP))
    assert append(x, media_id, 1, CLIP).status_code == 200
    assert x.post(f"{UPLOAD}/{media_id}/finalize").status_code == 400  # the first is missing
    assert append(x, "123", 0, CLIP).status_code == 404


def test_what_was_finished_takes_nothing_more_and_is_kept_for_a_day(x: Client) -> None:
    media_id = film(x)
    assert x.post(f"{UPLOAD}/{media_id}/finalize").status_code == 200
    assert x.post(f"{UPLOAD}/{media_id}/finalize").status_code == 400
    assert append(x, media_id, 2, b"more").status_code == 400
    x.control.change_settings(access_seconds=200_000)
    token = x.control.create_account("bakery")["access_token"]
    x.control.advance(seconds=86_401)
    late = x.get(
        UPLOAD, params={"media_id": media_id}, headers={"Authorization": f"Bearer {token}"}
    )
    assert late.status_code == 404


def test_processing_may_fail(x: Client) -> None:
    x.control.change_settings(fails_processing=True, polls=0)
    told = x.post(f"{UPLOAD}/{film(x)}/finalize").json()["data"]["processing_info"]
    assert (told["state"], told["error"]["name"]) == ("failed", "InvalidMedia")


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def timeline(x: Client, **params: str) -> Any:
    fields = "attachments,created_at,entities,note_post,text"
    asked = {"max_results": "100", "post.fields": fields, "expansions": "referenced_posts"}
    return x.get(f"/2/users/{x.id}/tweets", params=asked | params).json()


def test_a_timeline_shows_links_shortened_and_html_spelled_out(x: Client, picture: bytes) -> None:
    media_id = upload(x, picture).json()["data"]["id"]
    text = "Bread & butter <3: example.com and https://example.com/a?b=1&c=2!"
    publish(x, text, media={"media_ids": [media_id]})
    [post] = timeline(x)["data"]
    shown = post["text"]
    assert "example.com" not in shown
    assert shown.startswith("Bread &amp; butter &lt;3: https://t.co/")
    assert len(post["attachments"]["media_keys"]) == 1
    expanded = {each["url"]: each["expanded_url"] for each in post["entities"]["urls"]}
    assert [url for url in expanded if url not in shown] == []
    bare, whole, file = sorted(expanded.values(), key=lambda each: (x.url in each, each))
    assert (bare, whole) == ("http://example.com", "https://example.com/a?b=1&c=2")
    assert file.endswith("/photo/1")


def test_a_long_post_is_whole_in_its_note(x: Client) -> None:
    x.control.create_account("bakery", details={"subscription": "Premium"})
    publish(x, "x" * 300)
    [post] = timeline(x)["data"]
    assert (len(post["text"]), post["note_post"]["text"]) == (280, "x" * 300)


def test_a_timeline_lags_is_paged_and_leaves_out_what_it_is_told_to(x: Client) -> None:
    first = publish(x, "one")
    second = publish(x, "two", **answer(first))
    [newest, oldest] = timeline(x)["data"]
    assert [newest["id"], oldest["id"]] == [second, first]
    assert newest["referenced_posts"] == [{"type": "replied_to", "id": first}]
    assert datetime.fromisoformat(newest["created_at"]).microsecond == 0
    assert len(timeline(x, exclude="retweets,replies")["data"]) == 1
    assert "data" not in timeline(x, start_time="2100-01-01T00:00:00Z")
    x.control.change_settings(list_lag_seconds=60)
    assert "data" not in timeline(x)
    x.control.advance(seconds=61)
    assert len(timeline(x)["data"]) == 2


def test_pages_go_on_behind_their_token(x: Client) -> None:
    ids = [publish(x, f"number {number}") for number in range(7)]
    first = timeline(x, max_results="5")
    second = timeline(x, max_results="5", pagination_token=first["meta"]["next_token"])
    assert [post["id"] for post in first["data"] + second["data"]] == ids[::-1]
    assert "next_token" not in second["meta"]


@pytest.mark.parametrize(
    "params",
    [
        {"max_results": "4"},
        {"max_results": "101"},
        {"start_time": "2026-01-01"},
        {"start_time": "2026-01-01T10:00:00.000Z"},
        {"post.fields": "everything"},
        {"post.fields": "author_id"},
        {"tweet.fields": "likes"},
        {"expansions": "author"},
        {"exclude": "answers"},
        {"limit": "5"},
    ],
)
def test_a_listing_knows_its_parameters(x: Client, params: dict[str, str]) -> None:
    assert x.get(f"/2/users/{x.id}/tweets", params=params).status_code == 400


def test_old_names_are_understood_and_answered_with_old_names(x: Client) -> None:
    first = publish(x, "one")
    publish(x, "two", **answer(first))
    asked = {"tweet.fields": "author_id,public_metrics,referenced_tweets"}
    newest = x.get(f"/2/users/{x.id}/tweets", params=asked).json()["data"][0]
    assert newest["author_id"] == x.id
    assert newest["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert newest["public_metrics"]["retweet_count"] == 0


def test_mentions_are_those_of_others_since_an_id(x: Client) -> None:
    post = publish(x, "bread")
    publish(x, "@bakery us")
    x.control.act(who="ayse", do="reply", post=post, text="Warm?")
    second = x.control.act(who="ayse", do="mention", account="bakery", text="Open?")["id"]
    asked = {"expansions": "author_id,in_reply_to_user_id", "user.fields": "username"}
    heard = x.get(f"/2/users/{x.id}/mentions", params=asked).json()
    assert [each["text"] for each in heard["data"]] == ["@bakery Open?", "@bakery Warm?"]
    assert [each.get("in_reply_to_user_id") for each in heard["data"]] == [None, x.id]
    assert [each["username"] for each in heard["includes"]["users"]] == ["ayse"]
    later = x.get(f"/2/users/{x.id}/mentions", params={"since_id": second}).json()
    assert later == {"meta": {"result_count": 0}}


def test_posts_are_counted_and_those_that_are_gone_are_told(x: Client) -> None:
    post = publish(x, "bread")
    x.control.act(who="ayse", do="like", post=post)
    x.control.act(who="ayse", do="follow", account="bakery")
    asked = {"ids": f"{post},1", "post.fields": "public_metrics"}
    told = x.get(TWEETS, params=asked).json()
    assert told["data"][0]["public_metrics"]["like_count"] == 1
    assert told["errors"][0]["type"].endswith("resource-not-found")
    me = x.get("/2/users/me", params={"user.fields": "public_metrics"}).json()["data"]
    counted = me["public_metrics"]
    assert (counted["followers_count"], counted["post_count"]) == (1, 1)
    assert (me["username"], me["name"]) == ("bakery", "Acme Bakery")


# ── limits and money ─────────────────────────────────────────────────────────────────────────


def test_limits_are_told_and_kept(x: Client) -> None:
    x.control.change_settings(posts_per_15_minutes=2)
    first = x.post(TWEETS, json={"text": "one"})
    assert first.headers["x-rate-limit-remaining"] == "1"
    assert first.headers["x-app-limit-24hour-remaining"] == "9999"
    publish(x, "two")
    refused = x.post(TWEETS, json={"text": "three"})
    assert (refused.status_code, refused.headers["x-rate-limit-remaining"]) == (429, "0")
    reset = datetime.fromtimestamp(int(refused.headers["x-rate-limit-reset"]), UTC)
    assert reset > parsedate_to_datetime(refused.headers["date"])
    x.control.advance(seconds=901)
    publish(x, "three")


def test_who_has_no_credits_publishes_and_reads_nothing(x: Client) -> None:
    x.control.change_settings(credits=0.22)
    publish(x, "see example.com")
    publish(x, "without")
    refused = x.post(TWEETS, json={"text": "again"})
    assert (refused.status_code, refused.json()["title"]) == (402, "CreditsDepleted")
    assert x.get("/2/users/me").status_code == 200  # that much is left
    assert len(x.control.posts()) == 2


# ── consent ──────────────────────────────────────────────────────────────────────────────────


def code_for(x: Client, scope: str = "tweet.read users.read offline.access") -> str:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": scope,
        "state": "st",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page = httpx.get(f"{x.url}/i/oauth2/authorize", params=asked, trust_env=False)
    fields = re.findall(r'name="([^"]+)" value="([^"]*)">', page.text)
    form = {name: unescape(value) for name, value in fields} | {"username": x.name}
    back = httpx.post(f"{x.url}/i/oauth2/authorize", data=form, trust_env=False)
    return str(httpx.URL(back.headers["location"]).params["code"])


def token(x: Client, *, secret: str = CLIENT_SECRET, **form: str) -> httpx.Response:
    basic = httpx.BasicAuth(CLIENT_ID, secret)
    url = f"{x.url}/2/oauth2/token"
    with httpx.Client(trust_env=False) as http:
        return http.post(url, data=form, auth=basic)


def redeem(x: Client, code: str, **changes: str) -> httpx.Response:
    usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return token(x, **{**usual, "code_verifier": VERIFIER, **changes})


def renew(x: Client, refresh_token: str) -> httpx.Response:
    return token(x, grant_type="refresh_token", refresh_token=refresh_token)


def me(x: Client, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    return x.get("/2/users/me", headers=headers).status_code


def test_a_code_is_good_once_for_half_a_minute_and_with_its_verifier(x: Client) -> None:
    code = code_for(x)
    assert me(x, redeem(x, code).json()["access_token"]) == 200
    assert redeem(x, code).status_code == 400
    assert redeem(x, code_for(x), code_verifier="w" * 43).status_code == 400
    assert redeem(x, code_for(x), redirect_uri="https://other.example").status_code == 400
    late = code_for(x)
    x.control.advance(seconds=31)
    assert redeem(x, late).json()["error"] == "invalid_request"


def test_an_app_must_say_who_it_is(x: Client) -> None:
    assert token(x, secret="wrong", grant_type="refresh_token").status_code == 401


def test_a_token_does_what_was_allowed(x: Client) -> None:
    granted = redeem(x, code_for(x, "tweet.read users.read")).json()
    assert "refresh_token" not in granted
    assert granted["scope"] == "tweet.read users.read"
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert x.post(TWEETS, json={"text": "x"}, headers=headers).status_code == 403


def test_a_refresh_token_is_good_once_and_again_ends_everything(x: Client) -> None:
    first = redeem(x, code_for(x)).json()
    second = renew(x, first["refresh_token"]).json()
    assert (me(x, first["access_token"]), me(x, second["access_token"])) == (200, 200)

    assert renew(x, first["refresh_token"]).json() == {
        "error": "invalid_request",
        "error_description": "Value passed for the token was invalid.",
    }

    assert (me(x, first["access_token"]), me(x, second["access_token"])) == (401, 401)
    assert renew(x, second["refresh_token"]).status_code == 400
    seen = x.control.renewals()
    assert (len(seen), len(set(seen))) == (3, 2)
    assert first["refresh_token"] not in seen


def test_access_ends_and_is_revoked(x: Client) -> None:
    granted = redeem(x, code_for(x)).json()
    basic = httpx.BasicAuth(CLIENT_ID, CLIENT_SECRET)
    for given, status in (("access_token", 200), ("access_token", 400), ("refresh_token", 200)):
        with httpx.Client(trust_env=False) as http:
            url = f"{x.url}/2/oauth2/revoke"
            revoked = http.post(url, data={"token": granted[given]}, auth=basic)
        assert revoked.status_code == status
    assert me(x, granted["access_token"]) == 401
    assert renew(x, granted["refresh_token"]).status_code == 400
    x.control.advance(seconds=7201)
    assert x.get("/2/users/me").status_code == 401
