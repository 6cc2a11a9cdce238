"""What the Mastodon sandbox must get right, so that an adapter that passes here passes there."""

import re
from typing import Any

import httpx
import pytest

from local.sandboxes.mastodon.text import count_characters
from tests.sandboxes.conftest import Client
from tests.videos import CLIP

STATUSES = "/api/v1/statuses"
NOTIFICATIONS = "/api/v1/notifications"


def publish(mastodon: Client, text: str, **details: Any) -> dict[str, Any]:
    response = mastodon.post(STATUSES, json={"status": text, **details})
    assert response.status_code == 200, response.text
    published: dict[str, Any] = response.json()
    return published


def upload(
    mastodon: Client, data: bytes, *, kind: str = "image/png", alt: str = ""
) -> httpx.Response:
    files = {"file": ("media", data, kind)}
    return mastodon.post("/api/v2/media", files=files, data={"description": alt})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hi http://test.co", 26),
        ("H🐱☺👨‍👩‍👧‍👦", 4),
        ("Hello, world! 👋", 15),
        ("Hi 👋🏽 https://example.com/very/long/path café #tag", 38),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 36),
        ("👨‍👩‍👧", 1),
        ("@alice@example.com hi", 9),
        ("see example.com", 15),
        ("(https://en.wikipedia.org/wiki/A_(b)).", 26),
    ],
)
def test_counts_graphemes_with_links_as_23_and_mentions_without_domain(
    text: str, count: int
) -> None:
    assert count_characters(text) == count


def test_refuses_one_character_too_many_in_the_platforms_words(mastodon: Client) -> None:
    link = "https://example.com/" + "x" * 400
    assert mastodon.post(STATUSES, json={"status": f"{'a' * 476} {link}"}).status_code == 200
    refused = mastodon.post(STATUSES, json={"status": f"{'a' * 477} {link}"})
    assert refused.status_code == 422
    assert refused.json() == {"error": "Validation failed: Text character limit of 500 exceeded"}


def test_the_same_key_publishes_once_within_the_hour_and_again_after_it(mastodon: Client) -> None:
    key = {"Idempotency-Key": "delivery-1"}
    first = mastodon.post(STATUSES, json={"status": "bread"}, headers=key).json()
    again = mastodon.post(STATUSES, data={"status": "bread"}, headers=key).json()
    assert again["id"] == first["id"]
    mastodon.control.advance(seconds=3601)
    later = mastodon.post(STATUSES, json={"status": "bread"}, headers=key).json()
    assert later["id"] != first["id"]
    assert [post["key"] for post in mastodon.control.posts()] == ["delivery-1", "delivery-1"]


def test_a_server_that_ignores_keys_publishes_twice(mastodon: Client) -> None:
    mastodon.control.change_settings(keeps_idempotency_keys=False, version="2.7.2 (compatible; X)")
    for _ in range(2):
        mastodon.post(STATUSES, json={"status": "bread"}, headers={"Idempotency-Key": "k"})
    assert len(mastodon.control.posts()) == 2


def test_an_image_is_ready_at_once_kept_whole_and_attached_once(
    mastodon: Client, picture: bytes
) -> None:
    media = upload(mastodon, picture, alt="a loaf")
    assert media.status_code == 200
    assert mastodon.get(media.json()["url"]).content == picture
    status = publish(mastodon, "", media_ids=[media.json()["id"]])
    assert status["media_attachments"][0]["description"] == "a loaf"
    again = mastodon.post(STATUSES, json={"status": "x", "media_ids": [media.json()["id"]]})
    assert again.status_code == 422
    assert mastodon.control.posts()[0]["images"][0]["alt"] == "a loaf"


def test_media_ids_in_a_form_need_their_brackets(mastodon: Client, picture: bytes) -> None:
    ids = [upload(mastodon, picture).json()["id"] for _ in range(2)]
    lost = mastodon.post(STATUSES, data={"status": "x", "media_ids": ids}).json()
    assert lost["media_attachments"] == []
    kept = mastodon.post(STATUSES, data={"status": "x", "media_ids[]": ids}).json()
    assert [media["id"] for media in kept["media_attachments"]] == ids


