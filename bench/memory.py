"""Peak memory of the functions that a film goes through, beside the same way of a small one.

A film of half a gigabyte must not cost more than a chunk: where a platform takes a file in chunks,
and where it takes it in one request, streamed. Each invocation is a whole fresh process with the
time-out that its function is deployed with: all chunks that fit into it go through one process.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figures
from bench.ground import Ground, connect_channel, ground_held_still, make_workspace, write_post
from bench.runtime import HANDLE, Runtime, event
from local.sandboxes.facebook.state import Settings
from local.sandboxes.serving import Sandbox, running
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.config import settings
from tellal.deliveries import SETTLED, Delivery, Step
from tellal.platforms import waiting
from tellal.posts import AttachedMedia, VideoFacts

MEBIBYTE = 1024 * 1024
SMALL, LARGE = 1 * MEBIBYTE, 500 * MEBIBYTE
MOST_MORE = 48  # MiB above the small film's: a chunk, and what a request makes of it
# A chunk may take an invocation of its own, and a platform is asked so often before and after.
MOST_INVOCATIONS = LARGE // Settings().chunk_bytes + 2 * waiting.MOST
CLIP = Path(__file__).parents[1] / "local" / "clip.mp4"
FREE_BOX = 8  # bytes of the head of one
# KiB, as Linux counts for one program. What `getrusage` tells would be at least this process's own:
# a child is its parent's copy until it begins another program, and that peak is handed on.
PEAK = """
import re
status = open("/proc/self/status").read()
open(sys.argv[-1], "w").write(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""
FUNCTIONS = {Step.PREPARE: "prepare_delivery", Step.PUBLISH: "publish_delivery"}


def measure(*, rounds: int = 1) -> Figures:
    with tempfile.TemporaryDirectory() as folder, ground_held_still() as on:
        here = Path(folder)
        runtime = Runtime.make(here)
        with _channels(on) as channels:
            for channel in channels.values():  # whoever runs first compiles, and leaves bytecode
                _peak(_film(here, SMALL), channel, on, runtime, here)
            peaks = {
                (name, size): max(
                    _peak(_film(here, size), channel, on, runtime, here) for _ in range(rounds)
                )
                for name, channel in channels.items()
                for size in (SMALL, LARGE)
            }
    return _figures(peaks)


def _figures(peaks: Mapping[tuple[str, int], float]) -> Figures:
    """Of MiB, by the channel's name and the film's size."""
    names = list(dict.fromkeys(name for name, _ in peaks))
    more = {name: peaks[name, LARGE] - peaks[name, SMALL] for name in names}
    return Figures(
        title=f"Peak memory while a film of {LARGE // MEBIBYTE} MiB goes through, MiB",
        head=("platform", f"{SMALL // MEBIBYTE} MiB", f"{LARGE // MEBIBYTE} MiB", "more", "ratio"),
        rows=[
            (
                name,
                f"{peaks[name, SMALL]:.0f}",
                f"{peaks[name, LARGE]:.0f}",
                f"{more[name]:.0f}",
                f"{peaks[name, LARGE] / peaks[name, SMALL]:.2f}",
            )
            for name in names
        ],
        values={
            name: {
                "small_mib": round(peaks[name, SMALL]),
                "large_mib": round(peaks[name, LARGE]),
                "ratio": round(peaks[name, LARGE] / peaks[name, SMALL], 2),
            }
            for name in names
        },
        missed=[
            f"{name} takes {more[name]:.0f} MiB more for a large film, above {MOST_MORE}"
            for name in names
            if more[name] > MOST_MORE
        ],
    )


@contextmanager
def _channels(on: Ground) -> Iterator[dict[str, Channel]]:
    """One whose platform takes a file in one request, and one whose takes chunks."""
    with running("facebook") as facebook:
        os.environ["PLATFORM_HOSTS"] = json.dumps({"facebook": facebook.hosts})
        wiring.forget()
        on.mastodon.control.change_settings(video_size_limit=LARGE)
        workspace = make_workspace()
        token = _token(on.mastodon, "acme")
        page = facebook.control.create_account("9", display_name="Acme")
        yield {
            "mastodon, one request": connect_channel(
                workspace, "mastodon", server=on.mastodon.url, access_token=token
            ),
            "facebook, in chunks": connect_channel(
                workspace, "facebook", page_id=page["id"], access_token=page["access_token"]
            ),
        }


def _token(sandbox: Sandbox, name: str) -> str:
    return str(sandbox.control.create_account(name)["access_token"])


def _film(folder: Path, size: int) -> AttachedMedia:
    """In the bucket: the clip, with a box of free space behind it."""
    key, clip = f"media/film-{size}.mp4", CLIP.read_bytes()
    if wiring.media_bucket().size(key) is None:
        file = folder / "film.mp4"
        free = size - len(clip)
        with file.open("wb") as made:
            made.write(clip + free.to_bytes(4) + b"free")
            made.truncate(size)
        wiring.aws("s3").upload_file(str(file), settings().media_bucket, key)
        file.unlink()
    return AttachedMedia(
        media_id="med_1",
        object_key=key,
        mime_type="video/mp4",
        size=size,
        width=540,
        height=960,
        video=VideoFacts(seconds=3.2, frame_rate=30, codec="AVC", audio_codec="AAC"),
    )


def _peak(
    film: AttachedMedia, channel: Channel, on: Ground, runtime: Runtime, folder: Path
) -> float:
    """MiB, of the largest of all processes it takes until the film is public."""
    delivery = write_post(channel, at=clock.now() + timedelta(seconds=5), media=(film,))
    peak, told = 0.0, folder / "peak"
    row = _row(delivery)
    for _ in range(MOST_INVOCATIONS):
        if row.state in SETTLED:
            break
        _follow(row, on, runtime, told)
        peak = max(peak, int(told.read_text()) / 1024)
        row = _row(delivery)
    assert row.published_at is not None, _why_not(row)
    return peak


def _row(delivery: Delivery) -> Delivery:
    row = wiring.deliveries().get(delivery.delivery_id)
    assert row is not None
    return row


def _why_not(row: Delivery) -> str:
    last = row.attempts[-1] if row.attempts else None
    size = row.parts[0].media[0].size // MEBIBYTE
    return (
        f"a film of {size} MiB did not become public on {row.platform}: "
        f"it is {row.state}, {row.trouble or 'without trouble'}; last attempt: {last}"
    )


def _follow(row: Delivery, on: Ground, runtime: Runtime, told: Path) -> None:
    assert row.next_attempt_at is not None
    assert row.next_step is not None
    time.sleep(max(0.0, clock.seconds_between(clock.now(), row.next_attempt_at)))
    function = FUNCTIONS[row.next_step]
    hint = event(f"{function}/one_hint", body=json.dumps({"delivery_id": row.delivery_id}))
    environment: dict[str, Any] = on.environment(function)
    environment["PLATFORM_HOSTS"] = os.environ["PLATFORM_HOSTS"]
    runtime.run(
        HANDLE + PEAK,
        json.dumps(hint),
        str(on.seconds(function)),
        str(told),
        function=function,
        environment=environment,
    )
