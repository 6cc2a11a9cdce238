"""What the YouTube sandbox must get right, so that an adapter that passes here passes there."""

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from local.sandboxes.youtube.state import State, Video
from tests.sandboxes.conftest import Client
from tests.videos import CLIP, padded

UPLOAD, VIDEOS, COMMENTS = (
    "/upload/youtube/v3/videos",
    "/youtube/v3/videos",
    "/youtube/v3/commentThreads",
)
CHUNK = 256 * 1024
SNIPPET = {"title": "Bread", "description": "How we bake", "categoryId": "22", "tags": ["rye"]}
PRIVATE = {"privacyStatus": "private"}
PARTS = {"part": "snippet,status"}


def begin(
    youtube: Client,
    *,
    size: int = len(CLIP),
    snippet: Any = SNIPPET,
    status: Any = PRIVATE,
    kind: str = "video/mp4",
) -> httpx.Response:
    return youtube.post(
        UPLOAD,
        params={"uploadType": "resumable", **PARTS},
        headers={"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": kind},
        json={"snippet": snippet, "status": status},
    )


def put(youtube: Client, session: str, told: str, body: bytes = b"") -> httpx.Response:
    return youtube.http.put(session, headers={"Content-Range": told}, content=body)


def uploaded(youtube: Client, data: bytes = CLIP, **facts: Any) -> str:
    """The id of a video that was uploaded and processed."""
    session = begin(youtube, size=len(data), **facts).headers["location"]
    made = put(youtube, session, f"bytes 0-{len(data) - 1}/{len(data)}", data)
    assert made.status_code == 201, made.text
    video_id: str = made.json()["id"]
    while status_of(youtube, video_id)["uploadStatus"] == "uploaded":
        pass
    return video_id


def status_of(youtube: Client, video_id: str) -> Any:
    params = {"part": "status,processingDetails", "id": video_id}
    (video,) = youtube.get(VIDEOS, params=params).json()["items"]
    return video["status"]


def update(
    youtube: Client, video_id: str, *, status: Any, snippet: Any = SNIPPET
) -> httpx.Response:
    body = {"id": video_id, "snippet": snippet, "status": status}
    return youtube.http.put(VIDEOS, params=PARTS, json=body)


def comment(youtube: Client, video_id: str, text: str) -> httpx.Response:
    snippet = {
        "channelId": youtube.id,
        "videoId": video_id,
        "topLevelComment": {"snippet": {"textOriginal": text}},
    }
    return youtube.post(COMMENTS, params={"part": "snippet"}, json={"snippet": snippet})


