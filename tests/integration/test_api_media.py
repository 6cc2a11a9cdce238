import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tellal import wiring
from tellal.channels import Channel
from tests.documents import pdf
from tests.integration.api_calls import Call, Reply
from tests.pictures import png
from tests.readers import overhear, seen
from tests.videos import CLIP, clip, padded

PICTURE = png(3, 2)
NEW = {"filename": "a.png", "mime_type": "image/png", "size": len(PICTURE), "alt_text": "A dot"}


def upload(shown: Any, body: bytes) -> int:
    """As a browser does: every field, then the file."""
    form = shown["upload"]
    return httpx.post(form["url"], data=form["fields"], files={"file": body}).status_code


@pytest.fixture
def waiting(call: Call, admin: str) -> Any:
    return call("POST", "/media", key=admin, body=NEW).json


def complete(call: Call, admin: str, media: Any) -> Reply:
    return call("POST", f"/media/{media['media_id']}/complete", key=admin)


@pytest.fixture
def ready(call: Call, admin: str, waiting: Any) -> Any:
    assert upload(waiting, PICTURE) in (200, 204)
    completed = complete(call, admin, waiting)
    assert completed.status == 200
    return completed.json


def test_an_uploaded_file_is_looked_at_and_handed_out_by_link(ready: Any) -> None:
    assert (ready["state"], ready["width"], ready["height"]) == ("ready", 3, 2)
    assert ready["upload"] is None
    assert httpx.get(ready["link"]).content == PICTURE


def announce(call: Call, admin: str, body: bytes, mime_type: str) -> Any:
    """Announced as it is, and uploaded."""
    given = {"filename": "a.file", "mime_type": mime_type, "size": len(body)}
    media = call("POST", "/media", key=admin, body=given).json
    assert upload(media, body) in (200, 204)
    return media


