"""What an author chooses on TikTok, and nowhere else.

TikTok's rules for apps want some of it chosen anew for each post: who may see it has no default,
and comments, duets and stitches are off until somebody allows them.
https://developers.tiktok.com/doc/content-sharing-guidelines
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tellal.posts import Frozen


class Privacy(StrEnum):
    EVERYONE = "everyone"
    FRIENDS = "friends"  # followers whom the account follows back
    FOLLOWERS = "followers"  # of an account that is set to private
    ONLY_ME = "only_me"


LEVELS: Mapping[Privacy, str] = {
    Privacy.EVERYONE: "PUBLIC_TO_EVERYONE",
    Privacy.FRIENDS: "MUTUAL_FOLLOW_FRIENDS",
    Privacy.FOLLOWERS: "FOLLOWER_OF_CREATOR",
    Privacy.ONLY_ME: "SELF_ONLY",
}


class TikTokOptions(Frozen):
    """Choices of a post on TikTok."""

    privacy: Annotated[Privacy, Field(description="who may see it: to be chosen for each post")]
    allow_comments: bool = False
    allow_duets: Annotated[bool, Field(description="of videos")] = False
    allow_stitches: Annotated[bool, Field(description="of videos")] = False
    your_brand: Annotated[
        bool, Field(description="it promotes the author's own business: TikTok says so below it")
    ] = False
    paid_partnership: Annotated[
        bool, Field(description="it promotes another business for pay: TikTok says so below it")
    ] = False
    ai_generated: Annotated[bool, Field(description="a video made by AI: TikTok labels it so")] = (
        False
    )
    cover_ms: Annotated[
        int | None, Field(ge=0, description="the moment of a video that is its cover")
    ] = None
    cover_photo: Annotated[
        int, Field(ge=0, description="which of the photos is the cover, counted from 0")
    ] = 0
    title: Annotated[str, Field(description="of photos, above their text")] = ""
    auto_add_music: Annotated[
        bool, Field(description="TikTok adds music of its choice to the photos")
    ] = False
