"""The layers functions wear: our package as it lies on disk, and the packages it depends on.

They are made here, without Docker, and kept under `.tellal/layers` by everything that decides
their content: the second synth of the same sources makes nothing. They hold bytecode, because
`/opt` cannot be written and every cold start would compile all of it again (half a second).
"""

import compileall
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from py_compile import PycInvalidationMode

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.deployment import ROOT, Deployment

BUILT = ROOT / ".tellal" / "layers"
RUNTIME = lambda_.Runtime.PYTHON_3_13
LAMBDA = "aarch64-manylinux_2_28"
CACHE = "__pycache__"
# What installers note for themselves: it differs from run to run and is read by nobody.
NOTES = ("bin", ".lock", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED")


class Layer(lambda_.LayerVersion):
    """`tellal`: our package; another name: what layers/<name>/requirements.txt asks for, installed
    for where the functions run. Lambda imports from its python/ folder."""

    def __init__(self, scope: Construct, id: str, *, name: str, deployment: Deployment) -> None:
        folder = ours() if name == "tellal" else built(name, local=deployment.local)
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(
                str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[deployment.architecture],
        )


def ours() -> Path:
    """Our package's folder, with its bytecode."""
    source = ROOT / "layers" / "tellal" / "python"
    files = sorted(path for path in source.rglob("*") if path.is_file() and CACHE not in path.parts)
    recipe = b"".join(
        f"{path.relative_to(source)}\n".encode() + path.read_bytes() for path in files
    )
    without_cache = shutil.ignore_patterns(CACHE)
    return made(
        "tellal", recipe, lambda folder: shutil.copytree(source, folder, ignore=without_cache)
    )


def built(name: str, *, local: bool) -> Path:
    """The folder of installed packages. `local`: for this very machine."""
    requirements = ROOT / "layers" / name / "requirements.txt"
    target = f"{sys.platform}-{platform.machine()}" if local else LAMBDA
    recipe = requirements.read_bytes() + target.encode()
    return made(name, recipe, lambda folder: install(requirements, folder, local=local))


def made(name: str, recipe: bytes, make: Callable[[Path], object]) -> Path:
    """The layer's folder, made now if it never was; `make` fills its python/ folder."""
    recipe += Path(__file__).read_bytes()
    layer = BUILT / f"{name}-{hashlib.sha256(recipe).hexdigest()[:16]}"
    if not layer.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as unfinished:
            new = Path(unfinished) / name
            make(new / "python")
            add_bytecode(new / "python")
            try:
                new.rename(layer)
            except OSError:  # somebody else was making it, too, and has made the same
                if not layer.exists():
                    raise
    return layer


def add_bytecode(folder: Path) -> None:
    """Never checked against its source, which is beside it and stays as it is."""
    compileall.compile_dir(
        folder,
        quiet=2,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        stripdir=str(folder),
        prependdir="/opt/python",
    )


def install(requirements: Path, folder: Path, *, local: bool) -> None:
    where = [] if local else ["--python-platform", LAMBDA]
    command = [find_uv(), "pip", "install", "--quiet", "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--python-version", "3.13", *where]
    command += ["--require-hashes", "--requirement", str(requirements), "--target", str(folder)]
    # uv ships its own certificates; those of the system also know a company's proxy.
    subprocess.run(command, check=True, env={**os.environ, "UV_SYSTEM_CERTS": "1"})  # noqa: S603  # our own words
    for pattern in NOTES:
        for noted in folder.glob(pattern):
            shutil.rmtree(noted) if noted.is_dir() else noted.unlink()


def find_uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    private = ROOT / ".tellal" / "uv"
    places = [beside, private / "bin" / "uv", private / "packages" / "bin" / "uv"]
    found = next((str(place) for place in places if place.exists()), shutil.which("uv"))
    if found is None:
        raise FileNotFoundError("uv is not installed: `make install` puts it into .tellal/uv")
    return found
