import json
from datetime import timedelta
from typing import Any

import httpx

from tellal.posts import Remote, ReplyTo
from tests.jwt import session_token
from tests.platforms.sample import FILM, SECRETS, TEN, Sample, channel, minute

DID = "did:plc:acme"
PART = 20_000  # bytes of a video


def _notification(number: int) -> Any:
    return {
        "uri": f"at://did:plc:ann/app.bsky.feed.post/{number}",
        "cid": f"cid{number}",
        "author": {"did": "did:plc:ann", "handle": "ann.example.com"},
        "reason": "mention",
        "record": {"text": f"message {number}"},
        "indexedAt": minute(number),
    }


def _put(request: httpx.Request) -> Any:
    body = json.loads(request.content)
    return {"uri": _uri(body["repo"], body["collection"], body["rkey"]), "cid": "bafy"}


def _apply(request: httpx.Request) -> Any:
    body = json.loads(request.content)
    written = [_uri(body["repo"], each["collection"], each["rkey"]) for each in body["writes"]]
    return {"results": [{"uri": uri, "cid": "bafy"} for uri in written]}


def _uri(repo: str, collection: str, rkey: str) -> str:
    return f"at://{repo}/{collection}/{rkey}"


def _start(request: httpx.Request) -> Any:
    size = json.loads(request.content)["sizeBytes"]
    return {"jobId": "up-1", "partSizeBytes": PART, "partCount": -(-size // PART)}


_BLOB = {"$type": "blob", "ref": {"$link": "bafkvideo"}, "mimeType": "video/mp4", "size": 1}
_DONE = {"jobId": "job-1", "did": DID, "state": "JOB_STATE_COMPLETED", "blob": _BLOB}
_WORKING = {"jobId": "job-1", "did": DID, "state": "JOB_STATE_ENCODING"}


def _session(_: httpx.Request) -> Any:
    return {
        "accessJwt": session_token(TEN + timedelta(hours=2)),
        "refreshJwt": SECRETS[1],
        "handle": "acme.example.com",
        "did": DID,
        "didDoc": {
            "service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example.com"}]
        },
    }


_POST: dict[str, Any] = {
    "uri": f"at://{DID}/app.bsky.feed.post/3abc",
    "likeCount": 3,
    "replyCount": 1,
}
BLUESKY = Sample(
    channel=channel(
        "bluesky",
        remote_id=DID,
        handle="acme.example.com",
        server={"did": DID, "pds": "https://pds.example.com"},
    ),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={"handle": "acme.example.com", "app_password": SECRETS[0]},
    keyed=True,
    film=FILM,
    remote=Remote(id=_POST["uri"], refs={"cid": "bafy"}),
    reply_to=ReplyTo(
        remote=Remote(
            id="at://did:plc:ann/app.bsky.feed.post/3mno",
            refs={
                "cid": "bafyparent",
                "root_uri": f"at://{DID}/app.bsky.feed.post/3abc",
                "root_cid": "bafyroot",
            },
        ),
        author_handle="ann.example.com",
    ),
    answers={
        "server.createSession": _session,
        "server.refreshSession": _session,
        "actor.getProfile": lambda _: {
            "displayName": "Acme",
            "followersCount": 7,
            "postsCount": 9,
        },
        "repo.uploadBlob": lambda _: {"blob": {"$type": "blob", "size": 1}},
        "identity.resolveHandle": lambda _: {"did": "did:plc:ann"},
        "repo.putRecord": _put,
        "repo.applyWrites": _apply,
        "server.getServiceAuth": lambda _: {"token": SECRETS[2]},
        "video.getUploadLimits": lambda _: {
            "canUpload": True,
            "remainingDailyVideos": 25,
            "remainingDailyBytes": 10_000_000_000,
        },
        "video.startUpload": _start,
        "video.uploadPart": lambda _: {"partNumber": 1, "sizeBytes": 1},
        "video.finishUpload": lambda _: {"completedJobId": "job-1", "jobStatus": _WORKING},
        "video.getJobStatus": lambda _: {"jobStatus": _DONE},
        "repo.deleteRecord": lambda _: {},
        "feed.getPosts": lambda _: {"posts": [_POST]},
    },
    listed=_notification,
)
