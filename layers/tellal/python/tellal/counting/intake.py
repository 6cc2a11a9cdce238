"""Conversions on their way in, however they were told: each is attributed and kept once.

The row's key is derived from the caller's id, and is made on condition that it is not there: told
again, or by two at once, one row stands, and whoever tells other facts under the same id is told
which. Nothing of a batch is kept where one of it cannot be; after a kill in the middle the batch is
sent again, and what was kept is found kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tellal import conversions, money
from tellal.channels import Workspace
from tellal.clock import Moment
from tellal.conversions import Conversion, Origin, Stage, Touch, Via
from tellal.errors import AlreadyChanged, Broken, Conflict, Unacceptable
from tellal.posts import Frozen
from tellal.stores.conversions import ConversionStore

LeadsOf = Callable[[str], Callable[[Touch], Origin | None]]  # where a workspace's touches lead


class Told(Frozen):
    """A conversion as its caller tells it."""

    id: str
    stage: Stage
    occurred_at: Moment | None = None  # None: now
    value: str | None = None  # a decimal; both or none
    currency: str | None = None
    touches: tuple[Touch, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a conversion would be kept as, and what is kept under its id, if anything is."""

    made: Conversion
    timed: bool  # its caller said when it happened
    kept: Conversion | None

    @property
    def differs_in(self) -> str | None:
        """The field in which what is kept says otherwise."""
        if self.kept is None:
            return None
        return conversions.differing(self.kept, self.made, timed=self.timed)


@dataclass(frozen=True, kw_only=True)
class Intake:
    conversions: ConversionStore
    leads_of: LeadsOf

    def take(
        self, told: Sequence[Told], *, workspace: Workspace, via: Via, now: datetime
    ) -> list[Conversion]:
        """As they then stand. Raises Unacceptable and Conflict, and has kept nothing then."""
        broken = [
            Broken(f"conversions[{number}].{each.field}", each.rule)
            for number, one in enumerate(told)
            for each in self.broken(one, now=now)
        ]
        if broken:
            raise Unacceptable(*broken)
        _refuse_repeats(told)
        checked = self.check(told, workspace=workspace, via=via, now=now)
        for number, each in enumerate(checked):
            if field := each.differs_in:
                raise _other_facts(each.made.given_id, f"conversions[{number}].{field}")
        return [self.keep(each) for each in checked]

    def broken(self, told: Told, *, now: datetime) -> list[Broken]:
        """Every rule that it breaks."""
        found = []
        if told.occurred_at is not None and told.occurred_at > now + conversions.AHEAD:
            found.append(Broken("occurred_at", "is in the future"))
        if (told.value is None) != (told.currency is None):
            missing = "currency" if told.currency is None else "value"
            found.append(Broken(missing, "is required: value and currency, both or neither"))
        elif told.value is not None and told.currency is not None:
            try:
                money.smallest_units(told.value, told.currency)
            except Unacceptable as error:
                found += error.broken
        return found

    def check(
        self, told: Sequence[Told], *, workspace: Workspace, via: Via, now: datetime
    ) -> list[Checked]:
        """Of good ones; nothing is written."""
        leads = self.leads_of(workspace.workspace_id)
        made = [_made(each, leads, workspace=workspace, via=via, now=now) for each in told]
        keys = list(dict.fromkeys(each.conversion_id for each in made))
        kept = {row.conversion_id: row for row in self.conversions.get_many(keys)}
        return [
            Checked(made=one, timed=given.occurred_at is not None, kept=kept.get(one.conversion_id))
            for one, given in zip(made, told, strict=True)
        ]

    def keep(self, checked: Checked) -> Conversion:
        """As it then stands; Conflict if somebody told other facts at the same moment."""
        if checked.kept is not None:
            return checked.kept
        made = checked.made
        try:
            return self.conversions.create(made)
        except AlreadyChanged:
            kept = self.conversions.get(made.conversion_id)
            assert kept is not None  # rows of this table are never deleted
            field = conversions.differing(kept, made, timed=checked.timed)
            if field is not None:
                raise _other_facts(made.given_id, field) from None
            return kept


def _made(
    told: Told,
    leads: Callable[[Touch], Origin | None],
    *,
    workspace: Workspace,
    via: Via,
    now: datetime,
) -> Conversion:
    occurred_at = told.occurred_at or now
    days = workspace.conversion_window_days or conversions.WINDOW_DAYS
    value = None
    if told.value is not None and told.currency is not None:
        value = money.smallest_units(told.value, told.currency)
    return Conversion(
        conversion_id=conversions.id_of(workspace.workspace_id, told.id, via),
        workspace_id=workspace.workspace_id,
        given_id=told.id,
        stage=told.stage,
        occurred_at=occurred_at,
        of_day=occurred_at.astimezone(ZoneInfo(workspace.zone)).date(),
        value=value,
        currency=told.currency,
        touches=told.touches,
        attribution=conversions.attribute(
            [(touch, leads(touch)) for touch in told.touches],
            occurred_at=occurred_at,
            window=timedelta(days=days),
        ),
        via=via,
        noted_at=now,
        uncounted=workspace.workspace_id,
    )


def _refuse_repeats(told: Iterable[Told]) -> None:
    seen: set[str] = set()
    for number, each in enumerate(told):
        if each.id in seen:
            rule = "is an id that stands in this request before"
            raise Unacceptable(Broken(f"conversions[{number}].id", rule))
        seen.add(each.id)


def _other_facts(given_id: str, field: str) -> Conflict:
    sentence = (
        f"The conversion {given_id} was told before with another {field.rpartition('.')[2]}:"
        " take it back, and tell the right one under a new id."
    )
    return Conflict(sentence, facts={"field": field, "id": given_id})
