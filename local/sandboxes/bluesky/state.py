"""All that the Bluesky sandbox remembers: accounts, repositories, and who was told."""

import hashlib
import secrets
from base64 import b32encode
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

HANDLE_DOMAIN = "sandbox.test"
POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
FOLLOW = "app.bsky.graph.follow"
GATE = "app.bsky.feed.threadgate"
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"

type Reason = Literal["like", "repost", "follow", "mention", "reply", "quote"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; the defaults are those of bsky.social."""

    access_seconds: int = 120 * 60
    refresh_seconds: int = 90 * 86_400
    refresh_grace_seconds: int = 2 * 3_600
    sessions_per_5_minutes: int = 30
    upload_bytes: int = 50 * 1_048_576
    image_bytes: int = 2_000_000  # 1,000,000 on older servers
    video_bytes: int = 300_000_000
    video_milliseconds: int = 180_000
    video_part_bytes: int = 8 * 1_048_576
    video_polls: int = 1  # how often a job is asked about before it is done
    video_fails: str = ""  # a failure code with which every job ends
    takes_parts: bool = True  # no: videos in one request only
    daily_videos: int = 25
    daily_video_bytes: int = 10_000_000_000
    open_uploads: int = 10
    upload_seconds: int = 3_600  # an upload in parts lives as long
    email_confirmed: bool = True


class Account(Frozen):
    did: str
    handle: str
    display_name: str
    created_at: datetime
    app_passwords: list[str] = []
    status: Literal["active", "deactivated", "takendown"] = "active"
    seen_at: datetime | None = None  # notifications up to here count as read


class RefreshToken(Frozen):
    id: str
    did: str
    created_at: datetime
    expires_at: datetime
    next_id: str | None = None  # what it was exchanged for; while the grace lasts, again


class Blob(Frozen):
    cid: str
    mime_type: str
    data: bytes


class VideoUpload(Frozen):
    """One in parts, until it is finished."""

    id: str
    did: str
    size: int
    mime_type: str
    part_bytes: int
    began_at: datetime
    expires_at: datetime
    parts: dict[int, bytes] = {}  # by number, from 1
    state: Literal["created", "completed", "failed", "aborted"] = "created"
    job: str | None = None  # what it was completed as


class VideoJob(Frozen):
    id: str
    did: str
    data: bytes
    created_at: datetime
    word_until: datetime  # when the service may no longer put it on the account's server
    polls_left: int
    state: Literal["JOB_STATE_ENCODING", "JOB_STATE_COMPLETED", "JOB_STATE_FAILED"]
    failure: str = ""
    blob: dict[str, Any] | None = None


class Record(Frozen):
    uri: str
    cid: str
    did: str
    collection: str
    rkey: str
    value: dict[str, Any]
    indexed_at: datetime
    received_at: datetime
    deleted: bool = False


class Notification(Frozen):
    number: int
    did: str  # whom it tells
    reason: Reason
    subject: str | None
    uri: str  # the record that is the reason
    indexed_at: datetime


class State(BaseModel):
    settings: Settings = Settings()
    secret: str = Field(default_factory=lambda: secrets.token_hex(32))
    last_tid: int = 0
    accounts: dict[str, Account] = {}  # by DID
    refresh_tokens: dict[str, RefreshToken] = {}
    blobs: dict[str, Blob] = {}  # "did cid"
    video_uploads: dict[str, VideoUpload] = {}
    video_jobs: dict[str, VideoJob] = {}
    records: dict[str, Record] = {}  # by URI, oldest first; deleted posts stay, marked
    notifications: list[Notification] = []

    def find_account(self, actor: str) -> Account | None:
        """By DID or handle."""
        if actor in self.accounts:
            return self.accounts[actor]
        handle = actor.removeprefix("@").lower()
        return next((a for a in self.accounts.values() if a.handle == handle), None)

    def find_record(self, uri: str) -> Record | None:
        record = self.records.get(uri)
        return None if record is None or record.deleted else record

    def standing_records(self, collection: str) -> list[Record]:
        return [
            record
            for record in self.records.values()
            if record.collection == collection and not record.deleted
        ]

    def new_tid(self, now: datetime) -> str:
        """Microseconds and ten more bits, in 13 characters that sort as the time does."""
        self.last_tid = max(self.last_tid + 1, int(now.timestamp() * 1_000_000) << 10)
        return "".join(SORTABLE[self.last_tid >> shift & 31] for shift in range(60, -1, -5))


def make_cid(data: bytes, *, codec: Literal["raw", "dag-cbor"]) -> str:
    """A CIDv1 with SHA-256. True for blobs; a record is JSON here, so its own is merely unique."""
    prefix = bytes([1, 0x55 if codec == "raw" else 0x71, 0x12, 0x20])
    digest = hashlib.sha256(data).digest()
    return "b" + b32encode(prefix + digest).decode().lower().rstrip("=")


def make_did(handle: str) -> str:
    digest = b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
    return f"did:plc:{digest[:24]}"
