"""The list of platforms: each name has its class, and none is imported for another."""

import subprocess
import sys

import pytest

from tellal.platforms import PLATFORMS

IMPORTED = """
import sys
from tellal.platforms import PLATFORMS
names = list(PLATFORMS), "mastodon" in PLATFORMS
PLATFORMS["mastodon"]
print(sorted(name for name in names[0] if f"tellal.platforms.{name}" in sys.modules))
"""


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_name_leads_to_its_platform(name: str) -> None:
    assert PLATFORMS[name].name == name


@pytest.mark.parametrize("name", ["friendster", "protocol", "calls", ""])
def test_what_is_no_platform_is_not_there(name: str) -> None:
    assert name not in PLATFORMS
    assert PLATFORMS.get(name) is None


def test_whoever_asks_for_one_imports_no_other() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "['mastodon']"
