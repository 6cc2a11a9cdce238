"""All that the LinkedIn sandbox remembers."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import Grant

BITS_BELOW_TIME = 22  # of a post's number; above them are milliseconds since 1970
REFRESHABLE_FOR = timedelta(days=365)
SCOPES = (
    "openid profile email w_member_social w_organization_social r_organization_social"
    " rw_organization_admin"
)

type Kind = Literal["image", "video", "document"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; the defaults are LinkedIn's, where it states them."""

    versions: tuple[str, ...] = ("202607", "202606", "202605")  # that it still speaks
    scopes: str = SCOPES  # of a token, unless others are asked for
    app_scopes: str = f"{SCOPES} r_member_social"  # that the app was approved for
    access_seconds: int = 60 * 24 * 3600
    gives_refresh_tokens: bool = True  # to approved apps alone
    list_lag_seconds: float = 0  # how long lists go without what is newest
    duplicate_seconds: float = 600  # how long a copy is refused
    longest_text: int = 3000
    longest_comment: int = 1250
    most_images: int = 20
    image_pixels: int = 36_152_320  # this many are too many
    part_bytes: int = 4 * 1024 * 1024
    video_bytes: int = 500_000_000
    document_bytes: int = 100_000_000
    image_polls: int = 0  # how often it says PROCESSING first
    video_polls: int = 1
    document_polls: int = 0
    followers: int = 0  # of any page
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more
    refused: tuple[str, ...] = ()  # …and those that fail a whole question
    calls_per_day: int = 100_000  # by one member
    app_calls_per_day: int = 1_000_000


class Account(Frozen):
    id: str
    name: str  # as people and tests call it
    display_name: str
    is_page: bool
    roles: dict[str, str] = {}  # of a page: member id → role

    @property
    def urn(self) -> str:
        return f"urn:li:{'organization' if self.is_page else 'person'}:{self.id}"


class Token(Frozen):
    member_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    revoked: bool = False


class RefreshToken(Frozen):
    """Not rotated: it is used again and again, and its year is not begun anew."""

    member_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


class Asset(Frozen):
    id: str
    kind: Kind
    owner: str  # a URN
    signature: str  # of the addresses it is uploaded to
    size: int = 0  # of a video, as announced
    parts: dict[int, bytes] = {}  # of a video, by number
    data: bytes = b""
    mime_type: str = ""
    is_uploaded: bool = False
    is_bad: bool = False
    polls_left: int = 0

    @property
    def urn(self) -> str:
        return f"urn:li:{self.kind}:{self.id}"


class Post(Frozen):
    urn: str
    author: str
    commentary: str  # as it is given back
    text: str  # as readers see it
    visibility: str
    content: dict[str, Any] = {}
    no_reshares: bool = False
    created_at: datetime
    modified_at: datetime
    received_at: datetime
    by_hand: bool = False
    deleted: bool = False


class Comment(Frozen):
    id: str
    post: str  # a URN
    actor: str
    text: str
    above: str = ""  # the comment that it answers, by its URN
    liked_by: tuple[str, ...] = ()
    created_at: datetime
    received_at: datetime
    deleted: bool = False

    @property
    def urn(self) -> str:
        return f"urn:li:comment:({self.post},{self.id})"


class State(BaseModel):
    settings: Settings = Settings()
    last_id: int = 0
    last_number: int = 0
    accounts: dict[str, Account] = {}
    tokens: dict[str, Token] = {}
    refresh_tokens: dict[str, RefreshToken] = {}
    grants: dict[str, Grant] = {}
    assets: dict[str, Asset] = {}  # by URN
    posts: dict[str, Post] = {}  # by URN
    comments: dict[str, Comment] = {}  # by URN
    subscriptions: dict[str, str] = {}  # a page → the address that is told of it

    def next_number(self) -> str:
        """The same ones after each reset."""
        self.last_number += 1
        return str(self.last_number)

    def next_id(self, now: datetime) -> str:
        """Of a post or a comment: it holds the time."""
        milliseconds = int(now.timestamp() * 1000)
        self.last_id = max(self.last_id + 1, milliseconds << BITS_BELOW_TIME)
        return str(self.last_id)

    def named(self, name: str) -> Account | None:
        return next((each for each in self.accounts.values() if each.name == name), None)

    def by_urn(self, urn: str) -> Account | None:
        return next((each for each in self.accounts.values() if each.urn == urn), None)


def milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
