"""Conversations: the inbox as it is listed and worked on; `answering` is how it is answered."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.contacts import contacts_named
from tellal.api.deliveries import TroubleShown, trouble_shown
from tellal.api.fields import Id, Instant
from tellal.api.members import member_named
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.routes import Routes
from tellal.audit import Entry, Who, entry
from tellal.clock import Moment
from tellal.conversations import (
    Author,
    Conversation,
    ConversationState,
    Direction,
    Message,
    MessageKind,
    Play,
    Priority,
)
from tellal.deliveries import Delivery, State
from tellal.errors import Broken, Conflict, NotFound, Unacceptable
from tellal.inbox import changes, clocks, work
from tellal.inbox.answering import Offer, offers
from tellal.inbox.search import Due, Wanted
from tellal.inbox.writing import Writing
from tellal.language import Language, Sentiment
from tellal.platforms import PLATFORMS
from tellal.posts import Frozen
from tellal.stores.table import Item

routes = Routes("Conversations")

Version = Annotated[int, Field(ge=0, description="Of the conversation, as it was read")]


class ConversationShown(Frozen):
    conversation_id: str
    channel_id: str
    platform: str
    kind: MessageKind
    author: Author
    contact_id: str
    state: ConversationState
    snoozed_until: Moment | None
    assignee: str | None
    tags: tuple[str, ...]
    priority: Priority
    excerpt: str
    sentiment: Sentiment  # of their last message
    asks: bool
    unanswered: int
    url: str | None
    last_message_at: Moment
    answer_due_at: Moment | None  # None: nobody waits for us, or nothing is promised
    at_risk_at: Moment | None  # when 80 % of the time for it is gone
    created_at: Moment
    version: int


class HowItFares(Frozen):
    """Of an answer that `failed` or was `cancelled` they have heard nothing."""

    state: State
    trouble: TroubleShown | None


class MessageShown(Frozen):
    message_id: str
    direction: Direction
    kind: MessageKind
    author: Author | None  # of theirs
    by: Who | None  # of ours
    text: str
    language: Language
    sentiment: Sentiment
    asks: bool  # there is a question in it
    sent_at: Moment
    url: str | None
    media_urls: tuple[str, ...]
    edited_at: Moment | None
    removed_at: Moment | None
    liked_at: Moment | None  # by us, from here
    hidden_at: Moment | None
    offers: tuple[Offer, ...]  # what can be done with it from here
    delivery_id: str | None
    delivery: HowItFares | None  # of an answer of ours


class CausingPost(Frozen):
    """What of ours they speak about."""

    delivery_id: str
    post_id: str | None
    url: str | None


class ConversationWithMessages(ConversationShown):
    post: CausingPost | None  # None: it is about none, or one that was not published from here
    writing: Writing | None  # who is writing an answer now, if anybody
    plays: tuple[Play, ...]  # of the playbook, those that fit
    messages: Listing[MessageShown]  # the newest first


class ConversationChange(Frozen):
    """What is not given stays. `assignee` null is nobody; `tags` are given whole."""

    version: Version
    state: ConversationState | None = None
    snoozed_until: Instant | None = None
    assignee: Id | None = None
    tags: Annotated[tuple[str, ...], Field(max_length=100)] | None = None
    priority: Priority | None = None


class Corrected(Frozen):
    """What is not given stays."""

    language: Language | None = None
    sentiment: Sentiment | None = None


class EntryShown(Frozen):
    at: Moment
    by: Who
    what: str
    before: dict[str, Any]
    after: dict[str, Any]


@routes("GET", "/conversations", needs=Permission.CONVERSATIONS_READ, summary="List conversations")
def list_conversations(
    asked: Asking,
    *,
    state: Annotated[ConversationState | None, Query()] = None,
    contact_id: Annotated[
        Id | None, Query(description="With a person: any of their contacts")
    ] = None,
    tag: Annotated[str | None, Query(max_length=work.LONGEST_TAG)] = None,
    assignee: Annotated[Id | None, Query(description="A member")] = None,
    unassigned: Annotated[bool, Query(description="Nobody's")] = False,
    due: Annotated[Due | None, Query(description="An answer is owed, by when is another")] = None,
    words: Annotated[
        str | None,
        Query(min_length=2, max_length=200, description="All of them in one message or note"),
    ] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[ConversationShown]:
    """The open ones by their last message, if nothing else is asked; with a person, a tag, an
    assignee, words or `due`, those of every state, unless one is given. `unassigned` are nobody's
    of them.

    Of a person, with a tag or of an assignee they come by when they began, and `since` and `until`
    are of their last message. With `due` and none of those the soonest due come first. With `words`
    they come by the message that has them all (in any case, also inside of longer words), of the
    last 12 months only, and `since` and `until` are of that message. A request looks at 1,000 rows
    at most, at 2,000 messages for words: a page can have fewer than `limit`, even none, and a
    cursor all the same; go on until there is none. For words a later page can show a conversation
    again."""
    bounds(limit, cursor, since, until)
    if unassigned and assignee is not None:
        raise Unacceptable(Broken("unassigned", "cannot be asked together with an assignee"))
    leads = contact_id or tag or assignee or words or due
    wanted = Wanted(
        workspace_id=asked.workspace_id,
        state=state or (None if leads else ConversationState.OPEN),
        contact_ids=contacts_named(contact_id, asked) if contact_id else (),
        tag=work.tags([tag], field="tag")[0] if tag is not None else None,
        assignee=assignee,
        unassigned=unassigned,
        words=words or "",
        due=due,
        now=asked.now,
        since=since,
        until=until,
    )
    found_ = wiring.search().page(wanted, limit=limit, cursor=cursor, now=asked.now)
    return Listing(items=tuple(shown(each) for each in found_.conversations), cursor=found_.cursor)


@routes(
    "GET",
    "/conversations/<conversation_id>",
    needs=Permission.CONVERSATIONS_READ,
    summary="Show a conversation",
)
def show_conversation(
    conversation_id: str, asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> ConversationWithMessages:
    """With a page of its messages, notes among them, the post it is about, who is writing, and what
    the playbook says of its like."""
    conversation = ours(conversation_id, asked)
    store = wiring.messages()
    page = store.of_conversation(conversation_id, **bounds(limit, cursor))
    said = {item["message_id"]: store.value(item) for item in page.items}
    deliveries = deliveries_of(said.values())

    def show(item: Item) -> MessageShown:
        message = said[item["message_id"]]
        return message_shown(message, conversation, deliveries.get(message.delivery_id or ""))

    return ConversationWithMessages(
        **_facts(conversation),
        post=_causing_post(conversation),
        plays=_plays(conversation),
        writing=wiring.leases().of(conversation_id, now=asked.now),
        messages=listing(page, show),
    )


@routes(
    "GET",
    "/conversations/<conversation_id>/history",
    needs=Permission.CONVERSATIONS_READ,
    summary="Show what was done with a conversation, and by whom",
)
def show_history(
    conversation_id: str, asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> Listing[EntryShown]:
    """Every change with the facts that differ, before and after."""
    ours(conversation_id, asked)
    store = wiring.audit()
    page = store.of_subject(conversation_id, **bounds(limit, cursor))
    return listing(page, lambda item: _entry(store.value(item)))


@routes(
    "PATCH",
    "/conversations/<conversation_id>",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Change a conversation's state, assignee, tags or priority",
)
def change_conversation(
    conversation_id: str, given: ConversationChange, asked: Asking
) -> ConversationShown:
    """Of a version that was read: 409 if it is not the conversation's any more. A snoozed one comes
    back by itself within a minute of `snoozed_until`, and any one with a new message of theirs. A
    closed one can only be opened. Tags are kept in lower case, each once, 20 at most.

    `waiting` and `closed` stop the clock of an answer that is owed, for nobody waits for us then;
    `snoozed` does not, for they do. Who opens it again by hand begins a whole new time."""
    seen = ours(conversation_id, asked)
    _is_current(given.version, seen)
    changed = _changed(seen, given, asked)
    before, after = work.difference(seen, changed)
    if before == after:
        return shown(seen)
    told = telling("changed", seen, asked, before=before, after=after)
    writes = [told, *wiring.tags().retagging(seen, changed)]
    return shown(wiring.conversations().save(seen, changed, writes))


@routes(
    "PATCH",
    "/conversations/<conversation_id>/messages/<message_id>",
    needs=Permission.CONVERSATIONS_ANSWER,
    summary="Say better which language a message of theirs is in, or how it sounds",
)
def correct_message(
    conversation_id: str, message_id: str, given: Corrected, asked: Asking
) -> MessageShown:
    """What a person says stays, also when the message is edited and read again."""
    conversation = ours(conversation_id, asked)
    seen = _of_theirs(conversation, message_id)
    said = given.model_dump(exclude_none=True)
    corrected = changes.said_better(seen, said) if said else seen
    if corrected == seen:
        return message_shown(seen, conversation)
    before = {name: getattr(seen, name) for name in said}
    after = {**said, "message_id": message_id}
    writes = [telling("corrected", conversation, asked, before=before, after=after)]
    sounding = changes.sounding(conversation, corrected)
    if sounding != conversation:
        writes.append(wiring.conversations().saving(conversation, sounding))
    saved = wiring.messages().save(seen, corrected, writes)
    return message_shown(saved, conversation)


def _of_theirs(conversation: Conversation, message_id: str) -> Message:
    message = wiring.messages().get(plausible(message_id))
    if message is None or message.conversation_id != conversation.conversation_id:
        raise NotFound("There is no such message in this conversation.")
    if message.direction is not Direction.IN or message.removed_at is not None:
        raise Conflict("Only a message of theirs that is still there is read.")
    return message


def is_known(version: int, conversation: Conversation) -> None:
    if version > conversation.version:
        raise Unacceptable(Broken("version", "is none that this conversation has had"))


def _is_current(version: int, conversation: Conversation) -> None:
    is_known(version, conversation)
    if version != conversation.version:
        facts = {"version": conversation.version}
        raise Conflict("It was changed meanwhile: read it again, then decide.", facts=facts)


def _changed(seen: Conversation, given: ConversationChange, asked: Asked) -> Conversation:
    facts: dict[str, Any] = {}
    if "assignee" in given.model_fields_set:
        facts["assignee"] = given.assignee
        if given.assignee not in (None, seen.assignee):
            member_named(given.assignee, "assignee", asked)
    if given.tags is not None:
        facts["tags"] = work.tags(given.tags)
    if given.priority is not None:
        facts["priority"] = given.priority
    changed = seen.model_copy(update=facts)
    if given.state is None and given.snoozed_until is None:
        return changed
    to = given.state or seen.state
    moved = work.moved(changed, to, until=given.snoozed_until, now=asked.now)
    moved = work.settled(seen, moved, now=asked.now)
    if to is ConversationState.OPEN and moved.unanswered:
        return clocks.started(moved, asked.workspace, since=asked.now)
    return moved


def telling(what: str, conversation: Conversation, asked: Asked, **facts: Any) -> Any:
    """The write that says in the audit what is done."""
    told = entry(
        what,
        conversation.conversation_id,
        workspace_id=conversation.workspace_id,
        by=asked.caller.who,
        at=asked.now,
        **facts,
    )
    return wiring.audit().creation(told)


def _causing_post(conversation: Conversation) -> CausingPost | None:
    """Looked for when it is asked: a comment can be heard before its post is settled here."""
    if conversation.post_remote_id is None:
        return None
    delivery = wiring.deliveries().of_remote(conversation.channel_id, conversation.post_remote_id)
    if delivery is None or delivery.workspace_id != conversation.workspace_id:
        return None
    remote = delivery.parts[0].remote
    url = remote.url if remote else None
    return CausingPost(delivery_id=delivery.delivery_id, post_id=delivery.post_id, url=url)


def _plays(conversation: Conversation) -> tuple[Play, ...]:
    playbook = wiring.playbooks().get(conversation.workspace_id)
    return tuple(each for each in playbook.plays if each.fits(conversation)) if playbook else ()


def ours(conversation_id: str, asked: Asked) -> Conversation:
    return asked.ours(wiring.conversations().get(plausible(conversation_id)), "conversation")


def _facts(conversation: Conversation) -> dict[str, Any]:
    return {name: getattr(conversation, name) for name in ConversationShown.model_fields}


def shown(conversation: Conversation) -> ConversationShown:
    return ConversationShown.model_validate(_facts(conversation))


def message_shown(
    message: Message, conversation: Conversation, delivery: Delivery | None = None
) -> MessageShown:
    names = set(MessageShown.model_fields) - {"offers", "delivery"}
    offered = offers(message, PLATFORMS[conversation.platform])
    facts = {name: getattr(message, name) for name in names}
    fares = None
    if delivery is not None:
        fares = HowItFares(state=delivery.state, trouble=trouble_shown(delivery.trouble))
    return MessageShown.model_validate({**facts, "offers": offered, "delivery": fares})


def deliveries_of(messages: Iterable[Message]) -> Mapping[str, Delivery]:
    keys = [each.delivery_id for each in messages if each.delivery_id is not None]
    found = wiring.deliveries().get_many(keys) if keys else []
    return {each.delivery_id: each for each in found}


def _entry(told: Entry) -> EntryShown:
    return EntryShown(
        at=told.at, by=told.by, what=told.what, before=dict(told.before), after=dict(told.after)
    )
