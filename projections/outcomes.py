"""Outcomes: the indicator, baseline, target and result of each, as at any date and as known at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

import psycopg

from domain import outcome
from domain.history import Recorded
from domain.values.fact import DateCorrected
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
    evidence text, "on" text NOT NULL, counts_from date NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL DEFAULT 9223372036854775807, PRIMARY KEY (position, since)
);
CREATE INDEX outcome_steps_of_outcome ON outcome_steps (outcome_id, position);
"""
INDEXES = """
CREATE INDEX outcome_steps_of_partnership ON outcome_steps (partnership_id, position);
"""

# Some steps decide the state of an outcome: the first one, and the last one of each kind. A step before the first one,
# as at a day, is of an outcome that does not exist yet.
_BEGUN = ("IndicatorAgreed", "OutcomeStated")
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
                    _write_one(cursor, recorded)


_TAKEN = frozenset(get_args(outcome.Event))


def _redate(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Give a step its right date, from this position on."""
    cursor.execute(
        "WITH old AS (UPDATE outcome_steps SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *)"
        " INSERT INTO outcome_steps SELECT position, outcome_id, partnership_id, step, impact, level, indicator, unit,"
        " baseline, target, result, status, evidence, %(on)s, %(from)s, %(at)s, %(now)s FROM old",
        {
            "at": recorded.position,
            "of": position_of(cursor, recorded.stream, correction.version),
            "now": NOW,
            "on": correction.date.text,
            "from": counts_from(correction.date),
        },
    )


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case outcome.IndicatorAgreed() as event:
            _begin(cursor, recorded, event, result=None, status="agreed")
        case outcome.OutcomeStated() as event:
            _begin(cursor, recorded, event, result=event.result, status=event.status, evidence=event.evidence)
        case outcome.OutcomeRestated() as event:
            cursor.execute(
                "INSERT INTO outcome_steps (position, outcome_id, partnership_id, step, unit, baseline, target,"
                ' result, status, evidence, "on", counts_from, since)'
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.position, recorded.stream, event.partnership_id, type(event).__name__, event.unit,
                    event.baseline, event.target, event.result, event.status, event.evidence, event.on.text,
                    counts_from(event.on), recorded.position,
                ),
            )  # fmt: skip
        case outcome.TargetRevised() as event:
            _step(cursor, recorded, event.partnership_id, target=event.target)
        case outcome.ResultReported() as event:
            _step(cursor, recorded, event.partnership_id, result=event.value, evidence=event.evidence)
        case outcome.ResultVerified() as event:
            _verify(cursor, recorded, event.evidence)
        case outcome.ResultRejected() as event:
            _step(cursor, recorded, event.partnership_id)


def _begin(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    event: outcome.IndicatorAgreed | outcome.OutcomeStated,
    *,
    result: str | None,
    status: str,
    evidence: str | None = None,
) -> None:
    cursor.execute(
        "INSERT INTO outcome_steps SELECT coalesce((SELECT min(position) FROM outcome_steps WHERE outcome_id = %s"
        " AND step = %s), %s), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s",
        (
            recorded.stream, type(event).__name__, recorded.position,
            recorded.stream, event.partnership_id, type(event).__name__, event.impact, event.level,
            event.indicator, event.unit, event.baseline, event.target, result, status, evidence, event.on.text,
            counts_from(event.on), recorded.position,
        ),
    )  # fmt: skip


def _step(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    partnership_id: str,
    *,
    target: str | None = None,
    result: str | None = None,
    evidence: str | None = None,
) -> None:
    on = recorded.event.on
    cursor.execute(
        'INSERT INTO outcome_steps (position, outcome_id, partnership_id, step, target, result, evidence, "on",'
        " counts_from, since) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.position, recorded.stream, partnership_id, type(recorded.event).__name__, target, result, evidence,
            on.text, counts_from(on), recorded.position,
        ),
    )  # fmt: skip


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
    position: int


# --- Readers ----------------------------------------------------------------------------------------------------------


def outcomes_where(condition: str) -> str:
    """The outcomes made of the steps ``s`` that meet *condition*, for the FROM clause of a statement."""
    return f"""(SELECT (begun).outcome_id AS id, (begun).position, (begun).partnership_id,
        coalesce((begun).impact, '') AS impact, coalesce((begun).level, '') AS level,
        coalesce((begun).indicator, '') AS indicator, (stated).unit, (stated).baseline, (aimed).target, (found).result,
        CASE (last).step WHEN 'ResultReported' THEN 'reported' WHEN 'ResultVerified' THEN 'verified'
             WHEN 'ResultRejected' THEN 'rejected' ELSE coalesce((last).status, '') END AS status,
        (last).step = 'ResultVerified' AS verified,
        (checked).result AS verified_result, (checked)."on" AS verified_on,
        (found).evidence AS evidence, (checked).evidence AS verified_evidence
        FROM (SELECT {_last(_BEGUN)} AS begun, {_last(_STATED)} AS stated,
                     {_last((*_STATED, "TargetRevised"))} AS aimed, {_last(_FOUND)} AS found,
                     {_last(("ResultVerified",))} AS checked,
                     (array_agg(s ORDER BY s.position DESC) FILTER (WHERE s.step <> 'TargetRevised'))[1] AS last
                FROM outcome_steps s WHERE {condition} GROUP BY s.outcome_id) taken
       WHERE (begun).position IS NOT NULL) outcomes"""  # noqa: S608


def _last(steps: Sequence[str]) -> str:
    """The last row of one of *steps*."""
    return f"(array_agg(s ORDER BY s.position DESC) FILTER (WHERE s.step IN ({_quoted(steps)})))[1]"


AS_AT = (
    "(%(as_at)s::date IS NULL OR s.counts_from <= %(as_at)s)"
    f" AND s.since <= coalesce(%(known)s::bigint, {NOW - 1}) AND s.superseded > coalesce(%(known)s::bigint, {NOW - 1})"
)


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
    steps = f"s.{'outcome_id' if column == 'id' else column} = ANY (%(values)s) AND {AS_AT}"
    statement = (
        "SELECT id, partnership_id, impact, level, indicator, unit, baseline, target, result, status, verified,"  # noqa: S608
        " verified_result, verified_on, evidence, verified_evidence, position"
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
