"""What clients write of a post, and how it becomes our values: names looked up, rules told.

A broken rule's field is the path into what the client sent; all of them are told at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, create_model

from tellal import wiring
from tellal.api.asking import Asked
from tellal.api.fields import CONTROL, AltText, FullText, Id, Instant, Text, WallClock
from tellal.channels import Channel
from tellal.errors import Broken, Unacceptable
from tellal.links import Campaign
from tellal.media import MediaFile, MediaState
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import HasOptions
from tellal.posts import AttachedMedia, Content, Frozen, Options, Poll, ThreadPart, Variant

MOST_CHANNELS = 50  # with the post and the Idempotency-Key, well inside one transaction
MOST_PARTS = 50
MOST_MEDIA = 35  # TikTok takes as many, nobody more
MOST_ANSWERS = 20  # of a poll


class MediaRef(Frozen):
    media_id: Id
    alt_text: AltText | None = None  # None: as it was uploaded


MediaRefs = Annotated[tuple[MediaRef, ...], Field(max_length=MOST_MEDIA)]
ChannelIds = Annotated[tuple[Id, ...], Field(max_length=MOST_CHANNELS)]


class ThreadPartGiven(Frozen):
    text: Text = ""
    media: MediaRefs = ()


Thread = Annotated[tuple[ThreadPartGiven, ...], Field(max_length=MOST_PARTS)]


class PollGiven(Frozen):
    """A question to readers, where the platform has such."""

    options: Annotated[tuple[FullText, ...], Field(min_length=2, max_length=MOST_ANSWERS)]
    minutes: Annotated[int, Field(ge=1, le=1_000_000, description="how long it is open")]
    multiple: Annotated[bool, Field(description="whether one may give more answers")] = False
    question: Annotated[Text, Field(description="where it is shown apart from the text")] = ""


def _options() -> type[BaseModel]:
    """A field for each platform that has choices of its own, as its adapter declares them."""
    choosing: dict[str, Any] = {
        name: platform for name, platform in PLATFORMS.items() if isinstance(platform, HasOptions)
    }
    fields: dict[str, Any] = {
        name: (platform.Options | None, None) for name, platform in choosing.items()
    }
    says = "What only one platform knows, by the platform's name."
    return create_model("OptionsGiven", __base__=Frozen, __doc__=says, **fields)


if TYPE_CHECKING:

    class OptionsGiven(Frozen):
        pass

else:  # made from what the platforms declare, so that generic code names none of them
    OptionsGiven = _options()


class VariantGiven(Frozen):
    """What one channel shows instead; what is not given is as the post says."""

    text: Text | None = None
    media: MediaRefs | None = None
    thread: Thread | None = None
    first_comment: Text | None = None
    poll: PollGiven | None = None
    no_poll: Annotated[bool, Field(description="this channel shows none")] = False
    options: OptionsGiven | None = None


Variants = Annotated[Mapping[Id, VariantGiven], Field(max_length=MOST_CHANNELS)]


class NewContent(Frozen):
    text: Text = ""
    media: MediaRefs = ()
    thread: Thread = ()
    first_comment: Text = ""
    poll: PollGiven | None = None
    options: OptionsGiven = OptionsGiven()
    variants: Variants = Field(default_factory=dict)
    channel_ids: ChannelIds = ()
    campaign_id: Annotated[Id | None, Field(description="what it is for")] = None


class NewPost(NewContent):
    """Neither time is «now»; a draft has no time."""

    publish_at: Instant | None = None
    publish_at_local: WallClock | None = None
    draft: bool = False


class PostChange(Frozen):
    """What is not given stays. `options`, `variants` and `channel_ids` are given whole, and a
    `campaign_id` that is null takes the post out of its campaign."""

    text: Text | None = None
    media: MediaRefs | None = None
    thread: Thread | None = None
    first_comment: Text | None = None
    poll: PollGiven | None = None
    no_poll: Annotated[bool, Field(description="takes the post's poll away")] = False
    options: OptionsGiven | None = None
    variants: Variants | None = None
    channel_ids: ChannelIds | None = None
    campaign_id: Id | None = None
    publish_at: Instant | None = None
    publish_at_local: WallClock | None = None
    version: int | None = None  # if given, the change is made only if nobody changed it since


Given = NewContent | PostChange


@dataclass(frozen=True)
class Written:
    content: Content
    variants: Mapping[str, Variant]
    channels: tuple[Channel, ...]
    campaign_id: str | None = None
    campaign: Campaign | None = None  # None, too, if it was deleted since it was named


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

    def variant(self, given: "Given | VariantGiven", path: str = "") -> Variant:
        """What is given; `path` is where it stands in the request, with a dot at its end."""
        no_poll = not isinstance(given, NewContent) and given.no_poll
        options = None if given.options is None else _as_json(given.options)
        self.broken.extend(_unreadable(options, f"{path}options"))
        return Variant(
            text=given.text,
            media=None if given.media is None else self.media(given.media, f"{path}media"),
            thread=None if given.thread is None else self.thread(given.thread, f"{path}thread"),
            first_comment=given.first_comment,
            poll=Poll(**given.poll.model_dump()) if given.poll else None,
            no_poll=no_poll,
            options=options,
        )

    def variants(self, given: Mapping[str, VariantGiven]) -> Mapping[str, Variant]:
        return {name: self.variant(each, f"variants.{name}.") for name, each in given.items()}

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

    def campaign(self, campaign_id: str | None, asked: Asked) -> Campaign | None:
        """The one that a request names."""
        found = wiring.campaigns().get(campaign_id) if campaign_id else None
        ours = found if found and found.workspace_id == asked.workspace_id else None
        if campaign_id and not ours:
            self.broken.append(Broken("campaign_id", "is not a campaign of this workspace"))
        return ours


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
    content = lookup.variant(given).over(before.content)
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
    campaign_id, campaign = before.campaign_id, before.campaign
    if "campaign_id" in given.model_fields_set:
        campaign_id, campaign = given.campaign_id, lookup.campaign(given.campaign_id, asked)
    if lookup.broken:
        raise Unacceptable(*lookup.broken)
    variants = {name: each for name, each in variants.items() if name in chosen}
    return Written(content, variants, channels, campaign_id, campaign)


def _as_json(options: OptionsGiven) -> Options:
    """Only what was chosen: defaults are the adapter's to fill in."""
    return options.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _unreadable(given: Any, path: str) -> Iterator[Broken]:
    """Texts that platforms take as they are; what can be read is a rule of every text of ours."""
    match given:
        case str() if CONTROL.search(given):
            yield Broken(path, "has a control character in it")
        case dict():
            for name, each in given.items():
                yield from _unreadable(each, f"{path}.{name}")
        case list():
            for number, each in enumerate(given):
                yield from _unreadable(each, f"{path}[{number}]")


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
