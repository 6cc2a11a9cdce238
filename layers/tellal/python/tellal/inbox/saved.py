"""Saved replies: a text to begin an answer with, and the words that each answer fills in. Pure."""

from tellal import variables
from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Author, Conversation
from tellal.errors import Unacceptable

VARIABLES = ("first_name", "handle", "channel", "agent")


def check(text: str) -> None:
    """Raises Unacceptable for every variable that there is not."""
    if broken := tuple(variables.broken(text, VARIABLES, field="text")):
        raise Unacceptable(*broken)


def filled_in(text: str, conversation: Conversation, channel: Channel, agent: Who) -> str:
    values = {
        "first_name": first_name(conversation.author),
        "handle": f"@{conversation.author.handle}",
        "channel": channel.name,
        "agent": agent.name,
    }
    return variables.filled_in(text, values)


def first_name(author: Author) -> str:
    """Whoever tells none is called by their handle, as they call themselves."""
    words = author.name.split()
    return words[0] if words else author.handle
