"""X, once Twitter: its API v2. https://docs.x.com/x-api

What must stay true. X keeps no key of ours: a post whose answer was lost is looked for in the
account's own timeline before it is sent again, and X itself refuses the same words twice. A
refresh token is good for one use. Everything costs money, posts and looks alike, so nothing is
read that nobody asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import ClassVar

from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.channels import Channel
from tellal.errors import NeedsReconnect
from tellal.observations import Metric
from tellal.platforms.calls import Calls, Gone
from tellal.platforms.counts import counts
from tellal.platforms.hearing import AppSecrets, Hook, InboxPage, Told
from tellal.platforms.protocol import (
    Connected,
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
    Thread,
    answered,
)
from tellal.platforms.x import (
    answering,
    answers,
    consent,
    inbox,
    listing,
    post,
    subscribing,
    text,
    uploading,
    webhooks,
)
from tellal.platforms.x.facts import CAN_BE_READ, FACTS, NOBODY_KNOWS
from tellal.platforms.x.line import UNDER_OUR_OWN, Line
from tellal.platforms.x.measuring import MEASURED, by_age
from tellal.posts import Content, Part, PartKind, Remote, ReplyTo

OF_A_PERSON = "name,profile_image_url,public_metrics,username"
OF_A_USER = "name,profile_image_url,subscription_type,username"


@dataclass(frozen=True)
class Vocabulary:
    """How X wants to be asked for a post's fields: see the setting."""

    name: str
    references: str  # as a field or as an expansion
    are_expanded: bool

    def asks(self, *fields: str) -> dict[str, str]:
        return {f"{self.name}.fields": ",".join(("id", *fields))}

    def of_posts(self, *people: str) -> dict[str, str]:
        """All of a post that is read back, and who is behind it in `people`."""
        fields = ["attachments", "conversation_id", "created_at", "entities", f"note_{self.name}"]
        expanded = [*people, *((self.references,) if self.are_expanded else ())]
        plain = [] if self.are_expanded else [*people, self.references]
        return self.asks("text", *fields, *plain) | (
            {"expansions": ",".join(expanded)} if expanded else {}
        )


VOCABULARIES = {
    each.name: each
    for each in (
        Vocabulary("post", "referenced_posts", are_expanded=True),
        Vocabulary("tweet", "referenced_tweets", are_expanded=False),
    )
}


class XCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr | None = None  # None: its owner did not allow offline.access


