"""Comments below videos. https://developers.google.com/youtube/v3/docs/commentThreads"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from local.sandboxes.clock import spell
from local.sandboxes.youtube.refusals import no_video, refuse
from local.sandboxes.youtube.state import Channel, Comment, State

MOST_CHARACTERS = 10_000
MOST_SHOWN_ALONG = 5  # of a thread's answers: unverified


def write(
    state: State, given: Mapping[str, Any], *, author: Channel, received_at: datetime, now: datetime
) -> Comment:
    """A new thread below a video that others can see."""
    snippet = given.get("snippet", {})
    text = snippet.get("topLevelComment", {}).get("snippet", {}).get("textOriginal", "")
    if not snippet.get("channelId") or not snippet.get("videoId"):
        sentence = "Each comment thread must be linked to a channel or video."
        raise _refuse(400, "channelOrVideoIdMissing", sentence)
    video = state.find_video(snippet["videoId"], viewer_id=author.id)
    if video is None or snippet["channelId"] not in state.channels:
        raise no_video()
    if not text.strip():
        raise _refuse(400, "commentTextRequired", "The comment must have a text.")
    if len(text) > MOST_CHARACTERS:
        raise _refuse(400, "commentTextTooLong", "The comment contains too many characters.")
    of_channel = state.channels[video.channel_id].made_for_kids
    for_kids = of_channel if video.made_for_kids is None else video.made_for_kids
    if not state.settings.takes_comments or for_kids or video.privacy == "private":
        raise _refuse(403, "commentsDisabled", "The video has disabled comments.")
    made = Comment(
        id=f"Ugx{secrets.token_urlsafe(16)}",
        author_id=author.id,
        video_id=video.id,
        text=text,
        created_at=now,
        received_at=received_at,
    )
    state.comments[made.id] = made
    return made


def answer(state: State, parent_id: str, text: str, *, author: Channel, now: datetime) -> Comment:
    """What somebody writes below a comment, by hand."""
    above = state.comments.get(parent_id)
    if above is None or above.deleted:
        raise _refuse(404, "parentCommentNotFound", "The parent comment cannot be found.")
    top = above.parent_id or above.id  # answers stand side by side
    made = Comment(
        id=f"{top}.{secrets.token_urlsafe(16)}",
        author_id=author.id,
        video_id=above.video_id,
        parent_id=top,
        text=text,
        created_at=now,
        received_at=now,
    )
    state.comments[made.id] = made
    return made


def answers_of(state: State, parent_id: str, *, now: datetime) -> list[Comment]:
    """The newest first."""
    until = now - timedelta(seconds=state.settings.list_lag_seconds)
    found = [
        each
        for each in state.standing_comments()
        if each.parent_id == parent_id and not each.held and each.created_at <= until
    ]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def delete(state: State, comment_id: str, *, author: Channel) -> None:
    comment = state.comments.get(comment_id)
    if comment is None or comment.deleted:
        raise _refuse(404, "commentNotFound", "The comment cannot be found.")
    if comment.author_id != author.id:
        raise _refuse(403, "forbidden", "The comment cannot be deleted.")
    state.comments[comment_id] = comment.model_copy(update={"deleted": True})


def listed(state: State, query: Mapping[str, str], *, now: datetime) -> list[Comment]:
    """The newest first. Of a whole channel, only those below what everybody can find."""
    channel_id, video_id = query.get("allThreadsRelatedToChannelId"), query.get("videoId")
    if bool(channel_id) == bool(video_id):
        raise refuse(400, "missingRequiredParameter", "No filter selected.", domain="youtube")
    until = now - timedelta(seconds=state.settings.list_lag_seconds)
    found = []
    for comment in state.standing_comments():
        video = state.videos[comment.video_id]
        of_channel = video.channel_id == channel_id and video.privacy == "public"
        if comment.parent_id or comment.held:
            continue
        if comment.created_at <= until and (of_channel or video.id == video_id):
            found.append(comment)
    return sorted(found, key=lambda each: each.created_at, reverse=True)


@dataclass(frozen=True)
class View:
    """How comments look to who asks. A text as it was written is for its author alone."""

    state: State
    viewer_id: str
    plain: bool
    url: str
    now: datetime

    def thread(self, comment: Comment, *, with_answers: bool = False) -> dict[str, Any]:
        channel_id = self.state.videos[comment.video_id].channel_id
        answers = answers_of(self.state, comment.id, now=self.now)
        snippet = {
            "channelId": channel_id,
            "videoId": comment.video_id,
            "topLevelComment": self.comment(comment),
            "canReply": True,
            "totalReplyCount": len(answers),
            "isPublic": True,
        }
        thread: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "etag": "e",
            "id": comment.id,
        }
        if answers and with_answers:
            shown = [self.comment(each) for each in answers[:MOST_SHOWN_ALONG]]
            thread |= {"replies": {"comments": shown}}
        return thread | {"snippet": snippet}

    def comment(self, comment: Comment) -> dict[str, Any]:
        author = self.state.channels[comment.author_id]
        text = comment.text if self.plain else escape(comment.text).replace("\n", "<br>")
        own = {"textOriginal": comment.text} if comment.author_id == self.viewer_id else {}
        snippet = {
            "channelId": self.state.videos[comment.video_id].channel_id,
            "videoId": comment.video_id,
            **({"parentId": comment.parent_id} if comment.parent_id else {}),
            "textDisplay": text,
            **own,
            "authorDisplayName": f"@{author.handle}",
            "authorChannelUrl": f"{self.url}/@{author.handle}",
            "authorChannelId": {"value": author.id},
            "canRate": True,
            "likeCount": 0,
            "publishedAt": spell(comment.created_at),
            "updatedAt": spell(comment.created_at),
        }
        return {"kind": "youtube#comment", "etag": "e", "id": comment.id, "snippet": snippet}


def _refuse(status: int, reason: str, sentence: str) -> Exception:
    return refuse(status, reason, sentence, domain="youtube.commentThread")
