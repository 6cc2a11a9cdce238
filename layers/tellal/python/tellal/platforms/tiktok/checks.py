"""What TikTok would refuse of a post, and what it would refuse of an account.

What is the same for every channel is told at once (`broken`). What an account may do, only TikTok
knows, and may change by the day: its rules want it asked before each post (`objections`).
"""

from collections.abc import Iterator, Sequence

from tellal.channels import Channel
from tellal.errors import Broken
from tellal.platforms.tiktok.answers import Creator
from tellal.platforms.tiktok.options import LEVELS, Privacy, TikTokOptions
from tellal.posts import AttachedMedia, MediaKind, Part

PHOTO_TEXT = 4000  # UTF-16 units
PHOTO_TITLE = 90
VIDEO_HEIGHT = (360, 4096)  # pixels, as wide as it is high
OF_VIDEOS = {
    "allow_duets": "duets are of videos",
    "allow_stitches": "stitches are of videos",
    "ai_generated": "TikTok labels videos as made by AI, and no photos",
    "cover_ms": "photos have a cover_photo instead",
}
OF_PHOTOS = {
    "title": "a video has its text alone",
    "auto_add_music": "TikTok adds music to photos alone",
    "cover_photo": "a video has a cover_ms instead",
}
NO_DOMAIN = (
    "TikTok fetches photos, from a domain that it has verified: set media_domain among the"
    " deployment's settings for TikTok, then connect this account again"
)


def units(text: str) -> int:
    """UTF-16 units: what TikTok counts, and an emoji is two of them or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_photos(media: Sequence[AttachedMedia]) -> bool:
    return bool(media) and all(each.kind is MediaKind.IMAGE for each in media)


def media_domain(channel: Channel) -> str:
    """As the deployment had it when the channel was connected; empty if it had none."""
    return str(channel.server.get("media_domain") or "")


def broken(
    media: Sequence[AttachedMedia], options: TikTokOptions | None, channel: Channel
) -> Iterator[Broken]:
    """Beside what is broken of every platform's rules. `options` are None if one was not made."""
    photos = is_photos(media)
    if photos and not media_domain(channel):
        yield Broken("media", NO_DOMAIN)
    yield from _of_heights(media)
    if options:
        yield from _of_options(media, options, photos=photos)


def objections(creator: Creator, part: Part, options: TikTokOptions) -> Iterator[str]:
    """Why this account cannot post this as its author wants it; in sentences."""
    if LEVELS[options.privacy] not in creator.privacy_level_options:
        yield _of_privacy(creator, options.privacy)
    if options.allow_comments and creator.comment_disabled:
        yield _switched_off("comments")
    if is_photos(part.media):
        return
    if options.allow_duets and creator.duet_disabled:
        yield _switched_off("duets")
    if options.allow_stitches and creator.stitch_disabled:
        yield _switched_off("stitches")
    longest, facts = creator.max_video_post_duration_sec, part.media[0].video
    if longest and facts and facts.seconds > longest:
        seconds = f"{facts.seconds:g} seconds"
        yield f"This account may post videos of {longest} seconds, and this one has {seconds}"


def _of_heights(media: Sequence[AttachedMedia]) -> Iterator[Broken]:
    least, most = VIDEO_HEIGHT
    for index, each in enumerate(media):
        if each.kind is MediaKind.VIDEO and each.height and not least <= each.height <= most:
            rule = f"{each.height} pixels high: TikTok takes {least} to {most}"
            yield Broken(f"media[{index}]", rule)


def _of_options(
    media: Sequence[AttachedMedia], options: TikTokOptions, *, photos: bool
) -> Iterator[Broken]:
    for name, rule in (OF_VIDEOS if photos else OF_PHOTOS).items():
        if getattr(options, name) != type(options).model_fields[name].default:
            yield _option(name, rule)
    if options.paid_partnership and options.privacy is Privacy.ONLY_ME:
        yield _option("privacy", "a paid partnership cannot be seen by its author alone")
    if (long := units(options.title)) > PHOTO_TITLE:
        yield _option("title", f"too long for TikTok: {long} of {PHOTO_TITLE} UTF-16 units")
    if photos and options.cover_photo >= len(media):
        yield _option("cover_photo", f"there are {len(media)} photos, counted from 0")
    film = next((each.video for each in media if each.video), None)
    if film and options.cover_ms is not None and options.cover_ms > film.seconds * 1000:
        yield _option("cover_ms", f"the video has {film.seconds * 1000:g} milliseconds")


def _option(name: str, rule: str) -> Broken:
    return Broken(f"options.tiktok.{name}", rule)


def _of_privacy(creator: Creator, wanted: Privacy) -> str:
    names = {level: privacy.value for privacy, level in LEVELS.items()}
    offered = [names.get(each, each) for each in creator.privacy_level_options]
    offers = f"it offers {', '.join(offered)}" if offered else "it offers nothing now"
    return f"This account cannot post to {wanted.value}: {offers}"


def _switched_off(what: str) -> str:
    return (
        f"This account has {what} switched off: allow them in TikTok's own settings, or do not"
        " allow them here"
    )
