"""What is sent of a part: the body of a post, and of a comment below it.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

from typing import Any

from tellal.platforms.linkedin import little
from tellal.platforms.linkedin.options import DURATIONS, LinkedInArticle, LinkedInOptions
from tellal.platforms.linkedin.uploads import ASSETS
from tellal.posts import AttachedMedia, MediaKind, Part, Poll


def post(part: Part, *, author: str) -> dict[str, Any]:
    options = LinkedInOptions.model_validate(part.options)
    assets = (part.prepared or {}).get(ASSETS, "").split()
    body = {
        "author": author,
        "commentary": little.escaped(part.text),
        "visibility": options.visibility.value.upper(),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": not options.reshares,
    }
    content = _content(part, assets, options)
    return {**body, "content": content} if content else body


def comment(part: Part, *, author: str, post: str) -> dict[str, Any]:
    """Plain text: nothing is escaped, and a mention is a name."""
    return {"actor": author, "object": post, "message": {"text": little.shown(part.text)}}


def _content(part: Part, assets: list[str], options: LinkedInOptions) -> dict[str, Any] | None:
    if part.poll:
        return {"poll": _poll(part.poll)}
    if options.article:
        return {"article": _article(options.article, assets)}
    media = [_media(each, urn) for each, urn in zip(part.media, assets, strict=True)]
    if len(media) > 1:
        return {"multiImage": {"images": media}}
    if not media:
        return None
    title = {"title": options.title} if options.title else {}
    return {"media": {**media[0], **title}}


def _media(media: AttachedMedia, urn: str) -> dict[str, Any]:
    """LinkedIn takes an alt text of an image alone."""
    alt = media.alt_text if media.kind is MediaKind.IMAGE else ""
    return {"id": urn, **({"altText": alt} if alt else {})}


def _article(article: LinkedInArticle, assets: list[str]) -> dict[str, Any]:
    return {
        "source": article.url,
        "title": article.title,
        **({"description": article.description} if article.description else {}),
        **({"thumbnail": assets[0]} if assets else {}),
    }


def _poll(poll: Poll) -> dict[str, Any]:
    return {
        "question": poll.question,
        "options": [{"text": option} for option in poll.options],
        "settings": {"duration": DURATIONS[poll.minutes]},
    }
