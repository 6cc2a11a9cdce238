"""Every sample event is a case that some test hands to its function."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = sorted(f"{path.parent.name}/{path.stem}" for path in (ROOT / "events").glob("*/*.json"))
TESTS = "\n".join(
    path.read_text()
    for folder in ("integration", "permissions")
    for path in (ROOT / "tests" / folder).glob("*.py")
)


@pytest.mark.parametrize("case", CASES)
def test_a_sample_event_is_handed_to_its_function_by_a_test(case: str) -> None:
    assert case.partition("/")[2] in TESTS
