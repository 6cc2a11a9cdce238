"""All that the Mastodon sandbox remembers, and the few questions every part asks of it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

# The domain in account names, which real servers too have apart from their address.
DOMAIN = "mastodon.sandbox"

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic")
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime")
AUDIO_TYPES = ("audio/mpeg", "audio/mp3", "audio/ogg", "audio/wav", "audio/flac", "audio/aac")

type Visibility = Literal["public", "unlisted", "private", "direct"]
type NotificationType = Literal["mention", "favourite", "reblog", "follow"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners. The defaults are those of a Mastodon server as installed."""

    version: str = "4.5.2"
    api_version: int = 7
    keeps_idempotency_keys: bool = True  # some servers that speak this API do not
    list_lag_seconds: float = 0  # how long an account's list goes without its newest posts
    max_characters: int = 500
    characters_reserved_per_url: int = 23
    max_media_attachments: int = 4
    description_limit: int = 1500
    image_size_limit: int = 16_777_216
    image_matrix_limit: int = 33_177_600
    video_size_limit: int = 103_809_024
    video_matrix_limit: int = 8_294_400  # told, not checked: nothing here reads a film
    video_frame_rate_limit: int = 120
    supports_videos: bool = True
    max_poll_options: int = 4
    max_poll_option_characters: int = 50
    min_poll_seconds: int = 300
    max_poll_seconds: int = 2_629_746
    image_polls: int = 0  # how often GET /api/v1/media/:id says 206 first
    video_polls: int = 1
    requests_per_5_minutes: int = 300
    uploads_per_30_minutes: int = 30
    deletes_per_30_minutes: int = 30


class Account(Frozen):
    id: str
    username: str
    domain: str  # empty for an account of this server
    display_name: str
    created_at: datetime

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username


class App(Frozen):
    id: str
    name: str
    website: str
    client_id: str
    client_secret: str
    redirect_uris: list[str]
    scopes: list[str]


class Grant(Frozen):
    """A person's consent, to be exchanged once for a token."""

    code: str
    client_id: str
    account_id: str
    redirect_uri: str
    scopes: list[str]
    challenge: str  # PKCE S256, or empty
    expires_at: datetime


class Token(Frozen):
    value: str
    account_id: str | None  # None: the app's own (client_credentials)
    scopes: list[str]
    created_at: datetime


class Media(Frozen):
    id: str
    account_id: str
    kind: Literal["image", "gifv", "video", "audio"]
    mime_type: str
    data: bytes
    description: str
    focus: tuple[float, float]
    width: int
    height: int
    polls_left: int
    status_id: str | None = None


class Poll(Frozen):
    options: list[str]
    multiple: bool
    expires_at: datetime


class Status(Frozen):
    id: str
    account_id: str
    text: str
    spoiler_text: str = ""
    sensitive: bool = False
    visibility: Visibility = "public"
    language: str = "en"
    in_reply_to_id: str | None = None
    media_ids: list[str] = []
    poll: Poll | None = None
    mentioned_ids: list[str] = []
    reblog_of_id: str | None = None
    created_at: datetime
    received_at: datetime
    idempotency_key: str | None = None
    deleted: bool = False


class Notification(Frozen):
    id: str
    account_id: str  # whom it tells
    type: NotificationType
    from_id: str
    status_id: str | None
    created_at: datetime


class KeptKey(Frozen):
    status_id: str
    until: datetime


class State(BaseModel):
    settings: Settings = Settings()
    last_id: int = 0
    accounts: dict[str, Account] = {}
    apps: dict[str, App] = {}  # by client_id
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    media: dict[str, Media] = {}
    statuses: dict[str, Status] = {}
    notifications: list[Notification] = []
    favourites: dict[str, list[str]] = {}  # status: accounts
    follows: list[tuple[str, str]] = []  # who, whom
    kept_keys: dict[
        str, KeptKey
    ] = {}  # "account key": Idempotency-Key is the account's, not the token's

    def new_id(self, now: datetime) -> str:
        """Milliseconds and a sequence in one growing number, as the platform's own ids."""
        self.last_id = max(self.last_id + 1, int(now.timestamp() * 1000) << 16)
        return str(self.last_id)

    def find_account(self, acct: str) -> Account | None:
        """By `ayse`, `@ayse`, `ayse@this.server` or `ayse@elsewhere.example`."""
        username, _, domain = acct.removeprefix("@").lower().partition("@")
        domain = "" if domain == DOMAIN else domain
        for account in self.accounts.values():
            if (account.username.lower(), account.domain) == (username, domain):
                return account
        return None

    def find_status(self, status_id: str, *, viewer_id: str | None) -> Status | None:
        """None where there is none, or none that this viewer may see."""
        status = self.statuses.get(status_id)
        if status is None or status.deleted or not self._may_see(status, viewer_id):
            return None
        return status

    def standing_statuses(self) -> list[Status]:
        return [status for status in self.statuses.values() if not status.deleted]

    def _may_see(self, status: Status, viewer_id: str | None) -> bool:
        if status.visibility in ("public", "unlisted"):
            return True
        if viewer_id is None:
            return False
        if viewer_id == status.account_id or viewer_id in status.mentioned_ids:
            return True
        return status.visibility == "private" and (viewer_id, status.account_id) in self.follows
