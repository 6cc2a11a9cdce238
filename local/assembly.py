"""Makes the cloud assembly that is deployed on this machine: `cdk synth`, remembered.

What must stay true: an assembly that is handed out was made from the sources and the context as
they are now. Making one takes seconds, so it is made again only when one of them has changed.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("cdk.json", "infra", "functions", "layers")
NO_CONTEXT: Mapping[str, str] = MappingProxyType({})


class CouldNotSynthesise(Exception):
    """The last lines that the app wrote."""


def synthesise(*, stage: str, context: Mapping[str, str] = NO_CONTEXT, root: Path = ROOT) -> Path:
    """The assembly of `root`'s CDK app; its context holds `stage` and what is given."""
    settings = json.loads((root / "cdk.json").read_text())
    context = {**settings.get("context", {}), "stage": stage, **context}
    assembly = root / ".tellal" / "assembly" / stage
    assembly.parent.mkdir(parents=True, exist_ok=True)
    with assembly.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run side by side make it once
        stamp, wanted = assembly / "stamp", fingerprint(root=root, context=context)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(assembly, ignore_errors=True)
            run_app(settings["app"], assembly=assembly, context=context, root=root)
            stamp.write_text(wanted)
    return assembly


def run_app(app: str, *, assembly: Path, context: Mapping[str, str], root: Path) -> None:
    """What the `cdk` command does for `synth`, without its second of start-up."""
    interpreters = Path(sys.executable).parent  # Node lies there too
    done = subprocess.run(
        app,
        shell=True,
        cwd=root,
        env={
            **os.environ,
            "PATH": f"{interpreters}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "CDK_OUTDIR": str(assembly),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_VALIDATION": "false",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CouldNotSynthesise("\n".join(done.stdout.splitlines()[-20:]))


def fingerprint(*, root: Path, context: Mapping[str, str]) -> str:
    """Agrees as long as no source and nothing in the context has changed."""
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode())
    for source in SOURCES:
        for path in sorted([root / source, *(root / source).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root)}\n{content}\n".encode())
    return digest.hexdigest()
