"""Make this checkout ready to work in. Runs before anything is installed: standard library only.

It makes three things, each once, and says how long each took:

- `.tellal/uv`        uv, in a folder of its own, unless one is on PATH
- `.venv`             Python 3.13 with everything hashed in requirements/dev.txt
- `.tellal/local-aws` Python 3.13 with the local AWS, which pins its own botocore

A folder is finished when it holds a stamp of what it was made from, so an interrupted run
is noticed and made again. Nothing here reads the network once the stamps agree.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = ROOT / ".tellal"
PYTHON = (ROOT / ".python-version").read_text().strip()
# uv ships its own certificates; those of the system also know a company's proxy.
ENVIRONMENT = {**os.environ, "UV_SYSTEM_CERTS": "1"}
LOG = PRIVATE / "install.log"


class CannotInstall(Exception):
    """What is missing, in one sentence, and what to do about it."""


def main() -> int:
    PRIVATE.mkdir(exist_ok=True)
    environments = [
        (ROOT / ".venv", ROOT / "requirements" / "dev.txt", "the tools and libraries"),
        (PRIVATE / "local-aws", ROOT / "requirements" / "local-aws.txt", "the local AWS"),
    ]
    try:
        for folder, requirements, what in environments:
            if stamp(folder) != wanted(requirements):
                make(folder, requirements, what)
    except CannotInstall as error:
        sys.stderr.write(f"make: {error}\n")
        return 1
    return 0


def make(folder: Path, requirements: Path, what: str) -> None:
    uv = find_uv()
    with Step(f"Python {PYTHON} for {what}"):
        uv_runs(
            [uv, "venv", "--quiet", "--clear", "--python", find_python(), str(folder)],
            f"there is no Python {PYTHON} here and uv could not fetch one; install it "
            f"(pyenv install {PYTHON}, or your system's package) and run again",
        )
    with Step(f"{what}, from {requirements.relative_to(ROOT)}"):
        hashed = ["--require-hashes", "--requirement", str(requirements)]
        uv_runs(
            [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *hashed],
            f"{what} could not be installed: is the network up, and is a package index reachable?",
        )
    (folder / "stamp").write_text(wanted(requirements))


def find_uv() -> str:
    found = shutil.which("uv")
    if found:
        return found
    private = PRIVATE / "uv"
    for place in (private / "bin" / "uv", private / "packages" / "bin" / "uv"):
        if place.exists() and runs([str(place), "--version"]):
            return str(place)
    shutil.rmtree(str(private), ignore_errors=True)
    with Step("uv, into .tellal/uv"):
        if runs([sys.executable, "-m", "venv", str(private)]) and runs(
            [str(private / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"]
        ):
            return str(private / "bin" / "uv")
        packages = str(private / "packages")  # a Debian without python3-venv may still have pip
        if runs([sys.executable, "-m", "pip", "install", "--quiet", "--target", packages, "uv"]):
            return str(private / "packages" / "bin" / "uv")
    raise CannotInstall(
        "uv could not be installed: this needs a network that reaches a package index, and "
        f"python3 with venv or pip (what went wrong is in {LOG.relative_to(ROOT)})"
    )


def find_python() -> str:
    """A Python we can use: the interpreter's path, or the version for uv to look for or fetch."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in sorted(pyenv.glob(f"versions/{PYTHON}*/bin/python"), reverse=True):
        if runs([str(candidate), "-c", "import ssl, sqlite3, venv"]):
            return str(candidate)
    return PYTHON


def uv_runs(command: "list[str]", sentence: str) -> None:
    if not runs(command):
        raise CannotInstall(f"{sentence} (details in {LOG.relative_to(ROOT)})")


def runs(command: "list[str]") -> bool:
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        try:
            done = subprocess.run(command, env=ENVIRONMENT, stdout=log, stderr=log, check=False)
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False
        return done.returncode == 0


def wanted(requirements: Path) -> str:
    recipe = requirements.read_bytes() + PYTHON.encode() + str(ROOT).encode()
    return hashlib.sha256(recipe).hexdigest()


def stamp(folder: Path) -> str:
    try:
        return (folder / "stamp").read_text() if (folder / "bin" / "python").exists() else ""
    except OSError:
        return ""


class Step:
    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.began = time.monotonic()
        sys.stdout.write(f"  installing {self.what} … ")
        sys.stdout.flush()

    def __exit__(self, *error: object) -> None:
        ending = "failed" if error[0] else "%.1f s" % (time.monotonic() - self.began)
        sys.stdout.write(ending + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
