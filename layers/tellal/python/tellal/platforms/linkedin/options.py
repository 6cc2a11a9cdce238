"""What only LinkedIn knows of a post, and the rules that only LinkedIn has."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import Field, field_validator

from tellal.errors import Broken
from tellal.platforms.linkedin.little import length
from tellal.posts import AttachedMedia, Content, Frozen, MediaKind, Poll

# LinkedIn states no length of a title; an advertisement's may have 200 characters.
LONGEST_TITLE = 200
# Of an article; both unverified.
LONGEST_HEADLINE = 400
LONGEST_DESCRIPTION = 4086
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/poll-post-api
LONGEST_QUESTION = 140  # unverified
DURATIONS = {
    1440: "ONE_DAY",
    4320: "THREE_DAYS",
    10080: "SEVEN_DAYS",
    20160: "FOURTEEN_DAYS",
}


class LinkedInVisibility(StrEnum):
    """Who sees a post. A page has no connections."""

    PUBLIC = "public"
    CONNECTIONS = "connections"
    LOGGED_IN = "logged_in"


class LinkedInArticle(Frozen):
    """A link shown as a card. LinkedIn looks nothing up: what is not given is not shown."""

    url: str = Field(max_length=2000)
    title: str = Field(min_length=1, max_length=LONGEST_HEADLINE)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)

    @field_validator("url")
    @classmethod
    def _is_a_link(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")) or any(char.isspace() for char in url):
            raise ValueError("is no link: it has to begin with https://")
        return url


class LinkedInOptions(Frozen):
    visibility: LinkedInVisibility = LinkedInVisibility.PUBLIC
    reshares: bool = Field(default=True, description="whether others may share it further")
    title: str = Field(
        "", max_length=LONGEST_TITLE, description="of a document, which needs one, or of a video"
    )
    article: LinkedInArticle | None = Field(
        default=None, description="a link as a card; an image beside it is its thumbnail"
    )


def broken_choices(content: Content, options: LinkedInOptions, *, page: bool) -> Iterator[Broken]:
    """`page`: the channel is an organisation's."""
    kinds = {each.kind for each in content.media}
    if page and options.visibility is LinkedInVisibility.CONNECTIONS:
        rule = "a page has no connections: it is public, or for whoever is logged in"
        yield Broken("options.linkedin.visibility", rule)
    if MediaKind.DOCUMENT in kinds and not options.title.strip():
        yield Broken("options.linkedin.title", "is required: a document is shown under it")
    if options.title and not kinds & {MediaKind.DOCUMENT, MediaKind.VIDEO}:
        rule = "only a document or a video has a title on LinkedIn"
        yield Broken("options.linkedin.title", rule)
    if options.article:
        yield from _beside_article(content.media, content.poll)


def _beside_article(media: Sequence[AttachedMedia], poll: Poll | None) -> Iterator[Broken]:
    is_thumbnail = len(media) == 1 and media[0].kind is MediaKind.IMAGE
    if media and not is_thumbnail:
        rule = "beside an article there is room for one image, its thumbnail"
        yield Broken("options.linkedin.article", rule)
    if poll:
        rule = "an article and a poll do not go together on LinkedIn"
        yield Broken("options.linkedin.article", rule)


def broken_poll_rules(poll: Poll) -> Iterator[Broken]:
    if not poll.question.strip():
        yield Broken("poll.question", "is required: LinkedIn shows it above the answers")
    if (long := length(poll.question)) > LONGEST_QUESTION:
        rule = f"too long for LinkedIn: {long} of {LONGEST_QUESTION} characters"
        yield Broken("poll.question", rule)
    if poll.minutes not in DURATIONS:
        rule = "LinkedIn keeps a poll open for 1, 3, 7 or 14 days:"
        yield Broken("poll.minutes", f"{rule} {', '.join(map(str, DURATIONS))} minutes")
    if poll.multiple:
        yield Broken("poll.multiple", "on LinkedIn everybody gives one answer")
    for index, option in enumerate(poll.options):
        if not option.strip():
            yield Broken(f"poll.options[{index}]", "empty")
