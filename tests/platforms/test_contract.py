"""What every adapter must do, ability by ability, whatever its platform does to it."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from tellal.errors import OutcomeUnknown, PublishError, Throttled, Unacceptable
from tellal.observations import Metric
from tellal.platforms import PLATFORMS, answering, hearing, measured
from tellal.platforms import protocol as abilities
from tellal.platforms.protocol import PartKey, Published, Thread
from tellal.posts import Poll, Remote, ThreadPart
from tests.platforms.faults import FAULTS, Fault
from tests.platforms.sample import (
    APP,
    CALLBACK,
    KEY,
    PICTURE,
    SECRETS,
    Media,
    Sample,
    calls,
    prepared,
    texts,
)
from tests.platforms.samples import SAMPLES


def platforms_that(*offer: type) -> pytest.MarkDecorator:
    """Those that have all of these abilities."""
    names = [
        name
        for name, platform in PLATFORMS.items()
        if all(isinstance(platform, ability) for ability in offer)
    ]
    return pytest.mark.parametrize("sample", [SAMPLES[name] for name in names], ids=names)


def named(sample: Sample) -> str:
    return sample.channel.platform


def each_fault() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])


def connect(sample: Sample, respond: Callable[[httpx.Request], httpx.Response]) -> Any:
    platform: Any = PLATFORMS[sample.channel.platform]
    given = platform.Connection.model_validate(sample.connection)
    return platform.connect(given, calls(sample, respond))


def opened(sample: Sample) -> BaseModel:
    return PLATFORMS[sample.channel.platform].Credentials.model_validate(sample.credentials)


def exchange(sample: Sample, respond: Callable[[httpx.Request], httpx.Response]) -> Any:
    platform: Any = PLATFORMS[sample.channel.platform]
    return platform.exchange(APP, code="c0de", verifier="v" * 43, calls=calls(sample, respond))


def register(sample: Sample, respond: Callable[[httpx.Request], httpx.Response]) -> Any:
    platform: Any = PLATFORMS[sample.channel.platform]
    return platform.register(str(APP.server), CALLBACK, calls(sample, respond))


def prepare_film(sample: Sample, respond: Callable[[httpx.Request], httpx.Response]) -> None:
    if sample.film is not None:
        adapter = sample.adapter(respond)
        prepared(adapter, adapter.render(sample.film, sample.channel)[0])


DAY = date(2026, 1, 4)
HOOK = hearing.Hook("https://tellal.example/webhooks/here", lambda: SecretStr(SECRETS[2]))
# All that is asked of a platform and makes nothing public.
OPERATIONS: dict[str, tuple[type, Callable[[Sample, Any], Any]]] = {
    "connect": (abilities.Connects, connect),
    "register": (abilities.RegistersApps, register),
    "is_registered": (
        abilities.RegistersApps,
        lambda s, respond: s.adapter(respond).is_registered(APP, calls(s, respond)),
    ),
    "exchange": (abilities.Authorises, exchange),
    "revoke": (
        abilities.Revokes,
        lambda s, respond: s.adapter(respond).revoke(APP, opened(s), calls(s, respond)),
    ),
    "prepare": (
        abilities.Publishes,
        lambda sample, respond: prepared(
            sample.adapter(respond),
            sample.adapter(respond).render(sample.content, sample.channel)[0],
        ),
    ),
    "prepare a film": (abilities.Publishes, prepare_film),
    "delete": (abilities.Deletes, lambda s, respond: s.adapter(respond).delete(s.remote)),
    "discard": (
        abilities.Discards,
        lambda s, respond: s.adapter(respond).discard(s.prepared_part().prepared),
    ),
    "subscribe": (hearing.Subscribes, lambda s, respond: s.adapter(respond).subscribe(HOOK)),
    "unsubscribe": (hearing.Unsubscribes, lambda s, respond: s.adapter(respond).unsubscribe(HOOK)),
    "read_inbox": (hearing.ReadsInbox, lambda s, respond: s.adapter(respond).read_inbox(None)),
    "read_channel": (abilities.ReadsMetrics, lambda s, respond: s.adapter(respond).read_channel()),
    "read_posts": (
        abilities.ReadsMetrics,
        lambda s, respond: s.adapter(respond).read_posts([s.remote]),
    ),
    "read_days": (
        measured.ReadsDays,
        lambda s, respond: list(s.adapter(respond).read_days(DAY, DAY + timedelta(days=2))),
    ),
    "read_audience": (
        measured.ReadsAudience,
        lambda s, respond: s.adapter(respond).read_audience(),
    ),
    "refresh": (abilities.RefreshesCredentials, lambda s, respond: s.adapter(respond).refresh(APP)),
}


def whole_text(error: BaseException | None) -> Iterator[str]:
    """Everything a log could show of an error and what led to it."""
    while error is not None:
        yield from (str(error), repr(error))
        error = error.__cause__ or error.__context__


def what_it_raises(run: Callable[[], Any]) -> PublishError | None:
    try:
        run()
    except PublishError as error:
        return error
    return None


# ── every platform ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PLATFORMS)
def test_facts_name_a_source_for_every_limit_and_no_limit_we_do_not_know(name: str) -> None:
    for field, limit in PLATFORMS[name].facts.limits.items():
        assert field in abilities.Limits.__dataclass_fields__
        assert limit.source.startswith("https://")


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_host_of_a_platform_is_an_address_or_left_to_the_channel(name: str) -> None:
    for host in PLATFORMS[name].facts.hosts.values():
        assert host == "" or (host.startswith("https://") and not host.endswith("/"))


@pytest.mark.parametrize("name", PLATFORMS)
def test_credentials_are_secrets_all_of_them_and_come_back_as_they_were(name: str) -> None:
    shape: type[BaseModel] = PLATFORMS[name].Credentials
    plain = {field: f"secret-{field}" for field in shape.model_fields}
    opened = shape.model_validate(plain)
    held = {field: getattr(opened, field) for field in shape.model_fields}
    assert all(isinstance(value, SecretStr) for value in held.values())
    assert {field: value.get_secret_value() for field, value in held.items()} == plain
    assert not any(value in repr(opened) for value in plain.values())


# ── calls that make nothing public ───────────────────────────────────────────────────────────


def operations() -> Iterator[Any]:
    for name, sample in SAMPLES.items():
        for operation, (ability, _) in OPERATIONS.items():
            if isinstance(PLATFORMS[name], ability):
                yield pytest.param(sample, operation, id=f"{name}-{operation}")


@each_fault()
@pytest.mark.parametrize(("sample", "operation"), list(operations()))
def test_a_fault_in_any_call_is_a_publish_error_but_never_an_unknown_outcome(
    sample: Sample, operation: str, fault: Fault
) -> None:
    """A refresh alone may say so: of an answer that was lost, and the old token with it."""
    _, run = OPERATIONS[operation]
    spends = operation == "refresh" and fault.on_commit is OutcomeUnknown
    well = sample.server()
    run(sample, well)
    for faulty in range(len(well.requests)):
        server = sample.server()

        def respond(
            request: httpx.Request, server: Any = server, faulty: int = faulty
        ) -> httpx.Response:
            answer = server(request)
            return fault.respond(request) if len(server.requests) - 1 == faulty else answer

        error = what_it_raises(partial(run, sample, respond))
        assert spends or not isinstance(error, OutcomeUnknown)
        assert not any(secret in text for secret in SECRETS for text in whole_text(error))


@platforms_that(abilities.Connects)
def test_connecting_learns_who_the_channel_is_as_plain_json(sample: Sample) -> None:
    assert_known(sample, connect(sample, sample.server()))


@platforms_that(abilities.Authorises)
def test_a_consent_learns_who_the_channel_is_as_plain_json(sample: Sample) -> None:
    connected = exchange(sample, sample.server())
    known = [each for each in connected if each.remote_id == sample.channel.remote_id]
    assert_known(sample, known[0])


def assert_known(sample: Sample, connected: Any) -> None:
    assert connected.remote_id == sample.channel.remote_id
    assert connected.handle == sample.channel.handle
    assert json.loads(json.dumps(connected.server)) == connected.server
    assert isinstance(connected.credentials, PLATFORMS[sample.channel.platform].Credentials)


@platforms_that(abilities.Authorises, abilities.Connects)
def test_a_consent_lets_into_the_same_channel_as_what_a_person_types_in(sample: Sample) -> None:
    """Only that an app's secret may be known too, and kept with the token as a proof."""
    [connected] = exchange(sample, sample.server())
    typed = connect(sample, sample.server())
    assert replace(connected, credentials=typed.credentials) == typed
    given = typed.credentials.model_dump(exclude_none=True)
    assert connected.credentials.model_dump().items() >= given.items()


