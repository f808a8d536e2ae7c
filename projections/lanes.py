"""The lane of an event in SQL, from the same table as its title: PostgreSQL fills the audit log by itself."""

from domain.values.fact import Lane
from projections.telling import LINES, By

# The lanes that depend only on the name of the event, as a table of name and lane.
_BY_NAME = {kind.__name__: line.lane.name for kind, line in LINES.items() if isinstance(line.lane, Lane)}
_NAMED = ", ".join(f"('{name}', '{lane}')" for name, lane in _BY_NAME.items())
TABLE = f"(VALUES {_NAMED}) AS lanes (name, lane)"


def lane_in_sql(name: str, body: str) -> str:
    """The SQL expression for the lane of an event. *name* is its name, by which TABLE is joined; *body* is its json."""
    by_field = "".join(
        f" WHEN '{kind.__name__}' THEN {_by_field_in_sql(line.lane, body)}"
        for kind, line in LINES.items()
        if isinstance(line.lane, By)
    )
    return f"CASE {name}{by_field} ELSE lanes.lane END"


def _by_field_in_sql(by: By, body: str) -> str:
    cases = "".join(f" WHEN '{word}' THEN '{lane.name}'" for word, lane in by.lanes.items())
    return f"CASE {body} ->> '{by.field}'{cases} ELSE '{by.otherwise.name}' END"
