"""What a platform would refuse, told before it is asked: content against one channel's limits."""

from collections.abc import Callable, Iterable, Iterator

from tellal.errors import Broken, Unacceptable
from tellal.platforms.protocol import Limits
from tellal.posts import AttachedMedia, Content, Part, PartKind


def parts_of(content: Content) -> tuple[Part, ...]:
    main = Part(kind=PartKind.MAIN, text=content.text, media=content.media)
    thread = (
        Part(kind=PartKind.THREAD, text=each.text, media=each.media) for each in content.thread
    )
    return (main, *thread)


def refuse(broken: Iterable[Broken]) -> None:
    """Raises Unacceptable with every broken rule, if there is any."""
    if rules := tuple(broken):
        raise Unacceptable(*rules)


def path(number: int, field: str) -> str:
    """Where a part's field stands in the content: "text", "thread[0].media[2]"."""
    return f"thread[{number - 1}].{field}" if number else field


def broken_rules(
    parts: Iterable[Part], *, title: str, limits: Limits, length: Callable[[str], int]
) -> Iterator[Broken]:
    for number, part in enumerate(parts):
        for field, rule in _of_part(part, title, limits, length):
            yield Broken(path(number, field), rule)


def _of_part(
    part: Part, title: str, limits: Limits, length: Callable[[str], int]
) -> Iterator[tuple[str, str]]:
    if not part.text.strip() and not part.media:
        yield "text", "empty: it needs a text or an image"
    if (long := length(part.text)) > limits.text_length:
        unit = limits.text_unit
        yield "text", f"too long for {title}: {long} of {limits.text_length} {unit}"
    if limits.text_bytes and (size := len(part.text.encode())) > limits.text_bytes:
        yield "text", f"too long for {title}: {size} of {limits.text_bytes} bytes"
    if len(part.media) > limits.images:
        yield "media", f"too many images for {title}: {len(part.media)} of {limits.images}"
    for index, media in enumerate(part.media):
        for rule in _of_media(media, title, limits):
            yield f"media[{index}]", rule


def _of_media(media: AttachedMedia, title: str, limits: Limits) -> Iterator[str]:
    if media.mime_type not in limits.image_types:
        types = ", ".join(sorted(limits.image_types))
        yield f"{media.mime_type} is not what {title} takes here: {types}"
    if limits.image_bytes and media.size > limits.image_bytes:
        yield f"too large for {title}: {media.size} of {limits.image_bytes} bytes"
    pixels = (media.width or 0) * (media.height or 0)
    if limits.image_pixels and pixels > limits.image_pixels:
        yield f"too large for {title}: {pixels} of {limits.image_pixels} pixels"
    if limits.alt_text_length and (long := len(media.alt_text)) > limits.alt_text_length:
        yield f"alt text too long for {title}: {long} of {limits.alt_text_length} characters"
