"""The layers functions wear: our package as it lies on disk, and the packages it depends on.

Packages are installed here, without Docker, and kept under `.tellal/layers` by everything that
decides their content: the second synth of the same requirements installs nothing.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.deployment import ROOT, Deployment

BUILT = ROOT / ".tellal" / "layers"
RUNTIME = lambda_.Runtime.PYTHON_3_13
LAMBDA = "aarch64-manylinux_2_28"
# What installers note for themselves: it differs from run to run and is read by nobody.
NOTES = ("bin", ".lock", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED")


class TellalLayer(lambda_.LayerVersion):
    """layers/tellal just as it lies on disk: Lambda imports from its python/ folder."""

    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(
                str(ROOT / "layers" / "tellal"), exclude=["**/__pycache__", "**/*.pyc"]
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[deployment.architecture],
        )


class PackagesLayer(lambda_.LayerVersion):
    """What layers/<name>/requirements.txt names, installed for where the functions run."""

    def __init__(self, scope: Construct, id: str, *, name: str, deployment: Deployment) -> None:
        folder = built(name, local=deployment.local)
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(
                str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[deployment.architecture],
        )


def built(name: str, *, local: bool) -> Path:
    """The layer's folder, installed now if it never was. `local`: for this very machine."""
    requirements = ROOT / "layers" / name / "requirements.txt"
    target = f"{sys.platform}-{platform.machine()}" if local else LAMBDA
    recipe = requirements.read_bytes() + target.encode() + Path(__file__).read_bytes()
    folder = BUILT / f"{name}-{hashlib.sha256(recipe).hexdigest()[:16]}"
    if not folder.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as unfinished:
            made = Path(unfinished) / name
            install(requirements, made / "python", local=local)
            try:
                made.rename(folder)
            except OSError:  # somebody else was building it, too, and has built the same
                if not folder.exists():
                    raise
    return folder


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
