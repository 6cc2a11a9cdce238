"""The line to Telegram as one bot, and what its refusals mean.
https://core.telegram.org/bots/api#making-requests

The token stands in the address, and nowhere else can it stand. So nothing here repeats an address:
errors name the host, and what Telegram itself says is compared, never passed on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal.errors import NeedsReconnect, PublishError, Rejected, Throttled
from tellal.platforms.calls import LONGEST_WAIT, Calls, Gone, Reply, retry_after

TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Refusal:
    """A status, words that Telegram uses with it, and what they come to."""

    status: int
    words: str  # in lower case, found anywhere in its description
    error: type[PublishError]
    sentence: str


NOBODYS = "Telegram does not know this bot's token, or not any more: @BotFather tells the right one"
GONE = "What this answers is not there any more"
NO_RIGHT = "Telegram does not let the bot do this there: make it an admin who may"
NOT_FETCHED = "Telegram could not make anything of an attached photo, or not fetch it from us"
# The first that fits decides; the words are those of its server: github.com/tdlib/telegram-bot-api
REFUSALS: tuple[Refusal, ...] = (
    Refusal(401, "", NeedsReconnect, NOBODYS),
    Refusal(404, "not found", NeedsReconnect, NOBODYS),  # so it calls a token that is none
    Refusal(403, "blocked by the user", Rejected, "This person has blocked the bot"),
    Refusal(403, "user is deactivated", Rejected, "This person's account is no more"),
    Refusal(403, "can't initiate", Rejected, "Bots may not write to people first"),
    Refusal(403, "channel chat", NeedsReconnect, "The bot is not in the channel any more"),
    Refusal(403, "", Rejected, "The bot is not in that group any more, or may not write there"),
    Refusal(400, "chat not found", Rejected, "Telegram does not find this chat, or hides it"),
    Refusal(400, "is too long", Rejected, "Telegram finds the text too long"),
    Refusal(400, "to be replied not found", Rejected, GONE),
    Refusal(400, "replied message not found", Rejected, GONE),
    Refusal(400, "to delete not found", Gone, GONE),
    Refusal(400, "can't be deleted", Rejected, "Telegram does not let this message be deleted"),
    Refusal(400, "not enough rights", Rejected, NO_RIGHT),
    Refusal(400, "have no rights", Rejected, NO_RIGHT),
    Refusal(400, "administrator rights", Rejected, NO_RIGHT),
    Refusal(400, "upgraded to a supergroup", Rejected, "The group has moved: answer a newer one"),
    Refusal(400, "http url", Rejected, NOT_FETCHED),
    Refusal(400, "web page content", Rejected, NOT_FETCHED),
    Refusal(400, "photo", Rejected, NOT_FETCHED),
)


class Line:
    """Telegram's Bot API, and the token it knows us by."""

    def __init__(self, token: SecretStr, calls: Calls) -> None:
        self._token = token
        self._calls = calls

    def __call__(self, method: str, *, commits: bool = False, **asked: Any) -> Reply:
        """One of its methods; all take JSON."""
        token = self._token.get_secret_value()
        if not TOKEN.fullmatch(token):
            raise NeedsReconnect("This is not a bot's token, such as @BotFather gives")
        url = f"{self._calls.hosts['api']}/bot{token}/{method}"
        return self._calls("POST", url, json=asked, commits=commits, reads=understand)


def understand(reply: Reply) -> None:
    """What a refusal means, where its words tell; else its status will."""
    told = reply.json()
    stated: Mapping[str, Any] = told if isinstance(told, dict) else {}
    if reply.status == 429:
        raise Throttled("Telegram asks us to slow down", after=_after(stated, reply))
    words = str(stated.get("description", "")).lower()
    if not words:
        return
    for each in _fitting(reply.status, words, REFUSALS):
        raise each.error(each.sentence)


def _fitting(status: int, words: str, refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    return [each for each in refusals if each.status == status and each.words in words]


def _after(stated: Mapping[str, Any], reply: Reply) -> timedelta | None:
    more = stated.get("parameters")
    seconds = more.get("retry_after") if isinstance(more, dict) else None
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        return min(timedelta(seconds=min(seconds, 10**6)), LONGEST_WAIT)
    return retry_after(reply.headers)
