"""A sample of each platform, by its name."""

from collections.abc import Mapping

from tests.platforms.sample import Sample
from tests.platforms.samples.bluesky import BLUESKY
from tests.platforms.samples.facebook import FACEBOOK
from tests.platforms.samples.instagram import INSTAGRAM
from tests.platforms.samples.linkedin import LINKEDIN
from tests.platforms.samples.mastodon import MASTODON
from tests.platforms.samples.telegram import TELEGRAM
from tests.platforms.samples.threads import THREADS
from tests.platforms.samples.tiktok import TIKTOK
from tests.platforms.samples.x import X
from tests.platforms.samples.youtube import YOUTUBE

SAMPLES: Mapping[str, Sample] = {
    each.channel.platform: each
    for each in (
        *(MASTODON, BLUESKY, FACEBOOK, INSTAGRAM, LINKEDIN, X, YOUTUBE, TIKTOK, THREADS),
        *(TELEGRAM,),
    )
}
