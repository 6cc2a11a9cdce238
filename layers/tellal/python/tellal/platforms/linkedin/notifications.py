"""What LinkedIn tells of a page: its notifications, told by webhook and read back alike.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-social-action-notifications

A page alone is told of; of a member's posts nobody is. LinkedIn keeps notifications for sixty days.
"""

# ruff: noqa: N815 – so that a model can be compared with LinkedIn's documentation

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, InboxPage, Told
from tellal.platforms.linkedin import urns
from tellal.platforms.linkedin.line import FINDER, Line
from tellal.platforms.newest_first import Page, Place, Reader
from tellal.platforms.telling import (
    OURS,
    Came,
    Epoch,
    Event,
    Id,
    Model,
    digest,
    is_among,
    keys,
    told,
    unreadable,
)

SIGNATURE = "x-li-signature"
SCHEME = "hmacsha256="  # stands before the body that is signed, and maybe before the digest
# The answer to a question could sign a body, if that could be asked: a UUID holds no «=».
QUESTION = re.compile(r"[0-9A-Za-z-]{1,128}")
SOCIAL = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
COMMENTS: Mapping[str, Change] = {
    "COMMENT": Change.ADDED,
    "COMMENT_EDIT": Change.EDITED,
    "COMMENT_DELETE": Change.REMOVED,
}
ELSEWHERE: Mapping[str, MessageKind] = {
    "SHARE": MessageKind.SHARE,
    "SHARE_MENTION": MessageKind.MENTION,
}
BY_THE_PAGE = "ADMIN_COMMENT"
READ = (*COMMENTS, *ELSEWHERE)  # read back: all else would be left
OVERLAP = timedelta(hours=1)
AT_ONCE = 100
MOST_PAGES = 5


class Body(Model):
    type: str
    notifications: tuple[Any, ...] = ()


class Listed(Model):
    """What is read back; LinkedIn says no more about a list than where it begins."""

    elements: tuple[Any, ...] = ()


class Words(Model):
    owner: str = ""
    text: str = ""
    parentComment: str = ""


class Activity(Model):
    comment: Words | None = None
    share: Words | None = None


class Notification(Model):
    notificationId: Id
    organizationalEntity: Id
    action: str
    sourcePost: str = ""
    generatedActivity: str = ""
    decoratedGeneratedActivity: Activity = Activity()
    lastModifiedAt: Epoch


class Named(Model):
    """As much as an event has to have to be named."""

    action: str


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    expected = (digest(secret, SCHEME.encode() + body).hex() for secret in keys(secrets))
    if not is_among(headers.get(SIGNATURE, "").removeprefix(SCHEME), expected):
        raise Forged("the signature does not fit the body")


