"""All that the TikTok sandbox remembers: accounts, tokens, uploads and posts."""

import secrets
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import Grant

type Kind = Literal["video", "photo"]

LEVELS = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")
PUBLIC = LEVELS[0]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; the defaults are those of tiktokapis.com."""

    access_seconds: int = 86_400
    refresh_seconds: int = 31_536_000
    rotates_refresh_tokens: bool = True  # and a used one is no good any more
    upload_seconds: int = 3_600  # that an upload's address is good for
    inits_per_minute: int = 6
    creator_infos_per_minute: int = 20
    statuses_per_minute: int = 30
    posts_per_day: int = 15
    active_users: int = 1_000_000  # that may post through the app in a day
    audited: bool = True
    banned: bool = False
    followers: int = 0  # of any account
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more

    private_account: bool = False
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_video_seconds: int = 600

    status_polls: int = 1  # times that a post is still worked on when it is asked about
    processing_seconds: float = 30  # …or for so long, if nobody asks
    moderation_seconds: float = 0  # before the id of a public post is told
    tells_post_ids: bool = True
    fail_reason: str = ""  # what the next posts end in
    lists_photos: bool = True
    list_lag_seconds: float = 0
    verified_prefixes: tuple[str, ...] = ("http://127.0.0.1:", "http://localhost:")


class Account(Frozen):
    open_id: str
    username: str
    display_name: str


class Token(Frozen):
    """Of access, or to refresh it."""

    value: str
    open_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


class Photo(Frozen):
    mime_type: str
    data: bytes


class Publish(Frozen):
    """A post on its way, by its publish id; later the post itself."""

    id: str
    open_id: str
    kind: Kind
    text: str  # a video's title, a photo post's description
    title: str = ""
    privacy: str
    begun_at: datetime

    mime_type: str = "video/mp4"
    size: int = 0  # of a video
    chunk_size: int = 0
    chunk_count: int = 0
    upload_token: str = ""
    data: bytes = b""  # what was received of it
    urls: tuple[str, ...] = ()  # of photos
    photos: tuple[Photo, ...] = ()

    received_at: datetime | None = None  # when the request came that publishes it
    accepted_at: datetime | None = None
    polls_left: int = 0
    post_id: str = ""
    completed_at: datetime | None = None
    failed: str = ""  # a fail_reason
    likes: int = 0

    @property
    def downloaded(self) -> bool:
        return self.kind == "video" or len(self.photos) == len(self.urls)


class State(BaseModel):
    settings: Settings = Settings()
    accounts: dict[str, Account] = {}  # by open id
    access_tokens: dict[str, Token] = {}
    refresh_tokens: dict[str, Token] = {}
    renewals_seen: list[str] = []  # every refresh token that came, hashed, in that order
    grants: dict[str, Grant] = {}
    publishes: dict[str, Publish] = {}  # by publish id, in the order they were begun
    last_id: int = 0

    def new_number(self, now: datetime) -> str:
        """Sorts by time, and has more than 53 bits."""
        self.last_id = max(self.last_id + 1, int(now.timestamp() * 1_000) << 22)
        return str(self.last_id)

    def account_named(self, username: str) -> Account | None:
        return next((a for a in self.accounts.values() if a.username == username), None)

    def ensure_account(self, username: str, *, display_name: str = "") -> Account:
        if known := self.account_named(username):
            return known
        open_id = f"-000{secrets.token_hex(16)}"
        account = Account(open_id=open_id, username=username, display_name=display_name or username)
        self.accounts[open_id] = account
        return account

    def keep(self, publish: Publish) -> Publish:
        self.publishes[publish.id] = publish
        return publish
