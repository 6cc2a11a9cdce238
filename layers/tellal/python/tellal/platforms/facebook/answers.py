"""What Facebook answers, as far as we read it. Names are the platform's own.

Lenient: fields are told only where there is something to tell, and numbers may be spelled.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Answer(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,
        defer_build=True,  # most processes read a few of these
    )


class Cursors(Answer):
    after: str | None = None


class Paging(Answer):
    cursors: Cursors = Cursors()
    next: str | None = None  # where there is more; holds the token, so it is never followed


class Page(Answer):
    id: str
    name: str
    link: str | None = None
    username: str | None = None  # not every page has one


class OwnPage(Page):
    access_token: SecretStr
    tasks: list[str] = []


class OwnPages(Answer):
    data: list[OwnPage]
    paging: Paging = Paging()


class Permission(Answer):
    permission: str
    status: str  # "granted", "declined", "expired"


class Permissions(Answer):
    data: list[Permission]


class Granted(Answer):
    access_token: SecretStr


class Made(Answer):
    id: str


class StoryMade(Answer):
    post_id: str


class Done(Answer):
    success: Literal[True]  # a refusal is an error, never a «false»


class Finished(Done):
    post_id: str | None = None  # of a story


class ChunkWanted(Answer):
    """The bytes to be sent next; there are none where both are the same."""

    start_offset: int
    end_offset: int


class UploadBegun(ChunkWanted):
    video_id: str
    upload_session_id: str


class FilmBegun(Answer):
    """Of a reel or a story. Its address to upload to is told as well, and is made by us."""

    video_id: str


class Trouble(Answer):
    message: str = ""


class Phase(Answer):
    status: str = ""  # "not_started", "in_progress", "complete", "error"
    publish_status: str | None = None  # "draft", "scheduled", "published"
    # Both spellings are told.
    bytes_transferred: int | None = None
    bytes_transfered: int | None = None
    errors: list[Trouble] = []


class VideoStatus(Answer):
    """https://developers.facebook.com/docs/graph-api/reference/video-status"""

    video_status: str = ""  # "upload_complete", "processing", "ready", "error", "expired"
    uploading_phase: Phase = Phase()
    processing_phase: Phase = Phase()
    publishing_phase: Phase = Phase()


class Video(Answer):
    status: VideoStatus = VideoStatus()
    published: bool | None = None
    post_id: str | None = None
    permalink_url: str | None = None


class Permalink(Answer):
    permalink_url: str


class Attachment(Answer):
    media_type: str = ""  # "photo", "album", "video", "link"
    type: str = ""  # "video_inline", but "video_share_youtube" of a link to one
    subattachments: "Attachments | None" = None


class Attachments(Answer):
    data: list[Attachment] = []


class Post(Answer):
    id: str
    message: str = ""
    created_time: datetime
    permalink_url: str | None = None
    attachments: Attachments = Field(default_factory=Attachments)


class Posts(Answer):
    data: list[Post]
    paging: Paging = Paging()


class Author(Answer):
    id: str


class Comment(Answer):
    id: str
    message: str = ""
    created_time: datetime
    permalink_url: str | None = None
    # Of people it is told only with a permission of its own.
    author: Author | None = Field(default=None, validation_alias="from")


class Comments(Answer):
    data: list[Comment]
    paging: Paging = Paging()


class Reel(Answer):
    created_time: datetime


class Reels(Answer):
    data: list[Reel]
