"""What an account answers people with, and what it does with their comments.
https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from dataclasses import replace
from typing import ClassVar

from tellal.channels import Channel
from tellal.platforms import graph_answers
from tellal.platforms.answering import COMMENTS, above, checked
from tellal.platforms.containers import Made
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_answers import HUMAN_AGENT, Length
from tellal.platforms.instagram.content import LIMITS
from tellal.platforms.protocol import Published, Sourced
from tellal.posts import Part, PartKind, Remote, ReplyTo

__all__ = ["HUMAN_AGENT", "KINDS", "UNSEEN", "WINDOWS", "InstagramAnswers", "commit"]

TITLE = "Instagram"
WINDOWS = replace(graph_answers.WINDOWS, public=COMMENTS)  # mentions need a Facebook page's login
UNSEEN = graph_answers.MESSAGES
KINDS = UNSEEN | {PartKind.ANSWER}
MESSAGE_BYTES = Sourced(
    1_000,
    "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login"
    "/messaging-api",
)


class InstagramAnswers(graph_answers.WritesMessages):
    """There is no liking of comments from outside."""

    message_length: ClassVar = Length(
        TITLE, MESSAGE_BYTES.value, "bytes", lambda text: len(text.encode())
    )

    hides_kinds: ClassVar = COMMENTS
    deletes_kinds: ClassVar = COMMENTS
    _comments: GraphLine

    @classmethod
    def render_reply(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
    ) -> tuple[Part, ...]:
        """Comments are two deep: an answer to an answer stands beside it."""
        part = Part(kind=PartKind.ANSWER, text=text, reply_to=above(to))
        most: int = LIMITS["comment_length"].value
        return checked(part, title=TITLE, most=most, unit="characters", length=len)

    def hide(self, message: Remote, *, hidden: bool) -> None:
        self._comments("POST", message.id, data={"hide": str(hidden).lower()}, commits=True)

    def delete_message(self, message: Remote) -> None:
        graph_answers.delete(self._comments, message.id)


def commit(comments: GraphLine, messages: GraphLine, account: str, part: Part) -> Published:
    assert part.reply_to is not None
    if part.kind is not PartKind.ANSWER:
        return graph_answers.send(messages, account, part)
    above = part.reply_to.remote
    reply = comments("POST", f"{above.id}/replies", data={"message": part.text}, commits=True)
    made = Remote(id=reply.read(Made).id, url=above.url, refs={"post": above.id})
    return Published(made, reply.request_id)
