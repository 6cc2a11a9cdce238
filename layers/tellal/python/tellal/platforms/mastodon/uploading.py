"""Bringing a status's files to its server: one in a step, then asking until all are worked on.

A video goes in one request that reads it from where it lies as it is sent, so it is never in
memory as a whole. https://docs.joinmastodon.org/methods/media/

Notes: `media_ids` of those that are there, `working` of those the server is busy with, and how
often we asked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from tellal.platforms import images
from tellal.platforms.calls import UPLOADING, Gone
from tellal.platforms.mastodon import answers
from tellal.platforms.mastodon.line import Line
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.platforms.waiting import still_working
from tellal.posts import AttachedMedia, MediaKind, Part

ENDINGS = {"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm"}
NAMES = {MediaKind.IMAGE: "an image", MediaKind.VIDEO: "a video"}
# A server encodes what is no MP4 anew, in its own time: an hour, then it is given up.
MOST_ASKED = {MediaKind.IMAGE: 20, MediaKind.VIDEO: 65}


def next_step(line: Line, part: Part, media: MediaReader) -> Prepared | Pending:
    notes = part.prepared or {}
    there, working = notes.get("media_ids", "").split(), notes.get("working", "").split()
    if len(there) < len(part.media):
        media_id, is_busy = _upload(line, part.media[len(there)], media)
        there, working = [*there, media_id], [*working, media_id] if is_busy else working
        if len(there) < len(part.media):
            return Pending(_noted(notes, there, working))
    else:
        try:
            working = [each for each in working if _is_working_on(line, each)]
        except Gone:  # one is lost: all are sent again, but not for ever
            there = working = []
    if there and not working:
        return Prepared({"media_ids": " ".join(there)})
    kind = part.media[0].kind  # a video goes alone
    noted = _noted(notes, there, working)
    return still_working(noted, what=NAMES[kind], most=MOST_ASKED[kind])


def _noted(notes: Mapping[str, str], there: list[str], working: list[str]) -> dict[str, str]:
    return {**notes, "media_ids": " ".join(there), "working": " ".join(working)}


def _upload(line: Line, file: AttachedMedia, media: MediaReader) -> tuple[str, bool]:
    """Its id, and whether the server still works on it."""
    with _opened(file, media) as sent:
        reply = line(
            "POST",
            "v2/media",
            files={"file": sent},
            data={"description": file.alt_text} if file.alt_text else None,
            deadline=UPLOADING,
        )
    return reply.read(answers.Attachment).id, reply.status == 202


@contextmanager
def _opened(file: AttachedMedia, media: MediaReader) -> Iterator[tuple[str, BinaryIO | bytes, str]]:
    """Name, content and type, as a form's file."""
    if file.kind is MediaKind.IMAGE:
        image = images.clean(media.read(file))
        yield f"image.{image.mime_type.removeprefix('image/')}", image.data, image.mime_type
    else:
        with media.open(file) as film:
            yield f"video.{ENDINGS[file.mime_type]}", film, file.mime_type


def _is_working_on(line: Line, media_id: str) -> bool:
    return line("GET", f"v1/media/{media_id}", accepts={206}).status == 206
