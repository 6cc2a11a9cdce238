from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tellal.channels import Channel, ChannelState
from tellal.deliveries import SETTLED, Delivery, State, Step
from tellal.errors import Conflict, Unacceptable
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Facts
from tellal.posts import AttachedMedia, Content, Part, Post, PostState, ThreadPart, Variant
from tellal.publishing import composition
from tests.unit.examples import TEN, delivery, part, remote

AHEAD = timedelta(minutes=15)
NOW = TEN - timedelta(hours=1)
PICTURE = AttachedMedia(media_id="med_1", object_key="media/1", mime_type="image/png", size=70)


def channel(platform: str, **facts: Any) -> Channel:
    usual: dict[str, Any] = {
        "channel_id": f"ch_{platform}",
        "workspace_id": "ws_1",
        "remote_id": "1",
        "name": platform.title(),
        "handle": "acme",
        "server": {"address": "https://m.example", "pds": "https://pds.example"},
        "created_at": TEN,
    }
    return Channel(platform=platform, **usual | facts)


MASTODON, BLUESKY = channel("mastodon"), channel("bluesky")
BOTH = (MASTODON, BLUESKY)


def post(**facts: Any) -> Post:
    usual: dict[str, Any] = {
        "post_id": "post_1",
        "workspace_id": "ws_1",
        "content": Content(text="Hello"),
        "channel_ids": ("ch_mastodon", "ch_bluesky"),
        "state": PostState.SCHEDULED,
        "publish_at": TEN,
        "created_at": NOW,
        "created_by": "key_1",
    }
    return Post(**usual | facts)


def rendered(content: Content) -> Mapping[str, tuple[Part, ...]]:
    return composition.accepted(composition.render(content, {}, BOTH))


def delivered(content: Content, *, publish_at: datetime = TEN) -> dict[str, Delivery]:
    made = composition.deliver(
        post(publish_at=publish_at), rendered(content), BOTH, now=NOW, prepare_ahead=AHEAD
    )
    return {each.platform: each for each in made}


def test_every_broken_rule_of_every_channel_is_told_at_once() -> None:
    content = Content(text="x" * 600, thread=(ThreadPart(text="y" * 600),))
    with pytest.raises(Unacceptable) as refused:
        composition.accepted(composition.render(content, {}, BOTH))
    told = [(each.field, each.rule.partition(":")[0]) for each in refused.value.broken]
    assert told == [
        ("text", "Mastodon"),
        ("thread[0].text", "Mastodon"),
        ("text", "Bluesky"),
        ("thread[0].text", "Bluesky"),
    ]


def test_a_rule_broken_by_a_variant_is_told_where_the_variant_was_written() -> None:
    variants = {"ch_bluesky": Variant(text="x" * 301)}
    [_, bluesky] = composition.render(Content(text="Hello"), variants, BOTH)
    assert [each.field for each in bluesky.broken] == ["variants.ch_bluesky.text"]


def test_a_variant_changes_what_it_gives_and_nothing_else() -> None:
    content = Content(text="Hello", thread=(ThreadPart(text="More"),))
    variants = {"ch_bluesky": Variant(text="Hi")}
    mastodon, bluesky = composition.render(content, variants, BOTH)
    assert [each.text for each in mastodon.parts] == ["Hello", "More"]
    assert [each.text for each in bluesky.parts] == ["Hi", "More"]


def test_a_disconnected_channel_takes_nothing() -> None:
    gone = channel("mastodon", state=ChannelState.DISCONNECTED)
    [rendering] = composition.render(Content(text="Hello"), {}, [gone])
    assert [each.field for each in rendering.broken] == ["channel_ids"]


class OnlyHeard:
    """A platform that we listen to, and never speak on."""

    facts = Facts(title="Reviews")


def test_a_platform_on_which_nothing_is_published_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composition, "PLATFORMS", {**PLATFORMS, "reviews": OnlyHeard})
    [rendering] = composition.render(Content(text="Hello"), {}, [channel("reviews")])
    assert "nothing can be published on Reviews" in rendering.broken[0].rule


