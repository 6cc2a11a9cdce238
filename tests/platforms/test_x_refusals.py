"""What X refuses, and what we make of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.protocol import Thread
from tellal.platforms.x import X
from tellal.posts import Content, Remote
from tests.platforms.sample import KEY, SECRETS, Media
from tests.platforms.samples.x import X as SAMPLE

CHANNEL = SAMPLE.channel

Respond = Callable[[httpx.Request], httpx.Response]


def told(detail: str, *, title: str = "Forbidden", kind: str = "") -> dict[str, Any]:
    type_ = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    return {"title": title, "detail": detail, "type": type_, "status": 0}


NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise"
    " engaged by the author of the post you are replying to."
)


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (401, told("Unauthorized", title="Unauthorized"), NeedsRefresh, "access token"),
        (402, told("no credits", title="CreditsDepleted", kind="credits"), Throttled, "credits"),
        (402, {}, Throttled, "credits"),
        (403, told("Usage cap exceeded", kind="usage-capped"), Throttled, "credits"),
        (429, told("Usage cap exceeded", kind="usage-capped"), Throttled, "credits"),
        (403, told("not enrolled", kind="client-forbidden"), Throttled, "who runs it"),
        (403, told("no", kind="oauth1-permissions"), NeedsReconnect, "not allowed to write"),
        (
            403,
            told("You are not allowed to create a Tweet with duplicate content."),
            Repeated,
            "same words",
        ),
        (403, told(NOT_SUMMONED), Rejected, "answer by hand"),
        (
            403,
            told("You are not permitted to reply to this conversation."),
            Rejected,
            "not everybody answer",
        ),
        (
            403,
            told("You attempted to reply to a Tweet that is deleted or not visible to you."),
            Rejected,
            "was deleted",
        ),
        (403, told("Posts are limited to a maximum of 1 cashtag."), Rejected, "one cashtag"),
        (
            403,
            told("This user is not allowed to post a video longer than 2 minutes."),
            Rejected,
            "longer than X lets",
        ),
        (403, told("Your account is suspended."), NeedsReconnect, "suspended"),
        (403, told("Your account is temporarily locked."), NeedsReconnect, "locked"),
        (403, told("You have been blocked from the author."), Rejected, "blocked from the author"),
        (403, told("You are not permitted to perform this action."), Rejected, "Premium alone"),
        (
            400,
            {"errors": [{"message": "Your media IDs are invalid."}]},
            TryLater,
            "no longer has the uploaded files",
        ),
        (400, told("The text is odd", title="Invalid Request"), Rejected, "The text is odd"),
        (403, told("Something new"), Rejected, "Something new"),
        (403, {"title": "?"}, NeedsReconnect, "permissions"),
        (404, told("Could not find it", kind="resource-not-found"), Rejected, "does not find"),
    ],
)
def test_what_a_refusal_means(
    status: int, body: Any, error: type[PublishError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        commit(lambda _: httpx.Response(status, json=body))
    assert type(raised.value) is error or error is Rejected


def commit(respond: Respond, thread: Thread | None = None) -> None:
    (part,) = X.render(Content(text="Hello"), CHANNEL)
    SAMPLE.adapter(respond).commit(part, key=KEY, thread=thread or Thread(), media=Media())


def test_a_part_of_a_thread_that_is_held_for_an_answer_says_what_to_do() -> None:
    refused = httpx.Response(403, json=told(NOT_SUMMONED))
    with pytest.raises(Rejected, match="write the rest by hand") as raised:
        commit(lambda _: refused, Thread((Remote(id="1"),)))
    assert "parts that are public" in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "minutes", "who_waits"),
    [
        ({"x-rate-limit-reset": 10}, 10, "the channel"),
        ({"x-rate-limit-reset": 10, "x-app-limit-24hour-remaining": "7"}, 10, "the channel"),
        (
            {
                "x-rate-limit-reset": 10,
                "x-app-limit-24hour-remaining": "0",
                "x-app-limit-24hour-reset": 600,
            },
            600,
            "everybody",
        ),
        (
            {
                "x-rate-limit-reset": 10,
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": 60,
            },
            60,
            "the channel",
        ),
    ],
)
def test_a_limit_is_waited_for_and_the_apps_by_everybody(
    headers: dict[str, Any], minutes: int, who_waits: str
) -> None:
    now = datetime.now(UTC)
    spelled = {
        name: str(int((now + timedelta(minutes=value)).timestamp()))
        if isinstance(value, int)
        else value
        for name, value in headers.items()
    }
    with pytest.raises(Throttled) as raised:
        commit(lambda _: httpx.Response(429, headers=spelled, json={"title": "Too Many Requests"}))
    after = raised.value.after
    assert after is not None
    assert abs(after - timedelta(minutes=minutes)) < timedelta(seconds=10)
    assert raised.value.everywhere == (who_waits == "everybody")


@pytest.mark.parametrize("status", [402, 403])
def test_where_nobody_pays_every_channel_waits_for_an_hour(status: int) -> None:
    body = told("Usage cap exceeded", kind="usage-capped")
    with pytest.raises(Throttled) as raised:
        commit(lambda _: httpx.Response(status, json=body))
    assert (raised.value.everywhere, raised.value.after) == (True, timedelta(hours=1))


def test_what_x_says_is_told_without_the_token() -> None:
    echo = told(f"Bad header: Bearer {SECRETS[0]}", title="Invalid Request")
    with pytest.raises(Rejected) as raised:
        commit(lambda _: httpx.Response(400, json=echo))
    assert "Bad header: Bearer …" in str(raised.value)


def test_what_is_gone_is_deleted() -> None:
    gone = told("Could not find it", kind="resource-not-found")
    SAMPLE.adapter(lambda _: httpx.Response(404, json=gone)).delete(Remote(id="100"))
