"""A video on its way to YouTube, ahead of its time and seen by nobody: one bounded step a call.
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol

    {} ─▶ session, mark ─▶ … a chunk each … ─▶ video_id ─▶ processed ─▶ its thumbnail is set

What must stay true. Every step may be done again from the notes it began with, whatever became
of its answer: so a session is asked how far it is before it is given more, and it is believed,
not our notes. A session that is gone (they live for about a week) is begun anew, but only after
a look at what was uploaded: had the last answer alone been lost, the video is there, under the
mark that this upload gave it. A video is never in memory but for a chunk of it.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tellal.errors import Rejected, TryLater
from tellal.platforms import images
from tellal.platforms.calls import UPLOADING, Reply
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.platforms.waiting import done, still_working
from tellal.platforms.youtube import answers, resource
from tellal.platforms.youtube.line import Line
from tellal.platforms.youtube.options import film_of, may_become_short
from tellal.posts import AttachedMedia, Part

SESSION, MARK, BEGUN, VIDEO, PROCESSED = "session", "mark", "begun", "video_id", "processed"
MARKED = "tellal-"  # how a mark begins
CHUNK_UNIT = 256 * 1024  # every chunk but the last is a multiple of it
MORE, GONE = 308, frozenset({404, 410})
RECEIVED = re.compile(r"bytes=0-(\d+)")
MOST_SESSIONS = 3  # for one video: what is forgotten again and again is not tried for ever
RECENT = "50"  # uploads that are looked through
# A long film in many pixels takes hours; it is not given up as an image would be.
FIRST_LOOK, LONGEST_WAIT, MOST_LOOKS = timedelta(seconds=10), timedelta(minutes=5), 150
FAILED = {
    "conversion": "it cannot convert it",
    "invalidFile": "it cannot read the file",
    "emptyFile": "the file is empty",
    "tooSmall": "the file is too small",
    "codec": "it does not know the codec",
    "uploadAborted": "the upload was broken off",
}
REJECTED = {
    "copyright": "for its copyright",
    "inappropriate": "as against its rules of what may be shown",
    "duplicate": "as one that is there already",
    "termsOfUse": "as against its terms of use",
    "uploaderAccountSuspended": "as the account is suspended",
    "uploaderAccountClosed": "as the account is closed",
    "length": "as too long for this channel",
    "claim": "for somebody's claim to it",
    "trademark": "for a trademark",
    "legal": "for the law's sake",
}

Notes = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Preparing:
    line: Line
    part: Part
    media: MediaReader
    uploads: str  # the playlist of all that the channel uploaded
    chunk_bytes: int

    def step(self, notes: Notes) -> Prepared | Pending:
        if VIDEO not in notes:
            return self._send_more(notes) if SESSION in notes else self._begin(notes)
        if PROCESSED not in notes:
            return self._look_after(notes)
        self._set_thumbnail(notes[VIDEO])
        return Prepared({VIDEO: notes[VIDEO]})

    # ── the upload ───────────────────────────────────────────────────────────────────────────

    def _begin(self, notes: Notes) -> Pending:
        """A session alone makes no video: one whose address was lost is lost without harm."""
        begun = int(notes.get(BEGUN, "0"))
        if begun >= MOST_SESSIONS:
            raise TryLater("YouTube forgets this upload again and again")
        mark = f"{MARKED}{secrets.token_hex(8)}"
        chosen = resource.chosen_of(self.part)
        reply = self.line.begin_upload(
            params={
                "uploadType": "resumable",
                "part": resource.PARTS,
                # subscribers are told once they can see it, we believe: YouTube does not say
                "notifySubscribers": str(chosen.notify_subscribers).lower(),
            },
            headers={
                "X-Upload-Content-Length": str(self._film.size),
                "X-Upload-Content-Type": self._film.mime_type,
            },
            json=resource.uploaded(self.part, mark=mark),
        )
        session = reply.headers.get("location")
        if not session:
            raise TryLater("YouTube began the upload and did not say where it goes on")
        return Pending({SESSION: session, MARK: mark, BEGUN: str(begun + 1)})

    def _send_more(self, notes: Notes) -> Pending:
        asked = self._in_session(notes, headers={"Content-Range": f"bytes */{self._film.size}"})
        if asked.status in GONE:
            return self._find_or_begin_anew(notes)
        if asked.status != MORE:
            return _made(asked)
        start = _received(asked)
        if start >= self._film.size:
            raise TryLater("YouTube has the whole video and makes nothing of it yet")
        reply = self._send_chunk(notes, start)
        if reply.status in GONE:
            return self._find_or_begin_anew(notes)
        if reply.status != MORE:
            return _made(reply)
        if _received(reply) <= start:
            raise TryLater("YouTube did not take a piece of the video")
        return Pending(notes)

    def _send_chunk(self, notes: Notes, start: int) -> Reply:
        film, length = self._film, max(1, self.chunk_bytes // CHUNK_UNIT) * CHUNK_UNIT
        chunk = self.media.read_range(film, start=start, length=min(length, film.size - start))
        last = start + len(chunk) - 1
        return self._in_session(
            notes,
            content=chunk,
            headers={
                "Content-Range": f"bytes {start}-{last}/{film.size}",
                "Content-Type": film.mime_type,
            },
            deadline=UPLOADING,
        )

    def _in_session(self, notes: Notes, **request: object) -> Reply:
        return self.line.in_session(notes[SESSION], accepts={MORE, *GONE}, **request)

    def _find_or_begin_anew(self, notes: Notes) -> Pending:
        video_id = find(notes[MARK], line=self.line, uploads=self.uploads)
        return Pending({VIDEO: video_id} if video_id else {BEGUN: notes[BEGUN]})

    # ── what YouTube makes of it ─────────────────────────────────────────────────────────────

    def _look_after(self, notes: Notes) -> Pending | Prepared:
        params = {"part": "status,processingDetails", "id": notes[VIDEO]}
        found = self.line("GET", "videos", params=params).read(answers.Videos).items
        if not found:
            raise TryLater("The uploaded video is not to be seen on YouTube")
        if not self._is_ready(found[0]):
            return still_working(
                notes, what="a video", first=FIRST_LOOK, longest=LONGEST_WAIT, most=MOST_LOOKS
            )
        if self._thumbnail is None:
            return Prepared({VIDEO: notes[VIDEO]})
        return Pending({**done(notes), PROCESSED: "yes"})

    def _is_ready(self, video: answers.Video) -> bool:
        """It can be watched; higher resolutions may follow. A Short takes no thumbnail before it
        is processed to the end: https://developers.google.com/youtube/v3/docs/thumbnails/set"""
        waits = self._thumbnail is not None and may_become_short(self._film)
        is_whole = video.processingDetails.processingStatus != "processing"
        return _is_processed(video) and (is_whole or not waits)

    def _set_thumbnail(self, video_id: str) -> None:
        assert self._thumbnail is not None, "nobody waits for one that there is not"
        image = images.clean(self.media.read(self._thumbnail))
        self.line.set_thumbnail(
            params={"videoId": video_id, "uploadType": "media"},
            content=image.data,
            headers={"Content-Type": image.mime_type},
            deadline=UPLOADING,
        )

    @property
    def _film(self) -> AttachedMedia:
        film = film_of(self.part.media)
        assert film is not None, "a part without one is refused where it is written"
        return film

    @property
    def _thumbnail(self) -> AttachedMedia | None:
        named = resource.chosen_of(self.part).thumbnail
        return next((each for each in self.part.media if each.media_id == named), None)


