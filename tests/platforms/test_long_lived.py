"""Being let into Instagram and Threads, and staying: a consent's code, a token, another token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tellal.errors import NeedsReconnect, PublishError, Rejected, Throttled, TryLater
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected, Refreshed, Registration
from tests.platforms.sample import APP, CALLBACK, SECRETS, Sample, Server, calls, channel
from tests.platforms.samples.instagram import INSTAGRAM
from tests.platforms.samples.threads import THREADS
from tests.walking import allowed

BOTH = pytest.mark.parametrize("sample", [INSTAGRAM, THREADS], ids=["instagram", "threads"])
DAY = timedelta(days=1)
SHORT = "short"


def adapter(sample: Sample) -> Any:
    return PLATFORMS[sample.channel.platform]


def exchange(sample: Sample, server: Server, *, code: str = "c0de") -> Connected:
    with_it = calls(sample, server)
    [connected] = adapter(sample).exchange(APP, code=code, verifier="v" * 43, calls=with_it)
    known: Connected = connected
    return known


def refresh(sample: Sample, answer: Any) -> Refreshed:
    server = Server({"/refresh_access_token": lambda _: answer})
    fresh: Refreshed = sample.adapter(server).refresh(None)
    return fresh


@BOTH
def test_a_code_becomes_a_token_for_sixty_days(sample: Sample) -> None:
    server = sample.server()
    before = datetime.now(UTC)
    connected = exchange(sample, server, code="c0de#_")
    code, long, me = server.requests
    assert b"code=c0de&" in code.content + b"&"
    assert long.url.params["access_token"] == SHORT
    assert me.headers["authorization"] == f"Bearer {SECRETS[0]}"
    assert connected.expires_at is not None
    assert abs(connected.expires_at - before - 60 * DAY) < timedelta(hours=1)
    assert connected.missing == ()


@BOTH
def test_a_token_stands_in_the_address_of_the_two_requests_that_make_one_of_it(
    sample: Sample,
) -> None:
    server = sample.server()
    exchange(sample, server)
    sample.adapter(server).refresh(None)
    sample.adapter(server).confirm(sample.remote)
    secrets = (SHORT, *SECRETS)
    told = [each.url.path for each in server.requests if any(s in str(each.url) for s in secrets)]
    assert told == ["/access_token", "/refresh_access_token"]


@BOTH
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_was_left_out_is_named_with_what_will_not_work(sample: Sample, wrapped: bool) -> None:  # noqa: FBT001
    first, *others = adapter(sample).scopes
    told = {"access_token": SHORT, "permissions": ",".join((first, *others[1:]))}
    answer = {"data": [told]} if wrapped else told
    server = Server({**sample.answers, "/oauth/access_token": lambda _: answer})
    left_out = others[0]
    assert exchange(sample, server).missing == (
        f"Without the permission {left_out} {adapter(sample).scopes[left_out]}",
    )


@BOTH
def test_without_knowing_whose_it_is_nothing_is_connected(sample: Sample) -> None:
    told = {"access_token": SHORT, "permissions": list(adapter(sample).scopes)[1:]}
    server = Server({**sample.answers, "/oauth/access_token": lambda _: told})
    with pytest.raises(Rejected, match="nobody can tell whose"):
        exchange(sample, server)
    assert len(server.requests) == 1


@BOTH
@pytest.mark.parametrize("at", ["/oauth/access_token", "/access_token"])
def test_a_consent_that_is_refused_is_no_word_on_a_channel(sample: Sample, at: str) -> None:
    refusal = httpx.Response(400, json={"error": {"code": 190, "message": f"{SHORT} is bad"}})
    server = Server({**sample.answers, at: lambda _: refusal})
    with pytest.raises(Rejected, match="does not accept this consent") as raised:
        exchange(sample, server)
    assert SHORT not in str(raised.value)


@BOTH
def test_a_token_is_renewed_for_sixty_days_more(sample: Sample) -> None:
    fresh = refresh(sample, {"access_token": "another", "expires_in": 5_184_000})
    held: Any = fresh.credentials
    assert held.access_token.get_secret_value() == "another"
    assert abs(fresh.expires_at - datetime.now(UTC) - 60 * DAY) < timedelta(minutes=1)


REFUSALS: list[tuple[str, int, Any, type[PublishError]]] = [
    ("dead", 400, {"code": 190, "error_subcode": 463}, NeedsReconnect),
    ("revoked", 400, {"code": 190, "error_subcode": 458}, NeedsReconnect),
    ("of no session", 401, {"code": 102}, NeedsReconnect),
    ("without the permission", 403, {"code": 10}, NeedsReconnect),
    (
        "too young",
        400,
        {"code": 100, "message": "Unsupported request - method type: get"},
        TryLater,
    ),
    ("too young, in other words", 400, {"code": 452}, TryLater),
    ("too young, without a code", 400, "Nope", TryLater),
    ("busy", 400, {"code": 4}, Throttled),
    ("in trouble", 500, {"code": 2, "is_transient": True}, TryLater),
    ("absurd", 200, None, TryLater),
]


@BOTH
@pytest.mark.parametrize(("why", "status", "error", "kind"), REFUSALS, ids=str)
def test_only_what_is_said_of_the_token_needs_a_person(
    sample: Sample, why: str, status: int, error: Any, kind: type[PublishError]
) -> None:
    """A token of less than a day is not renewed, and is as good as before."""
    body = {"error": error} if error else {"access_token": "another", "expires_in": -1}
    with pytest.raises(PublishError) as raised:
        refresh(sample, httpx.Response(status, json=body))
    assert type(raised.value) is kind


@BOTH
def test_tokens_are_renewed_a_fortnight_ahead_and_may_be_asked_for_twice(sample: Sample) -> None:
    facts = adapter(sample).facts
    assert facts.renewed_ahead == 15 * DAY
    assert facts.refresh_grace == 60 * DAY


# ── against the sandboxes ────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["instagram", "threads"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as sandbox:
        sandbox.control.create_account("bakery", display_name="Acme Bakery")
        yield sandbox


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Calls]:
    facts = PLATFORMS[sandbox.name].facts
    stated = {name: setting.value for name, setting in facts.settings.items()}
    with httpx.Client(trust_env=False) as http:
        yield Calls(http, sandbox.hosts, settings=stated)


REGISTERED = Registration(CLIENT_ID, SecretStr(CLIENT_SECRET), CALLBACK)


def consented(sandbox: Sandbox, line: Calls, **allowing: Any) -> dict[str, str]:
    platform: Any = PLATFORMS[sandbox.name]
    address = platform.authorise_address(REGISTERED, state="s" * 43, challenge="c", calls=line)
    return allowed(address, **allowing)


def let_in(sandbox: Sandbox, line: Calls, query: dict[str, str]) -> Connected:
    platform: Any = PLATFORMS[sandbox.name]
    [connected] = platform.exchange(REGISTERED, code=query["code"], verifier="v", calls=line)
    known: Connected = connected
    return known


def test_an_owner_says_yes_and_lets_us_in(sandbox: Sandbox, line: Calls) -> None:
    query = consented(sandbox, line)
    assert query["state"] == "s" * 43
    connected = let_in(sandbox, line, query)
    assert (connected.handle, connected.name) == ("bakery", "Acme Bakery")
    assert connected.missing == ()
    with pytest.raises(Rejected):
        let_in(sandbox, line, query)


def test_a_token_is_renewed_from_its_second_day_on(sandbox: Sandbox, line: Calls) -> None:
    platform: Any = PLATFORMS[sandbox.name]
    connected = let_in(sandbox, line, consented(sandbox, line))
    known = channel(sandbox.name, remote_id=connected.remote_id, handle=connected.handle)
    with pytest.raises(TryLater, match="does not renew this token yet"):
        platform(known, connected.credentials, line).refresh(None)
    sandbox.control.advance(seconds=DAY.total_seconds())
    fresh = platform(known, connected.credentials, line).refresh(None)
    assert fresh.credentials != connected.credentials
    sandbox.control.advance(seconds=59 * DAY.total_seconds())
    with pytest.raises(NeedsReconnect):
        platform(known, connected.credentials, line).refresh(None)
    assert platform(known, fresh.credentials, line).refresh(None).expires_at
