"""What the Bluesky sandbox must get right, so that an adapter that passes here passes there."""

from typing import Any

import httpx
import pytest

from tests.sandboxes.conftest import Client

POST = "app.bsky.feed.post"
KEY = "3lk2j4h5g6f7d"
CREATE = "/com.atproto.repo.createRecord"
PUT = "/com.atproto.repo.putRecord"
SESSION = "/com.atproto.server.createSession"
REFRESH = "/com.atproto.server.refreshSession"
NOTIFICATIONS = "/app.bsky.notification.listNotifications"


def write(bluesky: Client, record: dict[str, Any], **details: Any) -> dict[str, Any]:
    value = {"$type": POST, "createdAt": "2026-01-05T14:00:00.000Z", **record}
    return {"repo": bluesky.id, "collection": POST, "record": value, **details}


def publish(bluesky: Client, text: str, **record: Any) -> dict[str, Any]:
    response = bluesky.post(CREATE, json=write(bluesky, {"text": text, **record}))
    assert response.status_code == 200, response.text
    published: dict[str, Any] = response.json()
    return published


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def log_in(bluesky: Client, password: str) -> httpx.Response:
    return bluesky.post(SESSION, json={"identifier": bluesky.name, "password": password})


def test_creating_on_a_key_that_exists_fails_and_putting_on_it_does_not(bluesky: Client) -> None:
    wanted = write(bluesky, {"text": "bread"}, rkey=KEY)
    first = bluesky.post(CREATE, json=wanted)
    assert first.json()["uri"] == f"at://{bluesky.id}/{POST}/{KEY}"
    assert error_of(bluesky.post(CREATE, json=wanted)) == (500, "InternalServerError")
    again = bluesky.post(PUT, json=wanted)
    assert (again.status_code, again.json()["cid"]) == (200, first.json()["cid"])
    assert [post["key"] for post in bluesky.control.posts()] == [KEY]


@pytest.mark.parametrize("key", ["delivery-1", "3lk2j4h5g6f7", "zlk2j4h5g6f7d", "3LK2J4H5G6F7D"])
def test_a_posts_key_must_be_a_tid(bluesky: Client, key: str) -> None:
    refused = bluesky.post(PUT, json=write(bluesky, {"text": "x"}, rkey=key))
    assert error_of(refused) == (400, "InvalidRequest")


def test_a_record_is_found_by_its_key_until_deleted_and_deleting_is_repeatable(
    bluesky: Client,
) -> None:
    bluesky.post(PUT, json=write(bluesky, {"text": "bread"}, rkey=KEY))
    where = {"repo": bluesky.name, "collection": POST, "rkey": KEY}
    assert (
        bluesky.get("/com.atproto.repo.getRecord", params=where).json()["value"]["text"] == "bread"
    )
    for _ in range(2):
        assert bluesky.post("/com.atproto.repo.deleteRecord", json=where).status_code == 200
    gone = bluesky.get("/com.atproto.repo.getRecord", params=where)
    assert error_of(gone) == (400, "RecordNotFound")
    assert bluesky.control.posts()[0]["deleted"]


def test_records_are_listed_newest_first_page_by_page(bluesky: Client) -> None:
    uris = [publish(bluesky, f"no {number}")["uri"] for number in range(5)]
    query = {"repo": bluesky.id, "collection": POST, "limit": 3}
    first = bluesky.get("/com.atproto.repo.listRecords", params=query).json()
    query["cursor"] = first["cursor"]
    second = bluesky.get("/com.atproto.repo.listRecords", params=query).json()
    listed = [record["uri"] for record in first["records"] + second["records"]]
    assert listed == list(reversed(uris))


