"""The books stream of a programme: its financial year, its closed periods, and budgets carried from year to year.

A closed period is never reopened. An event that is recorded later, with an effective date inside the period, keeps that
date. It counts as an adjustment in the first later period that was open when the event was recorded.
"""

from datetime import date, timedelta
from typing import TypeAlias, assert_never

from domain.values.fact import Fact
from domain.values.financial_year import APRIL, MONTHS, Spending, month_called, year_called
from domain.values.frozen import frozen, replace
from domain.values.ids import ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.numbers import given_or_next
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class PeriodClosed(Fact):
    """The books of the programme are closed for the days from *starts* to *ends*, both included."""

    programme_id: ProgrammeId
    name: str
    starts: When
    ends: When


@frozen
class FinancialYearSet(Fact):
    """The financial years of the programme begin on the first day of *first_month* (1 is January).

    Without it they begin in April.
    """

    programme_id: ProgrammeId
    first_month: int


@frozen
class CarriedForward(Fact):
    """Part of a budget for one financial year was moved to a later year: *allowed_by* allowed it, for a reason.

    The budget is that of the scheme, or that of the programme itself.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId | None = None
    number: int
    amount: Money
    from_year: str
    to_year: str
    spending: Spending | None = None
    allowed_by: str
    because: str


Event: TypeAlias = PeriodClosed | FinancialYearSet | CarriedForward

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Books:
    """What the rules need to know about the books: closed periods by name, the first month, what was carried."""

    closed: dict[str, PeriodClosed]
    carried: dict[int, CarriedForward]
    first_month: int = APRIL


def evolve(books: Books | None, event: Event) -> Books:
    """The books after *event*."""
    now = books or Books(closed={}, carried={})
    match event:
        case PeriodClosed():
            return replace(now, closed={**now.closed, event.name: event})
        case FinancialYearSet():
            return replace(now, first_month=event.first_month)
        case CarriedForward():
            return replace(now, carried={**now.carried, event.number: event})
        case _:
            assert_never(event)


def first_open(day: date, closed: list[tuple[date, date]]) -> date:
    """The first day on or after *day* that is in no *closed* period. A period is its first and its last day."""
    for starts, ends in sorted(closed):
        if starts <= day <= ends:
            day = ends + timedelta(days=1)
    return day


def first_month_of(books: Books | None) -> int:
    """The month in which the financial years of the programme begin."""
    return books.first_month if books is not None else APRIL


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfBooks:
    """A command that is decided on the books of the programme."""

    programme_id: ProgrammeId
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command changes: each programme has one for its books."""
        return stream_of(self.programme_id)


@frozen
class ClosePeriod(_OfBooks):
    """Close the books of a programme for a financial period."""

    name: str
    starts: When
    ends: When


@frozen
class SetFinancialYear(_OfBooks):
    """Set the month in which the financial years of a programme begin. Without this it is April."""

    first_month: int


@frozen
class CarryForward(_OfBooks):
    """Move part of a budget for one financial year to a later year, with a reason and who allowed it.

    *allowed_by* is who allowed it, such as a letter of the funder. Without *number* it is the next free one.
    """

    scheme_id: SchemeId | None = None
    number: int | None = None
    amount: Money
    from_year: str
    to_year: str
    spending: Spending | None = None
    allowed_by: str
    because: str


Command: TypeAlias = ClosePeriod | SetFinancialYear | CarryForward


def stream_of(programme_id: ProgrammeId) -> str:
    """The stream of the books of a programme."""
    return f"books-{programme_id.partition('-')[2]}"


# --- Rules ------------------------------------------------------------------------------------------------------------


class PeriodNotOfDays(Refused):
    """A period from {starts} to {ends} cannot be closed. A period has a name and exact first and last days, and
    its last day is not before its first.
    """


class PeriodNameTaken(Refused):
    """Another period with this name is closed already: {starts} to {ends}. Give the period another name."""


class PeriodOverlaps(Refused):
    """Some of these days are in period {period}, which is closed. Closed periods may not overlap."""


class PeriodNotOver(Refused):
    """The period does not end until {ends}. A period is closed only after its last day."""


