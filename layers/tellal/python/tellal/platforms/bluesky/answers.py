"""What Bluesky's servers answer, as far as we read it. Names are the platform's own."""

# ruff: noqa: N815 – so that a model can be compared with the lexicon it reads

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes read a few of these


class Session(Answer):
    accessJwt: str
    refreshJwt: str
    handle: str
    did: str
    didDoc: dict[str, Any] | None = None
    active: bool = True
    status: str | None = None


class Ref(Answer):
    uri: str
    cid: str


class Uploaded(Answer):
    blob: dict[str, Any]


class Applied(Answer):
    """Writes that were done together."""

    results: Annotated[list[Ref], Field(min_length=1)]  # in the order they were asked for


class ServiceAuth(Answer):
    token: SecretStr


class UploadLimits(Answer):
    canUpload: bool
    remainingDailyVideos: int | None = None
    remainingDailyBytes: int | None = None


class UploadStarted(Answer):
    jobId: str
    partSizeBytes: int
    partCount: int


class JobStatus(Answer):
    """A state we do not know is one of work."""

    jobId: str
    state: str = ""
    blob: dict[str, Any] | None = None
    failureCode: str | None = None


class UploadFinished(Answer):
    completedJobId: str  # another's where the same bytes were worked on before
    jobStatus: JobStatus


class UploadStatus(Answer):
    state: str
    receivedParts: list[int] = []
    completedJobId: str | None = None


class Resolved(Answer):
    did: str


class Profile(Answer):
    displayName: str | None = None


class PostView(Answer, extra="allow"):
    """Its counts are in the extras: they come and go with the server's version."""

    uri: str


class Posts(Answer):
    posts: list[PostView]


class Author(Answer):
    did: str
    handle: str
    displayName: str | None = None
    avatar: str | None = None


class Reply(Answer):
    root: Ref
    parent: Ref


class Record(Answer):
    text: str = ""
    reply: Reply | None = None


class Notification(Answer):
    uri: str
    cid: str
    author: Author
    reason: str
    reasonSubject: str | None = None
    record: Record
    indexedAt: datetime


class Notifications(Answer):
    notifications: list[Notification]
    cursor: str | None = None
