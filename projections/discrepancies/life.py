"""The life of a discrepancy, as pure functions: found, changed, closed, reopened, explained, waived and assigned."""

from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple

from domain import discrepancy
from domain.history import Recorded
from domain.values.day import ZONE
from projections.discrepancies.rules import Finding


class Status(Enum):
    """OPEN: to be resolved. EXPLAINED, WAIVED: its current figures are. CLOSED: its cause is gone."""

    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    WAIVED = "WAIVED"
    CLOSED = "CLOSED"


class Life(NamedTuple):
    """A discrepancy as known from a position of the log on.

    *opened* is the position at which it was first found, *first_seen* the moment of that. *since* is the moment from
    which it has existed without a break. *figures* is the position from which its figures are those in *message*.
    *decided* is the last explanation or waiver, whether or not it covers the current figures: its author saw the
    figures *covered*, as known at the position *covers*. With *due*, the discrepancy exists only after that day. With
    *settled*, it is closed from that day on; before that day its status was *was*.
    """

    rule: str
    subject: str
    message: str
    status: str
    due: date | None
    opened: int
    first_seen: datetime
    since: datetime
    closed_at: datetime | None
    figures: int
    events: list[int]
    owner: str | None = None
    decided: str | None = None
    because: str | None = None
    decided_by: str | None = None
    authority: str | None = None
    decided_at: datetime | None = None
    covers: int | None = None
    covered: str | None = None
    settled: date | None = None
    was: str | None = None


def found(before: Life | None, finding: Finding | None, position: int, moment: datetime) -> Life | None:
    """The discrepancy after the *finding* of the event at *position*, recorded at *moment*; None if there is none.

    A discrepancy that is no longer found is closed; one that never reached its due day is removed. An explanation or
    waiver of earlier figures does not cover changed ones.
    """
    if finding is None:
        if before is None or before.status == Status.CLOSED.value:
            return before
        return None if before.due is not None else _closed(before, moment)
    if finding.settled is not None:
        if before is None or before.status == Status.CLOSED.value:
            return before
        return _closed(before, moment)._replace(settled=finding.settled, was=before.status)
    if before is None:
        seen = _begins(finding, moment)
        return Life(
            rule=finding.rule,
            subject=finding.subject,
            message=finding.message,
            status=Status.OPEN.value,
            due=finding.due,
            opened=position,
            first_seen=seen,
            since=seen,
            closed_at=None,
            figures=position,
            events=list(finding.events),
        )
    again, events = before.status == Status.CLOSED.value, list(finding.events)
    if not again and before.message == finding.message:
        unchanged = before.events == events and before.due == finding.due
        return before if unchanged else before._replace(events=events, due=finding.due)
    return before._replace(
        events=events,
        due=finding.due,
        message=finding.message,
        status=Status.OPEN.value,
        since=_begins(finding, moment) if again else before.since,
        closed_at=None,
        figures=position,
        settled=None,
        was=None,
    )


def decided(before: Life, recorded: Recorded) -> Life:
    """The discrepancy after a decision about it, which covers only the figures that its author saw."""
    match recorded.event:
        case discrepancy.DiscrepancyExplained() as event:
            return _covered(before, recorded, event, Status.EXPLAINED, None)
        case discrepancy.DiscrepancyWaived() as event:
            return _covered(before, recorded, event, Status.WAIVED, event.authority)
        case discrepancy.ExplanationWithdrawn():
            open_ = before.status != Status.CLOSED.value
            return before._replace(
                status=Status.OPEN.value if open_ else before.status,
                decided=None,
                because=None,
                decided_by=None,
                authority=None,
                decided_at=None,
                covers=None,
                covered=None,
                was=before.was and Status.OPEN.value,
            )
        case discrepancy.DiscrepancyAssigned() as event:
            return before._replace(owner=event.owner)
    return before


def _covered(
    before: Life,
    recorded: Recorded,
    event: discrepancy.DiscrepancyExplained | discrepancy.DiscrepancyWaived,
    status: Status,
    authority: str | None,
) -> Life:
    # A decision cannot cover what was recorded after it.
    seen = min(event.seen, recorded.position - 1)
    covers = seen >= before.figures and before.status != Status.CLOSED.value
    return before._replace(
        status=status.value if covers else before.status,
        decided=status.value,
        because=event.because,
        decided_by=recorded.actor,
        authority=authority,
        decided_at=recorded.recorded_at,
        covers=seen,
        covered=event.message,
    )


def _closed(before: Life, moment: datetime) -> Life:
    return before._replace(status=Status.CLOSED.value, closed_at=moment)


def _begins(finding: Finding, moment: datetime) -> datetime:
    """When the discrepancy begins: at *moment* or, if later, on the day after its due day."""
    if finding.due is None or finding.due == date.max:
        return moment
    return max(moment, datetime.combine(finding.due + timedelta(days=1), time(), ZONE))