@platforms_that(abilities.Authorises)
def test_an_owner_is_asked_with_the_state_and_no_secret(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Authorises)
    address = adapter.authorise_address(
        APP, state="st&te", challenge="ch", calls=calls(sample, sample.server())
    )
    asked = httpx.URL(address)
    assert (asked.scheme, asked.params["state"]) == ("https", "st&te")
    assert asked.params["redirect_uri"] == CALLBACK
    assert set(asked.params["scope"].replace(",", " ").split()) == set(adapter.scopes)
    assert not any(secret in address for secret in SECRETS)


@platforms_that(abilities.RefreshesCredentials)
def test_refreshing_brings_credentials_of_the_same_kind_and_their_end(sample: Sample) -> None:
    refreshed = sample.adapter(sample.server()).refresh(APP)
    assert isinstance(refreshed.credentials, PLATFORMS[sample.channel.platform].Credentials)
    assert refreshed.expires_at.tzinfo is not None


@platforms_that(abilities.RefreshesCredentials)
def test_who_needs_no_app_to_refresh_says_so_and_who_does_was_let_in_by_one(
    sample: Sample,
) -> None:
    platform = PLATFORMS[sample.channel.platform]
    if platform.facts.renewed_by_app:  # the connecting package asks for it, and says one sentence
        assert isinstance(platform, abilities.Authorises)
        assert not isinstance(platform, abilities.Connects)
    else:
        assert sample.adapter(sample.server()).refresh(None).expires_at


