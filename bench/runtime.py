"""A fresh Python as Lambda starts it: boto3, a function's layers, its folder, and nothing else.

Bytecode is kept apart from the layers' folders: what is built there goes to AWS as it lies.
"""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from infra.layers import built
from local.aws.lambda_python import make_lambda_python
from local.aws.process import ACCESS_KEY, REGION, SECRET_KEY

ROOT = Path(__file__).parent.parent
FUNCTIONS = tuple(sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py")))
WEARS: Mapping[str, Sequence[str]] = {
    "build_report": ["reports"],
    "api": ["media", "patterns"],
    "apply_rules": ["patterns"],
}
# What Lambda always sets; without it the SDK goes looking for credentials.
ALWAYS = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
}


@dataclass(frozen=True)
class Runtime:
    interpreter: Path
    bytecode: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        return cls(make_lambda_python(folder / "python"), folder / "bytecode")

    def run(
        self,
        code: str,
        *arguments: str,
        function: str | None = None,
        environment: Mapping[str, str] = ALWAYS,
    ) -> float:
        """Run it in a process of its own; returns the milliseconds from its start to its end."""
        found = f"import sys; sys.path[:0] = {json.dumps(folders(function))}\n"
        options = ["-I", "-X", "frozen_modules=on", "-X", f"pycache_prefix={self.bytecode}"]
        began = time.perf_counter()
        done = subprocess.run(
            [str(self.interpreter), *options, "-c", found + code, *arguments],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        took = (time.perf_counter() - began) * 1000
        if done.returncode:
            raise RuntimeError(f"{function or code}\n{done.stderr[-2000:]}")
        return took


def folders(function: str | None) -> list[str]:
    """Where Lambda looks first: the function's own folder, then its layers."""
    names = ["dependencies", *WEARS.get(function or "", ())]
    layers = [ROOT / "layers" / "tellal", *(built(name, local=True) for name in names)]
    own = [str(ROOT / "functions" / function)] if function else []
    return own + [str(layer / "python") for layer in layers]


# What Lambda hands over beside the event; the code's second argument is its time-out, in seconds.
CONTEXT = {
    "function_name": "bench",
    "memory_limit_in_mb": 512,
    "invoked_function_arn": "arn:aws:lambda:eu-west-1:000000000000:function:bench",
    "aws_request_id": "request-1",
}
HANDLE = f"""
import json, time, types
import handler
ends = time.monotonic() + float(sys.argv[2])
left = lambda: int((ends - time.monotonic()) * 1000)
context = types.SimpleNamespace(**{CONTEXT}, get_remaining_time_in_millis=left)
handler.handler(json.loads(sys.argv[1]), context)
"""


def event(path: str, **record: Any) -> dict[str, Any]:
    """A sample event; `record` replaces what its only record says."""
    read: dict[str, Any] = json.loads((ROOT / "events" / f"{path}.json").read_text())
    for each in read.get("Records", []):
        each.update(record)
    return read
