"""A film on its way to TikTok, in chunks. The last of them, or the whole of a small film, is what
publishes it, so it is left for the due second; everything before it can be sent again and again.
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide

The host that takes the chunks is not the API: it knows the upload by its address, and gets no
token. It wants the chunks in their order, and says 416 to one that it has or does not expect.
"""

import re
from dataclasses import dataclass
from typing import Any

from tellal.errors import OutcomeUnknown, PublishError, Rejected, TryLater
from tellal.platforms.calls import UPLOADING, Reply
from tellal.platforms.protocol import MediaReader
from tellal.platforms.tiktok.line import Line
from tellal.platforms.tiktok.options import LEVELS, TikTokOptions
from tellal.posts import AttachedMedia, Part

SMALLEST = 5 * 1024 * 1024  # «5 MB»: of its two meanings the larger
MOST_CHUNKS = 1000
KNOWS_NOTHING = frozenset({401, 403, 404})  # of the upload: it got no token that it could refuse
PROGRESS = re.compile(r"bytes 0-(\d+)/\d+")


class OutOfStep(Rejected):
    """The host has another part of the film than we thought."""


class Lost(TryLater):
    """The host no longer knows the upload: what it had is gone, and is nothing public."""


@dataclass(frozen=True)
class Chunks:
    """As many as there can be, all alike: so the last one, which everybody waits for, is small.

    TikTok states both `count = size / chunk` and `chunk = size / count`, each rounded down; with
    chunks that are alike both hold. The last has what is left over, fewer bytes than chunks.
    """

    size: int  # of the film, in bytes

    @property
    def count(self) -> int:
        return max(1, min(self.size // SMALLEST, MOST_CHUNKS))

    @property
    def length(self) -> int:
        return self.size // self.count

    @property
    def last(self) -> int:
        return self.count - 1

    def start(self, number: int) -> int:
        return number * self.length

    def end(self, number: int) -> int:
        """Exclusive."""
        return self.size if number == self.last else self.start(number + 1)

    def beginning_at(self, received: int) -> int | None:
        """The chunk that follows so many bytes; None if no chunk does."""
        number, rest = divmod(received, self.length)
        return number if rest == 0 and number <= self.last else None


def request(part: Part) -> dict[str, Any]:
    """What begins an upload, and says what will become of it."""
    film = part.media[0]
    chunks = Chunks(film.size)
    options = TikTokOptions.model_validate(part.options)
    info: dict[str, Any] = {
        "title": part.text,
        "privacy_level": LEVELS[options.privacy],
        "disable_comment": not options.allow_comments,
        "disable_duet": not options.allow_duets,
        "disable_stitch": not options.allow_stitches,
        "brand_content_toggle": options.paid_partnership,
        "brand_organic_toggle": options.your_brand,
        "is_aigc": options.ai_generated,
    }
    if options.cover_ms is not None:
        info["video_cover_timestamp_ms"] = options.cover_ms
    source = {
        "source": "FILE_UPLOAD",
        "video_size": film.size,
        "chunk_size": chunks.length,
        "total_chunk_count": chunks.count,
    }
    return {"post_info": info, "source_info": source}


def send(
    number: int, film: AttachedMedia, *, url: str, line: Line, media: MediaReader, commits: bool
) -> Reply:
    """One chunk. Raises OutOfStep and Lost; a committing one OutcomeUnknown as well."""
    chunks = Chunks(film.size)
    start, end = chunks.start(number), chunks.end(number)
    data = media.read_range(film, start=start, length=end - start)
    if len(data) != end - start:
        raise Rejected("The attached file is not as it was when it was uploaded: attach it again")

    def understand(reply: Reply) -> None:
        line.understand(reply)
        if reply.status in KNOWS_NOTHING:
            raise Lost("TikTok no longer knows the upload of this film")
        if reply.status == 416:
            raise _out_of_step(reply, film.size, commits=commits)

    headers = {
        "Content-Type": film.mime_type,
        "Content-Range": f"bytes {start}-{end - 1}/{film.size}",
    }
    taken = 201 if number == chunks.last else 206
    reply = line.calls(
        "PUT",
        url,
        content=data,
        headers=headers,
        reads=understand,
        accepts={taken},
        deadline=None if commits else UPLOADING,
        commits=commits,
    )
    if reply.status != taken:
        raise reply.lost(f"{reply.host} answered {reply.status}")
    return reply


def _out_of_step(reply: Reply, size: int, *, commits: bool) -> PublishError:
    """What it has already it may be publishing: then nobody knows. What it lacks it does not."""
    told = PROGRESS.fullmatch(reply.headers.get("content-range", ""))
    if commits and (told is None or int(told[1]) >= size - 1):
        return OutcomeUnknown("TikTok has more of this film than we know of")
    if commits:
        return Lost("TikTok has lost a part of this film")
    return OutOfStep("TikTok has another part of this film")
