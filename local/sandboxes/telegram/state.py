"""All that the Telegram sandbox remembers: bots, people, chats, and what is said in them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

FIRST_CHAT = 1_001_000_000_000  # with a minus before it: channels and supergroups are such numbers

type ChatKind = Literal["private", "supergroup", "channel"]


class Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Settings(Frozen):
    """Limits and manners; how many messages are let through is what others have met."""

    messages_a_minute: int = 1000  # in one chat
    text_length: int = 4096
    caption_length: int = 1024
    photo_bytes: int = 5_000_000
    subscribers: int = 0  # of any channel


class Person(Frozen):
    id: int
    username: str
    first_name: str


class Bot(Frozen):
    id: int
    username: str
    first_name: str
    token: str
    reads_groups: bool = False  # all of them, not only where it is an admin
    hook: str = ""  # where it is told
    word: str = ""  # that is sent with it
    wanted: list[str] = []


class Chat(Frozen):
    id: int
    kind: ChatKind
    title: str = ""
    username: str = ""
    linked_id: int | None = None  # a channel's discussion group, and a group's channel
    bots: dict[int, bool] = {}  # those in it, and whether they may write there
    blocked: bool = False  # by the person whose it is


class Photo(Frozen):
    data: bytes
    mime_type: str


class Message(Frozen):
    chat_id: int
    id: int
    author_id: int  # a person's, a bot's, a channel's
    text: str
    photos: tuple[Photo, ...] = ()
    album: tuple[int, ...] = ()  # the numbers of its other photos' messages
    above: int | None = None  # what it answers, in the same chat
    thread: int | None = None
    copy_of: int | None = None  # in a group: the number of the channel's post that it is
    created_at: datetime
    received_at: datetime
    deleted: bool = False
    by_hand: bool = False

    @property
    def key(self) -> str:
        return f"{self.chat_id}:{self.id}"


class State(BaseModel):
    settings: Settings = Settings()
    last_id: int = 0
    last_update: int = 0
    bots: dict[int, Bot] = {}
    people: dict[int, Person] = {}
    chats: dict[int, Chat] = {}
    messages: dict[str, Message] = {}  # oldest first; deleted ones stay, marked

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def by_token(self, token: str) -> Bot | None:
        return next((each for each in self.bots.values() if each.token == token), None)

    def find_chat(self, named: object) -> Chat | None:
        """By its number, as a number or a text, or by its @address."""
        spelled = str(named)
        if spelled.startswith("@"):
            name = spelled.removeprefix("@").lower()
            return next((c for c in self.chats.values() if c.username.lower() == name), None)
        known = spelled.lstrip("-").isdecimal()
        return self.chats.get(int(spelled)) if known else None

    def find(self, chat_id: int, number: object) -> Message | None:
        message = self.messages.get(f"{chat_id}:{number}")
        return None if message is None or message.deleted else message

    def copy_in_group(self, post: Message) -> Message | None:
        """Of a channel's post, as it stands in its discussion group."""
        group = self.chats[post.chat_id].linked_id
        return next(
            (m for m in self.messages.values() if m.chat_id == group and m.copy_of == post.id),
            None,
        )
