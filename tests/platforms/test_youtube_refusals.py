"""What YouTube's refusals come to: every row of the table, and what is used up for the day."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal import clock
from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.protocol import Thread
from tellal.platforms.youtube.refusals import REFUSALS, RESETTING, until_midnight
from tellal.posts import Part, Remote
from tests.platforms.sample import KEY, Media
from tests.platforms.samples.youtube import VIDEO_ID, YOUTUBE

USED_UP = "Quota exceeded for quota metric '{}' and limit '{} per day' of service 'youtube'."
WHO_KNOWS = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'."


def refusing(
    status: int, reason: str, *, message: str = "No", headers: dict[str, str] | None = None
) -> Any:
    told = {"message": message, "domain": "youtube", "reason": reason}
    body = {"error": {"code": status, "message": message, "errors": [told]}}
    return lambda _: httpx.Response(status, json=body, headers=headers)


def parts() -> tuple[Part, Part]:
    main, comment = YOUTUBE.adapter(YOUTUBE.server()).render(YOUTUBE.content, YOUTUBE.channel)
    return main.model_copy(update={"prepared": {"video_id": VIDEO_ID}}), comment


def show(respond: Any) -> PublishError:
    """What the request that shows a video raises."""
    adapter = YOUTUBE.adapter(respond)
    with pytest.raises(PublishError) as raised:
        adapter.commit(parts()[0], key=KEY, thread=Thread(), media=Media())
    return raised.value


def comment(respond: Any) -> PublishError:
    adapter, thread = YOUTUBE.adapter(respond), Thread((Remote(id=VIDEO_ID),))
    with pytest.raises(PublishError) as raised:
        adapter.commit(parts()[1], key=KEY, thread=thread, media=Media())
    return raised.value


def begin(respond: Any) -> PublishError:
    """What the beginning of an upload raises."""
    main = parts()[0].model_copy(update={"prepared": None})
    with pytest.raises(PublishError) as raised:
        YOUTUBE.adapter(respond).prepare(main, media=Media())
    return raised.value


# ── the table ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_reason_has_its_error_and_a_sentence_for_authors(reason: str) -> None:
    raised = show(refusing(400, reason))
    assert type(raised) is REFUSALS[reason].error
    assert str(raised) == REFUSALS[reason].sentence
    assert not any(word in str(raised) for word in ("token", "scope", "API key", "OAuth", reason))


@pytest.mark.parametrize(
    ("status", "reason", "error", "sentence"),
    [
        (401, "authError", NeedsRefresh, "has run out"),
        (401, "required", NeedsRefresh, "has run out"),
        (401, "a new one", NeedsRefresh, "has run out"),
        (401, "youtubeSignupRequired", NeedsReconnect, "has no YouTube channel"),
        (403, "insufficientPermissions", NeedsReconnect, "A permission was left out"),
        (403, "forbidden", NeedsReconnect, "does not allow this"),
        (403, "channelSuspended", NeedsReconnect, "closed or suspended"),
        (403, "a new one", NeedsReconnect, "does not allow this"),
        (400, "invalidTitle", Rejected, "title"),
        (400, "invalidVideoMetadata", Rejected, "another detail"),
        (400, "a new one", Rejected, r"refused it \(a new one\)"),
        (403, "forbiddenLicenseSetting", Rejected, "this license"),
        (404, "videoNotFound", Rejected, "not on YouTube any more"),
        (409, "processingFailure", TryLater, "could not work on this"),
        (500, "backendError", OutcomeUnknown, "answered 500"),
        (503, "quotaExceeded", OutcomeUnknown, "answered 503"),
    ],
)
def test_a_refusal_to_show_a_video(
    status: int, reason: str, error: type[PublishError], sentence: str
) -> None:
    raised = show(refusing(status, reason))
    assert isinstance(raised, error)
    assert re.search(sentence, str(raised))


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "commentsDisabled", Rejected),
        (400, "commentTextTooLong", Rejected),
        (403, "ineligibleAccount", Rejected),
        (400, "processingFailure", TryLater),
    ],
)
def test_a_refusal_of_a_comment(status: int, reason: str, error: type[PublishError]) -> None:
    assert type(comment(refusing(status, reason))) is error


@pytest.mark.parametrize(
    "body",
    [
        {"error": "text"},
        {"error": {"errors": "text"}},
        {"error": {"errors": []}},
        {"error": {"errors": ["text"]}},
        {"error": {"errors": [{"reason": None}]}},
        {"error": {"message": 7}},
        [],
    ],
)
def test_a_refusal_in_another_shape_means_what_its_status_means(body: Any) -> None:
    raised = show(lambda _: httpx.Response(403, json=body))
    assert isinstance(raised, NeedsReconnect)


# ── what is used up ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-01-15T08:00:00+00:00", 24),  # midnight itself, in winter
        ("2026-01-15T07:59:00+00:00", 1 / 60),
        ("2026-07-15T12:00:00+00:00", 19),  # summer: an hour earlier
        ("2026-03-08T08:00:00+00:00", 23),  # the day that clocks go forward
        ("2026-11-01T07:00:00+00:00", 25),  # and the one they go back
    ],
)
def test_a_day_of_quotas_ends_at_midnight_in_california(now: str, hours: float) -> None:
    wait = until_midnight(datetime.fromisoformat(now).astimezone(UTC))
    assert wait == timedelta(hours=hours) + RESETTING


def is_until_midnight(after: timedelta | None) -> bool:
    assert after is not None
    return abs(after - until_midnight(clock.now())) < timedelta(minutes=1)


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
def test_units_that_are_used_up_stop_every_channel_until_they_are_counted_anew(
    reason: str,
) -> None:
    raised = show(refusing(403, reason))
    assert isinstance(raised, Throttled)
    assert raised.everywhere
    assert is_until_midnight(raised.after)


def test_units_may_be_used_up_as_a_rate() -> None:
    raised = show(refusing(429, "rateLimitExceeded", message=USED_UP.format("Queries", "Queries")))
    assert isinstance(raised, Throttled)
    assert raised.everywhere
    assert is_until_midnight(raised.after)


@pytest.mark.parametrize(
    "respond",
    [
        refusing(429, "rateLimitExceeded", message=USED_UP.format(*["Video Uploads"] * 2)),
        refusing(403, "quotaExceeded"),
    ],
)
def test_uploads_that_are_used_up_stop_uploads_and_nothing_that_is_ready(respond: Any) -> None:
    raised = begin(respond)
    assert type(raised) is TryLater
    assert is_until_midnight(raised.after)
    assert "uploaded as many videos today" in str(raised)


def test_a_channel_that_uploaded_too_much_waits_a_day_with_its_uploads_alone() -> None:
    raised = begin(refusing(400, "uploadLimitExceeded"))
    assert type(raised) is TryLater
    assert raised.after == timedelta(hours=24)


@pytest.mark.parametrize(
    ("reason", "everywhere"), [("rateLimitExceeded", True), ("userRateLimitExceeded", False)]
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_is_slowed_down_for_whom_it_is_counted(
    status: int,
    reason: str,
    everywhere: bool,  # noqa: FBT001 – one of the table
) -> None:
    raised = show(refusing(status, reason, message=WHO_KNOWS, headers={"retry-after": "30"}))
    assert isinstance(raised, Throttled)
    assert (raised.everywhere, raised.after) == (everywhere, timedelta(seconds=30))
    without = show(refusing(status, reason))
    assert isinstance(without, Throttled)
    assert without.after is None
