from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tellal.channels import Channel
from tellal.conversations import (
    Author,
    Change,
    Conversation,
    ConversationState,
    Direction,
    Heard,
    Matter,
    Message,
    MessageKind,
    Play,
)
from tellal.inbox import changes
from tellal.inbox.excerpts import LENGTH, excerpt
from tellal.language import Language, Sentiment

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)
PAGE = Channel(
    channel_id="ch_1",
    workspace_id="ws_1",
    platform="facebook",
    remote_id="page",
    name="Acme",
    handle="acme",
    created_at=TEN,
)


def heard(change: Change, text: str = "", *, minute: int = 0, number: int = 1) -> Heard:
    return Heard(
        channel_remote_id="page",
        remote_id=f"comment-{number}",
        change=change,
        kind=MessageKind.COMMENT,
        author=Author(remote_id="2401", handle="ayse"),
        text=text,
        sent_at=TEN + timedelta(minutes=minute),
        thread="post-1",
    )


ADDED = heard(Change.ADDED, "Helo")
EDITED = heard(Change.EDITED, "Hello", minute=1)
EDITED_AGAIN = heard(Change.EDITED, "Hello there", minute=2)
REMOVED = heard(Change.REMOVED, minute=3)


def after(*told: Heard) -> Message:
    first, *others = told
    message = changes.first_heard(PAGE, first, now=TEN)
    for each in others:
        message = changes.heard_again(message, each, now=TEN)
    return message


def continued(seen: Conversation, told: Heard) -> Conversation:
    return changes.continued(seen, told, after(told))


def test_all_orders_of_an_addition_and_its_edits_end_the_same() -> None:
    told = (ADDED, EDITED, EDITED_AGAIN)

    for order in permutations(told):
        for again in permutations(told):
            end = after(*order, *again)
            assert (end.text, end.sent_at) == ("Hello there", ADDED.sent_at)
            assert end.edited_at == EDITED_AGAIN.sent_at


@pytest.mark.parametrize("order", list(permutations((ADDED, EDITED, REMOVED))))
def test_what_was_removed_stays_removed_and_its_text_is_gone(order: tuple[Heard, ...]) -> None:
    end = after(*order, ADDED, EDITED_AGAIN)

    assert end.removed_at == TEN
    assert (end.text, end.media_urls) == ("", ())


def test_a_removal_that_comes_first_keeps_nothing_of_its_author() -> None:
    first = after(REMOVED)

    assert (first.author, first.url, first.refs) == (None, None, {})
    assert after(REMOVED, ADDED) == first


def conversation(text: str = "Helo") -> Conversation:
    told = heard(Change.ADDED, text)
    return changes.opened(PAGE, told, after(told), now=TEN)


def test_an_older_message_that_comes_late_moves_nothing_back_but_waits_for_an_answer() -> None:
    newer = continued(conversation(), heard(Change.ADDED, "New", minute=5, number=2))

    late = continued(newer, heard(Change.ADDED, "Late", minute=4, number=3))

    assert (late.excerpt, late.last_message_at) == ("New", TEN + timedelta(minutes=5))
    assert late.unanswered == 3


def test_a_message_opens_a_conversation_that_was_closed() -> None:
    closed = conversation().model_copy(update={"state": ConversationState.CLOSED})

    again = continued(closed, heard(Change.ADDED, "One more thing", minute=5, number=2))

    assert again.state is ConversationState.OPEN


def test_an_edit_of_the_last_message_is_what_the_listing_shows() -> None:
    before, now_ = after(ADDED), after(ADDED, EDITED)

    assert changes.corrected(conversation(), before, now_, []).excerpt == "Hello"


def test_an_edit_of_an_earlier_message_is_not() -> None:
    newer = continued(conversation(), heard(Change.ADDED, "New", minute=5, number=2))

    corrected = changes.corrected(newer, after(ADDED), after(ADDED, EDITED), [])

    assert corrected.excerpt == newer.excerpt
    assert corrected.last_turn == newer.version + 1  # whoever answers has not read it


def test_a_removed_last_message_leaves_the_one_before_it() -> None:
    second = heard(Change.ADDED, "Second", minute=1, number=2)
    both = continued(conversation(), second)
    gone = after(second, heard(Change.REMOVED, minute=2, number=2))

    left = changes.corrected(both, after(second), gone, [after(second), after(ADDED)])

    assert (left.excerpt, left.unanswered) == ("Helo", 1)
    assert left.last_message_at == both.last_message_at


def test_a_removed_message_is_not_shown_though_its_edit_came_before_it() -> None:
    told = (EDITED, ADDED)
    edited_first = conversation().model_copy(
        update={"excerpt": "Hello", "last_message_at": EDITED.sent_at}
    )
    gone = after(*told, REMOVED)

    left = changes.corrected(edited_first, after(*told), gone, [after(*told)])

    assert (left.excerpt, left.unanswered) == ("", 0)


