"""What Telegram answers, as far as we read it. https://core.telegram.org/bots/api#available-types"""

from pydantic import BaseModel


class User(BaseModel):
    id: int
    first_name: str = ""
    username: str = ""
    can_read_all_group_messages: bool = False


class Me(BaseModel):
    result: User


class Chat(BaseModel):
    id: int
    type: str = ""  # private, group, supergroup, channel
    title: str = ""
    username: str = ""


class Found(BaseModel):
    result: Chat


class Member(BaseModel):
    status: str = ""
    can_post_messages: bool = False


class Membership(BaseModel):
    result: Member


class Sent(BaseModel):
    message_id: int
    chat: Chat


class Made(BaseModel):
    result: Sent


class AllMade(BaseModel):
    result: list[Sent]
