"""Saved replies and sayings: what is filled in, and when words are the same."""

import pytest

from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Author, Conversation, Matter, MessageKind, Play
from tellal.errors import Unacceptable
from tellal.inbox import saved
from tellal.inbox.sayings import words_of
from tests.unit.examples import TEN

AYSE = Author(remote_id="7", handle="ayse.y", name="Ayşe Yılmaz")
MEHMET = Author(remote_id="8", handle="mehmet")
CHANNEL = Channel(
    channel_id="ch_1",
    workspace_id="ws_1",
    platform="mastodon",
    remote_id="1",
    name="Acme",
    handle="acme",
    created_at=TEN,
)


def conversation(author: Author = AYSE, *tags: str) -> Conversation:
    return Conversation(
        conversation_id="conv_1",
        workspace_id="ws_1",
        channel_id="ch_1",
        platform="mastodon",
        contact_id="con_1",
        kind=MessageKind.COMMENT,
        author=author,
        tags=tags,
        last_message_at=TEN,
        created_at=TEN,
    )


@pytest.mark.parametrize(
    ("author", "text"),
    [(AYSE, "Hello Ayşe (@ayse.y), Mo of Acme"), (MEHMET, "Hello mehmet (@mehmet), Mo of Acme")],
)
def test_every_variable_is_filled_in(author: Author, text: str) -> None:
    template = "Hello {first_name} ({handle}), {agent} of {channel}"
    saved.check(template)
    mo = Who(id="mem_1", name="Mo")
    assert saved.filled_in(template, conversation(author), CHANNEL, mo) == text


def test_a_name_with_braces_in_it_fills_nothing_else_in() -> None:
    author = AYSE.model_copy(update={"name": "{agent}"})
    filled = saved.filled_in("{first_name}", conversation(author), CHANNEL, Who(id="k", name="Mo"))
    assert filled == "{agent}"


@pytest.mark.parametrize(
    "text", ["Hi {name}", "Hi {First_Name}", "Hi {", "Hi }", "{ agent }", "{}"]
)
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable, match="is no variable") as refused:
        saved.check(text)
    assert {each.field for each in refused.value.broken} == {"text"}


@pytest.mark.parametrize(
    "text", ["hello, ayşe! we are sorry", "Hello Mehmet – We  are SORRY.", "Hello! We are sorry"]
)
def test_case_marks_spaces_and_whom_it_is_for_make_no_other_words(text: str) -> None:
    author = MEHMET if "Mehmet" in text else AYSE
    assert words_of(text, author) == words_of("Hello Ayşe, we are sorry!", AYSE)


@pytest.mark.parametrize("text", ["Hello, we are very sorry", "We are sorry, hello", "👍"])
def test_other_words_are_others(text: str) -> None:
    assert words_of(text, AYSE) != words_of("Hello Ayşe, we are sorry!", AYSE)


def test_what_has_no_words_is_told_apart_by_what_it_shows() -> None:
    assert words_of("👍", AYSE) == words_of(" 👍 ", MEHMET) != words_of("🎉", AYSE)


@pytest.mark.parametrize(
    ("tags", "kinds", "fits"),
    [
        (("complaint",), (), True),
        (("late",), (), True),
        (("late",), (MessageKind.COMMENT,), True),
        (("late",), (MessageKind.REVIEW,), False),
        (("praise",), (), False),
        ((), (), False),
    ],
)
def test_a_play_fits_by_its_matter_or_its_tags_and_its_kinds(
    tags: tuple[str, ...], kinds: tuple[MessageKind, ...], *, fits: bool
) -> None:
    play = Play(about=Matter.COMPLAINT, text="Say sorry first", tags=("late",), kinds=kinds)
    assert play.fits(conversation(AYSE, *tags)) is fits