def reason(response: httpx.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["code"] == response.status_code
    return response.status_code, error["errors"][0]["reason"]


# ── uploads ──────────────────────────────────────────────────────────────────────────────────


def test_a_video_arrives_in_chunks_and_is_private_until_it_is_updated(youtube: Client) -> None:
    whole = padded(2 * CHUNK + 7)
    session = begin(youtube, size=len(whole)).headers["location"]
    size = len(whole)
    assert "range" not in put(youtube, session, f"bytes */{size}").headers
    first = put(youtube, session, f"bytes 0-{CHUNK - 1}/{size}", whole[:CHUNK])
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    assert put(youtube, session, f"bytes */{size}").headers["range"] == f"bytes=0-{CHUNK - 1}"
    made = put(youtube, session, f"bytes {CHUNK}-{size - 1}/{size}", whole[CHUNK:])
    assert (made.status_code, made.json()["status"]["privacyStatus"]) == (201, "private")
    again = put(youtube, session, f"bytes */{size}")
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert youtube.control.posts() == []

    video_id = made.json()["id"]
    shown = update(youtube, video_id, status={"privacyStatus": "public"})
    assert shown.json()["status"]["privacyStatus"] == "public"
    (post,) = youtube.control.posts()
    assert (post["id"], post["text"]) == (video_id, "How we bake")
    assert httpx.get(post["images"][0]["url"], trust_env=False).content == whole
    assert "How we bake" in httpx.get(post["url"], trust_env=False).text
    short = f"{youtube.url}/shorts/{video_id}"
    assert "Bread" in httpx.get(short, trust_env=False, follow_redirects=True).text


def test_a_video_that_says_nothing_of_its_privacy_is_public_at_once(youtube: Client) -> None:
    uploaded(youtube, status={})
    assert len(youtube.control.posts()) == 1


@pytest.mark.parametrize(
    ("told", "length"),
    [
        ("", 10),
        ("bytes 0-9", 10),
        ("bytes 0-9/11", 10),
        (f"bytes 0-9/{2 * CHUNK}", 10),
        (f"bytes 0-{CHUNK - 1}/{2 * CHUNK}", CHUNK - 1),
        (f"bytes {CHUNK}-{2 * CHUNK - 1}/{2 * CHUNK}", CHUNK),
        (f"bytes 0-{2 * CHUNK}/{2 * CHUNK}", 2 * CHUNK + 1),
    ],
    ids=["nothing", "no size", "another size", "no multiple", "too little", "a gap", "too much"],
)
def test_a_chunk_that_does_not_fit_is_refused(youtube: Client, told: str, length: int) -> None:
    session = begin(youtube, size=2 * CHUNK).headers["location"]
    assert put(youtube, session, told, bytes(length)).status_code == 400
    assert "range" not in put(youtube, session, f"bytes */{2 * CHUNK}").headers


def test_a_chunk_that_is_there_is_not_taken_again(youtube: Client) -> None:
    session = begin(youtube, size=2 * CHUNK).headers["location"]
    told = f"bytes 0-{CHUNK - 1}/{2 * CHUNK}"
    assert put(youtube, session, told, bytes(CHUNK)).status_code == 308
    assert put(youtube, session, told, bytes(CHUNK)).status_code == 400


def test_sessions_are_forgotten_after_a_week_and_unknown_ones_are_not_found(
    youtube: Client,
) -> None:
    session = begin(youtube).headers["location"]
    assert put(youtube, f"{session}x", f"bytes */{len(CLIP)}").status_code == 404
    youtube.control.change_settings(access_seconds=10_000_000)
    again = youtube.control.create_account("bakery")["access_token"]
    youtube.http.headers["authorization"] = f"Bearer {again}"
    youtube.control.advance(seconds=604_800)
    assert put(youtube, session, f"bytes */{len(CLIP)}").status_code == 404


def test_a_session_lets_in_whoever_knows_it_but_not_with_a_bad_token(youtube: Client) -> None:
    session = begin(youtube).headers["location"]
    headers = {"Content-Range": f"bytes */{len(CLIP)}"}
    assert httpx.put(session, headers=headers, trust_env=False).status_code == 308
    headers |= {"Authorization": "Bearer wrong"}
    assert httpx.put(session, headers=headers, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"title": " "}, "invalidTitle"),
        ({"title": "x" * 101}, "invalidTitle"),
        ({"title": "<b>"}, "invalidTitle"),
        ({"description": "é" * 2501}, "invalidDescription"),
        ({"description": "a > b"}, "invalidDescription"),
        ({"tags": ["x" * 250, "y" * 250]}, "invalidTags"),
        ({"tags": ["a b", "x" * 495]}, "invalidTags"),
        ({"categoryId": "99"}, "invalidCategoryId"),
        ({"thumbnails": {}}, "badRequest"),
    ],
)
def test_metadata_is_checked_when_an_upload_begins_and_when_it_is_changed(
    youtube: Client, changes: Any, refused: str
) -> None:
    snippet = {**SNIPPET, **changes}
    assert reason(begin(youtube, snippet=snippet)) == (400, refused)
    video_id = uploaded(youtube)
    assert reason(update(youtube, video_id, status=PRIVATE, snippet=snippet)) == (400, refused)