def test_media_being_processed_cannot_be_attached_until_it_was_polled(
    mastodon: Client, picture: bytes
) -> None:
    mastodon.control.change_settings(image_polls=2)
    media = upload(mastodon, picture)
    assert (media.status_code, media.json()["url"]) == (202, None)
    wanted = {"status": "x", "media_ids": [media.json()["id"]]}
    assert mastodon.post(STATUSES, json=wanted).status_code == 422
    polls = [mastodon.get(f"/api/v1/media/{media.json()['id']}").status_code for _ in range(3)]
    assert polls == [206, 206, 200]
    assert mastodon.post(STATUSES, json=wanted).status_code == 200


def test_refuses_media_of_other_kinds_too_large_or_described_at_length(
    mastodon: Client, picture: bytes
) -> None:
    assert upload(mastodon, b"%PDF-1.7", kind="application/pdf").status_code == 422
    assert upload(mastodon, b"no picture", kind="image/png").status_code == 422
    assert upload(mastodon, picture, alt="x" * 1501).status_code == 422
    mastodon.control.change_settings(image_size_limit=len(picture) - 1)
    assert upload(mastodon, picture).status_code == 422


def test_a_film_is_known_by_its_bytes_and_worked_on_before_it_can_be_attached(
    mastodon: Client,
) -> None:
    assert upload(mastodon, b"no film", kind="video/mp4").status_code == 422
    film = upload(mastodon, CLIP, kind="video/mp4", alt="steam")
    assert (film.status_code, film.json()["type"]) == (202, "video")
    polls = [mastodon.get(f"/api/v1/media/{film.json()['id']}").status_code for _ in range(2)]
    assert polls == [206, 200]
    status = publish(mastodon, "", media_ids=[film.json()["id"]])
    assert httpx.get(status["media_attachments"][0]["url"], trust_env=False).content == CLIP
    mastodon.control.change_settings(video_size_limit=len(CLIP) - 1)
    assert upload(mastodon, CLIP, kind="video/mp4").status_code == 422
    mastodon.control.change_settings(video_size_limit=len(CLIP), supports_videos=False)
    assert upload(mastodon, CLIP, kind="video/mp4").status_code == 422


def test_a_film_and_an_image_are_not_attached_together(mastodon: Client, picture: bytes) -> None:
    mastodon.control.change_settings(video_polls=0)
    ids = [
        upload(mastodon, data, kind=kind).json()["id"]
        for data, kind in ((CLIP, "video/mp4"), (picture, "image/png"))
    ]
    refused = mastodon.post(STATUSES, json={"status": "x", "media_ids": ids})
    assert "Cannot attach a video" in refused.json()["error"]


def test_a_poll_is_shown_with_its_answers_and_its_end(mastodon: Client) -> None:
    poll = {"options": ["rye", " wheat "], "expires_in": 3600, "multiple": True}
    shown = publish(mastodon, "which?", poll=poll)["poll"]
    assert [each["title"] for each in shown["options"]] == ["rye", "wheat"]
    assert shown["multiple"] is True
    assert publish(mastodon, "no poll")["poll"] is None


@pytest.mark.parametrize(
    ("poll", "says"),
    [
        ({"options": ["a"], "expires_in": 300}, "more than one item"),
        ({"options": list("abcde"), "expires_in": 300}, "more than 4 items"),
        ({"options": ["a" * 51, "b"], "expires_in": 300}, "longer than 50 characters"),
        ({"options": ["a", "a"], "expires_in": 300}, "duplicate items"),
        ({"options": ["a", "b"], "expires_in": 299}, "too soon"),
        ({"options": ["a", "b"], "expires_in": 2_629_747}, "too far into the future"),
    ],
)
def test_a_poll_that_breaks_a_rule_is_refused(
    mastodon: Client, poll: dict[str, Any], says: str
) -> None:
    refused = mastodon.post(STATUSES, json={"status": "which?", "poll": poll})
    assert refused.status_code == 422
    assert says in refused.json()["error"]


