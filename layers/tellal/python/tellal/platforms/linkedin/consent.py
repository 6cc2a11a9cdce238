"""Being let in by a member of LinkedIn: as themself, and for the pages they manage.
https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow

One consent is one token, and all that it lets into shares it. It lives for sixty days. Only to
apps that it has approved does LinkedIn give a refresh token with it; that one is used again and
again, and its year begins with the consent and does not begin anew.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.errors import NeedsReconnect, PublishError, Rejected
from tellal.platforms.calls import Calls, Gone, Reads, Reply
from tellal.platforms.linkedin import answers, urns
from tellal.platforms.linkedin.line import FINDER, Forbidden, Line
from tellal.platforms.protocol import Connected, Refreshed, Registration
from tellal.platforms.scopes import Scopes

# What is asked for, and what will not work without it.
SCOPES = {
    "openid": "nobody can tell whose account it is",
    "profile": "nobody can tell the member's name",
    "w_member_social": "nothing can be published as the member",
    "w_organization_social": "nothing can be published as a page",
    "r_organization_social": "a page cannot be read back: after a lost answer a person must look",
    "rw_organization_admin": "the pages that one manages are not found, nor measured",
}
ASKED_FOR = Scopes(SCOPES)
OF_MEMBERS = ("w_member_social", "rw_organization_admin")
OF_PAGES = ("w_organization_social", "r_organization_social")
PAGE, MEMBER = "urn:li:organization:", "urn:li:person:"
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
MAY_POST = frozenset(
    {
        "ADMINISTRATOR",
        "CONTENT_ADMIN",
        "CONTENT_ADMINISTRATOR",
        "DIRECT_SPONSORED_CONTENT_POSTER",
    }
)
MOST_PAGES = 50  # are looked up one by one, while a person waits
NOBODY_KNOWS = frozenset({408, 425, 429})
OVER = "LinkedIn lets an app in for sixty days at a time, and they are over: connect it again"


class LinkedInCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr | None = None


@dataclass(frozen=True)
class _Consent:
    """What was granted, and to whom."""

    credentials: LinkedInCredentials
    lives: timedelta
    scopes: Sequence[str]

    def connected(self, urn: str, **facts: Any) -> Connected:
        return Connected(
            remote_id=urn,
            credentials=self.credentials,
            expires_at=clock.now() + self.lives,
            **facts,
        )


def address_of(app: Registration, *, state: str, calls: Calls) -> str:
    asks = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "state": state,
        "scope": str(calls.settings["scopes"]),
    }
    return str(httpx.URL(f"{calls.hosts['www']}/oauth/v2/authorization", params=asks))


def exchange(app: Registration, *, code: str, calls: Calls) -> tuple[Connected, ...]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        **_keys(app),
    }
    reads = _refusing(Rejected, "LinkedIn does not accept this consent, or not any more")
    granted = _token(form, calls, reads).read(answers.Granted)
    asked = str(calls.settings["scopes"])
    consent = _Consent(
        credentials=LinkedInCredentials(
            access_token=granted.access_token, refresh_token=granted.refresh_token
        ),
        lives=timedelta(seconds=granted.expires_in),
        scopes=sorted(re.findall(r"[\w.]+", granted.scope or asked)),
    )
    line = Line(granted.access_token, calls)
    return tuple(_presences(consent, line, calls.hosts["www"]))


def refresh(credentials: LinkedInCredentials, app: Registration | None, calls: Calls) -> Refreshed:
    token = credentials.refresh_token
    assert app is not None, "its facts say so"
    if token is None:
        raise NeedsReconnect(OVER)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token.get_secret_value(),
        **_keys(app),
    }
    reads = _refusing(NeedsReconnect, "LinkedIn does not renew this access any more")
    granted = _token(form, calls, reads).read(answers.Granted)
    return Refreshed(
        LinkedInCredentials(
            access_token=granted.access_token, refresh_token=granted.refresh_token or token
        ),
        clock.now() + timedelta(seconds=granted.expires_in),
    )


def revoke(app: Registration, token: SecretStr, calls: Calls) -> None:
    form = {"token": token.get_secret_value(), **_keys(app)}
    try:
        calls("POST", f"{calls.hosts['www']}/oauth/v2/revoke", data=form, accepts={200})
    except Rejected:  # it is none any more
        return


def is_page(urn: str) -> bool:
    return urn.startswith(PAGE)


def may_read(urn: str, scopes: Collection[str]) -> bool:
    """Whether the channel's own posts, and what stands below them, can be read back."""
    return ("r_organization_social" if is_page(urn) else "r_member_social") in scopes


