from dataclasses import replace
from functools import partial

from tellal.deliveries import Delivery
from tellal.platforms.protocol import Guarantee
from tellal.posts import Content
from tests.faults.subjects.subject import NAME, Json, Step, Subject

GRAPH = "/v25.0"
PAGE = f"{GRAPH}/{NAME}"
FEED, PHOTOS, VIDEOS = f"{PAGE}/feed", f"{PAGE}/photos", f"{PAGE}/videos"
REELS, STREAM = f"{PAGE}/video_reels", f"/video-upload{GRAPH}/*"
PHOTO_STORIES, VIDEO_STORIES = f"{PAGE}/photo_stories", f"{PAGE}/video_stories"
A_FILM, A_POST = f"{GRAPH}/[0-9]*", f"{GRAPH}/{NAME}_*"
COMMENTS = f"{A_POST}/comments"
A_COMMENT, LETTERS = f"{GRAPH}/[0-9]*", f"{PAGE}/messages"
ANSWERS = f"{A_COMMENT}/comments"
TWO_CHUNKS = {"chunk_bytes": 15_000}
FAILED: Json = {
    "id": "1",
    "status": {"video_status": "error", "processing_phase": {"status": "error"}},
}
WORKED_ON = Step(
    name="asked of",
    method="GET",
    path=A_FILM,
    post="video",
    settings={"video_polls": 2},
    looks=True,
    processes=True,
    failed=(200, FAILED),
)


def _dressed(kind: str, content: Content) -> Content:
    return content.model_copy(update={"options": {"facebook": {"kind": kind}}})


def _as_story(content: Content) -> Content:
    """It shows no words: a photo says them in its alt text."""
    media = tuple(each.model_copy(update={"alt_text": content.text}) for each in content.media)
    return _dressed("story", content.model_copy(update={"text": "", "media": media}))


def _is_story(post: Json, delivery: Delivery, number: int) -> bool:
    """By its alt text; of films there is one."""
    [media] = delivery.parts[number].media
    return any(
        shown["type"] == media.mime_type and shown["alt"] in ("", media.alt_text)
        for shown in post["images"]
    )


FACEBOOK = Subject(
    name="Facebook",
    platform="facebook",
    guarantee=Guarantee.SEARCHABLE,
    typed=lambda account, url: {
        "page_id": account["id"],
        "access_token": account["access_token"],
    },
    commit=FEED,
    refusal=(
        400,
        {"error": {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}},
    ),
    posts=("text", "image", "images", "comment", "image and comment", "video", "video and comment"),
    steps=(
        Step(name="photo", method="POST", path=PHOTOS, post="image"),
        Step(name="second photo", method="POST", path=PHOTOS, nth=2, post="images"),
        Step(name="commit", method="POST", path=FEED),
        Step(name="commit with photos", method="POST", path=FEED, post="images"),
        Step(name="look", method="GET", path=f"{PAGE}/published_posts", looks=True, lists=True),
        Step(name="confirm", method="GET", path=A_POST, harmless=True),
        Step(name="comment", method="POST", path=COMMENTS, post="comment", quiet=True),
        Step(
            name="look for comment",
            method="GET",
            path=COMMENTS,
            post="comment",
            looks=True,
            lists=True,
            lost=("POST", COMMENTS),
        ),
        Step(name="answer", method="POST", path=ANSWERS, post="answer", quiet=True),
        Step(
            name="look for answer",
            method="GET",
            path=ANSWERS,
            post="answer",
            looks=True,
            lists=True,
            lost=("POST", ANSWERS),
        ),
        Step(
            name="answer privately", method="POST", path=LETTERS, post="private answer", blind=True
        ),
        Step(name="write", method="POST", path=LETTERS, post="direct message", blind=True),
        Step(name="hide", method="POST", path=A_COMMENT, post="hiding"),
        Step(name="delete", method="DELETE", path=A_COMMENT, post="deleting"),
        Step(name="begin video", method="POST", path=VIDEOS, post="video"),
        Step(name="chunk", method="POST", path=VIDEOS, nth=2, post="video"),
        Step(
            name="second chunk",
            method="POST",
            path=VIDEOS,
            nth=3,
            post="video",
            settings=TWO_CHUNKS,
        ),
        Step(name="commit video", method="POST", path=VIDEOS, nth=3, post="video"),
        WORKED_ON,
    ),
)
FACEBOOK_REELS = replace(
    FACEBOOK,
    name="Facebook's reels",
    guarantee=Guarantee.RESUMABLE,
    commit=REELS,
    commit_nth=2,
    posts=("video", "video and comment"),
    dressed=partial(_dressed, "reel"),
    steps=(
        Step(name="ask the day's", method="GET", path=REELS),
        Step(name="begin", method="POST", path=REELS),
        Step(name="ask offset", method="GET", path=A_FILM),
        Step(name="stream", method="POST", path=STREAM),
        Step(name="commit", method="POST", path=REELS, nth=2),
        replace(WORKED_ON, nth=2),
        Step(
            name="comment",
            method="POST",
            path=COMMENTS,
            post="video and comment",
            quiet=True,
        ),
    ),
)
FACEBOOK_STORIES = replace(
    FACEBOOK,
    name="Facebook's stories",
    guarantee=Guarantee.BLIND,
    commit=PHOTO_STORIES,
    posts=("image",),
    dressed=_as_story,
    is_of=_is_story,
    steps=(
        Step(name="photo", method="POST", path=PHOTOS),
        Step(name="commit", method="POST", path=PHOTO_STORIES, blind=True),
        Step(name="confirm", method="GET", path=A_POST, harmless=True),
        Step(name="begin video", method="POST", path=VIDEO_STORIES, post="video"),
        Step(name="ask offset", method="GET", path=A_FILM, post="video"),
        Step(name="stream", method="POST", path=STREAM, post="video"),
        Step(name="commit video", method="POST", path=VIDEO_STORIES, nth=2, post="video"),
        replace(WORKED_ON, nth=2),
    ),
)
FACEBOOKS: tuple[Subject, ...] = (FACEBOOK, FACEBOOK_REELS, FACEBOOK_STORIES)
