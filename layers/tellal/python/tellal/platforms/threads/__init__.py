"""Threads. https://developers.facebook.com/docs/threads

What must stay true: every post is a container that is published by its id, a part of a thread
too, so what became of it is asked of the container (`platforms/containers.py`). The container of
a part names the post that it stands under, so it is made once that one is public.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.observations import Metric
from tellal.platforms import graph_inbox, graph_webhooks
from tellal.platforms.calls import Calls, Gone
from tellal.platforms.choices import as_json, chosen_or_usual
from tellal.platforms.containers import USED_WITHIN, Containers, Dialect, check_quota
from tellal.platforms.graph import GraphLine, Refusals, versioned
from tellal.platforms.hearing import AppSecrets, InboxPage, Told
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
from tellal.platforms.threads import (
    answering,
    answers,
    content,
    inbox,
    listing,
    measuring,
    webhooks,
)
from tellal.platforms.threads.refusals import (
    OF_MEASURING,
    OF_PARTS,
    OF_READING,
    ON_COMMIT,
    REFUSALS,
    failure,
)
from tellal.posts import Content, Part, PartKind, Remote

TITLE = "Threads"
ASKED = Promise(Guarantee.RESUMABLE)
FACTS = Facts(
    title=TITLE,
    limits=content.LIMITS,
    hosts={
        "www": "https://www.threads.net",  # where an owner consents, and people look
        "graph": "https://graph.threads.net",
    },
    settings={
        "version": Sourced("v1.0", "https://developers.facebook.com/docs/threads/reference"),
        "inbox_requests": graph_inbox.REQUESTS,
    },
    promises={"any post, any part of a thread, and any answer": ASKED},
    read_every=graph_inbox.READ_EVERY,
    prepared_for=USED_WITHIN,
    refresh_grace=OLD_ONE_LIVES,
    renewed_ahead=RENEWED_AHEAD,
    measured=measuring.MEASURED,
    notes=(
        "An emoji counts for as many characters as it has bytes in UTF-8.",
        "Of the links in a part each counts once, and so does one that is attached.",
        "A part of a thread is prepared once the one before it is public: files take a while.",
        "Images and videos go together, up to 20; a PNG stays one, other images become JPEG.",
        "A poll is open for a day, and everybody gives one answer.",
        "What answers a post of ours can be hidden; nothing of others is liked or deleted here.",
        "How many posts and answers a day are left is asked before anything is prepared.",
        "Replies and mentions arrive by webhook, and are read besides. There are no messages.",
        "Replies are read below the 10 newest posts; below others the webhook alone tells.",
        "A file that Threads could not fetch from us is offered again, at a fresh address.",
    ),
)
LOGIN = Login(
    title=TITLE,
    grants="th",
    scopes={
        "threads_basic": "nobody can tell whose profile it is",
        "threads_content_publish": "nothing can be published",
        "threads_manage_replies": "a thread stops after its first part",
        "threads_read_replies": "replies are not told, nor surely what became of a thread",
        "threads_delete": "posts cannot be deleted",
        "threads_manage_mentions": "mentions are not told",
        "threads_manage_insights": "nothing is measured",
    },
)
DIALECT = Dialect(
    title=TITLE,
    make="threads",
    publish="threads_publish",
    state="status",
    detail="error_message",
    failure=failure,
)


class ThreadsCredentials(BaseModel):
    access_token: SecretStr


class Threads(answering.ThreadsAnswers):
    name: ClassVar = "threads"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = ThreadsCredentials
    Options: ClassVar[type[BaseModel]] = content.ThreadsOptions
    scopes: ClassVar[Mapping[str, str]] = LOGIN.scopes
    webhook_headers: ClassVar = (graph_webhooks.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: ThreadsCredentials, calls: Calls) -> None:
        self._channel = channel
        self._profile = channel.remote_id
        self._token = credentials.access_token
        self._calls = calls
        self._line = self._line_with(REFUSALS)
        self._measuring = self._line_with(OF_MEASURING)

    def _line_with(self, refusals: Refusals) -> GraphLine:
        at = versioned("graph", self._calls)
        return GraphLine(at, self._token, self._calls, title=TITLE, refusals=refusals)

    def _containers(self, part: Part) -> Containers:
        """A part under another needs a permission of its own."""
        return Containers(
            self._line_with(OF_PARTS) if part.kind in listing.ANSWERING else self._line,
            publishing=self._line_with(ON_COMMIT),
            account=self._profile,
            dialect=DIALECT,
        )

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,  # noqa: ARG003 – Threads has no PKCE
        calls: Calls,
    ) -> str:
        return LOGIN.address(calls.hosts["www"], app, state=state)

    @classmethod
    def exchange(
        cls,
        app: Registration,
        *,
        code: str,
        verifier: str,  # noqa: ARG003 – Threads has no PKCE
        calls: Calls,
    ) -> tuple[Connected, ...]:
        """One consent is one profile's."""
        graph = calls.hosts["graph"]
        granted = LOGIN.exchange(app, code, calls, codes_at=graph, tokens_at=graph)
        return (cls._connected(granted, calls),)

    @classmethod
    def _connected(cls, granted: LongLived, calls: Calls) -> Connected:
        line = GraphLine(
            versioned("graph", calls), granted.token, calls, title=TITLE, refusals=REFUSALS
        )
        profile = line("GET", "me", params={"fields": "id,username,name"}).read(answers.Profile)
        return Connected(
            remote_id=profile.id,
            name=profile.name or profile.username,
            handle=profile.username,
            url=f"{calls.hosts['www']}/@{profile.username}",
            credentials=ThreadsCredentials(access_token=granted.token),
            expires_at=granted.expires_at,
            missing=LOGIN.missing(granted.permissions),
        )

    def refresh(self, app: Registration | None) -> Refreshed:  # noqa: ARG002 – the token suffices
        fresh = LOGIN.renew(self._token, self._calls, at=self._calls.hosts["graph"])
        return Refreshed(ThreadsCredentials(access_token=fresh.token), fresh.expires_at)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike for all
        return content.limits()

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike for all
        return content.length(text)

    @classmethod
    def render(cls, given: Content, channel: Channel) -> tuple[Part, ...]:
        options, unchosen = chosen_or_usual(content.ThreadsOptions, given, platform=cls.name)
        main, *others = parts_of(given)
        main = main.model_copy(update={"options": as_json(options)})
        parts = (main, *others)
        common = broken_rules(parts, title=TITLE, limits=cls.limits(channel), length=content.length)
        refuse((*common, *content.broken_choices(parts, options), *unchosen))
        return parts

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – alike for all
        return ASKED

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:  # noqa: ARG003 – without a container nothing is
        return True

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        above = part.reply_to.remote.id if part.reply_to else None
        recipe = content.recipe(part, media, under=above)
        ask_quota = self._ask_reply_quota if above else self._ask_quota
        return self._containers(part).prepare(recipe, part.prepared or {}, ask_quota=ask_quota)

    @classmethod
    def waits_its_turn(cls, part: Part) -> bool:
        return part.kind is PartKind.THREAD

    def prepare_in_turn(
        self, part: Part, *, thread: Thread, media: MediaReader
    ) -> Prepared | Pending:
        recipe = content.recipe(part, media, under=thread.published[-1].id)
        return self._containers(part).prepare(
            recipe, part.prepared or {}, ask_quota=self._ask_reply_quota
        )

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – the container is the key
        thread: Thread,  # noqa: ARG002 – the container knows what it stands under
        media: MediaReader,  # noqa: ARG002 – fetched before
    ) -> Published:
        return self._containers(part).publish(part.prepared or {})

    def resume(
        self, part: Part, *, key: PartKey, thread: Thread
    ) -> Published | Pending | Unpublished | GivenUp:
        def listed() -> list[answers.Post]:
            params = {"fields": listing.FIELDS, "limit": listing.NEWEST}
            edge = f"{self._profile}/{listing.edge(part)}"
            line = self._line_with(OF_PARTS)
            return line("GET", edge, params=params).read(answers.Posts).data

        return self._containers(part).resume(
            part.prepared or {},
            sent_at=key.at,
            listed=lambda: listing.that_say(part, thread, listed()),
        )

    def confirm(self, remote: Remote) -> Remote:
        reply = self._line("GET", remote.id, params={"fields": "permalink"})
        return remote.model_copy(update={"url": reply.read(answers.Address).permalink})

    def delete(self, remote: Remote) -> None:
        try:
            self._line("DELETE", remote.id)
        except Gone:
            return

    def _ask_quota(self) -> None:
        usage = self._usage("quota_usage,config")
        check_quota(usage.quota_usage, usage.config, title=TITLE, what="posts")

    def _ask_reply_quota(self) -> None:
        usage = self._usage("reply_quota_usage,reply_config")
        check_quota(usage.reply_quota_usage, usage.reply_config, title=TITLE, what="answers")

    def _usage(self, fields: str) -> answers.Usage:
        edge = f"{self._profile}/threads_publishing_limit"
        told = self._line("GET", edge, params={"fields": fields}).read(answers.Limits).data
        return told[0] if told else answers.Usage()

    # ── receiving ────────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        graph_webhooks.verify(body, headers, secrets)

    @classmethod
    def challenge(cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
        return graph_webhooks.challenge(query, secrets)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body)

    def read_channel(self) -> Mapping[Metric, int]:
        return measuring.of_channel(self._measuring, self._profile)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        return measuring.of_posts(self._measuring, remotes)

    def read_days(self, first: date, after: date) -> Iterable[OfDay]:
        return measuring.of_days(self._measuring, self._profile, first, after)

    def read_audience(self) -> Mapping[str, int]:
        return measuring.audience(self._measuring, self._profile)

    def read_inbox(self, cursor: str | None) -> InboxPage:
        lists = inbox.lists(self._channel, self._line_with(OF_READING))
        return graph_inbox.of_channel(self._channel, lists, cursor=cursor, calls=self._calls)
