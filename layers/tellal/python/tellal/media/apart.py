"""A file from anybody is read in a process of its own, which has no secrets and comes to an end.

The libraries that read films and documents are large, one of them not even in Python: a file that
is damaged, or was made for it, sends them in circles, fills the memory, or ends the process. It
is to be that process, and what comes of it a sentence for whoever uploaded the file.

The two speak over pipes, a line of JSON each: the reader asks for ranges, which follow as they
are, and at last tells what it found.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from os import pathsep
from typing import Any

from tellal.errors import Broken, Unacceptable
from tellal.media import Probed
from tellal.media.documents import read_document
from tellal.media.ranged import ReadRange
from tellal.media.videos import read_video
from tellal.observability import logger
from tellal.posts import MediaKind, VideoFacts

SECONDS = 8  # of computing; a film of gigabytes takes less than one
MEMORY = 768 * 1024 * 1024
# Each brings a library of its own, which it imports when it is called.
READERS: Mapping[MediaKind, Callable[[ReadRange, int], Probed | None]] = {
    MediaKind.VIDEO: read_video,
    MediaKind.DOCUMENT: read_document,
}
UNREADABLE = "cannot be read, as a damaged file cannot: make it again, and upload that"


def read_apart(
    kind: MediaKind,
    read: ReadRange,
    size: int,
    *,
    environment: Mapping[str, str],
    seconds: int = SECONDS,
) -> Probed | None:
    """As the reader of that kind; `environment` is all that the process needs to begin."""
    command = [sys.executable, "-c", f"from {__name__} import answer; answer()", kind, str(size)]
    found = {**environment, "PYTHONPATH": pathsep.join(filter(None, sys.path))}
    try:
        with subprocess.Popen(  # noqa: S603 – nothing of it was given by anybody
            [*command, str(seconds)],
            env=found,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                return _served(read, process)
            finally:
                process.kill()
    except BrokenPipeError:  # it ended before it was answered
        raise Unacceptable(Broken("file", UNREADABLE)) from None


def _served(read: ReadRange, process: "subprocess.Popen[bytes]") -> Probed | None:
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        told = json.loads(line)
        if "range" in told:
            piece = read(*told["range"])
            process.stdin.write(len(piece).to_bytes(8) + piece)
            process.stdin.flush()
            continue
        if "broken" in told:
            raise Unacceptable(Broken(*told["broken"]))
        return _probed(told["probed"])
    logger.warning("a file's reader ended without a word", code=process.wait())
    raise Unacceptable(Broken("file", UNREADABLE))


def _probed(told: dict[str, Any] | None) -> Probed | None:
    if told is None:
        return None
    video = told.pop("video")
    return Probed(**told, video=VideoFacts.model_validate(video) if video else None)


def answer() -> None:
    """The process itself: reads the file that its arguments tell of."""
    kind, size, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    with suppress(ValueError, OSError):  # not every system bounds it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        probed = READERS[MediaKind(kind)](_ask, int(size))
    except Unacceptable as error:
        [broken] = error.broken
        _say({"broken": [broken.field, broken.rule]})
        return
    facts = probed and asdict(probed) | {"video": probed.video and probed.video.model_dump()}
    _say({"probed": facts})


def _ask(start: int, length: int) -> bytes:
    _say({"range": [start, length]})
    heard = sys.stdin.buffer
    return heard.read(int.from_bytes(heard.read(8)))


def _say(told: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.flush()
