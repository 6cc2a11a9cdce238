"""Answers to comments, and what a channel does with comments below its videos.
https://developers.google.com/youtube/v3/docs/comments
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.sandboxes.youtube.comments import MOST_CHARACTERS, answers_of
from local.sandboxes.youtube.refusals import refuse
from local.sandboxes.youtube.state import Channel, Comment, State

STATUSES = ("heldForReview", "published", "rejected")


def reply(
    state: State, given: Mapping[str, Any], *, author: Channel, received_at: datetime, now: datetime
) -> Comment:
    """To a comment on a video, not to what answers one."""
    snippet = given.get("snippet", {})
    text = snippet.get("textOriginal", "")
    above = _standing(state, str(snippet.get("parentId")))
    if above.parent_id:
        raise _refuse(400, "operationNotSupported", "The parent is no top-level comment.")
    if not text.strip():
        raise _refuse(400, "commentTextRequired", "The comment must have a text.")
    if len(text) > MOST_CHARACTERS:
        raise _refuse(400, "commentTextTooLong", "The comment contains too many characters.")
    made = Comment(
        id=f"{above.id}.{secrets.token_urlsafe(12)}",
        author_id=author.id,
        video_id=above.video_id,
        text=text,
        parent_id=above.id,
        created_at=now,
        received_at=received_at,
    )
    state.comments[made.id] = made
    return made


def replies(state: State, parent_id: str, *, now: datetime) -> list[Comment]:
    return answers_of(state, _standing(state, parent_id).id, now=now)


def moderate(state: State, comment_id: str, status: str, *, owner: Channel) -> None:
    """Below the channel's own videos. What was rejected does not come back."""
    comment = _standing(state, comment_id)
    if status not in STATUSES:
        raise _refuse(400, "invalidValue", "moderationStatus is not known.")
    if state.videos[comment.video_id].channel_id != owner.id:
        raise _refuse(403, "forbidden", "The comment cannot be moderated by this channel.")
    changed = {"deleted": True} if status == "rejected" else {"held": status == "heldForReview"}
    state.comments[comment.id] = comment.model_copy(update=changed)


def _standing(state: State, comment_id: str) -> Comment:
    found = state.comments.get(comment_id)
    if found is None or found.deleted:
        raise _refuse(404, "commentNotFound", "The comment cannot be found.")
    return found


def _refuse(status: int, reason: str, sentence: str) -> Exception:
    return refuse(status, reason, sentence, domain="youtube.comment")
