"""The page about platforms tells what the adapters say, and nothing they do not."""

from local.generated import FILES, platforms_page
from tellal.platforms import PLATFORMS


def test_every_generated_file_is_as_the_code_would_make_it_now() -> None:
    assert [each.path for each in FILES if each.is_stale] == []


def test_the_page_has_every_platform_and_every_limit_with_its_source() -> None:
    page = platforms_page()
    for platform in PLATFORMS.values():
        assert f"\n## {platform.facts.title}\n" in page
        assert all(limit.source in page for limit in platform.facts.limits.values())
        assert all(note in page for note in platform.facts.notes)
