"""What clients write of a post, and how it becomes our values: names looked up, rules told.

A broken rule's field is the path into what the client sent; all of them are told at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from tellal import wiring
from tellal.api.asking import Asked
from tellal.api.fields import AltText, Id, Instant, Text, WallClock
from tellal.channels import Channel
from tellal.errors import Broken, Unacceptable
from tellal.media import MediaFile, MediaState
from tellal.posts import AttachedMedia, Content, Frozen, ThreadPart, Variant

MOST_CHANNELS = 50  # with the post and the Idempotency-Key, well inside one transaction
MOST_PARTS = 50
MOST_MEDIA = 20  # more than any platform takes


class MediaRef(Frozen):
    media_id: Id
    alt_text: AltText | None = None  # None: as it was uploaded


MediaRefs = Annotated[tuple[MediaRef, ...], Field(max_length=MOST_MEDIA)]
ChannelIds = Annotated[tuple[Id, ...], Field(max_length=MOST_CHANNELS)]


class ThreadPartGiven(Frozen):
    text: Text = ""
    media: MediaRefs = ()


Thread = Annotated[tuple[ThreadPartGiven, ...], Field(max_length=MOST_PARTS)]


class VariantGiven(Frozen):
    """What one channel shows instead; what is not given is as the post says."""

    text: Text | None = None
    media: MediaRefs | None = None
    thread: Thread | None = None


Variants = Annotated[Mapping[Id, VariantGiven], Field(max_length=MOST_CHANNELS)]


class NewContent(Frozen):
    text: Text = ""
    media: MediaRefs = ()
    thread: Thread = ()
    variants: Variants = Field(default_factory=dict)
    channel_ids: ChannelIds = ()


class NewPost(NewContent):
    """Neither time is «now»; a draft has no time."""

    publish_at: Instant | None = None
    publish_at_local: WallClock | None = None
    draft: bool = False


class PostChange(Frozen):
    """What is not given stays. `variants` and `channel_ids` are given whole."""

    text: Text | None = None
    media: MediaRefs | None = None
    thread: Thread | None = None
    variants: Variants | None = None
    channel_ids: ChannelIds | None = None
    publish_at: Instant | None = None
    publish_at_local: WallClock | None = None
    version: int | None = None  # if given, the change is made only if nobody changed it since


Given = NewContent | PostChange


@dataclass(frozen=True)
class Written:
    content: Content
    variants: Mapping[str, Variant]
    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class Lookup:
    """The files and channels that a request names, and what is wrong with its naming them."""

    files: Mapping[str, MediaFile]
    broken: list[Broken] = field(default_factory=list)

    def media(self, refs: Iterable[MediaRef], path: str) -> tuple[AttachedMedia, ...]:
        attached = []
        for number, ref in enumerate(refs):
            file = self.files.get(ref.media_id)
            if file is None:
                rule = "is not a file of this workspace"
                self.broken.append(Broken(f"{path}[{number}].media_id", rule))
            elif file.state is not MediaState.READY:
                rule = "is not ready: upload it and complete it first"
                self.broken.append(Broken(f"{path}[{number}].media_id", rule))
            else:
                attached.append(file.attached(ref.alt_text))
        return tuple(attached)

    def thread(self, parts: Iterable[ThreadPartGiven], path: str) -> tuple[ThreadPart, ...]:
        return tuple(
            ThreadPart(text=part.text, media=self.media(part.media, f"{path}[{number}].media"))
            for number, part in enumerate(parts)
        )

    def variant(self, given: VariantGiven, path: str) -> Variant:
        return Variant(
            text=given.text,
            media=None if given.media is None else self.media(given.media, f"{path}.media"),
            thread=None if given.thread is None else self.thread(given.thread, f"{path}.thread"),
        )

    def variants(self, given: Mapping[str, VariantGiven]) -> Mapping[str, Variant]:
        return {name: self.variant(each, f"variants.{name}") for name, each in given.items()}

    def channels(self, channel_ids: tuple[str, ...], asked: Asked) -> tuple[Channel, ...]:
        wanted = tuple(dict.fromkeys(channel_ids))
        ours = {
            each.channel_id: each
            for each in wiring.channels().get_many(wanted)
            if each.workspace_id == asked.workspace_id
        }
        self.broken.extend(
            Broken(f"channel_ids[{number}]", "is not a channel of this workspace")
            for number, name in enumerate(channel_ids)
            if name not in ours
        )
        return tuple(ours[name] for name in wanted if name in ours)


def look_up(given: Given, asked: Asked) -> Lookup:
    refs = [*(given.media or ())]
    refs += [ref for part in given.thread or () for ref in part.media]
    for variant in (given.variants or {}).values():
        refs += variant.media or ()
        refs += [ref for part in variant.thread or () for ref in part.media]
    names = list(dict.fromkeys(ref.media_id for ref in refs))
    found = wiring.media().get_many(names) if names else []
    ours = (file for file in found if file.workspace_id == asked.workspace_id)
    return Lookup({file.media_id: file for file in ours})


def read_content(given: Given, asked: Asked, *, seen: Written | None = None) -> Written:
    """What is given, over what is there. Raises Unacceptable for every wrong name at once."""
    lookup = look_up(given, asked)
    before = seen or Written(Content(), {}, ())
    content = Variant(
        text=given.text,
        media=None if given.media is None else lookup.media(given.media, "media"),
        thread=None if given.thread is None else lookup.thread(given.thread, "thread"),
    ).over(before.content)
    variants = before.variants if given.variants is None else lookup.variants(given.variants)
    if given.channel_ids is None:
        channels = before.channels
    else:
        channels = lookup.channels(given.channel_ids, asked)
    chosen = {each.channel_id for each in channels}
    named = chosen | set(given.channel_ids or ())  # one that is not ours is told of once
    lookup.broken.extend(
        Broken(f"variants.{name}", "is for a channel that is not among channel_ids")
        for name in given.variants or ()
        if name not in named
    )
    if lookup.broken:
        raise Unacceptable(*lookup.broken)
    return Written(content, {n: v for n, v in variants.items() if n in chosen}, channels)


def check_files(written: Written) -> None:
    """Whether the files of a draft are still there. Raises Unacceptable."""
    contents = [written.content, *(each.over(Content()) for each in written.variants.values())]
    media = [file for content in contents for file in content.media]
    media += [file for content in contents for part in content.thread for file in part.media]
    names = {file.media_id for file in media}
    if len(wiring.media().get_many(sorted(names))) < len(names):
        raise Unacceptable(
            Broken("media", "has a file that was deleted: take it out, then schedule")
        )
