"""LinkedIn, for members and for the pages they manage.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api

What must stay true: LinkedIn keeps no key. Where a channel's posts may be read, a post whose answer
was lost is looked for; anywhere else only somebody who sees the channel can tell. A comment stands
where nothing newer comes, so it is looked for and never sent again. LinkedIn refuses a copy for
some minutes and names the first, but that may be anybody's: whether it is ours the engine decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel

from tellal.channels import Channel
from tellal.errors import Broken, Rejected, Unacceptable
from tellal.observations import Metric
from tellal.platforms.calls import Calls, Gone, Reply
from tellal.platforms.choices import as_json, chosen
from tellal.platforms.hearing import AppSecrets, Hook, InboxPage, Told
from tellal.platforms.linkedin import (
    answering,
    answers,
    consent,
    listing,
    little,
    measuring,
    notifications,
    posting,
    subscribing,
    urns,
)
from tellal.platforms.linkedin.consent import LinkedInCredentials
from tellal.platforms.linkedin.facts import CAN_BE_ASKED, CAN_BE_READ, FACTS, NOBODY_KNOWS
from tellal.platforms.linkedin.line import Forbidden, Line
from tellal.platforms.linkedin.options import LinkedInOptions, broken_choices, broken_poll_rules
from tellal.platforms.linkedin.uploads import Uploads
from tellal.platforms.measured import OfDay
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
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.posts import Content, Part, PartKind, Remote


class LinkedIn(answering.LinkedInAnswers):
    name: ClassVar = "linkedin"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = LinkedInCredentials
    Options: ClassVar[type[BaseModel]] = LinkedInOptions
    scopes: ClassVar = consent.SCOPES
    webhook_headers: ClassVar = (notifications.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: LinkedInCredentials, calls: Calls) -> None:
        self._channel = channel
        self._author = channel.remote_id
        self._may_read = consent.may_read(channel.remote_id, channel.server.get("scopes", ()))
        self._credentials = credentials
        self._calls = calls
        self._line = Line(credentials.access_token, calls)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,  # noqa: ARG003 – LinkedIn takes none
        calls: Calls,
    ) -> str:
        return consent.address_of(app, state=state, calls=calls)

    @classmethod
    def exchange(
        cls,
        app: Registration,
        *,
        code: str,
        verifier: str,  # noqa: ARG003 – nor its other half
        calls: Calls,
    ) -> tuple[Connected, ...]:
        """The member, and every page they may post to."""
        return consent.exchange(app, code=code, calls=calls)

    @classmethod
    def revoke(cls, app: Registration, credentials: LinkedInCredentials, calls: Calls) -> None:
        consent.revoke(app, credentials.access_token, calls)

    def refresh(self, app: Registration | None) -> Refreshed:
        return consent.refresh(self._credentials, app, self._calls)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:  # noqa: ARG003 – alike everywhere
        return Limits.of(FACTS.limits, text_unit="characters")

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return little.length(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        parts = parts_of(content)
        limits = cls.limits(channel)
        common = broken_rules(parts, title=FACTS.title, limits=limits, length=little.length)
        try:
            options = chosen(LinkedInOptions, content, platform=cls.name)
        except Unacceptable as error:
            refuse((*common, *error.broken, *_broken_poll(content)))
            raise
        page = consent.is_page(channel.remote_id)
        own = broken_choices(content, options, page=page)
        refuse((*common, *own, *_broken_poll(content)))
        main = parts[0].model_copy(update={"options": as_json(options)})
        return (main, *parts[1:])

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:
        if not consent.may_read(channel.remote_id, channel.server.get("scopes", ())):
            return NOBODY_KNOWS
        is_post = part.kind not in (PartKind.COMMENT, PartKind.ANSWER)
        return CAN_BE_READ if is_post else CAN_BE_ASKED

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return bool(part.media)

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        return Uploads(self._line, self._author).step(part, media)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – LinkedIn keeps none
        thread: Thread,
        media: MediaReader,  # noqa: ARG002 – files are uploaded before
    ) -> Published:
        if part.kind is PartKind.COMMENT:
            return self._comment(part, thread.published[0].id)
        if part.kind is PartKind.ANSWER and part.reply_to:
            return self._answer(part, part.reply_to.remote)
        body = posting.post(part, author=self._author)
        reads = self._line.understand_post
        reply = self._line(
            "POST", "rest/posts", json=body, commits=True, accepts={201}, reads=reads
        )
        urn = _named(reply)
        return Published(Remote(id=urn, url=self._line.address_of(urn)), reply.request_id)

    def _comment(self, part: Part, post: str) -> Published:
        path = f"rest/socialActions/{urns.in_address(post)}/comments"
        body = posting.comment(part, author=self._author, post=post)
        reply = self._line("POST", path, json=body, commits=True, accepts={201})
        told = reply.json()
        made = answers.Made.model_validate(told if isinstance(told, dict) else {})
        name = made.commentUrn or made.id or _named(reply)
        return Published(listing.comment_at(self._line, post, name), reply.request_id)

    def _answer(self, part: Part, comment: Remote) -> Published:
        post = answering.post_of(comment)
        path = f"rest/socialActions/{urns.in_address(comment.id)}/comments"
        body = posting.comment(part, author=self._author, post=post)
        body |= {"parentComment": comment.id}
        reply = self._line("POST", path, json=body, commits=True, accepts={201})
        told = reply.json()
        made = answers.Made.model_validate(told if isinstance(told, dict) else {})
        name = made.commentUrn or made.id or _named(reply)
        return Published(listing.comment_at(self._line, post, name), reply.request_id)

    def resume(self, part: Part, *, key: PartKey, thread: Thread) -> Published:
        """Of a comment: LinkedIn shows what stands below a post, or another comment."""
        above = part.reply_to.remote if part.reply_to else thread.published[0]
        post = answering.post_of(above) if part.reply_to else above.id
        found = listing.own_comment(
            self._line, part, author=self._author, post=post, above=above.id, since=key.at
        )
        return Published(found)

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003 – alike
        return listing.fingerprint(part)

    def list_posts(self, *, since: datetime) -> PostList:
        return listing.posts(self._line, self._author, since=since)

    def delete_message(self, message: Remote) -> None:
        self._delete(message, acts=True)

    def delete(self, remote: Remote) -> None:
        self._delete(remote)

    def _delete(self, remote: Remote, *, acts: bool = False) -> None:
        below = urns.COMMENT.fullmatch(remote.id)
        try:
            if below:
                post = remote.refs.get("post", below["post"])
                path = f"rest/socialActions/{urns.in_address(post)}/comments/{below['number']}"
                params = {"actor": self._author}
                self._line("DELETE", path, params=params, accepts={200, 204}, commits=acts)
            else:
                path = f"rest/posts/{urns.in_address(remote.id)}"
                self._line("DELETE", path, accepts={200, 204}, commits=acts)
        except Gone:
            return

    # ── the inbox ────────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        notifications.verify(body, headers, secrets)

    @classmethod
    def challenge(
        cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]
    ) -> Mapping[str, str]:
        return notifications.challenge(query, secrets)

    def subscribe(self, hook: Hook) -> None:
        """Of a page: of members LinkedIn tells nobody."""
        if consent.is_page(self._author):
            subscribing.subscribe(self._line, self._channel, hook, application=self._application)

    def unsubscribe(self, hook: Hook) -> None:  # noqa: ARG002 – its name tells which it is
        if consent.is_page(self._author) and self._application:
            subscribing.unsubscribe(self._line, self._channel, application=self._application)

    @property
    def _application(self) -> str:
        return str(self._calls.settings["developer_application"])

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return notifications.normalise(body, www=FACTS.hosts["www"])

    def read_inbox(self, cursor: str | None) -> InboxPage:
        """Of a page, where that was allowed: LinkedIn tells of no member's posts."""
        if not self._may_read or not consent.is_page(self._author):
            return InboxPage((), cursor)
        try:
            return notifications.read(self._listed, www=self._calls.hosts["www"], cursor=cursor)
        except Forbidden as error:  # it may be let publish, and not read
            raise Rejected(str(error)) from error

    def _listed(self, since: datetime | None, start: int) -> notifications.Listed:
        return notifications.listed(self._line, self._author, since=since, start=start)

    # ── numbers ──────────────────────────────────────────────────────────────────────────────

    def read_channel(self) -> Mapping[Metric, int]:
        """Of a page: how many follow a member LinkedIn does not tell."""
        if not self._may_measure or not consent.is_page(self._author):
            return {}
        return measuring.of_page(self._line, self._author)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        if not self._may_measure:
            return {}
        if consent.is_page(self._author):
            return measuring.of_pages_posts(self._line, self._author, remotes)
        return measuring.of_members_posts(self._line, remotes)

    def read_days(self, first: date, after: date) -> Iterable[OfDay]:
        if not self._may_measure or not consent.is_page(self._author):
            return ()
        return measuring.of_days(self._line, self._author, first, after)

    def read_audience(self) -> Mapping[str, int]:
        if not self._may_measure or not consent.is_page(self._author):
            return {}
        return measuring.audience(self._line, self._author)

    @property
    def _may_measure(self) -> bool:
        return consent.may_measure(self._author, self._channel.server.get("scopes", ()))


def _broken_poll(content: Content) -> Iterator[Broken]:
    if content.poll:
        yield from broken_poll_rules(content.poll)


def _named(reply: Reply) -> str:
    """What a request has made: its name stands in a header, its body is empty."""
    name = reply.headers.get("x-restli-id") or reply.headers.get("x-linkedin-id") or ""
    if reply.status != 201 or not name:
        raise reply.lost("LinkedIn took it, and did not say where it is")
    return name
