"""Saved replies: a text to begin an answer with, and the words that each answer fills in. Pure.

A brace in the text always begins or ends a variable, so that what was meant as one and misspelled
never reaches anybody as it stands.
"""

import re

from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Author, Conversation
from tellal.errors import Broken, Unacceptable

VARIABLES = ("first_name", "handle", "channel", "agent")
BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def check(text: str) -> None:
    """Raises Unacceptable for every variable that there is not."""
    known = ", ".join(f"{{{name}}}" for name in VARIABLES)
    unknown = dict.fromkeys(
        match[0] for match in BRACES.finditer(text) if match[1] not in VARIABLES
    )
    if unknown:
        rule = f"{{}} is no variable: there are {known}"
        raise Unacceptable(*(Broken("text", rule.replace("{}", name, 1)) for name in unknown))


def filled_in(text: str, conversation: Conversation, channel: Channel, agent: Who) -> str:
    values = {
        "first_name": first_name(conversation.author),
        "handle": f"@{conversation.author.handle}",
        "channel": channel.name,
        "agent": agent.name,
    }
    return BRACES.sub(lambda match: values.get(match[1], match[0]), text)


def first_name(author: Author) -> str:
    """Whoever tells none is called by their handle, as they call themselves."""
    words = author.name.split()
    return words[0] if words else author.handle
