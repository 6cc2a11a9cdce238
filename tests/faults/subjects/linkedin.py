from collections.abc import Mapping
from typing import Any

from tellal import clock
from tellal.platforms.linkedin.consent import LinkedInCredentials
from tellal.platforms.protocol import Connected, Guarantee
from tellal.posts import Content, MediaKind
from tests.faults.subjects.subject import Step, Subject

POSTS = "/rest/posts"
COMMENTS = "/rest/socialActions/*/comments"
TOKEN = "/oauth/v2/accessToken"
SMALL_PARTS = 10_000  # bytes: the clip is three of them
ONLY_WRITES = "openid profile w_member_social w_organization_social rw_organization_admin"

IMAGE_STEPS = (
    Step(name="announce image", method="POST", path="/rest/images", post="image"),
    Step(name="send image", method="PUT", path="/dms-uploads/image/*", post="image", bodiless=True),
    Step(
        name="image working",
        method="GET",
        path="/rest/images/*",
        post="image",
        settings={"image_polls": 2},
        processes=True,
        failed=(200, {"status": "PROCESSING_FAILED"}),
    ),
    Step(
        name="send 2nd image",
        method="PUT",
        path="/dms-uploads/image/*",
        nth=2,
        post="images",
        bodiless=True,
    ),
)
VIDEO_STEPS = (
    Step(name="announce video", method="POST", path="/rest/videos", post="video"),
    Step(
        name="send 2nd part",
        method="PUT",
        path="/dms-uploads/video/*",
        nth=2,
        post="video",
        bodiless=True,
    ),
    Step(
        name="finish video", method="POST", path="/rest/videos", nth=2, post="video", bodiless=True
    ),
    Step(
        name="video working",
        method="GET",
        path="/rest/videos/*",
        post="video",
        settings={"video_polls": 2},
        processes=True,
        failed=(200, {"status": "PROCESSING_FAILED"}),
    ),
)
DOCUMENT_STEPS = (
    Step(name="announce slides", method="POST", path="/rest/documents", post="document"),
    Step(
        name="send slides",
        method="PUT",
        path="/dms-uploads/document/*",
        post="document",
        bodiless=True,
    ),
    Step(
        name="slides working",
        method="GET",
        path="/rest/documents/*",
        post="document",
        settings={"document_polls": 2},
        processes=True,
        failed=(200, {"status": "PROCESSING_FAILED"}),
    ),
)
LOOKS = (
    Step(name="look", method="GET", path=POSTS, looks=True, lists=True),
    Step(
        name="look for comment",
        method="GET",
        path=COMMENTS,
        post="comment",
        looks=True,
        lost=("POST", COMMENTS),
        lists=True,
    ),
)
ANSWERS = (
    Step(name="answer", method="POST", path=COMMENTS, post="answer", quiet=True),
    Step(
        name="look for answer",
        method="GET",
        path=COMMENTS,
        post="answer",
        looks=True,
        lost=("POST", COMMENTS),
        lists=True,
    ),
    Step(name="delete", method="DELETE", path=f"{COMMENTS}/*", post="deleting", bodiless=True),
)
REFRESH = Step(
    name="refresh",
    method="POST",
    path=TOKEN,
    settings={"access_seconds": 60},
    refreshes=True,
)


def _commits(kinds: tuple[str, ...], *, blind: bool) -> tuple[Step, ...]:
    """Of a post the answer is a header, of a comment it has a body."""
    posts = (
        Step(
            name="commit" if kind == "text" else f"commit with {kind}",
            method="POST",
            path=POSTS,
            post=kind,
            blind=blind,
            bodiless=True,
        )
        for kind in kinds
    )
    comment = Step(
        name="comment",
        method="POST",
        path=COMMENTS,
        post="comment",
        blind=blind,
        quiet=not blind,
    )
    return (*posts, comment)


def _connected(account: Mapping[str, Any], url: str) -> Connected:
    tokens = {name: account[name] for name in ("access_token", "refresh_token")}
    return Connected(
        remote_id=account["urn"],
        name=account["name"],
        handle=account["handle"],
        url=f"{url}/company/{account['handle']}/",
        credentials=LinkedInCredentials.model_validate(tokens),
        server={"scopes": account["scope"].split(","), "login": account["login"]},
        expires_at=clock.read(account["expires_at"]),
    )


def _dressed(content: Content) -> Content:
    """A document is shown under a title."""
    if MediaKind.DOCUMENT not in {each.kind for each in content.media}:
        return content
    return content.model_copy(update={"options": {"linkedin": {"title": "Our bread"}}})


def _linkedin(name: str, guarantee: Guarantee, **facts: Any) -> Subject:
    return Subject(
        name=name,
        platform="linkedin",
        guarantee=guarantee,
        connected=_connected,
        commit=POSTS,
        refusal=(401, {"serviceErrorCode": 65602, "message": "The token has expired"}),
        dressed=_dressed,
        short_lived={"access_seconds": 60},
        **facts,
    )


LINKEDIN = _linkedin(
    "LinkedIn",
    Guarantee.SEARCHABLE,
    settings={"part_bytes": SMALL_PARTS},
    posts=("text", "image", "images", "video", "document", "poll", "comment"),
    steps=(
        *_commits(("text", "image", "video", "document", "poll"), blind=False),
        *IMAGE_STEPS,
        *VIDEO_STEPS,
        *DOCUMENT_STEPS,
        *LOOKS,
        *ANSWERS,
        REFRESH,
    ),
)
ONLY_WRITING = _linkedin(
    "LinkedIn without read scope",
    Guarantee.BLIND,
    settings={"scopes": ONLY_WRITES},
    posts=("text", "image", "comment"),
    steps=_commits(("text", "image"), blind=True),
)
