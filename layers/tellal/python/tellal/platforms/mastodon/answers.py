"""What servers with Mastodon's API answer, as far as we read it. Names are the platform's own.

Lenient, for the servers are many: ids may be numbers, times may lack a zone, counts may be missing.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Answer(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,
        defer_build=True,  # most processes read a few of these
    )


class Account(Answer):
    id: str
    acct: str  # of the own server without @host
    username: str = ""
    display_name: str | None = None
    url: str | None = None
    avatar: str | None = None


class Instance(Answer):
    domain: str | None = None
    version: str = ""
    source_url: str | None = None
    configuration: dict[str, Any] = {}


class AppMade(Answer):
    client_id: str
    client_secret: SecretStr


class Granted(Answer):
    access_token: SecretStr
    scope: str = ""  # separated by spaces


class AppSeen(Answer):
    """Told since 4.3: the scopes of the app that the token belongs to."""

    scopes: list[str] = []


class Attachment(Answer):
    id: str
    url: str | None = None


class Made(Answer):
    id: str
    url: str | None = None
    uri: str | None = None


class Status(Made):
    account: Account
    content: str = ""
    visibility: str = "public"
    created_at: Annotated[datetime, AfterValidator(_zoned)]
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    media_attachments: list[Attachment] = []


class Notification(Answer):
    id: str
    type: str
    created_at: Annotated[datetime, AfterValidator(_zoned)] | None = None
    account: Account | None = None  # who did it
    status: Status | None = None


class Ancestor(Answer):
    id: str
    account: Account


class Context(Answer):
    ancestors: list[Ancestor] = []
