"""Telegram's Bot API: which bot asks, for what, and the answers.
https://core.telegram.org/bots/api#making-requests
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.fields import read_fields
from local.sandboxes.images import look_at
from local.sandboxes.limits import Windows
from local.sandboxes.telegram import views
from local.sandboxes.telegram.state import Bot, Chat, Message, Photo, State

MINUTE = 60
WORD = re.compile(r"[A-Za-z0-9_-]{0,256}")
PATIENCE = 10.0  # seconds, with an address that it is to fetch


class Room(Protocol):
    """The sandbox, as far as its API asks of it."""

    state: State

    def say(self, message: Message) -> None:
        """Keep it, and tell the bots that are to be told."""


@dataclass(frozen=True)
class Call:
    bot: Bot
    fields: dict[str, Any]
    received_at: datetime


type Answer = Callable[[Call], Awaitable[Any]]


def refused(code: int, description: str, **parameters: int) -> Refusal:
    more = {"parameters": parameters} if parameters else {}
    body = {"ok": False, "error_code": code, "description": description, **more}
    return Refusal(code, body)


def bad(what: str) -> Refusal:
    return refused(400, f"Bad Request: {what}")


class Api:
    def __init__(self, room: Room, *, clock: Clock) -> None:
        self._room = room
        self._clock = clock
        self.windows = Windows()
        self._methods: dict[str, Answer] = {
            "getMe": self._show_me,
            "getChat": self._show_chat,
            "getChatMember": self._show_member,
            "getChatMemberCount": self._count_members,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendMediaGroup": self._send_album,
            "deleteMessage": self._delete,
            "deleteMessages": self._delete_many,
        }

    def routes(self) -> list[Route]:
        return [Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])]

    async def _answer(self, request: Request) -> Response:
        token, method = request.path_params["token"], request.path_params["method"]
        if not re.fullmatch(r"\d+:[\w-]+", token) or method not in self._methods:
            raise refused(404, "Not Found")
        bot = self._state.by_token(token)
        if bot is None:
            raise refused(401, "Unauthorized")
        fields = dict((await read_fields(request)).values)
        call = Call(bot, fields, request.state.received_at)
        return JSONResponse({"ok": True, "result": await self._methods[method](call)})

    # ── who and where ────────────────────────────────────────────────────────────────────────

    async def _show_me(self, call: Call) -> Any:
        return views.bot(call.bot)

    async def _show_chat(self, call: Call) -> Any:
        found = self._chat(call)
        linked = {"linked_chat_id": found.linked_id} if found.linked_id else {}
        return {**views.chat(found, self._state), **linked}

    async def _show_member(self, call: Call) -> Any:
        found = self._chat(call)
        asked = call.fields.get("user_id")
        known = found.bots.get(int(str(asked))) if str(asked).isdecimal() else None
        if known is None:
            return {"status": "left", "user": views.bot(call.bot)}
        rights = {"can_post_messages": known, "can_delete_messages": known}
        return {"status": "administrator", "user": views.bot(call.bot), **rights}

    async def _count_members(self, call: Call) -> Any:
        """Its bots, and whoever has subscribed, of whom no number is told apart."""
        return len(self._chat(call).bots) + self._state.settings.subscribers

    async def _set_webhook(self, call: Call) -> Any:
        url, word = str(call.fields.get("url", "")), str(call.fields.get("secret_token", ""))
        if url and not url.startswith(("https://", "http://127.0.0.1")):  # the last for tests
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not WORD.fullmatch(word):
            raise bad("secret token contains unallowed characters")
        wanted = call.fields.get("allowed_updates") or ["message", "edited_message"]
        self._change(call.bot, hook=url, word=word, wanted=list(wanted))
        return True

    async def _delete_webhook(self, call: Call) -> Any:
        self._change(call.bot, hook="", word="", wanted=[])
        return True

    def _change(self, bot: Bot, **changes: Any) -> None:
        self._state.bots[bot.id] = bot.model_copy(update=changes)

    # ── sending ──────────────────────────────────────────────────────────────────────────────

    async def _send_message(self, call: Call) -> Any:
        text, most = str(call.fields.get("text", "")), self._state.settings.text_length
        if not text.strip():
            raise bad("message text is empty")
        if _units(text) > most:
            raise bad("message is too long")
        return self._sent(call, text, ())

    async def _send_photo(self, call: Call) -> Any:
        caption = self._caption(call.fields)
        photo = await self._fetched(call.fields.get("photo"))
        return self._sent(call, caption, (photo,))

    async def _send_album(self, call: Call) -> Any:
        asked = call.fields.get("media")
        if not isinstance(asked, list) or not 2 <= len(asked) <= 10:
            raise bad("wrong number of messages to send: an album has 2 to 10")
        photos = [await self._fetched(each.get("media")) for each in asked]
        caption = self._caption(asked[0])
        first = self._sent(call, caption, tuple(photos))
        others = [{**first, "message_id": n} for n in self._state.messages[_key(first)].album]
        return [first, *others]

    def _caption(self, fields: Any) -> str:
        caption = str(fields.get("caption", ""))
        if _units(caption) > self._state.settings.caption_length:
            raise bad("message caption is too long")
        return caption

    async def _fetched(self, url: Any) -> Photo:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise bad("wrong file identifier/HTTP URL specified")
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
                answer = await http.get(url)
        except httpx.HTTPError:
            raise bad("failed to get HTTP URL content") from None
        if answer.is_error or len(answer.content) > self._state.settings.photo_bytes:
            raise bad("failed to get HTTP URL content")
        picture = look_at(answer.content)
        if picture is None:
            raise bad("wrong type of the web page content")
        return Photo(data=answer.content, mime_type=picture.mime_type)

    def _sent(self, call: Call, text: str, photos: tuple[Photo, ...]) -> Any:
        chat = self._chat(call)
        self._may_write(call.bot, chat)
        self._count(chat)
        above = self._above(chat, call.fields.get("reply_parameters"))
        number = self._state.next_id()
        message = Message(
            chat_id=chat.id,
            id=number,
            author_id=chat.id if chat.kind == "channel" else call.bot.id,
            text=text,
            photos=photos,
            album=tuple(self._state.next_id() for _ in photos[1:]),
            above=above.id if above else None,
            thread=above.thread if above else None,
            created_at=self._clock.now(),
            received_at=call.received_at,
        )
        self._room.say(message)
        return views.message(message, self._state)

    def _above(self, chat: Chat, asked: Any) -> Message | None:
        if not isinstance(asked, dict):
            return None
        found = self._state.find(chat.id, asked.get("message_id"))
        if found is None and asked.get("allow_sending_without_reply") is not True:
            raise bad("message to be replied not found")
        return found

    def _may_write(self, bot: Bot, chat: Chat) -> None:
        if chat.kind == "private":
            if chat.blocked:
                raise refused(403, "Forbidden: bot was blocked by the user")
            return
        if bot.id not in chat.bots:
            raise refused(403, f"Forbidden: bot is not a member of the {chat.kind} chat")
        if not chat.bots[bot.id]:
            raise bad("need administrator rights in the channel chat")

    def _count(self, chat: Chat) -> None:
        most, now = self._state.settings.messages_a_minute, self._clock.now()
        quota = self.windows.take(str(chat.id), limit=most, seconds=MINUTE, now=now)
        if not quota.allowed:
            after = int((quota.resets_at - now).total_seconds()) + 1
            raise refused(429, f"Too Many Requests: retry after {after}", retry_after=after)

    # ── deleting ─────────────────────────────────────────────────────────────────────────────

    async def _delete(self, call: Call) -> Any:
        chat = self._chat(call)
        self._take_back(call.bot, chat, call.fields.get("message_id"), must_be=True)
        return True

    async def _delete_many(self, call: Call) -> Any:
        chat, numbers = self._chat(call), call.fields.get("message_ids")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
            raise bad("message identifiers are not specified")
        for number in numbers:
            self._take_back(call.bot, chat, number, must_be=False)
        return True

    def _take_back(self, bot: Bot, chat: Chat, number: Any, *, must_be: bool) -> None:
        found = self._state.find(chat.id, number)
        if found is None:
            if must_be:
                raise bad("message to delete not found")
            return
        if found.author_id != bot.id and not chat.bots.get(bot.id):
            raise bad("message can't be deleted")
        self._state.messages[found.key] = found.model_copy(update={"deleted": True})

    def _chat(self, call: Call) -> Chat:
        found = self._state.find_chat(call.fields.get("chat_id"))
        if found is None or (found.kind != "private" and found.username == "" and not found.bots):
            raise bad("chat not found")
        return found

    @property
    def _state(self) -> State:
        return self._room.state


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _key(shown: dict[str, Any]) -> str:
    return f"{shown['chat']['id']}:{shown['message_id']}"