def test_nor_is_the_one_before_it_once_that_is_removed_too() -> None:
    second = heard(Change.ADDED, "Second", minute=1, number=2)
    both = continued(conversation(), second)
    gone = after(second, heard(Change.REMOVED, minute=2, number=2))
    one = changes.corrected(both, after(second), gone, [after(second), after(ADDED)])

    none = changes.corrected(one, after(ADDED), after(ADDED, REMOVED), [gone, after(ADDED)])

    assert (none.excerpt, none.unanswered) == ("", 0)


def test_what_comes_late_is_shown_where_nothing_else_is_left() -> None:
    second = heard(Change.ADDED, "Second", minute=4, number=2)
    empty = conversation().model_copy(
        update={"excerpt": "", "unanswered": 0, "last_message_at": second.sent_at}
    )

    late = continued(empty, heard(Change.ADDED, "Late", minute=3, number=3))

    assert (late.excerpt, late.unanswered) == ("Late", 1)
    assert late.last_message_at == second.sent_at


def test_removing_what_was_heard_after_our_answer_leaves_nothing_unanswered() -> None:
    """It was written before we answered, and came late."""
    ours = {"message_id": "msg_ours", "direction": Direction.OUT, "turn": 1}
    answer = after(ADDED).model_copy(update={**ours, "sent_at": TEN + timedelta(minutes=3)})
    late = heard(Change.ADDED, "Hello?", minute=2, number=2)
    answered = conversation().model_copy(update={"unanswered": 0, "version": 1})
    waiting = continued(answered, late)
    kept = after(late).model_copy(update={"turn": waiting.last_turn})
    gone = changes.heard_again(kept, heard(Change.REMOVED, number=2), now=TEN)

    left = changes.corrected(waiting, kept, gone, [answer, kept, after(ADDED)])

    assert (waiting.unanswered, left.unanswered) == (1, 0)


def test_removing_an_answered_message_takes_nothing_from_what_is_unanswered() -> None:
    answer = after(ADDED).model_copy(
        update={
            "message_id": "msg_ours",
            "direction": Direction.OUT,
            "sent_at": TEN + timedelta(minutes=1),
            "turn": 1,
        }
    )
    second = heard(Change.ADDED, "And now?", minute=2, number=2)
    waiting = conversation().model_copy(update={"unanswered": 0})
    waiting = continued(waiting, second)

    newest = [after(second), answer, after(ADDED)]
    left = changes.corrected(waiting, after(ADDED), after(ADDED, REMOVED), newest)

    assert left.unanswered == 1


def test_an_excerpt_is_one_line_and_not_too_long() -> None:
    assert excerpt("Hello,\n\n  world ") == "Hello, world"
    assert len(excerpt("word " * 100)) <= LENGTH


def test_a_message_is_read_when_it_is_heard_and_again_when_it_is_edited() -> None:
    seen = after(heard(Change.ADDED, "This is terrible, I hate it"))
    assert (seen.language, seen.sentiment) == (Language.ENGLISH, Sentiment.NEGATIVE)
    told = heard(Change.EDITED, "Thank you, this is wonderful!", minute=1)
    again = changes.heard_again(seen, told, now=TEN)
    assert (again.sentiment, again.asks) == (Sentiment.POSITIVE, False)
    gone = changes.heard_again(again, REMOVED, now=TEN)
    assert (gone.language, gone.sentiment) == (Language.UNKNOWN, Sentiment.UNKNOWN)


def test_what_a_person_said_of_it_is_never_read_otherwise() -> None:
    seen = after(heard(Change.ADDED, "This is terrible, I hate it"))
    said = changes.said_better(seen, {"sentiment": Sentiment.POSITIVE})
    told = heard(Change.EDITED, "Bu çok kötü, hiç beğenmedim", minute=1)
    again = changes.heard_again(said, told, now=TEN)
    assert (again.language, again.sentiment) == (Language.TURKISH, Sentiment.POSITIVE)


def test_a_conversation_sounds_as_the_last_message_of_theirs() -> None:
    first = changes.opened(PAGE, ADDED, after(ADDED), now=TEN)
    angry = heard(Change.ADDED, "Terrible, I hate it. Why?", minute=5, number=2)
    both = continued(first, angry)
    assert (both.sentiment, both.asks) == (Sentiment.NEGATIVE, True)
    late = heard(Change.ADDED, "Thank you, wonderful!", minute=4, number=3)
    assert continued(both, late).sentiment is Sentiment.NEGATIVE
    edit = heard(Change.EDITED, "Thank you, wonderful!", minute=6, number=2)
    corrected = changes.corrected(both, after(angry), after(angry, edit), [])
    assert (corrected.sentiment, corrected.asks) == (Sentiment.POSITIVE, False)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("This is terrible, I hate it", Matter.COMPLAINT),
        ("Thank you, this is wonderful!", Matter.PRAISE),
        ("When do you open?", Matter.QUESTION),
        ("Ürün hâlâ gelmedi mi", Matter.QUESTION),
    ],
)
def test_a_play_fits_by_how_they_sound_without_a_tag(text: str, about: Matter) -> None:
    told = heard(Change.ADDED, text)
    opened = changes.opened(PAGE, told, after(told), now=TEN)
    assert Play(about=about, text="…").fits(opened)
    of_reviews = Play(about=about, text="…", kinds=(MessageKind.REVIEW,))
    assert not of_reviews.fits(opened)
