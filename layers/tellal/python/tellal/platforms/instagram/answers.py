"""What Instagram answers, as far as we read it. Times end in +0000."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from tellal.platforms.containers import Allowed


class Answer(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)  # ids come as both


class Account(Answer):
    user_id: str
    username: str
    name: str = ""
    account_type: str = ""  # BUSINESS, MEDIA_CREATOR


class Usage(Answer):
    quota_usage: int = 0
    config: Allowed | None = None


class Limits(Answer):
    data: list[Usage] = []


class Media(Answer):
    id: str
    caption: str = ""  # a story has none
    media_type: str = ""  # IMAGE, VIDEO, CAROUSEL_ALBUM
    timestamp: datetime
    permalink: str | None = None


class Medias(Answer):
    data: list[Media] = []


class Address(Answer):
    permalink: str | None = None


class Comment(Answer):
    id: str
    text: str = ""
    username: str = ""
    timestamp: datetime


class Replies(Answer):
    data: list[Comment] = []


class TopComment(Comment):
    replies: Replies = Replies()


class Comments(Answer):
    data: list[TopComment] = []


class Commented(Answer):
    id: str
    comments: Comments = Comments()


class AllCommented(Answer):
    data: list[Commented] = []
