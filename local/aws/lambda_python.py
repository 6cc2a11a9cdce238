"""The Python that runs Lambdas on this machine: the standard library and boto3, as on AWS.

Everything else has to come from a function's layers, so a package missing there is missed here
too. It is a virtual environment of links, made in milliseconds: boto3 and what it needs, taken
from the environment this runs in.
"""

import importlib
import sysconfig
import venv
from pathlib import Path

# boto3 and its requirements, which are what the Lambda runtime for Python brings.
PACKAGES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


def make_lambda_python(folder: Path) -> Path:
    """The interpreter of a new environment in `folder`, which must not exist yet."""
    venv.create(folder, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for name in PACKAGES:
        origin = Path(str(importlib.import_module(name).__file__))
        source = origin.parent if origin.name == "__init__.py" else origin
        (packages / source.name).symlink_to(source)
    return folder / "bin" / "python"
