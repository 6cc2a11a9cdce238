"""Rules: what a workspace has done by itself with messages that fit. Pure.

They stand in an order, and all that fit are applied, unless one of them stops the rest.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tellal.clock import Moment
from tellal.conversations import MessageKind, Priority
from tellal.language import Language, Sentiment
from tellal.posts import Frozen

MOST_RULES = 25  # each writes three rows for a message at most, in one transaction of 100
MOST_AN_HOUR = 100

Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Field(max_length=50)]
Ids = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(max_length=20)
]


class Hour(StrEnum):
    INSIDE = "inside"  # of the workspace's business hours
    OUTSIDE = "outside"


class When(Frozen):
    """All that is given must hold; where it is several values, one of them."""

    channel_ids: Ids = ()
    kinds: Annotated[tuple[MessageKind, ...], Field(max_length=len(MessageKind))] = ()
    any_words: Words = ()  # whole words or phrases, in any case
    all_words: Words = ()
    pattern: Annotated[str, Field(min_length=1, max_length=500)] | None = None  # of RE2
    languages: Annotated[tuple[Language, ...], Field(max_length=len(Language))] = ()
    sentiments: Annotated[tuple[Sentiment, ...], Field(max_length=len(Sentiment))] = ()
    has_link: bool | None = None
    first_time: bool | None = None  # whoever writes has never written before
    followers: Annotated[int, Field(ge=0)] | None = None  # at least; untold is none
    hours: Hour | None = None  # when it was written


class Then(Frozen):
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    assign: Ids = ()  # members, in turn; whoever has the conversation keeps it
    priority: Priority | None = None
    close: bool = False
    hide: bool = False  # from others, where the platform lets us; it is sent within a minute
    notify: Ids = ()  # members: an event, MembersNotified
    ask: bool = False  # for a person: an event, PersonAsked


class Rule(Frozen):
    rule_id: str
    name: str
    when: When
    then: Then
    on: bool = False
    stops: bool = False  # where it fits, no rule after it is looked at
    most_an_hour: int = MOST_AN_HOUR  # actions; one more switches it off
    tripped_at: Moment | None = None  # when it was switched off so
    created_at: Moment


class Rulebook(Frozen):
    """All of a workspace's, in their order: one row, read once for a message."""

    workspace_id: str
    rules: tuple[Rule, ...] = ()
    version: int = 0  # none was written
