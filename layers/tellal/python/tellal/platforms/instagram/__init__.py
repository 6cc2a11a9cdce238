"""Instagram, by its own login: professional accounts, without a Facebook page.
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login

What must stay true: a post is a container that is published by its id, so what became of it is
asked of the container (`platforms/containers.py`). A comment has none: after a lost answer it is
looked for, and never written again by itself. Nothing can be deleted with this login.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms import graph_inbox, graph_subscriptions, graph_webhooks
from tellal.platforms.calls import Calls
from tellal.platforms.choices import as_json, chosen_or_usual
from tellal.platforms.containers import (
    USED_WITHIN,
    Containers,
    Dialect,
    Made,
    check_quota,
)
from tellal.platforms.graph import GraphLine, Refusals, versioned
from tellal.platforms.hearing import AppSecrets, Hook, InboxPage, Told
from tellal.platforms.instagram import (
    answering,
    answers,
    content,
    inbox,
    listing,
    measuring,
    webhooks,
)
from tellal.platforms.instagram.refusals import (
    OF_COMMENTS,
    OF_HOOKS,
    OF_MEASURING,
    OF_READING,
    ON_COMMIT,
    REFUSALS,
    failure,
)
from tellal.platforms.long_lived import OLD_ONE_LIVES, RENEWED_AHEAD, Login, LongLived
from tellal.platforms.measured import OfDay
from tellal.platforms.protocol import (
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
    Refreshed,
    Registration,
    Sourced,
    Thread,
    Unpublished,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.posts import Content, Part, PartKind, Remote

TITLE = "Instagram"
ASKED = Promise(Guarantee.RESUMABLE)
LOOKED_FOR = Promise(Guarantee.SEARCHABLE)
NOBODY_KNOWS = Promise(Guarantee.BLIND)
FACTS = Facts(
    title=TITLE,
    limits=content.LIMITS,
    hosts={
        "www": "https://www.instagram.com",  # where an owner consents, and people look
        "api": "https://api.instagram.com",  # takes the consent's code
        "graph": "https://graph.instagram.com",
    },
    settings={
        "version": Sourced("v25.0", "https://developers.facebook.com/docs/graph-api/changelog"),
        "inbox_requests": graph_inbox.REQUESTS,
        "human_agent": answering.HUMAN_AGENT,
    },
    promises={
        "a post, a carousel, a reel or a story": ASKED,
        "a first comment, an answer to a comment": LOOKED_FOR,
        "a private answer, a direct message": NOBODY_KNOWS,
    },
    answering=answering.WINDOWS,
    read_every=graph_inbox.READ_EVERY,
    subscribed_for=timedelta(days=1),  # its owner may have ended it there
    prepared_for=USED_WITHIN,
    refresh_grace=OLD_ONE_LIVES,
    renewed_ahead=RENEWED_AHEAD,
    measured=measuring.MEASURED,
    notes=(
        "For professional accounts (business, creator); no Facebook page is needed.",
        "Images are made JPEG and small enough; what is see-through is laid upon white.",
        "Images may be 4:5 to 1.91:1, in stories of any shape.",
        "A carousel may mix images and videos; a video in it lasts a minute at most.",
        "One video is a reel, on the profile's grid too unless `share_to_feed` says no.",
        "A story has no text, no comment and no alt text; a video in it lasts a minute at most.",
        "Alt texts are of images alone.",
        "More than 5 hashtags may be cut off: the app takes no more, the API still 30.",
        "How many posts a day an account may publish is asked before anything is prepared.",
        "A file that Instagram could not fetch from us is offered again, at a fresh address.",
        "A first comment whose answer was lost is known if it is found; else a person is asked.",
        "Comments, mentions and messages arrive by webhook; all but mentions are read besides.",
        "Comments are read below the 25 newest posts; below others the webhook alone tells.",
        "Of a mention its place alone is told: with this login nobody can ask for its words.",
        "A comment is answered privately once, within 7 days; a message within 24 hours of theirs.",
        "With the setting `human_agent` a person may answer a message for 7 days: Meta allows it.",
        "Comments can be hidden and deleted, but not liked from outside.",
        "Posts cannot be deleted or edited with this login, only in the app.",
    ),
)
LOGIN = Login(
    title=TITLE,
    grants="ig",
    scopes={
        "instagram_business_basic": "nobody can tell whose account it is",
        "instagram_business_content_publish": "nothing can be published",
        "instagram_business_manage_comments": "comments cannot be read or written",
        "instagram_business_manage_messages": "messages are not told, and nobody can be written to",
        "instagram_business_manage_insights": "nothing is measured but followers and likes",
    },
)
DIALECT = Dialect(
    title=TITLE,
    make="media",
    publish="media_publish",
    state="status_code",
    detail="status",
    failure=failure,
)
COMMENTS = frozenset({PartKind.COMMENT, PartKind.ANSWER})
NOT_PROFESSIONAL = "PERSONAL"


class InstagramCredentials(BaseModel):
    access_token: SecretStr


class Instagram(answering.InstagramAnswers):
    name: ClassVar = "instagram"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = InstagramCredentials
    Options: ClassVar[type[BaseModel]] = content.InstagramOptions
    scopes: ClassVar[Mapping[str, str]] = LOGIN.scopes
    webhook_headers: ClassVar = (graph_webhooks.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: InstagramCredentials, calls: Calls) -> None:
        self._channel = channel
        self._account = channel.remote_id
        self._token = credentials.access_token
        self._calls = calls
        self._line = self._line_of(REFUSALS)
        self._comments = self._line_of(OF_COMMENTS)
        self._measuring = self._line_of(OF_MEASURING)
        publishing = self._line_of(ON_COMMIT)
        self._containers = Containers(
            self._line, publishing=publishing, account=self._account, dialect=DIALECT
        )

    def _line_of(self, refusals: Refusals) -> GraphLine:
        at = versioned("graph", self._calls)
        return GraphLine(at, self._token, self._calls, title=TITLE, refusals=refusals)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,  # noqa: ARG003 – Instagram has no PKCE
        calls: Calls,
    ) -> str:
        return LOGIN.address(calls.hosts["www"], app, state=state)

    @classmethod
    def exchange(
        cls,
        app: Registration,
        *,
        code: str,
        verifier: str,  # noqa: ARG003 – Instagram has no PKCE
        calls: Calls,
    ) -> tuple[Connected, ...]:
        """One consent is one account's."""
        hosts = calls.hosts
        granted = LOGIN.exchange(app, code, calls, codes_at=hosts["api"], tokens_at=hosts["graph"])
        return (cls._connected(granted, calls),)

    @classmethod
    def _connected(cls, granted: LongLived, calls: Calls) -> Connected:
        line = GraphLine(
            versioned("graph", calls), granted.token, calls, title=TITLE, refusals=REFUSALS
        )
        fields = "user_id,username,name,account_type"
        account = line("GET", "me", params={"fields": fields}).read(answers.Account)
        if account.account_type == NOT_PROFESSIONAL:
            raise Rejected(
                "Instagram lets nobody publish to a personal account: make it a professional one"
                " in the app, then connect it"
            )
        return Connected(
            remote_id=account.user_id,
            name=account.name or account.username,
            handle=account.username,
            url=f"{calls.hosts['www']}/{account.username}",
            credentials=InstagramCredentials(access_token=granted.token),
            expires_at=granted.expires_at,
            missing=LOGIN.missing(granted.permissions),
        )

    def refresh(self, app: Registration | None) -> Refreshed:  # noqa: ARG002 – the token suffices
        fresh = LOGIN.renew(self._token, self._calls, at=self._calls.hosts["graph"])
        return Refreshed(InstagramCredentials(access_token=fresh.token), fresh.expires_at)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike for all
        """Of a post in the feed."""
        return content.limits_for(Part(kind=PartKind.MAIN, text=""), content.Kind.FEED)

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike for all
        """«Characters», it says, and no more: taken for Unicode's."""
        return len(text)

    @classmethod
    def render(cls, given: Content, channel: Channel) -> tuple[Part, ...]:
        options, unchosen = chosen_or_usual(content.InstagramOptions, given, platform=cls.name)
        main, *others = parts_of(given)
        main = main.model_copy(update={"options": as_json(options)})
        parts = (main, *others)
        limits = content.limits_for(main, options.kind)
        common = broken_rules(
            parts, title=TITLE, limits=limits, length=lambda text: cls.length(text, channel)
        )
        refuse((*common, *content.broken_choices(parts, options), *unchosen))
        return parts

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike for all
        if part.kind in answering.UNSEEN:
            return NOBODY_KNOWS
        return LOOKED_FOR if part.kind in COMMENTS else ASKED

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return part.kind not in COMMENTS | answering.UNSEEN

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        recipe = content.recipe(part, media)
        return self._containers.prepare(recipe, part.prepared or {}, ask_quota=self._ask_quota)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – the container is the key
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – fetched before
    ) -> Published:
        if part.kind in answering.KINDS:
            return answering.commit(self._comments, self._line, self._account, part)
        if part.kind is not PartKind.COMMENT:
            return self._containers.publish(part.prepared or {})
        post = thread.published[0]
        reply = self._comments(
            "POST", f"{post.id}/comments", data={"message": part.text}, commits=True
        )
        comment = Remote(id=reply.read(Made).id, url=post.url, refs={listing.POST: post.id})
        return Published(comment, reply.request_id)

    def resume(
        self,
        part: Part,
        *,
        key: PartKey,
        thread: Thread,  # noqa: ARG002 – a post stands by itself
    ) -> Published | Pending | Unpublished | GivenUp:
        def listed() -> list[answers.Media]:
            fields = "id,caption,timestamp,permalink,media_type"
            params = {"fields": fields, "limit": listing.NEWEST}
            edge = f"{self._account}/{listing.edge(part)}"
            return self._line("GET", edge, params=params).read(answers.Medias).data

        return self._containers.resume(
            part.prepared or {},
            sent_at=key.at,
            listed=lambda: listing.that_say(part, listed()),
        )

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike for all
        return listing.fingerprint(part, thread)

    def list_posts(self, *, since: datetime) -> PostList:
        """Of comments: a post is asked for by its container."""
        below = "id,text,timestamp,username"
        fields = f"id,comments.limit(50){{{below},replies{{{below}}}}}"
        params = {"fields": fields, "limit": listing.NEWEST}
        reply = self._comments("GET", f"{self._account}/media", params=params)
        posts = reply.read(answers.AllCommented).data
        return listing.comments_of(posts, handle=self._channel.handle, since=since)

    def confirm(self, remote: Remote) -> Remote:
        if listing.POST in remote.refs:  # a comment is found under its post
            return remote
        reply = self._line("GET", remote.id, params={"fields": "permalink"})
        return remote.model_copy(update={"url": reply.read(answers.Address).permalink})

    def _ask_quota(self) -> None:
        edge = f"{self._account}/content_publishing_limit"
        reply = self._line("GET", edge, params={"fields": "quota_usage,config"})
        for usage in reply.read(answers.Limits).data:
            check_quota(usage.quota_usage, usage.config, title=TITLE, what="posts")

    # ── receiving ────────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        graph_webhooks.verify(body, headers, secrets)

    @classmethod
    def challenge(cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
        return graph_webhooks.challenge(query, secrets)

    def subscribe(self, hook: Hook) -> None:  # noqa: ARG002 – the app names the address
        graph_subscriptions.subscribe(self._line_of(OF_HOOKS), self._account, webhooks.FIELDS)

    def unsubscribe(self, hook: Hook) -> None:  # noqa: ARG002 – as above
        graph_subscriptions.unsubscribe(self._line_of(OF_HOOKS), self._account)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body)

    def read_channel(self) -> Mapping[Metric, int]:
        return measuring.of_channel(self._measuring, self._account)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        return measuring.of_posts(self._measuring, remotes)

    def read_days(self, first: date, after: date) -> Iterable[OfDay]:
        return measuring.of_days(self._measuring, self._account, first, after)

    def read_audience(self) -> Mapping[str, int]:
        return measuring.audience(self._measuring, self._account)

    def read_inbox(self, cursor: str | None) -> InboxPage:
        lists = inbox.lists(self._channel, self._line_of(OF_READING))
        return graph_inbox.of_channel(self._channel, lists, cursor=cursor, calls=self._calls)
