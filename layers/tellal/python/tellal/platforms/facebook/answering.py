"""What a page answers people with, and what it does with their comments.
https://developers.facebook.com/docs/graph-api/reference/object/comments
"""

from typing import ClassVar

from tellal.channels import Channel
from tellal.platforms import graph_answers
from tellal.platforms.answering import COMMENTS, above, checked
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.line import TITLE, PageLine, in_path
from tellal.platforms.graph_answers import HUMAN_AGENT, SENDING, WINDOWS, Length
from tellal.platforms.protocol import Published, Sourced
from tellal.posts import Part, PartKind, Remote, ReplyTo

__all__ = ["HUMAN_AGENT", "KINDS", "UNSEEN", "WINDOWS", "FacebookAnswers", "commit"]

UNSEEN = graph_answers.MESSAGES  # nobody can ask what became of one
KINDS = UNSEEN | {PartKind.ANSWER}
COMMENT_LENGTH = Sourced(8_000, "https://developers.facebook.com/docs/graph-api/reference/comment")
MESSAGE_LENGTH = Sourced(2_000, SENDING)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class FacebookAnswers(graph_answers.WritesMessages):
    message_length: ClassVar = Length(TITLE, MESSAGE_LENGTH.value, "characters", _length)
    likes_kinds: ClassVar = COMMENTS
    hides_kinds: ClassVar = COMMENTS
    deletes_kinds: ClassVar = COMMENTS
    _line: PageLine

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]:
        """Facebook's comments are two deep: an answer to an answer stands beside it."""
        page = f"{channel.remote_id}_"
        to = above(to, unless=lambda parent: parent.startswith(page))  # the page's own post
        part = Part(kind=PartKind.ANSWER, text=text, reply_to=to)
        most = COMMENT_LENGTH.value
        return checked(part, title=TITLE, most=most, unit="characters", length=_length)

    def like(self, message: Remote) -> None:
        self._do(f"{in_path(message.id)}/likes")

    def hide(self, message: Remote, *, hidden: bool) -> None:
        self._do(in_path(message.id), is_hidden=hidden)

    def delete_message(self, message: Remote) -> None:
        graph_answers.delete(self._line.graph, in_path(message.id))

    def _do(self, path: str, **what: bool) -> None:
        self._line.graph("POST", path, json=what, commits=True).read(answers.Done)


def commit(line: PageLine, part: Part) -> Published:
    assert part.reply_to is not None
    if part.kind is not PartKind.ANSWER:
        return graph_answers.send(line.graph, line.path, part)
    path = f"{in_path(part.reply_to.remote.id)}/comments"
    made = line.graph("POST", path, json={"message": part.text}, commits=True)
    return Published(Remote(id=made.read(answers.Made).id), made.request_id)
