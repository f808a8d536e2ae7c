"""The evaluation framework of a programme beside what was found: impact by level.

The last framework that was published decides what is expected. Where it says nothing of the evidence, that of the
framework before it stands. What was found at another impact or level is there too: nobody expected it. An impact is
known by its name and by the other names that the framework gives it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from projections.audit import results
from projections.outcomes.outcomes import AS_AT, outcomes_where, steps_at
from projections.tables.paging import Connection, lines_of
from projections.timeline.stated import frameworks_where


@dataclass(slots=True)
class CellLine:
    """An impact at a level, in a programme. *position* is that of the event that expects it; None: it is not expected.

    *called* are other names of the impact. *evidence* is what is to show it, in words. *as_at* and *known* are the day
    and the position of the question.
    """

    programme_id: str
    impact: str
    called: list[str]
    level: str
    evidence: str | None
    position: int | None
    as_at: date | None
    known: int | None

    @property
    def expected(self) -> bool:
        """Whether the framework expects it."""
        return self.position is not None


# All names of an impact, in lower case.
_NAMES = "ARRAY(SELECT lower(name) FROM unnest(impact || called) name)"
# The order of the framework, and then what nobody expected.
ORDER = "cell.nth NULLS LAST, cell.mth, cell.impact, cell.level"


def cells_where(programme: str) -> str:
    """The SQL source ``cell`` of the impacts and levels of the programme whose id is the SQL *programme*."""
    outcomes = outcomes_where(f"s.partnership_id IN {_partnerships(programme)} AND {AS_AT}")
    stated = results.OF_PROGRAMME.format(programme)
    return f"""(WITH published AS (
        SELECT stated.position, i.said ->> 'impact' AS impact, i.said ->> 'evidence' AS evidence, i.nth,
               ARRAY(SELECT json_array_elements_text(i.said -> 'levels')) AS levels,
               ARRAY(SELECT json_array_elements_text(coalesce(i.said -> 'called', '[]'))) AS called
          FROM {frameworks_where(f"t.thing = {programme}")}
         CROSS JOIN LATERAL json_array_elements(stated.body -> 'impacts') WITH ORDINALITY i (said, nth)),
      latest AS (SELECT published.*, {_NAMES} AS names FROM published
                  WHERE position = (SELECT max(position) FROM published))
      SELECT {programme} AS programme_id, coalesce(e.impact, f.impact) AS impact,
        coalesce(e.called, f.called) AS called, coalesce(e.names, f.names) AS names,
        coalesce(e.level, f.level) AS level, e.evidence, e.position, e.nth, e.mth,
        %(as_at)s::date AS as_at, %(known)s::bigint AS known
      FROM (SELECT i.impact, i.called, i.names, l.level, l.mth, i.nth, i.position, coalesce(i.evidence, (
                SELECT b.evidence FROM published b WHERE lower(b.impact) = lower(i.impact) AND b.evidence IS NOT NULL
                 ORDER BY b.position DESC LIMIT 1)) AS evidence
              FROM latest i CROSS JOIN LATERAL unnest(i.levels) WITH ORDINALITY l (level, mth)) e
      FULL JOIN (SELECT min(coalesce(i.impact, found.impact)) AS impact, found.level,
                        coalesce(i.names, ARRAY[lower(found.impact)]) AS names, coalesce(i.called, '{{}}') AS called
              FROM (SELECT impact, level FROM {outcomes} UNION ALL SELECT impact, level FROM ({stated}) r) found
              LEFT JOIN latest i ON lower(found.impact) = ANY (i.names)
             GROUP BY 3, 4, found.level) f ON f.names = e.names AND f.level = e.level) cell"""  # noqa: S608


def _partnerships(programme: str) -> str:
    return f"(SELECT its.id FROM partnerships its WHERE its.programme_id = {programme})"  # noqa: S608


# What was found of the impact and level in the row ``cell``: outcomes of partnerships, and results of the whole.
_ALIKE = "lower({0}.impact) = ANY (cell.names) AND {0}.level = cell.level"
_STEPS = f"s.partnership_id IN {_partnerships('cell.programme_id')} AND {steps_at('cell.as_at', 'cell.known')}"
FOUND = f"{outcomes_where(_STEPS)} WHERE {_ALIKE.format('outcomes')}"
STATED = f"({results.OF_PROGRAMME.format('cell.programme_id')}) stated WHERE {_ALIKE.format('stated')}"


def alike(cell: Any, found: Any) -> bool:
    """Whether a cell and an outcome or a stated result have the same impact and level, as ``FOUND`` says it in SQL."""
    names = {name.lower() for name in (cell.impact, *cell.called)}
    return found.impact.lower() in names and cell.level == found.level


async def cells_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date | None = None, known: int | None = None
) -> list[CellLine]:
    """The cells of the programmes *values* (*column* is programme_id), in the order of their framework."""
    assert column == "programme_id"
    of = f"unnest(%(ids)s::text[]) w (id) CROSS JOIN LATERAL {cells_where('w.id')}"
    statement = (
        "SELECT cell.programme_id, cell.impact, cell.called, cell.level, cell.evidence, cell.position,"  # noqa: S608
        f" cell.as_at, cell.known FROM {of} ORDER BY {ORDER}"
    )
    return await lines_of(connection, CellLine, statement, {"ids": list(values), "as_at": as_at, "known": known})
