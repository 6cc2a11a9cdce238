"""Messages as Messenger's and Instagram's conversations list them: the newest first, both ways.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations
"""

from collections.abc import Sequence
from datetime import datetime

from tellal.conversations import Heard
from tellal.platforms import graph_messages
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_inbox import Listed, Paging, Place, read_on
from tellal.platforms.graph_messages import ListedMessage
from tellal.platforms.graph_webhooks import Model

CONVERSATIONS = 20  # of a page
MESSAGES = 20  # of a conversation; Instagram tells of no more
MESSAGE = "id,message,from,created_time,attachments"


class Messages(Model):
    data: tuple[ListedMessage, ...] = ()
    paging: Paging | None = None


class Conversation(Model):
    id: str
    updated_time: datetime
    messages: Messages = Messages()


class Conversations(Model):
    data: tuple[Conversation, ...] = ()
    paging: Paging | None = None


def read(
    place: Place, back_to: datetime, *, line: GraphLine, platform: str, account: str, handle: str
) -> Listed:
    """`platform` is which messages are meant: «messenger», «instagram»."""
    after = {"after": place.after} if place.after else {}

    def heard(listed: Sequence[ListedMessage]) -> tuple[Heard, ...]:
        read = (graph_messages.heard(each, account=account, handle=handle) for each in listed)
        return tuple(each for each in read if each is not None)

    if place.of:
        asked = {"fields": MESSAGE, "limit": str(MESSAGES), **after}
        page = line("GET", f"{place.of}/messages", params=asked).read(Messages)
        return Listed(heard(page.data), _behind(place.of, page, back_to))
    nested = f"id,updated_time,messages.limit({MESSAGES}){{{MESSAGE}}}"
    asked = {"platform": platform, "fields": nested, "limit": str(CONVERSATIONS), **after}
    listed = line("GET", f"{account}/conversations", params=asked).read(Conversations)
    times = [each.updated_time for each in listed.data]
    further = [place for each in listed.data for place in _behind(each.id, each.messages, back_to)]
    further += read_on("", listed.paging, times, asked=CONVERSATIONS, back_to=back_to)
    return Listed(
        tuple(each for talk in listed.data for each in heard(talk.messages.data)), tuple(further)
    )


def _behind(conversation: str, page: Messages, back_to: datetime) -> tuple[Place, ...]:
    times = [each.created_time for each in page.data]
    return read_on(conversation, page.paging, times, asked=MESSAGES, back_to=back_to)
