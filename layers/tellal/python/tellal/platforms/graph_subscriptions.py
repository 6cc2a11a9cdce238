"""Having Meta tell of one account: the fields that its webhooks are to be of.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started/webhooks-for-pages

Fields need permissions of their own, and one that is missing refuses them all. So where all are
refused, those of what is public are asked for alone, and then those of messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tellal.errors import NeedsReconnect, PublishError, Rejected
from tellal.platforms.calls import Gone
from tellal.platforms.graph import GraphLine

EDGE = "subscribed_apps"
PUBLIC, DIRECT = "comments and mentions", "messages"


@dataclass(frozen=True)
class Fields:
    public: Sequence[str]
    direct: Sequence[str]


def subscribe(line: GraphLine, account: str, fields: Fields) -> None:
    """Raises Rejected, with what is not told, and the PublishErrors of troubles that pass.

    `account` is a path. A list takes the place of the one before it, we believe: nobody says so.
    """
    refusal = _asked(line, account, (*fields.public, *fields.direct))
    if refusal is None:
        return
    for names, left in ((fields.public, DIRECT), (fields.direct, PUBLIC)):
        if _asked(line, account, names) is None:
            raise Rejected(f"{left} are left out, for {refusal}")
    raise refusal


def unsubscribe(line: GraphLine, account: str) -> None:
    try:
        line("DELETE", f"{account}/{EDGE}")
    except Gone:
        return


def _asked(line: GraphLine, account: str, fields: Sequence[str]) -> PublishError | None:
    """The refusal, if it is one that fewer fields may not meet."""
    try:
        line("POST", f"{account}/{EDGE}", params={"subscribed_fields": ",".join(fields)})
    except (Rejected, NeedsReconnect) as error:
        return error
    return None