def test_a_poll_and_media_do_not_go_together(mastodon: Client, picture: bytes) -> None:
    poll = {"options": ["a", "b"], "expires_in": 300}
    media = [upload(mastodon, picture).json()["id"]]
    wanted = {"status": "which?", "poll": poll, "media_ids": media}
    assert mastodon.post(STATUSES, json=wanted).status_code == 422


def test_a_warning_counts_into_the_length_and_covers_the_files(mastodon: Client) -> None:
    covered = publish(mastodon, "x" * 495, spoiler_text="bread")
    assert (covered["spoiler_text"], covered["sensitive"]) == ("bread", True)
    wanted = {"status": "x" * 496, "spoiler_text": "bread"}
    assert mastodon.post(STATUSES, json=wanted).status_code == 422


def test_stripped_content_is_the_text_except_for_mentions_domains(mastodon: Client) -> None:
    mastodon.control.act(who="ayse@elsewhere.example", do="post", text="hello")
    text = "Look, @ayse@elsewhere.example & @nobody: https://example.com/a?b=1&c=2! #Bread"
    html = publish(mastodon, text)["content"]
    stripped = re.sub(r"<[^>]+>", "", html).replace("&amp;", "&")
    assert stripped == text.replace("@elsewhere.example", "")
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html
    assert html.count("<a ") == 3


def test_an_answer_needs_something_to_answer(mastodon: Client) -> None:
    root = publish(mastodon, "one")
    child = publish(mastodon, "two", in_reply_to_id=root["id"])
    context = mastodon.get(f"{STATUSES}/{root['id']}/context").json()
    assert [status["id"] for status in context["descendants"]] == [child["id"]]
    assert mastodon.http.delete(f"{STATUSES}/{root['id']}").json()["text"] == "one"
    assert mastodon.get(f"{STATUSES}/{root['id']}").status_code == 404
    orphan = mastodon.post(STATUSES, json={"status": "x", "in_reply_to_id": root["id"]})
    assert orphan.status_code == 404


def test_a_direct_message_is_seen_by_those_it_names_alone(mastodon: Client) -> None:
    friend = mastodon.control.create_account("friend")["access_token"]
    stranger = mastodon.control.create_account("stranger")["access_token"]
    status = publish(mastodon, "@friend psst", visibility="direct")
    seen = [
        mastodon.get(f"{STATUSES}/{status['id']}", headers={"Authorization": f"Bearer {token}"})
        for token in (friend, stranger)
    ]
    assert [response.status_code for response in seen] == [200, 404]


def test_notifications_page_upwards_without_a_gap_and_downwards_by_link(mastodon: Client) -> None:
    status = publish(mastodon, "bread")
    for number in range(5):
        mastodon.control.act(who="ayse", do="reply", post=status["id"], text=f"no {number}")
    mastodon.control.act(who="ayse", do="like", post=status["id"])
    mastodon.control.act(who="ayse", do="follow", account="bakery")
    everything = mastodon.get(NOTIFICATIONS).json()
    assert [n["type"] for n in everything] == ["follow", "favourite", *["mention"] * 5]
    mentions = {"types[]": "mention", "limit": 2}
    oldest = everything[-1]["id"]
    above = mastodon.get(NOTIFICATIONS, params={**mentions, "min_id": oldest})
    newest = mastodon.get(NOTIFICATIONS, params={**mentions, "since_id": oldest})
    ids = [n["id"] for n in everything if n["type"] == "mention"]
    assert [n["id"] for n in above.json()] == ids[2:4]
    assert [n["id"] for n in newest.json()] == ids[:2]
    below = mastodon.get(newest.links["next"]["url"])
    assert [n["id"] for n in below.json()] == ids[2:4]
    assert mastodon.get(newest.links["prev"]["url"]).json() == []


