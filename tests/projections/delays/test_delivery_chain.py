"""The chain from bid to delivery: instalments that are late, and the bids of a partnership."""

from datetime import date
from decimal import Decimal

import pytest

from domain.values.when import DayRange
from projections.delays.delivery_chain import Chain, Link, Release, chain, steps_in
from projections.delays.reading import MarkLine, StatedLine, StepLine, WindowLine

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


def days(number: int, most: int | None = None) -> DayRange:
    return DayRange(min=number, max=number if most is None else most)


def found(
    *marks: MarkLine,
    steps: list[StepLine] | None = None,
    stated: list[StatedLine] | None = None,
    windows: list[WindowLine] | None = None,
    as_at: date = date(2005, 12, 31),
) -> Chain:
    return chain(steps or [], marks, stated or [], windows or [], as_at=as_at)


def offered(on: str, award: str = "A") -> MarkLine:
    return MarkLine("p", 1, award, "offered", on, None, None, Decimal(1000), f"Award {award}", award)


def released(on: str, number: int = 1, amount: str = "100.00", award: str = "A") -> MarkLine:
    return MarkLine("p", 10 + number, award, "released", on, None, number, Decimal(amount), None, award)


def window(on: str, until: str, position: int = 2, award: str | None = None, title: str = "Plan") -> MarkLine:
    return MarkLine("p", position, award, "window", on, until, None, None, title, f"plan-{position}")


# --- Links and releases -----------------------------------------------------------------------------------------------


def test_the_chain_goes_from_the_first_bid_to_the_first_milestone() -> None:
    steps = [
        StepLine("b", 1, kind, on, None)
        for kind, on in (
            ("submitted", "2004-03-11"), ("submitted", "2004-03-01"), ("declined", "2004-03-31"),
            ("resubmitted", "2004-04-10"), ("approved", "2004-05-10"), ("acknowledged", "2004-02-01"),
            ("offered", "2004-05-20"),
        )
    ]  # fmt: skip
    reached = MarkLine("p", 9, None, "milestone", "2004-08-18", None, None, None, "First course", "plan-1")
    links = found(offered("2004-05-20"), released("2004-06-19"), reached, steps=steps).links
    assert links == [
        Link("submitted", "2004-03-01", None, None),
        Link("decided", "2004-03-31", days(30), days(30)),
        Link("offered", "2004-05-20", days(80), days(50)),
        Link("first_money", "2004-06-19", days(110), days(30)),
        Link("first_milestone", "2004-08-18", days(170), days(60)),
    ]


def test_a_link_that_is_missing_is_passed_over_and_dates_in_part_are_ranges() -> None:
    steps = [StepLine("b", 1, "stated", "2004-03", None), StepLine("b", 2, "offered", "unknown", None)]
    assert found(released("2004-06-19"), steps=steps).links == [
        Link("submitted", "2004-03", None, None),
        Link("decided", None, None, None),
        Link("offered", None, None, None),
        Link("first_money", "2004-06-19", days(80, 110), days(80, 110)),
        Link("first_milestone", None, None, None),
    ]
    early = [StepLine("b", 1, "submitted", "2004-07-01", None)]
    assert days(0) == found(released("2004-06-19"), steps=early).links[3].since_start


def test_each_payment_is_told_the_days_since_its_award_was_offered() -> None:
    money = [
        offered("2004-05-20"),
        released("2004-06-19"),
        released("2004-07-19", 2, "50.00"),
        released("2004-08-01", 1, "7.00", "B"),
    ]
    assert found(*money).releases == [
        Release("A", "Award A", 1, Decimal("100.00"), "2004-06-19", days(30)),
        Release("A", "Award A", 2, Decimal("50.00"), "2004-07-19", days(60)),
        Release("B", None, 1, Decimal("7.00"), "2004-08-01", None),
    ]
    back = MarkLine("p", 20, "A", "reversed", "2004-08-01", None, 1, Decimal("100.00"), None, "A")
    assert [2] == [one.number for one in found(*money[:3], back).releases]
    # As at a day before the reversal, the payment still counts; another award's payment 1 stays.
    assert [1, 2] == [one.number for one in found(*money[:3], back, as_at=date(2004, 7, 31)).releases]
    assert ["B"] == [one.award_id for one in found(money[0], money[1], money[3], back).releases]


