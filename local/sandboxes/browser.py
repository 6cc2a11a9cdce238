"""An account's owner with a browser: opens a platform's consent page, says yes, is sent back."""

import re
from html import unescape

import httpx

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
PERSON = re.compile(r'<button name="username" value="([^"]+)">')


class NobodyAsked(Exception):
    """The address shows no consent page, or saying yes led nowhere."""


def allow(address: str, *, who: str | None = None, scopes: str | None = None) -> httpx.URL:
    """Where the browser is sent then, code and state in it.

    `who` is whose account is let in, the first on the page if nobody is named; `scopes` is what is
    allowed instead of all that was asked.
    """
    page = httpx.get(address, trust_env=False)
    people = [unescape(each) for each in PERSON.findall(page.text)]
    if page.is_error or not people:
        raise NobodyAsked(f"{page.status_code}: {page.text[:200]}")
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    fields |= {"username": who or people[0]} | ({"scope": scopes} if scopes else {})
    answer = httpx.post(str(page.url.copy_with(query=None)), data=fields, trust_env=False)
    if answer.status_code not in (302, 303):
        raise NobodyAsked(f"{answer.status_code}: {answer.text[:200]}")
    return httpx.URL(answer.headers["location"])
