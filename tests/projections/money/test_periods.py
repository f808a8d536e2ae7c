"""The report of a closed period never changes, and every posting counts in exactly one period."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import psycopg
import pytest

from domain import award
from domain.books import ClosePeriod
from domain.values.ids import AwardId, ProgrammeId
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from projections.money.funding import FIGURES, funding_by
from projections.money.period_report import Report, report
from projections.money.periods import PeriodLine, periods_by
from projections.tables.paging import Connection
from tests.kit.money import Desk, desk, gbp

T = TypeVar("T")
FIRST, LAST = date(2004, 4, 1), date(2007, 3, 31)


def asked(database: Database, question: Callable[[Connection], Awaitable[T]]) -> T:
    """The answer to *question*, with the read models up to date."""
    project_all(database)

    async def ask() -> T:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            return await question(connection)

    return asyncio.run(ask())


def books(database: Database, programme_id: str, starts: date, ends: date, known: int) -> Report:
    return asked(
        database, lambda connection: report(connection, programme_id, "GBP", starts=starts, ends=ends, known=known)
    )


def closed(database: Database, programme_id: str) -> list[PeriodLine]:
    return asked(database, lambda connection: periods_by(connection, "programme_id", [programme_id]))


def totals(found: Report) -> dict[str, Decimal]:
    return {one.figure: one.total for one in found.figures}


def close(at: Desk, programme_id: ProgrammeId, name: str, starts: date, ends: date) -> int:
    """Close a period and return the position of its closing."""
    command = ClosePeriod(
        programme_id=programme_id,
        name=name,
        starts=When(starts.isoformat()),
        ends=When(ends.isoformat()),
        on=When((ends + timedelta(days=30)).isoformat()),
    )
    return at.do(command).position


def test_a_correction_after_a_year_was_closed_is_an_adjustment_in_the_next_year(programme: Database) -> None:
    with desk(programme) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        award_id = at.accepted_award("corrected", "100.00")
        at.pay(award_id, 1, "60.00", "2004-09-01")
        first = close(at, cbp, "2004-05", date(2004, 4, 1), date(2005, 3, 31))
        before = books(programme, cbp, date(2004, 4, 1), date(2005, 3, 31), first)
        at.do(award.ReversePayment(award_id=award_id, number=1, because="Of another award", on=When("2004-09-01")))
        at.pay(award_id, 2, "25.00", "2005-06-01")
        now = at.log.position()

    assert Decimal("60.00") == totals(before)["paid"]
    # The report of the closed year stays as it was.
    assert before == books(programme, cbp, date(2004, 4, 1), date(2005, 3, 31), first)
    assert totals(before) == totals(books(programme, cbp, date(2004, 4, 1), date(2005, 3, 31), now))

    # By effective dates alone it would have changed.
    assert Decimal("0.00") == ladder(programme, cbp, date(2005, 3, 31), now)["paid"]

    year = books(programme, cbp, date(2005, 4, 1), date(2006, 3, 31), now)
    paid = {one.figure: one for one in year.figures}["paid"]
    assert (Decimal("25.00"), Decimal("-60.00"), Decimal("-35.00")) == (paid.moved, paid.adjusted, paid.total)
    adjustment = next(one for one in year.adjustments if one.figure == "paid")
    assert ("PaymentReversed", "2004-09-01", "2004-05", date(2005, 4, 1), Decimal("-60.00")) == (
        adjustment.line.event,
        adjustment.line.effective,
        adjustment.line.period,
        adjustment.booked,
        adjustment.amount,
    )


def test_an_adjustment_is_booked_on_the_first_day_that_is_open_even_if_it_is_the_last_of_the_report(
    programme: Database,
) -> None:
    with desk(programme) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        award_id = at.accepted_award("late", "100.00")
        close(at, cbp, "spring", date(2004, 4, 1), date(2004, 6, 30))
        at.pay(award_id, 1, "60.00", "2004-06-30")
        now = at.log.position()
    of_the_day = books(programme, cbp, date(2004, 7, 1), date(2004, 7, 1), now)
    assert Decimal("60.00") == {one.figure: one.adjusted for one in of_the_day.figures}["paid"]
    assert {date(2004, 7, 1)} == {one.booked for one in of_the_day.adjustments}
    assert () == tuple(books(programme, cbp, date(2004, 7, 2), date(2004, 7, 31), now).adjustments)


def test_an_undated_posting_is_in_no_period_and_shown_separately(programme: Database) -> None:
    with desk(programme) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        now = at.log.position()
    found = books(programme, cbp, FIRST, LAST, now)
    assert {Decimal("0.00")} == set(totals(found).values())
    assert found.undated["awarded"] == ladder(programme, cbp, LAST, now)["awarded"]
    assert found.undated["awarded"] > 0


def ladder(database: Database, programme_id: str, as_at: date, known: int) -> dict[str, Decimal]:
    async def ask(connection: Connection) -> dict[str, Decimal]:
        (line,) = await funding_by(connection, "programme_id", [programme_id], as_at=as_at, known=known)
        return {name: figure.amount for name, figure in line.figures.items()}

    return asked(database, ask)


QUARTERS = [
    (date(year, month, 1), date(year + (month == 10), (month + 2) % 12 + 1, 1) - timedelta(days=1))
    for year in (2004, 2005, 2006)
    for month in (1, 4, 7, 10)
]


@pytest.mark.parametrize("seed", range(2))
def test_in_any_order_of_recording_and_closing_each_posting_counts_in_one_period_and_closed_periods_never_change(
    programme: Database, seed: int
) -> None:
    """The quarters add up to the ladder at any end, and every closed quarter keeps its report."""
    chance = random.Random(seed)
    kept: dict[str, tuple[date, date, int]] = {}
    with desk(programme) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        awards = [at.accepted_award(f"any-{nth}", "100000.00") for nth in range(3)]
        for number in range(1, 60):
            starts, ends = chance.choice(QUARTERS)
            if chance.random() < 0.15 and starts.isoformat() not in kept:
                kept[starts.isoformat()] = (starts, ends, close(at, cbp, starts.isoformat(), starts, ends))
            day = (date(2004, 7, 1) + timedelta(days=chance.randrange(900))).isoformat()
            with suppress(Refused):
                something(chance, at, chance.choice(awards), number, day)
        now = at.log.position()
    assert kept
    for starts, ends, position in kept.values():
        assert totals(books(programme, cbp, starts, ends, position)) == totals(books(programme, cbp, starts, ends, now))
    whole = books(programme, cbp, date(1900, 1, 1), date(2100, 1, 1), now)
    parts = [totals(books(programme, cbp, starts, ends, now)) for starts, ends in QUARTERS]
    rest = [
        totals(books(programme, cbp, date(1900, 1, 1), QUARTERS[0][0] - timedelta(days=1), now)),
        totals(books(programme, cbp, QUARTERS[-1][1] + timedelta(days=1), date(2100, 1, 1), now)),
    ]
    for figure in FIGURES:
        added = sum(one[figure] for one in (*parts, *rest))
        assert added == totals(whole)[figure]
        assert added + whole.undated[figure] == ladder(programme, cbp, date(2100, 1, 1), now)[figure]
    assert len(closed(programme, cbp)) == len(kept)


def something(chance: random.Random, at: Desk, award_id: AwardId, number: int, day: str) -> None:
    """A payment, or a payment that is reversed or comes back in part."""
    match chance.randrange(3):
        case 0:
            at.pay(award_id, number, f"{chance.randrange(1, 900)}.00", day)
        case 1:
            reverse = award.ReversePayment(
                award_id=award_id, number=chance.randrange(1, number + 1), because="wrong", on=When(day)
            )
            at.do(reverse)
        case _:
            at.do(
                award.ReturnPayment(
                    award_id=award_id,
                    number=chance.randrange(1, number + 1),
                    part=number,
                    amount=gbp("1.00"),
                    because="unspent",
                    on=When(day),
                )
            )
