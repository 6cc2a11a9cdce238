"""Files on their way to X, a bounded step at a time. https://docs.x.com/x-api/media/introduction

An image is one request. A GIF or a video is announced, sent in segments, finished, and then asked
about until X is done with it. Then an image or a GIF is described. How far each file is stands in
the notes of its part, and every step may be made again from any of them: a segment that comes
twice is one, and what was finished already tells how it is.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from tellal.errors import Rejected
from tellal.platforms import images
from tellal.platforms.calls import UPLOADING, Gone
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.platforms.waiting import FIRST, done, still_working
from tellal.platforms.x import answers
from tellal.platforms.x.facts import FACTS
from tellal.platforms.x.line import SHOWN, Line
from tellal.platforms.x.post import GIF, MEDIA_IDS, is_gif
from tellal.posts import AttachedMedia, MediaKind, Part

FILE = "file "  # a note: its number → how far it is
EMPTY = {200, 204}  # a segment's answer may be


class Stage(StrEnum):
    SENDING = "sending"
    WORKING = "working"  # X is
    READY = "ready"  # to be described
    DONE = "done"


@dataclass(frozen=True)
class File:
    """How far one file is: its id at X, its segments that were sent, how often it was begun."""

    media_id: str
    stage: Stage
    sent: int = 0
    begun: int = 1

    def spelled(self) -> str:
        return f"{self.media_id} {self.stage} {self.sent} {self.begun}"

    @classmethod
    def read(cls, note: str | None) -> "File | None":
        if note is None:
            return None
        media_id, stage, sent, begun = note.split()
        return cls(media_id, Stage(stage), int(sent), int(begun))


def next_step(part: Part, *, media: MediaReader, line: Line) -> Prepared | Pending:
    """Notes: how far each file is; once all are done, `media_ids` alone."""
    notes = part.prepared or {}
    if MEDIA_IDS in notes or not part.media:
        return Prepared(notes)
    files = [File.read(notes.get(f"{FILE}{n}")) for n in range(len(part.media))]
    number = next(n for n, file in enumerate(files) if not file or file.stage is not Stage.DONE)
    before = files[number]
    now, wait = _Upload(part.media[number], media, line).moved(before)
    files[number] = now
    if all(file and file.stage is Stage.DONE for file in files):
        return Prepared({MEDIA_IDS: " ".join(file.media_id for file in files if file)})
    kept = {**notes, f"{FILE}{number}": now.spelled()}
    if now.stage is not Stage.WORKING:
        return Pending(done(kept))
    if before and before.stage is Stage.WORKING:
        return still_working(kept, what=_name(part.media[number]), first=wait)
    return Pending(kept, wait)


@dataclass(frozen=True)
class _Upload:
    """One file, and where it goes."""

    attached: AttachedMedia
    media: MediaReader
    line: Line

    def moved(self, file: File | None) -> tuple[File, timedelta]:
        """A step further, and how long X wants to be left alone where it works on it."""
        if file is None:
            return self._begun(times=1), FIRST
        match file.stage:
            case Stage.SENDING if file.sent < self._segments:
                return self._sent(file), FIRST
            case Stage.SENDING:
                return self._told(file, self._finished(file))
            case Stage.WORKING:
                return self._told(file, self._asked(file))
            case _:
                return self._described(file), FIRST

    def _begun(self, *, times: int) -> File:
        if self.attached.kind is MediaKind.IMAGE and not is_gif(self.attached):
            return self._ready(self._whole_image(), times)
        if is_gif(self.attached) and images.clean(self._read()).mime_type != GIF:
            raise Rejected("This image is not the GIF that it says it is")
        announced = {
            "media_type": self.attached.mime_type,
            "media_category": "tweet_gif" if is_gif(self.attached) else "tweet_video",
            "total_bytes": self.attached.size,
        }
        reply = self.line("POST", "2/media/upload/initialize", json=announced)
        return File(reply.read(answers.Uploaded).data.id, Stage.SENDING, begun=times)

    def _whole_image(self) -> str:
        image = images.clean(self._read(), most_bytes=FACTS.limits["image_bytes"].value)
        name = f"image.{image.mime_type.removeprefix('image/')}"
        reply = self.line(
            "POST",
            "2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": (name, image.data, image.mime_type)},
            deadline=UPLOADING,
        )
        return reply.read(answers.Uploaded).data.id

    def _sent(self, file: File) -> File:
        """One segment further. What was announced a day ago X has forgotten: it is begun anew."""
        chunk = self.media.read_range(
            self.attached, start=file.sent * self._segment, length=self._segment
        )
        try:
            self.line(
                "POST",
                f"2/media/upload/{file.media_id}/append",
                data={"segment_index": str(file.sent)},
                files={"media": ("segment", chunk, "application/octet-stream")},
                deadline=UPLOADING,
                accepts=EMPTY,
            )
        except Gone:
            if file.begun > 1:
                raise
            return self._begun(times=file.begun + 1)
        return replace(file, sent=file.sent + 1)

    def _finished(self, file: File) -> answers.Media:
        """If it was finished before, and we did not hear of it, it is refused now, but known."""
        try:
            reply = self.line("POST", f"2/media/upload/{file.media_id}/finalize")
        except Rejected as refusal:
            try:
                return self._asked(file)
            except Rejected:
                raise refusal from None
        return reply.read(answers.Uploaded).data

    def _asked(self, file: File) -> answers.Media:
        params = {"command": "STATUS", "media_id": file.media_id}
        return self.line("GET", "2/media/upload", params=params).read(answers.Uploaded).data

    def _told(self, file: File, media: answers.Media) -> tuple[File, timedelta]:
        info = media.processing_info
        if info is None or info.state == "succeeded":
            return self._ready(file.media_id, file.begun), FIRST
        if info.state == "failed":
            why = str((info.error or {}).get("message") or "it does not say why")[:SHOWN]
            raise Rejected(f"X cannot show {_name(self.attached)}: {why}")
        wait = timedelta(seconds=info.check_after_secs) if info.check_after_secs else FIRST
        return replace(file, stage=Stage.WORKING), wait

    def _described(self, file: File) -> File:
        described = {
            "id": file.media_id,
            "metadata": {"alt_text": {"text": self.attached.alt_text}},
        }
        self.line("POST", "2/media/metadata", json=described)
        return replace(file, stage=Stage.DONE)

    def _ready(self, media_id: str, begun: int) -> File:
        is_described = self.attached.alt_text and self.attached.kind is MediaKind.IMAGE
        stage = Stage.READY if is_described else Stage.DONE
        return File(media_id, stage, sent=self._segments, begun=begun)

    def _read(self) -> bytes:
        return self.media.read(self.attached)

    @property
    def _segment(self) -> int:
        return int(self.line.settings["segment_bytes"])

    @property
    def _segments(self) -> int:
        return -(-self.attached.size // self._segment)


def _name(attached: AttachedMedia) -> str:
    return "a GIF" if is_gif(attached) else "a video"
