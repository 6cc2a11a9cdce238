"""Answers to comments on YouTube, and what a channel does with comments below its videos.
https://developers.google.com/youtube/v3/docs/comments
"""

from datetime import datetime
from typing import ClassVar

from tellal.channels import Channel
from tellal.platforms.answering import COMMENTS, above, checked
from tellal.platforms.protocol import FoundPost, PostList, Published, Sourced
from tellal.platforms.youtube import answers
from tellal.platforms.youtube.comments import MOST_PAGES, PAGE, Permalink, fingerprint
from tellal.platforms.youtube.line import Line
from tellal.posts import Part, PartKind, Remote, ReplyTo

COMMENT_LENGTH = Sourced(10_000, "https://developers.google.com/youtube/v3/docs/comments")
VIDEO = "video_id"  # of a comment's refs
HELD, SHOWN, REFUSED = "heldForReview", "published", "rejected"


class YouTubeAnswers:
    """Comments cannot be liked from outside, and there are no direct messages."""

    hides_kinds: ClassVar = COMMENTS
    deletes_kinds: ClassVar = COMMENTS
    _line: Line

    @classmethod
    def render_reply(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
    ) -> tuple[Part, ...]:
        """Comments are two deep: an answer to an answer stands beside it."""
        part = Part(kind=PartKind.ANSWER, text=text, reply_to=above(to))
        most = COMMENT_LENGTH.value  # unverified
        return checked(part, title="YouTube", most=most, unit="characters", length=len)

    def hide(self, message: Remote, *, hidden: bool) -> None:
        """Held for review: its author alone sees it."""
        self._moderate(message, HELD if hidden else SHOWN)

    def delete_message(self, message: Remote) -> None:
        """Rejected, for good, with the answers to it: who wrote it alone could delete it."""
        self._moderate(message, REFUSED)

    def _moderate(self, message: Remote, status: str) -> None:
        params = {"id": message.id, "moderationStatus": status}
        self._line(
            "POST", "comments/setModerationStatus", params=params, commits=True, accepts={204}
        )


def write(line: Line, part: Part, *, permalink: Permalink) -> Published:
    assert part.reply_to is not None
    to = part.reply_to.remote
    body = {"snippet": {"parentId": to.id, "textOriginal": part.text}}
    reply = line("POST", "comments", params={"part": "snippet"}, json=body, commits=True)
    made = reply.read(answers.MadeId)
    return Published(_remote(to.refs.get(VIDEO, ""), made.id, permalink), reply.request_id)


def listed(
    line: Line, under: Remote, *, channel_id: str, since: datetime, permalink: Permalink
) -> PostList:
    """The channel's own answers to a comment since then: all of them are read, in any order."""
    found: list[FoundPost] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        params = {"part": "snippet", "parentId": under.id, "textFormat": "plainText"}
        params |= {"maxResults": str(PAGE)} | ({"pageToken": token} if token else {})
        page = line("GET", "comments", params=params).read(answers.Comments)
        for each in page.items:
            said = each.snippet
            if said.authorChannelId.value == channel_id and said.publishedAt >= since:
                text = said.textDisplay if said.textOriginal is None else said.textOriginal
                remote = _remote(under.refs.get(VIDEO, ""), each.id, permalink)
                found.append(FoundPost(remote, said.publishedAt, fingerprint(text, under.id)))
        token = page.nextPageToken
        if token is None:
            return PostList(tuple(found), complete=True)
    return PostList(tuple(found), complete=False)


def _remote(video_id: str, comment_id: str, permalink: Permalink) -> Remote:
    return Remote(id=comment_id, url=permalink(video_id, comment_id), refs={VIDEO: video_id})