class FirstMonthUnknown(Refused):
    """There is no month {month}. The first month of a financial year is a number from 1 to 12."""


class FinancialYearUnknown(Refused):
    """The programme has no financial year {year}: its years begin in {month}. A year is named such as {example}."""


class CarriedNotPositive(Refused):
    """The amount is {amount}. What is carried forward must be more than 0."""


class CarriedToEarlierYear(Refused):
    """{to_year} does not come after {from_year}. A budget is carried forward to a later year."""


class CarryForwardUnexplained(Refused):
    """The authority or the reason is missing. Name who allowed the budget to be carried forward, and say why."""


class CarryForwardNumberTaken(Refused):
    """Carry-forward {number} is already used for other details. Use another number."""


def decide(books: Books | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks.

    CarryForward and SetFinancialYear also read the budgets of the programme: see ``domain.across.years``.
    """
    now = books or Books(closed={}, carried={})
    match command:
        case ClosePeriod():
            return close(now, command)
        case SetFinancialYear():
            return set_year(now, command)
        case CarryForward():
            return carry(now, command)
        case _:
            assert_never(command)


def close(books: Books, command: ClosePeriod) -> list[Event]:
    before = books.closed.get(command.name)
    if before is not None and (before.starts, before.ends) == (command.starts, command.ends):
        return []
    starts, ends = days(command)
    if before is not None:
        raise PeriodNameTaken(starts=before.starts, ends=before.ends)
    for other in books.closed.values():
        first, last = days(other)
        if first <= ends and starts <= last:
            raise PeriodOverlaps(period=other.name)
    if command.on.earliest is None or command.on.earliest <= ends:
        raise PeriodNotOver(ends=command.ends)
    return [
        PeriodClosed(
            programme_id=command.programme_id,
            name=command.name,
            starts=command.starts,
            ends=command.ends,
            on=command.on,
        )
    ]


def days(period: ClosePeriod | PeriodClosed) -> tuple[date, date]:
    """The first and last day of a period. Raises PeriodNotOfDays."""
    starts, ends = period.starts.day, period.ends.day
    # Adjustments count from the day after a period, so that day must exist.
    if not period.name.strip() or starts is None or ends is None or ends < starts or ends == date.max:
        raise PeriodNotOfDays(starts=period.starts, ends=period.ends)
    return starts, ends


def set_year(books: Books, command: SetFinancialYear) -> list[Event]:
    if not 1 <= command.first_month <= MONTHS:
        raise FirstMonthUnknown(month=command.first_month)
    if books.first_month == command.first_month:
        return []
    return [FinancialYearSet(programme_id=command.programme_id, first_month=command.first_month, on=command.on)]


def carry(books: Books, command: CarryForward) -> list[Event]:
    number = given_or_next(command.number, books.carried)
    carried = CarriedForward(
        programme_id=command.programme_id,
        scheme_id=command.scheme_id,
        number=number,
        amount=command.amount,
        from_year=command.from_year,
        to_year=command.to_year,
        spending=command.spending,
        allowed_by=command.allowed_by,
        because=command.because,
        on=command.on,
    )
    if books.carried.get(number) == carried:
        return []
    if number in books.carried or number < 1:
        raise CarryForwardNumberTaken(number=number)
    if not command.amount.is_positive:
        raise CarriedNotPositive(amount=command.amount)
    for year in (command.from_year, command.to_year):
        known_year(books, year)
    # Names of years sort as the years do.
    if command.to_year <= command.from_year:
        raise CarriedToEarlierYear(from_year=command.from_year, to_year=command.to_year)
    if not command.allowed_by.strip() or not command.because.strip():
        raise CarryForwardUnexplained
    return [carried]


def known_year(books: Books | None, year: str | None) -> None:
    """Check that *year*, if one is named, is a financial year of the programme. Raises FinancialYearUnknown."""
    first_month = first_month_of(books)
    if year is not None and year_called(year, first_month) is None:
        example = "2004-05" if year_called("2004-05", first_month) is not None else "2004"
        raise FinancialYearUnknown(year=year, month=month_called(first_month), example=example)
