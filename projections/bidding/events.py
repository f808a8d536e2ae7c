"""The events of a bid as at a day and as known at a position, with their right dates."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL

from domain.values.when import When
from projections.audit.reading import ENTRY, SOURCE, AuditLine
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a bid. *on* is its date as it was known to be right, a text of When; *body* is what was recorded."""

    line: AuditLine
    on: str
    body: dict[str, Any]

    def amount(self, name: str) -> tuple[Decimal, str] | None:
        """The amount of the field *name* and its currency; None where it is not stated."""
        found = self.body.get(name)
        return (Decimal(found["amount"]), found["currency"]) if found else None


def happened(lines: Iterable[AuditLine], as_at: date) -> list[Happened]:
    """The events that count as at the day, in the order of the log, with their corrected dates."""
    read = [(line, json.loads(line.data)) for line in lines]
    corrected = {body["version"]: body["date"] for line, body in read if line.name == "DateCorrected"}
    replaced = {body["version"] for line, body in read if line.name == "StatementReplaced"}
    found = [
        Happened(line, corrected.get(line.version, line.effective), body)
        for line, body in read
        if line.version not in replaced
    ]
    return [one for one in found if counts_from(When(one.on)) <= as_at]


async def events_of(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    known: int | None = None,
    names: Sequence[str] | None = None,
) -> list[AuditLine]:
    """The events of the streams (*column* stream) *values*, as known at a position: those with one of *names*."""
    assert column == "stream"
    statement = SQL(
        "SELECT {} FROM {} WHERE a.stream = ANY (%(values)s) AND (%(known)s::bigint IS NULL OR a.position <= %(known)s)"
        " AND (%(names)s::text[] IS NULL OR a.name = ANY (%(names)s)) ORDER BY a.position"
    ).format(ENTRY, SQL(SOURCE))
    given = {"values": list(values), "known": known, "names": list(names) if names is not None else None}
    return await lines_of(connection, AuditLine, statement, given)
