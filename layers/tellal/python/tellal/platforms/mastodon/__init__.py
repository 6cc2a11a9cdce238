"""Mastodon, and the many other servers that speak its API. https://docs.joinmastodon.org

What must stay true: only true Mastodon is trusted to keep an Idempotency-Key, and only for its
hour; another server may ignore it, so there a post is not sent again before it was looked for.
Limits are each server's own: what it said when the channel was connected is kept with the channel.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.errors import NeedsReconnect, Rejected
from tellal.observations import Metric
from tellal.platforms.answering import COMMENTS
from tellal.platforms.calls import Calls, Gone, address
from tellal.platforms.choices import as_json, chosen
from tellal.platforms.counts import counts
from tellal.platforms.hearing import InboxPage
from tellal.platforms.mastodon import answers, consent, inbox, listing, server, status, uploading
from tellal.platforms.mastodon.line import Line
from tellal.platforms.mastodon.measuring import MEASURED
from tellal.platforms.mastodon.status import MastodonOptions
from tellal.platforms.protocol import (
    Connected,
    Facts,
    Limits,
    MediaReader,
    PartKey,
    Pending,
    PostList,
    Prepared,
    Promise,
    Published,
    Registration,
    Thread,
    answered,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.text import find
from tellal.posts import Content, Part, PartKind, Remote, ReplyTo

FACTS = Facts(
    title=status.TITLE,
    limits=server.LIMITS,
    promises={
        "a post on a server that is truly Mastodon": server.KEEPS_KEYS,
        "a post on another server with Mastodon's API": server.CAN_BE_READ,
    },
    prepared_for=timedelta(hours=1),  # servers keep unused uploads longer, but do not say how long
    measured=MEASURED,
    notes=(
        "The limits are those of a server that says nothing else; each channel has its server's.",
        "Whether a server is truly Mastodon is read from its version and its source's address.",
        "A mention of somebody on another server counts without the server's name.",
        "A video goes alone, and so does a GIF, which becomes one.",
        "A server that lists no type of video takes none.",
        "A warning, a visibility and a language that are chosen hold for the whole thread.",
        "An answer starts with the name of whom it answers, and is never more public.",
    ),
)

PAGE = 40  # notifications read at once


class MastodonConnection(BaseModel):
    """What a person types in. The token is made under Preferences → Development."""

    server: str  # a name or an address: mastodon.social, https://mastodon.social
    access_token: SecretStr


class MastodonCredentials(BaseModel):
    access_token: SecretStr


class Mastodon:
    name: ClassVar = "mastodon"
    facts: ClassVar = FACTS
    Connection: ClassVar[type[BaseModel]] = MastodonConnection
    Credentials: ClassVar[type[BaseModel]] = MastodonCredentials
    Options: ClassVar[type[BaseModel]] = MastodonOptions
    scopes: ClassVar = consent.SCOPES
    likes_kinds: ClassVar = COMMENTS | {MessageKind.MENTION, MessageKind.QUOTE, MessageKind.DIRECT}

    def __init__(self, channel: Channel, credentials: MastodonCredentials, calls: Calls) -> None:
        self._channel = channel
        self._line = Line(str(channel.server["address"]), credentials.access_token, calls)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def connect(cls, given: MastodonConnection, calls: Calls) -> Connected:
        token = SecretStr(given.access_token.get_secret_value().strip())
        line = Line(address(given.server), token, calls)
        account = line("GET", "v1/accounts/verify_credentials").read(answers.Account)
        return cls._connected(account, line, consent.scopes_of_app(line))

    @classmethod
    def register(cls, server: str, redirect_uri: str, calls: Calls) -> Registration:
        return consent.register(server, redirect_uri, calls)

    @classmethod
    def is_registered(cls, app: Registration, calls: Calls) -> bool:
        return consent.is_registered(app, calls)

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,
        calls: Calls,  # noqa: ARG003 – nobody is called
    ) -> str:
        return consent.address_of(app, state=state, challenge=challenge)

    @classmethod
    def exchange(
        cls, app: Registration, *, code: str, verifier: str, calls: Calls
    ) -> tuple[Connected, ...]:
        """One consent is one account's."""
        granted = consent.exchange(app, code=code, verifier=verifier, calls=calls)
        line = Line(str(app.server), granted.access_token, calls)
        scopes = granted.scope.split() or consent.scopes_of_app(line)
        account = consent.account_of(line, scopes)
        return (cls._connected(account, line, scopes),)

    @classmethod
    def revoke(cls, app: Registration, credentials: MastodonCredentials, calls: Calls) -> None:
        consent.revoke(app, credentials.access_token, calls)

    @classmethod
    def _connected(cls, account: answers.Account, line: Line, scopes: Sequence[str]) -> Connected:
        try:
            instance = line("GET", "v2/instance").read(answers.Instance)
        except (Rejected, NeedsReconnect):  # older, smaller, or shut off
            instance = answers.Instance()
        domain = instance.domain or line.at.partition("://")[2]
        return Connected(
            remote_id=f"{account.id}@{domain}",  # an id alone may be somebody else's elsewhere
            name=account.display_name or account.acct,
            handle=account.acct if "@" in account.acct else f"{account.acct}@{domain}",
            url=account.url,
            credentials=MastodonCredentials(access_token=line.token),
            server=server.facts_of(instance, address=line.at, account_id=account.id),
            missing=consent.missing(scopes),
        )

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:
        return server.limits_of(channel.server)

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:
        """Links count as the server says, and mentions without their @host."""
        return status.length(text, cls.limits(channel))

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        options = as_json(chosen(MastodonOptions, content, platform=cls.name))
        parts = (part.model_copy(update={"options": options}) for part in parts_of(content))
        return cls._checked(tuple(parts), channel)

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:
        mention = f"@{to.author_handle}"
        if text.strip() and mention not in {found.text for found in find(text)}:
            text = f"{mention} {text}"
        return cls._checked((Part(kind=PartKind.MAIN, text=text, reply_to=to),), channel)

    @classmethod
    def _checked(cls, parts: tuple[Part, ...], channel: Channel) -> tuple[Part, ...]:
        limits = cls.limits(channel)
        common = broken_rules(
            parts, title=FACTS.title, limits=limits, length=lambda text: cls.length(text, channel)
        )
        refuse((*common, *status.broken_rules(parts, limits)))
        return parts

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – for all parts alike
        return server.promise_of(channel.server)

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        return uploading.next_step(self._line, part, media)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – files are uploaded before
    ) -> Published:
        body = status.body_of(part, thread)
        headers = {"Idempotency-Key": f"{key.delivery_id}:{key.number}"}
        reply = self._line("POST", "v1/statuses", json=body, headers=headers, commits=True)
        made = reply.read(answers.Made)
        return Published(Remote(id=made.id, url=made.url or made.uri), reply.request_id)

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike
        above = answered(part, thread)
        return listing.fingerprint(
            part.text, files=len(part.media), answers=above.id if above else None
        )

    def list_posts(self, *, since: datetime) -> PostList:
        return listing.listed(self._page_of_posts, since=since)

    def _page_of_posts(self, below: str | None) -> list[answers.Status]:
        account = self._channel.server["account_id"]
        params = {"limit": str(listing.PAGE), "exclude_reblogs": "true"}
        params |= {"max_id": below} if below else {}
        reply = self._line("GET", f"v1/accounts/{account}/statuses", params=params)
        return reply.read(list[answers.Status])

    def delete(self, remote: Remote) -> None:
        try:
            self._line("DELETE", f"v1/statuses/{remote.id}")
        except Gone:
            return

    def like(self, message: Remote) -> None:
        """What is liked already stays so. https://docs.joinmastodon.org/methods/statuses/#favourite"""
        lacking = f"The token lacks {consent.LIKING}, without which nothing can be liked"
        path = f"v1/statuses/{message.id}/favourite"
        self._line("POST", path, commits=True, lacking=lacking)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_inbox(self, cursor: str | None) -> InboxPage:
        """One page, the next after the cursor; ids are compared by the server alone."""
        params = [("types[]", kind) for kind in inbox.KINDS] + [("limit", str(PAGE))]
        params += [("min_id", cursor)] if cursor else []
        reply = self._line("GET", "v1/notifications", params=params)
        listed = reply.read(list[answers.Notification])
        heard = tuple(inbox.heard(listed, channel=self._channel, above=self._above))
        return InboxPage(heard, listed[0].id if listed else cursor)

    def read_channel(self) -> Mapping[Metric, int]:
        stated = self._line("GET", "v1/accounts/verify_credentials").read(dict[str, Any])
        return counts(stated, MEASURED.channel)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        """One by one: reading many at once is for the newest servers only."""
        read = {}
        for remote in remotes:
            try:
                stated = self._line("GET", f"v1/statuses/{remote.id}").read(dict[str, Any])
            except Gone:
                continue
            read[remote.id] = counts(stated, MEASURED.posts)
        return read

    def _above(self, answer: answers.Status) -> Sequence[answers.Ancestor]:
        """The thread a status answers into, so that every answer joins its conversation."""
        if answer.in_reply_to_id is None:
            return ()
        try:
            return (
                self._line("GET", f"v1/statuses/{answer.id}/context")
                .read(answers.Context)
                .ancestors
            )
        except Gone:
            return ()