def test_what_is_no_film_fails_and_says_why(youtube: Client) -> None:
    video_id = uploaded(youtube, b"no film at all")
    assert status_of(youtube, video_id)["failureReason"] == "invalidFile"
    assert begin(youtube, kind="image/png").status_code == 400


def test_a_video_is_processed_after_so_many_looks(youtube: Client) -> None:
    youtube.control.change_settings(processing_polls=2)
    session = begin(youtube).headers["location"]
    made = put(youtube, session, f"bytes 0-{len(CLIP) - 1}/{len(CLIP)}", CLIP).json()
    looks = [status_of(youtube, made["id"])["uploadStatus"] for _ in range(3)]
    assert looks == ["uploaded", "uploaded", "processed"]


# ── what an update replaces ──────────────────────────────────────────────────────────────────


def test_an_update_replaces_its_parts_whole(youtube: Client) -> None:
    video_id = uploaded(youtube, status={**PRIVATE, "selfDeclaredMadeForKids": True})
    bare = {"title": "Rye", "categoryId": "22"}
    shown = update(youtube, video_id, snippet=bare, status={}).json()
    assert shown["snippet"]["description"] == ""
    assert "tags" not in shown["snippet"]
    assert "selfDeclaredMadeForKids" not in shown["status"]
    assert shown["status"]["privacyStatus"] == "public"


@pytest.mark.parametrize("lacks", ["title", "categoryId"])
def test_an_update_names_a_title_and_a_category(youtube: Client, lacks: str) -> None:
    snippet = {name: value for name, value in SNIPPET.items() if name != lacks}
    refused = update(youtube, uploaded(youtube), snippet=snippet, status=PRIVATE)
    assert reason(refused) == (400, "invalidVideoMetadata")


def test_an_update_again_changes_nothing_that_others_see(youtube: Client) -> None:
    video_id = uploaded(youtube)
    seen = []
    for _ in range(2):
        update(youtube, video_id, status={"privacyStatus": "public"})
        seen.append(youtube.control.posts())
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_it_can_be_told_to_keep_what_is_uploaded_private(youtube: Client) -> None:
    youtube.control.change_settings(keeps_private=True)
    told = update(youtube, uploaded(youtube), status={"privacyStatus": "public"}).json()
    assert told["status"]["privacyStatus"] == "private"
    assert youtube.control.posts() == []


def test_received_at_is_when_the_request_came_that_showed_it(youtube: Client) -> None:
    video_id = uploaded(youtube)
    youtube.control.advance(seconds=600)
    update(youtube, video_id, status={"privacyStatus": "unlisted"})
    (post,) = youtube.control.posts()
    assert post["received_at"] == youtube.control.requests()[-1]["received_at"]
    assert (post["visibility"], post["created_at"] >= post["received_at"]) == ("unlisted", True)
    assert datetime.fromisoformat(post["received_at"]).tzinfo is not None


# ── thumbnails ───────────────────────────────────────────────────────────────────────────────


def thumbnail(youtube: Client, video_id: str, data: bytes) -> httpx.Response:
    at = "/upload/youtube/v3/thumbnails/set"
    return youtube.post(at, params={"videoId": video_id}, content=data)


def test_a_thumbnail_is_a_picture_and_is_shown(youtube: Client, picture: bytes) -> None:
    video_id = uploaded(youtube)
    assert thumbnail(youtube, video_id, picture).status_code == 200
    update(youtube, video_id, status={"privacyStatus": "public"})
    _, still = youtube.control.posts()[0]["images"]
    assert httpx.get(still["url"], trust_env=False).content == picture
    gif = BytesIO()
    Image.new("RGB", (4, 3)).save(gif, "GIF")
    for data, refused in (
        (b"", "mediaBodyRequired"),
        (b"x", "invalidImage"),
        (gif.getvalue(), "invalidImage"),
    ):
        assert reason(thumbnail(youtube, video_id, data)) == (400, refused)
    youtube.control.change_settings(takes_thumbnails=False)
    assert reason(thumbnail(youtube, video_id, picture)) == (403, "forbidden")


