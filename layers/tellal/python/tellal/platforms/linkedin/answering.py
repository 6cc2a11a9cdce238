"""Comments below a comment on LinkedIn, and what is done with those of others.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
"""

from typing import ClassVar

from tellal.channels import Channel
from tellal.errors import Broken, Unacceptable
from tellal.platforms.answering import COMMENTS, checked
from tellal.platforms.linkedin import little, urns
from tellal.platforms.linkedin.facts import FACTS
from tellal.platforms.linkedin.line import Line
from tellal.posts import Part, PartKind, Remote, ReplyTo

ALREADY = 409  # liked before


class LinkedInAnswers:
    """Comments cannot be hidden, and messages are for LinkedIn's partners alone."""

    likes_kinds: ClassVar = COMMENTS
    deletes_kinds: ClassVar = COMMENTS  # below a page's posts, by its administrator
    _line: Line
    _author: str

    @classmethod
    def render_reply(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
    ) -> tuple[Part, ...]:
        if not urns.COMMENT.fullmatch(to.remote.id):
            raise Unacceptable(Broken("text", "only comments on LinkedIn are answered from here"))
        part = Part(kind=PartKind.ANSWER, text=text, reply_to=to)
        most: int = FACTS.limits["comment_length"].value
        return checked(part, title="LinkedIn", most=most, unit="characters", length=little.length)

    def like(self, message: Remote) -> None:
        body = {"root": message.id, "reactionType": "LIKE"}
        params = {"actor": self._author}
        accepts = {200, 201, ALREADY}
        self._line(
            "POST", "rest/reactions", params=params, json=body, commits=True, accepts=accepts
        )


def post_of(comment: Remote) -> str:
    """What the comment stands below."""
    named = urns.COMMENT.fullmatch(comment.id)
    return comment.refs.get("post") or (named["post"] if named else comment.id)
