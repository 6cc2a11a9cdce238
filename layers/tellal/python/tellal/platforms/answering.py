"""What an adapter offers that answers messages: in public, privately, directly, or by an action.

Abilities as in `protocol`: each is offered by having its methods. What is rendered here is
published like any other part, and so is an action: it is sent again after a lost answer, so doing
it twice must be as doing it once.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol, runtime_checkable

from tellal.channels import Channel
from tellal.conversations import MessageKind
from tellal.errors import Broken, Unacceptable
from tellal.platforms.protocol import Platform
from tellal.posts import Action, Part, Remote, ReplyTo


@runtime_checkable
class Replies(Protocol):
    """Answers in public, and in whatever smaller circle the message was."""

    @classmethod
    def render_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]: ...


@runtime_checkable
class RepliesPrivately(Protocol):
    """Answers a public comment with a message that nobody else reads.

    Its remote may tell in `refs[PERSON]` who got it, by the id that their messages come with.
    """

    @classmethod
    def render_private_reply(cls, text: str, to: ReplyTo, channel: Channel) -> tuple[Part, ...]: ...


@runtime_checkable
class MessagesDirectly(Protocol):
    """Writes to whoever wrote to us."""

    @classmethod
    def render_message(
        cls, text: str, to: ReplyTo, channel: Channel, *, late: bool
    ) -> tuple[Part, ...]:
        """`late`: the usual time is over, and it is a person who answers."""
        ...


@runtime_checkable
class Likes(Protocol):
    likes_kinds: ClassVar[frozenset[MessageKind]]

    def like(self, message: Remote) -> None:
        """As all that is done here, one request, which may be lost: `commits=True`."""
        ...


@runtime_checkable
class Hides(Protocol):
    hides_kinds: ClassVar[frozenset[MessageKind]]

    def hide(self, message: Remote, *, hidden: bool) -> None: ...


@runtime_checkable
class DeletesMessages(Protocol):
    deletes_kinds: ClassVar[frozenset[MessageKind]]

    def delete_message(self, message: Remote) -> None:
        """Of somebody else. Deleting what is gone already succeeds."""
        ...


PERSON = "person"
COMMENTS = frozenset({MessageKind.COMMENT, MessageKind.REPLY})
DONE = {  # what each action is called in a sentence: "comments on X cannot be … from here"
    Action.LIKE: "liked",
    Action.HIDE: "hidden",
    Action.UNHIDE: "shown again",
    Action.DELETE: "deleted",
}


def acts_on(platform: type[Platform], action: Action) -> frozenset[MessageKind]:
    """The kinds of message that a platform lets us do this with."""
    match action:
        case Action.LIKE:
            return platform.likes_kinds if isinstance(platform, Likes) else frozenset()
        case Action.HIDE | Action.UNHIDE:
            return platform.hides_kinds if isinstance(platform, Hides) else frozenset()
        case Action.DELETE:
            return platform.deletes_kinds if isinstance(platform, DeletesMessages) else frozenset()


def act(adapter: object, action: Action, message: Remote) -> None:
    match action:
        case Action.LIKE:
            assert isinstance(adapter, Likes)
            adapter.like(message)
        case Action.HIDE | Action.UNHIDE:
            assert isinstance(adapter, Hides)
            adapter.hide(message, hidden=action is Action.HIDE)
        case Action.DELETE:
            assert isinstance(adapter, DeletesMessages)
            adapter.delete_message(message)


def checked(
    part: Part, *, title: str, most: int, unit: str, length: Callable[[str], int]
) -> tuple[Part, ...]:
    """An answer that is a text and nothing else. Raises Unacceptable."""
    if not part.text.strip():
        raise Unacceptable(Broken("text", "empty: it needs a text"))
    if (long := length(part.text)) > most:
        raise Unacceptable(Broken("text", f"too long for {title}: {long} of {most} {unit}"))
    return (part,)


def above(to: ReplyTo, *, unless: Callable[[str], bool] = lambda _: False) -> ReplyTo:
    """Where an answer stands if comments are one level deep: an answer to an answer stands beside
    it. `unless` tells that what is above is no comment, but the post."""
    refs: Mapping[str, str] = to.remote.refs
    parent = refs.get("parent_id")
    if not parent or unless(parent):
        return to
    return to.model_copy(update={"remote": Remote(id=parent, url=to.remote.url, refs=refs)})
