"""What the YouTube sandbox takes as a video, and how it shows one.

https://developers.google.com/youtube/v3/docs/videos
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast, get_args

from local.sandboxes.clock import spell
from local.sandboxes.numbers import without
from local.sandboxes.youtube.refusals import no_video, refuse
from local.sandboxes.youtube.reports import views_of
from local.sandboxes.youtube.state import Privacy, Session, State, Video, new_video_id

CATEGORIES = frozenset({1, 2, 10, 15, 17, 19, 20, *range(22, 30)})
SNIPPET = frozenset({"title", "description", "tags", "categoryId", "defaultLanguage"})
STATUS = frozenset(
    {
        "privacyStatus",
        "publishAt",
        "license",
        "embeddable",
        "publicStatsViewable",
        "selfDeclaredMadeForKids",
        "containsSyntheticMedia",
    }
)
FILMS = (b"ftyp", b"\x1aE\xdf\xa3")  # near the beginning of an MP4 or QuickTime file, of a WebM


def check(snippet: Mapping[str, Any], status: Mapping[str, Any], *, whole: bool) -> None:
    """`whole`: an update must name a title and a category; an upload is given what it lacks."""
    for given, known in ((snippet, SNIPPET), (status, STATUS)):
        if unknown := set(given) - known:
            names = ", ".join(sorted(unknown))
            raise refuse(400, "badRequest", f"Invalid JSON payload received. Unknown name {names}")
    if whole and not (snippet.get("title") and snippet.get("categoryId")):
        raise _refuse("invalidVideoMetadata", "The request metadata is invalid.")
    title, description = snippet.get("title", ""), snippet.get("description", "")
    if ("title" in snippet and not title.strip()) or len(title) > 100 or _is_marked_up(title):
        raise _refuse("invalidTitle", "The request metadata specifies an invalid video title.")
    if len(description.encode()) > 5000 or _is_marked_up(description):
        raise _refuse(
            "invalidDescription", "The request metadata specifies an invalid video description."
        )
    tags = snippet.get("tags", [])
    if _count(tags) > 500 or any(_is_marked_up(tag) or not tag.strip() for tag in tags):
        raise _refuse("invalidTags", "The request metadata specifies invalid video keywords.")
    category = str(snippet.get("categoryId", "22"))
    if not category.isdecimal() or int(category) not in CATEGORIES:
        raise _refuse("invalidCategoryId", "The categoryId property specifies an invalid ID.")
    if status.get("privacyStatus", "public") not in get_args(Privacy.__value__):
        raise refuse(400, "badRequest", "Invalid value at 'resource.status.privacy_status'")
    if status.get("license", "youtube") not in {"youtube", "creativeCommon"}:
        raise refuse(400, "badRequest", "Invalid value at 'resource.status.license'")


def make(state: State, session: Session, *, received_at: datetime, now: datetime) -> Video:
    """Of the bytes of an upload. What is no film fails later, as it does there."""
    settings = state.settings
    is_film = any(magic in session.received[:16] for magic in FILMS)
    made = Video(
        id=new_video_id(),
        channel_id=session.channel_id,
        mime_type=session.mime_type,
        data=session.received,
        polls_left=settings.processing_polls,
        failure=settings.failure_reason or ("" if is_film else "invalidFile"),
        rejection=settings.rejection_reason,
        uploaded_at=now,
        **_facts(session.snippet, session.status),
    )
    state.videos[made.id] = _shown(made, received_at=received_at, now=now)
    return state.videos[made.id]


def update(
    state: State,
    given: Mapping[str, Any],
    *,
    channel_id: str,
    received_at: datetime,
    now: datetime,
) -> Video:
    """What a part leaves out is as if nobody had ever said it: visible to all, at the least."""
    video = find_own(state, str(given.get("id", "")), channel_id)
    snippet, status = given.get("snippet", {}), given.get("status", {})
    check(snippet, status, whole=True)
    facts = _facts(snippet, status)
    if state.settings.keeps_private:
        facts["privacy"] = "private"
    changed = _shown(video.model_copy(update=facts), received_at=received_at, now=now)
    state.videos[video.id] = changed
    return changed


def find_own(state: State, video_id: str, channel_id: str) -> Video:
    video = state.find_video(video_id, viewer_id=channel_id)
    if video is None:
        raise no_video()
    if video.channel_id != channel_id:
        raise refuse(403, "forbidden", "The video cannot be changed.", domain="youtube.video")
    return video


def poll(state: State, video: Video) -> Video:
    """Each look brings the end of its processing nearer."""
    if video.polls_left:
        left = {"polls_left": video.polls_left - 1}
        state.videos[video.id] = video.model_copy(update=left)
    return video


def show(
    state: State, video: Video, parts: Sequence[str], *, viewer_id: str, now: datetime
) -> dict[str, Any]:
    own = video.channel_id == viewer_id
    shown: dict[str, Any] = {"kind": "youtube#video", "etag": "e", "id": video.id}
    if "snippet" in parts:
        shown["snippet"] = {
            "publishedAt": spell(video.shown_at or video.uploaded_at),
            "channelId": video.channel_id,
            "title": video.title,
            "description": video.description,
            "categoryId": video.category_id,
            "channelTitle": state.channels[video.channel_id].title,
            "liveBroadcastContent": "none",
            **({"tags": list(video.tags)} if own and video.tags else {}),
        }
    if "status" in parts:
        shown["status"] = _status(state, video)
    if "processingDetails" in parts and own:
        working = video.upload_status == "uploaded"
        failed = video.upload_status == "failed"
        told = "processing" if working else "failed" if failed else "succeeded"
        shown["processingDetails"] = {"processingStatus": told}
    if "statistics" in parts:
        comments = [each for each in state.standing_comments() if each.video_id == video.id]
        counted = {
            "viewCount": str(views_of(video, now=now)),
            "likeCount": str(len(state.likes.get(video.id, []))),
            "favoriteCount": "0",
            "commentCount": str(len(comments)),
        }
        shown["statistics"] = without(counted, state.settings.untold)
    return shown


def _status(state: State, video: Video) -> dict[str, Any]:
    of_channel = state.channels[video.channel_id].made_for_kids
    declared = video.made_for_kids
    told = {"selfDeclaredMadeForKids": declared} if declared is not None else {}
    reasons = {"failureReason": video.failure, "rejectionReason": video.rejection}
    return {
        "uploadStatus": video.upload_status,
        "privacyStatus": video.privacy,
        "license": video.license,
        "embeddable": video.embeddable,
        "publicStatsViewable": True,
        "madeForKids": bool(of_channel if declared is None else declared),
        "containsSyntheticMedia": video.synthetic,
        **told,
        **{name: reason for name, reason in reasons.items() if reason},
    }


def _facts(snippet: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": snippet.get("title", "unknown"),
        "description": snippet.get("description", ""),
        "tags": tuple(snippet.get("tags", ())),
        "category_id": str(snippet.get("categoryId", "22")),
        "privacy": cast("Privacy", status.get("privacyStatus", "public")),
        "made_for_kids": status.get("selfDeclaredMadeForKids"),
        "embeddable": status.get("embeddable", True),
        "license": status.get("license", "youtube"),
        "synthetic": status.get("containsSyntheticMedia", False),
    }


def _shown(video: Video, *, received_at: datetime, now: datetime) -> Video:
    if video.privacy == "private" or video.shown_at is not None:
        return video
    return video.model_copy(update={"shown_at": now, "received_at": received_at})


def _count(tags: Sequence[str]) -> int:
    """A tag with a space in it counts with the quotation marks it would be written in."""
    return len(",".join(f'"{tag}"' if " " in tag else tag for tag in tags))


def _is_marked_up(text: str) -> bool:
    return "<" in text or ">" in text


def _refuse(reason: str, message: str) -> Exception:
    return refuse(400, reason, message, domain="youtube.video")
