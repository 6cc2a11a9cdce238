"""What TikTok tells of an account. https://developers.tiktok.com/doc/webhooks-overview

A body holds one event, and its content is JSON within JSON. Ids are larger than a float is exact,
and may stand there as numbers. A comment's words do not come along: it is heard without them, with
what is needed to ask for them. What became of a post is asked for, sooner for what is told here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Finished, Revoked, Told
from tellal.platforms.telling import (
    Came,
    Epoch,
    Event,
    Id,
    Model,
    digest,
    is_among,
    keys,
    told,
)

SIGNATURE = "tiktok-signature"
# Of others than these only `set_to_hidden` is known, which is what we do; the names are unverified.
COMMENTS: Mapping[str, Change] = {"insert": Change.ADDED, "delete": Change.REMOVED}
RESULTS = frozenset(
    {"post.publish.complete", "post.publish.failed", "post.publish.publicly_available"}
)
NOTHING_ABOVE = frozenset({None, "", "0"})


class Body(Model):
    event: str
    create_time: Any = None
    user_openid: Any = None
    content: Any = None


class Happened(Model):
    create_time: Epoch
    user_openid: Id


class Comment(Model):
    comment_id: Id
    video_id: Id
    parent_comment_id: Id | None = None
    comment_action: str
    user: Annotated[
        Id | None, Field(validation_alias=AliasChoices("user_id", "unique_identifier"))
    ] = None
    timestamp: Epoch | None = None


class Result(Model):
    publish_id: Id


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    given = _parts(headers)
    signed = f"{given.get('t', '')}.".encode(errors="replace") + body
    expected = (digest(secret, signed).hex() for secret in keys(secrets))
    if not is_among(given.get("s", ""), expected):
        raise Forged("the signature does not fit the body")


def signed_at(headers: Mapping[str, str]) -> datetime:
    spelled = _parts(headers).get("t", "")
    try:
        return datetime.fromtimestamp(int(spelled), UTC)
    except (ValueError, OverflowError, OSError):
        raise Forged("the signature says no time") from None


def normalise(body: bytes) -> Told:
    try:
        came = Body.model_validate_json(body)
    except ValueError:
        raise BadMessage("not a body that TikTok sends") from None
    return told([Event(came.event, lambda: _read(came))])


def _read(came: Body) -> Came:
    match came.event:
        case "comment.update":
            return _comment(came)
        case "authorization.removed":
            happened = Happened.model_validate(came.model_dump())
            return Revoked(happened.user_openid, happened.create_time)
        case name if name in RESULTS:
            happened = Happened.model_validate(came.model_dump())
            return Finished(happened.user_openid, _content(came, Result).publish_id)
        case _:
            return came.event


def _comment(came: Body) -> Came:
    happened = Happened.model_validate(came.model_dump())
    comment = _content(came, Comment)
    change = COMMENTS.get(comment.comment_action)
    if change is None:
        return f"{came.event}.{comment.comment_action}"
    parent = None if comment.parent_comment_id in NOTHING_ABOVE else comment.parent_comment_id
    return Heard(
        channel_remote_id=happened.user_openid,
        remote_id=comment.comment_id,
        change=change,
        kind=MessageKind.REPLY if parent else MessageKind.COMMENT,
        author=Author(remote_id=comment.user or f"unknown:{comment.comment_id}", handle=""),
        sent_at=comment.timestamp or happened.create_time,
        thread=comment.video_id,
        post_remote_id=comment.video_id,
        parent_remote_id=parent or comment.video_id,
        refs={"video_id": comment.video_id, **({"parent_comment_id": parent} if parent else {})},
    )


def _content[T: Model](came: Body, kind: type[T]) -> T:
    if isinstance(came.content, str | bytes):
        return kind.model_validate_json(came.content)
    return kind.model_validate(came.content)


def _parts(headers: Mapping[str, str]) -> Mapping[str, str]:
    """t=1760000000,s=2fc7…"""
    spelled = headers.get(SIGNATURE, "").split(",")
    parts = (each.strip().partition("=") for each in spelled)
    return {name: value for name, _, value in parts}