def test_a_reply_that_names_nobody_reaches_nobody(mastodon: Client) -> None:
    friend = mastodon.control.create_account("friend")["access_token"]
    status = publish(mastodon, "bread")
    mine = {"Authorization": f"Bearer {friend}"}
    reply = {"status": "where?", "in_reply_to_id": status["id"]}
    assert mastodon.post(STATUSES, json=reply, headers=mine).status_code == 200
    assert mastodon.get(NOTIFICATIONS).json() == []


def test_bad_tokens_are_401_and_missing_scopes_403(mastodon: Client) -> None:
    bad = mastodon.get(NOTIFICATIONS, headers={"Authorization": "Bearer no"})
    assert (bad.status_code, bad.json()) == (401, {"error": "The access token is invalid"})
    reader = mastodon.control.create_account("bakery", scopes="read")["access_token"]
    headers = {"Authorization": f"Bearer {reader}"}
    refused = mastodon.post(STATUSES, json={"status": "x"}, headers=headers)
    assert refused.status_code == 403
    whoami = mastodon.get("/api/v1/accounts/verify_credentials", headers=headers)
    assert whoami.json()["acct"] == "bakery"


def test_a_consent_becomes_a_token_once_and_only_with_its_verifier(mastodon: Client) -> None:
    address = "https://tellal.example/oauth"
    wanted = {"client_name": "Tellal", "redirect_uris": address, "scopes": "read write"}
    app = mastodon.post("/api/v1/apps", data=wanted).json()
    consent = {
        "client_id": app["client_id"],
        "redirect_uri": address,
        "response_type": "code",
        "scope": "write:statuses",
        "state": "s1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    exchange = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": address,
    }
    answers = []
    for verifier in ("wrong", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"):
        given = mastodon.post("/oauth/authorize", data={**consent, "username": "bakery"})
        back = httpx.URL(given.headers["location"])
        assert back.params["state"] == "s1"
        body = {**exchange, "code": back.params["code"], "code_verifier": verifier}
        answers.append(mastodon.post("/oauth/token", data=body))
        assert mastodon.post("/oauth/token", data=body).status_code == 400
    assert [answer.status_code for answer in answers] == [400, 200]
    assert answers[1].json()["scope"] == "write:statuses"


def test_says_when_the_limit_resets_and_keeps_to_it(mastodon: Client) -> None:
    mastodon.control.change_settings(requests_per_5_minutes=2)
    answers = [mastodon.get("/api/v1/accounts/verify_credentials") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert re.fullmatch(r"[\d-]+T[\d:.]+Z", answers[2].headers["x-ratelimit-reset"])
    mastodon.control.advance(seconds=301)
    assert mastodon.get("/api/v1/accounts/verify_credentials").status_code == 200


def test_counts_what_others_do_and_answers_in_batches(mastodon: Client) -> None:
    one, two = publish(mastodon, "one"), publish(mastodon, "two")
    for person in ("ayse", "mehmet"):
        mastodon.control.act(who=person, do="like", post=one["id"])
    mastodon.control.act(who="ayse", do="repost", post=two["id"])
    found = mastodon.get(STATUSES, params={"id[]": [one["id"], two["id"], "404"]}).json()
    assert [(s["favourites_count"], s["reblogs_count"]) for s in found] == [(2, 0), (0, 1)]
    listed = mastodon.get(f"/api/v1/accounts/{mastodon.id}/statuses", params={"limit": 1})
    assert [status["id"] for status in listed.json()] == [two["id"]]


def test_what_it_does_not_speak_it_says(mastodon: Client) -> None:
    wanted = {"status": "x", "scheduled_at": "2030-01-01T00:00:00Z"}
    assert mastodon.post(STATUSES, json=wanted).status_code == 501
