"""Goals: what should come of posting, by when; and whether it goes that way."""

from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import goals, wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.fields import FIRST, LAST, Id, Name
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Conflict, Unacceptable
from tellal.goals import Every, Found, Goal, GoalMeasure
from tellal.posts import Frozen

MOST = 100  # in a workspace: each is looked at daily

routes = Routes("Goals")

Day = Annotated[date, Field(ge=FIRST.date(), le=LAST.date())]


class NewGoal(Frozen):
    """Each week or month, or once from `first` through `last`; of the workspace, if neither a
    channel nor a campaign is named."""

    name: Name
    measure: GoalMeasure
    target: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
    channel_id: Id | None = None
    campaign_id: Id | None = None
    every: Every | None = None
    first: Day | None = None
    last: Day | None = None


class GoalShown(Frozen):
    goal_id: str
    name: str
    measure: GoalMeasure
    target: float
    channel_id: str | None
    campaign_id: str | None
    every: Every | None
    first: date | None
    last: date | None
    found: Found | None  # by the last daily look
    off_track_since: Moment | None
    created_at: Moment


class GoalsShown(Frozen):
    items: tuple[GoalShown, ...]  # the oldest first


@routes("POST", "/goals", needs=Permission.GOALS_WRITE, status=201, summary="Set a goal")
def set_goal(given: NewGoal, asked: Asking) -> Response[GoalShown]:
    """How it fares is looked at once a day, when the workspace's day is two hours old. An event,
    `GoalOffTrack`, tells when on a straight line it would be missed; never before a tenth of the
    period is over. `first_answer_minutes` is a target to stay below, all others are to be reached.
    Rates do not add up: of them the number so far is the forecast."""
    workspace_id = asked.workspace.workspace_id
    if sum(1 for _ in wiring.goals().of_workspace(workspace_id)) >= MOST:
        raise Conflict(f"A workspace has {MOST} goals at most.")
    goal = _checked(
        Goal(
            goal_id=asked.new_id("goal"),
            workspace_id=workspace_id,
            created_at=asked.now,
            **given.model_dump(),
        )
    )
    return asked.settle(_shown(goal), wiring.goals().creation(goal))


@routes("GET", "/goals", needs=Permission.GOALS_READ, summary="List the goals")
def list_goals(asked: Asking) -> GoalsShown:
    found = wiring.goals().of_workspace(asked.workspace_id)
    return GoalsShown(items=tuple(map(_shown, found)))


@routes("GET", "/goals/<goal_id>", needs=Permission.GOALS_READ, summary="Show a goal")
def show_goal(goal_id: str, asked: Asking) -> GoalShown:
    return _shown(_ours(goal_id, asked))


@routes("PUT", "/goals/<goal_id>", needs=Permission.GOALS_WRITE, summary="Change a goal")
def change_goal(goal_id: str, given: NewGoal, asked: Asking) -> GoalShown:
    """Given whole. What was found of it before is forgotten, and it is looked at anew, unless only
    its name is another."""
    seen = _ours(goal_id, asked)
    changed = seen.model_copy(update=dict(given))
    if changed == seen:
        return _shown(seen)
    if seen.model_copy(update={"name": changed.name}) != changed:
        anew = {"found": None, "looked_on": None, "off_track_since": None}
        changed = _checked(changed.model_copy(update=anew))
    return _shown(wiring.goals().save(seen, changed))


@routes(
    "DELETE",
    "/goals/<goal_id>",
    needs=Permission.GOALS_WRITE,
    status=204,
    summary="Delete a goal",
)
def delete_goal(goal_id: str, asked: Asking) -> Response[Any]:
    wiring.goals().table.delete(_ours(goal_id, asked).goal_id)
    return Response(status_code=204)


def _checked(goal: Goal) -> Goal:
    """Raises Unacceptable."""
    broken = [Broken(field, rule) for field, rule in goals.broken_target(goal)]
    for field, store in (("channel_id", wiring.channels()), ("campaign_id", wiring.campaigns())):
        named = getattr(goal, field)
        found: Any = store.get(named) if named else None
        if named and (found is None or found.workspace_id != goal.workspace_id):
            what = field.removesuffix("_id")
            broken.append(Broken(field, f"is no {what} of this workspace"))
    if broken:
        raise Unacceptable(*broken)
    return goal


def _ours(goal_id: str, asked: Asked) -> Goal:
    return asked.ours(wiring.goals().get(plausible(goal_id)), "goal")


def _shown(goal: Goal) -> GoalShown:
    return GoalShown(**{name: getattr(goal, name) for name in GoalShown.model_fields})