def test_a_thumbnail_that_comes_before_the_processing_is_lost(
    youtube: Client, picture: bytes
) -> None:
    session = begin(youtube).headers["location"]
    made = put(youtube, session, f"bytes 0-{len(CLIP) - 1}/{len(CLIP)}", CLIP).json()
    assert thumbnail(youtube, made["id"], picture).status_code == 200
    update(youtube, made["id"], status={"privacyStatus": "public"})
    assert len(youtube.control.posts()[0]["images"]) == 1


# ── whose it is ──────────────────────────────────────────────────────────────────────────────


def test_what_is_private_is_there_for_its_owner_alone(youtube: Client) -> None:
    video_id = uploaded(youtube)
    channel = youtube.get("/youtube/v3/channels", params={"part": "contentDetails", "mine": "true"})
    uploads = channel.json()["items"][0]["contentDetails"]["relatedPlaylists"]["uploads"]
    lists = {"part": "contentDetails", "playlistId": uploads}
    own = youtube.get("/youtube/v3/playlistItems", params=lists).json()["items"]
    assert [each["contentDetails"]["videoId"] for each in own] == [video_id]

    ayse = youtube.control.create_account("ayse")["access_token"]
    youtube.http.headers["authorization"] = f"Bearer {ayse}"
    assert youtube.get("/youtube/v3/playlistItems", params=lists).json()["items"] == []
    assert youtube.get(VIDEOS, params={"part": "id", "id": video_id}).json()["items"] == []
    assert reason(update(youtube, video_id, status=PRIVATE)) == (404, "videoNotFound")
    shown = youtube.control.act(who="bakery", do="post", text="By hand")["id"]
    assert reason(update(youtube, shown, status=PRIVATE)) == (403, "forbidden")
    assert reason(youtube.http.delete(VIDEOS, params={"id": shown})) == (403, "forbidden")


def test_tags_are_for_their_owner_alone(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "public"})
    snippet = {"part": "snippet", "id": video_id}
    assert youtube.get(VIDEOS, params=snippet).json()["items"][0]["snippet"]["tags"] == ["rye"]
    ayse = youtube.control.create_account("ayse")["access_token"]
    youtube.http.headers["authorization"] = f"Bearer {ayse}"
    assert "tags" not in youtube.get(VIDEOS, params=snippet).json()["items"][0]["snippet"]


def test_deleting_takes_a_video_and_its_comments_away(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "public"})
    comment(youtube, video_id, "First!")
    assert youtube.http.delete(VIDEOS, params={"id": video_id}).status_code == 204
    assert reason(youtube.http.delete(VIDEOS, params={"id": video_id})) == (404, "videoNotFound")
    assert [post["deleted"] for post in youtube.control.posts()] == [True, True]


# ── comments ─────────────────────────────────────────────────────────────────────────────────


def listed(youtube: Client, **params: str) -> list[Any]:
    asked = {"part": "snippet", "textFormat": "plainText", **params}
    items: list[Any] = youtube.get(COMMENTS, params=asked).json()["items"]
    return [each["snippet"]["topLevelComment"] for each in items]


def test_a_comment_is_listed_with_its_text_as_written_for_its_author(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "public"})
    made = comment(youtube, video_id, "Rye & <wheat>").json()
    youtube.control.act(who="ayse", do="reply", post=video_id, text="Mine too")
    theirs, ours = listed(youtube, allThreadsRelatedToChannelId=youtube.id)
    assert ours["id"] == made["snippet"]["topLevelComment"]["id"] == made["id"]
    assert ours["snippet"]["textOriginal"] == "Rye & <wheat>"
    assert "textOriginal" not in theirs["snippet"]
    markup = youtube.get(COMMENTS, params={"part": "snippet", "videoId": video_id}).json()
    shown = markup["items"][1]["snippet"]["topLevelComment"]["snippet"]["textDisplay"]
    assert shown == "Rye &amp; &lt;wheat&gt;"
    assert [post["in_reply_to"] for post in youtube.control.posts()] == [None, video_id, video_id]


