"""How many reels a page may publish in a day, asked before one is uploaded.

Facebook tells no number that is left; what it lists of the last day is counted instead.
https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

from datetime import datetime, timedelta

from tellal.errors import TryLater
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.line import PageLine

DAY = timedelta(days=1)
AT_ONCE = 100  # listed


def wait_for_a_free_place(line: PageLine, *, now: datetime) -> None:
    """Raises TryLater until the oldest of the day's reels is a day old."""
    most = int(line.calls.settings["reels_a_day"])
    since = int((now - DAY).timestamp())
    asked = {"fields": "created_time", "since": str(since), "limit": str(AT_ONCE)}
    reels = line.graph("GET", f"{line.path}/video_reels", params=asked).read(answers.Reels).data
    times = sorted((each.created_time for each in reels), reverse=True)
    today = [each for each in times if each > now - DAY]
    if len(today) >= most:
        free_at = today[most - 1] + DAY
        raise TryLater(
            f"Facebook takes {most} reels of a page in 24 hours, and they are used up",
            after=free_at - now,
        )
