"""A video as YouTube is told of it: uploaded ahead, seen by nobody, and then as its author chose.

An update replaces all that its parts hold, and what it leaves out is lost: so both requests are
made here, of the same facts.
https://developers.google.com/youtube/v3/docs/videos/update
"""

from collections.abc import Sequence
from typing import Any

from tellal.platforms.youtube.options import (
    TAGS_LENGTH,
    YouTubeOptions,
    YouTubeVisibility,
    tags_length,
)
from tellal.posts import Part

PARTS = "snippet,status"


def chosen_of(part: Part) -> YouTubeOptions:
    return YouTubeOptions.model_validate(part.options)


def uploaded(part: Part, *, mark: str) -> dict[str, Any]:
    """All of it but for whom it is, so that YouTube refuses ahead what it will not take; among
    its tags, which its owner alone sees, is the mark that it can be found by."""
    chosen = chosen_of(part)
    tags = chosen.tags
    while tags_length((*tags, mark)) > TAGS_LENGTH:
        tags = tags[:-1]
    return _resource(part, chosen, YouTubeVisibility.PRIVATE, (*tags, mark))


def committed(part: Part, video_id: str) -> dict[str, Any]:
    chosen = chosen_of(part)
    return {"id": video_id, **_resource(part, chosen, chosen.visibility, chosen.tags)}


def _resource(
    part: Part, chosen: YouTubeOptions, visibility: YouTubeVisibility, tags: Sequence[str]
) -> dict[str, Any]:
    status: dict[str, Any] = {
        "privacyStatus": visibility.value,
        "license": chosen.license.value,
        "embeddable": chosen.embeddable,
        "containsSyntheticMedia": chosen.contains_synthetic_media,
    }
    if chosen.made_for_kids is not None:  # else it is as the channel's owner set it
        status["selfDeclaredMadeForKids"] = chosen.made_for_kids
    return {
        "snippet": {
            "title": chosen.title,
            "description": part.text,
            "tags": list(tags),
            "categoryId": chosen.category_id,
        },
        "status": status,
    }
