"""What fills a post to its last unit is what each platform's sandbox then shows, to the letter."""

from collections.abc import Sequence

import pytest

from tellal.deliveries import State
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Subject
from tests.faults.tally import TALLY
from tests.platforms.lengths import WORDS, measured

TEXTS = {field.platform: field for field in reversed(list(measured())) if field.field == "text"}
FIRST = {subject.platform: subject for subject in reversed(SUBJECTS)}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("subject", FIRST.values(), ids=lambda subject: subject.name)
def test_a_text_at_the_limit_is_shown_as_it_was_written(
    subject: Subject, words: Sequence[str], stage: Stage
) -> None:
    world = stage.world(subject)
    text = TEXTS[subject.platform].full_of(words)

    world.schedule(words=text)
    world.settle()

    assert TALLY.close(world, ends={State.PUBLISHED}) == []
    [delivery] = world.rows()
    assert [post["text"] for post in world.control.posts()] == [subject.said(delivery.parts[0])]
    assert delivery.parts[0].text == text
