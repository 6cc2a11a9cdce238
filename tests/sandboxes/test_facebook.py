"""The Facebook sandbox keeps the platform's rules, as its documentation tells them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tests.sandboxes.conftest import Client
from tests.videos import CLIP

V = "/v25.0"
FEED, PHOTOS, VIDEOS, REELS = (
    f"{V}/bakery/{edge}" for edge in ("feed", "photos", "videos", "video_reels")
)
POSTS = f"{V}/bakery/published_posts"
CALLBACK = "https://tellal.example/oauth/callback"


@pytest.fixture(scope="session")
def facebook_sandbox() -> Iterator[Sandbox]:
    with running("facebook") as sandbox:
        yield sandbox


@pytest.fixture
def facebook(facebook_sandbox: Sandbox) -> Iterator[Client]:
    control = facebook_sandbox.control
    control.reset()
    account = control.create_account("bakery", display_name="Acme Bakery")
    token = account["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=facebook_sandbox.url, headers=headers, trust_env=False) as http:
        yield Client(http, control, facebook_sandbox.url, "bakery", "bakery", token)


def error(response: httpx.Response) -> tuple[int, int | None]:
    told = response.json()["error"]
    return told["code"], told.get("error_subcode")


def upload(facebook: Client, picture: bytes, **fields: str) -> Any:
    files = {"source": ("a.png", picture, "image/png")}
    return facebook.post(PHOTOS, data={"published": "false", **fields}, files=files).json()


def begin(facebook: Client, size: int = len(CLIP)) -> Any:
    return facebook.post(VIDEOS, data={"upload_phase": "start", "file_size": size}).json()


def transfer(facebook: Client, begun: Any, start: int, chunk: bytes) -> httpx.Response:
    form = {
        "upload_phase": "transfer",
        "upload_session_id": begun["upload_session_id"],
        "start_offset": start,
    }
    files = {"video_file_chunk": ("chunk", chunk, "application/octet-stream")}
    return facebook.post(VIDEOS, data=form, files=files)


def finish(facebook: Client, begun: Any, **fields: str) -> httpx.Response:
    form = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"], **fields}
    return facebook.post(VIDEOS, data=form)


def stream(facebook: Client, video_id: str, data: bytes, **headers: str) -> httpx.Response:
    known = {
        "Authorization": f"OAuth {facebook.secret}",
        "offset": "0",
        "file_size": str(len(CLIP)),
    }
    return facebook.post(f"/video-upload{V}/{video_id}", content=data, headers=known | headers)


def status(facebook: Client, video_id: str) -> Any:
    fields = {"fields": "status,post_id,published"}
    return facebook.get(f"{V}/{video_id}", params=fields).json()


# ── who asks ─────────────────────────────────────────────────────────────────────────────────


def test_a_bad_token_and_a_missing_permission_are_told_by_their_codes(facebook: Client) -> None:
    bad = facebook.post(FEED, json={"message": "x"}, headers={"Authorization": "Bearer no"})
    assert (bad.status_code, *error(bad)) == (400, 190, None)
    reader = facebook.control.create_account("bakery", scopes="pages_read_engagement")
    headers = {"Authorization": f"Bearer {reader['access_token']}"}
    refused = facebook.post(FEED, json={"message": "x"}, headers=headers)
    assert (refused.status_code, *error(refused)) == (403, 200, None)
    assert facebook.get(POSTS, headers=headers).status_code == 200


def test_another_pages_token_is_of_no_use(facebook: Client) -> None:
    other = facebook.control.create_account("cafe")["access_token"]
    refused = facebook.post(
        FEED, json={"message": "x"}, headers={"Authorization": f"Bearer {other}"}
    )
    assert error(refused) == (100, 33)


def test_a_token_in_the_address_is_not_taken(facebook: Client) -> None:
    params = {"access_token": facebook.secret}
    bare = httpx.post(f"{facebook.url}{FEED}", params=params, trust_env=False)
    assert error(bare) == (190, None)


def test_a_proof_must_fit_and_may_be_insisted_on(facebook: Client) -> None:
    proof = hmac.new(CLIENT_SECRET.encode(), facebook.secret.encode(), hashlib.sha256).hexdigest()
    facebook.control.change_settings(needs_proof=True)
    asked = [
        facebook.get(f"{V}/bakery", params=params)
        for params in ({}, {"appsecret_proof": "0" * 64}, {"appsecret_proof": proof})
    ]
    assert [each.status_code for each in asked] == [400, 400, 200]
    assert all("appsecret_proof" in each.json()["error"]["message"] for each in asked[:2])


def test_too_many_calls_are_refused_with_the_minutes_to_wait(facebook: Client) -> None:
    facebook.control.change_settings(calls_an_hour=2)
    answers = [facebook.get(f"{V}/bakery") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 400]
    assert error(answers[2])[0] == 80001
    [[usage]] = json.loads(answers[2].headers["x-business-use-case-usage"]).values()
    assert 59 <= usage["estimated_time_to_regain_access"] <= 61
    facebook.control.advance(seconds=3601)
    assert facebook.get(f"{V}/bakery").status_code == 200


# ── posts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, (100, None)),
        ({"message": "  "}, (100, None)),
        ({"message": "x" * 63_207}, (100, None)),
        ({"message": "x", "link": "example"}, (100, 2061006)),
        ({"attached_media": [{"media_fbid": "404"}]}, (100, 33)),
        ({"attached_media": ["404"]}, (100, None)),
        ({"attached_media": "no json"}, (100, None)),
    ],
)
def test_what_is_no_post_is_refused(
    facebook: Client, body: dict[str, Any], code: tuple[int, int | None]
) -> None:
    refused = facebook.post(FEED, json=body)
    assert (refused.status_code, error(refused)) == (400, code)
    assert facebook.control.posts() == []


def test_the_same_words_again_are_refused_where_that_is_asked_for(facebook: Client) -> None:
    facebook.control.change_settings(refuses_copies=True)
    assert facebook.post(FEED, json={"message": "bread"}).status_code == 200
    assert error(facebook.post(FEED, json={"message": "bread"}))[0] == 506
    assert facebook.post(FEED, json={"message": "more bread"}).status_code == 200


def test_photos_are_unseen_until_one_post_shows_them(facebook: Client, picture: bytes) -> None:
    ids = [upload(facebook, picture, alt_text_custom=f"Photo {n}")["id"] for n in "ab"]
    assert facebook.control.posts() == []
    body = {"message": "Look", "attached_media": [{"media_fbid": each} for each in ids]}
    made = facebook.post(FEED, json=body).json()
    [post] = facebook.control.posts()
    assert (post["id"], [each["alt"] for each in post["images"]]) == (
        made["id"],
        ["Photo a", "Photo b"],
    )
    assert httpx.get(post["images"][0]["url"], trust_env=False).content == picture
    assert error(facebook.post(FEED, json=body)) == (1, 1366051)


def test_attached_media_may_be_spelled_in_a_form(facebook: Client, picture: bytes) -> None:
    photo = upload(facebook, picture)["id"]
    spelled = json.dumps([{"media_fbid": photo}])
    assert facebook.post(FEED, data={"attached_media": spelled}).status_code == 200


def test_a_photo_is_published_at_once_unless_told_otherwise(
    facebook: Client, picture: bytes
) -> None:
    made = upload(facebook, picture, published="true", caption="Look")
    [post] = facebook.control.posts()
    assert (post["id"], post["text"]) == (made["post_id"], "Look")


def test_what_is_no_photo_is_refused(facebook: Client, picture: bytes) -> None:
    assert upload(facebook, b"no picture")["error"]["error_subcode"] == 1366046
    facebook.control.change_settings(photo_bytes=10)
    assert upload(facebook, picture)["error"]["error_subcode"] == 1366046


def test_a_list_shows_the_newest_first_as_people_see_them_and_lags(facebook: Client) -> None:
    facebook.control.change_settings(list_lag_seconds=60)
    facebook.post(FEED, json={"message": "  one\r\n\r\n\r\n\r\ntwo\u200b "})
    facebook.control.advance(seconds=30)
    facebook.post(FEED, json={"message": "later"})
    assert facebook.get(POSTS).json()["data"] == []
    facebook.control.advance(seconds=31)
    fields = {"fields": "id,message,created_time,permalink_url,attachments{media_type,type}"}
    [listed] = facebook.get(POSTS, params=fields).json()["data"]
    assert listed["message"] == "one\n\ntwo"
    assert "attachments" not in listed
    assert facebook.get(POSTS, params={"fields": "id,likes"}).status_code == 400
    facebook.control.advance(seconds=60)
    first = facebook.get(POSTS, params={"limit": "1"}).json()
    assert [post["message"] for post in first["data"]] == ["later"]
    after = first["paging"]["cursors"]["after"]
    rest = facebook.get(POSTS, params={"limit": "1", "after": after}).json()
    assert [post["message"] for post in rest["data"]] == ["one\n\ntwo"]
    assert "next" not in rest["paging"]


def test_comments_stand_under_a_post_and_only_our_own_have_a_name(facebook: Client) -> None:
    post = facebook.post(FEED, json={"message": "bread"}).json()["id"]
    comments = f"{V}/{post}/comments"
    made = facebook.post(comments, json={"message": "Where? Here."}).json()["id"]
    facebook.control.act(who="ayse", do="reply", post=post, text="Warm?")
    newest = {"order": "reverse_chronological", "fields": "id,message,from"}
    theirs, ours = facebook.get(comments, params=newest).json()["data"]
    assert (theirs["message"], "from" in theirs) == ("Warm?", False)
    assert (ours["id"], ours["from"]["id"]) == (made, "bakery")
    assert facebook.post(comments, json={"message": " "}).status_code == 400
    nowhere = facebook.post(f"{V}/bakery_404/comments", json={"message": "x"})
    assert error(nowhere) == (100, 33)


def test_a_post_is_shown_at_its_permalink_and_gone_once_deleted(facebook: Client) -> None:
    post = facebook.post(FEED, json={"message": "fresh <bread>", "link": "https://ex.com"}).json()
    facebook.post(f"{V}/{post['id']}/comments", json={"message": "below"})
    address = facebook.get(f"{V}/{post['id']}", params={"fields": "permalink_url"}).json()
    page = httpx.get(address["permalink_url"], trust_env=False)
    assert "fresh &lt;bread&gt;" in page.text
    assert "below" in page.text
    assert facebook.http.delete(f"{V}/{post['id']}").json() == {"success": True}
    assert error(facebook.http.delete(f"{V}/{post['id']}")) == (100, 33)
    assert httpx.get(address["permalink_url"], trust_env=False).status_code == 404


# ── films ────────────────────────────────────────────────────────────────────────────────────


def test_a_video_is_taken_in_order_and_public_when_it_is_worked_on(facebook: Client) -> None:
    facebook.control.change_settings(chunk_bytes=20_000, video_polls=1)
    begun = begin(facebook)
    assert (begun["start_offset"], begun["end_offset"]) == ("0", "20000")
    assert error(transfer(facebook, begun, 5, CLIP[5:100])) == (6001, 1363037)
    assert error(transfer(facebook, begun, 0, CLIP[:20_001])) == (6001, 1363037)
    assert error(finish(facebook, begun)) == (100, 1363130)
    wanted = transfer(facebook, begun, 0, CLIP[:20_000]).json()
    assert wanted == {"start_offset": "20000", "end_offset": str(len(CLIP))}
    again = transfer(facebook, begun, 0, CLIP[:20_000])
    assert again.json()["error"]["error_data"] == wanted
    transfer(facebook, begun, 20_000, CLIP[20_000:])
    assert facebook.control.posts() == []

    assert finish(facebook, begun, description="Steam").json() == {"success": True}
    video = begun["video_id"]
    assert status(facebook, video)["status"]["video_status"] == "processing"
    assert facebook.control.posts() == []
    shown = status(facebook, video)
    [post] = facebook.control.posts()
    assert (shown["status"]["publishing_phase"]["status"], shown["published"]) == ("complete", True)
    assert (post["id"], post["text"]) == (f"bakery_{shown['post_id']}", "Steam")
    assert httpx.get(post["images"][0]["url"], trust_env=False).content == CLIP
    assert finish(facebook, begun).status_code == 400


def test_a_file_that_is_no_film_is_refused_when_it_is_finished(facebook: Client) -> None:
    begun = begin(facebook, size=9)
    transfer(facebook, begun, 0, b"no film..")
    assert error(finish(facebook, begun)) == (352, 1363024)


def test_a_film_that_cannot_be_worked_on_is_given_up(facebook: Client) -> None:
    facebook.control.change_settings(video_fails=True)
    begun = begin(facebook)
    transfer(facebook, begun, 0, CLIP)
    finish(facebook, begun)
    told = status(facebook, begun["video_id"])["status"]
    assert (told["video_status"], told["processing_phase"]["status"]) == ("error", "error")
    assert facebook.control.posts() == []


def test_a_reel_is_streamed_goes_on_where_it_broke_off_and_is_published(facebook: Client) -> None:
    facebook.control.change_settings(cuts_streams_at=10_000)
    begun = facebook.post(REELS, data={"upload_phase": "start"}).json()
    video = begun["video_id"]
    assert begun["upload_url"].endswith(f"/video-upload{V}/{video}")
    assert stream(facebook, video, CLIP).status_code == 503
    uploading = status(facebook, video)["status"]["uploading_phase"]
    assert uploading == {"status": "in_progress", "bytes_transfered": 10_000}
    assert stream(facebook, video, CLIP[5:], offset="5").status_code == 400
    assert stream(facebook, video, CLIP[10_000:], offset="10000").json() == {"success": True}
    done = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
    assert facebook.post(REELS, data={**done, "video_state": "DRAFT"}).status_code == 501
    assert facebook.post(REELS, data={**done, "description": "Hi"}).json() == {"success": True}
    status(facebook, video)
    assert [post["text"] for post in facebook.control.posts()] == ["Hi"]


@pytest.mark.parametrize("missing", ["offset", "file_size"])
def test_a_stream_needs_its_headers_and_its_own_scheme(facebook: Client, missing: str) -> None:
    video = facebook.post(REELS, data={"upload_phase": "start"}).json()["video_id"]
    told = stream(facebook, video, CLIP, **{missing: ""})
    assert (told.status_code, told.json()["debug_info"]["retriable"]) == (400, False)
    bearer = {"Authorization": f"Bearer {facebook.secret}"}
    assert error(stream(facebook, video, CLIP, **bearer)) == (190, None)


def test_a_day_has_room_for_so_many_reels(facebook: Client) -> None:
    facebook.control.change_settings(reels_a_day=1)
    codes = []
    for _ in range(2):
        video = facebook.post(REELS, data={"upload_phase": "start"}).json()["video_id"]
        stream(facebook, video, CLIP)
        done = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
        codes.append(facebook.post(REELS, data=done).status_code)
        status(facebook, video)
    assert codes == [200, 400]
    day_ago = int((datetime.now(UTC) - timedelta(days=1)).timestamp())
    listed = facebook.get(REELS, params={"since": day_ago, "fields": "created_time"}).json()["data"]
    assert len(listed) == 1


def test_a_story_is_not_in_the_feed_and_takes_no_comment(facebook: Client, picture: bytes) -> None:
    photo = upload(facebook, picture)["id"]
    stories = f"{V}/bakery/photo_stories"
    assert facebook.post(stories, json={}).status_code == 400
    made = facebook.post(stories, json={"photo_id": photo}).json()
    assert [post["id"] for post in facebook.control.posts()] == [made["post_id"]]
    assert facebook.get(POSTS).json()["data"] == []
    comment = facebook.post(f"{V}/{made['post_id']}/comments", json={"message": "x"})
    assert comment.status_code == 400
    assert error(facebook.post(stories, json={"photo_id": photo})) == (1, 1366051)


# ── consent ──────────────────────────────────────────────────────────────────────────────────


def consent(facebook: Client, **fields: str) -> httpx.Response:
    asks = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "pages_show_list,pages_manage_posts",
        "state": "s1",
        "username": "bakery",
    }
    return facebook.post(f"{V}/dialog/oauth", data=asks | fields)


def token(facebook: Client, **fields: str) -> httpx.Response:
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": CALLBACK}
    return facebook.post(f"{V}/oauth/access_token", data=keys | fields)


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_consent_becomes_pages_whose_tokens_live_as_long_as_the_one_they_came_with(
    facebook: Client,
) -> None:
    facebook.control.create_account("cafe", details={"owner": "bakery", "tasks": "ANALYZE"})
    back = httpx.URL(consent(facebook).headers["location"])
    assert back.params["state"] == "s1"
    code = {"code": back.params["code"]}
    assert error(token(facebook, **code, client_secret="no")) == (1, None)
    short = token(facebook, **code).json()["access_token"]
    assert error(token(facebook, **code)) == (100, 36009)
    longer = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    long = token(facebook, **longer).json()["access_token"]

    told = facebook.get(f"{V}/me/permissions", headers=as_(long)).json()["data"]
    assert {each["permission"] for each in told} == {"pages_show_list", "pages_manage_posts"}
    fields = {"fields": "id,name,tasks,access_token"}
    pages = {
        name: facebook.get(f"{V}/me/accounts", headers=as_(each), params=fields).json()["data"]
        for name, each in (("short", short), ("long", long))
    }
    assert [each["id"] for each in pages["long"]] == ["bakery", "cafe"]
    assert pages["long"][1]["tasks"] == ["ANALYZE"]
    facebook.control.advance(seconds=3601)
    ended = facebook.get(f"{V}/bakery", headers=as_(pages["short"][0]["access_token"]))
    assert error(ended) == (190, 463)
    facebook.control.advance(seconds=61 * 86_400)
    kept = facebook.get(f"{V}/bakery", headers=as_(pages["long"][0]["access_token"]))
    assert kept.json()["name"] == "Acme Bakery"


def test_without_the_permission_no_pages_are_listed(facebook: Client) -> None:
    back = httpx.URL(consent(facebook, scope="pages_manage_posts").headers["location"])
    person = token(facebook, code=back.params["code"]).json()["access_token"]
    assert facebook.get(f"{V}/me/accounts", headers=as_(person)).json() == {"data": []}


def test_a_persons_token_is_not_a_pages(facebook: Client) -> None:
    back = httpx.URL(consent(facebook).headers["location"])
    person = token(facebook, code=back.params["code"]).json()["access_token"]
    refused = facebook.post(FEED, json={"message": "x"}, headers=as_(person))
    assert error(refused)[0] in (190, 200)


def test_what_was_published_survives_a_restart(tmp_path: Path, picture: bytes) -> None:
    state = tmp_path / "state.json"
    with running("facebook", state=state) as sandbox:
        made = sandbox.control.create_account("bakery")
        headers = as_(made["access_token"])
        files = {"source": ("a.png", picture, "image/png")}
        httpx.post(f"{sandbox.url}{PHOTOS}", headers=headers, files=files, trust_env=False)
        before = sandbox.control.posts()
    with running("facebook", state=state) as sandbox:
        after = sandbox.control.posts()
        told = httpx.get(f"{sandbox.url}{POSTS}", headers=headers, trust_env=False).json()
    assert [post["id"] for post in after] == [post["id"] for post in before]
    assert len(told["data"]) == 1


def test_an_app_is_told_of_pages_that_it_asked_for_and_of_the_fields_it_may_know(
    facebook: Client,
) -> None:
    edge, named = f"{V}/bakery/subscribed_apps", {"subscribed_fields": "feed,messages"}
    post = facebook.post(FEED, data={"message": "Fresh bread"}).json()["id"]
    facebook.control.change_settings(callback="http://127.0.0.1:9", tells_subscribed_only=True)

    def told() -> bool:
        return "webhooks" in facebook.control.act(who="ann", do="reply", post=post, text="Hi")

    assert told() is False
    assert error(facebook.post(edge, params={"subscribed_fields": "weather"})) == (100, None)
    assert facebook.post(edge, params=named).json() == {"success": True}
    [app] = facebook.get(edge).json()["data"]
    assert app["subscribed_fields"] == ["feed", "messages"]
    assert told() is True
    facebook.http.delete(edge)
    assert told() is False