def test_a_wall_clock_is_read_in_the_workspaces_zone() -> None:
    at = composition.resolve_time(
        None, datetime.fromisoformat("2026-07-01T09:00"), zone="Europe/Istanbul", now=NOW
    )
    assert at == datetime(2026, 7, 1, 6, tzinfo=UTC)


def test_a_time_that_has_passed_is_refused_with_both_times() -> None:
    with pytest.raises(Unacceptable, match=r"publish_at: is in the past: 2026-01-01T08:58.*09:00"):
        composition.resolve_time(NOW - timedelta(seconds=61), None, zone="UTC", now=NOW)
    just_now = NOW - timedelta(seconds=59)
    assert composition.resolve_time(just_now, None, zone="UTC", now=NOW) == just_now


def test_two_times_are_one_too_many() -> None:
    with pytest.raises(Unacceptable, match="give one of them"):
        composition.resolve_time(
            TEN, datetime.fromisoformat("2026-01-01T09:00"), zone="UTC", now=NOW
        )


def test_without_a_time_it_is_for_now() -> None:
    assert composition.resolve_time(None, None, zone="UTC", now=NOW) == NOW


def test_what_has_something_to_prepare_is_looked_at_ahead() -> None:
    made = delivered(Content(text="Hello", media=(PICTURE,)))["mastodon"]
    assert (made.next_step, made.next_attempt_at) == (Step.PREPARE, TEN - AHEAD)
    assert (
        delivered(Content(text="Hello", media=(PICTURE,)), publish_at=NOW + AHEAD / 2)[
            "mastodon"
        ].next_attempt_at
        == NOW
    )


def test_what_has_nothing_to_prepare_is_looked_at_on_its_second() -> None:
    made = delivered(Content(text="Hello"))["mastodon"]
    assert (made.next_step, made.next_attempt_at) == (Step.PUBLISH, TEN)


def test_delivering_the_same_post_again_makes_the_same_deliveries() -> None:
    assert delivered(Content(text="Hello")) == delivered(Content(text="Hello"))


def edit(
    deliveries: list[Delivery], *, text: str = "Hi", channel_ids: tuple[str, ...] | None = None
) -> composition.Edited:
    seen = post()
    ids = seen.channel_ids if channel_ids is None else channel_ids
    edited = seen.model_copy(update={"content": Content(text=text), "channel_ids": ids})
    channels = {each.channel_id: each for each in BOTH if each.channel_id in ids}
    parts = composition.accepted(composition.render(edited.content, {}, list(channels.values())))
    return composition.edit(seen, edited, parts, deliveries, channels, now=NOW, prepare_ahead=AHEAD)


def test_an_edit_rewrites_what_is_not_public_and_voids_what_was_prepared() -> None:
    ready = delivery(
        part(prepared={"id": "1"}, ready=True),
        channel_id="ch_mastodon",
        state=State.READY,
        prepared_until=TEN,
    )
    [(before, after)] = edit([ready]).changed
    assert before is ready
    assert after.state is State.SCHEDULED
    assert [each.text for each in after.parts] == ["Hi"]
    assert (after.parts[0].prepared, after.parts[0].ready, after.prepared_until) == (
        None,
        False,
        None,
    )


@pytest.mark.parametrize("state", [State.PUBLISHED, State.UNCONFIRMED, State.CANCELLED])
def test_an_edit_leaves_alone_what_is_out_of_its_hands(state: State) -> None:
    settled = delivery(channel_id="ch_mastodon", state=state)
    waiting = delivery(channel_id="ch_bluesky", platform="bluesky")
    [(changed, _)] = edit([settled, waiting]).changed
    assert changed == waiting


def test_an_edit_that_would_reach_nobody_is_refused() -> None:
    with pytest.raises(Conflict, match="can be edited any more"):
        edit([delivery(channel_id="ch_mastodon", state=State.PUBLISHED)])


def test_a_channel_put_in_late_is_due_now() -> None:
    published = delivery(channel_id="ch_mastodon", state=State.PUBLISHED)
    before = post(channel_ids=("ch_mastodon",))
    after = post()
    later = TEN + timedelta(days=30)
    parts = rendered(after.content)
    channels = {each.channel_id: each for each in BOTH}
    made = composition.edit(
        before, after, parts, [published], channels, now=later, prepare_ahead=AHEAD
    )
    assert [(each.platform, each.publish_at) for each in made.added] == [("bluesky", later)]


