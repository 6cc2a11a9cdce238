import json
from collections.abc import Callable
from typing import Any

import httpx

from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import SECRETS, Sample, channel, minute
from tests.videos import VIDEO

CHANNEL_ID = "UCacmeacmeacmeacmeacmeac"
UPLOADS = "UUacmeacmeacmeacmeacmeac"
VIDEO_ID = "dQw4w9WgXcQ"
SESSION = "https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&upload_id=xa29"
OPTIONS = {"title": "Hello from Acme", "tags": ["bread", "rye bread"], "made_for_kids": False}

_CHANNEL = {
    "id": CHANNEL_ID,
    "snippet": {"title": "Acme", "customUrl": "@acme"},
    "contentDetails": {"relatedPlaylists": {"likes": "LL", "uploads": UPLOADS}},
    "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
    "statistics": {"subscriberCount": "7", "videoCount": "9", "hiddenSubscriberCount": False},
}
_VIDEO = {
    "id": VIDEO_ID,
    "snippet": {"title": "Hello from Acme", "tags": ["bread", "tellal-0123456789abcdef"]},
    "status": {"uploadStatus": "processed", "privacyStatus": "private"},
    "processingDetails": {"processingStatus": "succeeded"},
    "statistics": {"likeCount": "3", "commentCount": "1", "favoriteCount": "0"},
}


class Session:
    """Of an upload: takes chunks in their order, and makes the video of the last."""

    def __init__(self) -> None:
        self.has = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        told, _, size = request.headers["content-range"].removeprefix("bytes ").partition("/")
        if told != "*":
            first, last = map(int, told.split("-"))
            assert first == self.has
            assert len(request.content) == last - first + 1
            self.has = last + 1
        if self.has == int(size):
            return httpx.Response(201, json=_VIDEO)
        got = {"range": f"bytes=0-{self.has - 1}"} if self.has else {}
        return httpx.Response(308, headers=got)


def _uploading() -> Callable[[httpx.Request], Any]:
    """A server of its own each time would forget where a session is: it stands in the id."""
    sessions: dict[str, Session] = {}

    def upload(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sessions["xa29"] = Session()
            return httpx.Response(200, headers={"location": SESSION})
        return sessions[request.url.params["upload_id"]](request)

    return upload


def _videos(request: httpx.Request) -> Any:
    if request.method == "DELETE":
        return httpx.Response(204)
    if request.method == "PUT":
        sent = json.loads(request.content)
        return {**_VIDEO, "id": sent["id"], "status": {**sent["status"]}}
    asked = request.url.params["id"].split(",")
    return {"items": [each for each in [_VIDEO] if each["id"] in asked]}


def _threads(request: httpx.Request) -> Any:
    if request.method == "GET":
        return {"items": []}
    snippet = json.loads(request.content)["snippet"]
    made = {"id": "Ugx1", **snippet["topLevelComment"]}
    return {"id": "Ugx1", "snippet": {**snippet, "topLevelComment": made}}


def thread(number: int, *answers: Any, **facts: Any) -> dict[str, Any]:
    """Somebody comments on a video of the channel's; others answer."""
    top = comment(f"Ugx{number}", f"message {number}", at=minute(number))
    snippet = {
        "channelId": CHANNEL_ID,
        "videoId": VIDEO_ID,
        "topLevelComment": top,
        "totalReplyCount": len(answers),
        **facts,
    }
    shown = {"replies": {"comments": list(answers)}} if answers else {}
    return {"id": f"Ugx{number}", "snippet": snippet, **shown}


def comment(name: str, text: str, *, at: str, author: str = "UCann") -> dict[str, Any]:
    snippet = {
        "textDisplay": text,
        "authorDisplayName": "@ann",
        "authorChannelId": {"value": author},
        "publishedAt": at,
        "updatedAt": at,
    }
    return {"id": name, "snippet": snippet}


def _comments(request: httpx.Request) -> Any:
    return httpx.Response(204) if request.method == "DELETE" else {"id": "Ugx0.1", "items": []}


YOUTUBE = Sample(
    channel=channel(
        "youtube",
        remote_id=CHANNEL_ID,
        handle="acme",
        server={"uploads": UPLOADS, "long_uploads": "allowed", "made_for_kids": None},
    ),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={},
    content=Content(
        text="How we bake #bread",
        media=(VIDEO,),
        first_comment="Which one do you bake?",
        options={"youtube": OPTIONS},
    ),
    plain=None,
    remote=Remote(id=VIDEO_ID),
    reply_to=ReplyTo(remote=Remote(id="Ugx0", refs={"video_id": VIDEO_ID}), author_handle="ann"),
    answers={
        "/token": lambda _: {
            "access_token": SECRETS[0],
            "refresh_token": SECRETS[1],
            "expires_in": 3599,
            "scope": "https://www.googleapis.com/auth/youtube.force-ssl"
            " https://www.googleapis.com/auth/youtube.readonly",
        },
        "/revoke": lambda _: {},
        "/upload/youtube/v3/videos": _uploading(),
        "/thumbnails/set": lambda _: {"kind": "youtube#thumbnailSetResponse", "items": []},
        "/v3/videos": _videos,
        "/v3/channels": lambda _: {"items": [_CHANNEL]},
        "/v3/playlistItems": lambda _: {"items": []},
        "/v3/commentThreads": _threads,
        "/v3/comments": _comments,
    },
    listed=thread,
)
