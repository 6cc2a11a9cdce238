import logging

import httpx
import pytest

from tellal import wiring


def test_no_address_that_is_called_is_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Lambda's log takes what libraries say, and presigned addresses let in whoever reads them."""
    caplog.set_level(logging.INFO)
    with wiring.rewired(transport=httpx.MockTransport(lambda _: httpx.Response(200))):
        wiring.http().get("https://media.example/film?signature=s3cret")
    assert "s3cret" not in caplog.text
