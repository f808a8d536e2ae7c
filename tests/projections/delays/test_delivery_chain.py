"""The chain from bid to delivery: instalments that are late, and the bids of a partnership."""

from datetime import date
from decimal import Decimal

import pytest

from projections.delays.delivery_chain import chain, steps_in
from projections.delays.reading import MarkLine, StepLine

MARCH = date(2005, 3, 1)


def mark(position: int, kind: str, on: str, until: str | None = None, amount: str = "100.00") -> MarkLine:
    """A mark of instalment or payment 1 of award A."""
    return MarkLine("p", position, "A", kind, on, until, 1, Decimal(amount), None, "A")


def flags(*marks: MarkLine, as_at: date = MARCH) -> list[str]:
    return [flag.message for flag in chain([], marks, [], [], as_at=as_at).flags]


def test_an_instalment_is_late_from_the_day_after_it_was_planned() -> None:
    planned = mark(1, "planned", "2005-01-01", "2005-02-28")
    assert ["Instalment 1 was planned for 28 Feb 2005: 100.00 of it is 1 day late."] == flags(planned)
    assert [] == flags(planned, as_at=date(2005, 2, 28))
    assert [] == flags(planned, mark(2, "released", "2005-02-28"))


@pytest.mark.parametrize("due", [None, "unknown"])
def test_an_instalment_without_a_known_day_is_never_late(due: str | None) -> None:
    assert [] == flags(mark(1, "planned", "2005-01-01", due))


def test_a_plan_for_the_money_counts_from_the_day_on_which_it_was_made() -> None:
    earlier, later = mark(1, "planned", "2005-01-01", "2005-02-28"), mark(2, "planned", "2005-03-02", "2005-06-30")
    assert flags(earlier) == flags(earlier, later)
    assert [] == flags(earlier, later, as_at=date(2005, 3, 2))


def test_a_bid_is_of_the_partnership_to_which_it_belongs_by_the_day() -> None:
    steps = [StepLine("b", 1, "submitted", "2005-01-01", "p"), StepLine("b", 2, "reassigned", "2005-02-01", "q")]
    assert (steps[:1], []) == (steps_in("p", steps, date(2005, 1, 31)), steps_in("q", steps, date(2005, 1, 31)))
    assert ([], steps) == (steps_in("p", steps, date(2005, 2, 1)), steps_in("q", steps, date(2005, 2, 1)))
