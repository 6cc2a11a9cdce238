"""Bluesky, and any other server of the AT Protocol. https://docs.bsky.app

What must stay true: a post is written with `putRecord` under a key of our own, and its record is
byte for byte the same on every attempt (`record.py`), so that writing it twice is writing it
once. Sessions are refreshed, never made anew: a server lets an account sign in 300 times a day.
The app password is used once, to connect, and not kept.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any, ClassVar

from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.channels import Channel
from tellal.errors import NeedsReconnect, NeedsRefresh, PublishError, Rejected, TryLater
from tellal.observations import Metric
from tellal.platforms import images
from tellal.platforms.bluesky import answers, inbox, record
from tellal.platforms.calls import Calls, Reads, Reply, address, bearer
from tellal.platforms.counts import counts
from tellal.platforms.protocol import (
    Connected,
    Facts,
    Guarantee,
    InboxPage,
    Limits,
    MediaReader,
    PartKey,
    Pending,
    Prepared,
    Promise,
    Published,
    Refreshed,
    Registration,
    Sourced,
    Thread,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.text import count_graphemes
from tellal.posts import Content, Part, PartKind, Remote, ReplyTo

LEXICONS = "https://github.com/bluesky-social/atproto/blob/main/lexicons"
SESSION_LIVES = timedelta(hours=2)  # the access token's default at the official server
POSTS_AT_ONCE = 25  # lexicons/app/bsky/feed/getPosts.json
FOREVER = Promise(Guarantee.IDEMPOTENT)

FACTS = Facts(
    title="Bluesky",
    limits={
        "text_length": Sourced(300, f"{LEXICONS}/app/bsky/feed/post.json"),
        "text_bytes": Sourced(3000, f"{LEXICONS}/app/bsky/feed/post.json"),
        "images": Sourced(4, f"{LEXICONS}/app/bsky/embed/images.json"),
        "image_bytes": Sourced(2_000_000, f"{LEXICONS}/app/bsky/embed/images.json"),
        "image_types": Sourced(
            ("image/jpeg", "image/png", "image/webp"), f"{LEXICONS}/app/bsky/embed/images.json"
        ),
    },
    hosts={
        "service": "https://bsky.social",  # where a channel signs in, if it names no other
        "app": "https://bsky.app",  # where people read; posts' addresses are made of it
        "pds": "",  # overrides the server that each account names as its own
    },
    promises={"any post": FOREVER},
    prepared_for=timedelta(minutes=30),  # a server forgets unused uploads, and does not say when
    refresh_grace=timedelta(hours=2),
    notes=(
        "A post has a record key of our own: sent again after a lost answer, it changes nothing.",
        "An image that is too large is not refused: it is encoded anew until it fits.",
        "An image with more than 50 million pixels is refused, whatever its size in bytes.",
        "GIFs are refused: Bluesky would show the first picture only.",
        "A mention becomes a link only if its handle exists when the post is prepared.",
        "A post may be shown a little late to others: the app's index follows the servers.",
    ),
)

OF_A_CHANNEL = {"followersCount": Metric.FOLLOWERS, "postsCount": Metric.POSTS}
OF_A_POST = {
    "likeCount": Metric.LIKES,
    "repostCount": Metric.SHARES,
    "replyCount": Metric.REPLIES,
    "quoteCount": Metric.QUOTES,
    "bookmarkCount": Metric.SAVES,
}

# What the server calls an error → what we do next, and why, for its author.
type Errors = dict[str, tuple[type[PublishError], str]]
ERRORS: Errors = {
    "ExpiredToken": (NeedsRefresh, "The channel's session at Bluesky has run out"),
    # It was whole when we got it, so its server has forgotten it; refreshing would fail alike.
    "InvalidToken": (NeedsReconnect, "Bluesky no longer knows the channel's session"),
    "AccountTakedown": (NeedsReconnect, "Bluesky has taken this account down"),
    "AccountSuspended": (NeedsReconnect, "Bluesky has suspended this account"),
    "AccountDeactivated": (
        NeedsReconnect,
        "This account is deactivated; reactivate it at Bluesky, then connect it again",
    ),
    "AuthFactorTokenRequired": (
        Rejected,
        "This is the account's own password; make an app password at Bluesky and use that",
    ),
    "InvalidMimeType": (Rejected, "The account's server takes no images of this type"),
    "BlobTooLarge": (Rejected, "The account's server takes no images as large as this one"),
    # Uploads that no post uses are thrown away; once they have expired they are made again.
    "BlobNotFound": (TryLater, "Bluesky no longer has the uploaded image"),
}
REFRESHING: Errors = {
    "ExpiredToken": (
        NeedsReconnect,
        "The channel's session at Bluesky has ended, or its app password was removed",
    ),
}
SIGNING_IN: Errors = {
    "AuthenticationRequired": (Rejected, "Bluesky does not know this handle with this password"),
}


class BlueskyConnection(BaseModel):
    """What a person types in. The app password is made under Settings → Privacy and security."""

    handle: str
    app_password: SecretStr
    service: str | None = None  # where the account lives, unless at the usual place


class BlueskyCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr


class Bluesky:
    name: ClassVar = "bluesky"
    facts: ClassVar = FACTS
    Connection: ClassVar[type[BaseModel]] = BlueskyConnection
    Credentials: ClassVar[type[BaseModel]] = BlueskyCredentials

    def __init__(self, channel: Channel, credentials: BlueskyCredentials, calls: Calls) -> None:
        self._channel = channel
        self._did = channel.remote_id
        self._credentials = credentials
        self._calls = calls
        hosts = {**FACTS.hosts, **calls.hosts}
        self._app = hosts["app"]
        self._pds = hosts["pds"] or str(channel.server["pds"])

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def connect(cls, given: BlueskyConnection, calls: Calls) -> Connected:
        hosts = {**FACTS.hosts, **calls.hosts}
        service = address(given.service or hosts["service"])
        signing_in = {
            "identifier": given.handle.strip().removeprefix("@"),
            "password": given.app_password.get_secret_value().strip(),
        }
        session = calls(
            "POST",
            f"{service}/xrpc/com.atproto.server.createSession",
            json=signing_in,
            reads=_reading(SIGNING_IN),
        ).read(answers.Session)
        if not session.active:
            raise NeedsReconnect(f"Bluesky says this account is {session.status or 'not active'}")
        pds = _own_server(session.didDoc or {}) or service
        auth = bearer(SecretStr(session.accessJwt))
        profile = calls(
            "GET",
            f"{hosts['pds'] or pds}/xrpc/app.bsky.actor.getProfile",
            params={"actor": session.did},
            headers=auth,
            reads=_reading(),
        ).read(answers.Profile)
        return Connected(
            remote_id=session.did,
            name=profile.displayName or session.handle,
            handle=session.handle,
            url=f"{hosts['app']}/profile/{session.handle}",
            credentials=_credentials(session),
            server={"did": session.did, "pds": pds},
            expires_at=_expiry(session.accessJwt),
        )

    def refresh(self, app: Registration | None) -> Refreshed:  # noqa: ARG002 – a session needs none
        """A lost answer is asked for again: the old token gives the same new pair for a while."""
        session = self._calls(
            "POST",
            f"{self._pds}/xrpc/com.atproto.server.refreshSession",
            headers=bearer(self._credentials.refresh_token),
            reads=_reading(REFRESHING),
        ).read(answers.Session)
        return Refreshed(_credentials(session), _expiry(session.accessJwt))

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike everywhere
        limits = FACTS.limits
        return Limits(
            text_length=limits["text_length"].value,
            text_unit="graphemes",
            text_bytes=limits["text_bytes"].value,
            thread_parts=None,
            images=limits["images"].value,
            image_pixels=images.MOST_PIXELS,  # and any number of bytes: they are made to fit
            image_types=frozenset(limits["image_types"].value),
        )

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return count_graphemes(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        return cls._checked(parts_of(content), channel)

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:
        return cls._checked((Part(kind=PartKind.MAIN, text=text, reply_to=to),), channel)

    @classmethod
    def _checked(cls, parts: tuple[Part, ...], channel: Channel) -> tuple[Part, ...]:
        limits = cls.limits(channel)
        refuse(broken_rules(parts, title=FACTS.title, limits=limits, length=count_graphemes))
        return parts

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike everywhere
        return FOREVER

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media or record.handles_in(part.text))

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        notes = {}
        for number, each in enumerate(part.media):
            notes[f"{record.IMAGE}{number}"] = json.dumps(self._upload(media.read(each)))
        for handle in record.handles_in(part.text):
            if did := self._look_up(handle):
                notes[f"{record.DID}{handle}"] = did
        return Prepared(notes)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – files are uploaded before
    ) -> Published:
        made = record.post_record(part, key=key, thread=thread)
        rkey = record.record_key(key)
        reply = self._ask(
            "POST",
            "com.atproto.repo.putRecord",
            json={"repo": self._did, "collection": record.POST, "rkey": rkey, "record": made},
            commits=True,
        )
        put = reply.read(answers.Ref)
        own = Remote(
            id=put.uri,
            url=f"{self._app}/profile/{self._channel.handle}/post/{rkey}",
            refs={"cid": put.cid},
        )
        refs = record.root_of(made, own)
        return Published(own.model_copy(update={"refs": refs}), reply.request_id)

    def delete(self, remote: Remote) -> None:
        rkey = remote.id.rsplit("/", 1)[-1]
        body = {"repo": self._did, "collection": record.POST, "rkey": rkey}
        self._ask("POST", "com.atproto.repo.deleteRecord", json=body)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_inbox(self, cursor: str | None) -> InboxPage:
        return inbox.read(
            self._notifications(), channel=self._channel, app=self._app, cursor=cursor
        )

    def read_channel(self) -> Mapping[Metric, int]:
        reply = self._ask("GET", "app.bsky.actor.getProfile", params={"actor": self._did})
        return counts(reply.read(dict[str, Any]), OF_A_CHANNEL)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        read = {}
        for some in batched(remotes, POSTS_AT_ONCE, strict=False):
            params = [("uris", remote.id) for remote in some]
            reply = self._ask("GET", "app.bsky.feed.getPosts", params=params)
            for post in reply.read(answers.Posts).posts:
                read[post.uri] = counts(post.model_extra or {}, OF_A_POST)
        return read

    # ── calling ──────────────────────────────────────────────────────────────────────────────

    def _ask(self, method: str, query: str, **request: Any) -> Reply:
        headers = bearer(self._credentials.access_token) | request.pop("headers", {})
        url = f"{self._pds}/xrpc/{query}"
        return self._calls(method, url, headers=headers, reads=_reading(), **request)

    def _upload(self, data: bytes) -> Any:
        image = images.clean(data, most_bytes=FACTS.limits["image_bytes"].value)
        headers = {"Content-Type": image.mime_type}
        query = "com.atproto.repo.uploadBlob"
        return (
            self._ask("POST", query, content=image.data, headers=headers)
            .read(answers.Uploaded)
            .blob
        )

    def _look_up(self, handle: str) -> str | None:
        query = "com.atproto.identity.resolveHandle"
        try:
            return self._ask("GET", query, params={"handle": handle}).read(answers.Resolved).did
        except Rejected:  # nobody's
            return None

    def _notifications(self) -> Iterator[answers.Notifications]:
        """Newest first, page after page, for as long as the reader asks."""
        params = [("limit", "100"), *(("reasons", reason) for reason in inbox.KINDS)]
        before: str | None = None
        while True:
            older = [("cursor", before)] if before else []
            query = "app.bsky.notification.listNotifications"
            page = self._ask("GET", query, params=[*params, *older]).read(answers.Notifications)
            yield page
            if not page.notifications or page.cursor in {None, before}:
                return
            before = page.cursor


def _reading(own: Errors | None = None) -> Reads:
    """What a refusal means, where its name tells; else its status will."""
    known = ERRORS | (own or {})

    def read(reply: Reply) -> None:
        body = reply.json()
        name = body.get("error") if isinstance(body, dict) else None
        if reply.status < 500 and isinstance(name, str) and name in known:
            error, sentence = known[name]
            raise error(sentence)

    return read


def _credentials(session: answers.Session) -> BlueskyCredentials:
    return BlueskyCredentials(
        access_token=SecretStr(session.accessJwt), refresh_token=SecretStr(session.refreshJwt)
    )


def _own_server(did_document: Mapping[str, Any]) -> str | None:
    """Where the account's document says that it lives."""
    for service in did_document.get("service") or ():
        if str(service.get("id")).endswith("#atproto_pds"):
            return address(str(service.get("serviceEndpoint")))
    return None


def _expiry(token: str) -> datetime:
    """What the token itself says; one that cannot be read is taken to live as long as usual."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return clock.now() + SESSION_LIVES
