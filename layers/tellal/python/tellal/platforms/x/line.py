"""The line to X as one account, and what its refusals mean.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors

X says what is wrong in words ("title", "detail", "type"); a status alone may mean anything. Where
the app itself has a limit, or nobody pays for it any more, every channel waits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import Calls, Reply, bearer, retry_after

UNPAID_FOR = timedelta(hours=1)  # until it is asked again whether somebody has paid
SHOWN = 200  # characters of X's own words


def _for_the_operator(sentence: str) -> PublishError:
    return Throttled(sentence, after=UNPAID_FOR, everywhere=True)


Raised = Callable[[str], PublishError]


@dataclass(frozen=True)
class Refusal:
    """A status, words that X uses with it, and what they come to."""

    status: int
    words: str  # in lower case; found anywhere in what it says
    error: Raised
    sentence: str  # for the author, or for who runs the deployment


NO_CREDITS = (
    "X has no credits left for this deployment's app: who runs it must buy some at console.x.com"
)
NOT_SET_UP = (
    "X does not let this deployment's app do this: who runs it must look at it at console.x.com"
)
NOT_SUMMONED = "have not been mentioned or otherwise engaged"
MAY_NOT_ANSWER = (
    "X lets apps answer only those who mentioned or quoted the account: answer by hand on x.com"
)
MAY_NOT_GO_ON = (
    "X took the parts that are public and refuses the next one, as an answer that nobody asked for:"
    " write the rest by hand under them, or as a post of its own"
)
UNDER_OUR_OWN = (Refusal(403, NOT_SUMMONED, Rejected, MAY_NOT_GO_ON),)

REFUSALS: tuple[Refusal, ...] = (
    Refusal(401, "unauthorized", NeedsRefresh, "X no longer accepts the channel's access token"),
    Refusal(402, "", _for_the_operator, NO_CREDITS),
    Refusal(403, "usage-capped", _for_the_operator, NO_CREDITS),
    Refusal(429, "usage-capped", _for_the_operator, NO_CREDITS),
    Refusal(403, "client-forbidden", _for_the_operator, NOT_SET_UP),
    Refusal(403, "client-not-enrolled", _for_the_operator, NOT_SET_UP),
    Refusal(403, "oauth1-permissions", NeedsReconnect, "The app was not allowed to write"),
    Refusal(403, "duplicate content", Repeated, "X refuses the same words twice: change them"),
    Refusal(403, NOT_SUMMONED, Rejected, MAY_NOT_ANSWER),
    Refusal(
        403,
        "not permitted to reply to this conversation",
        Rejected,
        "Its author lets not everybody answer, and this account may not",
    ),
    Refusal(
        403,
        "deleted or not visible",
        Rejected,
        "What this answers was deleted, or X does not show it to this account",
    ),
    Refusal(403, "cashtag", Rejected, "X takes one cashtag in a post"),
    Refusal(
        403,
        "not allowed to post a video longer",
        Rejected,
        "This video is longer than X lets the account post",
    ),
    Refusal(403, "account is suspended", NeedsReconnect, "X has suspended this account"),
    Refusal(
        403,
        "temporarily locked",
        NeedsReconnect,
        "X has locked this account: its owner must log in on x.com",
    ),
    Refusal(
        403,
        "not permitted to perform this action",
        Rejected,
        "X does not let this account post this: is it too long, or for Premium alone?",
    ),
    # Once `prepared_for` is over they are made again.
    Refusal(400, "media ids are invalid", TryLater, "X no longer has the uploaded files"),
)


class Line:
    """X's API, and the token it knows us by."""

    def __init__(self, token: SecretStr, calls: Calls) -> None:
        self._token = token
        self._calls = calls

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._calls.settings

    def __call__(
        self, method: str, path: str, *, first: Sequence[Refusal] = (), **request: Any
    ) -> Reply:
        """`first` are refusals that mean something else here."""

        def reads(reply: Reply) -> None:
            understand(reply, (*first, *REFUSALS), hidden=self._token)

        return self._calls(
            method,
            f"{self._calls.hosts['api']}/{path}",
            headers=bearer(self._token),
            reads=reads,
            **request,
        )


def understand(reply: Reply, refusals: Sequence[Refusal], *, hidden: SecretStr) -> None:
    """Raises what a refusal means, where its words tell; else its status will."""
    problems = _problems(reply.json())
    words = " ".join(problem[name] for problem in problems for name in problem).lower()
    for each in refusals:
        if reply.status == each.status and each.words in words:
            raise each.error(each.sentence)
    if reply.status == 429:
        raise _throttled(reply)
    said = [problem["detail"] for problem in problems if "detail" in problem]
    if reply.status in (400, 403) and said:
        says = " ".join(said).replace(hidden.get_secret_value(), "…")[:SHOWN]
        raise Rejected(f"X refused it: {says}")


def _problems(told: Any) -> list[dict[str, str]]:
    """What X says is wrong, in whichever of its shapes: title, detail, type, as far as given."""
    if not isinstance(told, dict):
        return []
    more = told.get("errors")
    stated = [told, *(more if isinstance(more, list) else ())]
    return [_spelled_alike(each) for each in reversed(stated) if isinstance(each, dict)]


def _spelled_alike(problem: Mapping[str, Any]) -> dict[str, str]:
    known = {"title": "title", "type": "type", "message": "detail", "detail": "detail"}
    told = ((ours, problem.get(name)) for name, ours in known.items())
    return {name: value for name, value in told if isinstance(value, str)}


def _throttled(reply: Reply) -> Throttled:
    """A day's limit, of the app or the account, outlasts that of the quarter of an hour."""
    for whose in ("app", "user"):
        day = f"x-{whose}-limit-24hour"
        if reply.headers.get(f"{day}-remaining") == "0":
            after = retry_after({"retry-after": reply.headers.get(f"{day}-reset", "")})
            sentence = "X takes no more posts today"
            return Throttled(sentence, after=after, everywhere=whose == "app")
    return Throttled("X asks us to slow down", after=retry_after(reply.headers))