def find(mark: str, *, line: Line, uploads: str) -> str | None:
    """The video that the upload with this mark made, if it made one."""
    params = {"part": "contentDetails", "playlistId": uploads, "maxResults": RECENT}
    items = line("GET", "playlistItems", params=params).read(answers.PlaylistItems).items
    if not items:
        return None
    ids = ",".join(item.contentDetails.videoId for item in items)
    videos = line("GET", "videos", params={"part": "snippet", "id": ids})
    marked = (each.id for each in videos.read(answers.Videos).items if mark in each.snippet.tags)
    return next(marked, None)


def _received(reply: Reply) -> int:
    """How many bytes a session has; without the header it has none."""
    spelled = reply.headers.get("range")
    if spelled is None:
        return 0
    told = RECEIVED.fullmatch(spelled.strip())
    if told is None:
        raise TryLater("YouTube does not say how much of the video it has")
    return int(told.group(1)) + 1


def _made(reply: Reply) -> Pending:
    return Pending({VIDEO: reply.read(answers.Video).id})


def _is_processed(video: answers.Video) -> bool:
    """Raises Rejected where YouTube gave it up, and says why."""
    status, details = video.status, video.processingDetails
    if status.uploadStatus == "rejected":
        why = REJECTED.get(status.rejectionReason, "and does not say why")
        raise Rejected(f"YouTube rejects this video {why}")
    if status.uploadStatus == "failed" or details.processingStatus == "failed":
        why = FAILED.get(status.failureReason, "it could not be processed")
        raise Rejected(f"YouTube makes nothing of this video: {why}")
    if status.uploadStatus == "deleted":
        raise Rejected("The uploaded video was deleted on YouTube")
    return status.uploadStatus == "processed"
