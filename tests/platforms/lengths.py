"""Every field of a post that its platform measures, and texts that fill it to the last unit.

What all platforms have in common follows from their limits, so none can be forgotten; `OWN` is
what only one of them has.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tellal.platforms import PLATFORMS
from tellal.platforms.facebook.options import TITLE_LENGTH as FACEBOOK_TITLE
from tellal.platforms.linkedin import little
from tellal.platforms.linkedin import options as linkedin
from tellal.platforms.protocol import Accepted, PartKey, Prepared, PreparesInTurn, Thread
from tellal.platforms.telegram import facts as telegram
from tellal.platforms.tiktok import checks as tiktok
from tellal.platforms.youtube.options import TITLE_LENGTH as YOUTUBE_TITLE
from tellal.posts import Content, Poll, Remote, ThreadPart
from tests.platforms.sample import KEY, PICTURE, Media, Sample
from tests.platforms.samples import SAMPLES
from tests.videos import VIDEO

Length = Callable[[str], int]
Fill = Callable[[str], Content]

# A family of four is seven code points, a flag two or four, and a wave has a colour of its skin.
EMOJI = ("👨‍👩‍👧‍👦", "🇹🇷", "🏳️‍🌈", "👋🏽")
# Arabic and Hebrew, with the marks that turn a line and turn it back, and numbers in between.
RIGHT_TO_LEFT = ("خبز طازج ", "\u2067לחם טרי 2027\u2069 ", "\u200f!\u200e ")
WORDS: Mapping[str, Sequence[str]] = {"emoji": EMOJI, "right to left": RIGHT_TO_LEFT}


@dataclass(frozen=True)
class Measured:
    """A field, and how to write a post that has a text there."""

    platform: str
    field: str  # as a rule names it
    most: int
    length: Length
    fill: Fill
    bytes: int | None = None  # that it may have besides

    @property
    def sample(self) -> Sample:
        return SAMPLES[self.platform]

    def full_of(self, words: Sequence[str]) -> str:
        """As many of these as fit, and what is left is filled with letters: exactly the limit."""
        once = "".join(words)
        times = self.most // max(1, self.length(once * 2) - self.length(once))
        while times and not self._has_room(once * times):
            times -= 1
        text = once * times
        for word in words:
            text += word if self._has_room(text + word) else ""
        assert text, "it holds none of them"
        return text + self._padding(text)

    def _has_room(self, text: str) -> bool:
        """For it, and for the letters that fill the rest."""
        if self.length(text) > self.most:
            return False
        return self.bytes is None or len((text + self._padding(text)).encode()) <= self.bytes

    def _padding(self, text: str) -> str:
        return "x" * (self.most - self.length(text))

    def __str__(self) -> str:
        return f"{self.platform} {self.field}"


def measured() -> Iterator[Measured]:
    for platform in PLATFORMS:
        yield from _in_common(platform)
    yield from OWN


def _in_common(platform: str) -> Iterator[Measured]:
    """What follows from a platform's limits."""
    sample, adapter = SAMPLES[platform], _adapter(platform)
    limits, content = adapter.limits(sample.channel), sample.content
    length: Length = partial(_length, platform)
    field = partial(Measured, platform)
    if sample.plain and (sample.longest_beside_images or limits.text_length) < limits.text_length:
        content = sample.plain  # a text is at its longest by itself
    alone = content.model_copy(update={"thread": (), "first_comment": ""})
    yield field("text", limits.text_length, length, _put(alone, "text"), limits.text_bytes)
    if limits.thread_parts != 0:
        yield field("thread[0].text", limits.text_length, length, _thread(alone), limits.text_bytes)
    if limits.comment_length:
        yield field("first_comment", limits.comment_length, length, _put(alone, "first_comment"))
    if limits.alt_text_length:
        yield field("media[0]", limits.alt_text_length, len, _alt_text(alone))
    if limits.poll_options and limits.poll_option_length and limits.poll_minutes:
        counted = POLL_LENGTHS.get(platform, length)
        asked = _answer(limits.poll_minutes[0])
        yield field("poll.options[0]", limits.poll_option_length, counted, asked)


def _adapter(platform: str) -> Any:
    return PLATFORMS[platform]


def _length(platform: str, text: str) -> int:
    counted: int = _adapter(platform).length(text, SAMPLES[platform].channel)
    return counted


def _put(content: Content, field: str) -> Fill:
    return lambda text: content.model_copy(update={field: text})


def _thread(content: Content) -> Fill:
    return lambda text: content.model_copy(update={"thread": (ThreadPart(text=text),)})


def _alt_text(content: Content) -> Fill:
    def fill(text: str) -> Content:
        media = (PICTURE.model_copy(update={"alt_text": text}),)
        return content.model_copy(update={"media": media})

    return fill


