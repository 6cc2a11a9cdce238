"""The platforms we speak to. To add one: write its module, then list it here."""

from collections.abc import Mapping

from tellal.channels import Channel
from tellal.platforms.bluesky import Bluesky
from tellal.platforms.facebook import Facebook
from tellal.platforms.instagram import Instagram
from tellal.platforms.linkedin import LinkedIn
from tellal.platforms.mastodon import Mastodon
from tellal.platforms.protocol import Platform
from tellal.platforms.telegram import Telegram
from tellal.platforms.threads import Threads
from tellal.platforms.tiktok import TikTok
from tellal.platforms.x import X
from tellal.platforms.youtube import YouTube

PLATFORMS: Mapping[str, type[Platform]] = {
    platform.name: platform
    for platform in (
        *(Mastodon, Bluesky, Facebook, Instagram, LinkedIn, X, YouTube, TikTok, Threads),
        *(Telegram,),
    )
}


def is_polled(channel: Channel) -> bool:
    """Whether it is read by itself: where that costs money only if somebody said so."""
    if channel.polled is not None:
        return channel.polled
    return PLATFORMS[channel.platform].facts.polled
