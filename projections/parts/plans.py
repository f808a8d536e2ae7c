"""The plans of a partnership: their stages with planned, moved and actual days, and every earlier plan.

A plan is made of its steps, in the order in which they were recorded. Each redesign begins another version, and the
version before it keeps its stages as they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.values.when import When
from projections.parts.reading import PartLine
from projections.tables.effect import NEVER, counts_from


@dataclass(frozen=True, slots=True)
class Move:
    """A change of the day by which a stage is due. Dates are texts of When; *was* is None where it had none."""

    on: str
    was: str | None
    due: str
    because: str


@dataclass(slots=True)
class Stage:
    """A stage of a plan: *planned* is its first due day, *due* the present one, *reached* the day it was reached."""

    name: str
    planned: str | None = None
    due: str | None = None
    moves: list[Move] = field(default_factory=list)
    reached: str | None = None
    organisation_id: str | None = None
    quick_win: bool = False
    begins_delivery: bool = False
    unplanned: bool = False

    def days_late(self, day: date) -> int | None:
        """The calendar days by which it is or was late on a *day*; None where it has no due day or is in time."""
        if self.due is None or not When(self.due).is_known:
            return None
        until = counts_from(When(self.reached)) if self.reached is not None and When(self.reached).is_known else day
        if self.reached is not None and not When(self.reached).is_known:
            return None
        late = (until - counts_from(When(self.due))).days
        return late if late > 0 else None


@dataclass(slots=True)
class Version:
    """A plan as it was agreed, or as a redesign changed it; *because* is the reason of the redesign."""

    on: str
    because: str | None
    until: str | None
    stages: list[Stage]


@dataclass(slots=True)
class FollowOnPlan:
    """A plan for the time after the funding, with its stages."""

    line: PartLine
    stages: list[Stage]


@dataclass(slots=True)
class Plan:
    """The plan of a delivery. *versions* are in the order recorded, the present one last; *ended* is its end."""

    delivery_id: str
    title: str | None
    versions: list[Version]
    follow_ons: list[FollowOnPlan]
    ended: str | None = None

    @property
    def stages(self) -> list[Stage]:
        """The stages of the present version, in the order of their due days; those without one come last."""
        return self.versions[-1].stages

    @property
    def current(self) -> Stage | None:
        """The first stage that was not reached; None if every stage was."""
        return next((stage for stage in self.stages if stage.reached is None), None)

    @property
    def began(self) -> str | None:
        """The day on which delivery began: that of its marked stage, or of the first stage that was reached."""
        marked = [stage for stage in self.stages if stage.begins_delivery]
        reached = [stage.reached for stage in marked or self.stages if stage.reached and When(stage.reached).is_known]
        return min(reached, key=lambda text: counts_from(When(text)), default=None)


def plans_of(steps: Iterable[PartLine]) -> list[Plan]:
    """The plans that *steps* (parts of the kinds planstep and followon) make, in the order recorded."""
    by_delivery: dict[str, list[PartLine]] = {}
    for line in sorted(steps, key=lambda one: one.position):
        by_delivery.setdefault(line.stream, []).append(line)
    return [_plan(delivery_id, lines) for delivery_id, lines in by_delivery.items()]


def _plan(delivery_id: str, lines: Sequence[PartLine]) -> Plan:
    plan = Plan(delivery_id, None, [], [])
    for line in lines:
        _apply(plan, line)
    if not plan.versions:
        plan.versions.append(Version(lines[0].on, None, None, []))
    for version in plan.versions:
        version.stages.sort(key=_by_due)
    for filed in plan.follow_ons:
        filed.stages.sort(key=_by_due)
    return plan


def _by_due(stage: Stage) -> date:
    return counts_from(When(stage.due)) if stage.due is not None and When(stage.due).is_known else NEVER


def _apply(plan: Plan, line: PartLine) -> None:
    facts = line.facts
    match line.status:
        case "agreed":
            plan.title = facts["title"]
            plan.versions.append(Version(line.on, None, facts.get("until"), _staged(facts)))
        case "redesigned":
            before = plan.versions[-1] if plan.versions else None
            kept = [replace(stage, moves=[*stage.moves]) for stage in before.stages] if before else []
            reached = {stage.name: stage.reached for stage in kept if stage.reached is not None}
            stages = _staged(facts) if facts["milestones"] else kept
            for stage in stages:
                stage.reached = reached.get(stage.name, stage.reached)
            until = facts.get("until") or (before.until if before else None)
            plan.versions.append(Version(line.on, facts["because"], until, stages))
        case "moved":
            move = Move(line.on, facts.get("was"), facts["due"], facts["because"])
            stage = _stage(plan, line)
            stage.moves.append(move)
            stage.due = move.due
        case "reached":
            _stage(plan, line).reached = line.on
        case "ended":
            plan.ended = line.on
        case "filed":
            plan.follow_ons.append(FollowOnPlan(line, [_of(stage) for stage in facts["stages"]]))


def _stage(plan: Plan, line: PartLine) -> Stage:
    """The stage that a step is about. One that no plan has stands in the present version, as unplanned."""
    name = line.facts["milestone"]
    if not plan.versions:
        plan.versions.append(Version(line.on, None, None, []))
    stages = plan.versions[-1].stages
    for stage in (*stages, *(stage for filed in plan.follow_ons for stage in filed.stages)):
        if stage.name == name:
            return stage
    stages.append(Stage(name, unplanned=True))
    return stages[-1]


def _staged(facts: dict[str, Any]) -> list[Stage]:
    """The stages of a plan: its milestones, in their order, with what is known of each."""
    known: dict[str, dict[str, Any]] = {name: {"name": name} for name in facts["milestones"]}
    known |= {stage["name"]: stage for stage in facts.get("stages", [])}
    return [_of(stage) for stage in known.values()]


def _of(fact: dict[str, Any]) -> Stage:
    return Stage(
        name=fact["name"],
        planned=fact.get("due"),
        due=fact.get("due"),
        organisation_id=fact.get("organisation_id"),
        quick_win=fact.get("quick_win", False),
        begins_delivery=fact.get("begins_delivery", False),
    )
