"""All that the Facebook sandbox remembers: people, their pages, and what the pages show."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import CLIENT_SECRET, Grant

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "pages_messaging",
    "read_insights",
    "business_management",
)

type FilmKind = Literal["video", "reel", "story"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; what Facebook does not state is as others have met it."""

    list_lag_seconds: float = 0  # how long a page's list goes without its newest posts
    refuses_copies: bool = False  # the same words as in the page's post before
    needs_proof: bool = False  # the app's switch «Require App Secret»
    calls_an_hour: int = 4_800  # in one page's name
    reels_a_day: int = 30
    chunk_bytes: int = 4 * 1_048_576  # asked for at once, of a video of the feed
    cuts_streams_at: int = 0  # the first stream of each film breaks off after so many bytes
    video_polls: int = 0  # how often a finished film is still being worked on when asked
    video_fails: bool = False  # …and then given up
    short_token_seconds: int = 3_600
    long_token_seconds: int = 60 * 86_400
    photo_bytes: int = 4 * 1_048_576
    text_length: int = 63_206
    followers: int = 0  # of any page
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more
    refused: tuple[str, ...] = ()  # …and those that fail a whole question
    tells_people: bool = False  # who they are, below the page's posts: to apps it was allowed to
    callback: str = ""  # where the app's webhook is; nothing is told without
    tells_subscribed_only: bool = False  # of other pages nothing; else of all
    webhook_secret: str = CLIENT_SECRET


class Person(Frozen):
    id: str
    name: str


class Page(Frozen):
    id: str
    name: str
    owner_ids: list[str]
    tasks: list[str] = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]


class Token(Frozen):
    value: str
    person_id: str
    page_id: str | None  # None: a person's own
    scopes: list[str]
    expires_at: datetime | None  # None: a page's, made of a long-lived one


class Photo(Frozen):
    id: str
    page_id: str
    data: bytes
    mime_type: str
    alt: str
    post_id: str | None = None  # where it is shown


class Film(Frozen):
    id: str
    page_id: str
    kind: FilmKind
    session_id: str = ""  # of a video of the feed
    size: int = 0
    data: bytes = b""
    was_cut: bool = False
    text: str = ""
    title: str = ""
    received_at: datetime | None = None  # when it was finished
    polls_left: int = 0
    failed: bool = False
    post_id: str | None = None  # where it is shown

    @property
    def is_whole(self) -> bool:
        return self.size > 0 and len(self.data) == self.size


class Post(Frozen):
    id: str
    page_id: str
    author: str
    author_id: str  # a page's, or a person's
    text: str
    link: str = ""
    photo_ids: list[str] = []
    film_id: str = ""
    is_story: bool = False
    in_reply_to: str | None = None  # of a comment
    is_private: bool = False  # a message to a person
    liked: bool = False  # by the page
    hidden: bool = False
    created_at: datetime
    received_at: datetime
    deleted: bool = False
    by_hand: bool = False


class Letter(Frozen):
    """A message, of a person's to a page or of a page's to a person."""

    id: str
    page_id: str
    person_id: str
    name: str
    text: str
    by_page: bool = False
    edited: bool = False
    created_at: datetime


class State(BaseModel):
    settings: Settings = Settings()
    last_id: int = 0
    people: dict[str, Person] = {}
    pages: dict[str, Page] = {}
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    photos: dict[str, Photo] = {}
    films: dict[str, Film] = {}
    posts: dict[str, Post] = {}  # comments too; oldest first; deleted ones stay, marked

    letters: dict[str, Letter] = {}  # oldest first
    mentions: dict[str, str] = {}  # a person's post → the page that it names
    subscriptions: dict[str, list[str]] = {}  # page → the fields that the app is told of
    # By page and person: when they wrote to it last, and what.
    wrote_at: dict[str, datetime] = {}
    last_letters: dict[str, str] = {}

    def new_id(self, now: datetime) -> str:
        """Grows with time, so that after a reset no id comes back."""
        self.last_id = max(self.last_id + 1, int(now.timestamp() * 1_000_000))
        return str(self.last_id)

    def find_post(self, post_id: str) -> Post | None:
        post = self.posts.get(post_id)
        return None if post is None or post.deleted else post

    def comments_of(self, post_id: str) -> list[Post]:
        """Oldest first."""
        return [
            post
            for post in self.posts.values()
            if post.in_reply_to == post_id and not (post.deleted or post.is_private)
        ]

    def below(self, post_id: str) -> list[Post]:
        """Comments, and comments on them; oldest first."""
        return [
            post
            for post in self.posts.values()
            if post.in_reply_to and not (post.deleted or post.is_private)
            if self.root_of(post).id == post_id
        ]

    def root_of(self, post: Post) -> Post:
        while post.in_reply_to is not None:
            post = self.posts[post.in_reply_to]
        return post

    def posts_of(self, page_id: str) -> list[Post]:
        """In the feed, oldest first."""
        return [
            post
            for post in self.posts.values()
            if post.page_id == page_id and not (post.deleted or post.is_story or post.in_reply_to)
        ]
