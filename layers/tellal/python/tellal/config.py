"""The environment, typed.

Every function gets the same environment; IAM decides what each may touch.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Json

from tellal.deliveries import Timing
from tellal.environment import variables


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    stage: str
    tables: Json[Mapping[str, str]]  # the schema's names → the names in AWS
    publish_queue_url: str
    prepare_queue_url: str
    inbox_queue_url: str
    dead_letter_queue_urls: Json[tuple[str, ...]]
    media_bucket: str
    archive_bucket: str  # raw webhooks
    reports_bucket: str  # observations and reports
    key_id: str  # the KMS key
    function_names: Json[tuple[str, ...]]  # as AWS names them, for the hourly accounting
    event_bus: str
    api_url: str  # as people and platforms call it, without a slash at the end

    report_sender: str = ""  # in whose name reports are mailed; verified in SES; "": they are not

    # {"bluesky": {"service": "https://…"}}: any host of any platform, for sandboxes and proxies
    platform_hosts: Json[Mapping[str, Mapping[str, str]]] = {}
    # {"linkedin": {"version": "202607"}}: an API's version, a quota; a platform's facts name them
    platform_settings: Json[Mapping[str, Mapping[str, Any]]] = {}
    # The one switch of the SSRF guard: lets users' addresses be on loopback, over plain HTTP.
    allow_loopback: bool = False
    prepare_ahead: timedelta = timedelta(minutes=15)
    timing: Json[Timing] = Timing()

    def function_named(self, name: str) -> str:
        """As AWS knows it."""
        return next(each for each in self.function_names if each.endswith(f"-{name}"))


# What Python needs to begin where it does not lie where systems have it. No secrets are in these.
BARE = ("LD_LIBRARY_PATH", "PATH", "LANG", "TZ")


def bare_environment() -> Mapping[str, str]:
    """For a process of ours that is to know nothing."""
    given = variables()
    return {name: given[name] for name in BARE if name in given}


@cache
def settings() -> Settings:
    known = {name.upper(): name for name in Settings.model_fields}
    return Settings.model_validate(
        {known[name]: value for name, value in variables().items() if name in known}
    )