# ── publishing ───────────────────────────────────────────────────────────────────────────────


@platforms_that(abilities.Publishes)
def test_rendering_gives_the_same_parts_each_time_one_for_each_piece_of_it(
    sample: Sample,
) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Publishes)
    once = adapter.render(sample.content, sample.channel)
    assert once == adapter.render(sample.content, sample.channel)
    comment = ["comment"] if sample.content.first_comment else []
    assert [part.kind for part in once] == [
        "main",
        *["thread"] * len(sample.content.thread),
        *comment,
    ]
    assert all(part.prepared is None and part.remote is None for part in once)


@platforms_that(abilities.Publishes)
def test_what_a_part_holds_of_its_choices_can_be_kept_in_a_row(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Publishes)
    for part in adapter.render(sample.content, sample.channel):
        options = dict(part.options)
        assert json.loads(json.dumps(options)) == options
        assert None not in options.values()  # rows hold no such thing


@platforms_that(abilities.Publishes)
def test_rendering_names_every_broken_rule_at_once_and_where(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Publishes)
    most = adapter.limits(sample.channel)
    longest = sample.longest_beside_images or most.text_length
    odd = PICTURE.model_copy(update={"mime_type": "image/tiff"})
    content = sample.content.model_copy(
        update={
            "text": "x" * (longest + 1),
            "media": (*(PICTURE,) * most.images, odd),
            "thread": (ThreadPart(), ThreadPart(text="fine", media=(odd,))),
            "first_comment": "x" * (most.comment_length + 1),
            "poll": Poll(options=("one", "one"), minutes=1),
        }
    )
    with pytest.raises(Unacceptable) as refused:
        adapter.render(content, sample.channel)
    rules = {broken.field: broken.rule for broken in refused.value.broken}
    assert {"text", "media", "first_comment"} <= set(rules)
    assert f"{longest + 1} of {longest}" in rules["text"]
    if most.images:
        assert f"{most.images + 1} of {most.images}" in rules["media"]
        assert f"media[{most.images}]" in rules
    threaded = ["thread"] if most.thread_parts == 0 else ["thread[0].text", "thread[1].media[0]"]
    assert set(threaded) <= set(rules)
    assert ("poll.options" if most.poll_options else "poll") in rules