def _answer(minutes: int) -> Fill:
    def fill(text: str) -> Content:
        asked = Poll(options=(text, "Rye"), minutes=minutes, question="Which bread?")
        return Content(text="Which bread?", poll=asked)

    return fill


def _question(text: str) -> Content:
    asked = Poll(options=("Wheat", "Rye"), minutes=1440, question=text)
    return Content(text="Which bread?", poll=asked)


def _option(platform: str, content: Content, **others: Any) -> Callable[[str], Fill]:
    def of(name: str) -> Fill:
        return lambda text: content.model_copy(
            update={"options": {platform: {**others, name: text}}}
        )

    return of


def _article(name: str) -> Fill:
    card = {"url": "https://acme.example/", "title": "Bread"}
    return lambda text: Content(
        text="Hello", options={"linkedin": {"article": {**card, name: text}}}
    )


POLL_LENGTHS: Mapping[str, Length] = {"x": len}
_FILM = Content(text="Hello", media=(VIDEO,))
_PHOTOS = Content(text="Hello", media=(PICTURE,), options={"tiktok": {"privacy": "everyone"}})
OWN = (
    Measured(
        "facebook",
        "options.facebook.title",
        FACEBOOK_TITLE.value,
        len,
        _option("facebook", _FILM)("title"),
    ),
    Measured("linkedin", "poll.question", linkedin.LONGEST_QUESTION, little.length, _question),
    Measured(
        "linkedin",
        "options.linkedin.title",
        linkedin.LONGEST_TITLE,
        len,
        _option("linkedin", _FILM)("title"),
    ),
    Measured(
        "linkedin",
        "options.linkedin.article.title",
        linkedin.LONGEST_HEADLINE,
        len,
        _article("title"),
    ),
    Measured(
        "linkedin",
        "options.linkedin.article.description",
        linkedin.LONGEST_DESCRIPTION,
        len,
        _article("description"),
    ),
    Measured(
        "youtube",
        "options.youtube.title",
        YOUTUBE_TITLE,
        len,
        _option("youtube", _FILM, made_for_kids=False)("title"),
    ),
    Measured(
        "telegram",
        "text",
        telegram.CAPTION_LENGTH.value,
        telegram.length,
        _put(Content(text="Hello", media=(PICTURE,)), "text"),
    ),
    Measured("tiktok", "text", tiktok.PHOTO_TEXT, tiktok.units, _put(_PHOTOS, "text")),
    Measured(
        "tiktok",
        "options.tiktok.title",
        tiktok.PHOTO_TITLE,
        tiktok.units,
        _option("tiktok", _PHOTOS, privacy="everyone")("title"),
    ),
)


def what_goes_out(sample: Sample, content: Content) -> set[str]:
    """Every text in every body of a whole delivery, prepared and committed part after part."""
    server = sample.server()
    adapter = sample.adapter(server)
    published: list[Remote] = []
    for number, part in enumerate(adapter.render(content, sample.channel)):
        thread = Thread(tuple(published))
        ready = part
        if adapter.needs_preparing(part):
            ready = _prepared(adapter, part, thread)
        key = PartKey(KEY.delivery_id, number, KEY.at)
        told = adapter.commit(ready, key=key, thread=thread, media=Media())
        published.append(sample.remote if isinstance(told, Accepted) else told.remote)
    return {text for request in server.requests for text in _texts(request)}


def _prepared(adapter: Any, part: Any, thread: Thread) -> Any:
    in_turn = isinstance(adapter, PreparesInTurn) and adapter.waits_its_turn(part)
    while True:
        if in_turn:
            told = adapter.prepare_in_turn(part, thread=thread, media=Media())
        else:
            told = adapter.prepare(part, media=Media())
        part = part.model_copy(update={"prepared": told.notes})
        if isinstance(told, Prepared):
            return part


def _texts(request: httpx.Request) -> Iterator[str]:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json") and request.content:
        yield from _leaves(json.loads(request.content))
    elif kind.startswith("application/x-www-form-urlencoded"):
        for _, value in parse_qsl(request.content.decode()):
            yield from _leaves(value)
    elif kind.startswith("multipart/"):
        for field in request.content.split(b"\r\n\r\n")[1:]:
            yield field.partition(b"\r\n--")[0].decode(errors="replace")


def _leaves(told: Any) -> Iterator[str]:
    match told:
        case dict():
            for each in told.values():
                yield from _leaves(each)
        case list():
            for each in told:
                yield from _leaves(each)
        case str():
            yield told
            if told.startswith(("{", "[")):  # JSON in a form's field
                yield from _leaves(json.loads(told))
