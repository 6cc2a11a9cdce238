"""Workspaces, channels and apps: where things are published, and in whose name. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from tellal.clock import Moment
from tellal.links import Utm
from tellal.posts import Frozen


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Hours(Frozen):
    """What clocks show in the workspace's zone."""

    opens: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]  # 09:00
    closes: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]  # 24:00: midnight


Target = Annotated[int, Field(ge=1, le=30 * 24 * 60)]


class ServiceLevels(Frozen):
    """How soon people are answered, in minutes of business time."""

    hours: Mapping[Weekday, Annotated[tuple[Hours, ...], Field(max_length=5)]] = {}
    holidays: Annotated[tuple[date, ...], Field(max_length=100)] = ()
    first_answer_minutes: Target | None = None
    next_answer_minutes: Target | None = None


class ConversionSite(Frozen):
    """Where the snippet may tell of conversions: anybody can read its key in a page."""

    tail: str  # of the key, drawn: a new one makes the old key worth nothing
    origins: tuple[str, ...]  # https://shop.example
    stages: tuple[str, ...]


class Language(StrEnum):
    """Which reports are written in."""

    ENGLISH = "en"
    TURKISH = "tr"


Address = Annotated[str, Field(min_length=3, max_length=254)]
MOST_RECIPIENTS = 20


class Workspace(Frozen):
    """One brand or client: its time zone, and everything below it."""

    workspace_id: str
    name: str
    zone: str  # IANA
    paused_at: Moment | None = None  # a crisis pause: nothing is published while it is set
    # US dollars a month at most, by platform, where posts cost money; else the platform's default
    spend_caps: Mapping[str, float] = {}
    service_levels: ServiceLevels | None = None
    utm: Utm | None = None  # what is added to the links in posts
    short_links: bool = False  # whether those are counted, by short links of ours
    conversion_window_days: int | None = None  # between the last touch and what it brought
    sealed_conversion_secrets: tuple[str, ...] = ()  # newest first, two at most
    conversion_site: ConversionSite | None = None
    language: Language = Language.ENGLISH
    report_recipients: tuple[Address, ...] = ()  # who gets the reports of weeks and months by mail
    created_at: Moment
    version: int = 0


class ChannelState(StrEnum):
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DISCONNECTED = "disconnected"


class Channel(Frozen):
    """One connected presence on a platform; its credentials are a row elsewhere."""

    channel_id: str
    workspace_id: str
    platform: str
    remote_id: str  # the platform's id of the page or account
    name: str
    handle: str  # as people write it, without @
    url: str | None = None
    server: Mapping[str, Any] = {}  # what its server said of itself: address, limits, software
    app_id: str | None = None  # whom its owner let in; None: its credentials were typed in
    state: ChannelState = ChannelState.CONNECTED
    trouble: str | None = None  # a sentence, where the state needs one
    resume_at: Moment | None = None  # throttled: leave the whole channel alone until then
    polled: bool | None = None  # read without being told to; None: unless that costs money
    inbox_cursor: str | None = None
    last_heard_at: Moment | None = None  # when its inbox was last read or pushed to us
    inbox_read_at: Moment | None = None  # where a platform is asked only so often
    inbox_behind: bool = False  # there, more was to be read when it was
    metrics: Mapping[str, int] = {}  # the newest value of each; what was not told is not here
    measured_at: Moment | None = None  # when its own numbers were last read
    measure_after: Moment | None = None  # its numbers were asked for too often: not before then
    days_read: date | None = None  # what its platform counts by day is settled before this one
    audience_read_at: Moment | None = None
    # When its platform is asked (again) to tell us of it by webhook; None: it need not be
    subscribe_at: Moment | None = None
    untold: str | None = None  # a sentence: why webhooks do not tell all of it
    connected_at: Moment | None = None  # last; None: when it was created
    created_at: Moment
    version: int = 0


class App(Frozen):
    """A deployment's registration with a platform, or with one of its servers.

    Two webhook secrets may be valid at a time.
    """

    app_id: str
    platform: str
    server: str | None = None  # https://host, where a platform is many servers
    client_id: str | None = None
    sealed_client_secret: str | None = None
    sealed_webhook_secrets: tuple[str, ...] = ()  # newest first, two at most
    sealed_verify_token: str | None = None
    created_at: Moment
    version: int = 0
