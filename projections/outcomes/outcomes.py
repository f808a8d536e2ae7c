"""Outcomes: the indicator, baseline, target and result of each, as at any date and as known at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, get_args

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder

from domain import outcome
from domain.history import Recorded
from domain.values.fact import DateCorrected
from domain.values.when import When
from projections.parts.late import LAST_DAY
from projections.tables.corrections import NOW, apart, position_of, supersede
from projections.tables.effect import counts_from
from projections.tables.kinds import of_kinds
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "outcomes"
TABLES = ("outcome_steps",)
# Every step is stored: a revised target never overwrites the old one. A step that was corrected has several rows: each
# is known from the position since until superseded. What a source now states instead keeps the position.
DEFINITION = """
CREATE TABLE outcome_steps (
    position bigint NOT NULL, outcome_id text NOT NULL, partnership_id text NOT NULL, step text NOT NULL,
    impact text, level text, indicator text, unit text, baseline text, target text, result text, status text,
    evidence text, "on" text NOT NULL, counts_from date NOT NULL, baseline_on text, expected_by text, priority text,
    since bigint NOT NULL, superseded bigint NOT NULL DEFAULT 9223372036854775807, PRIMARY KEY (position, since)
);
CREATE INDEX outcome_steps_of_outcome ON outcome_steps (outcome_id, position);
"""
INDEXES = """
CREATE INDEX outcome_steps_of_partnership ON outcome_steps (partnership_id, position);
"""

# Some steps decide the state of an outcome: the first one, and the last one of each kind. A step before the first one,
# as at a day, is of an outcome that does not exist yet.
_BEGUN = ("IndicatorAgreed", "UnplannedOutcomeReported", "OutcomeStated")
_STATED = (*_BEGUN, "OutcomeRestated")
_FOUND = (*_STATED, "ResultReported")


def _quoted(steps: Sequence[str]) -> str:
    return ", ".join(f"'{step}'" for step in steps)


# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(of_kinds(page, _TAKEN)):
        if isinstance(correction, DateCorrected):
            _redate(cursor, events[0], correction)
        elif correction is not None:
            supersede(cursor, "outcome_steps", events[0], correction)
        else:
            with without_waiting(cursor, events):
                for recorded in events:
                    if isinstance(recorded.event, outcome.ResultVerified):
                        _verify(cursor, recorded, recorded.event.evidence)
                    else:
                        _step(cursor, recorded)


# What is numbered below an outcome is a part of it: ``projections.parts``.
_TAKEN = frozenset(get_args(outcome.Event)) - frozenset(get_args(outcome.Numbered))


def _redate(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Give a step its right date, from this position on."""
    cursor.execute(
        "WITH old AS (UPDATE outcome_steps SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *)"
        " INSERT INTO outcome_steps SELECT position, outcome_id, partnership_id, step, impact, level, indicator, unit,"
        " baseline, target, result, status, evidence, %(on)s, %(from)s, baseline_on, expected_by, priority, %(at)s,"
        " %(now)s FROM old",
        {
            "at": recorded.position,
            "of": position_of(cursor, recorded.stream, correction.version),
            "now": NOW,
            "on": correction.date.text,
            "from": counts_from(correction.date),
        },
    )


# What a step may say of its outcome. An event says it under the same names, but a result is its value.
_SAID = (
    "impact", "level", "indicator", "unit", "baseline", "target", "result", "status", "evidence", "baseline_on",
    "expected_by", "priority",
)  # fmt: skip
# The status after a first step of people. Sources state theirs.
_STATUS = {"IndicatorAgreed": "agreed", "UnplannedOutcomeReported": "unplanned"}