@platforms_that(abilities.Publishes)
def test_length_agrees_with_the_limit_to_the_last_character(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Publishes)
    most = adapter.limits(sample.channel).text_length
    text = "x" * min(most, sample.longest_beside_images or most)
    assert adapter.render(sample.content.model_copy(update={"text": text}), sample.channel)
    assert adapter.length(text, sample.channel) == len(text)


@each_fault()
@platforms_that(abilities.Publishes)
def test_a_fault_in_the_commit_tells_whether_it_may_be_public(sample: Sample, fault: Fault) -> None:
    part = sample.prepared_part()
    with pytest.raises(PublishError) as raised:
        sample.adapter(fault.respond).commit(part, key=KEY, thread=Thread(), media=Media())
    means = sample.on_commit.get(fault.name, fault.on_commit)
    assert isinstance(raised.value, means)
    assert isinstance(raised.value, OutcomeUnknown) == (means is OutcomeUnknown)
    assert not any(secret in text for secret in SECRETS for text in whole_text(raised.value))


@platforms_that(abilities.Publishes)
@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.name.startswith("429")], ids=lambda fault: fault.name
)
def test_a_throttled_commit_knows_until_when_in_every_spelling(
    sample: Sample, fault: Fault
) -> None:
    with pytest.raises(Throttled) as raised:
        sample.adapter(fault.respond).commit(
            sample.prepared_part(), key=KEY, thread=Thread(), media=Media()
        )
    if fault.name in {"429 with nothing", "429 with nonsense"}:
        assert raised.value.after is None
    else:
        assert raised.value.after is not None
        assert 200 < raised.value.after.total_seconds() < 301


@platforms_that(abilities.Publishes)
def test_a_commit_sends_one_request_the_same_on_every_attempt(sample: Sample) -> None:
    part = sample.prepared_part()
    server = sample.server()
    for _ in range(2):
        sample.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())
    first, second = server.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert first.headers == second.headers


@pytest.mark.parametrize("sample", [each for each in SAMPLES.values() if each.keyed], ids=named)
@pytest.mark.parametrize(
    "other",
    [PartKey("dlv_2", 0, KEY.at), PartKey("dlv_1", 1, KEY.at)],
    ids=["of another delivery", "of another part"],
)
def test_a_commit_under_another_key_is_another_request(sample: Sample, other: PartKey) -> None:
    server = sample.server()
    for key in (KEY, other):
        sample.adapter(server).commit(
            sample.prepared_part(), key=key, thread=Thread(), media=Media()
        )
    first, second = server.requests
    assert (first.headers, first.content) != (second.headers, second.content)


@platforms_that(abilities.Publishes)
def test_a_redirected_commit_is_not_followed(sample: Sample) -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/"})

    with suppress(PublishError):
        sample.adapter(redirect).commit(
            sample.prepared_part(), key=KEY, thread=Thread(), media=Media()
        )
    assert len(asked) == 1


