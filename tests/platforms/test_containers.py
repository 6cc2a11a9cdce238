"""Publishing by containers, alike on Instagram and Threads: made, worked on, asked, made again."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tellal.errors import OutcomeUnknown, Rejected, TryLater
from tellal.platforms.calls import Gone
from tellal.platforms.containers import MOST_MADE_AGAIN
from tellal.platforms.protocol import (
    GivenUp,
    PartKey,
    Pending,
    Prepared,
    Published,
    Thread,
    Unpublished,
)
from tellal.posts import Content, Part
from tests.platforms.sample import KEY, PICTURE, TEN, Media, Sample, Server
from tests.platforms.samples.instagram import INSTAGRAM
from tests.platforms.samples.threads import CONTAINER, THREADS

BOTH = pytest.mark.parametrize("sample", [INSTAGRAM, THREADS], ids=["instagram", "threads"])
ONE = Content(text="Hello", media=(PICTURE,))
TWO = Content(text="Hello", media=(PICTURE, PICTURE))
SECOND = timedelta(seconds=1)
NOT_FETCHED = {"instagram": "Error: Media upload has failed with error code 2207052"}
NOT_TAKEN = {"instagram": "Error: Media upload has failed with error code 2207026"}


def is_instagram(sample: Sample) -> bool:
    return sample.channel.platform == "instagram"


def said(sample: Sample, state: str, detail: str = "") -> Any:
    """What a container answers, as each of them spells it."""
    if is_instagram(sample):
        return {"status_code": state, "status": detail or state.title()}
    return {"status": state, "error_message": detail} if detail else {"status": state}


def failed(sample: Sample, *, passes: bool) -> Any:
    if is_instagram(sample):
        return said(sample, "ERROR", NOT_FETCHED["instagram"] if passes else NOT_TAKEN["instagram"])
    return said(sample, "ERROR", "FAILED_DOWNLOADING_VIDEO" if passes else "INVALID_DURATION")


def answering(sample: Sample, states: Sequence[Any] = (), **answers: Any) -> Server:
    """Containers 1, 2, … that answer so, one question after the other; then they are finished."""
    waiting = list(states)
    made: list[str] = []

    def make(request: httpx.Request) -> Any:
        if request.method == "GET":
            return {"data": answers.get("listed", [])}
        made.append(f"1788900000000000{len(made) + 1}")
        return {"id": made[-1]}

    def ask(_: httpx.Request) -> Any:
        return waiting.pop(0) if waiting else said(sample, "FINISHED")

    edge = "/media" if is_instagram(sample) else "/threads"
    containers = {f"/1788900000000000{n}": ask for n in range(1, 20)}
    own: dict[str, Callable[[httpx.Request], Any]] = {edge: make, **containers}
    return Server({**own, **{n: a for n, a in sample.answers.items() if n not in own}})


def main(sample: Sample, content: Content = ONE) -> Part:
    part: Part = sample.adapter(sample.server()).render(content, sample.channel)[0]
    return part


def steps(sample: Sample, server: Server, part: Part, *, most: int = 40) -> list[Any]:
    """What each step of preparing came to, up to the last."""
    came: list[Any] = []
    while not (came and isinstance(came[-1], Prepared)) and len(came) < most:
        came.append(sample.adapter(server).prepare(part, media=Media()))
        part = part.model_copy(update={"prepared": came[-1].notes})
    return came


def made_of(server: Server) -> list[dict[str, str]]:
    """The forms of the containers that were made."""
    return [
        {name: values[0] for name, values in parse_qs(each.content.decode()).items()}
        for each in server.requests
        if each.method == "POST"
    ]


def asked(server: Server) -> list[str]:
    return [each.url.path.rsplit("/", 1)[1] for each in server.requests]


# ── preparing ────────────────────────────────────────────────────────────────────────────────


@BOTH
def test_an_image_is_one_container_and_each_step_one_question_or_less(sample: Sample) -> None:
    server = answering(sample)
    came = steps(sample, server, main(sample))
    assert [type(each) for each in came] == [Pending, Prepared]
    limit = "content_publishing_limit" if is_instagram(sample) else "threads_publishing_limit"
    edge = "media" if is_instagram(sample) else "threads"
    assert asked(server) == [limit, edge, "17889000000000001"]


@BOTH
def test_a_carousel_is_made_of_its_items_once_all_of_them_are_ready(sample: Sample) -> None:
    working = said(sample, "IN_PROGRESS")
    server = answering(sample, [working, working])
    came = steps(sample, server, main(sample, TWO))
    waits = [each.check_in.total_seconds() for each in came if isinstance(each, Pending)]
    assert waits == [0, 0, 5, 10, 0, 0, 0]
    first, second, whole = made_of(server)
    assert first["is_carousel_item"] == second["is_carousel_item"] == "true"
    assert whole["media_type"] == "CAROUSEL"
    assert whole["children"] == "17889000000000001,17889000000000002"
    assert came[-1].notes == {"container": "17889000000000003"}


@BOTH
def test_a_worker_that_died_is_followed_from_any_of_its_notes(sample: Sample) -> None:
    part = main(sample, TWO)
    came = steps(sample, answering(sample), part)
    for each in came:
        begun = part.model_copy(update={"prepared": each.notes})
        ends = steps(sample, answering(sample), begun)
        assert isinstance(ends[-1], Prepared)


@BOTH
def test_a_file_that_was_not_fetched_is_offered_again_at_a_fresh_address(sample: Sample) -> None:
    server = answering(sample, [failed(sample, passes=True)])
    came = steps(sample, server, main(sample))
    assert [each.check_in for each in came if isinstance(each, Pending) and each.check_in] == [
        timedelta(seconds=30)
    ]
    assert len(made_of(server)) == 2
    assert came[-1].notes == {"container": "17889000000000002"}


@BOTH
def test_a_file_that_is_never_fetched_is_refused_in_the_end(sample: Sample) -> None:
    server = answering(sample, [failed(sample, passes=True)] * 20)
    with pytest.raises(Rejected, match="could not fetch the file"):
        steps(sample, server, main(sample))
    assert len(made_of(server)) == MOST_MADE_AGAIN + 1


@BOTH
def test_a_file_that_is_not_taken_is_refused_at_once(sample: Sample) -> None:
    server = answering(sample, [failed(sample, passes=False)])
    with pytest.raises(Rejected, match=r"does not take this video|five minutes"):
        steps(sample, server, main(sample))
    assert len(made_of(server)) == 1


@BOTH
def test_a_trouble_without_a_name_passes(sample: Sample) -> None:
    server = answering(sample, [said(sample, "ERROR", "something else")])
    assert isinstance(steps(sample, server, main(sample))[-1], Prepared)


@BOTH
def test_an_address_that_is_refused_while_it_is_asked_for_is_tried_again_later(
    sample: Sample,
) -> None:
    refusal = {"error": {"message": "…", "code": 9004, "error_subcode": 2207052}}
    server = answering(sample)
    edge = "/media" if is_instagram(sample) else "/threads"
    refusing = Server({**server.answers, edge: lambda _: httpx.Response(400, json=refusal)})
    with pytest.raises(TryLater, match="could not fetch"):
        steps(sample, refusing, main(sample))


@BOTH
def test_what_is_worked_on_for_too_long_is_given_up(sample: Sample) -> None:
    server = answering(sample, [said(sample, "IN_PROGRESS")] * 80)
    came = steps(sample, server, main(sample), most=51)
    waited = sum((each.check_in for each in came), timedelta())
    assert timedelta(minutes=30) < waited < timedelta(hours=1)
    part = main(sample).model_copy(update={"prepared": came[-1].notes})
    with pytest.raises(Rejected, match="too long"):
        sample.adapter(server).prepare(part, media=Media())


@BOTH
@pytest.mark.parametrize("state", ["EXPIRED", "gone"])
def test_a_container_that_is_no_more_is_made_again(sample: Sample, state: str) -> None:
    gone = httpx.Response(400, json={"error": {"code": 100, "error_subcode": 33}})
    server = answering(sample, [gone if state == "gone" else said(sample, state)])
    came = steps(sample, server, main(sample))
    assert came[-1].notes == {"container": "17889000000000002"}


@BOTH
def test_an_answer_that_nobody_knows_is_asked_for_again(sample: Sample) -> None:
    with pytest.raises(TryLater, match="what we do not know"):
        steps(sample, answering(sample, [said(sample, "DREAMING")]), main(sample))


@BOTH
def test_a_used_up_quota_is_told_before_anything_is_sent(sample: Sample) -> None:
    config = {"quota_total": 100, "quota_duration": 86400}
    used = {"quota_usage": 100, "config": config}
    limit = "content_publishing_limit" if is_instagram(sample) else "threads_publishing_limit"
    server = Server({limit: lambda _: {"data": [used]}})
    with pytest.raises(TryLater, match="100 posts in 24 hours") as raised:
        sample.adapter(server).prepare(main(sample), media=Media())
    assert raised.value.after == timedelta(hours=3)
    assert asked(server) == [limit]


@BOTH
def test_who_tells_no_quota_is_not_held_to_one(sample: Sample) -> None:
    server = answering(sample)
    limit = "content_publishing_limit" if is_instagram(sample) else "threads_publishing_limit"
    silent = Server({limit: lambda _: {"data": []}, **server.answers})
    assert isinstance(steps(sample, silent, main(sample))[-1], Prepared)


# ── publishing ───────────────────────────────────────────────────────────────────────────────


def prepared_part(sample: Sample, content: Content = ONE) -> Part:
    return main(sample, content).model_copy(update={"prepared": {"container": CONTAINER}})


def resumed(sample: Sample, server: Server, part: Part | None = None, **key: Any) -> Any:
    known = PartKey(KEY.delivery_id, KEY.number, key.get("at", TEN))
    part = part or prepared_part(sample)
    return sample.adapter(server).resume(part, key=known, thread=Thread())


@BOTH
@pytest.mark.parametrize(
    ("code", "subcode"), [(24, 2207006), (24, 2207008), (100, 33), (-1, 2207001), (-2, 2207020)]
)
def test_a_refusal_that_may_mean_that_it_is_public_is_no_answer(
    sample: Sample, code: int, subcode: int
) -> None:
    body = {"error": {"message": "…", "code": code, "error_subcode": subcode}}
    adapter = sample.adapter(lambda _: httpx.Response(400, json=body))
    with pytest.raises(OutcomeUnknown):
        adapter.commit(prepared_part(sample), key=KEY, thread=Thread(), media=Media())


@BOTH
def test_what_is_not_ready_yet_is_published_a_little_later(sample: Sample) -> None:
    body = {"error": {"message": "…", "code": 9007, "error_subcode": 2207027}}
    adapter = sample.adapter(lambda _: httpx.Response(400, json=body))
    with pytest.raises(TryLater) as raised:
        adapter.commit(prepared_part(sample), key=KEY, thread=Thread(), media=Media())
    assert raised.value.after == timedelta(seconds=30)


@BOTH
@pytest.mark.parametrize(
    ("state", "comes_to"),
    [
        ("FINISHED", Unpublished()),
        ("EXPIRED", Unpublished(prepared=False)),
        ("IN_PROGRESS", Pending({"container": CONTAINER}, check_in=timedelta(minutes=1))),
    ],
)
def test_a_container_says_what_became_of_it(sample: Sample, state: str, comes_to: Any) -> None:
    assert resumed(sample, answering(sample, [said(sample, state)])) == comes_to


@BOTH
def test_what_failed_for_good_is_given_up_and_what_may_pass_is_made_anew(sample: Sample) -> None:
    for_good = resumed(sample, answering(sample, [failed(sample, passes=False)]))
    assert isinstance(for_good, GivenUp)
    assert "{title}" not in for_good.sentence
    passing = resumed(sample, answering(sample, [failed(sample, passes=True)]))
    assert passing == Unpublished(prepared=False)


@BOTH
def test_what_was_never_prepared_was_never_published(sample: Sample) -> None:
    server = answering(sample)
    assert resumed(sample, server, main(sample)) == Unpublished(prepared=False)
    assert server.requests == []


@BOTH
def test_a_container_that_is_not_found_leaves_it_open(sample: Sample) -> None:
    gone = httpx.Response(400, json={"error": {"code": 100, "error_subcode": 33}})
    with pytest.raises(Gone):
        resumed(sample, answering(sample, [gone]))


def listed(
    sample: Sample, number: int, *, at: str = "2026-01-01T10:00:00+0000", **more: Any
) -> Any:
    words = "caption" if is_instagram(sample) else "text"
    return {
        "id": str(number),
        words: "Hello",
        "media_type": "IMAGE",
        "timestamp": at,
        "permalink": f"https://posts.example/{number}",
        **more,
    }


def found(sample: Sample, *posts: Any, content: Content = ONE, **key: Any) -> Any:
    server = answering(sample, [said(sample, "PUBLISHED")], listed=list(posts))
    return resumed(sample, server, prepared_part(sample, content), **key)


@BOTH
def test_what_is_public_is_found_among_what_the_account_shows(sample: Sample) -> None:
    told = found(
        sample,
        listed(sample, 5, **{"caption" if is_instagram(sample) else "text": "Something else"}),
        listed(sample, 4),
        listed(sample, 3, at="2026-01-01T09:59:40+0000"),
        listed(sample, 2, at="2025-12-31T10:00:00+0000"),
        listed(sample, 1, media_type="VIDEO"),
    )
    assert isinstance(told, Published)
    assert (told.remote.id, told.remote.url) == ("4", "https://posts.example/4")


@BOTH
def test_spaces_that_a_platform_makes_its_own_are_no_difference(sample: Sample) -> None:
    content = Content(text="Hello\n\n  cafe\u0301 ", media=(PICTURE,))
    words = "caption" if is_instagram(sample) else "text"
    shown = listed(sample, 4, **{words: "Hello\ncafé"})
    assert found(sample, shown, content=content).remote.id == "4"


@BOTH
def test_times_are_told_to_the_second_and_clocks_agree_to_two(sample: Sample) -> None:
    sent = TEN + timedelta(milliseconds=900)
    assert found(sample, listed(sample, 4), at=sent).remote.id == "4"
    assert found(sample, listed(sample, 4), at=sent + 2 * SECOND).remote.id == "4"
    with pytest.raises(TryLater):
        found(sample, listed(sample, 4), at=sent + 3 * SECOND)
    with pytest.raises(TryLater):
        found(sample, listed(sample, 4), at=TEN - timedelta(minutes=6))


@BOTH
def test_a_list_that_lags_is_read_again(sample: Sample) -> None:
    with pytest.raises(TryLater, match="does not list it yet"):
        found(sample)


@BOTH
def test_of_two_that_say_the_same_a_person_chooses(sample: Sample) -> None:
    with pytest.raises(Rejected, match="lists 2 that say the same"):
        found(sample, listed(sample, 4), listed(sample, 3, at="2026-01-01T10:01:00+0000"))


@BOTH
def test_where_people_find_it_is_asked_once_it_is_public(sample: Sample) -> None:
    remote = sample.adapter(sample.server()).confirm(sample.remote)
    assert remote.url is not None
    assert remote.id == sample.remote.id