def _step(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Add the step that an event is. An outcome that is stated anew keeps the position of its first statement."""
    event: Any = recorded.event
    step = type(event).__name__
    said = {name: _text(getattr(event, name, None)) for name in _SAID}
    said |= {"result": getattr(event, "value", said["result"]), "status": _STATUS.get(step, said["status"])}
    row = said | {
        "position": recorded.position, "outcome_id": recorded.stream, "partnership_id": event.partnership_id,
        "step": step, "on": event.on.text, "counts_from": counts_from(event.on), "since": recorded.position,
    }  # fmt: skip
    first = SQL(
        "coalesce((SELECT min(position) FROM outcome_steps WHERE outcome_id = %(outcome_id)s AND step = %(step)s),"
        " %(position)s)"
    )
    values = [first if name == "position" and step in _BEGUN else Placeholder(name) for name in row]
    statement = SQL("INSERT INTO outcome_steps ({}) VALUES ({})").format(
        SQL(", ").join(map(Identifier, row)), SQL(", ").join(values)
    )
    cursor.execute(statement, row)


def _text(value: Any) -> Any:
    """A value of an event as its column has it."""
    match value:
        case When():
            return value.text
        case Enum():
            return value.value
        case _:
            return value


def _verify(cursor: psycopg.Cursor[Any], recorded: Recorded, evidence: str) -> None:
    """Add a verification with the result that it verifies: the latest one in the log, whatever the dates are."""
    on = recorded.event.on
    cursor.execute(
        "INSERT INTO outcome_steps (position, outcome_id, partnership_id, step, result, evidence,"  # noqa: S608
        ' "on", counts_from, since)'
        " SELECT %(position)s, outcome_id, partnership_id, 'ResultVerified', result, %(evidence)s, %(on)s, %(from)s,"
        " %(position)s"
        f" FROM outcome_steps WHERE outcome_id = %(outcome)s AND step IN ({_quoted(_FOUND)}) AND superseded = {NOW}"
        " ORDER BY position DESC LIMIT 1",
        {
            "position": recorded.position,
            "evidence": evidence,
            "on": on.text,
            "from": counts_from(on),
            "outcome": recorded.stream,
        },
    )


# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class OutcomeLine:
    """The state of an outcome. Values are in *unit*, in the words of the source or the partnership.

    *verified_result* is the latest result that was verified, and *verified_on* when; a newer result may not be.
    *evidence* is that of the latest result, *verified_evidence* that by which a result was verified last.
    """

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
    verified_result: str | None
    verified_on: str | None
    evidence: str | None
    verified_evidence: str | None
    baseline_on: str | None
    expected_by: str | None
    priority: str | None
    position: int


# --- Readers ----------------------------------------------------------------------------------------------------------


def outcomes_where(condition: str) -> str:
    """The outcomes made of the steps ``s`` that meet *condition*, for the FROM clause of a statement."""
    return f"""(SELECT (begun).outcome_id AS id, (begun).position, (begun).partnership_id,
        coalesce((begun).impact, '') AS impact, coalesce((begun).level, '') AS level,
        coalesce((named).indicator, '') AS indicator, (stated).unit, (stated).baseline, (aimed).target, (found).result,
        CASE (last).step WHEN 'ResultReported' THEN 'reported' WHEN 'ResultVerified' THEN 'verified'
             WHEN 'ResultRejected' THEN 'rejected' ELSE coalesce((last).status, '') END AS status,
        (last).step = 'ResultVerified' AS verified,
        (checked).result AS verified_result, (checked)."on" AS verified_on,
        (found).evidence AS evidence, (checked).evidence AS verified_evidence, (begun).baseline_on,
        (begun).expected_by, (begun).priority
        FROM (SELECT {_last(_BEGUN)} AS begun, {_last(_STATED)} AS stated,
                     {_last((*_BEGUN, "IndicatorRevised"))} AS named,
                     {_last((*_STATED, "TargetRevised"))} AS aimed, {_last(_FOUND)} AS found,
                     {_last(("ResultVerified",))} AS checked,
                     (array_agg(s ORDER BY s.position DESC) FILTER (WHERE s.step NOT IN ('TargetRevised',
                        'IndicatorRevised')))[1] AS last
                FROM outcome_steps s WHERE {condition} GROUP BY s.outcome_id) taken
       WHERE (begun).position IS NOT NULL) outcomes"""  # noqa: S608


def _last(steps: Sequence[str]) -> str:
    """The last row of one of *steps*."""
    return f"(array_agg(s ORDER BY s.position DESC) FILTER (WHERE s.step IN ({_quoted(steps)})))[1]"


def steps_at(as_at: str, known: str) -> str:
    """The condition that a step ``s`` counts as at a day and is known at a position. Both are SQL; NULL is no limit."""
    at = f"coalesce({known}::bigint, {NOW - 1})"
    return f"({as_at}::date IS NULL OR s.counts_from <= {as_at}) AND s.since <= {at} AND s.superseded > {at}"


AS_AT, PRESENT = steps_at("%(as_at)s", "%(known)s"), steps_at("NULL", "NULL")


# The condition of the steps of outcomes, by the column that names them.
_OF = {
    "id": "s.outcome_id = ANY (%(values)s)",
    "partnership_id": "s.partnership_id = ANY (%(values)s)",
    "programme_id": "s.partnership_id IN (SELECT p.id FROM partnerships p WHERE p.programme_id = ANY (%(values)s))",
}


async def outcomes_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[OutcomeLine]:
    """The outcomes whose *column* (id, partnership_id or programme_id) is one of *values*, in the order recorded.

    *as_at* is a date and *known* a position of the log. Both default to now.
    """
    steps = f"{_OF[column]} AND {AS_AT}"
    statement = (
        "SELECT id, partnership_id, impact, level, indicator, unit, baseline, target, result, status, verified,"  # noqa: S608
        " verified_result, verified_on, evidence, verified_evidence, baseline_on, expected_by, priority, position"
        f" FROM {outcomes_where(steps)} ORDER BY position"
    )
    return await lines_of(connection, OutcomeLine, statement, {"values": list(values), "as_at": as_at, "known": known})


def distance_travelled(baseline: str | None, target: str | None, result: str | None) -> Decimal | None:
    """(result - baseline) / (target - baseline), to four decimal places.

    None where one of the three is not a number, or where target and baseline are equal. An unknown baseline does not
    count as 0.
    """
    start, aim, reached = [_number(value) for value in (baseline, target, result)]
    if start is None or aim is None or reached is None or aim == start:
        return None
    return ((reached - start) / (aim - start)).quantize(Decimal("0.0001"))


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number) < Decimal(10) ** 15 else None


# --- Attention --------------------------------------------------------------------------------------------------------

# What is missing or due of outcomes now, with the columns of ``projections.attention.Kind``.
_GOALS = f"""SELECT id AS thing, id AS of_id, NULL::integer AS number, indicator AS reference, partnership_id,
        'partner' AS who, begun::date AS since, {{due}} AS due, NULL::numeric AS amount, NULL::text AS currency
   FROM (SELECT outcomes.*, (SELECT min(b.counts_from) FROM outcome_steps b WHERE b.position = outcomes.position)
                AS begun FROM {outcomes_where(PRESENT)}) o WHERE {{missing}}"""  # noqa: S608
# The name, the words and the rule of each kind, and its statement.
OF_OUTCOMES: dict[tuple[str, str, str], str] = {
    ("NO_BASELINE", "a goal was agreed without a baseline", "R066: a baseline before the work"): (
        _GOALS.format(due="NULL::date", missing="baseline IS NULL AND status IN ('agreed', 'reported', 'rejected')")
    ),
    ("RESULT_DUE", "a result is expected and none stands", "R136: results beside when they are expected"): (
        "SELECT * FROM ("  # noqa: S608
        + _GOALS.format(due=LAST_DAY.format("expected_by"), missing="status IN ('agreed', 'rejected')")
        + ") g WHERE g.due <= %(soon)s"
    ),
}
