"""The ladder by financial year: the rows add up to the ladder to the penny, on both clocks, whatever happened."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TypeVar

import psycopg
import pytest

from domain.books import CarryForward, SetFinancialYear
from domain.programme import AllocateBudget, VaryBudget
from domain.values.ids import ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from projections.money.by_year import SCOPES, Years, years_of
from projections.money.funding import FIGURES, FundingLine, funding_beside, funding_by
from projections.tables.paging import Connection
from tests.kit.database.feeding import rebuilt
from tests.kit.database.writing import read_tables
from tests.kit.histories import History
from tests.kit.length import times
from tests.kit.money import Desk, desk, gbp

T = TypeVar("T")
DAYS = [date(2004, 3, 31), date(2004, 4, 1), date(2004, 12, 31), date(2005, 3, 31), date(2030, 1, 1)]
TABLES = {"programme_id": "programmes", "scheme_id": "schemes", "partnership_id": "partnerships", "award_id": "awards"}


def asked(database: Database, question: Callable[[Connection], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            return await question(connection)

    return asyncio.run(ask())


async def every_ladder(connection: Connection, as_at: date, known: int) -> list[FundingLine]:
    """The ladders of everything that belongs to a programme, in all of its currencies."""
    found: list[FundingLine] = []
    for column in SCOPES:
        cursor = await connection.execute(f'SELECT id FROM "{TABLES[column]}"'.encode())
        ids = [one for (one,) in await cursor.fetchall()]
        found += await funding_by(connection, column, ids, as_at=as_at, known=known)
        found += await funding_beside(connection, column, ids, as_at=as_at, known=known)
    return found


def budgets(at: Desk, chance: random.Random) -> None:
    """A step about a budget, perhaps for a year."""
    programme_id = ProgrammeId(at.find("programme", "cbp"))
    scheme_id = chance.choice([None, SchemeId(at.find("scheme", "cbp-improvement-partnerships"))])
    on = UNKNOWN if chance.random() < 0.2 else When(f"{chance.choice([2004, 2005])}-0{chance.randrange(1, 10)}-01")
    year = chance.choice([None, "2004-05", "2005-06"])
    amount = gbp(f"{chance.randrange(1, 90_000)}.{chance.randrange(10, 100)}")
    with suppress(Refused):
        match chance.randrange(3):
            case 0:
                at.do(
                    AllocateBudget(
                        programme_id=programme_id, scheme_id=scheme_id, amount=amount, purpose="x", year=year, on=on
                    )
                )
            case 1:
                at.do(
                    VaryBudget(
                        programme_id=programme_id, scheme_id=scheme_id, change=amount, because="x", year=year, on=on
                    )
                )
            case _:
                at.do(
                    CarryForward(
                        programme_id=programme_id, scheme_id=scheme_id, amount=amount, from_year="2004-05",
                        to_year="2005-06", allowed_by="Director", because="x", on=on,
                    )
                )  # fmt: skip


def lived(database: Database, seed: int, steps: int) -> list[int]:
    """Histories on any dates, with budgets; the positions after parts of them."""
    chance = random.Random(seed)
    cuts = []
    with desk(database) as at:
        histories = [History(at, f"y{seed}-{nth}", chance) for nth in range(3)]
        for one in histories:
            one.begin()
        for _ in range(4):
            for one in histories:
                one.happen(steps)
                budgets(at, chance)
                budgets(at, chance)
            cuts.append(at.log.position())
    project_all(database)
    return cuts


def added_up(years: Years) -> dict[str, Decimal]:
    return {
        name: sum((one.figures[name] for one in years.periods), Decimal(0)) for name in (*years.line.figures,
        *years.line.beside)
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(times(1, 12)))
def test_the_rows_of_years_and_quarters_add_up_to_every_ladder_on_both_clocks(programme: Database, seed: int) -> None:
    cuts = lived(programme, seed, 25)
    compared, undated, periods = 0, Decimal(0), 0

    async def check(connection: Connection, as_at: date, known: int) -> None:
        nonlocal compared, undated, periods
        for line in await every_ladder(connection, as_at, known):
            figures = line.figures | line.beside
            for quarters in (False, True):
                found = await years_of(connection, line, quarters=quarters)
                assert {name: one.amount for name, one in figures.items()} == added_up(found), line
                rows = {one.period: one.figures for one in found.periods}
                nothing = dict.fromkeys(figures, Decimal(0))
                assert {name: one.undated for name, one in figures.items()} == rows.get(None, nothing)
                assert all(one.days.starts <= as_at for one in rows if one is not None)
                compared += 1
                periods += len(rows)
            undated += abs(figures["awarded"].undated)

    async def every(connection: Connection) -> None:
        for known in cuts[1::2]:
            for as_at in DAYS[::2]:
                await check(connection, as_at, known)

    asked(programme, every)
    # The law would hold for ladders of nothing too.
    assert compared > 500
    assert periods > 300
    assert undated > 0


def test_the_rows_until_a_year_ends_are_the_ladder_as_at_its_last_day(programme: Database) -> None:
    """So each amount is in the year of its date, not only in some year. Years of the calendar are not these years."""
    (*_, now) = lived(programme, 7, 40)

    async def differences(connection: Connection, first_month: int) -> int:
        found = 0
        for line in await every_ladder(connection, date(2030, 1, 1), now):
            years = await years_of(connection, line, first_month=first_month)
            total = dict.fromkeys(line.figures, Decimal(0))
            # What is not dated counts always.
            for one in sorted(years.periods, key=lambda one: one.period is not None):
                total = {name: amount + one.figures[name] for name, amount in total.items()}
                if one.period is not None:
                    march = date(one.period.days.starts.year + 1, 3, 31)
                    ladders = await funding_by(connection, line.column, [line.scope], as_at=march, known=now)
                    own = [each for each in ladders if each.currency == line.currency]
                    found += any(total != {name: each.figures[name].amount for name in FIGURES} for each in own)
        return found

    assert 0 == asked(programme, lambda connection: differences(connection, 4))
    assert asked(programme, lambda connection: differences(connection, 1)) > 0


def test_another_first_month_regroups_every_year_from_its_day_on_as_known_then(programme: Database) -> None:
    with desk(programme) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        award_id = at.accepted_award("months", "100.00")
        at.pay(award_id, 1, "60.00", "2005-02-01")
        before = at.log.position()
        at.do(SetFinancialYear(programme_id=cbp, first_month=1, on=When("2005-06-01")))
        now = at.log.position()
    project_all(programme)

    def paid(as_at: date, known: int) -> list[tuple[str, Decimal]]:
        async def ask(connection: Connection) -> Years:
            (line,) = await funding_by(connection, "award_id", [award_id], as_at=as_at, known=known)
            return await years_of(connection, line)

        return [
            (one.period.name, one.figures["paid"])
            for one in asked(programme, ask).periods
            if one.period is not None and one.figures["paid"]
        ]

    sixty = Decimal("60.00")
    assert [("2004-05", sixty)] == paid(date(2005, 12, 31), before)
    assert [("2004-05", sixty)] == paid(date(2005, 5, 31), now)
    assert [("2005", sixty)] == paid(date(2005, 12, 31), now)


def test_years_and_their_budgets_are_the_same_after_a_rebuild(programme: Database) -> None:
    """Page by page and built again, with corrected dates."""
    lived(programme, 3, 30)
    before = read_tables(programme)
    assert before["year_budgets"]
    assert before == rebuilt(programme)