@pytest.mark.parametrize(
    "record",
    [
        {"text": "a" * 301},
        {"text": "👨‍👩‍👧" * 167},  # 167 graphemes, 3,006 bytes
        {"text": "x", "createdAt": "2026-01-05T14:00:00"},
        {"text": "x", "createdAt": "2026-01-05"},
        {"text": "x", "langs": ["en", "tr", "de", "fr"]},
        {"text": "x", "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "x"}}},
        {"text": "x", "reply": {"parent": {"uri": "at://x/y/z"}}},
        {},
    ],
)
def test_refuses_posts_that_break_the_lexicon(bluesky: Client, record: dict[str, Any]) -> None:
    refused = bluesky.post(CREATE, json=write(bluesky, record))
    assert error_of(refused) == (400, "InvalidRequest")
    assert bluesky.control.posts() == []


def test_accepts_300_graphemes_and_3000_bytes(bluesky: Client) -> None:
    publish(bluesky, "👋🏽" * 300)
    publish(bluesky, "👨‍👩‍👧" * 166)


def test_facets_count_bytes_and_those_outside_the_text_are_silently_not_shown(
    bluesky: Client,
) -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://ex.com"}
    right = {"index": {"byteStart": 29, "byteEnd": 43}, "features": [link]}
    outside = {"index": {"byteStart": 29, "byteEnd": 430}, "features": [link]}
    for facet in (right, outside):
        publish(bluesky, "Ünï 👨‍👩‍👧 see https://ex.com #a", facets=[facet])
    shown, lost = (post["html"] for post in bluesky.control.posts())
    assert ">https://ex.com</a>" in shown
    assert "<a" not in lost


def image_embed(blob: dict[str, Any], **image: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images", "images": [{"image": blob, **image}]}


def test_an_image_must_be_uploaded_described_and_small_enough(
    bluesky: Client, picture: bytes
) -> None:
    headers = {"Content-Type": "image/png"}
    blob = bluesky.post("/com.atproto.repo.uploadBlob", content=picture, headers=headers).json()
    blob = blob["blob"]
    publish(bluesky, "bread", embed=image_embed(blob, alt=""))
    shown = bluesky.control.posts()[0]["images"][0]
    assert httpx.get(shown["url"], trust_env=False).content == picture
    silent = write(bluesky, {"text": "x", "embed": image_embed(blob)})
    assert error_of(bluesky.post(CREATE, json=silent)) == (400, "InvalidRequest")
    stranger = {**blob, "ref": {"$link": "bafkreistranger"}}
    unknown = write(bluesky, {"text": "x", "embed": image_embed(stranger, alt="")})
    assert error_of(bluesky.post(CREATE, json=unknown)) == (400, "BlobNotFound")
    five = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": ""}] * 5}
    too_many = write(bluesky, {"text": "x", "embed": five})
    assert error_of(bluesky.post(CREATE, json=too_many)) == (400, "InvalidRequest")
    bluesky.control.change_settings(image_bytes=len(picture) - 1)
    too_big = bluesky.post(
        CREATE, json=write(bluesky, {"text": "x", "embed": image_embed(blob, alt="")})
    )
    assert too_big.status_code == 400
    assert "blob too big" in too_big.json()["message"]


def test_an_expired_token_says_so_and_a_garbage_one_otherwise(bluesky: Client) -> None:
    profile = {"actor": bluesky.id}
    assert bluesky.get("/app.bsky.actor.getProfile", params=profile).status_code == 200
    bluesky.control.advance(seconds=121 * 60)
    expired = bluesky.get("/app.bsky.actor.getProfile", params=profile)
    assert error_of(expired) == (400, "ExpiredToken")
    garbage = bluesky.get("/app.bsky.actor.getProfile", params=profile, headers=bearer("a.b.c"))
    assert error_of(garbage) == (400, "InvalidToken")
    nobody = httpx.get(f"{bluesky.url}/xrpc/app.bsky.actor.getProfile", params=profile)
    assert error_of(nobody) == (401, "AuthMissing")


def test_a_refresh_token_works_through_its_grace_and_gives_the_same_next_one(
    bluesky: Client,
) -> None:
    old = log_in(bluesky, bluesky.secret).json()["refreshJwt"]
    first = bluesky.post(REFRESH, headers=bearer(old)).json()
    again = bluesky.post(REFRESH, headers=bearer(old)).json()
    assert first["refreshJwt"] == again["refreshJwt"] != old
    assert bluesky.get("/com.atproto.server.getSession", headers=bearer(old)).status_code == 400
    bluesky.control.advance(seconds=2 * 3600 + 1)
    assert error_of(bluesky.post(REFRESH, headers=bearer(old))) == (400, "ExpiredToken")
    later = bluesky.post(REFRESH, headers=bearer(first["refreshJwt"])).json()
    service = later["didDoc"]["service"][0]
    assert (service["id"], service["serviceEndpoint"]) == ("#atproto_pds", bluesky.url)
    whoami = bluesky.get("/com.atproto.server.getSession", headers=bearer(later["accessJwt"]))
    assert whoami.json()["handle"] == bluesky.name


def test_a_wrong_password_is_401_and_too_many_log_ins_are_429_with_an_epoch_reset(
    bluesky: Client,
) -> None:
    wrong = log_in(bluesky, "wrong")
    assert error_of(wrong) == (401, "AuthenticationRequired")
    remaining = int(wrong.headers["ratelimit-remaining"])
    answers = [log_in(bluesky, bluesky.secret) for _ in range(remaining + 1)]
    assert error_of(answers[-1]) == (429, "RateLimitExceeded")
    assert answers[-2].status_code == 200
    assert answers[-1].headers["ratelimit-reset"].isdigit()
    assert "retry-after" not in answers[-1].headers


def test_accounts_that_are_taken_down_or_deactivated_are_told_so(bluesky: Client) -> None:
    bluesky.control.create_account("bakery", status="deactivated")
    refused = bluesky.post(CREATE, json=write(bluesky, {"text": "x"}))
    assert error_of(refused) == (401, "AccountDeactivated")
    bluesky.control.create_account("bakery", status="takendown")
    assert error_of(log_in(bluesky, bluesky.secret)) == (401, "AccountTakedown")


def test_notifications_come_newest_first_by_reason_and_page_by_cursor(bluesky: Client) -> None:
    post = publish(bluesky, "bread")["uri"]
    for number in range(3):
        bluesky.control.act(who="ayse", do="reply", post=post, text=f"no {number}")
    bluesky.control.act(who="ayse", do="like", post=post)
    bluesky.control.act(who="ayse", do="follow", account="bakery")
    bluesky.control.act(who="ayse", do="mention", account="bakery", text="hi")
    everything = bluesky.get(NOTIFICATIONS).json()["notifications"]
    reasons = [item["reason"] for item in everything]
    assert reasons == ["mention", "follow", "like", "reply", "reply", "reply"]
    query: dict[str, Any] = {"reasons": ["reply", "mention"], "limit": 3}
    page = bluesky.get(NOTIFICATIONS, params=query).json()
    rest = bluesky.get(NOTIFICATIONS, params={**query, "cursor": page["cursor"]}).json()
    texts = [i["record"]["text"] for i in page["notifications"] + rest["notifications"]]
    assert texts == [f"@{bluesky.name} hi", "no 2", "no 1", "no 0"]
    assert everything[-1]["reasonSubject"] == post


def test_the_first_look_counts_older_notifications_as_read(bluesky: Client) -> None:
    post = publish(bluesky, "bread")["uri"]
    bluesky.control.act(who="ayse", do="like", post=post)
    assert [n["isRead"] for n in bluesky.get(NOTIFICATIONS).json()["notifications"]] == [True]


def test_a_thread_holds_its_answers_and_posts_their_counts(bluesky: Client) -> None:
    root = publish(bluesky, "bread")
    answer = bluesky.control.act(who="ayse", do="reply", post=root["uri"], text="mine?")
    bluesky.control.act(who="mehmet", do="repost", post=root["uri"])
    thread = bluesky.get("/app.bsky.feed.getPostThread", params={"uri": root["uri"]}).json()
    assert thread["thread"]["replies"][0]["post"]["uri"] == answer["id"]
    seen = bluesky.get("/app.bsky.feed.getPostThread", params={"uri": answer["id"]}).json()
    assert seen["thread"]["parent"]["post"]["uri"] == root["uri"]
    posts = bluesky.get("/app.bsky.feed.getPosts", params={"uris": [root["uri"], "at://no"]})
    counts = [(post["replyCount"], post["repostCount"]) for post in posts.json()["posts"]]
    assert counts == [(1, 1)]


def test_nobody_writes_into_anothers_repository(bluesky: Client) -> None:
    other = bluesky.control.create_account("other")["did"]
    refused = bluesky.post(CREATE, json={**write(bluesky, {"text": "x"}), "repo": other})
    assert error_of(refused) == (401, "AuthenticationRequired")


def test_methods_it_does_not_speak_are_501(bluesky: Client) -> None:
    assert error_of(bluesky.get("/app.bsky.feed.searchPosts")) == (501, "MethodNotImplemented")


APPLY = "/com.atproto.repo.applyWrites"
GATE = "app.bsky.feed.threadgate"


def creating(collection: str, value: dict[str, Any], rkey: str = KEY) -> dict[str, Any]:
    moment = {"$type": collection, "createdAt": "2026-01-05T14:00:00.000Z"}
    kind = "com.atproto.repo.applyWrites#create"
    return {"$type": kind, "collection": collection, "rkey": rkey, "value": moment | value}


def gate(bluesky: Client, *rules: str) -> dict[str, Any]:
    allow = [{"$type": f"{GATE}#{rule}"} for rule in rules]
    return creating(GATE, {"post": f"at://{bluesky.id}/{POST}/{KEY}", "allow": allow})


def test_a_post_and_its_gate_are_written_together_or_not_at_all(bluesky: Client) -> None:
    writes = [creating(POST, {"text": "bread"}), gate(bluesky, "mentionRule")]
    done = bluesky.post(APPLY, json={"repo": bluesky.id, "writes": writes}).json()["results"]
    assert [each["uri"].split("/")[3:] for each in done] == [[POST, KEY], [GATE, KEY]]
    thread = bluesky.get("/app.bsky.feed.getPostThread", params={"uri": done[0]["uri"]}).json()
    shown = thread["thread"]["post"]["threadgate"]["record"]["allow"]
    assert shown == [{"$type": f"{GATE}#mentionRule"}]

    again = bluesky.post(APPLY, json={"repo": bluesky.id, "writes": writes})
    assert error_of(again) == (500, "InternalServerError")
    other = [creating(POST, {"text": "more"}, "3lk2j4h5g6f7e"), *writes[1:]]
    half = bluesky.post(APPLY, json={"repo": bluesky.id, "writes": other})
    assert error_of(half) == (500, "InternalServerError")
    assert len(bluesky.control.posts()) == 1


def test_writes_of_another_shape_are_refused(bluesky: Client) -> None:
    listed = gate(bluesky, "listRule")
    strange = {**gate(bluesky), "$type": "com.atproto.repo.applyWrites#move"}
    keyless = {"$type": "com.atproto.repo.applyWrites#delete", "collection": POST}
    for write_ in (listed, strange, keyless):
        refused = bluesky.post(APPLY, json={"repo": bluesky.id, "writes": [write_]})
        assert error_of(refused) == (400, "InvalidRequest")


def test_writes_update_and_delete_what_is_there(bluesky: Client) -> None:
    bluesky.post(PUT, json=write(bluesky, {"text": "bread"}, rkey=KEY))
    deleting = {
        "$type": "com.atproto.repo.applyWrites#delete",
        "collection": POST,
        "rkey": KEY,
    }
    updating = creating(POST, {"text": "warm bread"}) | {
        "$type": "com.atproto.repo.applyWrites#update"
    }
    for writes in ([updating], [deleting]):
        assert bluesky.post(APPLY, json={"repo": bluesky.id, "writes": writes}).is_success
    [post] = bluesky.control.posts()
    assert (post["text"], post["deleted"]) == ("warm bread", True)


def test_a_card_shows_its_picture_and_a_film_must_be_one(bluesky: Client, picture: bytes) -> None:
    headers = {"Content-Type": "image/png"}
    sent = bluesky.post("/com.atproto.repo.uploadBlob", content=picture, headers=headers)
    blob = sent.json()["blob"]
    card = {"uri": "https://ex.com", "title": "Bread", "description": "", "thumb": blob}
    publish(bluesky, "x", embed={"$type": "app.bsky.embed.external", "external": card})
    assert bluesky.control.posts()[0]["images"][0]["type"] == "image/png"
    film = {"$type": "app.bsky.embed.video", "video": blob}
    refused = bluesky.post(CREATE, json=write(bluesky, {"text": "x", "embed": film}))
    assert error_of(refused) == (400, "InvalidRequest")
