"""What the refusals of Threads mean, and what its containers say when they fail.
https://developers.facebook.com/docs/threads/troubleshooting
"""

from collections.abc import Mapping

from tellal.errors import NeedsReconnect, Rejected
from tellal.platforms import containers
from tellal.platforms.graph import Refusal, Refusals, left_out
from tellal.platforms.graph_insights import OF_INSIGHTS
from tellal.platforms.long_lived import TOKEN_REFUSED

NOT_FOUND = 4279009  # a container or a post, or not yet; seen by others, not documented
REFUSALS: Refusals = {
    **TOKEN_REFUSED,
    **containers.REFUSALS,
    NOT_FOUND: containers.GONE,
    4279013: Refusal(
        NeedsReconnect, "{title} restricts this account: its owner sees why in the app"
    ),
}
ON_COMMIT: Refusals = {**REFUSALS, **containers.ON_COMMIT, NOT_FOUND: containers.UNCLEAR}
OF_PARTS: Refusals = {
    **REFUSALS,
    **left_out("{title} was not allowed to let us answer: connect the channel again, with that"),
}
OF_READING: Refusals = {**REFUSALS, **left_out("{title} does not let us read this of the profile")}
OF_MEASURING: Refusals = {**REFUSALS, **OF_INSIGHTS}
FAILURES: Mapping[str, Refusal] = {
    "FAILED_DOWNLOADING_VIDEO": containers.NOT_FETCHED,
    "INVALID_ASPEC_RATIO": Refusal(Rejected, "{title} does not take a file of this shape"),
    "INVALID_BIT_RATE": Refusal(Rejected, "{title} takes no more than 100 Mbps of a video"),
    "INVALID_DURATION": Refusal(Rejected, "{title} takes a video of five minutes at most"),
    "INVALID_FRAME_RATE": Refusal(Rejected, "{title} takes 23 to 60 frames a second"),
    "INVALID_AUDIO_CHANNELS": Refusal(Rejected, "{title} takes sound in mono or stereo"),
    "INVALID_AUDIO_CHANNEL_LAYOUT": Refusal(Rejected, "{title} takes sound in mono or stereo"),
}


def failure(detail: str) -> Refusal:
    """What a container's `error_message` comes to."""
    return FAILURES.get(detail.strip().upper(), containers.NOT_MADE)
