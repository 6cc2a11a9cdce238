"""What became of a film: Facebook takes it, works on it, and then shows it or gives it up.
https://developers.facebook.com/docs/graph-api/reference/video-status
"""

import sys
from collections.abc import Mapping

from tellal.platforms.calls import Calls
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.films import VIDEO
from tellal.platforms.facebook.line import PageLine
from tellal.platforms.protocol import GivenUp, Pending, Published, Unpublished
from tellal.platforms.waiting import still_working
from tellal.posts import Remote

# The note: Facebook has said that it publishes it, perhaps as which post.
ACCEPTED = "accepted"
FAILED = frozenset({"error", "expired", "upload_failed"})


def became(
    video: answers.Video, notes: Mapping[str, str], *, line: PageLine
) -> Published | Pending | Unpublished | GivenUp:
    """Nothing is taken for public, or for failed, that Facebook does not call so."""
    status = video.status
    phases = (status.uploading_phase, status.processing_phase, status.publishing_phase)
    if status.video_status in FAILED or any(phase.status == "error" for phase in phases):
        return GivenUp(_why(phases))
    if _is_public(video):
        return Published(_remote(video, notes, line))
    if ACCEPTED not in notes and _is_untouched(video):
        return Unpublished()
    # How long Facebook may work on it the engine knows: a day.
    return still_working(notes, what="a video", most=sys.maxsize)


def _remote(video: answers.Video, notes: Mapping[str, str], line: PageLine) -> Remote:
    """The post that shows it, as its comments name it; where none is told, the video itself."""
    post_id = video.post_id or notes.get(ACCEPTED) or ""
    if post_id and "_" not in post_id:
        post_id = f"{line.page}_{post_id}"
    return Remote(
        id=post_id or notes[VIDEO],
        url=address(video.permalink_url, line.calls),
        refs={VIDEO: notes[VIDEO]},
    )


def address(told: str | None, calls: Calls) -> str | None:
    """Where people find it; of a video Facebook tells the path alone."""
    return f"{calls.hosts['www']}{told}" if told and told.startswith("/") else told


def _is_public(video: answers.Video) -> bool:
    published = video.status.publishing_phase
    if published.status == "complete":
        return published.publish_status in (None, "published")
    return video.status.video_status == "ready" and video.published is True


def _is_untouched(video: answers.Video) -> bool:
    """Its bytes are there, and nobody asked for more: what would have published it never came."""
    processing, publishing = video.status.processing_phase, video.status.publishing_phase
    begun = {processing.status, publishing.status} - {"", "not_started"}
    return not begun and publishing.publish_status is None and video.published is not True


def _why(phases: tuple[answers.Phase, ...]) -> str:
    said = next((each.message.strip() for phase in phases for each in phase.errors), "")
    return f"Facebook gave up the video: {said[:200]}" if said else "Facebook gave up the video"
