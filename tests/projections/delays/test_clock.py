"""How long each stage of a bid took: cases computed by hand with a calendar on paper, and the laws."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values.waiting import STAGES, WHOLES, Calendar, Days, Owner, Span
from domain.values.when import DayRange, When
from projections.delays.clock import (
    Clock,
    Measured,
    Standard,
    Step,
    Timed,
    bounds,
    breach_day,
    deadline,
    first_day,
    last_day,
    measure,
    met,
    standard_for,
    timed,
)
from projections.delays.working_days import after_working_days, bank_holidays, working_days

ENGLAND, SCOTLAND = Calendar.ENGLAND_AND_WALES, Calendar.SCOTLAND
TODAY = date(2023, 1, 31)


def history(*lines: str) -> list[Step]:
    """Steps from lines: the kind, the date, and the number of a question or payment."""
    steps = []
    for line in lines:
        kind, on, *number = line.split()
        steps.append(Step(kind, When(on), int(number[0]) if number else None))
    return steps


def only(span: Span, *lines: str) -> Timed:
    """The last *span* of the bid whose steps are *lines*."""
    return [one for one in timed(history(*lines)) if one.span is span][-1]


def took(span: Span, *lines: str, as_at: date = TODAY, calendar: Calendar = ENGLAND) -> Measured:
    found = measure(only(span, *lines), as_at, calendar)
    assert found is not None
    return found


def days(number: int, most: int | None = None) -> DayRange:
    return DayRange(min=number, max=number if most is None else most)


# --- Hand-computed ----------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Span, list[str], int | tuple[int, int], int | tuple[int, int], int]] = {
    # name of the case: (span, history, calendar days, working days, paused days)
    "a bid decided on the day that it was submitted took no days": (
        Span.TO_DECISION, ["submitted 2004-03-15", "approved 2004-03-15"], 0, 0, 0,
    ),
    "from Friday to Monday is three calendar days and one working day": (
        Span.TO_DECISION, ["submitted 2004-03-12", "approved 2004-03-15"], 3, 1, 0,
    ),
    "Easter 2004 takes Good Friday and Easter Monday out of two weeks": (
        Span.TO_DECISION, ["submitted 2004-04-05", "approved 2004-04-19"], 14, 8, 0,
    ),
    "at the end of 2004 the bank holidays are the Monday and Tuesday after Christmas and the Monday after New Year": (
        Span.TO_DECISION, ["submitted 2004-12-23", "approved 2005-01-04"], 12, 5, 0,
    ),
    "a leap day is a day": (
        Span.TO_DECISION, ["submitted 2004-02-27", "approved 2004-03-01"], 3, 1, 0,
    ),
    "without a leap day there is one day less": (
        Span.TO_DECISION, ["submitted 2005-02-27", "approved 2005-03-01"], 2, 2, 0,
    ),
    "the funeral of 19 September 2022 was a bank holiday": (
        Span.TO_DECISION, ["submitted 2022-09-16", "approved 2022-09-20"], 4, 1, 0,
    ),
    "a question open from Friday to Monday pauses one working day and three calendar days": (
        Span.TO_DECISION,
        ["submitted 2004-03-08", "asked 2004-03-12 1", "answered 2004-03-15 1", "approved 2004-03-22"], 14, 9, 3,
    ),
    "a question open over Easter pauses the two working days that Easter leaves": (
        Span.TO_DECISION,
        ["submitted 2004-04-05", "asked 2004-04-08 1", "answered 2004-04-14 1", "approved 2004-04-19"], 14, 6, 6,
    ),
    "two questions at once pause the clock once": (
        Span.TO_DECISION,
        [
            "submitted 2004-03-01", "asked 2004-03-03 1", "asked 2004-03-04 2", "answered 2004-03-05 1",
            "answered 2004-03-10 2", "approved 2004-03-15",
        ], 14, 5, 7,
    ),
    "a bid withdrawn while a question is open is timed and paused up to the withdrawal": (
        Span.TO_DECISION, ["submitted 2004-03-01", "asked 2004-03-08 1", "withdrawn 2004-03-15"], 14, 5, 7,
    ),
    "a bid decided without waiting for the answer is paused up to the decision": (
        Span.TO_DECISION, ["submitted 2004-03-01", "asked 2004-03-08 1", "declined 2004-03-15"], 14, 5, 7,
    ),
    "known to the month, from 1 to 31 March until 1 to 31 May": (
        Span.TO_DECISION, ["submitted 2004-03", "approved 2004-05"], (31, 91), (20, 61), 0,
    ),
    "within one month it may have taken no days or all days but one": (
        Span.TO_DECISION, ["submitted 2004-03", "approved 2004-03"], (0, 30), (0, 22), 0,
    ),
    "an approximate day may be up to fifteen days earlier or later": (
        Span.TO_DECISION, ["submitted 2004-03-15~", "approved 2004-06-15"], (77, 107), (51, 73), 0,
    ),
    "a revised bid goes on waiting from its submission": (
        Span.TO_DECISION, ["submitted 2004-03-01", "revised 2004-03-10", "approved 2004-03-15"], 14, 10, 0,
    ),
    "a bid that is submitted again is timed from then": (
        Span.TO_DECISION,
        ["submitted 2004-03-01", "declined 2004-03-15", "resubmitted 2004-04-01", "approved 2004-04-06"], 5, 3, 0,
    ),
    "the way to the award ends with the offer": (
        Span.TO_AWARD,
        ["submitted 2004-03-01", "approved 2004-03-15", "notified 2004-03-17", "offered 2004-03-29"], 28, 20, 0,
    ),
    "the way to the money ends with the first payment that is not reversed": (
        Span.TO_MONEY,
        [
            "submitted 2004-03-01", "approved 2004-03-15", "offered 2004-03-17", "accepted 2004-03-19",
            "released 2004-04-01 1", "released 2004-04-20 2", "reversed 2004-04-21 1",
        ], 50, 34, 0,
    ),
    "the first payment is the earliest by date, in whatever order payments are recorded": (
        Span.TO_MONEY,
        [
            "submitted 2004-03-01", "approved 2004-03-15", "offered 2004-03-17", "accepted 2004-03-19",
            "released 2004-06-01 1", "released 2004-04-20 2", "released 2004-05 3",
        ], 50, 34, 0,
    ),
    "an undated payment is the first only while no payment is dated": (
        Span.TO_MONEY,
        [
            "submitted 2004-03-01", "approved 2004-03-15", "offered 2004-03-17", "accepted 2004-03-19",
            "released unknown 1", "released 2004-04-20 2",
        ], 50, 34, 0,
    ),
    "an assessment ends with its last score": (
        Span.ASSESSMENT,
        ["submitted 2004-03-01", "acknowledged 2004-03-02", "assessed 2004-03-08", "assessed 2004-03-10"], 8, 6, 0,
    ),
    "a new offer is timed from the day that the first one lapsed": (
        Span.OFFER,
        [
            "submitted 2004-03-01", "approved 2004-03-02", "offered 2004-03-03", "lapsed 2004-03-10",
            "offered 2004-03-15",
        ], 5, 3, 0,
    ),
    "a bid that still waits is timed up to today": (
        Span.TO_DECISION, ["submitted 2023-01-02"], 29, 21, 0,
    ),
    "a question that is not answered yet pauses the clock up to today": (
        Span.TO_DECISION, ["submitted 2023-01-02", "asked 2023-01-09 1"], 29, 5, 22,
    ),
}  # fmt: skip


def _range(expected: int | tuple[int, int]) -> DayRange:
    return days(expected) if isinstance(expected, int) else days(*expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "_"))
def test_the_clock_agrees_with_a_count_by_hand(case: str) -> None:
    span, lines, calendar_days, working, paused = CASES[case]
    assert Measured(days=_range(calendar_days), working=_range(working), paused=_range(paused)) == took(span, *lines)


def test_scotland_works_on_easter_monday_and_not_on_the_second_of_january() -> None:
    easter = ["submitted 2004-04-05", "approved 2004-04-19"]
    assert days(9) == took(Span.TO_DECISION, *easter, calendar=SCOTLAND).working
    new_year = ["submitted 2003-12-31", "approved 2004-01-05"]
    assert days(2) == took(Span.TO_DECISION, *new_year, calendar=ENGLAND).working
    assert days(1) == took(Span.TO_DECISION, *new_year, calendar=SCOTLAND).working


def test_each_stage_begins_at_the_end_of_the_one_before_and_names_whose_turn_it_is() -> None:
    found = [
        (one.span, one.owner, one.started.text, one.ended.text if one.ended else None)
        for one in timed(
            history(
                "drafted 2004-01-19", "submitted 2004-03-01", "acknowledged 2004-03-02", "tested 2004-03-05",
                "assessed 2004-03-19", "approved 2004-04-02", "notified 2004-04-05", "offered 2004-04-16",
                "accepted 2004-04-30",
            )
        )
        if one.span in STAGES
    ]  # fmt: skip
    assert [
        (Span.DRAFTING, Owner.BIDDER, "2004-01-19", "2004-03-01"),
        (Span.ACKNOWLEDGEMENT, Owner.FUNDER, "2004-03-01", "2004-03-02"),
        (Span.ELIGIBILITY, Owner.FUNDER, "2004-03-02", "2004-03-05"),
        (Span.ASSESSMENT, Owner.FUNDER, "2004-03-05", "2004-03-19"),
        (Span.DECISION, Owner.FUNDER, "2004-03-19", "2004-04-02"),
        (Span.NOTIFICATION, Owner.FUNDER, "2004-04-02", "2004-04-05"),
        (Span.OFFER, Owner.FUNDER, "2004-04-05", "2004-04-16"),
        (Span.ACCEPTANCE, Owner.BIDDER, "2004-04-16", "2004-04-30"),
        (Span.FIRST_PAYMENT, Owner.FUNDER, "2004-04-30", None),
    ] == found


def test_the_days_of_a_stage_that_nobody_recorded_count_in_the_next_stage() -> None:
    found = timed(history("submitted 2004-03-01", "approved 2004-03-15"))
    stages = [one.span for one in found if one.span in STAGES]
    assert [Span.DECISION, Span.NOTIFICATION] == stages
    assert days(14) == took(Span.DECISION, "submitted 2004-03-01", "approved 2004-03-15").days


def test_while_a_question_is_open_it_is_the_bidders_turn() -> None:
    asked = ["submitted 2004-03-01", "acknowledged 2004-03-02", "asked 2004-03-08 1"]
    assert Owner.BIDDER is only(Span.ELIGIBILITY, *asked).owner
    assert Owner.FUNDER is only(Span.ELIGIBILITY, *asked, "answered 2004-03-09 1").owner


@pytest.mark.parametrize(
    ("last", "over"),
    [("withdrawn 2004-03-15", True), ("declined 2004-03-15", False), ("approved 2004-03-15", False)],
)
def test_a_withdrawn_bid_waits_for_nothing_and_a_decided_bid_waits_for_its_notification(last: str, over: bool) -> None:
    running = [one.span for one in timed(history("submitted 2004-03-01", last)) if one.is_open and one.span in STAGES]
    assert ([] if over else [Span.NOTIFICATION]) == running


def test_nothing_runs_after_the_bidder_is_notified_of_a_refusal() -> None:
    assert all(
        not one.is_open for one in timed(history("submitted 2004-03-01", "declined 2004-03-15", "notified 2004-03-16"))
    )


def test_an_award_that_ends_unpaid_stops_waiting_and_waits_again_when_it_is_reopened() -> None:
    ended = ["submitted 2004-03-01", "approved 2004-03-02", "offered 2004-03-03", "accepted 2004-03-04",
             "ended 2004-05-04"]  # fmt: skip
    assert "ended" == only(Span.TO_MONEY, *ended).outcome
    assert only(Span.TO_MONEY, *ended, "reopened 2004-05-05").is_open
    twice = [*ended, "reopened 2004-05-05", "ended 2004-06-01", "reopened 2004-06-02"]
    assert only(Span.TO_MONEY, *twice).is_open


def test_the_time_of_a_bid_is_unknown_if_its_dates_are_unknown_or_only_a_source_states_it() -> None:
    assert measure(only(Span.TO_DECISION, "stated 2004"), TODAY, ENGLAND) is None
    assert measure(only(Span.TO_DECISION, "submitted unknown"), TODAY, ENGLAND) is None
    assert measure(only(Span.TO_DECISION, "submitted 2004", "approved unknown"), TODAY, ENGLAND) is None


def test_as_at_a_day_before_the_decision_the_bid_still_waits() -> None:
    assert days(4) == took(Span.TO_DECISION, "submitted 2004-03-01", "approved 2004-03-15", as_at=date(2004, 3, 5)).days


# --- Service standards ------------------------------------------------------------------------------------------------


def standard(limit: int, kind: Days, since: str = "2003-01-01", scheme_id: str | None = None) -> Standard:
    return Standard(scheme_id, Span.TO_DECISION, limit, kind, date.fromisoformat(since))


def test_the_standard_in_force_at_the_start_applies_and_the_schemes_own_comes_before_the_programmes() -> None:
    old, new = standard(60, Days.CALENDAR), standard(30, Days.CALENDAR, "2004-04-01")
    own = standard(20, Days.WORKING, "2004-01-01", "scheme-1")
    waiting = only(Span.TO_DECISION, "submitted 2004-03-15")
    assert old == standard_for(waiting, None, [old, new])
    assert new == standard_for(only(Span.TO_DECISION, "submitted 2004-04-01"), None, [old, new])
    assert own == standard_for(waiting, "scheme-1", [old, new, own])
    assert old == standard_for(waiting, "scheme-2", [old, new, own])
    assert standard_for(only(Span.TO_DECISION, "submitted 2002"), None, [old]) is None
    for unknown in ("unknown", "../2004-03-15", "2004-03-15/.."):
        assert standard_for(only(Span.TO_DECISION, f"submitted {unknown}"), None, [old]) is None, unknown
    assert standard_for(only(Span.TO_AWARD, "submitted 2004-03-15"), None, [old]) is None
    # Of two standards from one day on, the one recorded last applies.
    assert standard(50, Days.CALENDAR) == standard_for(waiting, None, [old, standard(50, Days.CALENDAR)])
    assert old == standard_for(waiting, None, [standard(50, Days.CALENDAR), old])


@pytest.mark.parametrize(
    ("lines", "limit", "kind", "due"),
    [
        (["submitted 2004-04-05"], 14, Days.CALENDAR, "2004-04-19"),
        (["submitted 2004-04-05"], 8, Days.WORKING, "2004-04-19"),
        (["submitted 2004-04-05", "asked 2004-04-06 1", "answered 2004-04-08 1"], 14, Days.CALENDAR, "2004-04-21"),
        (["submitted 2004-04-05", "asked 2004-04-08 1", "answered 2004-04-14 1"], 8, Days.WORKING, "2004-04-21"),
        (["submitted 2004-03"], 14, Days.CALENDAR, "2004-04-14"),
        (["submitted 2004-04-05", "asked 2004-04-06 1"], 14, Days.CALENDAR, None),
    ],
    ids=["calendar days", "working days over Easter", "a pause moves it later", "a pause over Easter",
         "known to the month, the latest that it can be", "none while the clock is paused"],
)  # fmt: skip
def test_a_deadline_counts_the_days_of_its_kind_without_pauses(
    lines: list[str], limit: int, kind: Days, due: str | None
) -> None:
    found = deadline(only(Span.TO_DECISION, *lines), standard(limit, kind), ENGLAND)
    assert (date.fromisoformat(due) if due else None) == found


def test_a_standard_is_missed_from_the_day_after_its_deadline_and_met_on_the_last_day() -> None:
    promise = standard(14, Days.CALENDAR)
    waiting = only(Span.TO_DECISION, "submitted 2004-03-01")
    assert date(2004, 3, 16) == breach_day(waiting, deadline(waiting, promise, ENGLAND))
    for decided, broken in (("2004-03-15", None), ("2004-03-16", date(2004, 3, 16)), ("2004-03", None)):
        done = only(Span.TO_DECISION, "submitted 2004-03-01", f"approved {decided}")
        assert broken == breach_day(done, deadline(done, promise, ENGLAND)), decided


# --- Laws -------------------------------------------------------------------------------------------------------------

SOME_DAY = st.dates(date(2003, 1, 1), date(2009, 12, 31))
PATH = ("acknowledged", "tested", "assessed", "approved", "notified", "offered", "accepted", "released")
SCHEDULES = st.builds(
    lambda first, gaps, there: [
        ("submitted", first),
        *(
            (kind, first + timedelta(days=sum(gaps[: place + 1])))
            for place, kind in enumerate(PATH)
            if there[place] or kind == "approved"
        ),
    ],
    SOME_DAY,
    st.lists(st.integers(0, 60), min_size=len(PATH), max_size=len(PATH)),
    st.lists(st.booleans(), min_size=len(PATH), max_size=len(PATH)),
)
QUESTIONS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), max_size=3)


def steps_of(schedule: list[tuple[str, date]], questions: list[tuple[int, int]]) -> list[Step]:
    first = schedule[0][1]
    decided = next(on for kind, on in schedule if kind == "approved")
    asked = [
        (n, first + timedelta(days=after), first + timedelta(days=after + length))
        for n, (after, length) in enumerate(questions, start=1)
        if first + timedelta(days=after + length) <= decided
    ]
    steps = [Step(kind, When(on.isoformat()), 1 if kind == "released" else None) for kind, on in schedule]
    place = next(n for n, step in enumerate(steps) if step.kind == "approved")
    between = [
        step
        for n, start, end in asked
        for step in (Step("asked", When(start.isoformat()), n), Step("answered", When(end.isoformat()), n))
    ]
    return steps[:place] + between + steps[place:]


@given(SCHEDULES, QUESTIONS, st.sampled_from(Calendar))
def test_the_days_of_the_stages_add_up_to_the_whole(
    schedule: list[tuple[str, date]], questions: list[tuple[int, int]], calendar: Calendar
) -> None:
    found = timed(steps_of(schedule, questions))
    for whole, last in ((Span.TO_DECISION, Span.DECISION), (Span.TO_AWARD, Span.OFFER)):
        all_of_it = next(one for one in found if one.span is whole)
        if all_of_it.ended is None:
            continue
        parts = [one for one in found if one.span in STAGES and STAGES.index(one.span) <= STAGES.index(last)]
        measured = [measure(one, date.max, calendar) for one in parts]
        total = measure(all_of_it, date.max, calendar)
        assert total is not None
        for figure in ("days", "working", "paused"):
            assert sum(getattr(one, figure).min for one in measured) == getattr(total, figure).min, figure


@given(SCHEDULES, QUESTIONS, st.sampled_from(Calendar))
def test_calendar_days_are_at_least_working_days(
    schedule: list[tuple[str, date]], questions: list[tuple[int, int]], calendar: Calendar
) -> None:
    for one in timed(steps_of(schedule, questions)):
        measured = measure(one, date(2012, 1, 1), calendar)
        assert measured is not None
        assert measured.working.min <= measured.days.min
        assert measured.working.max <= measured.days.max - measured.paused.min + measured.paused.max


PRECISIONS = st.lists(st.sampled_from(["day", "day", "about", "month", "year"]), min_size=20, max_size=20)


def coarser(on: date, how: str) -> When:
    if how == "month":
        return When(on.isoformat()[:7])
    if how == "year":
        return When(on.isoformat()[:4])
    return When(on.isoformat() + ("~" if how == "about" else ""))


@given(
    SCHEDULES, QUESTIONS, st.lists(st.sampled_from(["day", "day", "about", "month", "year"]), min_size=20, max_size=20)
)
def test_a_range_contains_the_time_that_any_exact_dates_give(
    schedule: list[tuple[str, date]], questions: list[tuple[int, int]], how: list[str]
) -> None:
    exact_steps = steps_of(schedule, questions)
    coarse_steps = [
        step._replace(on=coarser(date.fromisoformat(step.on.text), how[n % 20])) for n, step in enumerate(exact_steps)
    ]
    exact = [one for one in timed(exact_steps) if one.ended is not None]
    coarse = {(one.span, one.nth): one for one in timed(coarse_steps)}
    for one in exact:
        same = coarse[one.span, one.nth]
        sure, wide = measure(one, date.max, ENGLAND), measure(same, date.max, ENGLAND)
        assert sure is not None
        assert wide is not None
        for figure in ("days", "working", "paused"):
            number, found = getattr(sure, figure).min, getattr(wide, figure)
            assert found.min <= number <= found.max, (figure, one.span)


@given(SOME_DAY, st.integers(0, 400), st.sampled_from(Calendar))
def test_the_nth_working_day_is_a_working_day_and_n_working_days_away(
    start: date, number: int, calendar: Calendar
) -> None:
    day = after_working_days(calendar, start, number)
    assert number == working_days(calendar, start, day)
    assert number == 0 or 1 == working_days(calendar, day - timedelta(days=1), day)


@given(st.lists(SOME_DAY, min_size=2, max_size=5).map(sorted), st.sampled_from(Calendar))
def test_the_working_days_of_adjacent_periods_add_up(days_: list[date], calendar: Calendar) -> None:
    parts = [working_days(calendar, a, b) for a, b in pairwise(days_)]
    assert sum(parts) == working_days(calendar, days_[0], days_[-1])


@pytest.mark.parametrize(
    "text", ["0001-01-01~", "9999-12-31~", "9999~", "0001", "../2004", "2004/..", "2004-01/2004-03~", "unknown"]
)
def test_every_date_has_bounds_in_order_or_none(text: str) -> None:
    found = bounds(When(text))
    assert found is None or found.first <= found.last


@given(st.permutations(["2004-04-20", "2004-04", "2004-06-01", "unknown", "2003"]), st.integers(0, 4))
def test_a_clock_is_the_same_whether_payments_are_applied_one_by_one_or_all_at_once(
    dates: list[str], reversed_one: int
) -> None:
    steps = history("submitted 2004-03-01", "approved 2004-03-15", "offered 2004-03-17", "accepted 2004-03-19")
    later = [f"released {on} {number}" for number, on in enumerate(dates)]
    later.insert(reversed_one + 1, f"reversed 2005 {reversed_one}")
    clock = Clock.of(steps)
    for step in history(*later):
        steps.append(step)
        if clock.revised_by(step):
            clock = Clock.of(steps)
        else:
            clock.take(step)
        assert timed(steps) == clock.timed()


def test_the_bank_holidays_of_a_year_are_computed_once_however_long_a_period_is() -> None:
    for calendar in Calendar:
        working_days(calendar, date.min, date.max)
    before = bank_holidays.cache_info().misses
    for calendar in Calendar:
        assert working_days(calendar, date.min, date.max) > 2_600_000
    assert before == bank_holidays.cache_info().misses


def test_dates_at_the_ends_of_the_calendar_are_measured() -> None:
    far = only(Span.TO_DECISION, "submitted 0001-01-01", "approved 9999-12-31")
    assert measure(far, date.max, ENGLAND) is not None
    assert date.max == deadline(only(Span.TO_DECISION, "submitted 9999-12-30"), standard(60, Days.WORKING), ENGLAND)
    assert date.max == deadline(only(Span.TO_DECISION, "submitted 9999-12-30"), standard(60, Days.CALENDAR), ENGLAND)


# --- Sentences of the rules -------------------------------------------------------------------------------------------


def test_about_a_month_may_be_off_by_a_month_of_31_days() -> None:
    assert (date(2004, 1, 30), date(2004, 5, 1)) == bounds(When("2004-03~"))


def ended(span: Span, *lines: str) -> tuple[str, str | None]:
    """From when to when the last *span* went on."""
    found = only(span, *lines)
    return found.started.text, found.ended.text if found.ended is not None else None


def test_a_stage_whose_end_is_dated_before_its_start_takes_no_time() -> None:
    """The dates contradict each other: nobody waited less than no time, and the stages add up to the whole."""
    early = ("submitted 2004-03-10", "acknowledged 2004-03-08")
    assert ("2004-03-10", "2004-03-10") == ended(Span.ACKNOWLEDGEMENT, *early)
    assert ("2004-03-10", None) == ended(Span.ELIGIBILITY, *early)
    assert ("2004-03-10", "2004-03-10") == ended(Span.TO_DECISION, *early, "approved 2004-03-09")
    # A last score that is dated before the stage began leaves it at no time.
    scored = ("submitted 2004-03-10", "assessed 2004-03-12", "assessed 2004-03-01")
    assert ("2004-03-10", "2004-03-10") == ended(Span.ASSESSMENT, *scored)
    assert ("2004-03-10", None) == ended(Span.DECISION, *scored)


def test_a_question_that_was_answered_before_it_was_asked_pauses_nothing() -> None:
    asked = ("submitted 2004-03-01", "asked 2004-03-08 1", "answered 2004-03-05 1")
    assert [("2004-03-08", "2004-03-08")] == [
        (pause.start.text, pause.end.text if pause.end else None) for pause in only(Span.TO_DECISION, *asked).pauses
    ]
    decided = only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-03-08 1", "approved 2004-03-05")
    assert ["2004-03-08"] == [pause.end.text for pause in decided.pauses if pause.end is not None]


def test_an_answer_to_a_question_that_nobody_asked_and_a_question_without_a_number_pause_nothing() -> None:
    assert () == only(Span.TO_DECISION, "submitted 2004-03-01", "answered 2004-03-05 7").pauses
    assert () == only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-03-05").pauses


def test_questions_of_an_earlier_submission_do_not_pause_the_next_one() -> None:
    twice = ("drafted 2004-02-01", "submitted 2004-03-01", "asked 2004-03-08 1", "declined 2004-03-15",
             "resubmitted 2004-04-01", "asked 2004-04-02 2")  # fmt: skip
    pauses = {
        (one.attempt, one.span): [pause.start.text for pause in one.pauses]
        for one in timed(history(*twice))
        if one.span in (Span.TO_DECISION, Span.DRAFTING)
    }
    assert pauses == {
        (1, Span.DRAFTING): [], (1, Span.TO_DECISION): ["2004-03-08"], (2, Span.TO_DECISION): ["2004-04-02"],
    }  # fmt: skip


def test_a_bid_that_a_register_restates_is_stated_from_its_new_date() -> None:
    restated = timed(history("stated 2004-03", "restated 2004-04"))
    assert [(span, "2004-04", None, "stated") for span in WHOLES] == [
        (one.span, one.started.text, one.ended, one.outcome) for one in restated
    ]
    begun = timed(history("stated 2004-03", "submitted 2004-05-01", "restated 2004-04"))
    assert {"2004-04", "2004-05-01"} == {one.started.text for one in begun if one.span is Span.TO_DECISION}


def test_an_offer_that_lapsed_ends_the_acceptance_and_another_offer_is_awaited() -> None:
    lapsed = ("submitted 2004-03-01", "approved 2004-03-02", "offered 2004-03-03", "lapsed 2004-03-10")
    acceptance = only(Span.ACCEPTANCE, *lapsed)
    assert ("2004-03-03", "2004-03-10", "lapsed") == (
        acceptance.started.text, acceptance.ended.text if acceptance.ended else None, acceptance.outcome,
    )  # fmt: skip
    assert ("2004-03-10", None) == ended(Span.OFFER, *lapsed)
    again = (*lapsed, "offered 2004-03-15", "accepted 2004-03-16")
    assert ("2004-03-15", "2004-03-16") == ended(Span.ACCEPTANCE, *again)
    assert ("2004-03-01", "2004-03-03") == ended(Span.TO_AWARD, *again)


@pytest.mark.parametrize("end", ["withdrawn", "ended"])
def test_what_ends_a_bid_ends_all_that_goes_on_with_it(end: str) -> None:
    over = timed(history("submitted 2004-03-01", "acknowledged 2004-03-02", "asked 2004-03-05 1", f"{end} 2004-03-08"))
    assert not [one for one in over if one.is_open]
    assert {("eligibility", end), *((whole.value, end) for whole in WHOLES)} == {
        (one.span.value, one.outcome) for one in over if one.ended == When("2004-03-08")
    }


def test_a_refusal_ends_every_way_and_its_notification_the_last_stage() -> None:
    refused = timed(history("submitted 2004-03-01", "declined 2004-03-15"))
    assert {(Span.TO_DECISION, "reached"), (Span.TO_AWARD, "declined"), (Span.TO_MONEY, "declined")} == {
        (one.span, one.outcome) for one in refused if one.span in WHOLES
    }
    told = timed(history("submitted 2004-03-01", "declined 2004-03-15", "notified 2004-03-17"))
    assert ["2004-03-17"] == [one.ended.text for one in told if one.span is Span.NOTIFICATION and one.ended]
    assert Span.OFFER not in {one.span for one in told}
    approved = timed(history("submitted 2004-03-01", "approved 2004-03-15", "notified 2004-03-17"))
    assert Span.OFFER in {one.span for one in approved}


def test_spans_are_numbered_in_order_and_name_their_submission() -> None:
    twice = timed(
        history("submitted 2004-03-01", "declined 2004-03-15", "resubmitted 2004-04-01", "withdrawn 2004-04-02")
    )
    assert list(range(len(twice))) == [one.nth for one in twice]
    assert [1] * 4 + [2] * 4 == [
        one.attempt for one in twice if one.span in (*WHOLES, Span.DECISION, Span.ACKNOWLEDGEMENT)
    ]


# --- Bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2004-03-15", "2004-03-15", "2004-03-15"),
        ("2004-03-15~", "2004-02-29", "2004-03-30"),
        ("2004-03", "2004-03-01", "2004-03-31"),
        ("2004~", "2002-12-31", "2006-01-01"),
        ("2004", "2004-01-01", "2004-12-31"),
        ("2004-03-01/2004-03-15~", "2004-01-30", "2004-04-15"),
        ("2004-03-15/..", "2004-03-15", None),
        ("../2004-03-15", None, "2004-03-15"),
        ("unknown", None, None),
        ("0001-01-01~", "0001-01-01", "0001-01-16"),
        ("9999-12-31~", "9999-12-16", "9999-12-31"),
    ],
)
def test_the_first_and_the_last_day_of_a_date(text: str, first: str | None, last: str | None) -> None:
    assert (first, last) == tuple(
        each.isoformat() if each is not None else None for each in (first_day(When(text)), last_day(When(text)))
    )
    assert (bounds(When(text)) is None) is (first is None or last is None)


def test_a_standard_is_met_within_its_days_missed_after_them_and_open_where_the_dates_are() -> None:
    promise = standard(14, Days.CALENDAR)

    def kept(*lines: str, promised: Standard | None = promise) -> bool | None:
        whole = only(Span.TO_DECISION, *lines)
        due = deadline(whole, promised, ENGLAND) if promised is not None else None
        return met(whole, measure(whole, TODAY, ENGLAND), promised, breach_day(whole, due))

    assert kept("submitted 2004-03-01", "approved 2004-03-15") is True
    assert kept("submitted 2004-03-01", "approved 2004-03-16") is False
    assert kept("submitted 2004-03", "approved 2004-03-31") is None
    assert kept("submitted 2004-03-01") is None
    assert kept("submitted 2004-03-01", "withdrawn 2004-03-02") is None
    assert kept("submitted unknown", "approved 2004-03-15") is None
    assert kept("submitted 2004-03-01", "approved 2004-03-15", promised=None) is None
    worked = standard(10, Days.WORKING)
    assert kept("submitted 2004-03-01", "approved 2004-03-15", promised=worked) is True
    assert kept("submitted 2004-03-01", "approved 2004-03-16", promised=worked) is False
    asked = ("submitted 2004-03-01", "asked 2004-03-02 1", "answered 2004-03-09 1")
    assert kept(*asked, "approved 2004-03-22") is True
    assert kept(*asked, "approved 2004-03-23") is False


def test_the_first_payment_starts_again_when_one_dated_earlier_is_recorded_or_one_is_reversed() -> None:
    clock = Clock.of(history("submitted 2004-03-01", "approved 2004-03-15", "released 2004-04-20 1"))
    for line, revised in (
        ("released 2004-04-19 2", True), ("released 2004-04-20 2", False), ("released 2004-04-21 2", False),
        ("released unknown 2", False), ("reversed 2005 1", True), ("reopened 2005", True),
        ("accepted 2004-04-01", False),
    ):  # fmt: skip
        assert revised is clock.revised_by(history(line)[0]), line
    assert not Clock.of(history("submitted 2004-03-01")).revised_by(history("released 2004-04-19 2")[0])


def test_a_copy_of_a_clock_goes_its_own_way() -> None:
    clock = Clock.of(history("submitted 2004-03-01", "asked 2004-03-02 1"))
    before = clock.timed()
    copy = clock.copy()
    for step in history("answered 2004-03-03 1", "approved 2004-03-05"):
        copy.take(step)
    assert before == clock.timed()


def test_a_step_recorded_after_a_later_stage_changes_nothing() -> None:
    decided = history("submitted 2004-03-01", "tested 2004-03-05", "approved 2004-03-15")
    assert timed(decided) == timed([*decided, *history("acknowledged 2004-03-20")])


def test_an_award_that_ends_unpaid_ends_the_stage_of_the_first_payment() -> None:
    ended = ["submitted 2004-03-01", "approved 2004-03-02", "offered 2004-03-03", "accepted 2004-03-04",
             "ended 2004-05-04"]  # fmt: skip
    last = only(Span.FIRST_PAYMENT, *ended)
    assert ("ended", When("2004-05-04")) == (last.outcome, last.ended)


def test_an_award_that_ends_again_after_it_was_reopened_ends_the_wait_again() -> None:
    ended_twice = ["submitted 2004-03-01", "approved 2004-03-02", "offered 2004-03-03", "accepted 2004-03-04",
                   "ended 2004-05-04", "reopened 2004-05-05", "ended 2004-06-01"]  # fmt: skip
    last = only(Span.TO_MONEY, *ended_twice)
    assert ("ended", When("2004-06-01")) == (last.outcome, last.ended)


def test_a_deadline_is_counted_from_the_last_day_on_which_the_wait_may_have_begun() -> None:
    in_march = only(Span.TO_DECISION, "submitted 2004-03")
    assert date(2004, 4, 14) == deadline(in_march, standard(14, Days.CALENDAR), ENGLAND)


def test_a_question_that_may_have_been_asked_by_the_deadline_puts_it_off() -> None:
    """It was asked at some time in March and answered on the 20th: from the 1st at the earliest, 19 days."""
    asked = only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-03 1", "answered 2004-03-20 1")
    assert date(2004, 4, 3) == deadline(asked, standard(14, Days.CALENDAR), ENGLAND)


def test_a_question_asked_after_the_deadline_does_not_put_it_off() -> None:
    late = only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-04-01 1", "answered 2004-04-10 1")
    assert date(2004, 3, 15) == deadline(late, standard(14, Days.CALENDAR), ENGLAND)
    open_still = only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-04-01 1")
    assert date(2004, 3, 15) == deadline(open_still, standard(14, Days.CALENDAR), ENGLAND)


def test_a_pause_counts_from_the_latest_day_on_which_the_stage_may_have_begun() -> None:
    """Submitted by 31 March at the latest: the question stops the clock from then to 5 April, for five days."""
    asked = only(Span.TO_DECISION, "submitted 2004-03", "asked 2004-03-10 1", "answered 2004-04-05 1")
    assert date(2004, 4, 19) == deadline(asked, standard(14, Days.CALENDAR), ENGLAND)


@pytest.mark.parametrize("decision", ["approved", "declined"])
def test_a_decision_ends_the_wait_for_an_answer(decision: str) -> None:
    """The question stopped the clock for the seven days until the decision, and no longer."""
    decided = only(Span.TO_DECISION, "submitted 2004-03-01", "asked 2004-03-08 1", f"{decision} 2004-03-15")
    assert date(2004, 3, 22) == deadline(decided, standard(14, Days.CALENDAR), ENGLAND)


def test_saint_andrews_day_is_a_bank_holiday_in_scotland_since_its_act_of_2007() -> None:
    for year, holiday in ((2005, False), (2006, False), (2007, True), (2009, True)):
        assert holiday is (date(year, 11, 30) in bank_holidays(SCOTLAND, year))
    assert 1 == working_days(SCOTLAND, date(2006, 11, 29), date(2006, 11, 30))
    assert 0 == working_days(SCOTLAND, date(2007, 11, 29), date(2007, 11, 30))
    # On a Saturday or Sunday, Monday is the holiday instead.
    assert date(2008, 12, 1) in bank_holidays(SCOTLAND, 2008)


def test_northern_ireland_does_not_work_on_saint_patricks_day_and_on_the_twelfth_of_july() -> None:
    for holiday in (date(2004, 3, 17), date(2004, 7, 12)):
        before, after = holiday - timedelta(days=1), holiday + timedelta(days=1)
        assert 2 == working_days(ENGLAND, before, after)
        assert 1 == working_days(Calendar.NORTHERN_IRELAND, before, after)
