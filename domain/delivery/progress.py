"""The rules of how the work goes: visits, traffic lights and hold-ups."""

from domain.delivery.commands import EndHoldUp, RecordActivity, RecordVisit, ReportHoldUp, ReportStatus
from domain.delivery.events import STEPS, ActivityHeld, Event, HoldUpEnded, HoldUpReported, StatusReported, VisitHeld
from domain.delivery.refusals import (
    ActionDueBeforeVisit,
    ActionWithoutDueDay,
    ActivityEndsBefore,
    ActivityUnsaid,
    HoldUpAlreadyReported,
    HoldUpUnexplained,
    HoldUpUnknown,
    StatusUnexplained,
    VisitAlreadyRecorded,
)
from domain.delivery.state import Delivery
from domain.values.numbers import given_or_next
from domain.values.order import in_order


def visit(delivery: Delivery, command: RecordVisit) -> list[Event]:
    """A visit may come after the end of the work: to see what is left of it."""
    held = VisitHeld(
        partnership_id=delivery.partnership_id,
        visitor=command.visitor,
        findings=command.findings,
        action=command.action,
        due=command.due,
        on=command.on,
    )
    if held in delivery.visits:
        return []
    if any((before.visitor, before.on) == (held.visitor, held.on) for before in delivery.visits):
        raise VisitAlreadyRecorded(visitor=command.visitor, visited=command.on)
    if (command.action is None) is not (command.due is None):
        raise ActionWithoutDueDay
    if command.due is not None and not command.on.may_precede(command.due):
        raise ActionDueBeforeVisit(due=command.due, visited=command.on)
    return [held]


def activity(delivery: Delivery, command: RecordActivity) -> list[Event]:
    """An activity may come before the work is planned, or after its end."""
    held = ActivityHeld(
        partnership_id=delivery.partnership_id,
        kind=command.kind,
        summary=command.happened,
        until=command.until,
        organisation_id=command.organisation_id,
        on=command.on,
    )
    if held in delivery.activities:
        return []
    if not (command.kind.strip() and command.happened.strip()):
        raise ActivityUnsaid
    if command.until is not None and not command.on.may_precede(command.until):
        raise ActivityEndsBefore(on=command.on, until=command.until)
    return [held]


def report_status(delivery: Delivery, command: ReportStatus) -> list[Event]:
    reported = StatusReported(
        partnership_id=delivery.partnership_id,
        strand=command.strand,
        light=command.light,
        because=command.because,
        on=command.on,
    )
    if reported in delivery.statuses:
        return []
    if not (command.strand.strip() and command.because.strip()):
        raise StatusUnexplained
    return [reported]


def report_hold_up(delivery: Delivery, command: ReportHoldUp) -> list[Event]:
    number = given_or_next(command.number, (one.number for one in delivery.hold_ups))
    reported = HoldUpReported(
        partnership_id=delivery.partnership_id,
        number=number,
        stage=command.stage,
        cause=command.cause,
        because=command.because,
        on=command.on,
    )
    if reported in delivery.hold_ups:
        return []
    if any(one.number == number for one in delivery.hold_ups):
        raise HoldUpAlreadyReported(number=number)
    if not command.because.strip():
        raise HoldUpUnexplained
    return [reported]


def end_hold_up(delivery: Delivery, command: EndHoldUp) -> list[Event]:
    reported = next((one for one in delivery.hold_ups if one.number == command.number), None)
    if reported is None:
        raise HoldUpUnknown(number=command.number)
    if any(one.number == command.number for one in delivery.held_up_until):
        return []
    if not command.because.strip():
        raise HoldUpUnexplained
    ended = HoldUpEnded(
        partnership_id=delivery.partnership_id, number=command.number, because=command.because, on=command.on
    )
    in_order(STEPS, [reported], [ended])
    return [ended]
