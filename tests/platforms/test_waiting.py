"""Asking a platform whether it is done: how often, and for how long."""

from datetime import timedelta

import pytest

from tellal.errors import Rejected
from tellal.platforms.waiting import done, still_working


def test_a_film_is_asked_after_for_as_long_as_it_is_given_and_not_for_ever() -> None:
    notes, waited = {"media_ids": "m1"}, timedelta()
    for _ in range(200):
        pending = still_working(notes, what="a video", most=200)
        notes, waited = dict(pending.notes), waited + pending.check_in
    assert timedelta(hours=3) < waited < timedelta(hours=4)
    assert done(notes) == {"media_ids": "m1"}
    with pytest.raises(Rejected, match="a video"):
        still_working(notes, what="a video", most=200)
