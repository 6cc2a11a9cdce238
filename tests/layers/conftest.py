import pytest

from bench.runtime import Runtime


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return Runtime.make(tmp_path_factory.mktemp("runtime"))
