"""What Threads answers, as far as we read it. Times end in +0000."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from tellal.platforms.containers import Allowed


class Answer(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)  # ids come as both


class Profile(Answer):
    id: str
    username: str
    name: str = ""


class Usage(Answer):
    quota_usage: int = 0
    config: Allowed | None = None
    reply_quota_usage: int = 0
    reply_config: Allowed | None = None


class Limits(Answer):
    data: list[Usage] = []


class Above(Answer):
    id: str


class Post(Answer):
    id: str
    text: str = ""
    media_type: str = ""  # TEXT_POST, IMAGE, VIDEO, CAROUSEL_ALBUM, REPOST_FACADE
    timestamp: datetime
    permalink: str | None = None
    replied_to: Above | None = None


class Posts(Answer):
    data: list[Post] = []


class Address(Answer):
    permalink: str | None = None
