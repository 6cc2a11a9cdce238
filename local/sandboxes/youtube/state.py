"""All that the YouTube sandbox remembers, and the few questions every part asks of it."""

import secrets
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from local.sandboxes.consent import Grant

# Where the day of a quota begins and ends.
CALIFORNIA = ZoneInfo("America/Los_Angeles")

type Privacy = Literal["public", "unlisted", "private"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners. The defaults are those of a project that asked for nothing."""

    access_seconds: int = 3600
    refresh_seconds: int | None = None  # a week, while the app's consent screen is in testing
    session_seconds: int = 604_800
    forgets_first_session: bool = False  # the first upload of all is not known any more
    processing_polls: int = 1  # how often a video is «uploaded» before it is «processed»
    failure_reason: str = ""  # why no video can be processed, if so
    rejection_reason: str = ""
    keeps_private: bool = False  # takes an update and leaves the video private
    takes_thumbnails: bool = True  # channels are verified
    takes_comments: bool = True
    list_lag_seconds: float = 0  # how long a list goes without the newest comments
    uploads_a_day: int = 100  # of the project, whatever the channel
    units_a_day: int = 10_000  # of the project, for all else
    channel_uploads_a_day: int = 50
    subscribers: int = 0  # of any channel
    untold: tuple[str, ...] = ()  # names of numbers that are not told any more
    refused: tuple[str, ...] = ()  # …and those that fail a whole report


class Channel(Frozen):
    id: str
    handle: str  # without @
    title: str
    uploads: str  # the playlist of all it uploaded
    long_uploads: str = "allowed"
    made_for_kids: bool | None = None  # as its owner set it for all its videos
    created_at: datetime


class Token(Frozen):
    channel_id: str
    scopes: tuple[str, ...]
    expires_at: datetime | None  # None: never
    is_refresh: bool = False
    of_refresh: str = ""  # the refresh token it came with


class Session(Frozen):
    """An upload, until the last of its bytes is here; then it tells which video it made."""

    channel_id: str
    snippet: dict[str, object]
    status: dict[str, object]
    size: int
    mime_type: str
    received: bytes = b""
    video_id: str | None = None
    begun_at: datetime
    forgotten: bool = False


class Video(Frozen):
    id: str
    channel_id: str
    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    category_id: str
    privacy: Privacy
    made_for_kids: bool | None = None
    embeddable: bool = True
    license: str = "youtube"
    synthetic: bool = False
    mime_type: str
    data: bytes
    thumbnail: bytes | None = None
    polls_left: int = 0
    failure: str = ""
    rejection: str = ""
    uploaded_at: datetime
    shown_at: datetime | None = None  # when others could see it first
    received_at: datetime | None = None  # when the request that showed it came
    deleted: bool = False

    @property
    def upload_status(self) -> str:
        if self.rejection:
            return "rejected"
        if self.failure:
            return "failed"
        return "uploaded" if self.polls_left else "processed"


class Comment(Frozen):
    id: str
    author_id: str
    video_id: str
    parent_id: str | None = None  # of an answer: the comment that it stands below
    text: str
    held: bool = False  # for review: others do not see it
    created_at: datetime
    received_at: datetime
    deleted: bool = False


class State(BaseModel):
    settings: Settings = Settings()
    channels: dict[str, Channel] = {}
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    sessions: dict[str, Session] = {}
    videos: dict[str, Video] = {}
    comments: dict[str, Comment] = {}
    likes: dict[str, list[str]] = {}  # video: channels
    spent: dict[str, int] = {}  # "what day": how much

    def channel_of(self, handle: str) -> Channel | None:
        wanted = handle.removeprefix("@").lower()
        return next((each for each in self.channels.values() if each.handle == wanted), None)

    def find_video(self, video_id: str, *, viewer_id: str | None) -> Video | None:
        """None where there is none, or none that this viewer may see."""
        video = self.videos.get(video_id)
        if video is None or video.deleted:
            return None
        is_hidden = video.privacy == "private" and video.channel_id != viewer_id
        return None if is_hidden else video

    def standing_comments(self) -> list[Comment]:
        return [
            each
            for each in self.comments.values()
            if not each.deleted and not self.videos[each.video_id].deleted
        ]

    def spend(self, what: str, amount: int, *, most: int, now: datetime) -> bool:
        """Whether it was still there to be spent, of what there is in a day."""
        key = f"{what} {now.astimezone(CALIFORNIA).date()}"
        spent = self.spent.get(key, 0)
        if spent + amount > most:
            return False
        self.spent[key] = spent + amount
        return True


def new_video_id() -> str:
    return secrets.token_urlsafe(9)[:11]


def lives(seconds: int | None, *, now: datetime) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
