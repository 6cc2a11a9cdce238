"""What became of a post that TikTok has: its own word for it, and what that means for ours.
https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status

One `publish_id` is one post at most. So what TikTok has not received in full can be sent again to
the same upload, however often; a new upload is made only of what TikTok itself gave up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tellal.platforms.protocol import GivenUp, Pending, Unpublished
from tellal.platforms.tiktok.answers import Status
from tellal.posts import Part

ACCEPTED = "accepted"  # a note: TikTok said that it has all of it
ASKED = "asked"  # a note: how often we did
UNNAMED = "unnamed"  # a note: how often it said that it is public, but not under which id
FIRST = timedelta(seconds=5)  # then twice as long each time
LONGEST = timedelta(minutes=5)  # a day of this is ended by the engine
LONGEST_UNNAMED = timedelta(minutes=1)
MOST_UNNAMED = 8  # five minutes: moderation «usually finishes within one minute»
MOST_DOUBLED = 10


@dataclass(frozen=True)
class Complete:
    """It is posted, under these public ids, if they are told."""

    post_ids: tuple[str, ...]


# fail_reason → why, for the author. Those that may pass are sent again instead.
REASONS: Mapping[str, str] = {
    "file_format_check_failed": "TikTok cannot read this format: send an MP4 in H.264, or JPEGs",
    "duration_check_failed": "TikTok does not take a video as long, or as short, as this one",
    "frame_rate_check_failed": "TikTok takes videos of 23 to 60 frames a second",
    "picture_size_check_failed": "TikTok does not take a picture as large, or as small, as this",
    "publish_cancelled": "Somebody cancelled this post at TikTok",
    "auth_removed": "The account's owner took our permission back while TikTok worked on it:"
    " connect the account again",
    "spam_risk_too_many_posts": "This account has posted as much through apps as TikTok allows in"
    " 24 hours: send it again tomorrow",
    "spam_risk_user_banned_from_posting": "TikTok has banned this account from posting: look into"
    " its app",
    "spam_risk_text": "TikTok takes the text for spam: write it differently",
    "spam_risk": "TikTok takes this post for spam",
}
PASSING = frozenset({"internal", "video_pull_failed", "photo_pull_failed"})


def read(status: Status, part: Part) -> Complete | Pending | Unpublished | GivenUp:
    notes = part.prepared or {}
    match status.status:
        case "PUBLISH_COMPLETE":
            return Complete(tuple(status.post_ids or ()))
        case "FAILED":
            return _failed(status.fail_reason or "")
        case "PROCESSING_UPLOAD" if ACCEPTED not in notes and not _is_whole(status, part):
            return Unpublished()
    return again(notes, ASKED, longest=LONGEST)  # also for a word that is new to us


def again(notes: Mapping[str, str], counter: str, *, longest: timedelta) -> Pending:
    """Ask once more, ever later."""
    asked = int(notes.get(counter, "0"))
    later = min(FIRST * 2 ** min(asked, MOST_DOUBLED), longest)
    return Pending({**notes, counter: str(asked + 1)}, later)


def _is_whole(status: Status, part: Part) -> bool:
    return status.uploaded_bytes is not None and status.uploaded_bytes >= part.media[0].size


def _failed(reason: str) -> Unpublished | GivenUp:
    if reason in PASSING:
        return Unpublished(prepared=False)
    word = reason if reason.isascii() and reason.replace("_", "").isalnum() else "nothing more"
    return GivenUp(REASONS.get(reason, f"TikTok gave this post up, and says {word[:80]}"))
