"""All that such a sandbox remembers."""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import CLIENT_SECRET, Grant

DAY = timedelta(hours=24)
# Ids are numbers, and their beginnings tell what they are of.
ACCOUNT, CONTAINER, POST, COMMENT, FILE = "17841", "17889", "17900", "17850", "17700"


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; the defaults are Meta's."""

    short_seconds: int = 3600
    long_seconds: int = 60 * 86_400
    refresh_after_seconds: int = 86_400
    image_polls: int = 0  # how often a container says that it is worked on
    video_polls: int = 1
    list_lag_seconds: float = 0  # how long lists go without their newest
    container_seconds: int = 86_400
    containers_per_day: int = 400
    posts_per_day: int = 100
    replies_per_day: int = 1000
    deletes_per_day: int = 100
    followers: int = 0  # of any account
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more
    refused: tuple[str, ...] = ()  # …and those that fail a whole question
    callback: str = ""  # where the app's webhook is; nothing is told without
    tells_subscribed_only: bool = False  # of other accounts nothing; else of all
    webhook_secret: str = CLIENT_SECRET


class Account(Frozen):
    id: str
    username: str
    name: str
    account_type: str = "BUSINESS"


class Token(Frozen):
    value: str
    account_id: str
    scopes: tuple[str, ...]
    is_long: bool
    created_at: datetime
    expires_at: datetime


class File(Frozen):
    id: str
    mime_type: str
    data: bytes
    alt: str = ""


class Container(Frozen):
    id: str
    account_id: str
    form: dict[str, str]
    files: tuple[File, ...] = ()
    polls_left: int = 0
    trouble: str = ""  # what it says once it was worked on
    created_at: datetime
    post_id: str | None = None  # what it became


class Post(Frozen):
    """Whatever people see: a post, a story, a comment, a reply."""

    id: str
    account_id: str
    text: str
    kind: str  # as the platform names it
    files: tuple[File, ...] = ()
    in_reply_to: str | None = None
    created_at: datetime
    received_at: datetime
    deleted: bool = False
    hidden: bool = False


class Letter(Frozen):
    """A message of a person's to an account."""

    id: str
    account_id: str
    person_id: str
    text: str
    created_at: datetime


class State(BaseModel):
    settings: Settings = Settings()
    accounts: dict[str, Account] = {}
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    containers: dict[str, Container] = {}
    posts: dict[str, Post] = {}  # oldest first; deleted ones stay, marked
    letters: dict[str, Letter] = {}  # oldest first
    mentions: dict[str, str] = {}  # a person's post → the account that it names
    subscriptions: dict[str, list[str]] = {}  # account → the fields that the app is told of
    deleted_at: list[tuple[str, datetime]] = []  # account, when

    # By account and person: when they wrote to it last, and what.
    wrote_at: dict[str, datetime] = {}
    last_letters: dict[str, str] = {}

    def new_id(self, beginning: str) -> str:
        """Nobody can tell from it when it was made, nor was it ever given before."""
        return f"{beginning}{secrets.randbelow(10**12):012}"

    def find_account(self, username: str) -> Account | None:
        return next((a for a in self.accounts.values() if a.username == username), None)

    def root_of(self, post: Post) -> Post:
        """What answers a message stands alone: messages are no posts."""
        while (above := self.posts.get(post.in_reply_to or "")) is not None:
            post = above
        return post

    def below(self, post_id: str, *, now: datetime) -> list[Post]:
        """At any depth; the newest first, as far as lists show them by now."""
        return [
            post
            for post in self.newest(now)
            if post.in_reply_to is not None and self.root_of(post).id == post_id
        ]

    def newest(self, now: datetime) -> list[Post]:
        shown = now - timedelta(seconds=self.settings.list_lag_seconds)
        return [
            post
            for post in reversed(self.posts.values())
            if not post.deleted and post.created_at <= shown
        ]

    def posts_of(self, account: Account, *, now: datetime) -> list[Post]:
        """The newest first, as far as lists show them by now."""
        return [post for post in self.newest(now) if post.account_id == account.id]
