"""What Instagram's refusals mean, by their subcodes, and by codes where there are none.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes

A container that could not be made tells its subcode in a sentence of its status.
"""

import re
from datetime import timedelta

from tellal.errors import NeedsReconnect, OutcomeUnknown, Rejected, TryLater
from tellal.platforms.calls import Gone
from tellal.platforms.graph import Refusal, Refusals
from tellal.platforms.long_lived import TOKEN_REFUSED

SOON = timedelta(seconds=30)
BLOCKED_FOR = timedelta(hours=3)  # it does not say how long
QUOTA = timedelta(hours=3)  # of a rolling day: nobody says when there is room again
SUBCODE = re.compile(r"\b22070\d\d\b")

NOT_FETCHED = Refusal(TryLater, "{title} could not fetch the file from us")
NOT_MADE = Refusal(TryLater, "{title} could not work on the file")
REFUSALS: Refusals = {
    **TOKEN_REFUSED,
    **dict.fromkeys((-1, -2, 2207001), Refusal(TryLater, "{title} has a passing trouble")),
    2207003: NOT_FETCHED,
    2207052: NOT_FETCHED,
    2207077: NOT_FETCHED,
    2207032: NOT_MADE,
    2207053: NOT_MADE,
    2207082: NOT_MADE,
    2207027: Refusal(TryLater, "{title} still works on it", SOON),
    2207042: Refusal(TryLater, "The account's posts of these 24 hours are used up", QUOTA),
    2207051: Refusal(TryLater, "{title} blocks this, as it looks automatic to it", BLOCKED_FOR),
    2207050: Refusal(
        NeedsReconnect, "{title} restricts this account: its owner sees why in the app"
    ),
    25: Refusal(NeedsReconnect, "{title} says that this is not a professional account any more"),
    2207004: Refusal(Rejected, "{title} finds the image too large"),
    2207005: Refusal(Rejected, "{title} does not take this image: it takes JPEG alone"),
    2207009: Refusal(Rejected, "{title} does not take an image of this shape"),
    36001: Refusal(Rejected, "{title} does not take an image of this size"),
    36003: Refusal(Rejected, "{title} does not take an image of this shape"),
    2207010: Refusal(Rejected, "{title} finds the caption too long, or too full of # and @"),
    2207023: Refusal(Rejected, "{title} does not know this kind of post"),
    2207026: Refusal(Rejected, "{title} does not take this video: another codec, length or size"),
    2207028: Refusal(Rejected, "{title} takes 2 to 10 images and videos in one post"),
    2207057: Refusal(Rejected, "The video is shorter than where its cover is to be taken from"),
    2207081: Refusal(Rejected, "{title} does not let this account publish trial reels"),
    **dict.fromkeys(
        (2207006, 2207008, 2207020), Refusal(Gone, "{title} does not know what was prepared")
    ),
}
# A container that is public already is «not found» as well as one that is gone, and in a trouble
# of its own Instagram does not know itself: the container is asked then.
ON_COMMIT: Refusals = {
    **REFUSALS,
    **dict.fromkeys(
        (33, -1, -2, 2207001, 2207003, 2207006, 2207008, 2207020, 2207032, 2207053, 2207082),
        Refusal(OutcomeUnknown, "{title} does not say whether it is public"),
    ),
}


def failure(detail: str) -> Refusal:
    """What a container's status comes to: «Error: Media upload has failed with … 2207026»."""
    code = SUBCODE.search(detail)
    return REFUSALS.get(int(code.group()), NOT_MADE) if code else NOT_MADE
