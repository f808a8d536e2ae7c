"""Partnerships of one kind side by side: how long each took to begin delivery, and where it was at the same age.

They are in the order of their codes: nobody is ranked. Partnerships advance at different speeds, for good reasons.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.values.when import DayRange, When
from projections.delays.clock import bounds
from projections.parts.plans import plans_of
from projections.parts.reading import PartLine, parts_by
from projections.tables.corrections import NOW
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of

# No more partnerships than this are set side by side.
MOST = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """A partnership: when it was *formed*, when its *first_delivery* was, and where it was on *day*.

    *lead_days* are the calendar days from forming to first delivery. *reached* counts the stages that were reached by
    *day*, of *stages*; *current* is the first that was not. Dates are texts of When; None is unknown.
    """

    partnership_id: str
    code: str
    formed: str | None
    first_delivery: str | None
    lead_days: DayRange | None
    day: date | None
    current: str | None
    reached: int
    stages: int


_FORMED = """
SELECT p.id, p.code, (SELECT t."on" FROM timeline t WHERE t.thing = p.id AND t.kind = 'PartnershipFormed'
         AND t.since <= %(known)s AND t.superseded > %(known)s LIMIT 1) AS formed
  FROM partnerships p
 WHERE p.kind = %(kind)s ORDER BY p.id <> %(own)s, p.code LIMIT %(most)s
"""


async def peers(
    connection: Connection, partnership_id: str, kind: str, *, age: int | None, as_at: date, known: int | None
) -> list[Peer]:
    """The partnerships of a *kind*, by code, *partnership_id* among them, *age* days after each was formed.

    Without *age* it is the age of *partnership_id* on the day *as_at*; None where that is unknown.
    """
    asked: dict[str, Any] = {"kind": kind, "own": partnership_id, "most": MOST}
    asked["known"] = NOW - 1 if known is None else known
    found = await lines_of(connection, tuple, _FORMED, asked)
    ids = [one for one, *_ in found]
    steps: dict[str | None, list[PartLine]] = {}
    for step in await parts_by(connection, "partnership_id", ids, kind="planstep", as_at=as_at, known=known):
        steps.setdefault(step.partnership_id, []).append(step)
    formed = {one: _day(text) for one, _, text in found}
    own = formed.get(partnership_id)
    if age is None and own is not None:
        age = (as_at - own).days
    return [
        _peer(one, code, text, _then(formed[one], age, as_at), steps.get(one, []))
        for one, code, text in sorted(found, key=lambda row: row[1])
    ]


def _day(text: str | None) -> date | None:
    return counts_from(When(text)) if text is not None and When(text).is_known else None


def _then(formed: date | None, age: int | None, as_at: date) -> date | None:
    """The day on which a partnership has an *age*, up to the day *as_at*: nobody knows what comes."""
    if formed is None or age is None:
        return None
    return min(formed + timedelta(days=min(age, (date.max - formed).days)), as_at)


def _peer(partnership_id: str, code: str, formed: str | None, day: date | None, steps: list[PartLine]) -> Peer:
    began = [plan.began for plan in plans_of(steps) if plan.began is not None]
    first = min(began, key=lambda text: counts_from(When(text)), default=None)
    then = plans_of(step for step in steps if day is not None and step.day <= day)
    stages = [stage for plan in then for stage in plan.stages]
    return Peer(
        partnership_id=partnership_id,
        code=code,
        formed=formed,
        first_delivery=first,
        lead_days=_between(formed, first),
        day=day,
        current=next((stage.name for stage in stages if stage.reached is None), None),
        reached=sum(stage.reached is not None for stage in stages),
        stages=len(stages),
    )


def _between(start: str | None, end: str | None) -> DayRange | None:
    first = bounds(When(start)) if start is not None else None
    last = bounds(When(end)) if end is not None else None
    if first is None or last is None:
        return None
    return DayRange(min=max(0, (last.first - first.last).days), max=max(0, (last.last - first.first).days))