def test_a_list_may_lag_and_does_not_show_what_is_below_unlisted_videos(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "unlisted"})
    comment(youtube, video_id, "First!")
    assert listed(youtube, allThreadsRelatedToChannelId=youtube.id) == []
    assert len(listed(youtube, videoId=video_id)) == 1
    youtube.control.change_settings(list_lag_seconds=300)
    assert listed(youtube, videoId=video_id) == []
    youtube.control.advance(seconds=301)
    assert len(listed(youtube, videoId=video_id)) == 1


def test_pages_of_comments_follow_each_other(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "public"})
    for number in range(3):
        comment(youtube, video_id, f"number {number}")
    asked = {"part": "snippet", "videoId": video_id, "maxResults": "2"}
    first = youtube.get(COMMENTS, params=asked).json()
    rest = youtube.get(COMMENTS, params={**asked, "pageToken": first["nextPageToken"]}).json()
    assert (len(first["items"]), len(rest["items"])) == (2, 1)
    assert "nextPageToken" not in rest


def test_comments_are_refused_where_there_are_none(youtube: Client) -> None:
    shown = uploaded(youtube, status={"privacyStatus": "public"})
    kids = uploaded(youtube, status={"privacyStatus": "public", "selfDeclaredMadeForKids": True})
    assert reason(comment(youtube, uploaded(youtube), "x")) == (403, "commentsDisabled")
    assert reason(comment(youtube, kids, "x")) == (403, "commentsDisabled")
    assert reason(comment(youtube, "nothing", "x")) == (404, "videoNotFound")
    assert reason(comment(youtube, shown, " ")) == (400, "commentTextRequired")
    assert reason(comment(youtube, shown, "x" * 10_001)) == (400, "commentTextTooLong")
    youtube.control.change_settings(takes_comments=False)
    assert reason(comment(youtube, shown, "x")) == (403, "commentsDisabled")


def test_a_comment_is_deleted_by_its_author_alone(youtube: Client) -> None:
    video_id = uploaded(youtube, status={"privacyStatus": "public"})
    theirs = youtube.control.act(who="ayse", do="reply", post=video_id, text="Mine too")["id"]
    ours = comment(youtube, video_id, "First!").json()["id"]
    at = "/youtube/v3/comments"
    assert reason(youtube.http.delete(at, params={"id": theirs})) == (403, "forbidden")
    assert youtube.http.delete(at, params={"id": ours}).status_code == 204
    assert reason(youtube.http.delete(at, params={"id": ours})) == (404, "commentNotFound")


# ── tokens, scopes and quotas ────────────────────────────────────────────────────────────────


def test_a_request_needs_a_token_that_is_good_and_allows_it(youtube: Client) -> None:
    mine = {"part": "snippet", "mine": "true"}
    at = f"{youtube.url}/youtube/v3/channels"
    assert reason(httpx.get(at, params=mine, trust_env=False)) == (401, "required")
    youtube.control.advance(seconds=3600)
    assert reason(youtube.get("/youtube/v3/channels", params=mine)) == (401, "authError")
    read = "https://www.googleapis.com/auth/youtube.readonly"
    reader = youtube.control.create_account("bakery", scopes=read)["access_token"]
    youtube.http.headers["authorization"] = f"Bearer {reader}"
    assert youtube.get("/youtube/v3/channels", params=mine).status_code == 200
    assert reason(begin(youtube)) == (403, "insufficientPermissions")


