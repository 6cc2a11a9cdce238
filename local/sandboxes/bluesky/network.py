"""What the network makes of the records: who is told of which, and which belong together.

The AppView tells each person once of a post, for the first reason that holds: a mention, a quote,
then an answer to them, up to five posts up the thread.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from local.sandboxes.bluesky.state import (
    FOLLOW,
    LIKE,
    POST,
    REPOST,
    Notification,
    Reason,
    Record,
    State,
)

ANSWERS_TOLD = 5
MENTION = "app.bsky.richtext.facet#mention"


@dataclass(frozen=True)
class Counts:
    """How often each post was liked, reposted, answered and quoted."""

    likes: Counter[str]
    reposts: Counter[str]
    replies: Counter[str]
    quotes: Counter[str]


def count(state: State) -> Counts:
    posts = state.standing_records(POST)
    return Counts(
        likes=Counter(r.value["subject"]["uri"] for r in state.standing_records(LIKE)),
        reposts=Counter(r.value["subject"]["uri"] for r in state.standing_records(REPOST)),
        replies=Counter(parent for post in posts if (parent := parent_of(post))),
        quotes=Counter(quoted for post in posts if (quoted := quoted_by(post))),
    )


def announce(state: State, record: Record) -> None:
    """Tells whoever a new record concerns."""
    told = {record.did}
    for did, reason, subject in _concerned(state, record):
        if did in told or did not in state.accounts:
            continue
        told.add(did)
        notification = Notification(
            number=len(state.notifications) + 1,
            did=did,
            reason=reason,
            subject=subject,
            uri=record.uri,
            indexed_at=record.indexed_at,
        )
        state.notifications.append(notification)


def parent_of(post: Record) -> str | None:
    reply = post.value.get("reply")
    return str(reply["parent"]["uri"]) if reply else None


def quoted_by(post: Record) -> str | None:
    embed = post.value.get("embed") or {}
    if embed.get("$type") != "app.bsky.embed.record":
        return None
    return str(embed["record"]["uri"])


def owner_of(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]


def _concerned(state: State, record: Record) -> Iterator[tuple[str, Reason, str | None]]:
    match record.collection:
        case "app.bsky.feed.post":
            yield from _concerned_by_post(state, record)
        case "app.bsky.feed.like":
            subject = record.value["subject"]["uri"]
            yield owner_of(subject), "like", subject
        case "app.bsky.feed.repost":
            subject = record.value["subject"]["uri"]
            yield owner_of(subject), "repost", subject
        case "app.bsky.graph.follow":
            yield record.value["subject"], "follow", None


def _concerned_by_post(state: State, post: Record) -> Iterator[tuple[str, Reason, str | None]]:
    for facet in post.value.get("facets", []):
        for feature in facet["features"]:
            if feature["$type"] == MENTION:
                yield feature["did"], "mention", None
    if quoted := quoted_by(post):
        yield owner_of(quoted), "quote", quoted
    above = parent_of(post)
    for _ in range(ANSWERS_TOLD):
        parent = state.find_record(above) if above else None
        if parent is None:
            return
        yield parent.did, "reply", parent.uri
        above = parent_of(parent)


def followers(state: State, did: str) -> int:
    return sum(record.value["subject"] == did for record in state.standing_records(FOLLOW))


def follows(state: State, did: str) -> int:
    return sum(record.did == did for record in state.standing_records(FOLLOW))
