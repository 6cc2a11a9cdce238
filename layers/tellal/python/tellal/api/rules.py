"""Rules: what is done by itself with messages that fit, in an order that the team gives."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking
from tellal.api.fields import Id, Name
from tellal.api.members import member_named
from tellal.api.paging import Cursor
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Conflict, NotFound, Unacceptable
from tellal.inbox import work
from tellal.posts import Frozen
from tellal.rules import MOST_AN_HOUR, MOST_RULES, Rule, Rulebook, Then, When
from tellal.stores.table import Write

routes = Routes("Rules")

Position = Annotated[int, Field(ge=0, lt=MOST_RULES, description="In the order, from 0")]
Cap = Annotated[int, Field(ge=1, le=1_000)]


class NewRule(Frozen):
    """`when` has at least one condition, `then` one action."""

    name: Name
    when: When
    then: Then
    on: bool = False
    stops: bool = False  # where it fits, no rule after it is looked at
    most_an_hour: Cap = MOST_AN_HOUR  # actions; one more switches it off
    position: Position | None = None  # the last, if not given


class RuleChange(Frozen):
    """What is not given stays; `when` and `then` are given whole."""

    name: Name | None = None
    when: When | None = None
    then: Then | None = None
    on: bool | None = None
    stops: bool | None = None
    most_an_hour: Cap | None = None
    position: Position | None = None


class RuleShown(Frozen):
    rule_id: str
    name: str
    when: When
    then: Then
    on: bool
    stops: bool
    most_an_hour: int
    tripped_at: Moment | None  # when it was switched off for doing more than that
    created_at: Moment


class RulesShown(Frozen):
    items: tuple[RuleShown, ...]  # in their order


class DryRun(Frozen):
    """One of the two."""

    rule_id: Id | None = None
    rule: NewRule | None = None  # one that is not kept


class WouldHave(Frozen):
    message_id: str
    conversation_id: str
    sent_at: Moment
    actions: tuple[str, ...]


class DryRunShown(Frozen):
    looked_at: int  # messages of theirs, on this page
    items: tuple[WouldHave, ...]  # those that fit, the newest first
    cursor: str | None


@routes("POST", "/rules", needs=Permission.WORKSPACES_WRITE, status=201, summary="Make a rule")
def make_rule(given: NewRule, asked: Asking) -> Response[RuleShown]:
    """Off, if nothing else is said: try it with a dry run first. For every message that somebody
    sends us all rules that are on and fit are applied once, in their order, up to one that
    `stops`. What they do is in the conversation's history under the rule's name. Words are found
    whole, in any case; a pattern is RE2's. Whoever has a conversation keeps it. A rule that would
    do more than `most_an_hour` actions is switched off, and an event says so."""
    book = _book(asked.workspace.workspace_id)
    if len(book.rules) >= MOST_RULES:
        raise Conflict(f"A workspace has {MOST_RULES} rules at most.")
    rule = _new(given, asked)
    rules = list(book.rules)
    rules.insert(len(rules) if given.position is None else given.position, rule)
    return asked.settle(_shown(rule), _writing(book, rules))


@routes("GET", "/rules", needs=Permission.CONVERSATIONS_READ, summary="List the rules in order")
def list_rules(asked: Asking) -> RulesShown:
    return RulesShown(items=tuple(_shown(each) for each in _book(asked.workspace_id).rules))


@routes(
    "PATCH",
    "/rules/<rule_id>",
    needs=Permission.WORKSPACES_WRITE,
    summary="Change a rule, its place, or switch it on or off",
)
def change_rule(rule_id: str, given: RuleChange, asked: Asking) -> RuleShown:
    """One that was switched off for doing too much begins anew when it is switched on."""
    book = _book(asked.workspace_id)
    seen = _named(rule_id, book)
    facts = {n: getattr(given, n) for n in given.model_fields_set - {"position"}}
    changes = {name: value for name, value in facts.items() if value is not None}
    if given.on:
        changes["tripped_at"] = None
    changed = seen.model_copy(update=changes)
    if given.when or given.then or given.on:  # one can be switched off whoever has left
        changed = _checked(changed, asked)
    rules = [changed if each is seen else each for each in book.rules]
    if given.position is not None:
        rules.remove(changed)
        rules.insert(given.position, changed)
    if tuple(rules) != book.rules:
        asked.write(_writing(book, rules))
    return _shown(changed)


@routes(
    "DELETE",
    "/rules/<rule_id>",
    needs=Permission.WORKSPACES_WRITE,
    status=204,
    summary="Delete a rule",
)
def delete_rule(rule_id: str, asked: Asking) -> Response[Any]:
    """What it has done stays."""
    book = _book(asked.workspace_id)
    gone = _named(rule_id, book)
    asked.write(_writing(book, [each for each in book.rules if each is not gone]))
    return Response(status_code=204)


@routes(
    "POST",
    "/rules/dry-run",
    needs=Permission.CONVERSATIONS_READ,
    summary="See what a rule would have done",
)
def rehearse_rule(
    given: DryRun,
    asked: Asking,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Messages looked at")] = 100,
) -> Response[DryRunShown]:
    """With the messages of the last 30 days, by itself, whether it is on or not; nothing is done.
    A page looks at `limit` messages, ours among them: go on until there is no cursor. `actions` are
    what is left to do with the conversation as it is now. The cap of an hour is not counted."""
    if (given.rule_id is None) == (given.rule is None):
        raise Unacceptable(Broken("rule", "is given, or rule_id: one of the two"))
    if given.rule is not None:
        rule = _new(given.rule, asked)
    else:
        rule = _named(given.rule_id or "", _book(asked.workspace_id))
    page = wiring.rehearsal().page(
        rule, asked.workspace_id, limit=limit, cursor=cursor, now=asked.now
    )
    items = tuple(
        WouldHave(
            message_id=each.message.message_id,
            conversation_id=each.message.conversation_id,
            sent_at=each.message.sent_at,
            actions=tuple(each.actions),
        )
        for each in page.fitting
    )
    shown = DryRunShown(looked_at=page.looked_at, items=items, cursor=page.cursor)
    return asked.settle(shown, status=200)


def _new(given: NewRule, asked: Asked) -> Rule:
    facts = {name: getattr(given, name) for name in NewRule.model_fields if name != "position"}
    return _checked(Rule(rule_id=asked.new_id("rule"), created_at=asked.now, **facts), asked)


def _checked(rule: Rule, asked: Asked) -> Rule:
    """Its tags in one spelling. Raises Unacceptable."""
    _check_when(rule.when, asked)
    then = rule.then
    if then == Then():
        raise Unacceptable(Broken("then", "has no action"))
    for name in ("assign", "notify"):
        for number, member_id in enumerate(getattr(then, name)):
            member_named(member_id, f"then.{name}[{number}]", asked)
    tags = work.tags(then.tags, field="then.tags")
    return rule.model_copy(update={"then": then.model_copy(update={"tags": tags})})


def _check_when(when: When, asked: Asked) -> None:
    """Raises Unacceptable."""
    if when == When():
        raise Unacceptable(Broken("when", "has no condition: every message would fit"))
    for name in ("any_words", "all_words"):
        for number, word in enumerate(getattr(when, name)):
            if not word.strip():
                raise Unacceptable(Broken(f"when.{name}[{number}]", "is blank"))
    if when.pattern is not None:
        wiring.patterns().check(when.pattern, field="when.pattern")
    for number, channel_id in enumerate(when.channel_ids):
        channel = wiring.channels().get(channel_id)
        if channel is None or channel.workspace_id != asked.workspace_id:
            rule_ = "is no channel of this workspace"
            raise Unacceptable(Broken(f"when.channel_ids[{number}]", rule_))


def _book(workspace_id: str) -> Rulebook:
    return wiring.rulebooks().get(workspace_id) or Rulebook(workspace_id=workspace_id)


def _named(rule_id: str, book: Rulebook) -> Rule:
    found = next((each for each in book.rules if each.rule_id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule in this workspace.")
    return found


def _writing(book: Rulebook, rules: list[Rule]) -> Write:
    """AlreadyChanged if somebody else has changed any of them meanwhile."""
    written = book.model_copy(update={"rules": tuple(rules)})
    if book.version == 0:
        return wiring.rulebooks().creation(written.model_copy(update={"version": 1}))
    return wiring.rulebooks().saving(book, written)


def _shown(rule: Rule) -> RuleShown:
    return RuleShown(**{name: getattr(rule, name) for name in RuleShown.model_fields})
