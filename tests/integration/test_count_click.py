"""Counting clicks: people, once each, and nothing that tells who they were."""

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from functions.count_click.handler import handler
from tellal import wiring
from tellal.channels import Channel
from tellal.config import settings
from tellal.counting.bots import is_bot
from tellal.counting.clicks import LATEST, MOST_A_MINUTE, Click, ClickCounter, Outcome
from tellal.errors import BadMessage
from tellal.links import Link
from tellal.stores import schema
from tellal.stores.links import ClickStore, LinkStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Table, transact
from tests.conftest import TEN, Network
from tests.integration.clicks import CHROME, click_on, link_in

FIRST = date(2026, 1, 1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def count(told: Mapping[str, Any], *, now: datetime = TEN) -> Outcome:
    return wiring.click_counter().count(Click.model_validate(told), now=now)


def numbers(link: Link, day: date = FIRST) -> tuple[int, int]:
    """Visits and visitors of its delivery on that day."""
    row = wiring.clicks().get(link.delivery_id, day)
    return (row.visits, row.visitors) if row else (0, 0)


def visits(link: Link) -> int:
    found = wiring.links().get(link.code)
    assert found is not None
    return found.visits


@pytest.fixture
def link(mastodon_channel: Channel) -> Link:
    return link_in(mastodon_channel)


@pytest.mark.usefixtures("network")
def test_a_click_is_counted_once_however_often_lambda_tells_of_it(
    link: Link, event: Callable[[str], Any], context: Any
) -> None:
    told = event("count_click/a_click") | {"code": link.code, "request_id": link.code}
    for _ in range(3):
        handler(told, context)
    assert numbers(link) == (1, 1)
    assert visits(link) == 1


def test_somebody_who_comes_again_is_the_same_visitor_until_midnight_there(link: Link) -> None:
    for hours in (0, 1, 2):
        assert count(click_on(link, TEN + hours * HOUR)) is Outcome.COUNTED
    assert numbers(link) == (3, 1)
    midnight = datetime.fromisoformat("2026-01-02T00:00+03:00")
    count(click_on(link, midnight - MINUTE))
    count(click_on(link, midnight), now=midnight)
    assert numbers(link) == (4, 1)
    assert numbers(link, date(2026, 1, 2)) == (1, 1)
    assert visits(link) == 5


def test_others_are_other_visitors(link: Link) -> None:
    count(click_on(link))
    count(click_on(link, address="203.0.113.8"))
    count(click_on(link, agent=CHROME.replace("140", "141")))
    assert numbers(link) == (3, 3)


def test_one_person_on_two_links_of_a_delivery_is_one_visitor(
    link: Link, mastodon_channel: Channel
) -> None:
    other = link_in(mastodon_channel, "https://b.example/", delivery_id=link.delivery_id)
    count(click_on(link))
    count(click_on(other))
    assert numbers(link) == (2, 1)
    assert (visits(link), visits(other)) == (1, 1)


def test_days_are_the_workspaces_when_the_link_was_made(mastodon_channel: Channel) -> None:
    late = datetime.fromisoformat("2026-01-01T22:30:00+00:00")
    here, there = (link_in(mastodon_channel, zone=zone) for zone in ("Europe/Istanbul", "UTC"))
    for each in (here, there):
        count(click_on(each, late), now=late)
    assert numbers(here, date(2026, 1, 2)) == (1, 1)
    assert numbers(there, FIRST) == (1, 1)


def test_nothing_is_kept_that_tells_who_it_was(link: Link) -> None:
    count(click_on(link, address="203.0.113.77"))
    dynamodb = wiring.aws("dynamodb")
    tables = (settings().tables[each.name] for each in schema.TABLES)
    rows = [row for name in tables for row in dynamodb.scan(TableName=name)["Items"]]
    text = str(rows)
    assert link.delivery_id in text
    assert "203.0.113.77" not in text
    assert "Chrome" not in text


def test_a_salt_is_one_workspaces_one_days_and_runs_out_with_it(link: Link) -> None:
    def salt(day: str, now: datetime) -> str | None:
        row = wiring.once().get("salt", f"{link.workspace_id}#{day}", now=now)
        return str(row["salt"]) if row else None

    count(click_on(link))
    count(click_on(link, TEN + 24 * HOUR), now=TEN + 24 * HOUR)
    first, second = salt("2026-01-01", TEN), salt("2026-01-02", TEN + 24 * HOUR)
    assert first is not None
    assert second is not None
    assert first != second
    ends = datetime.fromisoformat("2026-01-02T00:00+03:00") + LATEST
    assert salt("2026-01-01", ends - MINUTE) == first
    assert salt("2026-01-01", ends) is None


def test_a_log_line_holds_no_address(
    link: Link, context: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Powertools writes every attribute of a record that is its caller's."""
    handler(click_on(link, address="203.0.113.77"), context)
    with pytest.raises(BadMessage):
        handler(click_on(link, address="203.0.113.77") | {"at": "yesterday"}, context)
    said = str([(each.__dict__, each.exc_text) for each in caplog.records])
    assert link.code in said
    assert "not a click" in said
    assert "203.0.113.77" not in said
    assert "Chrome" not in said


def test_a_link_that_there_is_not_counts_nothing(link: Link) -> None:
    assert count(click_on(link, code="0123456789zz")) is Outcome.NO_LINK
    assert numbers(link) == (0, 0)


# ── bots ─────────────────────────────────────────────────────────────────────────────────────────

BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "TelegramBot (like TwitterBot)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
    "Mastodon/4.5.0 (http.rb/5.1.1; +https://mastodon.example/)",
    "Akkoma 3.0; https://a.example <a@a.example>",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "curl/8.0.1",
    "python-requests/2.32",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
    "",
    " ",
]
PEOPLE = [
    CHROME,
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Instagram 300.0",
    "Mozilla/5.0 (Linux; Android 13) Chrome/110 Mobile musical_ly BytedanceWebview/d8a21c6",
    "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/100 Safari/537.36",
]


@pytest.mark.parametrize("agent", BOTS)
def test_who_says_that_it_is_a_bot_is_one(agent: str) -> None:
    assert is_bot(method="GET", agent=agent, purpose="")


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_and_apps_are_people(agent: str) -> None:
    assert not is_bot(method="GET", agent=agent, purpose="")


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "preview", "Prefetch"])
def test_a_page_that_nobody_asked_for_yet_is_no_visit(purpose: str, link: Link) -> None:
    assert count(click_on(link, purpose=purpose)) is Outcome.BOT
    assert count(click_on(link, method="HEAD")) is Outcome.BOT
    assert count(click_on(link, agent="Twitterbot/1.0")) is Outcome.BOT
    assert numbers(link) == (0, 0)
    assert visits(link) == 0


