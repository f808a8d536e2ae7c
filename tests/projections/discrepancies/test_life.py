"""The life of a discrepancy: found, changed, closed, found again, explained, waived and assigned."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.discrepancy import DiscrepancyAssigned, DiscrepancyExplained, DiscrepancyWaived, ExplanationWithdrawn
from domain.history import Recorded
from domain.values.day import ZONE
from domain.values.fact import Fact
from domain.values.when import When
from projections.discrepancies.life import Life, decided, found
from projections.discrepancies.rules import Finding

MOMENT = datetime(2006, 1, 31, 12, tzinfo=UTC)
LATER, LAST = MOMENT + timedelta(days=1), MOMENT + timedelta(days=2)
PAID = Finding("paid_above_awarded", "award-1", "Paid 2, awarded 1", (3, 5))
MORE = PAID._replace(message="Paid 3, awarded 1", events=(3, 5, 9))
DUE = Finding("return_overdue", "award-1/return 1", "Return 1 has not been received", (2,), date(2006, 3, 31))
RECEIVED = DUE._replace(settled=date(2006, 4, 10))
MIDNIGHT = datetime(2006, 4, 1, tzinfo=ZONE)


def begun(finding: Finding = PAID, position: int = 5) -> Life:
    life = found(None, finding, position, MOMENT)
    assert life is not None
    return life


def after(before: Life | None, finding: Finding | None, position: int = 9, moment: datetime = LATER) -> Life | None:
    return found(before, finding, position, moment)


def closed(finding: Finding = PAID) -> Life:
    life = after(begun(finding), None)
    assert life is not None
    return life


def recorded(event: Fact, position: int = 20) -> Recorded:
    return Recorded(
        position=position, stream="discrepancy-1", version=1, event_id="e", recorded_at=LAST, actor="clerk",
        authority=None, command_id="c", correlation_id="c", causation_id=None, event=event,
    )  # fmt: skip


ABOUT: dict[str, Any] = {"rule": PAID.rule, "subject": PAID.subject, "on": When("2006-02-02")}


def explained(seen: int) -> DiscrepancyExplained:
    return DiscrepancyExplained(seen=seen, message="Paid 2", because="Agreed in March", **ABOUT)


def waived(seen: int) -> DiscrepancyWaived:
    return DiscrepancyWaived(seen=seen, message="Paid 2", authority="Scheme 4.2", because="Too small", **ABOUT)


WITHDRAWN = ExplanationWithdrawn(was="explained", because="It was another award", **ABOUT)


# --- Found ------------------------------------------------------------------------------------------------------------


def test_a_discrepancy_is_open_from_the_moment_at_which_it_was_first_found() -> None:
    assert Life(
        rule="paid_above_awarded", subject="award-1", message="Paid 2, awarded 1", status="OPEN", due=None, opened=5,
        first_seen=MOMENT, since=MOMENT, closed_at=None, figures=5, events=[3, 5],
    ) == begun()  # fmt: skip
    assert after(None, None) is None
    assert begun() == after(begun(), PAID)


def test_other_figures_open_a_discrepancy_again_from_their_position_on() -> None:
    covered = decided(begun(), recorded(explained(5)))
    changed = after(covered, MORE)
    assert changed == covered._replace(message=MORE.message, events=[3, 5, 9], figures=9, status="OPEN")
    assert changed is not None
    assert (5, MOMENT, MOMENT) == (changed.opened, changed.first_seen, changed.since)


def test_other_events_with_the_same_figures_change_neither_status_nor_position() -> None:
    covered = decided(begun(), recorded(explained(5)))
    assert covered._replace(events=[3, 5, 9]) == after(covered, PAID._replace(events=(3, 5, 9)))
    later = date(2006, 5, 31)
    assert begun(DUE)._replace(due=later) == after(begun(DUE), DUE._replace(due=later))


def test_a_discrepancy_whose_cause_is_gone_is_closed_once_and_may_be_found_again() -> None:
    gone = closed()
    assert gone == begun()._replace(status="CLOSED", closed_at=LATER)
    assert gone == after(gone, None, 12, LAST)
    again = after(gone, PAID, 12, LAST)
    assert again == begun()._replace(status="OPEN", since=LAST, figures=12)


# --- Returns, which are late from a day on ----------------------------------------------------------------------------


def test_a_return_is_overdue_from_the_day_after_it_was_due_or_from_its_recording() -> None:
    assert (MIDNIGHT, MIDNIGHT) == (begun(DUE).first_seen, begun(DUE).since)
    long_ago = begun(DUE._replace(due=date(2005, 1, 1)))
    assert (MOMENT, date(2005, 1, 1)) == (long_ago.since, long_ago.due)
    assert MOMENT == begun(DUE._replace(due=date(2006, 1, 30))).since
    assert begun(DUE._replace(due=date(2006, 1, 31))).since == datetime(2006, 2, 1, tzinfo=ZONE)
    assert MOMENT == begun(DUE._replace(due=date.max)).since


def test_a_return_that_is_no_longer_required_was_never_overdue() -> None:
    assert after(begun(DUE), None) is None


def test_a_return_that_came_late_was_overdue_until_it_came() -> None:
    late = after(begun(DUE), RECEIVED)
    assert late == begun(DUE)._replace(status="CLOSED", closed_at=LATER, settled=date(2006, 4, 10), was="OPEN")
    assert late == after(late, RECEIVED, 12, LAST)
    assert after(None, RECEIVED) is None
    explained_before = decided(begun(DUE), recorded(explained(5)))
    settled = after(explained_before, RECEIVED)
    assert settled is not None
    assert "EXPLAINED" == settled.was
    back = after(late, DUE, 12, LAST)
    assert back == begun(DUE)._replace(since=MIDNIGHT, figures=12)


# --- Decided ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("event", "status"), [(explained(5), "EXPLAINED"), (waived(5), "WAIVED")])
def test_a_decision_covers_the_figures_that_its_author_saw(event: Any, status: str) -> None:
    assert decided(begun(), recorded(event)) == begun()._replace(
        status=status,
        decided=status,
        because=event.because,
        decided_by="clerk",
        authority=getattr(event, "authority", None),
        decided_at=LAST,
        covers=5,
        covered="Paid 2",
    )


def test_a_decision_about_earlier_figures_is_kept_and_leaves_the_present_ones_open() -> None:
    early = decided(begun(), recorded(explained(4)))
    assert ("OPEN", "EXPLAINED", 4) == (early.status, early.decided, early.covers)
    # It cannot cover what was recorded after it, whatever it says that it saw.
    ahead = decided(begun(), recorded(waived(99), position=6))
    assert ("WAIVED", 5) == (ahead.status, ahead.covers)
    sooner = decided(begun(), recorded(waived(99), position=5))
    assert ("OPEN", 4) == (sooner.status, sooner.covers)


def test_a_decision_about_a_closed_discrepancy_leaves_it_closed() -> None:
    assert ("CLOSED", "EXPLAINED") == (
        decided(closed(), recorded(explained(9))).status,
        decided(closed(), recorded(explained(9))).decided,
    )


def test_an_explanation_that_is_withdrawn_leaves_the_discrepancy_open() -> None:
    assert begun() == decided(decided(begun(), recorded(explained(5))), recorded(WITHDRAWN))
    assert begun() == decided(decided(begun(), recorded(waived(5))), recorded(WITHDRAWN))
    of_closed = decided(decided(closed(), recorded(explained(9))), recorded(WITHDRAWN))
    assert closed() == of_closed
    late = after(decided(begun(DUE), recorded(explained(5))), RECEIVED)
    assert late is not None
    withdrawn = decided(late, recorded(WITHDRAWN))
    assert ("CLOSED", "OPEN", None) == (withdrawn.status, withdrawn.was, withdrawn.decided)


@pytest.mark.parametrize("owner", ["auditor", None])
def test_a_discrepancy_is_assigned_to_somebody_or_to_nobody(owner: str | None) -> None:
    owned = begun()._replace(owner="clerk")
    assert owned._replace(owner=owner) == decided(owned, recorded(DiscrepancyAssigned(owner=owner, **ABOUT)))
