"""What a platform adapter is.

An adapter is a class with a name, its facts as data, and abilities. Every ability is a small
protocol, offered by having its methods and asked for with isinstance (or issubclass where no
channel is at hand); there is no flag that could disagree with the code. An adapter is made for
one channel, with that channel's opened credentials, and lives for one piece of work.

What needs no network is a classmethod over the channel's stored facts, so that the author is
told at once, a preview costs nothing, and both use what publishing uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.observations import Metric
from tellal.platforms.calls import Calls
from tellal.platforms.measured import Measured
from tellal.posts import AttachedMedia, Content, Part, Remote


@dataclass(frozen=True)
class Sourced[T]:
    """A number or fact of a platform, and where it is written."""

    value: T
    source: str


class Guarantee(StrEnum):
    """What can be known after a commit whose answer was lost (DESIGN §4)."""

    IDEMPOTENT = "idempotent"  # the same key again, inside the window, makes no second post
    RESUMABLE = "resumable"  # a session or container can be asked
    SEARCHABLE = "searchable"  # a listing can be read
    BLIND = "blind"  # only a person can tell


@dataclass(frozen=True)
class Promise:
    guarantee: Guarantee
    window: timedelta | None = None  # how long the key is kept; None: for ever


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one channel takes. `None` is «the platform states no limit», 0 «there is none there».

    Bounds are pairs, the least and the most, both allowed. A ratio is width over height.
    """

    text_length: int  # in `text_unit`
    text_unit: str  # "characters", "graphemes"
    text_bytes: int | None = None
    link_length: int | None = None  # what any link counts for; None: its own length
    links: int | None = None  # in one part
    hashtags: int | None = None
    mentions: int | None = None
    thread_parts: int | None = 0  # that may follow the main part
    comment_length: int = 0  # of a first comment, in `text_unit`

    media: tuple[int, int] | None = None  # in the main part; None: what is below, or none at all
    mixed_media: bool = False  # images and videos together in one part
    images: int = 0  # in one part
    image_bytes: int | None = None
    image_pixels: int | None = None
    image_ratio: tuple[float, float] | None = None
    image_types: frozenset[str] = frozenset()
    alt_text_length: int | None = None  # 0: the platform takes none, and one given is not sent
    videos: int = 0  # in one part
    video_bytes: int | None = None
    video_seconds: tuple[float, float] | None = None
    video_ratio: tuple[float, float] | None = None
    video_pixels: int | None = None  # of a frame
    video_width: tuple[int, int] | None = None  # pixels
    video_frame_rate: tuple[float, float] | None = None
    video_types: frozenset[str] = frozenset()
    video_codecs: frozenset[str] = frozenset()  # as MediaInfo names them; empty: any
    documents: int = 0  # in one part
    document_bytes: int | None = None
    document_pages: int | None = None
    document_types: frozenset[str] = frozenset()

    poll_options: tuple[int, int] | None = None  # None: there are no polls
    poll_option_length: int | None = None  # in `text_unit`
    poll_minutes: tuple[int, int] | None = None

    @classmethod
    def of(cls, stated: Mapping[str, Sourced[Any]], *, text_unit: str, **more: Any) -> Self:
        """From a platform's facts; `more` is what they do not hold, or not as it is here."""
        facts = {name: limit.value for name, limit in stated.items()} | more
        for name in facts:
            if name.endswith(("_types", "_codecs")):
                facts[name] = frozenset(facts[name])
        return cls(text_unit=text_unit, **facts)


@dataclass(frozen=True, kw_only=True)
class Answering:
    """How long, and to what, people may be answered. `None` is «for ever»."""

    public: frozenset[MessageKind] = frozenset(MessageKind)  # what is answered as it was said
    private_within: Sourced[timedelta] | None = None  # of their comment
    private_times: Sourced[int] | None = None  # each comment: 1, where there is a number at all
    direct_within: Sourced[timedelta] | None = None  # of their last message
    # …by a person's hand, where the deployment's app may: its setting `human_agent` is "yes"
    direct_late: Sourced[timedelta] | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What docs/platforms.md says of a platform; each limit carries its source."""

    title: str  # "Mastodon"
    limits: Mapping[str, Sourced[Any]] = field(default_factory=dict)  # the fields of Limits
    hosts: Mapping[str, str] = field(default_factory=dict)  # a name → its address; all are settings
    settings: Mapping[str, Sourced[Any]] = field(default_factory=dict)  # versions, quotas
    option_links: tuple[str, ...] = ()  # which of its options hold a link: "link", "card.link"
    promises: Mapping[str, Promise] = field(default_factory=dict)  # a kind of post → its promise
    prepared_for: timedelta | None = None  # how long what was prepared may be used
    refresh_grace: timedelta | None = None  # how long a used refresh token may be used again
    renewed_by_app: bool = False  # in the app's name alone: without it no token is renewed
    # how long before its end a token is renewed by itself, where that can be done while it lives
    renewed_ahead: timedelta | None = None
    polled: bool = True  # unless a channel says otherwise; no, where reading costs money
    read_every: timedelta = timedelta(0)  # at most, where what may be asked is counted by the day
    # After so long it is asked again to tell of a channel by webhook; None: not by itself
    subscribed_for: timedelta | None = None
    prices: Mapping[str, Sourced[float]] = field(default_factory=dict)  # what for → US dollars
    answering: Answering = Answering()
    measured: Measured | None = None  # None: it tells no numbers
    monthly_cap: float = 0.0  # US dollars a workspace pays at most, unless it says otherwise
    notes: tuple[str, ...] = ()  # sentences for docs/platforms.md


@dataclass(frozen=True)
class Published:
    remote: Remote
    request_id: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The platform has it and works on it still: what becomes of it, `Resumes` tells.

    The notes take the place of the part's; `check_in` is when to ask first.
    """

    notes: Mapping[str, str]
    check_in: timedelta
    request_id: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A part is ready to be committed; the notes are what its commit needs."""

    notes: Mapping[str, str]


@dataclass(frozen=True)
class Pending:
    """Not done yet: ask again after `check_in`, with these notes.

    To prepare a large file is to do one bounded step (a chunk, say) and be pending with a
    `check_in` of zero: the notes are kept, and the next step follows at once. So a worker that
    dies or runs out of time is followed by one that goes on where it stopped.
    """

    notes: Mapping[str, str]
    check_in: timedelta = timedelta(0)


@dataclass(frozen=True)
class Unpublished:
    """Surely not public: the same commit may be sent again."""

    prepared: bool = True  # no: what was prepared is gone, and has to be made anew


@dataclass(frozen=True)
class PartKey:
    """What makes a part's commit the same on every attempt: delivery, number, first fence."""

    delivery_id: str
    number: int
    at: datetime


