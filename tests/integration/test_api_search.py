"""Finding conversations: each criterion by itself, all together, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tests.integration.api_calls import Call

NOW = clock.now()
DAY = timedelta(days=1)


def hear(channel: Channel, who: str, thread: int, text: str = "Hello", *, days: int = 1) -> None:
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=f"{who}-{thread}-{text}",
        kind=MessageKind.MENTION,
        author=Author(remote_id=who, handle=who),
        text=text,
        sent_at=NOW - days * DAY,
        thread=str(thread),
    )
    wiring.inbox().store(channel, heard, now=clock.now())


def find(call: Call, key: str, **query: Any) -> list[str]:
    """Who the found ones are with, page after page; every page keeps to its limit."""
    found: list[str] = []
    query = {name: str(value) for name, value in query.items()}
    while True:
        page = call("GET", "/conversations", key=key, query=query)
        assert page.status == 200, page.text
        assert len(page.json["items"]) <= int(query.get("limit", 50))
        found += [each["author"]["handle"] for each in page.json["items"]]
        if page.json["cursor"] is None:
            return found
        query["cursor"] = page.json["cursor"]


def conversation(call: Call, key: str, who: str) -> Any:
    listed = call("GET", "/conversations", key=key).json["items"]
    return next(each for each in listed if each["author"]["handle"] == who)


def change(call: Call, key: str, who: str, **what: Any) -> None:
    seen = conversation(call, key, who)
    body = {"version": seen["version"], **what}
    at = f"/conversations/{seen['conversation_id']}"
    assert call("PATCH", at, key=key, body=body).status == 200


@pytest.fixture
def people(call: Call, admin: str, mastodon_channel: Channel) -> list[str]:
    """Five, the one who wrote last first."""
    names = ["ali", "banu", "can", "deniz", "elif"]
    for number, who in enumerate(names):
        hear(mastodon_channel, who, number, f"Where is my order {number}?", days=number + 1)
    return names


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_by_state_and_time_page_by_page(
    call: Call, admin: str, people: list[str], limit: int
) -> None:
    assert find(call, admin, limit=limit) == people
    since, until = (clock.text(NOW - days * DAY) for days in (4, 2))
    assert find(call, admin, since=since, until=until, limit=limit) == people[1:4]
    change(call, admin, "can", state="closed")
    assert find(call, admin, state="closed", limit=limit) == ["can"]
    assert find(call, admin, limit=limit) == ["ali", "banu", "deniz", "elif"]


def test_what_comes_at_the_same_moment_is_found_once_each(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    names = {f"p{number}" for number in range(7)}
    for number, who in enumerate(sorted(names)):
        hear(mastodon_channel, who, number)
    found = find(call, admin, limit=2)
    assert (len(found), set(found)) == (7, names)


@pytest.mark.parametrize("limit", [1, 50])
def test_by_tag_in_any_spelling_and_not_when_it_is_gone(
    call: Call, admin: str, people: list[str], limit: int
) -> None:
    change(call, admin, "banu", tags=["Late Delivery", "vip"])
    change(call, admin, "elif", tags=["late delivery"])
    assert set(find(call, admin, tag=" LATE  delivery", limit=limit)) == {"banu", "elif"}
    change(call, admin, "banu", tags=["vip"])
    assert find(call, admin, tag="late delivery", limit=limit) == ["elif"]
    assert find(call, admin, tag="vip", state="closed", limit=limit) == []
    assert find(call, admin, tag="nothing", limit=limit) == []


def test_by_assignee_together_with_a_tag_a_state_and_a_time(
    call: Call, admin: str, people: list[str]
) -> None:
    given = {"name": "Mo", "role": "moderator"}
    member = call("POST", "/members", key=admin, body=given).json["member_id"]
    for who in ("ali", "can", "elif"):
        change(call, admin, who, assignee=member, tags=["vip"] if who != "ali" else [])
    change(call, admin, "can", state="waiting")
    assert set(find(call, admin, assignee=member)) == {"ali", "can", "elif"}
    assert find(call, admin, assignee=member, state="waiting") == ["can"]
    assert set(find(call, admin, assignee=member, tag="vip")) == {"can", "elif"}
    since = clock.text(NOW - 3 * DAY)
    assert set(find(call, admin, assignee=member, since=since)) == {"ali", "can"}


@pytest.mark.parametrize("limit", [1, 50])
def test_what_is_nobodys(call: Call, admin: str, people: list[str], limit: int) -> None:
    given = {"name": "Mo", "role": "moderator"}
    member = call("POST", "/members", key=admin, body=given).json["member_id"]
    for who in ("ali", "can"):
        change(call, admin, who, assignee=member)
    change(call, admin, "elif", tags=["vip"])
    assert find(call, admin, unassigned=True, limit=limit) == ["banu", "deniz", "elif"]
    assert find(call, admin, unassigned=True, tag="vip", limit=limit) == ["elif"]
    assert find(call, admin, unassigned=True, state="closed", limit=limit) == []
    both = {"unassigned": "true", "assignee": member}
    reply = call("GET", "/conversations", key=admin, query=both)
    assert (reply.status, list(reply.broken)) == (422, ["unassigned"])


def test_by_person_across_their_channels(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> None:
    for number in range(3):
        hear(mastodon_channel, "ayse", number)
    hear(bluesky_channel, "ayse.bsky", 9)
    hear(bluesky_channel, "mehmet", 10)
    ids = {who: conversation(call, admin, who)["contact_id"] for who in ("ayse", "ayse.bsky")}
    assert find(call, admin, contact_id=ids["ayse"], limit=2) == ["ayse"] * 3
    join = {"contact_id": ids["ayse.bsky"]}
    call("POST", f"/contacts/{ids['ayse']}/join", key=admin, body=join)
    for each in ids.values():
        found = find(call, admin, contact_id=each, limit=2)
        assert sorted(found) == ["ayse"] * 3 + ["ayse.bsky"]


def test_by_words_in_what_was_said_in_any_case_and_order(
    call: Call, admin: str, people: list[str], mastodon_channel: Channel
) -> None:
    assert find(call, admin, words="ORDER where", limit=2) == people
    assert find(call, admin, words="order 3") == ["deniz"]
    assert find(call, admin, words="order parcel") == []
    hear(mastodon_channel, "banu", 1, "Not my ORDER again", days=0)
    assert find(call, admin, words="order") == ["banu", "ali", "can", "deniz", "elif"]
    change(call, admin, "ali", state="closed")
    assert find(call, admin, words="order", state="closed") == ["ali"]
    place = f"/conversations/{conversation(call, admin, 'can')['conversation_id']}/notes"
    call("POST", place, key=admin, body={"text": "An old friend of the house"})
    assert find(call, admin, words="old friend") == ["can"]


def test_words_older_than_a_year_are_not_found(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    hear(mastodon_channel, "old", 1, "A parcel", days=366)
    hear(mastodon_channel, "new", 2, "A parcel", days=364)
    assert find(call, admin, words="parcel") == ["new"]
    long_ago = clock.text(NOW - 800 * DAY)
    assert find(call, admin, words="parcel", since=long_ago) == ["new"]


def test_a_workspace_finds_its_own(
    call: Call, admin: str, elsewhere: str, people: list[str]
) -> None:
    change(call, admin, "ali", tags=["vip"])
    assert find(call, elsewhere, words="order") == find(call, elsewhere, tag="vip") == []
    contact = conversation(call, admin, "ali")["contact_id"]
    reply = call("GET", "/conversations", key=elsewhere, query={"contact_id": contact})
    assert (reply.status, list(reply.broken)) == (422, ["contact_id"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "done"}, "state"),
        ({"words": "x"}, "words"),
        ({"words": "x" * 201}, "words"),
        ({"tag": " "}, "tag[0]"),
        ({"contact_id": "con_nobody"}, "contact_id"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"limit": "101"}, "limit"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_by_its_field(
    call: Call, admin: str, query: dict[str, str], field: str
) -> None:
    reply = call("GET", "/conversations", key=admin, query=query)
    assert (reply.status, list(reply.broken)) == (422, [field])
