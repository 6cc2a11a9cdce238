"""Facebook pages: so far connecting one, and what its webhooks tell."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.conversations import Heard
from tellal.errors import NeedsReconnect
from tellal.platforms.calls import Calls, Reply, bearer
from tellal.platforms.facebook import webhooks
from tellal.platforms.protocol import AppSecrets, Connected, Facts

# https://developers.facebook.com/docs/graph-api/guides/error-handling
TOKEN_REFUSED = frozenset({102, 190})


class FacebookConnection(BaseModel):
    """What a person types in: a page, and a token made for that page."""

    page_id: str
    access_token: SecretStr


class FacebookCredentials(BaseModel):
    access_token: SecretStr  # a page's


class Page(BaseModel):
    id: str
    name: str
    link: str | None = None
    username: str | None = None  # not every page has one


class Facebook:
    name: ClassVar = "facebook"
    facts: ClassVar = Facts(
        title="Facebook",
        # with its version, which lives for two years
        # https://developers.facebook.com/docs/graph-api/changelog
        hosts={"graph": "https://graph.facebook.com/v25.0"},
        notes=(
            "Comments on a page's posts and messages to the page arrive by webhook.",
            "Comments whose author Facebook hides from the app stand alone, without a name.",
        ),
    )
    Connection: ClassVar[type[BaseModel]] = FacebookConnection
    Credentials: ClassVar[type[BaseModel]] = FacebookCredentials
    webhook_headers: ClassVar = (webhooks.SIGNATURE,)

    def __init__(self, channel: Channel, credentials: FacebookCredentials, calls: Calls) -> None:
        """Nothing is asked in a channel's name yet: webhooks tell without one."""

    @classmethod
    def connect(cls, given: FacebookConnection, calls: Calls) -> Connected:
        reply = calls(
            "GET",
            f"{calls.hosts['graph']}/{quote(given.page_id.strip(), safe='')}",
            params={"fields": "id,name,link,username"},
            headers=bearer(given.access_token),
            reads=_refuse_token,
        )
        page = reply.read(Page)
        return Connected(
            remote_id=page.id,
            name=page.name,
            handle=page.username or page.id,
            url=page.link,
            credentials=FacebookCredentials(access_token=given.access_token),
        )

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        webhooks.verify(body, headers, secrets)

    @classmethod
    def challenge(cls, query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
        return webhooks.challenge(query, secrets)

    @classmethod
    def normalise(cls, body: bytes) -> tuple[Heard, ...]:
        return webhooks.normalise(body)


def _refuse_token(reply: Reply) -> None:
    """Graph answers 400 to a token it does not take, and says so by its code."""
    told = reply.json()
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict) and error.get("code") in TOKEN_REFUSED:
        raise NeedsReconnect("Facebook does not accept this token for this page")
