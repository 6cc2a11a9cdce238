"""The lines to Facebook as one page: its hosts, its version, and what its refusals mean.
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

from tellal.errors import Rejected, Repeated, Throttled
from tellal.platforms import graph_answers
from tellal.platforms.calls import Calls
from tellal.platforms.graph import PASSING, GraphLine, Refusal, Refusals, left_out, versioned
from tellal.platforms.graph_insights import OF_INSIGHTS

TITLE = "Facebook"
TOO_FAST = timedelta(minutes=15)  # Facebook does not say how long

# Facebook's own, by subcode or code. Few stand in its reference; the others are what those who
# publish for others have met, so nothing but the next step is taken from them.
REFUSALS: Refusals = {
    1366046: Refusal(Rejected, "{title} does not take this photo: it is too large, or damaged"),
    1366051: Refusal(Repeated, "{title} refuses the same photos twice: they were posted already"),
    1390008: Refusal(Throttled, "{title} says that this page posts too fast", TOO_FAST),
    1346003: Refusal(Rejected, "{title} refuses this: others have called it abusive"),
    1404102: Refusal(Rejected, "{title} refuses this: its Community Standards do not allow it"),
    1404078: Refusal(
        Rejected,
        "{title} wants whoever runs this page to be authorised first: see the page's settings",
    ),
    1609005: Refusal(Rejected, "{title} could not read the page that the link leads to"),
    1609008: Refusal(Rejected, "{title} takes no links to itself here"),
    2061006: Refusal(Rejected, "{title} does not take this link: its address is not a right one"),
    # Of messages. What they mean is told by others alone.
    **graph_answers.REFUSALS,
    1363047: PASSING,
    1609010: PASSING,
}
OF_READING: Refusals = {**REFUSALS, **left_out("{title} does not let us read this of the page")}
OF_MEASURING: Refusals = {**REFUSALS, **OF_INSIGHTS}
OF_HOOKS: Refusals = {**REFUSALS, **left_out("{title} was not allowed to tell us of the page")}


class FacebookCredentials(BaseModel):
    access_token: SecretStr  # a page's
    proof: SecretStr | None = None  # that goes with it; a token that was typed in has none


@dataclass(frozen=True)
class PageLine:
    """All that is asked in one page's name."""

    page: str  # its id
    credentials: FacebookCredentials
    calls: Calls

    @property
    def path(self) -> str:
        return in_path(self.page)

    @cached_property
    def graph(self) -> GraphLine:
        return self._at("graph")

    @cached_property
    def reading(self) -> GraphLine:
        """For the inbox, where what its owner left out of a consent is refused by itself."""
        held = self.credentials
        return graph(held.access_token, self.calls, proof=held.proof, refusals=OF_READING)

    @cached_property
    def measuring(self) -> GraphLine:
        held = self.credentials
        return graph(held.access_token, self.calls, proof=held.proof, refusals=OF_MEASURING)

    @cached_property
    def hooks(self) -> GraphLine:
        held = self.credentials
        return graph(held.access_token, self.calls, proof=held.proof, refusals=OF_HOOKS)

    @cached_property
    def video(self) -> GraphLine:
        """Where the films of the feed are sent."""
        return self._at("video")

    def _at(self, host: str) -> GraphLine:
        held = self.credentials
        return graph(held.access_token, self.calls, proof=held.proof, host=host)


def graph(
    token: SecretStr,
    calls: Calls,
    *,
    proof: SecretStr | None = None,
    host: str = "graph",
    refusals: Refusals = REFUSALS,
) -> GraphLine:
    return GraphLine(
        versioned(host, calls), token, calls, title=TITLE, proof=proof, refusals=refusals
    )


def in_path(remote_id: str) -> str:
    """An id as it stands in a path: what a person typed may hold anything."""
    return quote(remote_id, safe="")