def challenge(query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> Mapping[str, str]:
    """With the newest secret of the first app that has one: it does not say whose it asks for."""
    asked, secret = query.get("challengeCode", ""), next(keys(secrets), None)
    if secret is None or not QUESTION.fullmatch(asked):
        raise Forged("not a question that LinkedIn asks")
    return {"challengeCode": asked, "challengeResponse": _answer(secret, asked)}


def normalise(body: bytes, *, www: str) -> Told:
    try:
        came = Body.model_validate_json(body)
    except ValueError:
        raise BadMessage("not a body that LinkedIn sends") from None
    if came.type != SOCIAL:
        return Told(unread=(came.type,) * max(1, len(came.notifications)))
    return told(_event(each, www) for each in came.notifications)


def read(
    listed: Callable[[datetime | None, int], Listed], *, www: str, cursor: str | None
) -> InboxPage:
    """`listed` is asked since when, and from which one on."""
    known = Place.model_validate_json(cursor) if cursor else None
    since = known.newest - OVERLAP if known else None

    def page(mark: str | None) -> Page[Notification]:
        start = int(mark or 0)
        came = listed(since, start)
        items = [each for each in map(_readable, came.elements) if each]
        full = len(came.elements) >= AT_ONCE
        return Page(items, str(start + AT_ONCE) if full else None)

    reader: Reader[Notification] = Reader(
        page=page,
        id_of=lambda each: each.notificationId,
        at=lambda each: each.lastModifiedAt,
        overlap=OVERLAP,
        most_pages=MOST_PAGES,
    )
    new, place = reader.read(known)
    heard = told(Event(each.action, partial(_read, each, www)) for each in new).heard
    return InboxPage(heard, place.model_dump_json() if place else None)


def listed(line: Line, page: str, *, since: datetime | None, start: int) -> Listed:
    """Some of a page's notifications. Its address is written whole: LinkedIn wants lists and spans
    with their brackets as they are, and names with theirs encoded."""
    asks = [
        "q=criteria",
        f"actions=List({','.join(READ)})",
        f"organizationalEntity={urns.in_address(page)}",
        f"count={AT_ONCE}",
        f"start={start}",
    ]
    if since is not None:
        asks.append(f"timeRange=(start:{int(since.timestamp() * 1000)})")
    path = f"rest/organizationalEntityNotifications?{'&'.join(asks)}"
    return line("GET", path, headers=FINDER).read(Listed)


def _event(notification: Any, www: str) -> Event:
    try:
        name = Named.model_validate(notification).action
    except ValueError:
        return Event("notification", unreadable)
    if name not in READ and name != BY_THE_PAGE:
        return Event(name, lambda: name)
    return Event(name, lambda: _read(Notification.model_validate(notification), www))


def _readable(notification: Any) -> Notification | None:
    """What cannot be read says nothing in a list: it is told by webhook as well, and kept there."""
    try:
        return Notification.model_validate(notification)
    except ValueError:
        return None


def _read(told: Notification, www: str) -> Came:
    if told.action in COMMENTS:
        return _comment(told, www)
    if told.action in ELSEWHERE:
        return _share(told, www)
    return OURS if told.action == BY_THE_PAGE else told.action


def _comment(told: Notification, www: str) -> Came:
    """Below the post, or below another comment: its URN says which."""
    if told.decoratedGeneratedActivity.comment is None and told.action != "COMMENT_DELETE":
        raise ValueError("a comment without its words")
    words = told.decoratedGeneratedActivity.comment or Words()
    if words.owner == told.organizationalEntity:
        return OURS
    below = urns.COMMENT.fullmatch(told.generatedActivity)
    if below is None:
        raise ValueError("a comment that is not named")
    parent = words.parentComment or below["post"]
    above = urns.COMMENT.fullmatch(parent)
    post = told.sourcePost or (above or below)["post"]
    return Heard(
        channel_remote_id=told.organizationalEntity,
        remote_id=told.generatedActivity,
        change=COMMENTS[told.action],
        kind=MessageKind.REPLY if above else MessageKind.COMMENT,
        author=_author(words.owner or f"unknown:{told.generatedActivity}", www),
        text=words.text,
        sent_at=told.lastModifiedAt,
        url=f"{www}/feed/update/{post}/?commentUrn={urns.in_address(told.generatedActivity)}",
        thread=post,
        post_remote_id=post,
        parent_remote_id=parent if above else post,
        refs={"post": post},
    )


def _share(told: Notification, www: str) -> Came:
    kind = ELSEWHERE[told.action]
    words = told.decoratedGeneratedActivity.share or Words()
    if words.owner == told.organizationalEntity:
        return OURS
    if not told.generatedActivity:
        raise ValueError("a post that is not named")
    ours = told.sourcePost if kind is MessageKind.SHARE and told.sourcePost else None
    return Heard(
        channel_remote_id=told.organizationalEntity,
        remote_id=told.generatedActivity,
        kind=kind,
        author=_author(words.owner or f"unknown:{told.generatedActivity}", www),
        text=words.text,
        sent_at=told.lastModifiedAt,
        url=f"{www}/feed/update/{told.generatedActivity}/",
        thread=ours or told.generatedActivity,
        post_remote_id=ours,
        refs={"post": told.generatedActivity},
    )


def _author(urn: str, www: str) -> Author:
    """A notification names nobody but by a URN, and a member's leads to no page."""
    number = urn.removeprefix("urn:li:organization:")
    return Author(
        remote_id=urn, handle="", url=None if number == urn else f"{www}/company/{number}"
    )


def _answer(secret: SecretStr, asked: str) -> str:
    return digest(secret, asked.encode()).hex()