class X(answering.XAnswers):
    name: ClassVar = "x"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = XCredentials
    Options: ClassVar[type[BaseModel]] = post.XOptions
    scopes: ClassVar = consent.SCOPES
    webhook_headers: ClassVar = (webhooks.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: XCredentials, calls: Calls) -> None:
        self._channel = channel
        self._credentials = credentials
        self._calls = calls
        self._line = Line(credentials.access_token, calls)
        self._site = calls.hosts["site"]
        self._words = VOCABULARIES[calls.settings["vocabulary"]]

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
        """One consent is one account's."""
        granted, expires_at = consent.exchange(app, code=code, verifier=verifier, calls=calls)
        scopes = granted.scope.split()
        consent.ASKED_FOR.require(scopes)
        line = Line(granted.access_token, calls)
        params = {"user.fields": OF_A_USER}
        user = line("GET", "2/users/me", params=params).read(answers.Me).data
        connected = Connected(
            remote_id=user.id,
            name=user.name or user.username,
            handle=user.username,
            url=f"{calls.hosts['site']}/{user.username}",
            credentials=_credentials(granted),
            server={
                "subscription": user.subscription_type or "None",
                "scopes": granted.scope.split(),
            },
            expires_at=expires_at,
            missing=consent.ASKED_FOR.missing(scopes),
        )
        return (connected,)

    @classmethod
    def revoke(cls, app: Registration, credentials: XCredentials, calls: Calls) -> None:
        for token in (credentials.refresh_token, credentials.access_token):
            if token is not None:
                consent.revoke(app, token, calls)

    def refresh(self, app: Registration | None) -> Refreshed:
        """The old token is worthless afterwards, and is never sent again: see `consent`."""
        token = self._credentials.refresh_token
        if token is None:
            raise NeedsReconnect("Its owner did not allow lasting access (offline.access)")
        assert app is not None, "its facts say so"
        granted, expires_at = consent.refresh(app, token, self._calls)
        return Refreshed(_credentials(granted), expires_at)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:
        return post.limits(channel)

    @classmethod
    def length(cls, text_: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return text.weighted_length(text_)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        return post.rendered(content, channel)

    @classmethod
    def render_reply(cls, text_: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:
        """X itself puts the name of whom it answers before it."""
        part = Part(kind=PartKind.MAIN, text=text_, reply_to=to)
        return post.checked((part,), post.limits(channel))

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:  # noqa: ARG003 – for all alike
        return NOBODY_KNOWS if part.kind is PartKind.DIRECT else CAN_BE_READ

    @classmethod
    def price(cls, part: Part, channel: Channel) -> float:  # noqa: ARG003 – alike everywhere
        return post.price(part)

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        return uploading.next_step(part, media=media, line=self._line)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – X keeps none
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – files are uploaded before
    ) -> Published:
        if part.kind is PartKind.DIRECT:
            return answering.send(self._line, part)
        reply = self._line(
            "POST",
            "2/tweets",
            json=post.body(part, thread),
            first=UNDER_OUR_OWN if thread.published else (),
            commits=True,
        )
        made = reply.read(answers.PostMade).data
        remote = Remote(id=made.id, url=self._address(made.id))
        return Published(remote, reply.headers.get("x-transaction-id") or reply.request_id)

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike
        above = answered(part, thread)
        return listing.fingerprint(
            part.text, files=len(part.media), answers=above.id if above else None
        )

    def list_posts(self, *, since: datetime) -> PostList:
        """X counts in whole seconds here, and includes the one it is given."""
        whole = since.astimezone(UTC).replace(microsecond=0)
        asks = {
            "max_results": str(listing.PAGE),
            "start_time": whole.isoformat().replace("+00:00", "Z"),
            "exclude": "retweets",
            **self._words.of_posts(),
        }
        read = self._pages(f"2/users/{self._channel.remote_id}/tweets", asks)
        return listing.listed(read, since=since, address=self._address)

    def delete(self, remote: Remote) -> None:
        try:
            self._line("DELETE", f"2/tweets/{remote.id}").read(answers.PostDeleted)
        except Gone:
            return

    # ── reading, where a channel says so ─────────────────────────────────────────────────────

    def read_inbox(self, cursor: str | None) -> InboxPage:
        known = inbox.Cursor.of(cursor)
        asks = {
            "max_results": str(inbox.PAGE if known.newest else inbox.FIRST_PAGE),
            "user.fields": OF_A_PERSON,
            **self._words.of_posts("author_id", "in_reply_to_user_id"),
            **({"since_id": known.newest} if known.newest else {}),
        }
        mentions = self._pages(f"2/users/{self._channel.remote_id}/mentions", asks)
        reads_directs = consent.DIRECT in self._channel.server.get("scopes", ())
        return inbox.read(
            mentions,
            self._directs if reads_directs else None,
            channel=self._channel,
            site=self._site,
            cursor=known,
        )

    def _directs(self, token: str | None) -> answers.Directs:
        senders = () if self._words.are_expanded else ("sender_id",)
        params = {
            "max_results": str(inbox.PAGE),
            "event_types": "MessageCreate",
            "dm_event.fields": ",".join(
                ("created_at", "dm_conversation_id", "id", "text", *senders)
            ),
            "expansions": "sender_id",
            "user.fields": OF_A_PERSON,
            **({"pagination_token": token} if token else {}),
        }
        return self._line("GET", "2/dm_events", params=params).read(answers.Directs)

    # ── being told ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        webhooks.verify(body, headers, secrets)

    @classmethod
    def challenge(
        cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]
    ) -> Mapping[str, str]:
        return webhooks.challenge(query, secrets)

    def subscribe(self, hook: Hook) -> None:  # noqa: ARG002 – the webhook has an id there
        subscribing.subscribe(self._line, self._channel)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body, site=FACTS.hosts["site"])

    def read_channel(self) -> Mapping[Metric, int]:
        reply = self._line("GET", "2/users/me", params={"user.fields": "public_metrics"})
        return counts(reply.read(answers.CountedMe).data.public_metrics, MEASURED.channel)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        """Of those that are too old for it, what only we see is not asked for."""
        young, old = by_age(remotes, now=clock.now())
        return {
            **self._counted(young, "public_metrics", "non_public_metrics"),
            **self._counted(old, "public_metrics"),
        }

    def _counted(self, remotes: Sequence[Remote], *fields: str) -> dict[str, dict[Metric, int]]:
        read = {}
        for some in batched(remotes, MEASURED.together, strict=False):
            ids = ",".join(remote.id for remote in some)
            asks = {"ids": ids, **self._words.asks(*fields)}
            for each in self._line("GET", "2/tweets", params=asks).read(answers.CountedPosts).data:
                stated = {**each.public_metrics, **each.non_public_metrics}
                read[each.id] = counts(stated, MEASURED.posts)
        return read

    def _pages(self, path: str, asks: Mapping[str, str]) -> listing.Read:
        def read(token: str | None) -> answers.Posts:
            params = {**asks, **({"pagination_token": token} if token else {})}
            return self._line("GET", path, params=params).read(answers.Posts)

        return read

    def _address(self, post_id: str) -> str:
        return f"{self._site}/{self._channel.handle}/status/{post_id}"


def _credentials(granted: answers.Granted) -> XCredentials:
    return XCredentials(access_token=granted.access_token, refresh_token=granted.refresh_token)
