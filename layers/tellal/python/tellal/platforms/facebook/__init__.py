"""Facebook pages. https://developers.facebook.com/docs/pages-api

What must stay true: a post is committed by one request, its photos unseen until then. Facebook
keeps no key that would make two of these requests one, so after a lost answer a post is looked for
in what the page shows, and a comment below its post. A film has an id before it is public, and is
asked for by it. Of a photo's story nothing can be told from outside: a person is asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import BaseModel

from tellal import clock
from tellal.channels import Channel
from tellal.platforms import graph_erasure, graph_inbox, graph_subscriptions, graph_webhooks
from tellal.platforms.calls import Calls, Gone, Reply
from tellal.platforms.choices import as_json, chosen
from tellal.platforms.facebook import (
    answering,
    answers,
    consent,
    films,
    inbox,
    listing,
    outcome,
    photos,
    quotas,
    webhooks,
)
from tellal.platforms.facebook.consent import FacebookConnection
from tellal.platforms.facebook.line import TITLE, FacebookCredentials, PageLine, in_path
from tellal.platforms.facebook.options import (
    LIMITS,
    LIMITS_OF,
    NAMES,
    FacebookOptions,
    Kind,
    as_checked,
    broken_choices,
    film_of,
    kind_of,
)
from tellal.platforms.hearing import AppSecrets, Hook, InboxPage, Told
from tellal.platforms.protocol import (
    Accepted,
    Connected,
    Facts,
    GivenUp,
    Guarantee,
    Limits,
    MediaReader,
    PartKey,
    Pending,
    PostList,
    Prepared,
    Promise,
    Published,
    Registration,
    Sourced,
    Thread,
    Unpublished,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.waiting import FIRST
from tellal.posts import Content, Part, PartKind, Remote

LOOKED_FOR = Promise(Guarantee.SEARCHABLE)
ASKED_FOR = Promise(Guarantee.RESUMABLE)
UNKNOWN = Promise(Guarantee.BLIND)

FACTS = Facts(
    option_links=("link",),
    title=TITLE,
    limits=LIMITS,
    hosts={
        "graph": "https://graph.facebook.com",
        "video": "https://graph-video.facebook.com",
        "upload": "https://rupload.facebook.com",
        "www": "https://www.facebook.com",  # consent, and where people read
    },
    settings={
        # a version lives for two years
        "version": Sourced("v25.0", "https://developers.facebook.com/docs/graph-api/changelog"),
        "reels_a_day": Sourced(
            30, "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
        ),
        "human_agent": answering.HUMAN_AGENT,
        "inbox_requests": graph_inbox.REQUESTS,
    },
    read_every=graph_inbox.READ_EVERY,
    subscribed_for=timedelta(days=1),  # whoever runs the page may have ended it there
    promises={
        "a text, a link, photos, a first comment, an answer to a comment": LOOKED_FOR,
        "a video, a reel, a story of a video": ASKED_FOR,
        "a story of a photo, a private answer, a direct message": UNKNOWN,
    },
    # How long an unfinished upload is kept is not said; it is not trusted to outlive a day.
    prepared_for=timedelta(hours=12),
    answering=answering.WINDOWS,
    notes=(
        "The limits are those of a post in the feed; reels and stories have their own.",
        "A reel is one upright MP4: 9 : 16, at least 540 × 960, of 3 to 90 seconds.",
        "A story is such a film of at most 60 seconds, or one photo, and shows no text.",
        "A photo that is too large is not refused: it is encoded anew until it fits.",
        "GIFs are refused: Facebook would show the first picture only.",
        "A video is uploaded ahead, and public once Facebook has worked on it, after its time.",
        "Of 30 reels in 24 hours the next one waits until there is room again.",
        "A first comment is looked for below its post, and not sent again until others commented.",
        "A page's token does not run out, but it ends with its owner's password or role.",
        "Comments, mentions and messages arrive by webhook, and are read besides.",
        "Comments are read below the 25 newest posts; below others the webhook alone tells.",
        "A comment is answered privately once, within 7 days; a message within 24 hours of theirs.",
        "With the setting `human_agent` a person may answer a message for 7 days: Meta allows it.",
        "Comments whose author Facebook hides from the app stand alone, without a name.",
    ),
)


class Facebook(answering.FacebookAnswers):
    name: ClassVar = "facebook"
    facts: ClassVar = FACTS
    Connection: ClassVar[type[BaseModel]] = FacebookConnection
    Credentials: ClassVar[type[BaseModel]] = FacebookCredentials
    Options: ClassVar[type[BaseModel]] = FacebookOptions
    scopes: ClassVar = consent.SCOPES
    webhook_headers: ClassVar = (graph_webhooks.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: FacebookCredentials, calls: Calls) -> None:
        self._channel = channel
        self._line = PageLine(channel.remote_id, credentials, calls)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def connect(cls, given: FacebookConnection, calls: Calls) -> Connected:
        return consent.connect(given, calls)

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,  # noqa: ARG003 – it is the app's secret that proves who asks
        calls: Calls,
    ) -> str:
        return consent.address_of(app, state=state, calls=calls)

    @classmethod
    def exchange(
        cls,
        app: Registration,
        *,
        code: str,
        verifier: str,  # noqa: ARG003 – as above
        calls: Calls,
    ) -> tuple[Connected, ...]:
        return consent.exchange(app, code=code, calls=calls)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike everywhere
        """Of a post in the feed; a reel and a story have their own."""
        return LIMITS_OF[Kind.FEED]

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        """In UTF-16 units: how Facebook counts is not said, and no way of counting finds more."""
        return _length(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:  # noqa: ARG003 – alike
        options = chosen(FacebookOptions, content, platform=cls.name)
        main, *below = parts_of(content)
        main = main.model_copy(update={"options": as_json(options)})
        common = broken_rules(
            [as_checked(main, options), *below],
            title=NAMES[options.kind],
            limits=LIMITS_OF[options.kind],
            length=_length,
        )
        refuse((*common, *broken_choices(content, options)))
        return (main, *below)

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike everywhere
        if film_of(part):
            return ASKED_FOR
        if part.kind in answering.UNSEEN:
            return UNKNOWN
        return UNKNOWN if kind_of(part) is Kind.STORY else LOOKED_FOR

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        """Notes: `photos`, or a film's `video` and what is left to send of it (films.py)."""
        film, notes, kind = film_of(part), part.prepared or {}, kind_of(part)
        if film is None:
            return photos.upload_next(part, line=self._line, media=media)
        if kind is Kind.FEED:
            return films.send_next_chunk(film, notes, line=self._line, media=media)
        if kind is Kind.REEL and not notes:
            quotas.wait_for_a_free_place(self._line, now=clock.now())
        return films.send_stream(film, notes, kind=kind, line=self._line, media=media)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – Facebook keeps none
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – files are uploaded before
    ) -> Published | Accepted:
        if part.kind in answering.KINDS:
            return answering.commit(self._line, part)
        if part.kind is PartKind.COMMENT:
            path = f"{in_path(thread.published[0].id)}/comments"
            made = self._commit(path, {"message": part.text})
            return Published(Remote(id=made.read(answers.Made).id), made.request_id)
        if film_of(part):
            return self._finish(part)
        if kind_of(part) is Kind.STORY:
            [photo] = photos.ids_of(part)
            made = self._commit(f"{self._line.path}/photo_stories", {"photo_id": photo})
            return Published(Remote(id=made.read(answers.StoryMade).post_id), made.request_id)
        made = self._commit(f"{self._line.path}/feed", _post(part))
        return Published(Remote(id=made.read(answers.Made).id), made.request_id)

    def resume(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – the video's id tells which it is
        thread: Thread,  # noqa: ARG002 – a film stands by itself
    ) -> Published | Pending | Unpublished | GivenUp:
        notes = part.prepared or {}
        video = films.ask(notes[films.VIDEO], line=self._line)
        return outcome.became(video, notes, line=self._line)

    def confirm(self, remote: Remote) -> Remote:
        asked = self._line.graph("GET", in_path(remote.id), params={"fields": "permalink_url"})
        url = outcome.address(asked.read(answers.Permalink).permalink_url, self._line.calls)
        return remote.model_copy(update={"url": url})

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike
        return listing.fingerprint(part)

    def list_posts(self, *, since: datetime) -> PostList:
        def read(after: str | None) -> answers.Posts:
            path, fields = f"{self._line.path}/published_posts", listing.POST_FIELDS
            return self._listed(path, fields, after).read(answers.Posts)

        found = partial(listing.post_as_found, calls=self._line.calls)
        return listing.listed(read, found, since=since)

    def list_comments(self, under: Remote, *, since: datetime) -> PostList:
        def read(after: str | None) -> answers.Comments:
            path, fields = f"{in_path(under.id)}/comments", listing.COMMENT_FIELDS
            newest = {"order": "reverse_chronological"}
            return self._listed(path, fields, after, **newest).read(answers.Comments)

        found = partial(listing.comment_as_found, page=self._line.page, calls=self._line.calls)
        return listing.listed(read, found, since=since)

    def delete(self, remote: Remote) -> None:
        """Of a film the video itself: without it there is no post."""
        try:
            self._line.graph("DELETE", in_path(remote.refs.get(films.VIDEO, remote.id)))
        except Gone:
            return

    def _finish(self, part: Part) -> Accepted:
        notes, kind = part.prepared or {}, kind_of(part)
        title: str | None = part.options.get("title")
        form = films.finishing(notes, kind=kind, text=part.text, title=title)
        host = self._line.video if kind is Kind.FEED else self._line.graph
        path = f"{self._line.path}/{films.EDGES[kind]}"
        reply = host("POST", path, data=form, commits=True)
        told = reply.read(answers.Finished)
        accepted = {films.VIDEO: notes[films.VIDEO], outcome.ACCEPTED: told.post_id or ""}
        return Accepted(accepted, check_in=FIRST, request_id=reply.request_id)

    def _commit(self, path: str, fields: Mapping[str, Any]) -> Reply:
        return self._line.graph("POST", path, json=fields, commits=True)

    def _listed(self, path: str, fields: str, after: str | None, **more: str) -> Reply:
        asked = {"fields": fields, "limit": str(listing.PAGE), **more}
        asked |= {"after": after} if after else {}
        return self._line.graph("GET", path, params=asked)

    # ── receiving ────────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        graph_webhooks.verify(body, headers, secrets)

    @classmethod
    def challenge(cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
        return graph_webhooks.challenge(query, secrets)

    @classmethod
    def erasure_request(cls, body: bytes, secrets: Sequence[AppSecrets]) -> str:
        return graph_erasure.erasure_request(body, secrets)

    def subscribe(self, hook: Hook) -> None:  # noqa: ARG002 – the app names the address
        graph_subscriptions.subscribe(self._line.hooks, self._line.path, webhooks.FIELDS)

    def unsubscribe(self, hook: Hook) -> None:  # noqa: ARG002 – as above
        graph_subscriptions.unsubscribe(self._line.hooks, self._line.path)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body)

    def read_inbox(self, cursor: str | None) -> InboxPage:
        lists = inbox.lists(self._line)
        return graph_inbox.of_channel(self._channel, lists, cursor=cursor, calls=self._line.calls)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _post(part: Part) -> dict[str, Any]:
    """What the feed is sent; photos are named by their ids."""
    post: dict[str, Any] = {"message": part.text} if part.text else {}
    if link := part.options.get("link"):
        post["link"] = link
    if attached := photos.ids_of(part):
        post["attached_media"] = [{"media_fbid": each} for each in attached]
    return post
