"""The lists of plans: stages, suppliers, deliverables, and how the strands of the work go."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from infra.exports.standards.reading import Wanted, codes_of, pages_of
from projections.parts.plans import Plan, Stage, plans_of
from projections.parts.reading import PartLine, parts_of_kinds
from projections.tables.paging import Connection
from projections.whole_lists import Row

_PLANS = ("planstep", "followon")


async def plans(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every stage of every plan, of the earlier plans and of those for the time after the funding as well."""
    async for lines, codes in _pages(connection, wanted, _PLANS):
        of_delivery = {one.stream: one.partnership_id or "" for one in lines}
        found = plans_of(lines)
        who = await codes_of(connection, "organisations", "code", _bodies(found))
        for plan in found:
            of: Row = {"partnership": codes[of_delivery[plan.delivery_id]]}
            for row in _stages(plan, who, wanted):
                whole = of | row
                yield {name: whole.get(name) for name in COLUMNS["plans"]}


def _bodies(found: Iterable[Plan]) -> list[str]:
    """The ids of the organisations that stages are for."""
    every = [one for plan in found for version in plan.versions for one in version.stages]
    every += [one for plan in found for filed in plan.follow_ons for one in filed.stages]
    return [one.organisation_id for one in every if one.organisation_id is not None]


def _stages(plan: Plan, who: dict[str, str], wanted: Wanted) -> Iterator[Row]:
    of: Row = {"delivery": plan.delivery_id, "plan": plan.title, "ended": plan.ended}
    last = len(plan.versions)
    for nth, version in enumerate(plan.versions, start=1):
        head: Row = {"version": nth, "is_present": nth == last, "agreed_on": version.on, "until": version.until}
        why: Row = {"redesigned_because": version.because}
        for stage in version.stages:
            current = nth == last and stage is plan.current
            yield of | head | why | _stage(stage, who, wanted) | {"is_current": current}
    for filed in plan.follow_ons:
        facts = filed.line.facts
        head = {"version": facts["sort"], "is_present": True, "agreed_on": filed.line.on, "until": facts["until"]}
        for stage in filed.stages:
            yield of | head | _stage(stage, who, wanted) | {"is_current": False}


def _stage(stage: Stage, who: dict[str, str], wanted: Wanted) -> Row:
    return {
        "stage": stage.name,
        "organisation": who.get(stage.organisation_id or ""),
        "planned": stage.planned,
        "moved_to": "; ".join(one.due for one in stage.moves) or None,
        "moved_because": "; ".join(one.because for one in stage.moves) or None,
        "due": stage.due,
        "reached": stage.reached,
        "days_late": stage.days_late(wanted.as_at),
        "quick_win": stage.quick_win,
        "begins_delivery": stage.begins_delivery,
    }


async def suppliers(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every engagement of a supplier, with the brief, the selection, and whom it replaced and why."""
    async for lines, codes, titles in _parts(connection, wanted, "supplier"):
        bodies = [one.facts.get(name) for one in lines for name in ("organisation_id", "replaced_id")]
        who = await codes_of(connection, "organisations", "code", [one for one in bodies if one])
        for one in lines:
            facts = one.facts
            yield _named(one, codes, titles) | {
                "supplier": who.get(facts.get("organisation_id") or ""), "work": facts.get("work"),
                "brief": facts.get("brief"), "selection": facts.get("selection"), "steer": facts.get("steer"),
                "replaced": who.get(facts.get("replaced_id") or ""), "because": facts.get("because"), "on": one.on,
                "recorded_by": one.by,
            }  # fmt: skip


async def deliverables(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Everything that a supplier is to hand over, and whether it was accepted."""
    async for lines, codes, titles in _parts(connection, wanted, "deliverable"):
        who = await codes_of(connection, "organisations", "code", [one.facts["organisation_id"] for one in lines])
        for one in lines:
            facts = one.facts
            yield _named(one, codes, titles) | {
                "number": one.number, "supplier": who.get(facts["organisation_id"]), "text": facts["text"],
                "due": facts["due"], "status": one.status, "decided_on": facts.get("decided"),
                "because": facts.get("decided_because"), "agreed_on": one.on, "recorded_by": one.by,
            }  # fmt: skip


async def strands(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every report of how a strand of the work goes, the first one first."""
    async for lines, codes, titles in _parts(connection, wanted, "status"):
        for one in lines:
            facts = one.facts
            yield _named(one, codes, titles) | {
                "strand": facts["strand"], "light": one.status, "because": facts.get("because"), "on": one.on,
                "recorded_by": one.by,
            }  # fmt: skip


def _named(one: PartLine, codes: dict[str, str], titles: dict[str, str | None]) -> Row:
    return {"partnership": codes[one.partnership_id or ""], "delivery": one.stream, "plan": titles.get(one.stream)}


async def _parts(
    connection: Connection, wanted: Wanted, kind: str
) -> AsyncIterator[tuple[list[PartLine], dict[str, str], dict[str, str | None]]]:
    """The parts of a *kind*, with the codes of partnerships and the titles of plans by their ids."""
    async for lines, codes in _pages(connection, wanted, (*_PLANS, kind)):
        titles = {one.delivery_id: one.title for one in plans_of(one for one in lines if one.kind in _PLANS)}
        yield [one for one in lines if one.kind == kind], codes, titles


async def _pages(
    connection: Connection, wanted: Wanted, kinds: tuple[str, ...]
) -> AsyncIterator[tuple[list[PartLine], dict[str, str]]]:
    clocks: dict[str, Any] = {"as_at": wanted.as_at, "known": wanted.known}
    async for ids in pages_of(connection, "partnerships", wanted):
        codes = await codes_of(connection, "partnerships", "code", ids)
        yield await parts_of_kinds(connection, "partnership_id", ids, kinds=kinds, **clocks), codes


LISTS = {"plans": plans, "suppliers": suppliers, "deliverables": deliverables, "strands": strands}
_PLAN = ("partnership", "delivery", "plan")
COLUMNS = {
    "plans": (
        *_PLAN, "version", "is_present", "agreed_on", "redesigned_because", "until", "ended", "stage", "organisation",
        "planned", "moved_to", "moved_because", "due", "reached", "days_late", "quick_win", "begins_delivery",
        "is_current",
    ),
    "suppliers": (
        *_PLAN, "supplier", "work", "brief", "selection", "steer", "replaced", "because", "on", "recorded_by",
    ),
    "deliverables": (
        *_PLAN, "number", "supplier", "text", "due", "status", "decided_on", "because", "agreed_on", "recorded_by",
    ),
    "strands": (*_PLAN, "strand", "light", "because", "on", "recorded_by"),
}  # fmt: skip
