"""Bluesky, and any other server of the AT Protocol. https://docs.bsky.app

What must stay true: a post is written with `putRecord` under a key of our own, and its record is
byte for byte the same on every attempt (`record.py`), so that writing it twice is writing it
once. Sessions are refreshed, never made anew: a server lets an account sign in 300 times a day.
The app password is used once, to connect, and not kept.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any, ClassVar

from pydantic import BaseModel

from tellal import clock
from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms import images
from tellal.platforms.answering import COMMENTS
from tellal.platforms.bluesky import answers, choices, inbox, record, sessions
from tellal.platforms.bluesky.choices import BlueskyOptions
from tellal.platforms.bluesky.line import ERRORS, Line, named, reading
from tellal.platforms.bluesky.sessions import BlueskyConnection, BlueskyCredentials
from tellal.platforms.bluesky.video import VideoService
from tellal.platforms.calls import Calls, Reply
from tellal.platforms.choices import chosen
from tellal.platforms.counts import counts
from tellal.platforms.hearing import InboxPage
from tellal.platforms.protocol import (
    Connected,
    Facts,
    Guarantee,
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
    Unpublished,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.text import count_graphemes
from tellal.posts import AttachedMedia, Content, MediaKind, Part, PartKind, Remote, ReplyTo

LEXICONS = "https://github.com/bluesky-social/atproto/blob/main/lexicons"
BSKY = f"{LEXICONS}/app/bsky"
POSTS_AT_ONCE = 25  # lexicons/app/bsky/feed/getPosts.json
PICTURE_BYTES = 1_000_000  # of a card's: lexicons/app/bsky/embed/external.json
FOREVER = Promise(Guarantee.IDEMPOTENT)
# A post and its gate are created together, and what is there cannot be created again.
CAN_BE_ASKED = Promise(Guarantee.RESUMABLE)

FACTS = Facts(
    option_links=("card.link",),
    title="Bluesky",
    limits={
        "text_length": Sourced(300, f"{BSKY}/feed/post.json"),
        "text_bytes": Sourced(3000, f"{BSKY}/feed/post.json"),
        "images": Sourced(4, f"{BSKY}/embed/images.json"),
        "image_bytes": Sourced(2_000_000, f"{BSKY}/embed/images.json"),
        "image_types": Sourced(
            ("image/jpeg", "image/png", "image/webp"), f"{BSKY}/embed/images.json"
        ),
        "videos": Sourced(1, f"{BSKY}/embed/video.json"),
        "video_bytes": Sourced(300_000_000, f"{BSKY}/embed/video.json"),
        "video_types": Sourced(("video/mp4",), f"{BSKY}/embed/video.json"),
        # Unverified: no lexicon says it. It is the app's own; since 2026 some accounts have more.
        "video_seconds": Sourced(
            (0, 180), "https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts"
        ),
    },
    hosts={
        "service": "https://bsky.social",  # where a channel signs in, if it names no other
        "app": "https://bsky.app",  # where people read; posts' addresses are made of it
        "video": "https://video.bsky.app",  # where videos are encoded
        "pds": "",  # overrides the server that each account names as its own
    },
    promises={
        "any post": FOREVER,
        "a post that not everybody may answer": CAN_BE_ASKED,
    },
    prepared_for=timedelta(minutes=30),  # a server forgets unused uploads, and does not say when
    refresh_grace=timedelta(hours=2),
    notes=(
        "A post has a record key of our own: sent again after a lost answer, it changes nothing.",
        "A like has a record key made from what is liked: liked again, it is the same like.",
        "Who may answer is a second record: both are written, or neither. It is a thread's rule.",
        "An image that is too large is not refused: it is encoded anew until it fits.",
        "An image with more than 50 million pixels is refused, whatever its size in bytes.",
        "GIFs are refused: Bluesky would show the first picture only.",
        "A video is sent in parts, and encoded before its post is published.",
        "How many videos an account may send in a day is asked before anything is sent.",
        "A link has a preview only if its author writes one: a card.",
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


class Bluesky:
    name: ClassVar = "bluesky"
    facts: ClassVar = FACTS
    Connection: ClassVar[type[BaseModel]] = BlueskyConnection
    Credentials: ClassVar[type[BaseModel]] = BlueskyCredentials
    Options: ClassVar[type[BaseModel]] = BlueskyOptions
    likes_kinds: ClassVar = COMMENTS | {MessageKind.MENTION, MessageKind.QUOTE}

    def __init__(self, channel: Channel, credentials: BlueskyCredentials, calls: Calls) -> None:
        self._channel = channel
        self._did = channel.remote_id
        self._credentials = credentials
        self._calls = calls
        hosts = {**FACTS.hosts, **calls.hosts}
        self._app = hosts["app"]
        home = str(channel.server["pds"])
        self._pds = hosts["pds"] or home
        self._ask = Line(self._pds, credentials.access_token, calls)
        self._videos = VideoService(self._ask, calls, at=hosts["video"], did=self._did, home=home)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def connect(cls, given: BlueskyConnection, calls: Calls) -> Connected:
        return sessions.connect(given, calls, hosts={**FACTS.hosts, **calls.hosts})

    def refresh(self, app: Registration | None) -> Refreshed:  # noqa: ARG002 – sessions need none
        return sessions.refresh(self._pds, self._credentials, self._calls)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike everywhere
        # Any number of an image's bytes: it is made to fit.
        stated = {name: limit for name, limit in FACTS.limits.items() if name != "image_bytes"}
        most = images.MOST_PIXELS
        return Limits.of(stated, text_unit="graphemes", thread_parts=None, image_pixels=most)

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return count_graphemes(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        chose = chosen(BlueskyOptions, content, platform=cls.name)
        parts = tuple(choices.chosen_for(part, chose) for part in parts_of(content))
        return cls._checked(parts, channel)

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:
        return cls._checked((Part(kind=PartKind.MAIN, text=text, reply_to=to),), channel)

    @classmethod
    def _checked(cls, parts: tuple[Part, ...], channel: Channel) -> tuple[Part, ...]:
        limits = cls.limits(channel)
        common = broken_rules(parts, title=FACTS.title, limits=limits, length=count_graphemes)
        refuse((*common, *choices.broken_rules(parts)))
        return parts

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike everywhere
        return CAN_BE_ASKED if choices.is_gated(part) else FOREVER

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media or record.handles_in(part.text) or choices.is_gated(part))

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        """One file, or a part of one, in a step; names are looked up with the last."""
        notes = dict(part.prepared or {})
        for number, each in enumerate(part.media):
            note = f"{record.IMAGE}{number}"
            if each.kind is MediaKind.VIDEO:
                if record.VIDEO not in notes:
                    return self._videos.next_step(notes, each, media)
            elif note not in notes:
                notes[note] = json.dumps(self._upload(each, part, media))
                if number + 1 < len(part.media):
                    return Pending(notes)
        for handle in record.handles_in(part.text):
            if did := self._look_up(handle):
                notes[f"{record.DID}{handle}"] = did
        if choices.is_gated(part) and record.RKEY not in notes:
            notes[record.RKEY] = record.new_key(now=clock.now())
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
        rkey = record.key_of(part, key)
        body: dict[str, Any] = {"repo": self._did}
        if choices.is_gated(part):
            gate = record.gate_record(part, post=self._uri(rkey), key=key)
            body["writes"] = [record.creation(each, rkey) for each in (made, gate)]
            reply = self._ask("POST", "com.atproto.repo.applyWrites", json=body, commits=True)
            put = reply.read(answers.Applied).results[0]
        else:
            body |= {"collection": record.POST, "rkey": rkey, "record": made}
            reply = self._ask("POST", "com.atproto.repo.putRecord", json=body, commits=True)
            put = reply.read(answers.Ref)
        return Published(self._remote(put, made, part), reply.request_id)

    def resume(self, part: Part, *, key: PartKey, thread: Thread) -> Published | Unpublished:
        """Of a post with a gate: whether its own server has it, under the key that it keeps.

        A request that were still on its way could not make a second one: the next attempt has
        the same record key.
        """
        asks = {"repo": self._did, "collection": record.POST, "rkey": record.key_of(part, key)}
        try:
            reply = self._ask("GET", "com.atproto.repo.getRecord", params=asks, reads=_seeking)
        except _NotThere:
            return Unpublished()
        made = record.post_record(part, key=key, thread=thread)
        return Published(self._remote(reply.read(answers.Ref), made, part))

    def delete(self, remote: Remote) -> None:
        rkey = remote.id.rsplit("/", 1)[-1]
        for collection in (record.POST, *([record.GATE] if record.GATED in remote.refs else [])):
            body = {"repo": self._did, "collection": collection, "rkey": rkey}
            self._ask("POST", "com.atproto.repo.deleteRecord", json=body)

    def like(self, message: Remote) -> None:
        """On condition that no record is there: what was liked from here is liked, and stays so.
        lexicons/com/atproto/repo/putRecord.json"""
        made = record.like_record(message, now=clock.now())
        body = {"repo": self._did, "collection": record.LIKE, "record": made, "swapRecord": None}
        body["rkey"] = record.like_key(message.id)
        try:
            self._ask("POST", "com.atproto.repo.putRecord", json=body, commits=True, reads=_liking)
        except _IsThere:
            return

    def _uri(self, rkey: str) -> str:
        return f"at://{self._did}/{record.POST}/{rkey}"

    def _remote(self, put: answers.Ref, made: Mapping[str, Any], part: Part) -> Remote:
        rkey = put.uri.rsplit("/", 1)[-1]
        url = f"{self._app}/profile/{self._channel.handle}/post/{rkey}"
        own = Remote(id=put.uri, url=url, refs={"cid": put.cid})
        gated = {record.GATED: "yes"} if choices.is_gated(part) else {}
        return own.model_copy(update={"refs": record.root_of(made, own) | gated})

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_inbox(self, cursor: str | None) -> InboxPage:
        return inbox.read(self._notifications, channel=self._channel, app=self._app, cursor=cursor)

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

    def _upload(self, file: AttachedMedia, part: Part, media: MediaReader) -> Any:
        is_picture = choices.choices_of(part).card is not None
        most = PICTURE_BYTES if is_picture else FACTS.limits["image_bytes"].value
        image = images.clean(media.read(file), most_bytes=most)
        headers = {"Content-Type": image.mime_type}
        reply = self._ask(
            "POST", "com.atproto.repo.uploadBlob", content=image.data, headers=headers
        )
        return reply.read(answers.Uploaded).blob

    def _look_up(self, handle: str) -> str | None:
        query = "com.atproto.identity.resolveHandle"
        try:
            return self._ask("GET", query, params={"handle": handle}).read(answers.Resolved).did
        except Rejected:  # nobody's
            return None

    def _notifications(self, before: str | None) -> answers.Notifications:
        """A page, newest first, by the mark of the one above it."""
        params = [("limit", "100"), *(("reasons", reason) for reason in inbox.KINDS)]
        older = [("cursor", before)] if before else []
        query = "app.bsky.notification.listNotifications"
        return self._ask("GET", query, params=[*params, *older]).read(answers.Notifications)


class _NotThere(Exception):
    pass


class _IsThere(Exception):
    pass


def _liking(reply: Reply) -> None:
    if reply.status == 400 and named(reply) == "InvalidSwap":
        raise _IsThere
    reading(ERRORS)(reply)


def _seeking(reply: Reply) -> None:
    """Only its name for what is not there says so: any other refusal is one of the question."""
    if reply.status == 400 and named(reply) == "RecordNotFound":
        raise _NotThere
    reading(ERRORS)(reply)
