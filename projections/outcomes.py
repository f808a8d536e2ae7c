"""Outcomes: the indicator, baseline, target and result of each, as at any date and as known at any moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from domain import outcome
from domain.history import Recorded
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "outcomes"
TABLES = ("outcome_steps",)
# Every step is stored: a revised target never overwrites the old one.
DEFINITION = """
CREATE TABLE outcome_steps (
    position bigint PRIMARY KEY, outcome_id text NOT NULL, partnership_id text NOT NULL, step text NOT NULL,
    impact text, level text, indicator text, unit text, baseline text, target text, result text, status text,
    "on" text NOT NULL, counts_from date NOT NULL
);
"""
INDEXES = """
CREATE INDEX outcome_steps_of_outcome ON outcome_steps (outcome_id, position);
CREATE INDEX outcome_steps_of_partnership ON outcome_steps (partnership_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _write_one(cursor, recorded)


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case outcome.IndicatorAgreed() as event:
            _begin(cursor, recorded, event, result=None, status="agreed")
        case outcome.OutcomeStated() as event:
            _begin(cursor, recorded, event, result=event.result, status=event.status)
        case outcome.OutcomeRestated() as event:
            cursor.execute(
                "INSERT INTO outcome_steps (position, outcome_id, partnership_id, step, unit, baseline, target,"
                ' result, status, "on", counts_from) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)',
                (
                    recorded.position, recorded.stream, event.partnership_id, type(event).__name__, event.unit,
                    event.baseline, event.target, event.result, event.status, event.on.text, counts_from(event.on),
                ),
            )  # fmt: skip
        case outcome.TargetRevised() as event:
            _step(cursor, recorded, event.partnership_id, target=event.target)
        case outcome.ResultReported() as event:
            _step(cursor, recorded, event.partnership_id, result=event.value)
        case outcome.ResultVerified() | outcome.ResultRejected() as event:
            _step(cursor, recorded, event.partnership_id)


def _begin(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    event: outcome.IndicatorAgreed | outcome.OutcomeStated,
    *,
    result: str | None,
    status: str,
) -> None:
    cursor.execute(
        "INSERT INTO outcome_steps VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.position, recorded.stream, event.partnership_id, type(event).__name__, event.impact, event.level,
            event.indicator, event.unit, event.baseline, event.target, result, status, event.on.text,
            counts_from(event.on),
        ),
    )  # fmt: skip


def _step(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    partnership_id: str,
    *,
    target: str | None = None,
    result: str | None = None,
) -> None:
    on = recorded.event.on
    cursor.execute(
        'INSERT INTO outcome_steps (position, outcome_id, partnership_id, step, target, result, "on", counts_from)'
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.position, recorded.stream, partnership_id, type(recorded.event).__name__, target, result,
            on.text, counts_from(on),
        ),
    )  # fmt: skip


# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class OutcomeLine:
    """The state of an outcome. Values are in *unit*, in the words of the source or the partnership."""

    id: str
    partnership_id: str
    impact: str
    level: str
    indicator: str
    unit: str | None
    baseline: str | None
    target: str | None
    result: str | None
    status: str
    verified: bool

    @property
    def distance_travelled(self) -> Decimal | None:
        """(result - baseline) / (target - baseline), to four decimal places.

        None where one of the three is not a number, or where target and baseline are equal. An unknown baseline does
        not count as 0.
        """
        baseline, target, result = [_number(value) for value in (self.baseline, self.target, self.result)]
        if baseline is None or target is None or result is None or target == baseline:
            return None
        return ((result - baseline) / (target - baseline)).quantize(Decimal("0.0001"))


@dataclass(slots=True)
class _Step:
    outcome_id: str
    partnership_id: str
    step: str
    impact: str | None
    level: str | None
    indicator: str | None
    unit: str | None
    baseline: str | None
    target: str | None
    result: str | None
    status: str | None


# --- Readers ----------------------------------------------------------------------------------------------------------


async def outcomes_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[OutcomeLine]:
    """The outcomes whose *column* (id or partnership_id) is one of *values*, in the order recorded.

    *as_at* is a date and *known* a position of the log. Both default to now.
    """
    assert column in ("id", "partnership_id")
    statement = SQL(
        "SELECT outcome_id, partnership_id, step, impact, level, indicator, unit, baseline, target, result, status"
        " FROM outcome_steps WHERE {} = ANY (%(values)s)"
        " AND (%(as_at)s::date IS NULL OR counts_from <= %(as_at)s)"
        " AND (%(known)s::bigint IS NULL OR position <= %(known)s)"
        " ORDER BY position"
    ).format(Identifier("outcome_id" if column == "id" else column))
    steps = await lines_of(connection, _Step, statement, {"values": list(values), "as_at": as_at, "known": known})
    return _fold(steps)


def _fold(steps: Iterable[_Step]) -> list[OutcomeLine]:
    lines: dict[str, OutcomeLine] = {}
    for step in steps:
        line = lines.get(step.outcome_id)
        if step.step in ("IndicatorAgreed", "OutcomeStated"):
            lines[step.outcome_id] = OutcomeLine(
                id=step.outcome_id,
                partnership_id=step.partnership_id,
                impact=step.impact or "",
                level=step.level or "",
                indicator=step.indicator or "",
                unit=step.unit,
                baseline=step.baseline,
                target=step.target,
                result=step.result,
                status=step.status or "",
                verified=False,
            )
        elif line is not None:
            # A step of an outcome whose first step is left out is ignored: the outcome does not exist yet.
            lines[step.outcome_id] = _after(line, step)
    return list(lines.values())


def _after(line: OutcomeLine, step: _Step) -> OutcomeLine:
    match step.step:
        case "OutcomeRestated":
            return replace(
                line,
                unit=step.unit,
                baseline=step.baseline,
                target=step.target,
                result=step.result,
                status=step.status or "",
                verified=False,
            )
        case "TargetRevised":
            return replace(line, target=step.target)
        case "ResultReported":
            return replace(line, result=step.result, status="reported", verified=False)
        case "ResultVerified":
            return replace(line, status="verified", verified=True)
        case _:
            return replace(line, status="rejected", verified=False)


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number) < Decimal(10) ** 15 else None
