"""YouTube channels. https://developers.google.com/youtube/v3

What must stay true: a video is uploaded ahead and is private until its second; the request that
shows it says all that it is, so that sent again it changes nothing. Nothing else is public before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.channels import Channel
from tellal.errors import Broken, Rejected, Unacceptable
from tellal.observations import Metric
from tellal.platforms import images
from tellal.platforms.answering import COMMENTS
from tellal.platforms.calls import Calls, Gone
from tellal.platforms.choices import as_json, chosen
from tellal.platforms.hearing import InboxPage
from tellal.platforms.measured import OfDay
from tellal.platforms.protocol import (
    Answering,
    Connected,
    Facts,
    Guarantee,
    Limits,
    MediaReader,
    PartKey,
    Pending,
    PostList,
    Prepared,
    Promise,
    Published,
    Refreshed,
    Registration,
    Sourced,
    Thread,
    answered,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.youtube import (
    answering,
    answers,
    comments,
    consent,
    discarding,
    measuring,
    preparing,
    resource,
)
from tellal.platforms.youtube.inbox import Inbox
from tellal.platforms.youtube.line import Line
from tellal.platforms.youtube.options import (
    UNVERIFIED_SECONDS,
    YouTubeOptions,
    YouTubeVisibility,
    broken_by,
    may_upload_long,
)
from tellal.posts import Content, Part, PartKind, Remote

REFERENCE = "https://developers.google.com/youtube/v3/docs"
VIDEO = f"{REFERENCE}/videos#properties"
INSERT = f"{REFERENCE}/videos/insert"
THUMBNAIL = f"{REFERENCE}/thumbnails/set"

AS_IT_IS = Promise(Guarantee.IDEMPOTENT)  # what is public already is made public again
CAN_BE_READ = Promise(Guarantee.SEARCHABLE)
NOT_LISTED = Promise(Guarantee.BLIND)

FACTS = Facts(
    title="YouTube",
    limits={
        "text_length": Sourced(5000, VIDEO),  # bytes, of the description
        # «characters», second-hand; counted in bytes we are on the safe side
        "comment_length": Sourced(10_000, f"{REFERENCE}/comments"),
        "images": Sourced(1, THUMBNAIL),
        "image_bytes": Sourced(52_428_800, THUMBNAIL),
        "image_types": Sourced(("image/jpeg", "image/png"), THUMBNAIL),
        "alt_text_length": Sourced(0, VIDEO),
        "videos": Sourced(1, INSERT),
        "video_bytes": Sourced(274_877_906_944, INSERT),
        "video_seconds": Sourced((0, 43_200), "https://support.google.com/youtube/answer/71673"),
        "video_types": Sourced(("video/mp4", "video/quicktime", "video/webm"), INSERT),
    },
    hosts={
        "api": "https://www.googleapis.com/youtube/v3",
        "analytics": "https://youtubeanalytics.googleapis.com/v2",
        "upload": "https://www.googleapis.com/upload/youtube/v3",
        "accounts": "https://accounts.google.com",  # where an owner consents
        "oauth": "https://oauth2.googleapis.com",  # where tokens are given and taken back
        "watch": "https://www.youtube.com",  # where people look; addresses are made of it
    },
    settings={
        "chunk_bytes": Sourced(  # a multiple of 262144
            8 * 1024 * 1024,
            "https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol",
        ),
    },
    promises={
        "a video": AS_IT_IS,
        "a first comment, an answer to a comment": CAN_BE_READ,
        "a first comment below an unlisted video": NOT_LISTED,
    },
    answering=Answering(public=COMMENTS),
    renewed_by_app=True,
    read_every=timedelta(minutes=10),  # 144 units a day of each channel, of a project's 10,000
    refresh_grace=timedelta(days=180),  # a refresh token stays the same, however often it is used
    measured=measuring.MEASURED,
    notes=(
        "To hide a comment is to hold it for review; to delete it is to reject it, for good.",
        "A video is uploaded ahead, as a private one; at its time it becomes what you chose.",
        "The text is the description, counted in bytes; the title is an option, and required.",
        (
            "Whether a video is made for kids must be said, unless the channel's owner has said it"
            " for all of its videos."
        ),
        (
            "An attached image is the thumbnail, and must be named so; YouTube takes thumbnails"
            " from verified channels."
        ),
        "A channel that is not verified shows fifteen minutes at most.",
        (
            "YouTube itself decides what is a Short: three minutes at most, upright or square. One"
            " that was meant so gets the address of a Short."
        ),
        (
            "Since November 2026 YouTube no longer keeps private what was uploaded by a project"
            " that Google has not audited. Where it keeps a video private all the same, the post"
            " fails and says so."
        ),
        (
            "A project may upload 100 videos a day and spend 10,000 units on all else (showing a"
            " video costs 50), counted anew at midnight in California, unless Google grants more."
        ),
        (
            "What is edited or cancelled after it was uploaded is deleted again. That is tried"
            " once: a private video may be left on the channel, under its title."
        ),
        (
            "To disconnect takes back all that its Google account allowed this app: other channels"
            " of the same account may have to be connected again."
        ),
        (
            "Comments are read every ten minutes, for a unit each time; answers to comments as long"
            " as these are among the channel's newest hundred."
        ),
    ),
)

# No longer for want of an audit (2026-11-02):
# https://developers.google.com/youtube/v3/revision_history
KEPT_PRIVATE = (
    "YouTube has the video and keeps it private, though it was to be seen: the channel's settings"
    " or a review of YouTube's may forbid it. Look at it in YouTube Studio"
)


class YouTubeCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr


class YouTube(answering.YouTubeAnswers):
    name: ClassVar = "youtube"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = YouTubeCredentials
    Options: ClassVar[type[BaseModel]] = YouTubeOptions
    scopes: ClassVar = consent.SCOPES

    def __init__(self, channel: Channel, credentials: YouTubeCredentials, calls: Calls) -> None:
        self._channel = channel
        self._credentials = credentials
        self._calls = calls
        self._line = Line(credentials.access_token, calls)
        self._watch = calls.hosts["watch"]

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def authorise_address(
        cls, app: Registration, *, state: str, challenge: str, calls: Calls
    ) -> str:
        return consent.address_of(app, state=state, challenge=challenge, calls=calls)

    @classmethod
    def exchange(
        cls, app: Registration, *, code: str, verifier: str, calls: Calls
    ) -> tuple[Connected, ...]:
        granted = consent.exchange(app, code=code, verifier=verifier, calls=calls)
        found = consent.channels_of(granted, calls)
        login = {"login": found[0].id} if len(found) > 1 else {}  # they share one token
        return tuple(cls._connected(each, granted, calls, login) for each in found)

    @classmethod
    def revoke(cls, app: Registration, credentials: YouTubeCredentials, calls: Calls) -> None:  # noqa: ARG003 – Google asks for the token alone
        consent.revoke(credentials.refresh_token, calls)

    def refresh(self, app: Registration | None) -> Refreshed:
        held = self._credentials
        granted = consent.refresh(app, held.refresh_token, self._calls)
        renewed = YouTubeCredentials(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token or held.refresh_token,
        )
        return Refreshed(renewed, consent.expiry(granted))

    @classmethod
    def _connected(
        cls,
        found: answers.Presence,
        granted: answers.Granted,
        calls: Calls,
        login: Mapping[str, str],
    ) -> Connected:
        assert granted.refresh_token is not None, "a consent without one is refused"
        handle = (found.snippet.customUrl or "").removeprefix("@")
        page = f"@{handle}" if handle else f"channel/{found.id}"
        return Connected(
            remote_id=found.id,
            name=found.snippet.title or handle or found.id,
            handle=handle or found.id,
            url=f"{calls.hosts['watch']}/{page}",
            credentials=YouTubeCredentials(
                access_token=granted.access_token, refresh_token=granted.refresh_token
            ),
            server={
                "uploads": found.contentDetails.relatedPlaylists.uploads,
                "long_uploads": found.status.longUploadsStatus,
                "made_for_kids": found.status.selfDeclaredMadeForKids,
                **login,
            },
            expires_at=consent.expiry(granted),
            missing=consent.missing(granted),
        )

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:
        most = {} if may_upload_long(channel) else {"video_seconds": (0, UNVERIFIED_SECONDS)}
        return Limits.of(
            FACTS.limits,
            text_unit="bytes",
            mixed_media=True,  # a video and its thumbnail
            image_pixels=images.MOST_PIXELS,
            **most,
        )

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return len(text.encode())

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        choices, unchosen = _chosen(content)
        parts = parts_of(content)
        common = broken_rules(
            parts,
            title=FACTS.title,
            limits=cls.limits(channel),
            length=lambda text: cls.length(text, channel),
        )
        refuse((*unchosen, *broken_by(content, choices, channel), *common))
        assert choices is not None, "what is not chosen well is refused"
        return tuple(_with_choices(part, choices) for part in parts)

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike everywhere
        """Whether what a channel is told of its comments holds those below unlisted videos is
        not written anywhere, so nothing is made of their missing."""
        if part.kind is PartKind.ANSWER:
            return CAN_BE_READ
        if part.kind is not PartKind.COMMENT:
            return AS_IT_IS
        unlisted = part.options.get("visibility") == YouTubeVisibility.UNLISTED
        return NOT_LISTED if unlisted else CAN_BE_READ

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return part.kind is PartKind.MAIN

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        """Notes: `session`, `mark` and `begun`; then `video_id`, and `processed` (preparing.py)."""
        steps = preparing.Preparing(
            line=self._line,
            part=part,
            media=media,
            uploads=str(self._channel.server.get("uploads", "")),
            chunk_bytes=int(self._calls.settings["chunk_bytes"]),
        )
        return steps.step(part.prepared or {})

    def discard(self, notes: Mapping[str, str]) -> None:
        """Two requests, or four where the answer to the last chunk was lost."""
        uploads = str(self._channel.server.get("uploads", ""))
        discarding.discard(notes, line=self._line, uploads=uploads)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – sent again it changes nothing
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – the video was uploaded before
    ) -> Published:
        if part.kind is PartKind.COMMENT:
            return comments.write(
                self._line,
                part,
                channel_id=self._channel.remote_id,
                thread=thread,
                permalink=self._comment_at,
            )
        if part.kind is PartKind.ANSWER:
            return answering.write(self._line, part, permalink=self._comment_at)
        return self._show(part)

    def _show(self, part: Part) -> Published:
        """Raises Rejected where YouTube takes the request and keeps the video private."""
        body = resource.committed(part, (part.prepared or {})[preparing.VIDEO])
        reply = self._line(
            "PUT", "videos", params={"part": resource.PARTS}, json=body, commits=True
        )
        shown = reply.read(answers.Video)
        chosen = resource.chosen_of(part)
        if shown.status.privacyStatus == YouTubeVisibility.PRIVATE != chosen.visibility:
            raise Rejected(KEPT_PRIVATE)
        page = f"shorts/{shown.id}" if chosen.short else f"watch?v={shown.id}"
        return Published(Remote(id=shown.id, url=f"{self._watch}/{page}"), reply.request_id)

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike
        """Of a comment: a video is never looked for."""
        above = thread.published[0] if thread.published else answered(part, thread)
        return comments.fingerprint(part.text, above.id if above else "")

    def list_posts(self, *, since: datetime) -> PostList:
        return comments.listed(
            self._line,
            channel_id=self._channel.remote_id,
            since=since,
            permalink=self._comment_at,
        )

    def list_comments(self, under: Remote, *, since: datetime) -> PostList:
        """Below a comment; first comments, below a video, are all listed together."""
        if answering.VIDEO not in under.refs:
            return self.list_posts(since=since)
        return answering.listed(
            self._line,
            under,
            channel_id=self._channel.remote_id,
            since=since,
            permalink=self._comment_at,
        )

    def delete(self, remote: Remote) -> None:
        kind = "comments" if "video_id" in remote.refs else "videos"
        try:
            self._line("DELETE", kind, params={"id": remote.id}, accepts={204})
        except Gone:
            return

    def _comment_at(self, video_id: str, comment_id: str) -> str:
        return f"{self._watch}/watch?v={video_id}&lc={comment_id}"

    def read_inbox(self, cursor: str | None) -> InboxPage:
        return Inbox(self._line, self._channel.remote_id, self._comment_at).read(cursor)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_channel(self) -> Mapping[Metric, int]:
        return measuring.of_channel(self._line, self._channel.remote_id)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        return measuring.of_posts(self._line, remotes, today=clock.now().date())

    def read_days(self, first: date, after: date) -> Iterable[OfDay]:
        return measuring.of_days(self._line, first, after)


def _chosen(content: Content) -> tuple[YouTubeOptions | None, tuple[Broken, ...]]:
    """The author's choices, or what is wrong with them: to be told along with all the rest."""
    try:
        return chosen(YouTubeOptions, content, platform=YouTube.name), ()
    except Unacceptable as refusal:
        return None, refusal.broken


def _with_choices(part: Part, choices: YouTubeOptions) -> Part:
    told: dict[str, Any] = as_json(choices)
    if part.kind is PartKind.COMMENT:  # it can be looked for below a public video alone
        told = {"visibility": told["visibility"]}
    return part.model_copy(update={"options": told})
