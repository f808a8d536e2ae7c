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


async def results_by(connection: Connection, column: str, values: Sequence[str]) -> list[ResultLine]:
    """The results that sources state for the programmes whose *column* (programme_id) is one of *values*."""
    assert column == "programme_id"
    statement = f"{RESULTS} AND e.originator_id = ANY (%s) ORDER BY position"
    return await lines_of(connection, ResultLine, statement, (list(values),))
