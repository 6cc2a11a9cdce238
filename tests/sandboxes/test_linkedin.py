"""What the LinkedIn sandbox must get right, so that an adapter that passes here passes there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running
from tests.videos import CLIP

HEADERS = {"LinkedIn-Version": "202607", "X-Restli-Protocol-Version": "2.0.0"}
POSTS = "/rest/posts"
DAY = 86_400


@dataclass(frozen=True)
class Page:
    http: httpx.Client  # with an admin's token, and the headers
    control: Control
    url: str
    urn: str
    account: Mapping[str, Any]

    def post(self, text: str = "bread", **more: Any) -> httpx.Response:
        body = {
            "author": self.urn,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
            **more,
        }
        return self.http.post(POSTS, json={n: v for n, v in body.items() if v is not None})

    def begin(self, kind: str, **more: Any) -> Any:
        asked = {"initializeUploadRequest": {"owner": self.urn, **more}}
        reply = self.http.post(f"/rest/{kind}?action=initializeUpload", json=asked)
        assert reply.status_code == 200, reply.text
        return reply.json()["value"]

    def status(self, kind: str, urn: str) -> str:
        told: str = self.http.get(f"/rest/{kind}/{quote(urn, safe='')}").json()["status"]
        return told

    def image(self, data: bytes) -> str:
        begun = self.begin("images")
        assert self.http.put(begun["uploadUrl"], content=data).status_code == 201
        return str(begun["image"])


@pytest.fixture(scope="module")
def linkedin_sandbox() -> Iterator[Sandbox]:
    with running("linkedin") as sandbox:
        yield sandbox


@pytest.fixture
def page(linkedin_sandbox: Sandbox) -> Iterator[Page]:
    linkedin_sandbox.control.reset()
    with page_of(linkedin_sandbox) as page:
        yield page


@contextmanager
def page_of(sandbox: Sandbox, name: str = "bakery", **wanted: Any) -> Iterator[Page]:
    account = sandbox.control.create_account(name, **wanted)
    headers = {**HEADERS, "Authorization": f"Bearer {account['access_token']}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as http:
        yield Page(http, sandbox.control, sandbox.url, account["urn"], account)


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


# ── who asks, and how ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"LinkedIn-Version": ""}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "202401"}, 426, "NONEXISTENT_VERSION"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
        ({"Authorization": "Bearer nobodys"}, 401, "INVALID_ACCESS_TOKEN"),
    ],
)
def test_a_call_needs_its_headers(
    page: Page, headers: dict[str, str], status: int, code: str
) -> None:
    assert refused(page.http.get(POSTS, headers=headers)) == (status, code)


def test_a_call_without_a_version_is_refused(page: Page) -> None:
    bare = httpx.get(f"{page.url}{POSTS}", trust_env=False)
    assert refused(bare) == (400, "VERSION_MISSING")


def test_a_token_ends_is_taken_back_and_lets_into_its_own_pages_alone(
    linkedin_sandbox: Sandbox, page: Page
) -> None:
    with page_of(linkedin_sandbox, name="cafe") as other:
        assert refused(page.post(author=other.urn)) == (403, "ACCESS_DENIED")
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    given = {"token": page.account["access_token"], **keys}
    assert page.http.post("/oauth/v2/revoke", data=given).status_code == 200
    assert refused(page.post()) == (401, "REVOKED_ACCESS_TOKEN")
    assert page.http.post("/oauth/v2/revoke", data=given).status_code == 400
    page.control.reset()
    with page_of(linkedin_sandbox) as page:
        page.control.advance(seconds=60 * DAY)
        assert refused(page.post()) == (401, "EXPIRED_ACCESS_TOKEN")


@pytest.mark.parametrize(
    ("scopes", "role", "may"),
    [
        ("w_organization_social", "ADMINISTRATOR", True),
        ("w_organization_social", "CONTENT_ADMINISTRATOR", True),
        ("w_organization_social", "ANALYST", False),
        ("w_member_social r_organization_social", "ADMINISTRATOR", False),
    ],
)
def test_a_page_is_written_to_with_the_scope_and_a_role(
    linkedin_sandbox: Sandbox, scopes: str, role: str, *, may: bool
) -> None:
    linkedin_sandbox.control.reset()
    with page_of(linkedin_sandbox, scopes=scopes, details={"role": role}) as page:
        assert page.post().status_code == (201 if may else 403)


def test_a_days_quota_is_there_again_on_the_next_day_of_utc(page: Page) -> None:
    page.control.change_settings(calls_per_day=1)
    page.http.get("/rest/organizationAcls?q=roleAssignee")
    reply = page.post()
    assert reply.status_code == 429
    assert "APPLICATION_AND_MEMBER DAY limit" in reply.json()["message"]
    assert "retry-after" not in reply.headers
    page.control.advance(seconds=DAY)
    assert page.post().status_code == 201


# ── posts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (r"a \(b\) c\_d", "a (b) c_d"),
        ("a (b) c", "a "),
        ("mail ann@ex.com", "mail ann"),
        ("#rye and {hashtag|\\#|oats\\_2}", "#rye and #oats_2"),
        ("with @[Acme](urn:li:organization:5)!", "with Acme!"),
        ("with @[Acme](urn:li:share:5)!", "with "),
        (r"a\\b", r"a\b"),
    ],
)
def test_a_text_ends_where_a_character_is_not_escaped_and_nobody_is_told(
    page: Page, sent: str, shown: str
) -> None:
    assert page.post(sent).status_code == 201
    assert page.control.posts()[0]["text"] == shown


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"commentary": None}, 400, "MISSING_FIELD"),
        ({"visibility": None}, 400, "MISSING_FIELD"),
        ({"distribution": None}, 400, "MISSING_FIELD"),
        ({"lifecycleState": "DRAFT"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": "CONNECTIONS"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"commentary": "x" * 3001}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"content": {"media": {"id": "urn:li:image:1"}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"media": {}, "poll": {}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"carousel": {}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"article": {"source": "https://ex.com"}}}, 400, "MISSING_FIELD"),
        ({"content": {"poll": {"question": "?"}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"multiImage": {"images": [{}]}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"author": "urn:li:organization:99"}, 400, "INVALID_VALUE_FOR_FIELD"),
    ],
)
def test_a_post_is_refused_for_what_it_lacks_or_cannot_be(
    page: Page, changed: dict[str, Any], status: int, code: str
) -> None:
    assert refused(page.post(**{"text": "bread", **changed})) == (status, code)
    assert page.control.posts() == []


def test_a_post_is_named_in_a_header_alone(page: Page) -> None:
    made = page.post()
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["x-restli-id"] == page.control.posts()[0]["id"]


def test_a_copy_is_refused_for_ten_minutes_and_names_the_first(page: Page) -> None:
    urn = page.post().headers["x-restli-id"]
    copy = page.post()
    assert refused(copy) == (422, "DUPLICATE_POST")
    assert copy.json()["message"] == f"Content is a duplicate of {urn}"
    assert page.post("other bread").status_code == 201
    page.control.advance(seconds=601)
    assert page.post().status_code == 201


def test_a_list_shows_its_own_hashtags_and_links_what_was_touched_last_and_lags(
    page: Page,
) -> None:
    page.post("one")
    page.post("two #rye https://ex.com/a/long/way/to/the/end")
    query = {"q": "author", "author": page.urn, "count": "1", "sortBy": "LAST_MODIFIED"}
    first = page.http.get(POSTS, params=query).json()["elements"]
    assert [each["commentary"] for each in first] == [r"two {hashtag|\#|rye} https://lnkd.in/e"]
    second = page.http.get(POSTS, params={**query, "start": "1"}).json()["elements"]
    assert [each["commentary"] for each in second] == ["one"]
    page.control.change_settings(list_lag_seconds=300)
    assert page.http.get(POSTS, params=query).json()["elements"] == []
    assert refused(page.http.get(POSTS, params={**query, "count": "101"}))[0] == 400


def test_posts_are_read_with_the_scope_for_it(linkedin_sandbox: Sandbox) -> None:
    linkedin_sandbox.control.reset()
    with page_of(linkedin_sandbox, scopes="w_organization_social") as page:
        query = {"q": "author", "author": page.urn}
        assert refused(page.http.get(POSTS, params=query)) == (403, "ACCESS_DENIED")


def test_deleting_again_is_no_error(page: Page) -> None:
    path = f"{POSTS}/{quote(page.post().headers['x-restli-id'], safe='')}"
    assert [page.http.delete(path).status_code for _ in range(2)] == [204, 204]
    assert page.http.get(path).status_code == 404
    assert page.control.posts()[0]["deleted"]


# ── comments ─────────────────────────────────────────────────────────────────────────────────


def test_a_comment_is_plain_text_below_its_post(page: Page) -> None:
    urn = page.post().headers["x-restli-id"]
    path = f"/rest/socialActions/{quote(urn, safe='')}/comments"
    body = {"actor": page.urn, "object": urn, "message": {"text": r"a \(b\) #c"}}
    made = page.http.post(path, json=body)
    assert made.status_code == 201
    assert made.json()["commentUrn"] == f"urn:li:comment:({urn},{made.headers['x-restli-id']})"
    [_, below] = page.control.posts()
    assert (below["text"], below["in_reply_to"]) == (r"a \(b\) #c", urn)
    [listed] = page.http.get(path).json()["elements"]
    assert listed["message"]["text"] == r"a \(b\) #c"

    for wrong in ({"object": "urn:li:share:1"}, {"message": {"text": " "}}, {"actor": None}):
        given = {name: each for name, each in {**body, **wrong}.items() if each is not None}
        assert page.http.post(path, json=given).status_code == 400
    too_long = {**body, "message": {"text": "x" * 1251}}
    assert refused(page.http.post(path, json=too_long)) == (400, "FIELD_LENGTH_TOO_LONG")

    gone = f"{path}/{listed['id']}"
    assert page.http.delete(gone).status_code == 400
    assert page.http.delete(gone, params={"actor": page.urn}).status_code == 204
    assert page.http.delete(gone, params={"actor": page.urn}).status_code == 404


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_an_image_is_sent_under_the_token_and_worked_on(page: Page, picture: bytes) -> None:
    page.control.change_settings(image_polls=1)
    begun = page.begin("images")
    assert refused(page.post(content={"media": {"id": begun["image"]}})) == (
        400,
        "MEDIA_ASSET_WAITING_UPLOAD",
    )
    bare = httpx.put(begun["uploadUrl"], content=picture, trust_env=False)
    assert bare.status_code == 401
    assert page.http.put(begun["uploadUrl"] + "x", content=picture).status_code == 403
    assert page.http.put(begun["uploadUrl"], content=picture).status_code == 201
    assert refused(page.post(content={"media": {"id": begun["image"]}})) == (
        400,
        "MEDIA_ASSET_PROCESSING",
    )
    told = [page.status("images", begun["image"]) for _ in range(2)]
    assert told == ["PROCESSING", "AVAILABLE"]
    media = {"id": begun["image"], "altText": "a loaf"}
    assert page.post(content={"media": media}).status_code == 201
    [image] = page.control.posts()[0]["images"]
    assert (image["alt"], image["type"]) == ("a loaf", "image/png")
    assert httpx.get(image["url"], trust_env=False).content == picture


def test_what_is_no_image_is_taken_and_given_up(page: Page) -> None:
    urn = page.image(b"no image")
    assert page.status("images", urn) == "PROCESSING_FAILED"
    assert refused(page.post(content={"media": {"id": urn}}))[1] == "MEDIA_ASSET_PROCESSING_FAILED"


def test_two_to_twenty_images_of_the_authors_own(
    linkedin_sandbox: Sandbox, page: Page, picture: bytes
) -> None:
    images = [{"id": page.image(picture)} for _ in range(21)]
    many = {"multiImage": {"images": images}}
    assert refused(page.post(content=many)) == (400, "INVALID_VALUE_FOR_FIELD")
    assert page.post(content={"multiImage": {"images": images[:20]}}).status_code == 201
    with page_of(linkedin_sandbox, name="cafe") as other:
        theirs = other.post(content={"media": images[0]})
        assert refused(theirs) == (403, "ACCESS_DENIED")


def test_a_film_is_sent_in_parts_without_a_token_and_ended_with_all_receipts(page: Page) -> None:
    page.control.change_settings(part_bytes=10_000)
    begun = page.begin("videos", fileSizeBytes=len(CLIP))
    parts = begun["uploadInstructions"]
    assert [each["firstByte"] for each in parts] == [0, 10_000, 20_000]
    assert parts[-1]["lastByte"] == len(CLIP) - 1
    kind = {"Content-Type": "application/octet-stream"}
    first = parts[0]["uploadUrl"]
    assert page.http.put(first, content=CLIP[:10_000], headers=kind).status_code == 400
    short = httpx.put(first, content=CLIP[:9_999], headers=kind, trust_env=False)
    assert refused(short) == (400, "INVALID_PART")
    typed = httpx.put(first, content=CLIP[:10_000], trust_env=False)
    assert typed.status_code == 415
    receipts: list[str] = []
    for each in reversed(parts):
        chunk = CLIP[each["firstByte"] : each["lastByte"] + 1]
        sent = httpx.put(each["uploadUrl"], content=chunk, headers=kind, trust_env=False)
        receipts.insert(0, sent.headers["etag"].strip('"'))

    def end(ids: list[str], token: str = begun["uploadToken"]) -> httpx.Response:
        asked = {"video": begun["video"], "uploadToken": token, "uploadedPartIds": ids}
        body = {"finalizeUploadRequest": asked}
        return page.http.post("/rest/videos?action=finalizeUpload", json=body)

    assert end(receipts[::-1]).status_code == 400
    assert end(receipts[:2]).status_code == 400
    assert end(receipts, token="else").status_code == 400
    assert page.status("videos", begun["video"]) == "WAITING_UPLOAD"
    assert end(receipts).status_code == 200
    assert refused(end(receipts)) == (400, "UPLOAD_ALREADY_FINALIZED")
    told = [page.status("videos", begun["video"]) for _ in range(2)]
    assert told == ["PROCESSING", "AVAILABLE"]
    assert page.post(content={"media": {"id": begun["video"]}}).status_code == 201
    [film] = page.control.posts()[0]["images"]
    assert httpx.get(film["url"], trust_env=False).content == CLIP


def test_a_document_needs_a_title(page: Page) -> None:
    begun = page.begin("documents")
    assert page.http.put(begun["uploadUrl"], content=b"%PDF-1.7").status_code == 201
    bare = {"media": {"id": begun["document"]}}
    assert refused(page.post(content=bare)) == (400, "MISSING_FIELD")
    titled = {"media": {"id": begun["document"], "title": "Menu"}}
    assert page.post(content=titled).status_code == 201


def test_who_may_only_write_as_a_member_may_not_ask_about_files(
    linkedin_sandbox: Sandbox, picture: bytes
) -> None:
    linkedin_sandbox.control.reset()
    member = {"scopes": "openid profile w_member_social", "details": {"kind": "member"}}
    with page_of(linkedin_sandbox, name="ann", **member) as ann:
        path = f"/rest/images/{quote(ann.image(picture), safe='')}"
        assert refused(ann.http.get(path)) == (403, "ACCESS_DENIED")


# ── tokens ───────────────────────────────────────────────────────────────────────────────────


def renew(page: Page, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": page.account["refresh_token"],
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **changed,
    }
    return page.http.post("/oauth/v2/accessToken", data=form)


def test_a_refresh_token_is_used_again_and_its_year_is_not_begun_anew(page: Page) -> None:
    year = int(timedelta(days=365).total_seconds())
    assert page.account["refresh_token_expires_in"] == year
    page.control.advance(seconds=30 * DAY)
    for _ in range(2):
        told = renew(page).json()
        assert told["refresh_token"] == page.account["refresh_token"]
        assert year - 31 * DAY < told["refresh_token_expires_in"] <= year - 30 * DAY
        assert told["expires_in"] == 60 * DAY
    page.control.advance(seconds=336 * DAY)
    assert renew(page).status_code == 400


def test_an_app_has_to_know_its_secret(page: Page) -> None:
    assert renew(page, client_secret="guessed").status_code == 401


def test_an_app_that_was_not_approved_for_it_gets_no_refresh_token_and_no_such_scope(
    linkedin_sandbox: Sandbox, page: Page
) -> None:
    page.control.change_settings(gives_refresh_tokens=False)
    with page_of(linkedin_sandbox, name="cafe") as cafe:
        assert "refresh_token" not in cafe.account
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "https://tellal.example/callback",
        "scope": "openid rw_ads",
    }
    refusal = page.http.get("/oauth/v2/authorization", params=asked)
    assert refusal.json()["error"] == "unauthorized_scope_error"


# ── keeping ──────────────────────────────────────────────────────────────────────────────────


def test_what_was_published_survives_a_restart(tmp_path: Path, picture: bytes) -> None:
    state = tmp_path / "state.json"
    with running("linkedin", state=state) as sandbox, page_of(sandbox) as page:
        page.post(content={"media": {"id": page.image(picture)}})
        before = sandbox.control.posts()
    with running("linkedin", state=state) as sandbox:
        [after] = sandbox.control.posts()
        path = httpx.URL(after["images"][0]["url"]).raw_path.decode()
        assert httpx.get(f"{sandbox.url}{path}", trust_env=False).content == picture
        assert after["id"] == before[0]["id"]
        assert httpx.get(f"{sandbox.url}/feed/update/{after['id']}/", trust_env=False).is_success