@dataclass(frozen=True)
class Thread:
    """The parts of this delivery that are public already, oldest first."""

    published: tuple[Remote, ...] = ()


def answered(part: Part, thread: Thread) -> Remote | None:
    """The post that a part stands under: the one before it, or the message it answers."""
    if thread.published:
        return thread.published[-1]
    return part.reply_to.remote if part.reply_to else None


@dataclass(frozen=True)
class GivenUp:
    """The platform itself says that it is not public and will not be, and why."""

    sentence: str


class MediaReader(Protocol):
    """Reads attached files, wherever they are kept. Raises Rejected for one that is gone."""

    def read(self, media: AttachedMedia) -> bytes:
        """The whole of it: of an image."""
        ...

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        """A chunk of it: of a video."""
        ...

    def open(self, media: AttachedMedia) -> BinaryIO:
        """A seekable file that is read as it is sent, a window at a time."""
        ...

    def link(self, media: AttachedMedia) -> str:
        """An address from which a platform may fetch it, for a quarter of an hour."""
        ...

    def link_to(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> str:
        """The same for something made of a file (an image without its metadata)."""
        ...

    def keep(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> AttachedMedia:
        """What is made of a file, to be read or linked to later: kept for as long as it is."""
        ...


@dataclass(frozen=True)
class Connected:
    """What connecting learnt: who the channel is, what its server said, and how to get in."""

    remote_id: str
    name: str
    handle: str
    url: str | None
    credentials: BaseModel
    server: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    missing: tuple[str, ...] = ()  # sentences: what will not work, and the scope it needs


@dataclass(frozen=True)
class Refreshed:
    credentials: BaseModel
    expires_at: datetime


@dataclass(frozen=True)
class Registration:
    """An app as its platform, or one of the platform's servers, knows it; opened."""

    client_id: str
    client_secret: SecretStr | None
    redirect_uri: str  # where consents come back to
    server: str | None = None  # https://host, where a platform is many servers


class Platform(Protocol):
    """Every adapter: its name, its facts, the shape of its credentials."""

    name: ClassVar[str]
    facts: ClassVar[Facts]
    Credentials: ClassVar[type[BaseModel]]

    def __init__(self, channel: Channel, credentials: Any, calls: Calls) -> None: ...


@runtime_checkable
class Connects(Protocol):
    """Can be connected with what a person types in (tokens, app passwords)."""

    Connection: ClassVar[type[BaseModel]]

    @classmethod
    def connect(cls, given: Any, calls: Calls) -> Connected:
        """Ask the platform who this is. Raises Rejected or NeedsReconnect with a sentence."""
        ...


@runtime_checkable
class Authorises(Protocol):
    """Can be connected by consent: its owner says yes on the platform's own page (OAuth 2)."""

    scopes: ClassVar[Mapping[str, str]]  # what is asked for → what will not work without it

    @classmethod
    def authorise_address(
        cls, app: Registration, *, state: str, challenge: str, calls: Calls
    ) -> str:
        """Where to send the owner. `challenge` is PKCE's, S256, for platforms that take it."""
        ...

    @classmethod
    def exchange(
        cls, app: Registration, *, code: str, verifier: str, calls: Calls
    ) -> tuple[Connected, ...]:
        """Everything this consent lets us into, to choose from. A code is good for one exchange."""
        ...


@runtime_checkable
class RegistersApps(Protocol):
    """Is many servers, each of which gives an app to whoever asks."""

    @classmethod
    def register(cls, server: str, redirect_uri: str, calls: Calls) -> Registration: ...

    @classmethod
    def is_registered(cls, app: Registration, calls: Calls) -> bool:
        """Servers forget apps."""
        ...


@runtime_checkable
class Revokes(Protocol):
    @classmethod
    def revoke(cls, app: Registration, credentials: Any, calls: Calls) -> None:
        """Make the platform forget what `exchange` got. Again is no error."""
        ...


@runtime_checkable
class Publishes(Protocol):
    @classmethod
    def limits(cls, channel: Channel) -> Limits: ...

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:
        """How long the platform says a text is, in `Limits.text_unit`."""
        ...

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        """What would be sent, part by part. Raises Unacceptable with every broken rule at once.

        A rule's field is a path into the content: "text", "media[2]", "thread[0].text".
        """
        ...

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise: ...

    @classmethod
    def needs_preparing(cls, part: Part) -> bool: ...

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        """Everything before the commit; `part.prepared` holds earlier notes. Safe to repeat."""
        ...

    def commit(
        self, part: Part, *, key: PartKey, thread: Thread, media: MediaReader
    ) -> Published | Accepted:
        """The one request that makes the part public: alone in raising OutcomeUnknown.

        Which request that is may depend on the kind of media; nothing public comes before it.
        """
        ...


@runtime_checkable
class PreparesInTurn(Protocol):
    """Has parts that name the one before them while they are prepared: so it is public by then."""

    @classmethod
    def waits_its_turn(cls, part: Part) -> bool: ...

    def prepare_in_turn(
        self, part: Part, *, thread: Thread, media: MediaReader
    ) -> Prepared | Pending:
        """As `prepare`, of such a part, under what is public by now."""
        ...


@runtime_checkable
class Discards(Protocol):
    """Would leave on the channel, for its owner to see, what was prepared and is never sent."""

    def discard(self, notes: Mapping[str, str]) -> None:
        """Delete what was prepared with these notes, whichever step they are of.

        Only what the platform itself says was never committed: everything else is left alone. That
        it is gone already is no error. Asked at best once, and never of a part that was begun.
        """
        ...


@runtime_checkable
class HasOptions(Protocol):
    """Has choices that no other platform knows."""

    Options: ClassVar[type[BaseModel]]  # all with defaults but what must not be assumed


@runtime_checkable
class Resumes(Protocol):
    """Keeps a session, a container or an id that can be asked what became of a commit."""

    def resume(
        self, part: Part, *, key: PartKey, thread: Thread
    ) -> Published | Pending | Unpublished | GivenUp:
        """Asked after a lost answer, and after `Accepted`; changes nothing, and never waits.

        An answer is only what the platform says of this very thing. What it does not say (a
        refusal of the question, a 404 that may be a lag) is a PublishError: then nobody knows.
        """
        ...


@runtime_checkable
class Confirms(Protocol):
    """Tells what a commit's own answer does not: where people find what was published."""

    def confirm(self, remote: Remote) -> Remote:
        """The same with its address. Asked once, for no longer than `calls.CONFIRMING`; without an
        answer it is published all the same."""
        ...


@runtime_checkable
class Costs(Protocol):
    """A platform whose posts cost money."""

    @classmethod
    def price(cls, part: Part, channel: Channel) -> float:
        """Of making this part public, in US dollars."""
        ...


@dataclass(frozen=True)
class FoundPost:
    """A post of the channel's, as its platform lists it."""

    remote: Remote
    created_at: datetime  # by the platform's clock
    fingerprint: str


@dataclass(frozen=True)
class PostList:
    posts: tuple[FoundPost, ...]
    complete: bool  # read in full, back to the moment that was asked for


@runtime_checkable
class FindsPost(Protocol):
    """Can read back what the channel shows, to look for a post whose commit's answer was lost."""

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:
        """What is the same of a part as it was sent and as it is listed: not its mark-up, the
        length its links are shown in, or its spaces; but its words, its files, what it answers."""
        ...

    def list_posts(self, *, since: datetime) -> PostList:
        """The channel's own posts since then, answers included."""
        ...


@runtime_checkable
class FindsComment(Protocol):
    """Lists comments apart from posts: a first comment is looked for below its own post."""

    def list_comments(self, under: Remote, *, since: datetime) -> PostList:
        """Everybody's below this post since then; none but ours has a fingerprint of ours."""
        ...


@runtime_checkable
class Deletes(Protocol):
    def delete(self, remote: Remote) -> None:
        """Deleting what is gone already succeeds."""
        ...


@runtime_checkable
class ReadsMetrics(Protocol):
    def read_channel(self) -> Mapping[Metric, int]: ...

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        """By remote id; a post that is gone is missing, and so is a metric that is not told."""
        ...


@runtime_checkable
class RefreshesCredentials(Protocol):
    def refresh(self, app: Registration | None) -> Refreshed:
        """Ask for a new pair. The caller holds the lease, and keeps the pair before it is used.

        `app` is whom the channel's owner let in; None where its credentials were typed in, but
        never where the facts say `renewed_by_app`. Raises OutcomeUnknown where the answer was
        lost and the old token may be used up by it.
        """
        ...
