"""Having LinkedIn tell us of a page.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-social-action-notifications

A subscription is named by what it is of: the app, whoever connected the page, the page itself. To
put it again changes nothing. The app is named by its number, which no other call needs.
"""

from tellal.channels import Channel
from tellal.errors import NeedsReconnect, Rejected
from tellal.platforms.calls import Gone
from tellal.platforms.hearing import Hook
from tellal.platforms.linkedin import urns
from tellal.platforms.linkedin.consent import MEMBER
from tellal.platforms.linkedin.line import Line
from tellal.platforms.linkedin.notifications import SOCIAL

SET_NO_APP = (
    "LinkedIn is not told which app to tell; whoever runs Tellal can set its number"
    " (platform_settings, linkedin, developer_application)"
)
NOBODYS = "whose consent this was is not known, so LinkedIn cannot be asked for it"


def subscribe(line: Line, channel: Channel, hook: Hook, *, application: str) -> None:
    if not application:
        raise Rejected(SET_NO_APP)
    body = {"webhook": hook.address}
    path = _path(channel, application)
    line("PUT", path, json=body, accepts={200, 201, 204})


def unsubscribe(line: Line, channel: Channel, *, application: str) -> None:
    """By the same name: nobody says so, but that is how its interface deletes things."""
    try:
        line("DELETE", _path(channel, application), accepts={200, 204})
    except Gone:
        return


def _path(channel: Channel, application: str) -> str:
    """Its address is written whole: LinkedIn wants brackets as they are, and names encoded."""
    member = channel.server.get("login")
    if not member:
        raise NeedsReconnect(NOBODYS)
    named = {
        "developerApplication": f"urn:li:developerApplication:{application}",
        "user": f"{MEMBER}{member}",
        "entity": channel.remote_id,
    }
    key = ",".join(f"{name}:{urns.in_address(urn)}" for name, urn in named.items())
    return f"rest/eventSubscriptions/({key},eventType:{SOCIAL})"