def test_a_request_names_its_parts(youtube: Client) -> None:
    asked = youtube.get(VIDEOS, params={"id": "x"})
    assert reason(asked) == (400, "missingRequiredParameter")
    asked = youtube.get(VIDEOS, params={"id": "x", "part": "sniped"})
    assert reason(asked) == (400, "unknownPart")


def test_uploads_units_and_a_channels_uploads_are_counted_apart(youtube: Client) -> None:
    youtube.control.change_settings(channel_uploads_a_day=1)
    video_id = uploaded(youtube)
    assert reason(begin(youtube)) == (400, "uploadLimitExceeded")
    youtube.control.change_settings(uploads_a_day=2)
    assert reason(begin(youtube)) == (429, "rateLimitExceeded")
    assert update(youtube, video_id, status=PRIVATE).status_code == 200
    youtube.control.change_settings(units_a_day=1)
    assert reason(update(youtube, video_id, status=PRIVATE)) == (403, "quotaExceeded")


def token(youtube: Client, **fields: str) -> httpx.Response:
    form = {"client_id": "sandbox-app", "client_secret": "sandbox-app-secret", **fields}
    return httpx.post(f"{youtube.url}/token", data=form, trust_env=False)


def test_a_refresh_token_is_used_as_often_as_one_likes_until_it_is_taken_back(
    youtube: Client,
) -> None:
    held = youtube.control.create_account("bakery")
    asked = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]}
    fresh = [token(youtube, **asked).json() for _ in range(2)]
    assert len({each["access_token"] for each in fresh}) == 2
    assert all("refresh_token" not in each for each in fresh)
    gone = {"token": fresh[0]["access_token"]}
    assert httpx.post(f"{youtube.url}/revoke", data=gone, trust_env=False).status_code == 200
    refused = token(youtube, **asked)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    again = httpx.post(f"{youtube.url}/revoke", data=gone, trust_env=False)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")


def test_a_refresh_token_of_an_app_in_testing_ends(youtube: Client) -> None:
    youtube.control.change_settings(refresh_seconds=60)
    held = youtube.control.create_account("bakery")
    youtube.control.advance(seconds=61)
    asked = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]}
    assert token(youtube, **asked).json()["error"] == "invalid_grant"


def test_only_the_app_that_knows_its_secret_is_given_tokens(youtube: Client) -> None:
    refused = token(youtube, grant_type="refresh_token", client_secret="wrong")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert token(youtube, grant_type="password").status_code == 400


def allowed(youtube: Client, **asks: str) -> Any:
    """What a consent to these gives."""
    back = "https://tellal.example/back"
    form = {
        "response_type": "code",
        "client_id": "sandbox-app",
        "redirect_uri": back,
        "scope": "https://www.googleapis.com/auth/youtube.force-ssl",
        "username": "bakery",
        **asks,
    }
    sent = httpx.post(f"{youtube.url}/o/oauth2/v2/auth", data=form, trust_env=False)
    code = httpx.URL(sent.headers["location"]).params["code"]
    return token(youtube, grant_type="authorization_code", code=code, redirect_uri=back).json()


def test_lasting_access_is_given_to_whoever_asks_for_it_with_a_prompt(youtube: Client) -> None:
    assert "refresh_token" in allowed(youtube, access_type="offline", prompt="consent")
    assert "refresh_token" not in allowed(youtube, prompt="consent")
    assert "refresh_token" not in allowed(youtube, access_type="offline")


def test_what_it_remembers_can_be_kept_and_read_again(youtube: Client) -> None:
    now = datetime.fromisoformat("2026-01-01T10:00:00+00:00")
    video = Video(
        id="v",
        channel_id="c",
        title="t",
        category_id="22",
        privacy="private",
        mime_type="video/mp4",
        data=b"\xff\x00",
        uploaded_at=now,
    )
    kept = State(videos={"v": video}).model_dump_json()
    assert json.loads(kept)
    assert State.model_validate_json(kept).videos["v"].data == b"\xff\x00"
