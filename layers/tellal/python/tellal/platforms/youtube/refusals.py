"""What YouTube's refusals mean: by the reason it gives, as data.
https://developers.google.com/youtube/v3/docs/errors

What is used up for the day comes back at midnight in California. Three different things can be
used up, and they stop different things: the project's units stop every channel of this
deployment; the project's uploads, and a channel's own, stop uploads alone, so that a video which
is ready still goes out on its second.
https://developers.google.com/youtube/v3/determine_quota_cost
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from tellal import clock
from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import Gone, Reply, retry_after
from tellal.platforms.counts import NotAllowed

CALIFORNIA = ZoneInfo("America/Los_Angeles")
RESETTING = timedelta(minutes=5)  # asked too early, a whole day would be waited again
A_DAY = timedelta(hours=24)
AN_HOUR = timedelta(hours=1)


class Until(Enum):
    MIDNIGHT = "midnight in California"


@dataclass(frozen=True)
class Refusal:
    """What we do next, and why, for the author."""

    error: type[PublishError]
    sentence: str
    after: timedelta | Until | None = None  # of a TryLater; None: as the reply's headers say
    everywhere: bool = False  # of a Throttled


UNITS_USED_UP = Refusal(
    Throttled,
    "This deployment has used up what Google lets it ask of YouTube in a day",
    Until.MIDNIGHT,
    everywhere=True,
)
# Answered since videos.insert has a quota of its own (2026-06), as a rate that was exceeded.
# https://github.com/googleapis/google-api-python-client/issues/2753
UPLOADS_USED_UP = Refusal(
    TryLater,
    "This deployment has uploaded as many videos today as Google lets it",
    Until.MIDNIGHT,
)
OF_A_DAY = "per day"  # in the message about a rate, where it is a day's
SUSPENDED = Refusal(NeedsReconnect, "YouTube has closed or suspended this account")
NO_CHANNEL = Refusal(NeedsReconnect, "This Google account has no YouTube channel")
METADATA = Refusal(Rejected, "YouTube refuses the title, the description or another detail")

REFUSALS: Mapping[str, Refusal] = {
    # who we are
    "authError": Refusal(NeedsRefresh, "The channel's access to YouTube has run out"),
    "required": Refusal(NeedsRefresh, "The channel's access to YouTube has run out"),
    "authorizationRequired": Refusal(NeedsRefresh, "The channel's access to YouTube has run out"),
    "insufficientPermissions": Refusal(
        NeedsReconnect, "A permission was left out when this channel was connected"
    ),
    "forbidden": Refusal(NeedsReconnect, "YouTube does not allow this to the channel's account"),
    "accountDelegationForbidden": Refusal(
        NeedsReconnect, "This Google account may not act for the channel"
    ),
    "authenticatedUserAccountClosed": SUSPENDED,
    "authenticatedUserAccountSuspended": SUSPENDED,
    "channelClosed": SUSPENDED,
    "channelSuspended": SUSPENDED,
    "authenticatedUserNotChannel": NO_CHANNEL,
    "youtubeSignupRequired": NO_CHANNEL,
    "ineligibleAccount": Refusal(
        Rejected, "This account may not comment: its YouTube and Google accounts are not one"
    ),
    "accessNotConfigured": Refusal(
        TryLater, "YouTube's API is switched off in this deployment's Google project", AN_HOUR
    ),
    # how much we asked
    "quotaExceeded": UNITS_USED_UP,
    "dailyLimitExceeded": UNITS_USED_UP,
    "rateLimitExceeded": Refusal(Throttled, "YouTube asks us to slow down", everywhere=True),
    "userRateLimitExceeded": Refusal(Throttled, "YouTube asks us to slow down"),
    "uploadLimitExceeded": Refusal(
        TryLater, "This channel has uploaded as many videos today as YouTube lets it", A_DAY
    ),
    "uploadRateLimitExceeded": Refusal(
        TryLater, "This channel has changed its thumbnails too often of late", AN_HOUR
    ),
    # what we sent
    "invalidTitle": Refusal(Rejected, "YouTube does not take this title"),
    "invalidDescription": Refusal(Rejected, "YouTube does not take this description"),
    "invalidTags": Refusal(Rejected, "YouTube does not take these tags"),
    "invalidCategoryId": Refusal(Rejected, "YouTube does not know this category"),
    "invalidVideoMetadata": METADATA,
    "invalidFilename": METADATA,
    "invalidPublishAt": METADATA,
    "invalidRecordingDetails": METADATA,
    "invalidVideoGameRating": METADATA,
    "defaultLanguageNotSet": METADATA,
    "mediaBodyRequired": Refusal(Rejected, "No file of this video reached YouTube"),
    "forbiddenLicenseSetting": Refusal(Rejected, "YouTube does not allow the video this license"),
    "forbiddenPrivacySetting": Refusal(
        Rejected, "YouTube does not allow the video to be seen by those whom you chose"
    ),
    "forbiddenEmbedSetting": Refusal(
        Rejected, "YouTube does not let this channel decide whether others show its videos"
    ),
    "invalidImage": Refusal(Rejected, "YouTube cannot read the thumbnail"),
    "failedPrecondition": Refusal(Rejected, "YouTube does not take this thumbnail"),
    "commentsDisabled": Refusal(Rejected, "Comments are switched off below this video"),
    "commentTextTooLong": Refusal(Rejected, "The first comment is too long for YouTube"),
    "commentTextRequired": Refusal(Rejected, "YouTube takes no empty comment"),
    "invalidCommentThreadMetadata": Refusal(Rejected, "YouTube does not take this comment"),
    "processingFailure": Refusal(TryLater, "YouTube could not work on this"),
    # what is not there
    "videoNotFound": Refusal(
        Gone, "The uploaded video is not on YouTube any more: somebody may have deleted it"
    ),
    "commentNotFound": Refusal(Gone, "The comment is not on YouTube any more"),
    "channelNotFound": Refusal(Gone, "The channel is not on YouTube any more"),
}
# Where a method means something of its own by it.
OF_THUMBNAILS: Mapping[str, Refusal] = {
    "forbidden": Refusal(
        Rejected,
        "YouTube takes thumbnails from verified channels only: verify it at youtube.com/verify,"
        " or leave the thumbnail out",
    ),
}
OF_UPLOADS: Mapping[str, Refusal] = {
    "quotaExceeded": UPLOADS_USED_UP,
    "dailyLimitExceeded": UPLOADS_USED_UP,
}

# A scope that its owner left out loses numbers, and not the channel.
LEFT_OUT = Refusal(NotAllowed, "YouTube does not let us read how this channel does")
OF_REPORTS: Mapping[str, Refusal] = dict.fromkeys(
    ("insufficientPermissions", "forbidden", "accessNotConfigured"), LEFT_OUT
)


def read(reply: Reply) -> None:
    """What a refusal means, where its reason tells; else its status will."""
    _raise(reply, {}, UNITS_USED_UP)


def read_of_upload(reply: Reply) -> None:
    _raise(reply, OF_UPLOADS, UPLOADS_USED_UP)


def read_of_thumbnail(reply: Reply) -> None:
    _raise(reply, OF_THUMBNAILS, UNITS_USED_UP)


def read_of_report(reply: Reply) -> None:
    """Analytics names reasons less often: a 403 without one is for want of the scope, too."""
    _raise(reply, OF_REPORTS, UNITS_USED_UP)
    if reply.status == 403:
        raise _raised(LEFT_OUT, reply)


def until_midnight(now: datetime) -> timedelta:
    """How long until what is counted by the day is counted anew."""
    tomorrow = now.astimezone(CALIFORNIA).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), CALIFORNIA).astimezone(UTC)
    return midnight - now + RESETTING


def _raise(reply: Reply, own: Mapping[str, Refusal], of_a_day: Refusal) -> None:
    error = _error_in(reply)
    if error is None or reply.status >= 500:
        return
    reason, message = _reason(error), str(error.get("message", ""))
    meaning = own.get(reason) or REFUSALS.get(reason)
    if meaning is not None and issubclass(meaning.error, Throttled) and OF_A_DAY in message:
        meaning = of_a_day
    if meaning is None and reply.status == 401:
        meaning = REFUSALS["authError"]
    if meaning is not None:
        raise _raised(meaning, reply)
    if reason and reply.status == 400:
        raise Rejected(f"YouTube refused it ({reason[:60]})")


def _raised(meaning: Refusal, reply: Reply) -> PublishError:
    after = meaning.after
    if isinstance(after, Until):
        after = until_midnight(clock.now())
    elif after is None:
        after = retry_after(reply.headers)
    if issubclass(meaning.error, Throttled):
        return meaning.error(meaning.sentence, after=after, everywhere=meaning.everywhere)
    if issubclass(meaning.error, TryLater):
        return meaning.error(meaning.sentence, after=after)
    return meaning.error(meaning.sentence)


def _error_in(reply: Reply) -> Mapping[str, Any] | None:
    """Google's own: {"error": {"code", "message", "errors": [{"reason"}], "status"}}."""
    told = reply.json()
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else None


def _reason(error: Mapping[str, Any]) -> str:
    listed = error.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else None
    return str(first.get("reason", "")) if isinstance(first, dict) else ""
