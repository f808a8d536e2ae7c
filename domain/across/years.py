"""Decisions that name a financial year. Which years there are is in the books; budgets are in the programme."""

from domain import award, books, partnership, programme
from domain.history import Written, written_to
from domain.reading import Reading
from domain.values.ids import ProgrammeId
from domain.values.money import Money
from domain.values.refusal import Refused


class FinancialYearInUse(Refused):
    """Budgets of the programme name {year}. Its financial year begins in another month only while no budget names a
    year.
    """


class YearBudgetExceeded(Refused):
    """This takes {wanted} from the budget for {year}, but only {available} is in it. No more is taken from the budget
    for a year than is in it.
    """


def set_year(reading: Reading, command: books.SetFinancialYear) -> list[Written]:
    """Set the first month of the financial year of a known programme, whose budgets name no year yet."""
    found = programme.known(reading.programme(command.programme_id))
    decided = books.decide(books_of(reading, command.programme_id), command)
    if decided and found.by_year:
        raise FinancialYearInUse(year=min(year for _, year, _ in found.by_year))
    return written_to(command.stream, decided)


def carry_forward(reading: Reading, command: books.CarryForward) -> list[Written]:
    """Carry part of a budget for one year to a later year: no more than is in the budget for that year."""
    found = programme.known(reading.programme(command.programme_id))
    if command.scheme_id is not None and command.scheme_id not in found.schemes:
        raise programme.SchemeUnknown(scheme=command.scheme_id)
    if command.amount.currency != found.currency:
        raise programme.BudgetCurrencyDiffers(programme=found.currency, budget=command.amount.currency)
    decided = books.decide(books_of(reading, command.programme_id), command)
    if decided:
        of_year = (command.scheme_id, command.from_year, command.spending)
        _within(reading, command.programme_id, found, of_year, command.amount)
    return written_to(command.stream, decided)


def allocate_budget(reading: Reading, command: programme.AllocateBudget) -> list[Written]:
    """Allocate a budget, perhaps for a financial year of the programme."""
    found = programme.known(reading.programme(command.programme_id))
    if command.year is not None:
        books.known_year(books_of(reading, command.programme_id), command.year)
    return written_to(command.stream, programme.decide(found, command))


def vary_budget(reading: Reading, command: programme.VaryBudget) -> list[Written]:
    """Change a budget, or the part of it for a financial year, of which no more is taken than is in it."""
    found = programme.known(reading.programme(command.programme_id))
    decided = programme.decide(found, command)
    if decided and command.year is not None:
        books.known_year(books_of(reading, command.programme_id), command.year)
        less = Money.zero(found.currency) - command.change
        _within(reading, command.programme_id, found, (command.scheme_id, command.year, command.spending), less)
    return written_to(command.stream, decided)


def profile(reading: Reading, command: award.AgreeProfile | award.ChangeProfile) -> list[Written]:
    """Agree or change the profile of an award over financial years of its programme."""
    found = award.known(reading.award(command.award_id))
    of = books_of(reading, partnership.known(reading.partnership(found.partnership_id)).programme_id)
    for line in command.lines:
        books.known_year(of, line.year)
    return written_to(command.award_id, award.decide(found, command))


def books_of(reading: Reading, programme_id: ProgrammeId) -> books.Books | None:
    """The books of a programme, which must exist; None while they have no event."""
    found: books.Books | None = reading.state(books, books.stream_of(programme_id), often_absent=True)
    return found


def _within(
    reading: Reading, programme_id: ProgrammeId, found: programme.Programme, of_year: programme.OfYear, wanted: Money
) -> None:
    """Check that *wanted* is in the budget for a year, with what was carried to it. Raises YearBudgetExceeded."""
    scheme_id, year, spending = of_year
    available = found.by_year.get(of_year, Money.zero(found.currency))
    of = books_of(reading, programme_id)
    for one in of.carried.values() if of is not None else ():
        if (one.scheme_id, one.spending) == (scheme_id, spending):
            available += one.amount if one.to_year == year else Money.zero(found.currency)
            available -= one.amount if one.from_year == year else Money.zero(found.currency)
    if wanted > available:
        raise YearBudgetExceeded(year=year, wanted=wanted, available=available)
