"""How long queries of delays take over HTTP with 100,000 and with 10,000 bids: run by ``make bench``."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from domain.values.waiting import Calendar, Days, Span
from domain.values.when import When
from infra.database.postgres import Database
from projections.delays.clock import Standard, Step, timed
from projections.delays.stages import Key, Memo, Place, Seen, seen_after, timings
from projections.tables.effect import counts_from
from tests.bench.turns import in_turns

BIDS, ROUNDS = 100_000, 60
NOW = 9223372036854775807
YEARS = (date(2021, 1, 1), 5 * 365)
PATH = (("acknowledged", 5), ("tested", 10), ("assessed", 60), ("approved", 40), ("notified", 7))
QUESTIONS = {
    "delaySummary by quarter": "{ delaySummary(groupBy: QUARTER) { group decided open breached medianDays p90Days"
    " maxDays medianDaysWithOpen medianDaysWithOpenLow medianDaysWithOpenHigh } }",
    "delaySummary of a stage, as at a past day": "{ delaySummary(groupBy: SCHEME, measure: ASSESSMENT,"
    ' asAt: "2023-06-30") { group decided open breached lateAny withinStandard medianDays } }',
    "delays, a page of 20": "{ delays(first: 20) { nodes { bid { reference title } clock { openDays breached waitingFor"
    " daysToDecision { min max } stages { name owner days { min max } workingDays { min max } } } } } }",
    "delays, a page of 20 that wait": "{ delays(first: 20, filter: { openOnly: true, breachedOnly: true }) { nodes {"
    " bid { reference } clock { openDays waitingOn nextDeadline } } } }",
}


def history(chance: random.Random) -> list[Step]:
    """The steps of one bid. Some bids wait at a stage, some get a question, some dates are known only to the month."""
    day = YEARS[0] + timedelta(days=chance.randrange(YEARS[1]))
    steps = [Step("submitted", _when(day, chance))]
    for kind, most in PATH:
        if chance.random() < 0.08:
            break
        if kind == "assessed" and chance.random() < 0.2:
            steps.append(Step("asked", When(day.isoformat()), 1))
            day += timedelta(days=chance.randrange(20))
            steps.append(Step("answered", When(day.isoformat()), 1))
        day += timedelta(days=chance.randrange(most))
        steps.append(Step(kind, _when(day, chance)))
    return steps


def _when(day: date, chance: random.Random) -> When:
    return When(day.isoformat()[:7] if chance.random() < 0.05 else day.isoformat())


def rows(count: int) -> Iterator[tuple[str, list[Step], list[tuple[Any, ...]]]]:
    """Each bid with its steps, and its spans as the projector stores them."""
    chance = random.Random(4)
    standards = [Standard(None, Span.TO_DECISION, 84, Days.CALENDAR, date(2020, 1, 1))]
    for n in range(count):
        place = Place(
            partnership_id=f"partnership-{n % 500}",
            round_id=None,
            kind="pilot",
            scheme_id=f"scheme-{n % 8}",
            programme_id="programme-b",
            funder_id=None,
            calendar=Calendar.ENGLAND_AND_WALES,
        )
        steps = history(chance)
        kept = [
            (
                f"bid-{n:06}",
                *key,
                n * 10,
                NOW,
                seen.since,
                seen.until,
                *(Jsonb(p) if isinstance(p, list) else p for p in seen.kept),
            )
            for key, seen in seen_of(steps, place, standards)
        ]
        yield f"bid-{n:06}", steps, kept


def seen_of(steps: list[Step], place: Place, standards: list[Standard]) -> Iterator[tuple[Key, Seen]]:
    """Each span of a bid as at each day."""
    memo: Memo = {}
    found = []
    for day in sorted({counts_from(step.on) for step in steps}):
        by_then = timed([step for step in steps if counts_from(step.on) <= day])
        kept = timings(by_then, place, standards, memo)
        found.append((day, {(one.attempt, one.nth): columns for one, columns in kept}))
    for key in sorted({key for _, kept in found for key in kept}):
        for seen in seen_after([], date.min, [(day, kept.get(key)) for day, kept in found]):
            yield key, seen


def fill(database: Database, size: str) -> dict[str, int]:
    """Fill the read models. Return the number of rows by kind."""
    count = BIDS if size == "full" else BIDS // 10
    spans = 0
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO read.timing_places (id, sort, code) SELECT 'scheme-' || n, 'scheme', 'scheme-' || n"
            " FROM generate_series(0, 7) n"
        )
        cursor.execute(
            "INSERT INTO read.bids (id, reference, title, status, partnership_id, position)"
            " SELECT 'bid-' || lpad(n::text, 6, '0'), 'B-' || n, 'Bid ' || n, 'submitted', 'partnership-' || n % 500, n"
            f" FROM generate_series(0, {count - 1}) n"
        )
        found = list(rows(count))
        with cursor.copy("COPY read.spans FROM STDIN") as copy:
            for _, _, kept in found:
                for row in kept:
                    copy.write_row(row)
                    spans += 1
        with cursor.copy("COPY read.bid_steps FROM STDIN") as copy:
            for n, (bid_id, steps, _) in enumerate(found):
                for place, step in enumerate(steps):
                    belongs = f"partnership-{n % 500}" if step.kind == "submitted" else None
                    position = n * 10 + place
                    copy.write_row(
                        (bid_id, position, step.kind, step.on.text, step.number, belongs, None, position, NOW)
                    )
        cursor.execute("UPDATE read.projections SET position = %s", (count * 10,))
        cursor.execute("VACUUM ANALYZE")
    return {"bids": count, "spans": spans}


if __name__ == "__main__":
    in_turns("delays", QUESTIONS, fill, ROUNDS)
