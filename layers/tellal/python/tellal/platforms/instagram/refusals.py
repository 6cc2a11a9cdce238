"""What Instagram's refusals mean, by their subcodes, and by codes where there are none.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes

A container that could not be made tells its subcode in a sentence of its status.
"""

import re

from tellal.errors import NeedsReconnect, Rejected
from tellal.platforms import containers, graph_answers
from tellal.platforms.graph import Refusal, Refusals, left_out
from tellal.platforms.graph_insights import OF_INSIGHTS
from tellal.platforms.long_lived import TOKEN_REFUSED

SUBCODE = re.compile(r"\b22070\d\d\b")
SHAPE = Refusal(Rejected, "{title} does not take an image of this shape")
REFUSALS: Refusals = {
    **TOKEN_REFUSED,
    **containers.REFUSALS,
    **graph_answers.REFUSALS,
    2207050: Refusal(
        NeedsReconnect, "{title} restricts this account: its owner sees why in the app"
    ),
    25: Refusal(NeedsReconnect, "{title} says that this is not a professional account any more"),
    2207004: Refusal(Rejected, "{title} finds the image too large"),
    2207005: Refusal(Rejected, "{title} does not take this image: it takes JPEG alone"),
    2207009: SHAPE,
    36001: Refusal(Rejected, "{title} does not take an image of this size"),
    36003: SHAPE,
    2207010: Refusal(Rejected, "{title} finds the caption too long, or too full of # and @"),
    2207023: Refusal(Rejected, "{title} does not know this kind of post"),
    2207026: Refusal(Rejected, "{title} does not take this video: another codec, length or size"),
    2207028: Refusal(Rejected, "{title} takes 2 to 10 images and videos in one post"),
    2207057: Refusal(Rejected, "The video is shorter than where its cover is to be taken from"),
    2207081: Refusal(Rejected, "{title} does not let this account publish trial reels"),
}
ON_COMMIT: Refusals = {**REFUSALS, **containers.ON_COMMIT}
OF_COMMENTS: Refusals = {
    **REFUSALS,
    **left_out("{title} was not allowed to let us comment: connect the channel again, with that"),
}
OF_HOOKS: Refusals = {**REFUSALS, **left_out("{title} was not allowed to tell us of the account")}
OF_READING: Refusals = {**REFUSALS, **left_out("{title} does not let us read this of the account")}

OF_MEASURING: Refusals = {**REFUSALS, **OF_INSIGHTS}


def failure(detail: str) -> Refusal:
    """What a container's status comes to: «Error: Media upload has failed with … 2207026»."""
    code = SUBCODE.search(detail)
    unknown = containers.NOT_MADE
    return REFUSALS.get(int(code.group()), unknown) if code else unknown
