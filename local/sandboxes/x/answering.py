"""Direct messages, and what an account hides below its posts, in the X sandbox."""

from typing import Any

from local.sandboxes.clock import spell
from local.sandboxes.x.posts import Arrival
from local.sandboxes.x.problems import NOT_PERMITTED, forbidden, invalid, not_found
from local.sandboxes.x.state import Account, Post, State

LENGTH = 10_000


def hide(state: State, account: Account, post_id: str, given: dict[str, Any]) -> bool:
    """An answer, in a conversation that the account itself began."""
    if set(given) != {"hidden"} or not isinstance(given["hidden"], bool):
        raise invalid("The body is to say whether it is `hidden`, and nothing else.")
    post = state.find_post(post_id)
    if post is None:
        raise not_found(f"tweet with id: [{post_id}]")
    root = state.posts.get(post.conversation_id)
    if post.answers is None or root is None or root.account_id != account.id:
        raise forbidden(NOT_PERMITTED)
    state.posts[post.id] = post.model_copy(update={"hidden": given["hidden"]})
    return bool(given["hidden"])


def write(
    state: State, account: Account, person: str, given: dict[str, Any], arrival: Arrival
) -> Post:
    """To whoever wrote to the account: others it is not let through to."""
    text = given.get("text", "")
    if set(given) != {"text"} or not 0 < len(text) <= LENGTH:
        raise invalid("The body is to have a `text` of at most 10000 characters.")
    if person not in state.accounts:
        raise not_found(f"user with id: [{person}]")
    between = conversation_of(account.id, person)
    letters = (p for p in state.posts.values() if p.is_private and p.conversation_id == between)
    theirs = [each for each in letters if each.account_id == person]
    if not theirs:
        raise forbidden("You cannot send messages to this user.")
    return keep(state, account, text, between, above=theirs[-1].id, arrival=arrival)


def keep(
    state: State, who: Account, text: str, between: str, *, above: str | None, arrival: Arrival
) -> Post:
    made = Post(
        id=state.new_id(arrival.now),
        account_id=who.id,
        text=text,
        answers=above,
        conversation_id=between,
        is_private=True,
        created_at=arrival.now,
        received_at=arrival.received_at,
    )
    state.posts[made.id] = made
    return made


def events(state: State, account: Account) -> list[Post]:
    """What was written to the account and by it, the newest first."""
    letters = (each for each in state.posts.values() if each.is_private)
    found = [each for each in letters if account.id in each.conversation_id.split("-")]
    return found[::-1]


def shown(letter: Post) -> dict[str, Any]:
    return {
        "id": letter.id,
        "event_type": "MessageCreate",
        "text": letter.text,
        "sender_id": letter.account_id,
        "dm_conversation_id": letter.conversation_id,
        "created_at": spell(letter.created_at),
    }


def conversation_of(one: str, other: str) -> str:
    return "-".join(sorted((one, other), key=int))