def test_who_reads_an_uploaded_film_sees_none_of_our_environment(
    call: Call, admin: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    media = announce(call, admin, CLIP, "video/mp4")
    overhear(tmp_path)

    assert complete(call, admin, media).status == 200

    assert {"AWS_SECRET_ACCESS_KEY", "KEY_ID", "TABLES"} <= set(os.environ)
    assert set(seen(tmp_path)) <= {"LD_LIBRARY_PATH", "PATH", "LANG", "TZ", "PYTHONPATH"}
    assert seen(tmp_path)["LD_LIBRARY_PATH"] == "/opt/lib"


def test_a_video_says_how_long_and_how_large_it_is(call: Call, admin: str) -> None:
    completed = complete(call, admin, announce(call, admin, CLIP, "video/mp4"))

    assert completed.status == 200
    shown = completed.json
    assert (shown["state"], shown["width"], shown["height"]) == ("ready", 540, 960)
    assert shown["video"] == {
        "seconds": 3.2,
        "frame_rate": 30.0,
        "codec": "AVC",
        "audio_codec": "AAC",
    }
    assert shown["pages"] is None
    assert httpx.get(shown["link"]).content == CLIP
    assert call("GET", f"/media/{shown['media_id']}", key=admin).json["video"] == shown["video"]


def test_a_document_says_how_many_pages_it_has(call: Call, admin: str) -> None:
    body = pdf(3)
    completed = complete(call, admin, announce(call, admin, body, "application/pdf"))

    assert completed.status == 200
    assert (completed.json["pages"], completed.json["video"]) == (3, None)
    assert httpx.get(completed.json["link"]).content == body


@pytest.mark.parametrize(
    ("body", "mime_type", "field", "sentence"),
    [
        (PICTURE, "video/mp4", "file", "is not a video we can read"),
        (CLIP[:9_000], "video/mp4", "file", "is cut off"),
        (clip("quicktime.mov"), "video/mp4", "mime_type", "but the file is video/quicktime"),
        (pdf(1, password="a secret"), "application/pdf", "file", "is locked with a password"),
        (b"%PDF-1.7 and no more", "application/pdf", "file", "is a damaged PDF"),
    ],
    ids=["a picture", "cut off", "another container", "locked", "damaged"],
)
def test_a_file_that_cannot_be_shown_says_why_and_is_not_kept(
    call: Call, admin: str, body: bytes, mime_type: str, field: str, sentence: str
) -> None:
    media = announce(call, admin, body, mime_type)

    reply = complete(call, admin, media)

    assert reply.status == 422
    assert sentence in reply.broken[field]
    assert call("GET", f"/media/{media['media_id']}", key=admin).json["state"] == "waiting"
    row = wiring.media().get(media["media_id"])
    assert row is not None
    assert wiring.media_bucket().size(row.object_key) is None


def test_a_large_file_is_kept_whole_and_passes_through_nobodys_hands(
    call: Call, admin: str
) -> None:
    """S3 copies it by itself, part after part; ours asks for them, and reads its index."""
    body = padded(30_000_000)
    media = announce(call, admin, body, "video/mp4")
    asked: list[tuple[str, int]] = []

    def note(model: Any, parsed: Any, **_: Any) -> None:
        asked.append((model.name, int(parsed.get("ContentLength", 0))))

    wiring.aws("s3").meta.events.register("after-call.s3", note)
    completed = complete(call, admin, media)

    assert completed.status == 200
    names = [name for name, _ in asked]
    assert names.count("UploadPartCopy") > 1
    assert names.count("CompleteMultipartUpload") == 1
    assert sum(length for name, length in asked if name == "GetObject") < 3_000_000
    assert completed.json["size"] == len(body)
    assert httpx.get(completed.json["link"]).content == body


def test_an_upload_of_nothing_is_refused_before_and_at_the_door(call: Call, admin: str) -> None:
    given = {"filename": "a.mp4", "mime_type": "video/mp4", "size": 0}
    assert list(call("POST", "/media", key=admin, body=given).broken) == ["size"]

    media = call("POST", "/media", key=admin, body=given | {"size": 10}).json
    upload(media, b"")
    reply = complete(call, admin, media)  # the local S3 lets it in; AWS's does not
    assert reply.status in (409, 422)


def test_completing_again_changes_nothing(call: Call, admin: str, ready: Any) -> None:
    again = complete(call, admin, ready)
    assert again.status == 200
    assert again.json["size"] == ready["size"]


def test_what_was_not_uploaded_yet_cannot_be_completed(
    call: Call, admin: str, waiting: Any
) -> None:
    assert complete(call, admin, waiting).status == 409


def test_a_file_that_is_not_what_it_was_called_is_not_kept(call: Call, admin: str) -> None:
    called = {**NEW, "filename": "a.jpg", "mime_type": "image/jpeg"}
    media = call("POST", "/media", key=admin, body=called).json
    upload(media, PICTURE)
    reply = complete(call, admin, media)
    assert reply.status == 422
    assert "image/png" in reply.broken["mime_type"]
    assert call("GET", f"/media/{media['media_id']}", key=admin).json["state"] == "waiting"
    [row] = [wiring.media().get(media["media_id"])]
    assert row is not None
    assert wiring.media_bucket().size(row.object_key) is None


def test_what_cannot_be_shown_anywhere_is_refused_before_the_upload(call: Call, admin: str) -> None:
    for given, field in (({"mime_type": "image/tiff"}, "mime_type"), ({"size": 10**9}, "size")):
        reply = call("POST", "/media", key=admin, body=NEW | given)
        assert list(reply.broken) == [field]


def test_files_are_listed_the_newest_first(call: Call, admin: str) -> None:
    for name in ("a", "b"):
        call("POST", "/media", key=admin, body={**NEW, "filename": name})
    listed = call("GET", "/media", key=admin, query={"limit": "1"}).json
    assert [each["filename"] for each in listed["items"]] == ["b"]
    assert listed["cursor"] is not None


def test_a_file_is_attached_once_it_is_ready(
    call: Call, admin: str, waiting: Any, mastodon_channel: Channel
) -> None:
    given = {
        "text": "Look",
        "media": [{"media_id": waiting["media_id"]}],
        "channel_ids": [mastodon_channel.channel_id],
        "publish_at": "2099-01-01T00:00:00Z",
    }
    assert "not ready" in call("POST", "/posts", key=admin, body=given).broken["media[0].media_id"]

    upload(waiting, PICTURE)
    complete(call, admin, waiting)
    made = call("POST", "/posts", key=admin, body=given).json
    [attached] = made["deliveries"][0]["parts"][0]["media"]
    assert (attached["alt_text"], attached["width"]) == ("A dot", 3)
    assert made["deliveries"][0]["next_step"] == "prepare"
    assert made["deliveries"][0]["next_attempt_at"] == "2098-12-31T23:45:00.000Z"


def test_what_a_coming_post_shows_cannot_be_deleted(
    call: Call, admin: str, ready: Any, mastodon_channel: Channel
) -> None:
    path = f"/media/{ready['media_id']}"
    given = {
        "media": [{"media_id": ready["media_id"]}],
        "channel_ids": [mastodon_channel.channel_id],
        "publish_at": "2099-01-01T00:00:00Z",
    }
    post = call("POST", "/posts", key=admin, body=given).json
    assert call("DELETE", path, key=admin).status == 409

    call("POST", f"/posts/{post['post_id']}/cancel", key=admin)
    assert call("DELETE", path, key=admin).status == 204
    assert call("GET", path, key=admin).status == 404
    assert httpx.get(ready["link"]).status_code == 404


def test_a_draft_whose_file_was_deleted_cannot_be_scheduled(
    call: Call, admin: str, ready: Any, mastodon_channel: Channel
) -> None:
    given = {
        "media": [{"media_id": ready["media_id"]}],
        "channel_ids": [mastodon_channel.channel_id],
        "draft": True,
    }
    draft = call("POST", "/posts", key=admin, body=given).json
    assert call("DELETE", f"/media/{ready['media_id']}", key=admin).status == 204
    reply = call("POST", f"/posts/{draft['post_id']}/schedule", key=admin, body={})
    assert (reply.status, list(reply.broken)) == (422, ["media"])
