"""What X answers, as far as we read it. Names are the platform's own, old and new ones."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr


class Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes read a few of these


class Granted(Answer):
    access_token: SecretStr
    refresh_token: SecretStr | None = None  # only with the scope offline.access
    expires_in: int = 7200  # seconds
    scope: str = ""  # separated by spaces


class User(Answer):
    id: str
    name: str = ""
    username: str
    profile_image_url: str | None = None
    public_metrics: dict[str, Any] = {}
    subscription_type: str | None = None  # Basic, Premium, PremiumPlus, None


class Me(Answer):
    data: User


class Made(Answer):
    id: str


class PostMade(Answer):
    data: Made


class Deleted(Answer):
    deleted: bool


class PostDeleted(Answer):
    data: Deleted


class Processing(Answer):
    state: str = ""  # pending, in_progress, succeeded, failed
    check_after_secs: int | None = None
    error: dict[str, Any] | None = None  # code, name, message


class Media(Answer):
    id: str
    processing_info: Processing | None = None  # None: it may be used


class Uploaded(Answer):
    data: Media


class Url(Answer):
    url: str | None = None  # as it stands in the text: https://t.co/…
    expanded_url: str | None = None
    media_key: str | None = None


class Entities(Answer):
    urls: list[Url] | None = None


class Note(Answer):
    """A long post whole; the post's own text is only its beginning."""

    text: str
    entities: Entities | None = None


class Reference(Answer):
    type: str  # replied_to, quoted, retweeted
    id: str


class MessageSent(Answer):
    dm_conversation_id: str
    dm_event_id: str


class MessageMade(Answer):
    data: MessageSent


class Attachments(Answer):
    media_keys: list[str] | None = None


class Post(Answer):
    id: str
    text: str = ""
    created_at: datetime
    author_id: str | None = None
    conversation_id: str | None = None
    in_reply_to_user_id: str | None = None
    in_reply_to_tweet_id: Annotated[
        str | None,
        Field(validation_alias=AliasChoices("in_reply_to_post_id", "in_reply_to_tweet_id")),
    ] = None  # webhooks alone tell it so
    entities: Entities | None = None
    attachments: Attachments | None = None
    note: Annotated[
        Note | None, Field(validation_alias=AliasChoices("note_post", "note_tweet"))
    ] = None
    references: Annotated[
        list[Reference],
        Field(validation_alias=AliasChoices("referenced_posts", "referenced_tweets")),
    ] = []

    @property
    def answers(self) -> str | None:
        """The id of what it stands under."""
        return self.reference("replied_to") or self.in_reply_to_tweet_id

    def reference(self, *types: str) -> str | None:
        return next((each.id for each in self.references if each.type in types), None)


class Referred(Answer):
    id: str
    author_id: str | None = None


class Included(Answer):
    users: list[User] = []
    posts: Annotated[list[Referred], Field(validation_alias=AliasChoices("posts", "tweets"))] = []


class Meta(Answer):
    newest_id: str | None = None
    next_token: str | None = None


class Posts(Answer):
    """A page; where nothing is found, there is no `data`."""

    data: list[Post] = []
    includes: Included = Included()
    meta: Meta = Meta()


class DirectSent(Answer):
    id: str
    text: str = ""
    sender_id: str
    created_at: datetime
    dm_conversation_id: str = ""


class Directs(Answer):
    data: list[DirectSent] = []
    includes: Included = Included()
    meta: Meta = Meta()


class Counted(Answer, extra="allow"):
    """Its counts come and go with the API's version."""

    id: str
    public_metrics: dict[str, Any] = {}
    non_public_metrics: dict[str, Any] = {}


class CountedPosts(Answer):
    data: list[Counted] = []


class CountedMe(Answer):
    data: Counted
