"""All that the X sandbox remembers, and the few questions every part asks of it."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import Grant

FIRST_MOMENT = 1_288_834_974_657  # milliseconds; ids are counted from here

type Stage = Literal["sending", "working", "ready", "failed"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners, as X has them for an app that pays by use."""

    access_seconds: float = 7200  # how long an access token is good
    list_lag_seconds: float = 0  # how long a timeline goes without its newest posts
    polls: int = 1  # how often the status of a video or a GIF says that it is worked on
    fails_processing: bool = False
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more
    segment_bytes: int = 5_000_000  # the largest that is taken
    image_bytes: int = 5_000_000
    upload_seconds: float = 86_400  # how long an upload may be used
    repeats_refused_seconds: float = 86_400  # the same words, within so long
    summon_rule: bool = True  # answers only to who mentioned or quoted the account
    summons_threads: bool = False  # …and one's own posts summon nobody
    posts_per_15_minutes: int = 100  # of an account
    posts_per_day: int = 10_000  # of the app
    requests_per_15_minutes: int = 900  # of an account, any other
    webhooks: tuple[str, ...] = ("42",)  # that the app has registered, by their ids
    credits: float | None = None  # US dollars left; None: enough


class Account(Frozen):
    id: str
    username: str
    name: str
    subscription: str = "None"  # Basic, Premium, PremiumPlus


class Token(Frozen):
    account_id: str
    family: str  # of the consent it came from
    scopes: tuple[str, ...]
    expires_at: datetime


class Renewal(Frozen):
    """A refresh token: good for one use."""

    account_id: str
    family: str
    scopes: tuple[str, ...]
    spent: bool = False


class Media(Frozen):
    id: str
    account_id: str
    category: str
    mime_type: str
    total_bytes: int
    segments: dict[int, bytes] = {}
    stage: Stage = "sending"
    polls_left: int = 0
    alt_text: str = ""
    expires_at: datetime
    post_id: str | None = None

    @property
    def data(self) -> bytes:
        return b"".join(self.segments[number] for number in sorted(self.segments))


class Link(Frozen):
    written: str  # as it stands in the text
    short: str  # https://t.co/…
    media_id: str | None = None  # of a file: it stands in no text


class Post(Frozen):
    id: str
    account_id: str
    text: str  # as it was sent
    links: tuple[Link, ...] = ()
    media_ids: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()  # accounts
    answers: str | None = None
    quotes: str | None = None
    conversation_id: str
    is_private: bool = False  # a direct message
    hidden: bool = False
    choices: dict[str, str | bool] = {}
    poll: tuple[str, ...] = ()
    created_at: datetime
    received_at: datetime
    deleted: bool = False
    by_hand: bool = False


class Subscription(Frozen):
    id: str
    event_type: str
    user_id: str
    tag: str
    webhook_id: str
    created_at: datetime


class State(BaseModel):
    settings: Settings = Settings()
    last_id: int = 0
    accounts: dict[str, Account] = {}
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    renewals: dict[str, Renewal] = {}
    renewals_seen: list[str] = []  # every refresh token that came, hashed, in that order
    dead_families: list[str] = []  # whose refresh token came twice
    media: dict[str, Media] = {}
    posts: dict[str, Post] = {}
    likes: dict[str, list[str]] = {}  # post: accounts
    reposts: dict[str, list[str]] = {}
    follows: list[tuple[str, str]] = []  # who, whom
    subscriptions: list[Subscription] = []

    def new_id(self, now: datetime) -> str:
        """Milliseconds and a sequence in one growing number, as the platform's own ids."""
        since = int(now.timestamp() * 1000) - FIRST_MOMENT
        self.last_id = max(self.last_id + 1, since << 22)
        return str(self.last_id)

    def find_account(self, name: str) -> Account | None:
        wanted = name.removeprefix("@").lower()
        return next((a for a in self.accounts.values() if a.username.lower() == wanted), None)

    def find_post(self, post_id: str) -> Post | None:
        post = self.posts.get(post_id)
        return None if post is None or post.deleted or post.is_private else post

    def standing_posts(self) -> list[Post]:
        posts = self.posts.values()
        return [post for post in posts if not (post.deleted or post.is_private)]

    def usable(self, media_id: str, account: Account, now: datetime) -> Media | None:
        """What an account uploaded, as long as it is kept."""
        media = self.media.get(media_id)
        mine = media is not None and media.account_id == account.id
        return media if media and mine and now < media.expires_at else None

    def uploads_end(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.settings.upload_seconds)
