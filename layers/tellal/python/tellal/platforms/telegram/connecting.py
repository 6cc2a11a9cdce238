"""Connecting a bot: by its token, and where it is to publish by a channel's address.
https://core.telegram.org/bots/features#botfather
"""

from collections.abc import Iterator

from pydantic import BaseModel, SecretStr

from tellal.errors import Rejected
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected
from tellal.platforms.telegram import answers
from tellal.platforms.telegram.line import Line

NOT_POSTING = "Without the right to post messages in {title} nothing can be published"
NOT_HEARING = "Comments do not arrive from groups where the bot is no admin: its privacy mode is on"


class TelegramConnection(BaseModel):
    """What a person types in. @BotFather gives the token."""

    bot_token: SecretStr
    chat: str | None = None  # a channel's address, to publish there: @acme, or its number


class TelegramCredentials(BaseModel):
    bot_token: SecretStr


def connect(given: TelegramConnection, calls: Calls) -> Connected:
    token = SecretStr(given.bot_token.get_secret_value().strip())
    line = Line(token, calls)
    bot = line("getMe").read(answers.Me).result
    wanted = (given.chat or "").strip()
    chat = _channel(line, wanted) if wanted else None
    known = {"chat_id": str(chat.id), "chat": chat.username} if chat else {}
    address = chat.username if chat else bot.username
    return Connected(
        remote_id=str(bot.id),
        name=(chat.title if chat else "") or bot.first_name or bot.username,
        handle=bot.username,
        url=f"{calls.hosts['site']}/{address}" if address else None,
        credentials=TelegramCredentials(bot_token=token),
        server=known,
        missing=tuple(_missing(line, bot, chat)),
    )


def _channel(line: Line, wanted: str) -> answers.Chat:
    chat = line("getChat", chat_id=wanted).read(answers.Found).result
    if chat.type != "channel":
        raise Rejected("This is not the address of a channel, such as @acme")
    return chat


def _missing(line: Line, bot: answers.User, chat: answers.Chat | None) -> Iterator[str]:
    if chat is not None:
        asked = line("getChatMember", chat_id=chat.id, user_id=bot.id)
        member = asked.read(answers.Membership).result
        if member.status != "creator" and not member.can_post_messages:
            yield NOT_POSTING.format(title=chat.title or chat.username)
    if not bot.can_read_all_group_messages:
        yield NOT_HEARING
