"""The clock of a bid as at a day: standing, dates, deadlines and status, computed by hand; and figures of a group."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.values.waiting import Calendar, Days, Owner, Span
from domain.values.when import DayRange, When
from projections.delays import clock
from projections.delays.clock import Standard, Step
from projections.delays.reading import SpanLine, StepLine
from projections.delays.stages import _KEPT, Place, Seen, seen_after, step_of, timings
from projections.delays.standing import Standing
from projections.delays.summary import Summary, Tally, by_group
from projections.delays.survival import Observed, percentile, survival
from projections.delays.waiting_now import Clock, clock_of, status_of
from projections.tables.effect import NEVER, counts_from
from tests.kit.examples import EVENTS

PLACE = Place("partnership-1", "round-1", "pilot", "scheme-1", "programme-1", "funder-1", Calendar.ENGLAND_AND_WALES)
FORTNIGHT = Standard(None, Span.TO_DECISION, 14, Days.CALENDAR, date(2003, 1, 1))
TEN_WORKED = Standard(None, Span.TO_DECISION, 10, Days.WORKING, date(2003, 1, 1))
ANSWERED_IN_2 = Standard(None, Span.ACKNOWLEDGEMENT, 2, Days.CALENDAR, date(2003, 1, 1))


def steps_of(*lines: str) -> list[StepLine]:
    """Steps from lines: the kind, the date, and the number of a question or payment, which a clock has of its own."""
    found = []
    for position, line in enumerate(lines, start=1):
        kind, on, *_ = line.split()
        found.append(StepLine("bid-1", position, kind, on, "partnership-1" if position == 1 else None))
    return found


def spans_of(as_at: str, *lines: str, standards: tuple[Standard, ...] = ()) -> list[SpanLine]:
    steps = []
    for line in lines:
        kind, on, *number = line.split()
        steps.append(Step(kind, When(on), int(number[0]) if number else None))
    by_then = [step for step in steps if counts_from(step.on) <= date.fromisoformat(as_at)]
    names = ("span", "owner", "outcome", "started", "ended", "pauses", "limit", "days", "deadline", "breach_day",
             "calendar")  # fmt: skip
    return [
        SpanLine(
            "bid-1", one.attempt, one.nth, **{name: kept[_KEPT.index(name)] for name in names}
        )
        for one, kept in timings(clock.timed(by_then), PLACE, standards)
    ]  # fmt: skip


def clock_at(as_at: str, *lines: str, standards: tuple[Standard, ...] = (), attempt: int | None = None) -> Clock:
    spans = spans_of(as_at, *lines, standards=standards)
    return clock_of(spans, steps_of(*lines), date.fromisoformat(as_at), attempt)


def days(number: int, most: int | None = None) -> DayRange:
    return DayRange(min=number, max=number if most is None else most)


# --- Standing ---------------------------------------------------------------------------------------------------------

ASKED = ("submitted 2004-03-01", "asked 2004-03-05 1")


@pytest.mark.parametrize(
    ("as_at", "lines", "standing"),
    [
        ("2004-03-07", ["submitted 2004-03-01"], Standing.WITHIN),
        ("2004-03-08", ["submitted 2004-03-01"], Standing.DUE_SOON),
        ("2004-03-15", ["submitted 2004-03-01"], Standing.DUE_SOON),
        ("2004-03-16", ["submitted 2004-03-01"], Standing.BREACHED),
        ("2004-03-10", ASKED, Standing.PAUSED),
        ("2004-05-10", ASKED, Standing.PAUSED),
        ("2004-03-16", [*ASKED, "answered 2004-03-15 1"], Standing.WITHIN),
        ("2004-03-18", [*ASKED, "answered 2004-03-15 1"], Standing.DUE_SOON),
        ("2004-03-26", [*ASKED, "answered 2004-03-15 1"], Standing.BREACHED),
        ("2004-03-14", ["submitted 2004-03-01", "approved 2004-03-14"], Standing.WITHIN),
        ("2004-03-20", ["submitted 2004-03-01", "approved 2004-03-16"], Standing.BREACHED),
        ("2004-04-10", ["submitted 2004-03"], Standing.UNCERTAIN),
        ("2004-04-14", ["submitted 2004-03"], Standing.UNCERTAIN),
        ("2004-04-15", ["submitted 2004-03"], Standing.BREACHED),
        ("2004-03-10", ["submitted unknown"], None),
    ],
)
def test_a_bid_is_due_soon_in_the_last_seven_days_and_late_from_the_day_after(
    as_at: str, lines: list[str], standing: Standing | None
) -> None:
    assert standing is clock_at(as_at, *lines, standards=(FORTNIGHT,)).standing


def test_the_standing_of_a_bid_is_the_worst_of_its_spans() -> None:
    late = ["submitted 2004-03-01", "acknowledged 2004-03-04"]
    assert Standing.BREACHED is clock_at("2004-03-05", *late, standards=(FORTNIGHT, ANSWERED_IN_2)).standing
    assert Standing.WITHIN is clock_at("2004-03-05", *late, standards=(FORTNIGHT,)).standing
    assert clock_at("2004-03-05", *late).standing is None


def test_whether_a_bid_was_late_is_open_without_a_standard_or_while_its_dates_leave_it_open() -> None:
    assert clock_at("2004-03-16", "submitted 2004-03-01", standards=(FORTNIGHT,)).breached is True
    assert clock_at("2004-03-15", "submitted 2004-03-01", standards=(FORTNIGHT,)).breached is False
    assert clock_at("2004-04-10", "submitted 2004-03", standards=(FORTNIGHT,)).breached is None
    assert clock_at("2004-03-15", "submitted 2004-03-01").breached is None


def test_working_days_are_counted_for_a_standard_in_working_days() -> None:
    """Easter 2004: ten working days from 5 April end on 21 April, not on 19 April."""
    easter = ["submitted 2004-04-05"]
    (line,) = [one for one in spans_of("2004-04-30", *easter, standards=(TEN_WORKED,)) if one.span == "to_decision"]
    assert (10, "working", date(2004, 4, 21), date(2004, 4, 22)) == (
        line.limit, line.days, line.deadline, line.breach_day,
    )  # fmt: skip
    assert Standing.DUE_SOON is clock_at("2004-04-21", *easter, standards=(TEN_WORKED,)).standing
    assert days(7) == line.missed_by(date(2004, 4, 30))


@pytest.mark.parametrize(
    ("as_at", "lines", "missed"),
    [
        ("2004-03-15", ["submitted 2004-03-01"], None),
        ("2004-03-16", ["submitted 2004-03-01"], days(1)),
        ("2004-03-20", ["submitted 2004-03-01"], days(5)),
        ("2004-05-01", ["submitted 2004-03-01", "approved 2004-03-20"], days(5)),
        ("2004-05-01", ["submitted 2004-03-01", "approved 2004-03-15"], None),
        ("2004-05-01", ["submitted 2004-03-01", "approved 2004-04"], days(17, 46)),
        ("2004-05-01", ["submitted 2004-03-01", "asked 2004-03-10 1"], None),
    ],
)
def test_a_missed_deadline_is_missed_by_the_days_since(as_at: str, lines: list[str], missed: DayRange | None) -> None:
    spans = spans_of(as_at, *lines, standards=(FORTNIGHT,))
    (line,) = [one for one in spans if one.span == "to_decision"]
    assert missed == line.missed_by(date.fromisoformat(as_at))
    (other,) = [one for one in spans if one.span == "to_award"]
    assert other.missed_by(date.fromisoformat(as_at)) is None


def test_the_next_deadline_is_the_earliest_of_what_goes_on() -> None:
    both = (FORTNIGHT, ANSWERED_IN_2)
    assert date(2004, 3, 3) == clock_at("2004-03-02", "submitted 2004-03-01", standards=both).next_deadline
    acknowledged = ["submitted 2004-03-01", "acknowledged 2004-03-02"]
    assert date(2004, 3, 15) == clock_at("2004-03-05", *acknowledged, standards=both).next_deadline
    assert clock_at("2004-03-20", *acknowledged, "approved 2004-03-15", standards=both).next_deadline is None
    assert clock_at("2004-03-20", *acknowledged).next_deadline is None


# --- One submission ---------------------------------------------------------------------------------------------------

TWICE = (
    "drafted 2004-02-01", "submitted 2004-03-01", "acknowledged 2004-03-02", "declined 2004-03-15",
    "notified 2004-03-16", "resubmitted 2004-04-01", "approved 2004-04-06", "offered 2004-04-08", "accepted 2004-04-10",
    "released 2004-04-20 1",
)  # fmt: skip
NO_DATE = dict.fromkeys(["submitted", "acknowledged", "decided", "notified", "accepted", "first_payment"])


def test_each_submission_has_its_own_dates() -> None:
    second = clock_at("2004-05-01", *TWICE)
    assert (2, {
        "submitted": "2004-04-01", "acknowledged": None, "decided": "2004-04-06", "notified": None,
        "accepted": "2004-04-10", "first_payment": "2004-04-20",
    }) == (second.attempt, second.dates)  # fmt: skip
    first = clock_at("2004-05-01", *TWICE, attempt=1)
    assert (1, NO_DATE | {
        "submitted": "2004-03-01", "acknowledged": "2004-03-02", "decided": "2004-03-15", "notified": "2004-03-16",
    }) == (first.attempt, first.dates)  # fmt: skip
    assert NO_DATE == clock_at("2004-05-01", *TWICE, attempt=3).dates
    assert {1} == {stage.line.attempt for stage in (*first.stages, *first.wholes.values())}


def test_a_date_is_shown_from_the_day_on_which_it_counts() -> None:
    before = clock_at("2004-03-31", *TWICE)
    assert (1, "2004-03-15") == (before.attempt, before.dates["decided"])
    assert "2004-03-01" == clock_at("2004-03-14", *TWICE).dates["submitted"]
    assert clock_at("2004-03-14", *TWICE).dates["decided"] is None
    assert clock_at("2004-04-19", *TWICE).dates["first_payment"] is None
    assert NO_DATE == clock_at("2004-01-31", *TWICE).dates
    assert 1 == clock_at("2004-01-31", *TWICE).attempt


def test_the_last_of_several_dates_of_a_kind_is_shown() -> None:
    again = clock_at("2004-05-01", "submitted 2004-03-01", "acknowledged 2004-03-02", "acknowledged 2004-03-04")
    assert "2004-03-04" == again.dates["acknowledged"]


def test_the_stage_that_goes_on_is_the_last_one_and_none_goes_on_after_the_end() -> None:
    running = clock_at("2004-04-12", *TWICE).running
    assert running is not None
    assert (Span.FIRST_PAYMENT, Owner.FUNDER) == (Span(running.line.span), Owner(running.line.owner))
    assert clock_at("2004-05-01", *TWICE).running is None


def test_a_bid_has_waited_for_its_decision_as_long_as_it_is_open() -> None:
    assert 9 == clock_at("2004-03-10", "submitted 2004-03-01").open_days
    assert 40 == clock_at("2004-04-10", "submitted 2004-03").open_days
    assert clock_at("2004-03-20", "submitted 2004-03-01", "approved 2004-03-15").open_days is None
    assert clock_at("2004-03-20", "submitted unknown").open_days is None
    assert clock_at("2004-03-20", "drafted 2004-03-01").open_days is None


def test_a_way_took_its_days_once_it_reached_its_end() -> None:
    done = clock_at("2004-05-01", *TWICE)
    assert (days(5), days(3)) == (done.took(Span.TO_DECISION, "days"), done.took(Span.TO_DECISION, "working"))
    assert days(19) == done.took(Span.TO_MONEY, "days")
    assert clock_at("2004-04-05", *TWICE).took(Span.TO_DECISION, "days") is None
    withdrawn = clock_at("2004-05-01", "submitted 2004-03-01", "withdrawn 2004-03-15")
    assert withdrawn.took(Span.TO_DECISION, "days") is None
    assert clock_at("2004-05-01", "submitted unknown", "approved 2004-03-15").took(Span.TO_DECISION, "days") is None
    assert clock_at("2004-02-15", *TWICE).took(Span.TO_DECISION, "days") is None


def test_the_pauses_of_a_submission_are_those_of_its_questions() -> None:
    assert [("2004-03-05", None)] == clock_at("2004-03-10", *ASKED).pauses
    answered = clock_at("2004-03-20", *ASKED, "answered 2004-03-15 1")
    assert [("2004-03-05", "2004-03-15")] == answered.pauses
    assert [] == clock_at("2004-02-10", "drafted 2004-02-01").pauses


@pytest.mark.parametrize(
    ("as_at", "status"),
    [
        ("2004-01-31", "drafted"), ("2004-02-01", "drafted"), ("2004-03-01", "submitted"), ("2004-03-15", "declined"),
        ("2004-03-31", "declined"), ("2004-04-01", "submitted"), ("2004-04-06", "approved"), ("2004-04-08", "awarded"),
        ("2004-05-01", "awarded"),
    ],
)  # fmt: skip
def test_the_status_of_a_bid_is_that_after_its_last_step_of_the_day(as_at: str, status: str) -> None:
    assert status == status_of(steps_of(*TWICE), date.fromisoformat(as_at))


@pytest.mark.parametrize(
    ("last", "status"),
    [("lapsed", "approved"), ("withdrawn", "withdrawn"), ("stated", "stated"), ("asked", "submitted")],
)
def test_every_end_of_a_bid_has_a_status(last: str, status: str) -> None:
    assert status == status_of(steps_of("submitted 2004-03-01", f"{last} 2004-04-01"), date(2004, 5, 1))


# --- What is stored ---------------------------------------------------------------------------------------------------


def test_what_is_stored_of_a_span_is_when_it_was_how_long_it_took_and_what_it_belongs_to() -> None:
    steps = [
        Step("submitted", When("2004-03")),
        Step("asked", When("2004-04-01"), 1),
        Step("approved", When("2004-05")),
    ]
    timed = [one for one in clock.timed(steps) if one.span in (Span.TO_DECISION, Span.DECISION)]
    stored = [dict(zip(_KEPT, kept, strict=True)) for _, kept in timings(timed, PLACE, (FORTNIGHT,))]
    whole = next(one for one in stored if one["span"] == "to_decision")
    assert whole == {
        "span": "to_decision", "owner": "funder", "outcome": "reached", "started": "2004-03",
        "started_first": date(2004, 3, 1), "started_last": date(2004, 3, 31), "sorts_on": date(2004, 3, 1),
        "ended": "2004-05", "ended_first": date(2004, 5, 1), "ended_last": date(2004, 5, 31),
        "pauses": [["2004-04-01", "2004-05"]], "days_min": 31, "days_max": 91, "working_min": 0, "working_max": 42,
        "limit": 14, "days": "calendar", "deadline": date(2004, 6, 13), "breach_day": None, "met": None,
        "any_breach_day": None, "calendar": "england-and-wales", "partnership_id": "partnership-1", "kind": "pilot",
        "scheme_id": "scheme-1", "programme_id": "programme-1", "round_id": "round-1", "funder_id": "funder-1",
    }  # fmt: skip


def test_a_whole_way_shows_the_first_day_past_any_standard_of_its_submission() -> None:
    both = (FORTNIGHT, ANSWERED_IN_2)
    late = ["submitted 2004-03-01", "acknowledged 2004-03-05", "approved 2004-03-20"]
    steps = [Step(kind, When(on)) for kind, on in map(str.split, late)]
    again = [*steps, Step("declined", When("2004-03-21")), Step("resubmitted", When("2004-04-01"))]
    for history, attempts in ((steps, {1: date(2004, 3, 4)}), (again, {1: date(2004, 3, 4), 2: date(2004, 4, 4)})):
        stored = timings(clock.timed(history), PLACE, both)
        found = {
            one.attempt: kept[_KEPT.index("any_breach_day")] for one, kept in stored if one.span is Span.TO_DECISION
        }
        assert attempts == found
        assert {None} == {kept[_KEPT.index("any_breach_day")] for one, kept in stored if one.span is Span.DECISION}


MARCH, APRIL, MAY, JUNE = (date(2004, month, 1) for month in range(3, 7))
A, B = ("a",), ("b",)


def test_what_is_seen_of_a_span_changes_from_a_day_on_and_stays_as_it_was_before() -> None:
    once = [Seen(MARCH, NEVER, A)]
    assert once == seen_after([], MARCH, [(MARCH, A)])
    changed = [Seen(MARCH, date(2004, 3, 31), A), Seen(APRIL, NEVER, B)]
    assert changed == seen_after(once, APRIL, [(APRIL, B)])
    assert once == seen_after(once, APRIL, [(APRIL, A)])
    assert [changed[0], Seen(APRIL, NEVER, A)] == seen_after(changed, APRIL, [(APRIL, A), (MAY, A)])
    gone = [Seen(MARCH, date(2004, 3, 31), A)]
    assert gone == seen_after(once, APRIL, [(APRIL, None)])
    assert [*gone, Seen(MAY, NEVER, B)] == seen_after(once, APRIL, [(APRIL, None), (MAY, B)])
    # What was seen of earlier days only stays; what begins on the day is replaced.
    assert [*gone, Seen(APRIL, NEVER, A)] == seen_after(gone, APRIL, [(APRIL, A)])
    assert [Seen(MARCH, NEVER, B)] == seen_after(once, MARCH, [(MARCH, B)])
    assert changed == seen_after(changed, JUNE, [(JUNE, B)])
    # A change on the last day on which something was seen leaves it seen until the day before.
    to_april = [Seen(MARCH, APRIL, A)]
    assert [*gone, Seen(APRIL, NEVER, B)] == seen_after(to_april, APRIL, [(APRIL, B)])


def test_only_what_moves_a_clock_is_a_step_of_it() -> None:
    assert Step("asked", EVENTS["ClarificationRequested"].on, 1) == step_of(EVENTS["ClarificationRequested"])
    assert step_of(EVENTS["BidRevised"]) is None
    payment: Any = EVENTS["PaymentReversed"]
    for was, step in (("requested", False), ("approved", False), ("released", True), ("settled", True)):
        assert step is (step_of(replace(payment, was=was)) is not None), was


# --- Figures of a group -----------------------------------------------------------------------------------------------


def tally(group: str, fate: str, least: int | None, most: int | None, working: int | None, *numbers: int) -> Tally:
    return Tally(group, fate, least, most, working, *numbers)


def test_half_of_the_waits_within_the_standard_is_a_share_of_a_half() -> None:
    (one,) = by_group([Tally("a", "reached", 10, 10, 8, number=2, breached=1, met=1, missed=1, late_any=1)])
    assert 0.5 == one.within


def test_the_figures_of_a_group_count_each_submission_once() -> None:
    found = by_group(
        [
            tally("a", "reached", 10, 12, 8, 3, 1, 2, 2, 1),
            tally("a", "reached", 20, 20, 14, 1, 0, 1, 0, 0),
            tally("a", "open", 5, 5, None, 2, 1, 1, 0, 0),
            tally("a", "gone", 7, 9, None, 1, 0, 0, 0, 0),
            tally("a", "undated", None, None, None, 4, 0, 0, 0, 0),
            tally("b", "open", 1, 3, None, 1, 0, 0, 0, 0),
        ]
    )
    observed = [Observed(12, True, 3), Observed(20, True, 1), Observed(5, False, 2), Observed(9, False, 1)]
    assert found == [
        Summary(
            group="a", decided=4, open=2, gone=1, undated=4, ranges=4, breached=2, late_any=4, within=0.6667,
            median=12, median_at_least=10, p90=percentile([(12, 3), (20, 1)], 0.9), longest=20, median_working=8,
            with_open=survival(observed),
        ),
        Summary(
            group="b", decided=0, open=1, gone=0, undated=0, ranges=1, breached=0, late_any=0, within=None,
            median=None, median_at_least=None, p90=None, longest=None, median_working=None,
            with_open=survival([Observed(3, False, 1)]),
        ),
    ]  # fmt: skip
