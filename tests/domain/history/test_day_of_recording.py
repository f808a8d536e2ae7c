"""What has happened is dated no later than the day of its recording, in the time zone of the programme."""

from datetime import UTC, date, datetime

import pytest

from domain import bid, books, desk, programme
from domain.desk import DatedInFuture, decide, submit
from domain.history import Command, Order
from domain.reading import Reading
from domain.values.day import day_of
from domain.values.waiting import Days, Span
from domain.values.when import When
from tests.kit.examples import ACE, BID, EVENTS, ODPM, PROGRAMME
from tests.kit.spec import MemoryLog, at, gbp

LAST_DAY = date(2020, 1, 31)
BEGUN = [
    *at(ODPM, EVENTS["OrganisationRegistered"]),
    *at(PROGRAMME, EVENTS["ProgrammeEstablished"], EVENTS["SchemeEstablished"]),
    *at(ACE, EVENTS["PartnershipFormed"]),
]


def submitted(on: str) -> bid.SubmitBid:
    return bid.SubmitBid(bid_id=BID, partnership_id=ACE, reference="B", title="t", requested=gbp("1.00"), on=When(on))


def standard(on: str) -> programme.SetServiceStandard:
    return programme.SetServiceStandard(
        programme_id=PROGRAMME, span=Span.TO_DECISION, limit=60, days=Days.CALENDAR, on=When(on)
    )


@pytest.mark.parametrize("on", ["2020-02-01", "2020-02", "2021", "2099-01-01"])
def test_a_step_dated_after_the_day_of_recording_is_refused(on: str) -> None:
    with pytest.raises(DatedInFuture) as caught:
        decide(Reading(MemoryLog(*BEGUN)), submitted(on), LAST_DAY)
    assert "is after the day of recording (31 Jan 2020)" in caught.value.reason


@pytest.mark.parametrize("on", ["2020-01-31", "2020-01", "2020", "2019-12-31"])
def test_a_step_of_the_day_of_recording_is_taken_and_a_month_or_year_that_is_not_over(on: str) -> None:
    assert decide(Reading(MemoryLog(*BEGUN)), submitted(on), LAST_DAY)


@pytest.mark.parametrize("on", ["../2020-02-01", "../2099", "2020-01-31/..", "unknown"])
def test_a_step_that_may_be_of_the_day_of_recording_or_before_is_taken(on: str) -> None:
    assert decide(Reading(MemoryLog(*BEGUN)), submitted(on), LAST_DAY)


def test_the_current_year_is_not_closed_by_a_date_in_the_future() -> None:
    close = books.ClosePeriod(
        programme_id=PROGRAMME,
        name="2019-20",
        starts=When("2019-04-01"),
        ends=When("2020-03-31"),
        on=When("2020-04-01"),
    )
    with pytest.raises(DatedInFuture):
        decide(Reading(MemoryLog(*BEGUN)), close, LAST_DAY)
    assert decide(Reading(MemoryLog(*BEGUN)), close, date(2020, 4, 1))


def test_a_standard_is_set_ahead() -> None:
    assert decide(Reading(MemoryLog(*BEGUN)), standard("2020-04-01"), LAST_DAY)


def test_the_desk_asks_the_log_for_the_day() -> None:
    """For a single order, on the cached states and on the log."""
    log = MemoryLog(*BEGUN)
    for command_id in ("first", "second"):
        with pytest.raises(DatedInFuture):
            submit(log, Order(command_id=command_id, command=submitted("2020-02-01"), said="", actor="a"))
    log.day = date(2020, 2, 1)
    assert submit(log, Order(command_id="third", command=submitted("2020-02-01"), said="", actor="a")).recorded


def test_a_repeat_of_what_is_recorded_changes_nothing_even_if_its_date_is_in_the_future() -> None:
    log = MemoryLog(*BEGUN, *at(BID, *decide_on(submitted("2020-02-01"))))
    assert [] == decide(Reading(log), submitted("2020-02-01"), LAST_DAY)


def decide_on(command: Command) -> list[bid.Event]:
    return bid.decide(None, command)  # type: ignore[arg-type]


def test_every_command_that_is_no_plan_has_a_date_that_the_desk_checks() -> None:
    """The desk looks for the field ``on``: a command that called its date otherwise would not be checked."""
    commands = set(desk.OWN) - set(desk.OF_SOURCES) - set(desk.PARTS)
    assert all("on" in getattr(command, "__dataclass_fields__", {}) for command in commands)
    assert {
        "SetServiceStandard", "PublishCriteria", "AgreePlan", "RecordStatement", "GrantDelegation", "AppointMember",
        "GrantRole", "PublishEligibilityRule", "EndEligibilityRule", "PublishFramework", "SetSubsidy",
        "EndSubsidy",
    } == {command.__name__ for command in desk.AHEAD}  # fmt: skip


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2024-03-30T23:30:00Z", date(2024, 3, 30)),
        ("2024-03-31T23:30:00Z", date(2024, 4, 1)),
        ("2024-04-01T00:30:00+01:00", date(2024, 4, 1)),
        ("2024-10-27T23:30:00Z", date(2024, 10, 27)),
        ("2024-04-01T08:30:00+10:00", date(2024, 3, 31)),
    ],
)
def test_an_instant_is_a_day_in_the_time_zone_of_the_programme(instant: str, day: date) -> None:
    assert day == day_of(datetime.fromisoformat(instant))
    assert day_of(datetime(2024, 3, 31, 23, 30, tzinfo=UTC)) == date(2024, 4, 1)
