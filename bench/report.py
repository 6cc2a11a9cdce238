"""A year's report of a workspace with a million observations: time and peak memory, beside the bare
query over the same files.

The floor is DuckDB reading the same files and bringing every number to its last value of each day,
and nothing more: what any report must do first. Both are processes of their own, one after the
other in the same round, and what they import is not counted.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import year
from bench.figures import Figures
from bench.ground import as_worker, ground_held_still, make_workspace
from bench.memory import PEAK
from bench.runtime import Runtime
from bench.year import Year
from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery, State
from tellal.measuring.shelf import JSON_LINES, observations_key
from tellal.posts import Part, PartKind, Remote

ROUNDS = 3
HIGHEST_RATIO, MOST_MB = 2.0, 512
AT_LEAST = 1_000_000  # observations
FLOOR = """
import json, time
import duckdb
began = time.perf_counter()
db = duckdb.connect(config={"threads": "2", "preserve_insertion_order": "false"})
db.read_json(
    sys.argv[1] + "/*.jsonl.gz",
    columns={
        "channel_id": "VARCHAR", "delivery_id": "VARCHAR", "conversation_id": "VARCHAR",
        "campaign_id": "VARCHAR", "counted_id": "VARCHAR", "segment": "VARCHAR",
        "of_day": "DATE", "metric": "VARCHAR", "value": "BIGINT", "at": "TIMESTAMP",
    },
    format="newline_delimited",
    compression="gzip",
).create_view("observed")
db.execute('''
    CREATE TABLE newest AS
    SELECT channel_id, delivery_id, conversation_id, campaign_id, counted_id, segment, metric,
           coalesce(of_day, "at"::DATE) AS day, arg_max(value, "at") AS value
    FROM observed GROUP BY ALL
''')
told = {"seconds": time.perf_counter() - began}
open(sys.argv[2], "w").write(json.dumps(told))
"""
# `build` as the function's handler calls it, with the objects that it reads counted. What the local
# DynamoDB takes is told apart: each query of an index looks at every row of its table there.
BUILD = """
import json, time
from tellal import clock, wiring
import handler
asked = json.loads(sys.argv[1])
reads, waited = [], []
wiring.aws("s3").meta.events.register("before-call.s3.GetObject", lambda **_: reads.append(1))
rows = wiring.aws("dynamodb").meta.events
rows.register("before-send.dynamodb", lambda **_: waited.append(time.perf_counter()) or None)
rows.register("before-parse.dynamodb", lambda **_: waited.append(time.perf_counter()))
reporter = wiring.reporter()
began = time.perf_counter()
reporter.build(asked["workspace_id"], asked["period"], now=clock.read(asked["now"]))
took = time.perf_counter() - began
rows_seconds = sum(ended - sent for sent, ended in zip(waited[::2], waited[1::2], strict=True))
told = {"seconds": took - rows_seconds, "rows_seconds": rows_seconds, "objects_read": len(reads)}
open(sys.argv[2], "w").write(json.dumps(told))
"""


@dataclass(frozen=True)
class Measured:
    """Of one round."""

    seconds: float
    floor_seconds: float
    peak_mb: float
    objects_read: int
    rows_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor_seconds


def measure(*, rounds: int = ROUNDS) -> Figures:
    with tempfile.TemporaryDirectory() as folder, ground_held_still() as on:
        here = Path(folder)
        with as_worker(on, "build_report"):
            made = _fill(here / "files")
            runtime = Runtime.make(here)
            environment = on.environment("build_report")
            _round(made, runtime, environment, here)  # whoever runs first leaves bytecode
            measured = [_round(made, runtime, environment, here) for _ in range(rounds)]
    return _figures(measured, made)


def _figures(measured: list[Measured], made: Year) -> Figures:
    one = sorted(measured, key=lambda each: each.ratio)[len(measured) // 2]
    peak = max(each.peak_mb for each in measured)
    values = {
        "seconds": round(one.seconds, 2),
        "floor_seconds": round(one.floor_seconds, 2),
        "ratio": round(one.ratio, 2),
        "peak_mb": round(peak),
        "objects_read": one.objects_read,
        "rows_seconds": round(one.rows_seconds, 2),
    }
    missed = []
    if one.ratio > HIGHEST_RATIO:
        missed.append(
            f"a year's report takes {one.ratio:.2f} times its floor, above {HIGHEST_RATIO}"
        )
    if peak > MOST_MB:
        missed.append(f"a year's report takes {peak:.0f} MB, above {MOST_MB}")
    return Figures(
        title=f"A year's report over {made.count:,} observations (the median of its rounds)",
        head=("", "seconds", "× floor", "peak MB", "objects"),
        rows=[
            ("bare query", f"{one.floor_seconds:.2f}", "1", "", ""),
            (
                *("report", f"{one.seconds:.2f}", f"{one.ratio:.2f}"),
                *(f"{peak:.0f}", str(one.objects_read)),
            ),
        ],
        notes=[
            f"{len(made.posts):,} posts on {len(made.channels)} channels",
            f"their rows took the local DynamoDB {one.rows_seconds:.1f} s more, not counted here",
        ],
        values=values,
        missed=missed,
    )


def _fill(files: Path) -> Year:
    """The bucket and the tables as a year would have left them, and the files for the floor."""
    workspace = make_workspace()
    first = (clock.now() - timedelta(days=365)).date()
    made = year.make(workspace.workspace_id, first)
    assert made.count >= AT_LEAST, made.count
    files.mkdir()
    for date, body in made.objects():
        key = observations_key(workspace.workspace_id, date=date, name="merged")
        wiring.shelf().bucket.put(key, body, content_type=JSON_LINES)
        (files / f"{date}.jsonl.gz").write_bytes(body)
    _write_rows(workspace, made)
    return made


def _write_rows(workspace: Workspace, made: Year) -> None:
    for number, channel_id in enumerate(made.channels):
        wiring.channels().create(
            Channel(
                channel_id=channel_id,
                workspace_id=workspace.workspace_id,
                platform="instagram",
                remote_id=str(number),
                name=f"Acme {number}",
                handle=f"acme{number}",
                created_at=made.since,
            )
        )
    for number, (delivery_id, channel_id, at) in enumerate(made.posts):
        remote = Remote(id=str(number), url=f"https://instagram.example/p/{number}")
        wiring.deliveries().create(
            Delivery(
                delivery_id=delivery_id,
                workspace_id=workspace.workspace_id,
                channel_id=channel_id,
                platform="instagram",
                post_id=f"post_{number}",
                parts=(Part(kind=PartKind.MAIN, text=f"Fresh simit, day {number}", remote=remote),),
                state=State.PUBLISHED,
                publish_at=at,
                published_at=at,
                created_at=at,
            )
        )


def _round(made: Year, runtime: Runtime, environment: dict[str, str], folder: Path) -> Measured:
    last = (made.until - timedelta(days=1)).date()
    asked = {
        "workspace_id": made.workspace_id,
        "period": f"{made.first}..{last}",
        "now": clock.text(made.until + timedelta(days=1)),
    }
    floor = _run(runtime, FLOOR, str(folder / "files"), folder, environment)
    built = _run(runtime, BUILD + PEAK, json.dumps(asked), folder, environment)
    return Measured(
        seconds=built["seconds"],
        floor_seconds=floor["seconds"],
        peak_mb=int((folder / "peak").read_text()) / 1024,
        objects_read=built["objects_read"],
        rows_seconds=built["rows_seconds"],
    )


def _run(
    runtime: Runtime, code: str, about: str, folder: Path, environment: dict[str, str]
) -> dict[str, Any]:
    told = folder / "told"
    runtime.run(
        code,
        *(about, str(told), str(folder / "peak")),
        function="build_report",
        environment=environment,
    )
    read: dict[str, Any] = json.loads(told.read_text())
    return read
