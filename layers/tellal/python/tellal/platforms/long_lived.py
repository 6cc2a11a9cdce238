"""Tokens that live for sixty days, as Instagram and Threads give them.
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
https://developers.facebook.com/docs/threads/get-started/long-lived-tokens

A consent's code gives a token for an hour, that one a token for sixty days, and that one another
for sixty days more: from its second day on, and while it lives. The old one lives on beside it.

The two requests that make a token of a token are the only ones of ours that carry one in their
address, and one of them the app's secret: Meta takes them there and nowhere else (they are
required parameters, and of a GET alone).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from tellal import clock
from tellal.errors import NeedsReconnect, NeedsRefresh, Rejected, TryLater
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.graph import Refusal, Refusals, reading
from tellal.platforms.protocol import Registration
from tellal.platforms.scopes import Scopes

RENEWED_AHEAD = timedelta(days=15)  # of its end: a fortnight of Meta's troubles costs nothing
OLD_ONE_LIVES = timedelta(days=60)  # at most: an answer that was lost is asked for again
# Meta's codes for a token that it does not take. A new one is asked for first: where that is
# refused as well, a person is needed.
TOKEN_REFUSED: Refusals = dict.fromkeys(
    (102, 190), Refusal(NeedsRefresh, "{title} does not accept the channel's token")
)
NOT_RENEWED: Refusals = dict.fromkeys(
    (102, 190), Refusal(NeedsReconnect, "{title} does not renew the channel's token any more")
)
NOBODY_KNOWS = frozenset({408, 425, 429})


class Short(BaseModel):
    """A token for an hour, and what it may be used for, where that is told."""

    access_token: SecretStr
    permissions: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, said: Any) -> Any:
        """Documented inside a list, answered without."""
        listed = said.get("data") if isinstance(said, dict) else None
        return listed[0] if isinstance(listed, list) and listed else said

    @field_validator("permissions", mode="before")
    @classmethod
    def _parted(cls, said: Any) -> Any:
        return said.split(",") if isinstance(said, str) else said


class Long(BaseModel):
    access_token: SecretStr
    expires_in: int = Field(default=60 * 24 * 60 * 60, gt=0, lt=10**9)  # seconds


@dataclass(frozen=True)
class LongLived:
    token: SecretStr
    expires_at: datetime
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Login:
    title: str
    grants: str  # the beginning of their names: "ig", "th"
    scopes: Mapping[str, str]  # what is asked for → what will not work without it; identity first

    def address(self, at: str, app: Registration, *, state: str) -> str:
        asks = {
            "client_id": app.client_id,
            "redirect_uri": app.redirect_uri,
            "response_type": "code",
            "scope": ",".join(self.scopes),
            "state": state,
        }
        return str(httpx.URL(f"{at}/oauth/authorize", params=asks))

    def exchange(
        self, app: Registration, code: str, calls: Calls, *, codes_at: str, tokens_at: str
    ) -> LongLived:
        """Raises Rejected where the consent is of no use."""
        secret = app.client_secret.get_secret_value() if app.client_secret else ""
        form = {
            "client_id": app.client_id,
            "client_secret": secret,
            "grant_type": "authorization_code",
            "redirect_uri": app.redirect_uri,
            "code": code.removesuffix("#_"),  # Meta's browsers hang it on
        }
        refused = _refused(f"{self.title} does not accept this consent, or not any more")
        url = f"{codes_at}/oauth/access_token"
        short = calls("POST", url, data=form, reads=refused).read(Short)
        self._asked_for.require(short.permissions or self.scopes)
        params = {
            "grant_type": f"{self.grants}_exchange_token",
            "client_secret": secret,
            "access_token": short.access_token.get_secret_value(),
        }
        long = calls("GET", f"{tokens_at}/access_token", params=params, reads=refused).read(Long)
        return LongLived(long.access_token, _end(long), short.permissions)

    def renew(self, token: SecretStr, calls: Calls, *, at: str) -> LongLived:
        """Raises NeedsReconnect for a token that is dead, TryLater for one that is too young."""
        params = {
            "grant_type": f"{self.grants}_refresh_token",
            "access_token": token.get_secret_value(),
        }
        reads = self._not_renewed
        long = calls("GET", f"{at}/refresh_access_token", params=params, reads=reads).read(Long)
        return LongLived(long.access_token, _end(long))

    def missing(self, permissions: tuple[str, ...]) -> tuple[str, ...]:
        """Sentences. Who tells no permissions is believed to have given all."""
        return self._asked_for.missing(permissions or self.scopes)

    @property
    def _asked_for(self) -> Scopes:
        return Scopes(self.scopes, needed=(next(iter(self.scopes)),))

    def _not_renewed(self, reply: Reply) -> None:
        """What is no word on the token leaves it in use: it lives, and is asked for again."""
        try:
            reading(self.title, NOT_RENEWED)(reply)
        except Rejected:
            raise TryLater(f"{self.title} does not renew this token yet") from None
        said_why = {401, 403} | NOBODY_KNOWS
        if 400 <= reply.status < 500 and reply.status not in said_why:
            raise TryLater(f"{self.title} does not renew this token yet")


def _refused(sentence: str) -> Reads:
    """No channel is spoken for yet, so a refusal is not about one; its words are not repeated."""

    def read(reply: Reply) -> None:
        if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
            raise Rejected(sentence)

    return read


def _end(long: Long) -> datetime:
    return clock.now() + timedelta(seconds=long.expires_in)
