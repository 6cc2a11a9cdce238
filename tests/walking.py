"""An account's owner with a browser, before a sandbox that asks for consent."""

import re
from html import unescape

import httpx

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
BUTTON = re.compile(r'<button name="username" value="([^"]+)">Allow as ([^<]+)<')


def allowed(address: str, *, who: str = "bakery", scopes: str | None = None) -> dict[str, str]:
    """Says yes on the page; what the browser is sent back with."""
    page = httpx.get(address, trust_env=False)
    assert page.status_code == 200, page.text
    people = {unescape(name): id_ for id_, name in BUTTON.findall(page.text)}
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    fields |= {"username": people[who]} | ({"scope": scopes} if scopes else {})
    to = str(page.url.copy_with(query=None))
    sent_back = httpx.post(to, data=fields, trust_env=False)
    assert sent_back.status_code == 302, sent_back.text
    return dict(httpx.URL(sent_back.headers["location"]).params)