def test_what_a_pause_holds_is_edited_and_stays_held() -> None:
    held = delivery(
        channel_id="ch_mastodon", state=State.HELD, next_attempt_at=None, next_step=None
    )
    [(_, after)] = edit([held]).changed
    assert (after.state, after.parts[0].text, after.next_attempt_at) == (State.HELD, "Hi", None)


def test_nothing_is_edited_while_it_is_being_published() -> None:
    with pytest.raises(Conflict, match="at this moment"):
        edit([delivery(channel_id="ch_mastodon", state=State.PUBLISHING)])


def test_a_thread_that_has_begun_to_be_public_is_not_edited() -> None:
    begun = delivery(part(remote=remote()), part("More"), channel_id="ch_mastodon")
    with pytest.raises(Conflict, match="public on Mastodon already"):
        edit([begun])


def test_a_channel_taken_out_has_its_delivery_cancelled_and_one_put_in_gets_one() -> None:
    edited = edit([delivery(channel_id="ch_mastodon")], channel_ids=("ch_bluesky",))
    [(_, after)] = edited.changed
    assert after.state is State.CANCELLED
    assert edited.added == ()  # the post had the channel: its delivery was cancelled by itself

    [added] = composition.edit(
        post(channel_ids=("ch_mastodon",)),
        post(),
        rendered(Content(text="Hi")),
        [delivery(channel_id="ch_mastodon")],
        {each.channel_id: each for each in BOTH},
        now=NOW,
        prepare_ahead=AHEAD,
    ).added
    assert added.channel_id == "ch_bluesky"


@pytest.mark.parametrize("state", [State.HELD, State.FAILED, State.UNCONFIRMED])
def test_what_is_sent_again_is_sent_anew(state: State) -> None:
    late = TEN + timedelta(days=3)
    sent: dict[str, Any] = {"prepared": {"id": "1"}, "ready": True, "key_at": TEN}
    seen = delivery(part(**sent, doubt_at=TEN, absent_at=TEN), state=state, tries=8)
    again = composition.released(seen, now=late, prepare_ahead=AHEAD)
    assert (again.state, again.tries, again.parts) == (State.SCHEDULED, 0, (part(),))
    # The hourly accounting looks back two days from publish_at.
    assert again.publish_at == again.next_attempt_at == late


@pytest.mark.parametrize("state", sorted(SETTLED - {State.FAILED, State.UNCONFIRMED}))
def test_what_has_nothing_left_to_send_is_not_sent_again(state: State) -> None:
    with pytest.raises(Conflict):
        composition.released(delivery(state=state), now=TEN, prepare_ahead=AHEAD)


def test_what_a_person_found_on_the_channel_is_published() -> None:
    seen = delivery(part(doubt_at=TEN), state=State.UNCONFIRMED)
    confirmed = composition.confirmed(seen, remote(), now=TEN)
    assert (confirmed.state, confirmed.parts[0].remote) == (State.PUBLISHED, remote())


def test_the_rest_of_a_thread_follows_what_a_person_found() -> None:
    seen = delivery(part(doubt_at=TEN), part("More"), state=State.UNCONFIRMED)
    confirmed = composition.confirmed(seen, remote(), now=TEN)
    assert (confirmed.state, confirmed.next_part) == (State.SCHEDULED, 1)
    assert confirmed.next_attempt_at == TEN


def test_what_a_person_says_is_not_there_failed_and_can_be_sent_again() -> None:
    seen = delivery(part(doubt_at=TEN, key_at=TEN), state=State.UNCONFIRMED)
    denied = composition.denied(seen, now=TEN)
    assert (denied.state, denied.next_attempt_at) == (State.FAILED, None)
    assert denied.parts[0].doubt_at is None
    again = composition.released(denied, now=TEN, prepare_ahead=AHEAD)
    assert again.state is State.SCHEDULED
    with pytest.raises(Conflict):
        composition.denied(denied, now=TEN)