# --- Delivery windows -------------------------------------------------------------------------------------------------


def test_the_window_that_was_agreed_last_is_shown_and_what_was_left_of_it_after_the_first_money() -> None:
    first, last = window("2004-06-01", "2004-08-30"), window("2004-07-01", "2004-12-28", 3)
    shown = found(last, first, released("2004-07-31"))
    assert (days(180), days(150)) == (shown.planned_window, shown.window_left)
    before = found(first, last, as_at=date(2004, 6, 15))
    assert (days(90), None) == (before.planned_window, before.window_left)
    assert (None, None) == (found().planned_window, found().window_left)
    # Money that came before the window leaves all of it; money after its end leaves nothing.
    assert days(180) == found(last, released("2004-06-01")).window_left
    assert days(0) == found(last, released("2005-02-01")).window_left


def test_what_is_left_of_a_window_known_in_part_is_a_range() -> None:
    assert days(123, 153) == found(window("2004-07-01", "2004-12"), released("2004-07-31")).window_left
    assert days(150, 170) == found(window("2004-07", "2004-12-28"), released("2004-07-11")).window_left
    assert days(150, 170) == found(window("2004-07-01", "2004-12-28"), released("2004-07-11/2004-07-31")).window_left
    assert days(150) == found(window("unknown", "2004-12-28"), released("2004-07-31")).window_left
    assert found(window("2004-07-01", "unknown"), released("2004-07-31")).window_left is None


def test_a_window_of_days_to_come_is_shown_while_none_has_begun() -> None:
    assert days(180) == found(window("2004-07-01", "2004-12-28"), as_at=date(2004, 6, 1)).planned_window


def test_a_redesign_moves_the_end_of_its_plan_from_its_day_on() -> None:
    moved = MarkLine("p", 5, None, "redesigned", "2004-09-01", "2004-09-29", None, None, None, "plan-2")
    other = MarkLine("p", 5, None, "redesigned", "2004-09-01", "2004-09-29", None, None, None, "plan-9")
    plan = window("2004-07-01", "2004-12-28")
    assert days(90) == found(plan, moved).planned_window
    assert days(180) == found(plan, moved, as_at=date(2004, 8, 31)).planned_window
    assert days(180) == found(plan, other).planned_window


def test_the_money_of_a_plan_is_that_of_its_award() -> None:
    money = [released("2004-07-31"), released("2004-07-11", award="B")]
    assert days(150) == found(window("2004-07-01", "2004-12-28", award="A"), *money).window_left
    assert days(170) == found(window("2004-07-01", "2004-12-28"), *money).window_left
    assert found(window("2004-07-01", "2004-12-28", award="C"), *money).window_left is None


def test_money_that_comes_after_the_window_has_begun_is_a_flag_that_names_the_plan_among_several() -> None:
    one, other = (
        window("2004-07-01", "2004-12-28", title="Courses"),
        window("2004-07-01", "2004-09-29", 3, title="Visits"),
    )
    lost = "30 days of a delivery window of 180 days passed before the first money."
    assert [("R018", lost)] == [(flag.need, flag.message) for flag in found(one, released("2004-07-31")).flags]
    assert [f"Courses: {lost}", "Visits: 30 days of a delivery window of 90 days passed before the first money."] == [
        flag.message for flag in found(one, other, released("2004-07-31")).flags
    ]
    assert [] == found(one, released("2004-07-01")).flags
    assert [] == found(one).flags
    # Known to the month, some of the window may have been left over: only what is certain is said.
    assert [] == found(one, released("2004-07")).flags
    assert ["1 to 31 days of a delivery window of 180 days passed before the first money."] == [
        flag.message for flag in found(one, released("2004-07-02/2004-08-01")).flags
    ]


