"""What LinkedIn answers, as far as we read it. Names are the platform's own."""

# ruff: noqa: N815 – so that a model can be compared with LinkedIn's documentation

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def _moment(milliseconds: Any) -> Any:
    is_number = isinstance(milliseconds, int | float)
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if is_number else milliseconds


Milliseconds = Annotated[datetime, BeforeValidator(_moment)]
NEVER = datetime.fromtimestamp(0, UTC)


class Answer(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,
        defer_build=True,  # most processes read a few of these
    )


class Granted(Answer):
    access_token: SecretStr
    expires_in: int  # seconds
    refresh_token: SecretStr | None = None  # for apps that LinkedIn lets renew alone
    scope: str = ""  # parted by commas, in places by blanks


class Member(Answer):
    sub: str
    name: str = ""


class Role(Answer):
    organization: str = Field(
        "", validation_alias=AliasChoices("organization", "organizationTarget")
    )
    role: str = ""


class Roles(Answer):
    elements: list[Role]


class Organization(Answer):
    localizedName: str = ""
    vanityName: str = ""


class UploadPart(Answer):
    uploadUrl: str
    firstByte: int
    lastByte: int  # the last one that belongs to it


class UploadBegun(Answer):
    """Of an image or a document there is one address, of a video one for each part."""

    urn: str = Field(validation_alias=AliasChoices("image", "document", "video"))
    uploadUrl: str = ""
    uploadToken: str = ""
    uploadInstructions: list[UploadPart] = []


class Begun(Answer):
    value: UploadBegun


class Asset(Answer):
    status: str


class Post(Answer):
    """A list whose times cannot be read is not read at all: it would seem to lack posts."""

    id: str
    commentary: str = ""
    content: dict[str, Any] = {}
    lifecycleState: str = "PUBLISHED"
    createdAt: Milliseconds
    lastModifiedAt: Milliseconds


class Posts(Answer):
    elements: list[Post]


class Made(Answer):
    """A comment that was just made; the header names it too."""

    id: str = ""
    commentUrn: str = ""


class Said(Answer):
    text: str = ""


class Created(Answer):
    time: Milliseconds = NEVER


class Comment(Answer):
    id: str
    commentUrn: str = ""
    actor: str = ""
    message: Said = Said()
    created: Created = Created()


class Comments(Answer):
    elements: list[Comment]
