"""Reading the results that sources state for a whole programme. They are read from the log: they are few."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class ResultLine:
    """A result that a source states for a programme, or for a scheme of it. *on* is the text of a When."""

    position: int
    programme_id: str
    scheme_id: str | None
    impact: str
    level: str
    indicator: str
    unit: str | None
    baseline: str | None
    target: str | None
    result: str | None
    status: str
    evidence: str | None
    on: str


_SAID = ", ".join(f"""b.body ->> '{name}' AS "{name}\"""" for name in list(ResultLine.__dataclass_fields__)[2:])
# What a source states otherwise now no longer counts.
RESULTS = f"""SELECT e.notification_id AS position, e.originator_id AS programme_id, {_SAID} FROM events e
    CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body) b
    WHERE e.topic = 'ProgrammeResultStated' AND NOT EXISTS (
        SELECT FROM events r WHERE r.originator_id = e.originator_id AND r.topic = 'StatementReplaced'
        AND (convert_from(r.state, 'UTF8')::json ->> 'version')::bigint = e.originator_version)"""  # noqa: S608


# The results of a programme, and of a scheme: SQL with the id of it.
OF_PROGRAMME = f"{RESULTS} AND e.originator_id = {{0}}"
OF_SCHEME = (
    f"{RESULTS} AND e.originator_id = (SELECT s.programme_id FROM schemes s WHERE s.id = {{0}})"  # noqa: S608
    " AND b.body ->> 'scheme_id' = {0}"
)


async def results_by(connection: Connection, column: str, values: Sequence[str]) -> list[ResultLine]:
    """The results that sources state for the programmes or schemes (*column* programme_id or scheme_id) *values*."""
    of = {"programme_id": OF_PROGRAMME, "scheme_id": OF_SCHEME}[column]
    each = f"unnest(%s::text[]) w (id) CROSS JOIN LATERAL ({of.format('w.id')}) found"
    statement = f"SELECT found.* FROM {each} ORDER BY position"  # noqa: S608
    return await lines_of(connection, ResultLine, statement, (list(values),))
