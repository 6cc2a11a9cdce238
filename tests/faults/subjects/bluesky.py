from collections.abc import Mapping
from typing import Any

from tellal.platforms.protocol import Guarantee
from tellal.posts import Content
from tests.faults.subjects.subject import Step, Subject

XRPC = "/xrpc/com.atproto"
PUT = f"{XRPC}.repo.putRecord"
APPLY = f"{XRPC}.repo.applyWrites"
VIDEO = "/xrpc/app.bsky.video"
FAILED = {"jobId": "1", "did": "did:plc:1", "state": "JOB_STATE_FAILED"}


def _film(name: str, method: str, path: str, **more: Any) -> Step:
    return Step(name=name, method=method, path=path, post="video", **more)


VIDEO_STEPS = (
    _film("word for limits", "GET", f"{XRPC}.server.getServiceAuth"),
    _film("limits", "GET", f"{VIDEO}.getUploadLimits"),
    _film("word for upload", "GET", f"{XRPC}.server.getServiceAuth", nth=2),
    _film("begin a film", "POST", f"{VIDEO}.startUpload"),
    _film("second of its parts", "POST", f"{VIDEO}.uploadPart", nth=2),
    _film("word for encoding", "GET", f"{XRPC}.server.getServiceAuth", nth=3),
    _film("end a film", "POST", f"{VIDEO}.finishUpload"),
    _film(
        "working on a film",
        "GET",
        f"{VIDEO}.getJobStatus",
        settings={"video_polls": 2},
        processes=True,
        failed=(200, {"jobStatus": FAILED}),
    ),
    _film(
        "a whole film",
        "POST",
        f"{VIDEO}.uploadVideo",
        settings={"takes_parts": False},
    ),
    _film("commit with film", "POST", PUT),
)


def _typed(account: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    return {
        "handle": account["handle"],
        "app_password": account["app_password"],
        "service": url,
    }


BLUESKY = Subject(
    name="Bluesky",
    platform="bluesky",
    guarantee=Guarantee.IDEMPOTENT,
    settings={"video_part_bytes": 20_000},
    typed=_typed,
    commit=PUT,
    refusal=(401, {"error": "ExpiredToken", "message": "Token has expired"}),
    posts=("text", "image", "images", "video", "thread", "reply"),
    steps=(
        Step(
            name="look up a name",
            method="GET",
            path=f"{XRPC}.identity.resolveHandle",
            post="mention",
        ),
        Step(name="upload", method="POST", path=f"{XRPC}.repo.uploadBlob", post="image"),
        Step(
            name="second of two files",
            method="POST",
            path=f"{XRPC}.repo.uploadBlob",
            nth=2,
            post="images",
        ),
        *VIDEO_STEPS,
        Step(name="commit", method="POST", path=PUT),
        Step(name="commit with image", method="POST", path=PUT, post="image"),
        Step(name="second of a thread", method="POST", path=PUT, nth=2, post="thread"),
        Step(name="reply", method="POST", path=PUT, post="reply"),
        Step(
            name="refresh",
            method="POST",
            path=f"{XRPC}.server.refreshSession",
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
)


def _gated(content: Content) -> Content:
    options = {"bluesky": {"replies_from": ["mentioned", "followers"]}}
    return content.model_copy(update={"options": options})


GATED = Subject(
    name="Bluesky, and who may answer",
    platform="bluesky",
    guarantee=Guarantee.RESUMABLE,
    typed=_typed,
    commit=APPLY,
    refusal=BLUESKY.refusal,
    posts=("text", "image", "thread"),
    dressed=_gated,
    steps=(
        Step(name="commit", method="POST", path=APPLY),
        Step(name="commit with image", method="POST", path=APPLY, post="image"),
        Step(name="second of a thread", method="POST", path=PUT, post="thread"),
        Step(name="look", method="GET", path=f"{XRPC}.repo.getRecord", looks=True),
    ),
    short_lived=BLUESKY.short_lived,
)
