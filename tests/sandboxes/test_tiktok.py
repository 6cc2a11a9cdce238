"""What the TikTok sandbox must get right, so that an adapter that passes here passes there."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running
from tests.files_served import Files, files_served
from tests.videos import CLIP, padded

API = "/v2/post/publish"
INFO = {
    "title": "bread",
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}
WHOLE = {"source": "FILE_UPLOAD", "video_size": len(CLIP), "chunk_size": len(CLIP)}
WHOLE |= {"total_chunk_count": 1}
LONG = padded(10_000_001)
CHUNKED = {"source": "FILE_UPLOAD", "video_size": len(LONG), "chunk_size": 5_000_000}
CHUNKED |= {"total_chunk_count": 2}
CALLBACK = "https://tellal.example/callback"
FORM = {"client_key": CLIENT_ID, "client_secret": CLIENT_SECRET}


@dataclass(frozen=True)
class Client:
    http: httpx.Client  # with the account's token
    control: Control
    url: str
    account: dict[str, Any]

    def ask(self, path: str, body: Any = None) -> Any:
        """The data of an answer that is no refusal."""
        response = self.http.post(path, json=body or {})
        said = response.json()
        assert said["error"]["code"] == "ok", said
        return said["data"]

    def refusal(self, path: str, body: Any = None) -> tuple[int, str]:
        response = self.http.post(path, json=body or {})
        return response.status_code, response.json()["error"]["code"]

    def begin(self, source: Any = WHOLE, **info: Any) -> Any:
        return self.ask(f"{API}/video/init/", {"post_info": INFO | info, "source_info": source})

    def refused(self, source: Any = WHOLE, **info: Any) -> tuple[int, str]:
        body = {"post_info": INFO | info, "source_info": source}
        return self.refusal(f"{API}/video/init/", body)

    def put(self, begun: Any, data: bytes, start: int, total: int, **headers: str) -> Any:
        stated = f"bytes {start}-{start + len(data) - 1}/{total}"
        usual = {"Content-Range": stated, "Content-Type": "video/mp4"}
        return httpx.put(
            begun["upload_url"], content=data, headers=usual | headers, trust_env=False
        )

    def publish(self, **info: Any) -> str:
        begun = self.begin(**info)
        assert self.put(begun, CLIP, 0, len(CLIP)).status_code == 201
        publish_id: str = begun["publish_id"]
        return publish_id

    def status(self, publish_id: str) -> Any:
        return self.ask(f"{API}/status/fetch/", {"publish_id": publish_id})

    def listed(self, **body: Any) -> list[Any]:
        path = "/v2/video/list/?fields=id,video_description,share_url,create_time"
        return list(self.ask(path, {"max_count": 20, **body})["videos"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("tiktok") as sandbox:
        yield sandbox


@pytest.fixture
def tiktok(sandbox: Sandbox) -> Iterator[Client]:
    sandbox.control.reset()
    with client(sandbox, "bakery") as opened:
        yield opened


@contextmanager
def client(sandbox: Sandbox, name: str, scopes: str = "") -> Iterator[Client]:
    account = sandbox.control.create_account(name, scopes=scopes)
    headers = {"Authorization": f"Bearer {account['access_token']}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as http:
        yield Client(http, sandbox.control, sandbox.url, account)


# ── who may ask ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic act.1"])
def test_a_wrong_token_is_refused(tiktok: Client, token: str) -> None:
    headers = {"Authorization": token}
    refused = tiktok.http.post(f"{API}/creator_info/query/", json={}, headers=headers)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "access_token_invalid"


def test_a_token_lives_a_day(tiktok: Client) -> None:
    tiktok.control.advance(seconds=86_399)
    tiktok.ask(f"{API}/creator_info/query/")
    tiktok.control.advance(seconds=2)
    assert tiktok.refusal(f"{API}/creator_info/query/") == (401, "access_token_invalid")


def test_every_scope_is_needed_for_its_own(sandbox: Sandbox, tiktok: Client) -> None:
    with client(sandbox, "baker", "user.info.basic") as poor:
        for path in (f"{API}/creator_info/query/", f"{API}/video/init/", "/v2/video/list/"):
            assert poor.refusal(path, {}) == (401, "scope_not_authorized")
        basic = poor.http.get("/v2/user/info/?fields=open_id,display_name")
        assert set(basic.json()["data"]["user"]) == {"open_id", "display_name"}
        profile = poor.http.get("/v2/user/info/?fields=open_id,username")
        assert profile.status_code == 401
    assert tiktok.http.get("/v2/user/info/").status_code == 400


def test_bodies_are_json_and_nothing_else(tiktok: Client) -> None:
    refused = tiktok.http.post(f"{API}/status/fetch/", data={"publish_id": "1"})
    assert refused.json()["error"]["code"] == "invalid_params"


# ── what the account may do ──────────────────────────────────────────────────────────────────


def test_a_creator_is_shown_with_what_they_may_do(tiktok: Client) -> None:
    shown = tiktok.ask(f"{API}/creator_info/query/")
    assert shown["creator_username"] == "bakery"
    assert shown["privacy_level_options"] == [
        "PUBLIC_TO_EVERYONE",
        "MUTUAL_FOLLOW_FRIENDS",
        "SELF_ONLY",
    ]
    tiktok.control.change_settings(private_account=True, max_video_seconds=60)
    shown = tiktok.ask(f"{API}/creator_info/query/")
    assert shown["privacy_level_options"][0] == "FOLLOWER_OF_CREATOR"
    assert shown["duet_disabled"]
    assert shown["max_video_post_duration_sec"] == 60


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"banned": True}, "spam_risk_user_banned_from_posting"),
        ({"posts_per_day": 1}, "spam_risk_too_many_posts"),
    ],
)
def test_who_may_not_post_is_told_with_200_when_asking_and_with_403_when_posting(
    tiktok: Client, settings: dict[str, Any], code: str
) -> None:
    tiktok.publish()
    tiktok.control.change_settings(**settings)
    assert tiktok.refusal(f"{API}/creator_info/query/") == (200, code)
    assert tiktok.refused() == (403, code)


def test_an_app_may_have_so_many_users_in_a_day(sandbox: Sandbox, tiktok: Client) -> None:
    tiktok.control.change_settings(active_users=1)
    tiktok.publish()
    tiktok.publish()
    with client(sandbox, "baker") as second:
        assert second.refused() == (403, "reached_active_user_cap")


def test_an_app_that_is_not_audited_posts_to_private_accounts_alone(tiktok: Client) -> None:
    tiktok.control.change_settings(audited=False)
    code = "unaudited_client_can_only_post_to_private_accounts"
    assert tiktok.refused(privacy_level="SELF_ONLY") == (403, code)
    assert tiktok.refused() == (403, "privacy_level_option_mismatch")
    tiktok.control.change_settings(audited=False, private_account=True)
    tiktok.publish(privacy_level="SELF_ONLY")


def test_six_may_be_begun_in_a_minute(tiktok: Client) -> None:
    for _ in range(6):
        tiktok.begin()
    assert tiktok.refused() == (429, "rate_limit_exceeded")
    tiktok.control.advance(seconds=61)
    tiktok.begin()


@pytest.mark.parametrize(
    ("info", "code"),
    [
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, "privacy_level_option_mismatch"),
        ({"privacy_level": None}, "privacy_level_option_mismatch"),
        ({"brand_content_toggle": None}, "invalid_params"),
        ({"brand_content_toggle": True, "privacy_level": "SELF_ONLY"}, "invalid_params"),
        ({"title": "👋" * 1101}, "invalid_params"),
    ],
)
def test_a_post_that_cannot_be_is_refused(tiktok: Client, info: Any, code: str) -> None:
    assert tiktok.refused(**info)[1] == code


# ── films ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (100, 50, 2),  # too small for chunks
        (10_000_000, 4_999_999, 2),
        (50_000_123, 10_000_000, 6),  # the rest belongs to the fifth
        (70_000_000, 70_000_000, 1),  # too large to go whole
        (5_000_000_000, 50_000_000, 100),
        (10_000_000, 0, 0),
        (10_000_000, None, 1),
    ],
)
def test_a_plan_that_breaks_the_rules_is_refused(
    tiktok: Client, size: int, chunk: int | None, count: int
) -> None:
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk}
    assert tiktok.refused({**source, "total_chunk_count": count}) == (400, "invalid_params")


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (4_194_304, 4_194_304, 1),
        (50_000_123, 10_000_000, 5),
        (11_534_345, 5_767_172, 2),
        (4_000_000_000, 5_249_343, 762),
    ],
)
def test_a_plan_that_keeps_them_is_taken(tiktok: Client, size: int, chunk: int, count: int) -> None:
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk}
    assert tiktok.begin({**source, "total_chunk_count": count})["upload_url"]


def test_a_film_comes_in_chunks_in_their_order(tiktok: Client) -> None:
    begun, size = tiktok.begin(CHUNKED), len(LONG)
    first, second = LONG[:5_000_000], LONG[5_000_000:]
    early = tiktok.put(begun, second, 5_000_000, size)
    assert early.status_code == 416
    answer = tiktok.put(begun, first, 0, size)
    assert (answer.status_code, answer.content) == (206, b"")
    assert answer.headers["content-range"] == f"bytes 0-4999999/{size}"
    again = tiktok.put(begun, first, 0, size)
    assert again.status_code == 416
    assert again.headers["content-range"] == f"bytes 0-4999999/{size}"
    assert tiktok.status(begun["publish_id"]) == {
        "status": "PROCESSING_UPLOAD",
        "uploaded_bytes": 5_000_000,
    }
    assert tiktok.put(begun, second, 5_000_000, size).status_code == 201
    assert tiktok.put(begun, second, 5_000_000, size).status_code == 416
    tiktok.control.advance(seconds=31)
    [post] = tiktok.control.posts()
    assert httpx.get(post["images"][0]["url"], trust_env=False).content == LONG


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": ""},
        {"Content-Range": f"bytes 0-{len(CLIP)}/{len(CLIP)}"},
        {"Content-Range": f"bytes 0-{len(CLIP) - 1}/{len(CLIP) + 1}"},
        {"Content-Type": "application/octet-stream"},
        {"Authorization": "Bearer act.1"},
    ],
)
def test_a_chunk_that_says_something_else_than_it_is_is_refused(
    tiktok: Client, headers: dict[str, str]
) -> None:
    begun = tiktok.begin()
    assert tiktok.put(begun, CLIP, 0, len(CLIP), **headers).status_code == 400
    assert tiktok.put(begun, CLIP, 0, len(CLIP)).status_code == 201


def test_a_chunk_that_is_no_chunk_is_out_of_step(tiktok: Client) -> None:
    begun = tiktok.begin(CHUNKED)
    assert tiktok.put(begun, LONG[:4_000_000], 0, len(LONG)).status_code == 416


def test_an_uploads_address_lives_an_hour_and_is_the_only_key(tiktok: Client) -> None:
    begun = tiktok.begin()
    wrong = {"upload_url": begun["upload_url"] + "x"}
    assert tiktok.put(wrong, CLIP, 0, len(CLIP)).status_code == 404
    tiktok.control.advance(seconds=3_600)
    assert tiktok.put(begun, CLIP, 0, len(CLIP)).status_code == 403


def test_what_is_no_film_fails_once_it_is_there(tiktok: Client) -> None:
    begun = tiktok.begin()
    tiktok.put(begun, bytes(len(CLIP)), 0, len(CLIP))
    told = tiktok.status(begun["publish_id"])
    assert (told["status"], told["fail_reason"]) == ("FAILED", "file_format_check_failed")
    tiktok.control.advance(seconds=60)
    assert tiktok.control.posts() == []


# ── what becomes of it ───────────────────────────────────────────────────────────────────────


def test_a_post_is_public_after_so_many_questions_or_so_long(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=2)
    asked, unasked = tiktok.publish(title="asked"), tiktok.publish(title="unasked")
    words = [tiktok.status(asked)["status"] for _ in range(3)]
    assert words == ["PROCESSING_UPLOAD", "PROCESSING_UPLOAD", "PUBLISH_COMPLETE"]
    assert [post["text"] for post in tiktok.control.posts()] == ["asked"]
    tiktok.control.advance(seconds=30)
    assert [post["text"] for post in tiktok.control.posts()] == ["asked", "unasked"]
    assert tiktok.status(unasked)["status"] == "PUBLISH_COMPLETE"


def test_the_id_of_a_public_post_is_told_after_moderation(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=0, moderation_seconds=60)
    publish_id = tiktok.publish()
    assert tiktok.status(publish_id)["publicaly_available_post_id"] == []
    tiktok.control.advance(seconds=61)
    [own_id] = tiktok.status(publish_id)["publicaly_available_post_id"]
    assert own_id > 2**53
    assert str(own_id) == tiktok.control.posts()[0]["id"]


def test_an_id_may_never_be_told_and_never_is_of_what_is_private(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=0)
    private = tiktok.publish(privacy_level="SELF_ONLY")
    tiktok.control.change_settings(status_polls=0, tells_post_ids=False)
    public = tiktok.publish()
    for publish_id in (private, public):
        told = tiktok.status(publish_id)
        assert (told["status"], told["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])
    assert [post["visibility"] for post in tiktok.control.posts()] == ["private", "public"]


def test_a_post_is_asked_about_by_its_own_account_alone(sandbox: Sandbox, tiktok: Client) -> None:
    publish_id = tiktok.publish()
    assert tiktok.refusal(f"{API}/status/fetch/", {"publish_id": "x"}) == (
        400,
        "invalid_publish_id",
    )
    with client(sandbox, "baker") as other:
        refused = other.refusal(f"{API}/status/fetch/", {"publish_id": publish_id})
        assert refused == (400, "token_not_authorized_for_specified_publish_id")


def test_a_post_may_fail_for_a_reason_that_is_ordered(tiktok: Client) -> None:
    tiktok.control.change_settings(fail_reason="internal")
    told = tiktok.status(tiktok.publish())
    assert (told["status"], told["fail_reason"]) == ("FAILED", "internal")


def test_received_at_is_when_the_last_chunk_came(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=0)
    begun = tiktok.begin()
    tiktok.control.advance(seconds=100)
    tiktok.put(begun, CLIP, 0, len(CLIP))
    [post] = tiktok.control.posts()
    put = next(each for each in tiktok.control.requests() if each["method"] == "PUT")
    assert post["received_at"] == put["received_at"]
    assert post["key"] == begun["publish_id"]


# ── photos ───────────────────────────────────────────────────────────────────────────────────


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "orange").save(data, kind)
    return data.getvalue()


@pytest.fixture(scope="module")
def domain() -> Iterator[Files]:
    with files_served() as files:
        yield files


def photos(*urls: str, **info: Any) -> Any:
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {**INFO, "description": "rye and wheat", **info},
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": list(urls),
            "photo_cover_index": 0,
        },
    }


def test_photos_are_really_fetched_from_where_they_lie(tiktok: Client, domain: Files) -> None:
    at, lying = domain.url, domain.lying
    lying.update({"/one.jpg": picture(), "/two.webp": picture("WEBP")})
    begun = tiktok.ask(f"{API}/content/init/", photos(f"{at}/one.jpg", f"{at}/two.webp"))
    words = [tiktok.status(begun["publish_id"])["status"] for _ in range(2)]
    assert words == ["PROCESSING_DOWNLOAD", "PUBLISH_COMPLETE"]
    [post] = tiktok.control.posts()
    assert post["text"] == "rye and wheat"
    assert "/photo/" in post["url"]
    shown = [httpx.get(each["url"], trust_env=False).content for each in post["images"]]
    assert shown == [lying["/one.jpg"], lying["/two.webp"]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "photo_pull_failed"),  # led elsewhere
        (picture("PNG"), "file_format_check_failed"),
        (b"no picture", "file_format_check_failed"),
        (picture(size=(1081, 1920)), "picture_size_check_failed"),
        (picture(size=(1921, 20)), "picture_size_check_failed"),
    ],
)
def test_photos_that_cannot_be_fetched_or_shown_fail(
    tiktok: Client, domain: Files, data: bytes | None, reason: str
) -> None:
    at, lying = domain.url, domain.lying
    lying.clear()
    lying.update({"/there.jpg": picture()} | ({} if data is None else {"/one": data}))
    begun = tiktok.ask(f"{API}/content/init/", photos(f"{at}/one"))
    told = tiktok.status(begun["publish_id"])
    assert (told["status"], told["fail_reason"]) == ("FAILED", reason)


def test_photos_of_a_domain_that_is_not_verified_are_refused(tiktok: Client, domain: Files) -> None:
    at = domain.url
    tiktok.control.change_settings(verified_prefixes=["https://media.acme.example/"])
    refused = tiktok.refusal(f"{API}/content/init/", photos(f"{at}/one.jpg"))
    assert refused == (403, "url_ownership_unverified")


@pytest.mark.parametrize(
    "body",
    [
        photos(),
        photos(*["http://127.0.0.1:9/x"] * 36),
        photos("http://127.0.0.1:9/x", title="x" * 91),
        photos("http://127.0.0.1:9/x", description="x" * 4001),
        {**photos("http://127.0.0.1:9/x"), "post_mode": "DIRECT POST"},
        {**photos("http://127.0.0.1:9/x"), "media_type": "VIDEO"},
    ],
)
def test_photos_that_break_the_rules_are_refused(tiktok: Client, body: Any) -> None:
    assert tiktok.refusal(f"{API}/content/init/", body) == (400, "invalid_params")


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_public_posts_the_newest_first_and_lags(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=0, list_lag_seconds=300)
    tiktok.publish(title="one")
    tiktok.publish(title="hidden", privacy_level="SELF_ONLY")
    tiktok.control.act(who="bakery", do="post", text="by hand")
    tiktok.control.act(who="ayse", do="post", text="somebody else's")
    assert tiktok.listed() == []
    tiktok.control.advance(seconds=301)
    assert [each["video_description"] for each in tiktok.listed()] == ["by hand", "one"]
    [newest, oldest] = tiktok.listed()
    assert newest["share_url"].startswith(f"{tiktok.url}/@bakery/video/{newest['id']}?")
    before = oldest["create_time"] * 1000 + 1
    assert oldest["id"] in {each["id"] for each in tiktok.listed(cursor=before)}


def test_posts_are_counted_and_measured_by_their_ids(tiktok: Client) -> None:
    tiktok.control.change_settings(status_polls=0)
    tiktok.publish()
    [post] = tiktok.control.posts()
    tiktok.control.act(who="ayse", do="like", post=post["id"])
    asked = {"filters": {"video_ids": [post["id"], "1"]}}
    videos = tiktok.ask("/v2/video/query/?fields=id,like_count", asked)["videos"]
    assert videos == [{"id": post["id"], "like_count": 1}]
    stats = tiktok.http.get("/v2/user/info/?fields=video_count,likes_count").json()
    assert stats["data"]["user"] == {"video_count": 1, "likes_count": 1}
    refused = tiktok.refusal("/v2/video/query/?fields=words", asked)
    assert refused == (400, "invalid_params")


# ── consent ──────────────────────────────────────────────────────────────────────────────────


def consent(tiktok: Client, **asked: str) -> dict[str, str]:
    fields = {
        "client_key": CLIENT_ID,
        "scope": "user.info.basic,video.publish",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "state": "s",
        **asked,
    }
    page = httpx.get(f"{tiktok.url}/v2/auth/authorize/", params=fields, trust_env=False)
    assert "Allow as bakery" in page.text
    sent_back = httpx.post(
        f"{tiktok.url}/v2/auth/authorize/",
        data={**fields, "username": tiktok.account["open_id"]},
        trust_env=False,
    )
    return dict(httpx.URL(sent_back.headers["location"]).params)


def token(tiktok: Client, **form: str) -> httpx.Response:
    url = f"{tiktok.url}/v2/oauth/token/"
    return httpx.post(url, data={**FORM, **form}, trust_env=False)


def redeem(tiktok: Client, code: str, **form: str) -> httpx.Response:
    usual = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    return token(tiktok, **{**usual, "code": code, **form})


def test_a_code_is_good_once_for_its_own_address_and_app(tiktok: Client) -> None:
    answer = consent(tiktok)
    assert answer["state"] == "s"
    for wrong in ({"redirect_uri": "https://x.example"}, {"client_secret": "wrong"}):
        assert redeem(tiktok, consent(tiktok)["code"], **wrong).status_code == 400
    granted = redeem(tiktok, answer["code"]).json()
    assert granted["scope"] == "user.info.basic,video.publish"
    assert granted["open_id"] == tiktok.account["open_id"]
    again = redeem(tiktok, answer["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_is_good_for_one_use(tiktok: Client) -> None:
    asked = {"grant_type": "refresh_token", "refresh_token": tiktok.account["refresh_token"]}
    fresh = token(tiktok, **asked).json()
    assert fresh["access_token"] != tiktok.account["access_token"]
    assert token(tiktok, **asked).json()["error"] == "invalid_grant"
    asked["refresh_token"] = fresh["refresh_token"]
    tiktok.control.change_settings(rotates_refresh_tokens=False)
    for _ in range(2):
        assert token(tiktok, **asked).json()["refresh_token"] == fresh["refresh_token"]


def test_a_revoked_token_is_good_for_nothing(tiktok: Client) -> None:
    url, form = f"{tiktok.url}/v2/oauth/revoke/", {**FORM, "token": tiktok.account["access_token"]}
    revoked = httpx.post(url, data=form, trust_env=False)
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert tiktok.refusal(f"{API}/creator_info/query/") == (401, "access_token_invalid")
    assert httpx.post(url, data=form, trust_env=False).status_code == 400


def test_what_was_published_and_half_uploaded_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running("tiktok", state=state) as sandbox, client(sandbox, "bakery") as before:
        before.control.change_settings(status_polls=0)
        before.publish()
        begun = before.begin(CHUNKED)
        before.put(begun, LONG[:5_000_000], 0, len(LONG))
        shown, account = before.control.posts(), before.account
    with running("tiktok", state=state) as sandbox:
        assert [post["id"] for post in sandbox.control.posts()] == [post["id"] for post in shown]
        headers = {"Authorization": f"Bearer {account['access_token']}"}
        with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as http:
            after = Client(http, sandbox.control, sandbox.url, account)
            told = after.status(begun["publish_id"])
    assert told["uploaded_bytes"] == 5_000_000
