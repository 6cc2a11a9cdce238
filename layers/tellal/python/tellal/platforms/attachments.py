"""What a platform would refuse of attached files: how many, which together, and each by itself."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tellal.platforms.protocol import Limits
from tellal.posts import AttachedMedia, MediaKind

NAMES = {MediaKind.IMAGE: "images", MediaKind.VIDEO: "videos", MediaKind.DOCUMENT: "documents"}
ALMOST = 0.01  # of a ratio: a picture of 1080 × 565 is one of 1.91 : 1


def broken_media_rules(
    media: Sequence[AttachedMedia], *, title: str, limits: Limits, bounds: tuple[int, int] | None
) -> Iterator[tuple[str, str]]:
    """Field and rule; `bounds` is how many files there must be at least, and may be at most."""
    counted = Counter(each.kind for each in media)
    most = {
        MediaKind.IMAGE: limits.images,
        MediaKind.VIDEO: limits.videos,
        MediaKind.DOCUMENT: limits.documents,
    }
    for kind, number in counted.items():
        if most[kind] == 0:
            yield "media", f"no {NAMES[kind]} can be shown on {title}"
        elif number > most[kind]:
            yield "media", f"too many {NAMES[kind]} for {title}: {number} of {most[kind]}"
    mixes = limits.mixed_media and not counted[MediaKind.DOCUMENT]
    if len(counted) > 1 and not mixes:
        together = " and ".join(NAMES[kind] for kind in sorted(counted))
        yield "media", f"{together} do not go together on {title}"
    if bounds and len(media) < bounds[0]:
        yield "media", _too_few(bounds[0], limits, title)
    if bounds and len(media) > bounds[1]:
        yield "media", f"too many files for {title}: {len(media)} of {bounds[1]}"
    for index, each in enumerate(media):
        if most[each.kind]:
            for rule in _of_file(each, title, limits):
                yield f"media[{index}]", rule


def _too_few(least: int, limits: Limits, title: str) -> str:
    kinds = {"an image": limits.images, "a video": limits.videos}
    wanted = " or ".join(name for name, number in kinds.items() if number)
    return f"{title} shows nothing without {wanted if least == 1 else f'{least} files'}"


def _of_file(media: AttachedMedia, title: str, limits: Limits) -> Iterator[str]:
    match media.kind:
        case MediaKind.IMAGE:
            yield from _of_image(media, title, limits)
        case MediaKind.VIDEO:
            yield from _of_video(media, title, limits)
        case MediaKind.DOCUMENT:
            yield from _of_type(media, title, limits.document_types)
            yield from _of_size(media, title, limits.document_bytes)
            if limits.document_pages and (media.pages or 0) > limits.document_pages:
                yield f"too long for {title}: {media.pages} of {limits.document_pages} pages"
    if limits.alt_text_length and (long := len(media.alt_text)) > limits.alt_text_length:
        yield f"alt text too long for {title}: {long} of {limits.alt_text_length} characters"


def _of_image(media: AttachedMedia, title: str, limits: Limits) -> Iterator[str]:
    yield from _of_type(media, title, limits.image_types)
    yield from _of_size(media, title, limits.image_bytes)
    yield from _of_pixels(media, title, limits.image_pixels)
    yield from _of_ratio(media, title, limits.image_ratio)


def _of_video(media: AttachedMedia, title: str, limits: Limits) -> Iterator[str]:
    yield from _of_type(media, title, limits.video_types)
    yield from _of_size(media, title, limits.video_bytes)
    yield from _of_pixels(media, title, limits.video_pixels)
    yield from _of_ratio(media, title, limits.video_ratio)
    if limits.video_width and media.width:
        yield from _of_bounds(media.width, limits.video_width, "pixels wide", title)
    facts = media.video
    if facts is None:
        return
    if limits.video_seconds:
        yield from _of_bounds(facts.seconds, limits.video_seconds, "seconds long", title)
    if limits.video_frame_rate and facts.frame_rate:
        yield from _of_bounds(facts.frame_rate, limits.video_frame_rate, "frames a second", title)
    if limits.video_codecs and facts.codec not in limits.video_codecs:
        codecs = ", ".join(sorted(limits.video_codecs))
        yield f"a video in {facts.codec} is not what {title} takes: {codecs}"


def _of_type(media: AttachedMedia, title: str, types: frozenset[str]) -> Iterator[str]:
    if media.mime_type not in types:
        yield f"{media.mime_type} is not what {title} takes here: {', '.join(sorted(types))}"


def _of_size(media: AttachedMedia, title: str, most: int | None) -> Iterator[str]:
    if most and media.size > most:
        yield f"too large for {title}: {media.size} of {most} bytes"


def _of_pixels(media: AttachedMedia, title: str, most: int | None) -> Iterator[str]:
    pixels = (media.width or 0) * (media.height or 0)
    if most and pixels > most:
        yield f"too large for {title}: {pixels} of {most} pixels"


def _of_ratio(
    media: AttachedMedia, title: str, bounds: tuple[float, float] | None
) -> Iterator[str]:
    if not bounds or not media.width or not media.height:
        return
    narrowest, widest = bounds
    ratio, size = media.width / media.height, f"{media.width} × {media.height}"
    if ratio < narrowest * (1 - ALMOST):
        yield f"too narrow for {title}: {size}, the least is {_to_1(narrowest)}"
    elif ratio > widest * (1 + ALMOST):
        yield f"too wide for {title}: {size}, the most is {_to_1(widest)}"


def _of_bounds(value: float, bounds: tuple[float, float], what: str, title: str) -> Iterator[str]:
    least, most = bounds
    if not least <= value <= most:
        yield f"{value:g} {what}: {title} takes {least:g} to {most:g}"


def _to_1(ratio: float) -> str:
    return f"{ratio:.3g} : 1"