def test_nobody_follows_so_many_links_in_a_minute(link: Link, mastodon_channel: Channel) -> None:
    """On whichever links of the workspace; the next minute it may be a person again."""
    other = link_in(mastodon_channel)
    outcomes = [
        count(click_on(each)) for each in itertools.islice(itertools.cycle((link, other)), 14)
    ]
    assert outcomes == [Outcome.COUNTED] * MOST_A_MINUTE + [Outcome.BOT] * 4
    assert numbers(link)[0] + numbers(other)[0] == MOST_A_MINUTE
    assert count(click_on(link, address="203.0.113.8")) is Outcome.COUNTED
    assert count(click_on(link, TEN + MINUTE)) is Outcome.COUNTED


# ── at once, and killed ──────────────────────────────────────────────────────────────────────────


def test_many_at_once_are_all_counted_once(link: Link, network: Network) -> None:
    people = [click_on(link, address=f"203.0.113.{number}") for number in range(6)]
    counter = wiring.click_counter()  # made before there are threads

    def tell(told: Mapping[str, Any]) -> None:
        counter.count(Click.model_validate(told), now=TEN)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, [*people, *people]))
    assert numbers(link) == (6, 6)
    assert visits(link) == 6


class Killed(BaseException):
    pass


class Dying:
    """A client whose process dies before or after its n-th call."""

    def __init__(self, client: Any, *, at: int, after: bool) -> None:
        self._client, self._left, self._after = client, at, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**asked: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Killed
            answer = getattr(self._client, name)(**asked)
            if self._left == 0:
                raise Killed
            return answer

        return call


def counter_with(client: Any) -> ClickCounter:
    def table(which: schema.Table) -> Table:
        return Table(client, which, settings().tables[which.name])

    return ClickCounter(
        links=LinkStore(table(schema.LINKS)),
        clicks=ClickStore(table(schema.CLICKS)),
        once=OnceStore(table(schema.ONCE)),
        transact=partial(transact, client),
        wait=lambda seconds: None,
    )


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_count_that_is_killed_at_any_call_counts_once_when_it_is_asked_again(
    link: Link, at: int, *, after: bool
) -> None:
    """A first click makes five calls: the link, the salt and its drawing, what is known, and all
    that is written."""
    told = Click.model_validate(click_on(link))
    dying = counter_with(Dying(wiring.aws("dynamodb"), at=at, after=after))
    with pytest.raises(Killed):
        dying.count(told, now=TEN)
    for _ in range(2):
        count(told.model_dump(), now=TEN + MINUTE)
    assert numbers(link) == (1, 1)
    assert visits(link) == 1
