"""Direct messages on X, and hiding answers below the account's own posts.
https://docs.x.com/x-api/direct-messages/manage/introduction
"""

from typing import ClassVar

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.errors import Rejected
from tellal.platforms.answering import checked
from tellal.platforms.protocol import Published, Sourced
from tellal.platforms.x import answers
from tellal.platforms.x.line import Line, Refusal
from tellal.posts import Part, PartKind, Remote, ReplyTo

MESSAGE_LENGTH = Sourced(10_000, "https://docs.x.com/x-api/direct-messages/manage/introduction")
NOT_WRITTEN_TO = "X does not let this account write to this person"
OF_MESSAGES = (
    Refusal(403, "cannot send messages to this user", Rejected, NOT_WRITTEN_TO),
    Refusal(403, "not permitted to perform this action", Rejected, NOT_WRITTEN_TO),
)
OF_HIDING = (
    Refusal(
        403,
        "not permitted to perform this action",
        Rejected,
        "X lets an account hide the answers below its own posts alone",
    ),
)


class XAnswers:
    hides_kinds: ClassVar = frozenset({MessageKind.COMMENT, MessageKind.REPLY})
    _line: Line

    @classmethod
    def render_message(
        cls,
        text: str,
        to: ReplyTo,
        channel: Channel,  # noqa: ARG003 – alike everywhere
        *,
        late: bool,  # noqa: ARG003 – X has no time that could be over
    ) -> tuple[Part, ...]:
        part = Part(kind=PartKind.DIRECT, text=text, reply_to=to)
        most = MESSAGE_LENGTH.value
        return checked(part, title="X", most=most, unit="characters", length=len)

    def hide(self, message: Remote, *, hidden: bool) -> None:
        path = f"2/tweets/{message.id}/hidden"
        self._line("PUT", path, json={"hidden": hidden}, first=OF_HIDING, commits=True)


def send(line: Line, part: Part) -> Published:
    """Nobody can ask what became of one whose answer was lost."""
    assert part.reply_to is not None, "a message answers one"
    path = f"2/dm_conversations/with/{part.reply_to.author_remote_id}/messages"
    reply = line("POST", path, json={"text": part.text}, first=OF_MESSAGES, commits=True)
    made = reply.read(answers.MessageMade).data
    told = {"dm_conversation_id": made.dm_conversation_id}
    return Published(Remote(id=made.dm_event_id, refs=told), reply.request_id)
