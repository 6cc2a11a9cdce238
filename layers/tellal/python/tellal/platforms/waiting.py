"""Asking a platform again and again whether it is done with a file: ever less often, not for ever.

How often we asked stands in the part's notes, beside what the adapter keeps there.
"""

from collections.abc import Mapping
from datetime import timedelta

from tellal.errors import Rejected
from tellal.platforms.protocol import Pending

ASKED = "asked"
FIRST = timedelta(seconds=5)  # then twice as long each time
LONGEST = timedelta(minutes=1)
MOST = 20  # a quarter of an hour
MOST_DOUBLED = 10  # times; from then on it is `longest` anyhow, and no number stays small


def still_working(
    notes: Mapping[str, str],
    *,
    what: str,
    first: timedelta = FIRST,
    longest: timedelta = LONGEST,
    most: int = MOST,
) -> Pending:
    """Ask again later. Raises Rejected once it was asked `most` times; `what` it works on."""
    asked = int(notes.get(ASKED, "0"))
    if asked >= most:
        raise Rejected(f"The platform takes too long over {what}; try another one")
    return Pending(
        {**notes, ASKED: str(asked + 1)}, min(first * 2 ** min(asked, MOST_DOUBLED), longest)
    )


def done(notes: Mapping[str, str]) -> dict[str, str]:
    """The notes, without how often we asked."""
    return {name: note for name, note in notes.items() if name != ASKED}