def may_measure(urn: str, scopes: Collection[str]) -> bool:
    """Whether LinkedIn lets us read how its posts do."""
    return ("rw_organization_admin" if is_page(urn) else "r_member_postAnalytics") in scopes


def _presences(consent: _Consent, line: Line, www: str) -> Iterator[Connected]:
    login = ""
    pages, more = _pages(line) if "rw_organization_admin" in consent.scopes else ([], False)
    missing = list(ASKED_FOR.missing(consent.scopes, of=OF_MEMBERS))
    if more:
        missing.append(f"Only {MOST_PAGES} of the pages you manage can be chosen from")
    if {"openid", "profile"} <= set(consent.scopes):
        member = line("GET", "v2/userinfo").read(answers.Member)
        login = member.sub
        yield consent.connected(
            f"{MEMBER}{member.sub}",
            name=member.name or "A member of LinkedIn",
            handle=member.name or member.sub,  # members have addresses, but LinkedIn tells none
            url=None,
            server=_server(consent, login),
            missing=tuple(missing),
        )
    for urn in pages:
        page = _page(urn, line)
        name = page.localizedName or f"Page {urn.removeprefix(PAGE)}"
        yield consent.connected(
            urn,
            name=name,
            handle=page.vanityName or name,
            url=f"{www}/company/{page.vanityName or urn.removeprefix(PAGE)}/",
            server=_server(consent, login),
            missing=ASKED_FOR.missing(consent.scopes, of=OF_PAGES),
        )


def _server(consent: _Consent, login: str) -> dict[str, Any]:
    """`login` is whose consent it was: what came of it shares one token."""
    return {"scopes": list(consent.scopes), **({"login": login} if login else {})}


def _pages(line: Line) -> tuple[list[str], bool]:
    """The pages that one may post to, each once; and whether there are more of them."""
    params = {"q": "roleAssignee", "state": "APPROVED", "count": "100"}
    told = line("GET", "rest/organizationAcls", params=params, headers=FINDER)
    pages = dict.fromkeys(
        each.organization
        for each in told.read(answers.Roles).elements
        if each.role in MAY_POST and is_page(each.organization)
    )
    return list(pages)[:MOST_PAGES], len(pages) > MOST_PAGES


def _page(urn: str, line: Line) -> answers.Organization:
    """One that may be posted to is offered even if its name may not be read."""
    try:
        path = f"rest/organizations/{urns.in_address(urn.removeprefix(PAGE))}"
        return line("GET", path).read(answers.Organization)
    except (Forbidden, Gone):
        return answers.Organization()


def _keys(app: Registration) -> dict[str, str]:
    secret = app.client_secret.get_secret_value() if app.client_secret else ""
    return {"client_id": app.client_id, "client_secret": secret}


def _token(form: dict[str, str], calls: Calls, reads: Reads) -> Reply:
    return calls("POST", f"{calls.hosts['www']}/oauth/v2/accessToken", data=form, reads=reads)


def _refusing(error: type[PublishError], sentence: str) -> Reads:
    """LinkedIn's own words may hold the code or the token, so they are not repeated."""

    def read(reply: Reply) -> None:
        if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
            raise error(sentence)

    return read
