"""The page of a programme's books: a closed period with its report, or the open days with their checklist and form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.bank.report import Reconciliation
from domain.books import ClosePeriod
from domain.history import Command
from domain.values.financial_year import Days, year_of
from domain.values.ids import ProgrammeId
from domain.values.when import When
from pages.books.checklist import Checklist, checklist
from pages.books.periods import Books, books_of, name_of
from pages.frame.clocks import AS_AT, POSITION, Clocks, address, days_asked
from pages.frame.fields import Field
from pages.frame.forms import Form, Step
from pages.frame.page import BadAddress, NotThere, Page, Sheet
from pages.register.programme import programme_called
from projections.bank import reading as bank
from projections.bank.reading import AccountLine
from projections.bank.reconciling import StatementLine, reconciliations, statements_within
from projections.money.period_report import Adjustment, FigureMoved, report
from projections.money.periods import PeriodLine
from projections.register.reading import ProgrammeLine
from projections.tables.paging import Connection

FROM, TO, NAME = "from", "to", "name"


def _close(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    return ClosePeriod(programme_id=ProgrammeId(about["programme_id"]), **values)


STEPS = {
    "close": Step(
        "Close the period",
        _close,
        (
            Field("name", "Name of the period", hint="Such as 2026-27. No other period of the programme may have it."),
            Field("starts", "First day", "date"),
            Field("ends", "Last day", "date"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over a period: before it, what moved in it, what it adjusts of closed periods, and what is not dated.

    *events* is the address of the page with the events behind it, at the end of the period.
    """

    name: str
    opening: Decimal
    moved: Decimal
    adjusted: Decimal
    undated: Decimal
    events: str

    @property
    def closing(self) -> Decimal:
        """The figure at the end of the period, without what is not dated."""
        return self.opening + self.moved + self.adjusted


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the funder over a period, with the statements that cover a day of it."""

    line: AccountLine
    reconciled: Reconciliation
    statements: list[StatementLine]


async def period(connection: Connection, clocks: Clocks, code: str, asked: dict[str, str]) -> Page:
    """The books of the programme *code*: the period that the address names, or the next open days.

    Raises NotThere, and BadAddress for days that are none.
    """
    programme = await programme_called(connection, code)
    (books,) = await books_of(connection, [programme], clocks)
    closed = _closed(books, asked)
    days = Days(starts=closed.starts, ends=closed.ends) if closed else _days(clocks, books, asked)
    position = closed.position if closed else clocks.position
    figures, adjusted = await _figures(connection, programme, days, position)
    accounts = await _accounts(connection, clocks, days)
    return Page(
        template="books/period.html",
        title=f"{closed.name if closed else 'Open days'} of {programme.name}",
        section="periods",
        path=f"/periods/{programme.code}",
        trail=[("Periods", "/periods")],
        values={
            "programme": programme,
            "books": books,
            "closed": closed,
            "days": days,
            "position": position,
            "figures": figures,
            "undated": any(one.undated for one in figures),
            "adjusted": adjusted,
            "since": await _since(connection, clocks, programme, closed) if closed else [],
            "accounts": accounts,
            "checklist": None if closed else await _checklist(connection, clocks, programme, days, accounts),
            "is_over": days.ends < clocks.as_at,
        },
        forms=() if closed or days.ends >= clocks.as_at else (_form(clocks, days, books.first_month),),
        about={"programme_id": programme.id},
        sheet=Sheet(
            ("figure", "currency", "starts", "ends", "opening", "moved", "adjusted", "closing", "undated"),
            [
                (one.name, programme.currency, days.starts, days.ends, one.opening, one.moved, one.adjusted,
                 one.closing, one.undated)
                for one in figures
            ],
        ),
    )  # fmt: skip


def _closed(books: Books, asked: dict[str, str]) -> PeriodLine | None:
    """The closed period that the address names; None if it names none. Raises NotThere."""
    if NAME not in asked:
        return None
    for one in books.closed:
        if one.name == asked[NAME]:
            return one
    names = ", ".join(one.name for one in books.closed) or "none"
    raise NotThere(f"{books.programme.name} has no closed period {asked[NAME][:80]}. Closed periods: {names}.")


def _days(clocks: Clocks, books: Books, asked: dict[str, str]) -> Days:
    """The days that the address asks for; else the first open ones, to the end of their financial year."""
    starts, ends = days_asked(asked)
    if starts is None:
        begun = When(books.programme.begun).earliest
        starts = books.open_from or year_of(begun or clocks.as_at, books.first_month).days.starts
    ends = ends or year_of(starts, books.first_month).days.ends
    if ends < starts:
        raise BadAddress("The last day is before the first day.")
    return Days(starts=starts, ends=ends)


async def _figures(
    connection: Connection, programme: ProgrammeLine, days: Days, position: int
) -> tuple[list[Figure], list[Adjustment]]:
    """The figures of the books over *days*, as known at *position*, and the adjustments that count in them."""
    asked: dict[str, Any] = {"known": position}
    inside = await report(connection, programme.id, programme.currency, starts=days.starts, ends=days.ends, **asked)
    before: dict[str, FigureMoved] = {}
    if days.starts > date.min:
        day = days.starts - timedelta(days=1)
        earlier = await report(connection, programme.id, programme.currency, starts=date.min, ends=day, **asked)
        before = {one.figure: one for one in earlier.figures}
    return [
        Figure(
            one.figure,
            before[one.figure].total if one.figure in before else Decimal(0),
            one.moved,
            one.adjusted,
            inside.undated[one.figure],
            address(
                f"/programmes/{programme.code}/money/{one.figure}",
                **{"currency": programme.currency, AS_AT: days.ends.isoformat(), POSITION: str(position)},
            ),
        )
        for one in inside.figures
    ], inside.adjustments


async def _since(
    connection: Connection, clocks: Clocks, programme: ProgrammeLine, closed: PeriodLine
) -> list[Adjustment]:
    """What was recorded since the period was closed, and took effect in it."""
    later = await report(
        connection,
        programme.id,
        programme.currency,
        starts=closed.ends + timedelta(days=1),
        ends=date.max,
        known=clocks.position,
    )
    return [one for one in later.adjustments if one.line.period == closed.name]


async def _accounts(connection: Connection, clocks: Clocks, days: Days) -> list[Account]:
    lines = await bank.accounts(connection)
    found = await reconciliations(connection, lines, days.starts, days.ends, known=clocks.then)
    statements = await statements_within(connection, days.starts, days.ends, known=clocks.then)
    return [Account(one, found[one.id], [each for each in statements if each.account_id == one.id]) for one in lines]


async def _checklist(
    connection: Connection, clocks: Clocks, programme: ProgrammeLine, days: Days, accounts: list[Account]
) -> Checklist:
    reconciled = {one.line.id: one.reconciled for one in accounts}
    return await checklist(connection, clocks, programme, days, reconciled)


def _form(clocks: Clocks, days: Days, first_month: int) -> Form:
    values = {"name": name_of(days, first_month), "starts": days.starts.isoformat(), "ends": days.ends.isoformat()}
    return STEPS["close"].form("close", clocks.as_at, values=values)
