"""The platforms we speak to. To add one: write its module, then list it here."""

from collections.abc import Mapping

from tellal.platforms.bluesky import Bluesky
from tellal.platforms.facebook import Facebook
from tellal.platforms.mastodon import Mastodon
from tellal.platforms.protocol import Platform

PLATFORMS: Mapping[str, type[Platform]] = {
    platform.name: platform for platform in (Mastodon, Bluesky, Facebook)
}
