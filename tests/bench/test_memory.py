"""That the peak which is told is the function's, and of all of it."""

import subprocess
import sys
from pathlib import Path

from bench.memory import MEBIBYTE, PEAK


def peak(code: str, folder: Path) -> float:
    """MiB, of a process that runs this."""
    told = folder / "peak"
    subprocess.run([sys.executable, "-c", f"import sys\n{code}\n{PEAK}", str(told)], check=True)
    return int(told.read_text()) / 1024


def test_what_the_measuring_process_holds_is_not_counted(tmp_path: Path) -> None:
    held = b"x" * (300 * MEBIBYTE)
    assert peak("", tmp_path) < len(held) / MEBIBYTE / 2


def test_what_a_process_held_for_a_moment_is_counted(tmp_path: Path) -> None:
    assert peak(f"b'x' * {100 * MEBIBYTE}", tmp_path) > 100
