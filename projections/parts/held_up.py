"""What holds projects up, by stage and cause, and what partnerships committed themselves to after the end."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.values.when import When
from projections.parts.folded import folded
from projections.tables.corrections import NOW
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of


@dataclass(frozen=True, slots=True)
class HoldUpCount:
    """How many hold-ups there were at a *stage* for a *cause*, how many are *still* open, and their *days* together.

    The days are calendar days up to the end of each, or up to the day of the question.
    """

    stage: str
    cause: str
    count: int
    still: int
    days: int


async def hold_up_counts(
    connection: Connection, programme_id: str, *, as_at: date, known: int | None
) -> list[HoldUpCount]:
    """The hold-ups of the partnerships of a programme, by stage and cause."""
    of = "s.kind = 'holdup' AND s.partnership_id IN (SELECT o.id FROM partnerships o WHERE o.programme_id = %(of)s)"
    source = folded(of, "%(as_at)s::date", "%(known)s::bigint")
    found = await lines_of(
        connection,
        tuple,
        f"SELECT parts.facts->>'stage', parts.facts->>'cause', parts.day, parts.facts->>'ended' FROM {source}",  # noqa: S608
        {"of": programme_id, "as_at": as_at, "known": known},
    )
    counts: dict[tuple[str, str], list[tuple[date, str | None]]] = {}
    for stage, cause, day, ended in found:
        counts.setdefault((stage, cause), []).append((day, ended))
    return [
        HoldUpCount(
            stage=stage,
            cause=cause,
            count=len(held),
            still=sum(ended is None for _, ended in held),
            days=sum(_days(day, ended, as_at) for day, ended in held),
        )
        for (stage, cause), held in sorted(counts.items())
    ]


def _days(begun: date, ended: str | None, as_at: date) -> int:
    """The calendar days of a hold-up; 0 where a day of it is not known."""
    until = counts_from(When(ended)) if ended is not None else as_at
    return max(0, (until - begun).days) if date.min not in (begun, until) else 0


# --- Commitments after the end ----------------------------------------------------------------------------------------

# What commits a partnership, or money to it.
COMMITTING = (
    "AwardOffered", "OfferAccepted", "PlanAgreed", "PlanRedesigned", "SupplierEngaged", "SupplierReplaced",
    "SupplierAppointed", "DeliverableAgreed", "FollowOnPlanFiled",
)  # fmt: skip
_ENTRIES = """
SELECT t.position, t.kind, t."on", t.title, t.event_id,
       (SELECT g.until FROM partnerships p JOIN programmes g ON g.id = p.programme_id WHERE p.id = %(of)s) AS until
  FROM timeline t WHERE t.thing = %(of)s AND t.kind = ANY (%(kinds)s)
   AND t.superseded > %(known)s AND t.since <= %(known)s
 ORDER BY t.sorts_on, t.position
"""


@dataclass(frozen=True, slots=True)
class LateCommitment:
    """What was committed *on* a day after the work or the programme had *ended*; dates are texts of When."""

    on: str
    title: str
    ended: str
    event_id: str


async def committed_after_end(
    connection: Connection, partnership_id: str, *, as_at: date, known: int | None
) -> list[LateCommitment]:
    """What a partnership was committed to after its work or its programme had ended, whichever was first."""
    asked: dict[str, Any] = {"of": partnership_id, "kinds": [*COMMITTING, "DeliveryEnded"]}
    asked["known"] = NOW - 1 if known is None else known
    entries = await lines_of(connection, tuple, _ENTRIES, asked)
    ends = [on for _, kind, on, *_ in entries if kind == "DeliveryEnded"] + [until for *_, until in entries[:1]]
    known_ends = [text for text in ends if text is not None and When(text).latest is not None]
    ended = min(known_ends, key=lambda text: counts_from(When(text)), default=None)
    if ended is None:
        return []
    return [
        LateCommitment(on=on, title=title, ended=ended, event_id=event_id)
        for _, kind, on, title, event_id, _ in entries
        if kind in COMMITTING
        and (first := When(on).earliest) is not None
        and counts_from(When(ended)) < first
        and counts_from(When(on)) <= as_at
    ]
