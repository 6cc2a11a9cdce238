"""Answers on Threads are posts of their own; others' below our posts can be hidden.
https://developers.facebook.com/docs/threads/reply-management
"""

from typing import ClassVar

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.platforms.answering import checked
from tellal.platforms.graph import GraphLine
from tellal.platforms.threads import content
from tellal.posts import Part, PartKind, Remote, ReplyTo


class ThreadsAnswers:
    """Nothing of others is liked or deleted from outside, and there are no direct messages."""

    # with what stands right below a post, what answers it is hidden; that alone cannot be
    hides_kinds: ClassVar = frozenset({MessageKind.COMMENT})
    _line: GraphLine

    @classmethod
    def render_reply(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
    ) -> tuple[Part, ...]:
        part = Part(kind=PartKind.ANSWER, text=text, reply_to=to)
        most: int = content.LIMITS["text_length"].value
        return checked(part, title="Threads", most=most, unit="characters", length=content.length)

    def hide(self, message: Remote, *, hidden: bool) -> None:
        form = {"hide": str(hidden).lower()}
        self._line("POST", f"{message.id}/manage_reply", data=form, commits=True)