@platforms_that(abilities.Publishes)
def test_what_needs_no_preparing_can_be_committed_as_it_was_rendered(sample: Sample) -> None:
    adapter = sample.adapter(sample.server())
    if sample.plain is None:
        assert adapter.limits(sample.channel).media or adapter.needs_preparing(
            adapter.render(sample.content, sample.channel)[0]
        )
        return
    (part,) = adapter.render(sample.plain, sample.channel)
    assert not adapter.needs_preparing(part)
    assert isinstance(adapter.commit(part, key=KEY, thread=Thread(), media=Media()), Published)


@platforms_that(abilities.Publishes)
def test_preparing_again_prepares_the_same(sample: Sample) -> None:
    adapter = sample.adapter(sample.server())
    part = adapter.render(sample.content, sample.channel)[0]
    assert adapter.needs_preparing(part)
    once = prepared(adapter, part)
    assert prepared(adapter, once) == once == prepared(adapter, part)


@platforms_that(abilities.Publishes)
def test_a_promise_is_one_of_those_the_docs_tell(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, abilities.Publishes)
    part = adapter.render(sample.content, sample.channel)[0]
    assert adapter.promise(part, sample.channel) in adapter.facts.promises.values()


# ── answering, deleting, reading ─────────────────────────────────────────────────────────────


@platforms_that(answering.Replies)
def test_an_answer_stands_under_what_it_answers(sample: Sample) -> None:
    server = sample.server()
    adapter = sample.adapter(server)
    (part,) = adapter.render_reply("Thank you!", sample.reply_to, sample.channel)
    assert part.reply_to == sample.reply_to
    part = prepared(adapter, part) if adapter.needs_preparing(part) else part
    adapter.commit(part, key=KEY, thread=Thread(), media=Media())
    sent = "".join(f"{each.url} {each.content.decode()}" for each in server.requests)
    for name in sample.names_answered or (sample.reply_to.remote.id,):
        assert name in unquote(sent)


@platforms_that(answering.Replies)
def test_an_empty_answer_is_refused_where_it_is_written(sample: Sample) -> None:
    adapter = PLATFORMS[sample.channel.platform]
    assert isinstance(adapter, answering.Replies)
    with pytest.raises(Unacceptable) as refused:
        adapter.render_reply("  ", sample.reply_to, sample.channel)
    assert [broken.field for broken in refused.value.broken] == ["text"]


@platforms_that(hearing.ReadsInbox)
def test_the_inbox_is_read_oldest_first_and_twice_from_a_cursor_gives_nothing_new(
    sample: Sample,
) -> None:
    first = sample.adapter(sample.server(messages=2)).read_inbox(None)
    assert texts(first.heard) == ["message 1", "message 2"]
    later = sample.server(messages=5)
    second = sample.adapter(later).read_inbox(first.cursor)
    assert texts(second.heard) == ["message 3", "message 4", "message 5"]
    third = sample.adapter(later).read_inbox(second.cursor)
    assert (third.heard, third.cursor) == ((), second.cursor)
    assert {each.channel_remote_id for each in second.heard} == {sample.channel.remote_id}


@platforms_that(hearing.ReadsInbox)
def test_an_empty_inbox_is_read_without_a_cursor(sample: Sample) -> None:
    page = sample.adapter(sample.server(messages=0)).read_inbox(None)
    assert (page.heard, page.cursor) == ((), None)


@platforms_that(abilities.ReadsMetrics)
def test_what_a_platform_does_not_count_is_missing_and_so_is_a_post_that_is_gone(
    sample: Sample,
) -> None:
    adapter = sample.adapter(sample.server())
    facts = adapter.facts.measured
    gone = Remote(id=f"{sample.remote.id}x")
    read = adapter.read_posts([sample.remote, gone])
    assert set(read) == ({sample.remote.id} if facts.posts else set())
    for told in read.values():
        assert told["likes"] == 3
        assert "impressions" not in told
    posts = {"posts": 9} if Metric.POSTS in facts.channel.values() else {}
    assert adapter.read_channel() == {"followers": 7, **posts}
