"""What happens to posts on the X sandbox: what is refused, and what is kept.

https://docs.x.com/x-api/posts/create-post
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.answers import Refusal
from local.sandboxes.x import text as texts
from local.sandboxes.x.problems import (
    BAD_MEDIA,
    COPY,
    NOT_PERMITTED,
    NOT_SUMMONED,
    OUT_OF_SIGHT,
    forbidden,
    invalid,
    not_found,
)
from local.sandboxes.x.state import Account, Link, Media, Post, State

SHORT, LONG = 280, 25_000
KNOWN = {
    "text",
    "media",
    "reply",
    "reply_settings",
    "poll",
    "made_with_ai",
    "paid_partnership",
    "community_id",
}
NOT_SPOKEN = {"quote_tweet_id", "edit_options", "geo", "for_super_followers_only", "nullcast"}
CHOICES = ("reply_settings", "made_with_ai", "paid_partnership", "community_id")
WHO_MAY_ANSWER = {"following", "mentionedUsers", "subscribers", "verified"}


@dataclass(frozen=True)
class Arrival:
    """When a request came, and when it is acted on."""

    received_at: datetime
    now: datetime


def create(state: State, author: Account, given: dict[str, Any], arrival: Arrival) -> Post:
    """Checked whole before anything is kept."""
    _check_shape(given)
    text = str(given.get("text", ""))
    media = _find_media(state, author, given, arrival.now)
    poll = _read_poll(given, with_media=bool(media))
    if not text.strip() and not media:
        raise invalid("A text or media is needed.")
    if texts.weigh(text) > (LONG if author.subscription != "None" else SHORT):
        raise forbidden(NOT_PERMITTED)
    if texts.cashtags(text) > 1:
        raise forbidden("Posts are limited to a maximum of 1 cashtag.")
    above = _find_above(state, author, given)
    _refuse_copies(state, author, text, above, arrival.now)
    post = keep(
        state,
        author,
        text,
        above=above,
        arrival=arrival,
        media_ids=tuple(item.id for item in media),
        poll=poll,
        choices={name: given[name] for name in CHOICES if name in given},
    )
    for item in media:
        state.media[item.id] = item.model_copy(update={"post_id": post.id})
    return post


def keep(
    state: State,
    author: Account,
    text: str,
    *,
    arrival: Arrival,
    above: Post | None = None,
    media_ids: tuple[str, ...] = (),
    **facts: Any,
) -> Post:
    """What people do by hand is not held to the API's rules."""
    post_id = state.new_id(arrival.now)
    named = (state.find_account(name) for name in texts.mentioned(text))
    mentions = [account.id for account in named if account]
    if above and above.account_id != author.id:
        mentions.insert(0, above.account_id)
    links = [
        Link(written=link, short=texts.shorten(link, for_post=post_id))
        for link in dict.fromkeys(texts.links(text))
    ]
    links += [
        Link(written="", short=texts.shorten(each, for_post=post_id), media_id=each)
        for each in media_ids[:1]
    ]
    post = Post(
        id=post_id,
        account_id=author.id,
        text=text,
        links=tuple(links),
        media_ids=media_ids,
        mentions=tuple(dict.fromkeys(mentions)),
        answers=above.id if above else None,
        conversation_id=above.conversation_id if above else post_id,
        created_at=arrival.now,
        received_at=arrival.received_at,
        **facts,
    )
    state.posts[post.id] = post
    return post


def delete(state: State, author: Account, post_id: str) -> None:
    post = state.find_post(post_id)
    if post is None:
        raise not_found(f"tweet with id: [{post_id}]")
    if post.account_id != author.id:
        raise forbidden("You are not authorized to delete this Tweet.")
    state.posts[post_id] = post.model_copy(update={"deleted": True})


def _check_shape(given: dict[str, Any]) -> None:
    if NOT_SPOKEN & set(given):
        raise Refusal(501, {"title": "Not Implemented", "detail": "not spoken by this sandbox"})
    if unknown := set(given) - KNOWN:
        raise invalid(f"[{', '.join(sorted(unknown))}] is not expected.")
    if not isinstance(given.get("text", ""), str):
        raise invalid("The text must be a text.")
    if given.get("reply_settings", "following") not in WHO_MAY_ANSWER:
        raise invalid("The reply_settings are not one of those there are.")
    if "reply" in given and {"reply_settings", "community_id"} & set(given):
        raise invalid("An answer has neither reply_settings nor a community_id.")
    if not all(isinstance(given.get(n, False), bool) for n in ("made_with_ai", "paid_partnership")):
        raise invalid("made_with_ai and paid_partnership are true or false.")
    if not str(given.get("community_id", "1")).isdigit():
        raise invalid("The community_id must be a number.")


def _find_media(state: State, author: Account, given: dict[str, Any], now: datetime) -> list[Media]:
    if "media" not in given:
        return []
    ids = given["media"].get("media_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 4 or set(given["media"]) - {"media_ids"}:
        raise invalid("1 to 4 media_ids are needed.")
    found = [state.usable(str(each), author, now) for each in ids]
    media = [each for each in found if each and each.stage == "ready" and each.post_id is None]
    if len(media) < len(ids):
        raise Refusal(400, {"errors": [{"message": BAD_MEDIA}], "title": "Invalid Request"})
    if len(media) > 1 and any(each.category != "tweet_image" for each in media):
        raise forbidden(NOT_PERMITTED)
    return media


def _read_poll(given: dict[str, Any], *, with_media: bool) -> tuple[str, ...]:
    if "poll" not in given:
        return ()
    poll = given["poll"]
    options, minutes = poll.get("options"), poll.get("duration_minutes")
    if set(poll) - {"options", "duration_minutes"} or not isinstance(options, list):
        raise invalid("A poll has options and duration_minutes.")
    fit = 2 <= len(options) <= 4 and all(1 <= len(str(each)) <= 25 for each in options)
    if not fit or not isinstance(minutes, int) or not 5 <= minutes <= 10_080:
        raise invalid("A poll has 2 to 4 options of 25 characters, and lasts 5 to 10080 minutes.")
    if with_media:
        raise invalid("A poll and media do not go together.")
    return tuple(str(each) for each in options)


def _find_above(state: State, author: Account, given: dict[str, Any]) -> Post | None:
    """What it answers, if its author may."""
    if "reply" not in given:
        return None
    unknown = set(given["reply"]) - {"in_reply_to_tweet_id", "exclude_reply_user_ids"}
    wanted = given["reply"].get("in_reply_to_tweet_id")
    if unknown or not isinstance(wanted, str) or not wanted.isdigit():
        raise invalid("An answer needs an in_reply_to_tweet_id.")
    above = state.find_post(wanted)
    if above is None:
        raise forbidden(OUT_OF_SIGHT)
    settings, own = state.settings, above.account_id == author.id
    summoned = author.id in above.mentions or _quotes(state, above, author)
    if settings.summon_rule and not summoned and not (own and not settings.summons_threads):
        raise forbidden(NOT_SUMMONED)
    return above


def _quotes(state: State, post: Post, whom: Account) -> bool:
    quoted = state.posts.get(post.quotes or "")
    return quoted is not None and quoted.account_id == whom.id


def _refuse_copies(
    state: State, author: Account, text: str, above: Post | None, now: datetime
) -> None:
    since = now - timedelta(seconds=state.settings.repeats_refused_seconds)
    for other in state.standing_posts():
        beside = other.account_id == author.id and other.answers == (above.id if above else None)
        alike = text.strip() and texts.as_copied(other.text) == texts.as_copied(text)
        if beside and alike and other.created_at > since:
            raise forbidden(COPY)
