"""The Telegram sandbox as one thing: bots, people and their chats, and who is told of what."""

import hashlib
import json
from html import escape
from typing import Any, ClassVar

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.telegram import views
from local.sandboxes.telegram.api import Api
from local.sandboxes.telegram.state import FIRST_CHAT, Bot, Chat, Message, Person, State
from local.sandboxes.telling import Telling

HEADER = "x-telegram-bot-api-secret-token"


class Telegram:
    name = "telegram"
    permalink = "/{chat}/{number:int}"
    more_acts: ClassVar = frozenset({"direct", "edit", "remove"})

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._api = Api(self, clock=clock)
        self._tellings: list[Telling] = []

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"api": url, "site": url}

    def routes(self) -> list[BaseRoute]:
        return [*self._api.routes()]

    def forget_limits(self) -> None:
        self._api.windows.clear()

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """A channel, its discussion group, and a bot that is an admin of both; details
        `may_post`: no, and `reads_groups`: yes."""
        name, title = wanted.name, wanted.display_name or wanted.name.title()
        channel = self._channel(name, title)
        username = f"{name}_bot"
        bot = next((b for b in self.state.bots.values() if b.username == username), None)
        if bot is None:
            number = self.state.next_id()
            secret = hashlib.sha256(f"{number} {name}".encode()).hexdigest()[:33]
            bot = Bot(
                id=number,
                username=username,
                first_name=title,
                token=f"{number}:AA{secret}",
                reads_groups=wanted.details.get("reads_groups") == "yes",
            )
            self.state.bots[number] = bot
        may = wanted.details.get("may_post") != "no"
        for chat_id in (channel.id, channel.linked_id):
            assert chat_id is not None
            chat = self.state.chats[chat_id]
            self.state.chats[chat_id] = chat.model_copy(update={"bots": {**chat.bots, bot.id: may}})
        return {
            "id": str(bot.id),
            "bot_token": bot.token,
            "handle": username,
            "chat": f"@{name}",
            "chat_id": str(channel.id),
            "group_id": str(channel.linked_id),
        }

    def act(self, act: Act) -> dict[str, Any]:
        match act.do:
            case "post":
                channel = self._channel(
                    act.who, act.who.title()
                )  # of whoever is named, there is one
                made = self._said(channel, act.text, channel.id)
            case "reply":
                made = self._reply(act)
            case "mention":
                group = self.state.chats[self._channel_of(act.account).linked_id or 0]
                made = self._said(group, act.text, self._person(act.who).id)
            case "direct":
                person = self._person(act.who)
                made = self._said(self._private(person), act.text, person.id)
                return {"id": made.key, "person": str(person.id)}
            case "edit" | "remove":
                return {"id": self._changed(act).key}
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})
        return {"id": made.key, "url": self._address(made)}

    def say(self, message: Message) -> None:
        self.state.messages[message.key] = message
        chat = self.state.chats[message.chat_id]
        self._tell("message", message, chat)
        if chat.kind == "channel" and chat.linked_id is not None:
            number = self.state.next_id()
            forwarded = {"chat_id": chat.linked_id, "id": number, "thread": number}
            self.say(message.model_copy(update={**forwarded, "copy_of": message.id}))

    def to_tell(self) -> list[Telling]:
        taken, self._tellings = self._tellings, []
        return taken

    def subscriptions(self) -> dict[str, list[str]]:
        return {str(bot.id): bot.wanted for bot in self.state.bots.values() if bot.hook}

    def public_posts(self) -> list[PublicPost]:
        """What was said in any chat; a channel's post once, not again in its group."""
        told = [each for each in self.state.messages.values() if each.copy_of is None]
        return [self._public(each) for each in told]

    def post_at(self, path: dict[str, str]) -> str | None:
        chat = self.state.find_chat(f"@{path['chat']}")
        return f"{chat.id}:{path['number']}" if chat else None

    # ── what people do ───────────────────────────────────────────────────────────────────────

    def _reply(self, act: Act) -> Message:
        above = self.state.messages.get(act.post)
        if above is None:
            raise Refusal(404, {"error": f"There is no post {act.post}"})
        if self.state.chats[above.chat_id].kind == "channel":
            copied = self.state.copy_in_group(above)
            assert copied is not None, "every channel here has its group"
            above = copied
        chat = self.state.chats[above.chat_id]
        return self._said(chat, act.text, self._person(act.who).id, above=above)

    def _changed(self, act: Act) -> Message:
        seen = self.state.messages.get(act.post)
        if seen is None:
            raise Refusal(404, {"error": f"There is no post {act.post}"})
        changes: dict[str, Any] = {"deleted": True} if act.do == "remove" else {"text": act.text}
        changed = seen.model_copy(update=changes)
        self.state.messages[seen.key] = changed
        if act.do == "edit":  # of what goes nobody is told
            self._tell("edited_message", changed, self.state.chats[changed.chat_id])
        return changed

    def _said(self, chat: Chat, text: str, author: int, *, above: Message | None = None) -> Message:
        now = self._clock.now()
        message = Message(
            chat_id=chat.id,
            id=self.state.next_id(),
            author_id=author,
            text=text,
            above=above.id if above else None,
            thread=above.thread if above else None,
            created_at=now,
            received_at=now,
            by_hand=True,
        )
        self.say(message)
        return message

    def _tell(self, name: str, message: Message, chat: Chat) -> None:
        """Every bot that is there, but of its own messages; of a channel nobody wants to know."""
        if chat.kind == "channel":
            return
        there = self.state.bots.values() if chat.kind == "private" else self._bots_in(chat)
        for bot in there:
            if bot.id == message.author_id or not bot.hook or name not in bot.wanted:
                continue
            self.state.last_update += 1
            told = views.message(message, self.state)
            if name == "edited_message":
                told["edit_date"] = int(self._clock.now().timestamp())
            body = json.dumps({"update_id": self.state.last_update, name: told}).encode()
            self._tellings.append(Telling(bot.hook, body, {HEADER: bot.word}))

    def _bots_in(self, chat: Chat) -> list[Bot]:
        """Those that are no admins hear of it only if they read all that is said."""
        return [
            bot
            for bot in self.state.bots.values()
            if bot.id in chat.bots and (chat.bots[bot.id] or bot.reads_groups)
        ]

    # ── who and where ────────────────────────────────────────────────────────────────────────

    def _channel(self, name: str, title: str) -> Chat:
        if known := self.state.find_chat(f"@{name}"):
            return known
        channel_id, group_id = (-(FIRST_CHAT + self.state.next_id()) for _ in range(2))
        channel = Chat(
            id=channel_id, kind="channel", title=title, username=name, linked_id=group_id
        )
        group = Chat(id=group_id, kind="supergroup", title=f"{title} and all", linked_id=channel_id)
        self.state.chats |= {channel_id: channel, group_id: group}
        return channel

    def _channel_of(self, name: str) -> Chat:
        found = self.state.find_chat(f"@{name}")
        if found is None:
            raise Refusal(404, {"error": f"There is no channel {name}"})
        return found

    def _person(self, name: str) -> Person:
        known = next((each for each in self.state.people.values() if each.username == name), None)
        if known is not None:
            return known
        person = Person(id=self.state.next_id(), username=name, first_name=name.title())
        self.state.people[person.id] = person
        return person

    def _private(self, person: Person) -> Chat:
        chat = self.state.chats.get(person.id) or Chat(id=person.id, kind="private")
        self.state.chats[person.id] = chat
        return chat

    def _public(self, each: Message) -> PublicPost:
        chat = self.state.chats[each.chat_id]
        return PublicPost(
            id=each.key,
            url=self._address(each),
            author=self._name_of(each.author_id),
            text=each.text,
            html=f"<p>{escape(each.text)}</p>",
            created_at=spell(each.created_at),
            received_at=spell(each.received_at),
            visibility="direct" if chat.kind == "private" else "public",
            in_reply_to=self._above(each),
            images=[{"url": "", "alt": "", "type": photo.mime_type} for photo in each.photos],
            deleted=each.deleted,
            by_hand=each.by_hand,
        )

    def _above(self, each: Message) -> str | None:
        if each.above is None:
            return None
        above = self.state.messages[f"{each.chat_id}:{each.above}"]
        return above.key if above.copy_of is None else f"{above.author_id}:{above.copy_of}"

    def _name_of(self, author: int) -> str:
        if author in self.state.bots:
            return self.state.bots[author].username
        person = self.state.people.get(author)
        return person.username if person else self.state.chats[author].username

    def _address(self, each: Message) -> str:
        chat = self.state.chats[each.chat_id]
        at = chat.username or f"c/{str(chat.id).removeprefix('-100')}"
        return f"{self._url}/{at}/{each.id}"
