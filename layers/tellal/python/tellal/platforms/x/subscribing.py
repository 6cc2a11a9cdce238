"""Having X tell us of an account. https://docs.x.com/x-api/activity/introduction

Every event costs money, so X is asked only where a deployment has set which of its webhooks is to
be told. That one is registered by hand, with the app's own keys, and so is a subscription taken
back: an account's token may begin one and not end it.
"""

from tellal.channels import Channel
from tellal.errors import Rejected
from tellal.platforms.x.consent import DIRECT
from tellal.platforms.x.line import Line, Refusal

SET_NONE = (
    "X is not told which webhook is ours, and each event costs money; whoever runs Tellal can set"
    " it (platform_settings, x, webhook_id)"
)
OF_DIRECTS = "dm.received"


class There(Rejected):
    """X tells us of this already."""


# How X refuses a second one is not written anywhere: these are its words elsewhere.
AGAIN = tuple(
    Refusal(status, words, There, "X tells us of this already")
    for status in (400, 403, 409)
    for words in ("already exist", "already subscribed", "duplicate")
)


def subscribe(line: Line, channel: Channel) -> None:
    """Event by event: one that is refused does not keep the others from being told."""
    webhook = str(line.settings["webhook_id"])
    if not webhook:
        raise Rejected(SET_NONE)
    refused: dict[str, Rejected] = {}
    for event in _events(line, channel):
        wanted = {"event_type": event, "filter": {"user_id": channel.remote_id}}
        body = {**wanted, "tag": channel.remote_id, "webhook_id": webhook}
        try:
            line("POST", "2/activity/subscriptions", json=body, first=AGAIN)
        except There:
            continue
        except Rejected as error:
            refused[event] = error
    if refused:
        left, [why, *_] = ", ".join(refused), refused.values()
        raise Rejected(f"{left} are left out, for {why}")


def _events(line: Line, channel: Channel) -> list[str]:
    """Those of direct messages only where their owner lets them be read."""
    reads_directs = DIRECT in channel.server.get("scopes", ())
    wanted = str(line.settings["events"]).split()
    return [event for event in wanted if reads_directs or event != OF_DIRECTS]