def test_a_window_is_short_if_it_is_shorter_than_the_usual_one_of_at_least_three() -> None:
    kind = [
        WindowLine("k", f"p{n}", "2004-01-01", until)
        for n, until in enumerate(["2004-04-10", "2004-06-29", "2004-12-31"])
    ]
    short, usual = window("2004-07-01", "2004-12-27"), window("2004-07-01", "2004-12-28")
    message = "The delivery window of 179 days is shorter than the usual 180 days of its kind."
    assert [("R045", message)] == [(flag.need, flag.message) for flag in found(short, windows=kind).flags]
    assert [] == found(usual, windows=kind).flags
    assert [] == found(short, windows=kind[:2]).flags
    # The latest window of each partnership counts, from its day on.
    again = [*kind, WindowLine("k", "p1", "2004-02-01", "2004-02-02")]
    assert [] == found(short, windows=again).flags
    ahead = [*kind[:2], WindowLine("k", "p2", "2006-01-01", "2007-01-01")]
    assert [] == found(short, windows=ahead).flags
    unknown = [*kind[:2], WindowLine("k", "p2", "2004-01-01", "unknown")]
    assert [] == found(short, windows=unknown).flags


def test_a_source_that_calls_the_window_too_short_is_cited() -> None:
    def says(stage: str) -> StatedLine:
        return StatedLine(1, "p", None, None, stage, None, None, None, "No time for courses", None, None)

    message = "A source states about the delivery window: No time for courses."
    assert [("R045", message)] == [
        (flag.need, flag.message) for flag in found(stated=[says("delivery_window"), says("application")]).flags
    ]


# --- Late money -------------------------------------------------------------------------------------------------------


def planned(number: int, until: str, amount: str, award: str = "A") -> MarkLine:
    return MarkLine("p", number, award, "planned", "2005-01-01", until, number, Decimal(amount), None, award)


def late(*marks: MarkLine, as_at: str = "2005-06-30") -> list[str]:
    return [flag.message for flag in found(*marks, as_at=date.fromisoformat(as_at)).flags if flag.need == "R017"]


def test_money_is_late_from_the_first_instalment_that_was_not_paid_whole() -> None:
    plan = [planned(2, "2005-04-30", "300.00"), planned(1, "2005-03-31", "200.00")]
    assert ["Instalment 1 was planned for 31 Mar 2005: 200.00 of it is 91 days late."] == late(*plan)
    part = released("2005-03-01", amount="150.00")
    assert ["Instalment 1 was planned for 31 Mar 2005: 50.00 of it is 91 days late."] == late(*plan, part)
    more = released("2005-03-01", amount="450.00")
    assert ["Instalment 2 was planned for 30 Apr 2005: 50.00 of it is 61 days late."] == late(*plan, more)
    assert [] == late(*plan, released("2005-03-01", amount="500.00"))
    assert [] == late(*plan, more, as_at="2005-04-30")
    assert ["Instalment 2 was planned for 30 Apr 2005: 50.00 of it is 1 day late."] == late(
        *plan, more, as_at="2005-05-01"
    )


def test_money_of_one_award_does_not_pay_the_instalments_of_another() -> None:
    plan = [planned(1, "2005-03-31", "200.00"), planned(1, "2005-05-31", "40.00", "B")]
    paid = released("2005-03-01", amount="500.00", award="B")
    assert ["Instalment 1 was planned for 31 Mar 2005: 200.00 of it is 91 days late."] == late(*plan, paid)
    assert ["Instalment 1 was planned for 31 May 2005: 40.00 of it is 30 days late."] == late(
        *plan, released("2005-03-01", amount="500.00")
    )


def test_an_instalment_that_was_changed_is_due_as_it_is_planned_now() -> None:
    plan = [planned(1, "2005-03-31", "200.00"), planned(1, "2005-12-31", "200.00")]
    assert [] == late(*plan)
