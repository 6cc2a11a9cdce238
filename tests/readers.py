"""What the process in which files are read sees, told by that process itself."""

import json
from collections.abc import Mapping
from pathlib import Path

# Python runs a module of this name, wherever it finds it, before anything else.
SITE = """
import json, os, pathlib
here = pathlib.Path(__file__).parent
(here / "seen.json").write_text(json.dumps(dict(os.environ)))
"""


def overhear(folder: Path) -> None:
    """Lets every Python that finds modules in `folder` tell its environment there."""
    (folder / "sitecustomize.py").write_text(SITE)


def seen(folder: Path) -> Mapping[str, str]:
    """The environment of the last process."""
    told: dict[str, str] = json.loads((folder / "seen.json").read_text())
    told.pop("LC_CTYPE", None)  # Python itself sets it, for a locale that is not installed
    return told
