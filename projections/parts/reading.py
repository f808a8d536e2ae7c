"""Reading parts: those of a stream or with an id, as at any date and as known at any moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.values.money import Money
from projections.parts.folded import folded
from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class PartLine:
    """A part: its amount in major units of *currency*, what remains of it, and its *facts* by name.

    Dates are texts of When. *by* is who began it, *events* the positions of its steps. *as_at* and *known* are the day
    and the position that it is shown for; None sets no limit.
    """

    id: str
    kind: str
    stream: str
    number: int
    part: int | None
    status: str
    amount: Decimal | None
    currency: str | None
    remains: Decimal | None
    on: str
    day: date
    by: str
    position: int
    events: list[int]
    facts: dict[str, Any]
    as_at: date | None
    known: int | None
    partnership_id: str | None = None

    @property
    def money(self) -> Money | None:
        """Its amount; None if it has none."""
        return Money(amount=self.amount, currency=self.currency) if self.amount is not None and self.currency else None


COLUMNS = ", ".join(f'parts."{name}"' for name in PartLine.__dataclass_fields__)


async def parts_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    kind: str,
    number: int | None = None,
    as_at: date | None = None,
    known: int | None = None,
) -> list[PartLine]:
    """The parts of a *kind* whose *column* is one of *values*, by number; with *number*, only those.

    *column* is id, stream or partnership_id.

    *as_at* is a date and *known* a position of the log. Both default to now.
    """
    assert column in ("id", "stream", "partnership_id")
    condition = (
        f"s.{column} = ANY (%(values)s) AND s.kind = %(kind)s AND (%(number)s::int IS NULL OR s.number = %(number)s)"
    )
    source = folded(condition, "%(as_at)s::date", "%(known)s::bigint")
    return await lines_of(
        connection,
        PartLine,
        f"SELECT {COLUMNS} FROM {source} ORDER BY parts.stream, parts.number, parts.part",  # noqa: S608
        {"values": list(values), "kind": kind, "number": number, "as_at": as_at, "known": known},
    )


async def parts_of_kinds(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    kinds: Sequence[str],
    as_at: date | None = None,
    known: int | None = None,
) -> list[PartLine]:
    """The parts of several *kinds*, in the order of *kinds*; those of one kind are in the order of ``parts_by``."""
    assert column in ("stream", "partnership_id")
    condition = f"s.{column} = ANY (%(values)s) AND s.kind = ANY (%(kinds)s)"
    source = folded(condition, "%(as_at)s::date", "%(known)s::bigint")
    return await lines_of(
        connection,
        PartLine,
        f"SELECT {COLUMNS} FROM {source}"  # noqa: S608
        " ORDER BY array_position(%(kinds)s::text[], parts.kind), parts.stream, parts.number, parts.part",
        {"values": list(values), "kinds": list(kinds), "as_at": as_at, "known": known},
    )


def by_kind(lines: Iterable[PartLine], kinds: Sequence[str]) -> dict[str, list[PartLine]]:
    """The parts of each of *kinds*, in their order."""
    found: dict[str, list[PartLine]] = {kind: [] for kind in kinds}
    for line in lines:
        found[line.kind].append(line)
    return found


async def every_part(
    connection: Connection, stream: str, *, as_at: date | None = None, known: int | None = None
) -> list[PartLine]:
    """The parts of every kind of a stream, by kind and number. *as_at* and *known* are as in ``parts_by``."""
    source = folded("s.stream = %(stream)s", "%(as_at)s::date", "%(known)s::bigint")
    return await lines_of(
        connection,
        PartLine,
        f"SELECT {COLUMNS} FROM {source} ORDER BY parts.kind, parts.number, parts.part",  # noqa: S608
        {"stream": stream, "as_at": as_at, "known": known},
    )


async def parts_in(
    connection: Connection, kind: str, states: Sequence[str], *, as_at: date, known: int | None
) -> list[PartLine]:
    """The parts of a *kind* that are in one of *states* as at a day and as known at a position, the first dated first.

    It reads every part of the kind: it is for reports, not for pages.
    """
    source = folded("s.kind = %(kind)s", "%(as_at)s::date", "%(known)s::bigint")
    return await lines_of(
        connection,
        PartLine,
        f"SELECT {COLUMNS} FROM {source} WHERE parts.status = ANY (%(states)s) ORDER BY parts.day, parts.position",  # noqa: S608
        {"kind": kind, "states": list(states), "as_at": as_at, "known": known},
    )


# Jumps from one name to the next in the index, instead of reading every assignment.
_OFFICERS = """
WITH RECURSIVE named AS (
    (SELECT facts->>'officer' AS name FROM part_steps
      WHERE kind = 'caseofficer' AND facts->>'officer' IS NOT NULL ORDER BY 1 LIMIT 1)
    UNION ALL
    SELECT (SELECT facts->>'officer' FROM part_steps
             WHERE kind = 'caseofficer' AND facts->>'officer' > named.name ORDER BY 1 LIMIT 1)
      FROM named WHERE named.name IS NOT NULL)
SELECT name FROM named WHERE name IS NOT NULL
"""


async def officers(connection: Connection) -> list[str]:
    """Every case officer that a bid was ever assigned to, by name."""
    cursor = await connection.execute(_OFFICERS)
    return [name for (name,) in await cursor.fetchall()]


async def officers_among(connection: Connection, names: Sequence[str]) -> list[str]:
    """Those of *names* to whom a bid was ever assigned."""
    cursor = await connection.execute(
        "SELECT DISTINCT facts->>'officer' FROM part_steps WHERE kind = 'caseofficer' AND facts->>'officer' = ANY (%s)",
        (list(names),),
    )
    return [name for (name,) in await cursor.fetchall()]
