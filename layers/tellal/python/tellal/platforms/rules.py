"""What a platform would refuse, told before it is asked: content against one channel's limits.

Every broken rule is told at once, each with the path to what its author wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from tellal.errors import Broken, Unacceptable
from tellal.platforms.attachments import broken_media_rules
from tellal.platforms.protocol import Limits
from tellal.platforms.text import Kind, find
from tellal.posts import Content, Part, PartKind, Poll

Length = Callable[[str], int]

COUNTED = {Kind.LINK: "links", Kind.HASHTAG: "hashtags", Kind.MENTION: "mentions"}


def parts_of(content: Content) -> tuple[Part, ...]:
    """The main part, its thread, and the first comment, whether the platform has such or not."""
    main = Part(kind=PartKind.MAIN, text=content.text, media=content.media, poll=content.poll)
    thread = [
        Part(kind=PartKind.THREAD, text=each.text, media=each.media) for each in content.thread
    ]
    if content.first_comment:
        thread.append(Part(kind=PartKind.COMMENT, text=content.first_comment))
    return (main, *thread)


def refuse(broken: Iterable[Broken]) -> None:
    """Raises Unacceptable with every broken rule, if there is any."""
    if rules := tuple(broken):
        raise Unacceptable(*rules)


def path(part: Part, number: int, field: str) -> str:
    """Where a part's field stands in the content: "text", "thread[0].media[2]"."""
    match part.kind:
        case PartKind.THREAD:
            return f"thread[{number - 1}].{field}"
        case PartKind.COMMENT:
            return "first_comment"
        case _:
            return field


def broken_rules(
    parts: Sequence[Part], *, title: str, limits: Limits, length: Length
) -> Iterator[Broken]:
    """`title` is the platform's; `length` counts as it does."""
    yield from _of_kinds(parts, title, limits)
    for number, part in enumerate(parts):
        for field, rule in _of_part(part, title, limits, length):
            yield Broken(path(part, number, field), rule)


def _of_kinds(parts: Sequence[Part], title: str, limits: Limits) -> Iterator[Broken]:
    kinds = Counter(part.kind for part in parts)
    threaded, most = kinds[PartKind.THREAD], limits.thread_parts
    if threaded and most == 0:
        instead = ": write a first comment" if limits.comment_length else ""
        yield Broken("thread", f"there are no threads on {title}{instead}")
    elif most is not None and threaded > most:
        yield Broken("thread", f"too many parts for {title}: {threaded} of {most}")
    if kinds[PartKind.COMMENT] and not limits.comment_length:
        instead = ": write a thread" if most != 0 else ""
        yield Broken("first_comment", f"there is no first comment on {title}{instead}")


def _of_part(part: Part, title: str, limits: Limits, length: Length) -> Iterator[tuple[str, str]]:
    if not part.text.strip() and not part.media:
        yield "text", f"empty: it needs a text{' or an image' if limits.images else ''}"
    yield from (("text", rule) for rule in _of_text(part, title, limits, length))
    if part.kind is not PartKind.COMMENT:
        is_post = part.kind is PartKind.MAIN and part.reply_to is None
        bounds = limits.media if is_post else None
        yield from broken_media_rules(part.media, title=title, limits=limits, bounds=bounds)
    if part.poll:
        yield from _of_poll(part.poll, title, limits, length)
        if part.media:
            yield "poll", f"a poll and files do not go together on {title}"


def _of_text(part: Part, title: str, limits: Limits, length: Length) -> Iterator[str]:
    comments = part.kind is PartKind.COMMENT and limits.comment_length
    most = comments or limits.text_length
    if (long := length(part.text)) > most:
        yield f"too long for {title}: {long} of {most} {limits.text_unit}"
    if limits.text_bytes and (size := len(part.text.encode())) > limits.text_bytes:
        yield f"too long for {title}: {size} of {limits.text_bytes} bytes"
    counted = Counter(found.kind for found in find(part.text))
    for kind, name in COUNTED.items():
        allowed: int | None = getattr(limits, name)
        if allowed is not None and counted[kind] > allowed:
            yield f"too many {name} for {title}: {counted[kind]} of {allowed}"


def _of_poll(poll: Poll, title: str, limits: Limits, length: Length) -> Iterator[tuple[str, str]]:
    if limits.poll_options is None:
        yield "poll", f"there are no polls on {title}"
        return
    least, most = limits.poll_options
    if not least <= len(poll.options) <= most:
        yield "poll.options", f"{title} takes {least} to {most} answers, not {len(poll.options)}"
    if len(set(poll.options)) < len(poll.options):
        yield "poll.options", "two answers are the same"
    longest = limits.poll_option_length
    for index, option in enumerate(poll.options):
        if longest and (long := length(option)) > longest:
            rule = f"too long for {title}: {long} of {longest} {limits.text_unit}"
            yield f"poll.options[{index}]", rule
    if limits.poll_minutes:
        shortest, longest_open = limits.poll_minutes
        if not shortest <= poll.minutes <= longest_open:
            rule = f"{title} keeps a poll open for {shortest} to {longest_open} minutes"
            yield "poll.minutes", f"{rule}, not {poll.minutes}"
