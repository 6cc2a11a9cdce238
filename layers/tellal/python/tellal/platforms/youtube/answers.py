"""What YouTube and Google's token desk answer, as far as we read it. Names are Google's own.

Numbers come as text: Google spells 64-bit integers so in JSON.
"""

# ruff: noqa: N815 – so that a model can be compared with Google's description of it

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr


class Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes read a few of these


class Granted(Answer):
    """What the token desk gives. A refresh token comes with a consent, never with a refresh."""

    access_token: SecretStr
    expires_in: int = 3600  # seconds
    refresh_token: SecretStr | None = None
    scope: str = ""  # separated by spaces


class VideoSnippet(Answer):
    title: str = ""
    tags: list[str] = []  # its owner alone sees them


class VideoStatus(Answer):
    privacyStatus: str = ""
    uploadStatus: str = ""
    failureReason: str = ""
    rejectionReason: str = ""


class ProcessingDetails(Answer):
    processingStatus: str = ""
    processingFailureReason: str = ""


class Video(Answer):
    id: str
    snippet: VideoSnippet = VideoSnippet()
    status: VideoStatus = VideoStatus()
    processingDetails: ProcessingDetails = ProcessingDetails()
    statistics: dict[str, Any] = {}


class Videos(Answer):
    items: list[Video] = []


class RelatedPlaylists(Answer):
    uploads: str = ""


class ChannelDetails(Answer):
    relatedPlaylists: RelatedPlaylists = RelatedPlaylists()


class ChannelSnippet(Answer):
    title: str = ""
    customUrl: str | None = None  # @handle


class ChannelStatus(Answer):
    longUploadsStatus: str = ""
    selfDeclaredMadeForKids: bool | None = None  # what its owner set for all its videos


class Presence(Answer):
    id: str
    snippet: ChannelSnippet = ChannelSnippet()
    contentDetails: ChannelDetails = ChannelDetails()
    status: ChannelStatus = ChannelStatus()
    statistics: dict[str, Any] = {}


class Presences(Answer):
    items: list[Presence] = []


class UploadedItem(Answer):
    videoId: str


class PlaylistItem(Answer):
    contentDetails: UploadedItem


class PlaylistItems(Answer):
    items: list[PlaylistItem] = []


class AuthorId(Answer):
    value: str = ""


class CommentSnippet(Answer):
    textOriginal: str | None = None  # its author alone sees it
    textDisplay: str = ""
    authorChannelId: AuthorId = AuthorId()
    authorDisplayName: str = ""  # @handle
    authorChannelUrl: str | None = None
    authorProfileImageUrl: str | None = None
    publishedAt: datetime
    updatedAt: datetime | None = None


class Comment(Answer):
    id: str
    snippet: CommentSnippet


class Comments(Answer):
    """Of a list of its own, `items`; a thread shows some as `comments`."""

    items: Annotated[list[Comment], Field(validation_alias=AliasChoices("items", "comments"))] = []
    nextPageToken: str | None = None


class ThreadSnippet(Answer):
    videoId: str = ""
    topLevelComment: Comment
    totalReplyCount: int = 0


class CommentThread(Answer):
    id: str = ""
    snippet: ThreadSnippet
    replies: Comments = Comments()


class CommentThreads(Answer):
    items: list[CommentThread] = []
    nextPageToken: str | None = None


class MadeId(Answer):
    id: str


class MadeSnippet(Answer):
    topLevelComment: MadeId


class MadeThread(Answer):
    """A thread as it was just made: nothing of it is needed but the id."""

    snippet: MadeSnippet


class Column(Answer):
    name: str


class Report(Answer):
    """Of YouTube Analytics: a table, without rows where nothing is known."""

    columnHeaders: list[Column] = []
    rows: list[list[Any]] = []
