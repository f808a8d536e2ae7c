"""``fundtrail digest`` prints what waits and for whom, as at any day and as known at any moment."""

import re
from typing import Any

import pytest

from domain import award, bid, programme
from domain.history import Written
from domain.values.ids import BidId, PartnershipId, ProgrammeId
from domain.values.waiting import Days, Span
from domain.values.when import When
from infra.cli.ask import digest
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import record
from tests.kit.money import desk, gbp

PARTS = ("Late", "Due this week", "Waiting for the bidder", "Waiting, by case officer", "Payments to approve",
         "Payments to release", "Discrepancies")  # fmt: skip


@pytest.fixture(scope="module")
def office(server: Database, programme_template: str) -> Database:
    """Bids under a standard of 40 days, and an award with payments at two steps."""
    made = copy_of(server, programme_template)
    with desk(made) as at:
        of: dict[str, Any] = {"programme_id": ProgrammeId(at.find("programme", "cbp")), "scheme_id": None}
        at.do(
            programme.SetServiceStandard(
                **of, span=Span.TO_DECISION, limit=40, days=Days.CALENDAR, on=When("2004-01-01")
            )
        )
        late = at.submitted_bid("late", "2004-01-05")
        at.do(bid.AssignCaseOfficer(bid_id=late, officer="grants officer 1", on=When("2004-01-06")))
        at.submitted_bid("soon", "2004-02-25")
        stopped = at.submitted_bid("stopped", "2004-03-01")
        at.do(bid.RequestClarification(bid_id=stopped, question="Who leads?", on=When("2004-03-15")))
        award_id = at.accepted_award("paid", "1000.00")
        for number, amount in ((1, "250.00"), (2, "300.00")):
            of_payment: dict[str, Any] = {"award_id": award_id, "number": number}
            at.do(award.RequestPayment(**of_payment, amount=gbp(amount), on=When("2004-07-01")), "payments officer")
        at.do(award.ApprovePayment(award_id=award_id, number=2, on=When("2004-07-05")), "finance manager")
    project_all(made)
    return made


def parts_of(text: str) -> dict[str, str]:
    """The parts of a digest by their names, each in one line."""
    found = {}
    for part in text.split("\n\n")[1:]:
        name, _, rest = " ".join(part.split()).partition(": ")
        found[name] = rest
    return found


def test_the_digest_names_what_is_late_due_and_waiting_and_for_whom(office: Database) -> None:
    text = fundtrail(office, "digest", "--as-at", "2004-03-31").stdout
    found = parts_of(text)
    assert PARTS == tuple(found)
    assert "What waits as at 31 Mar 2004, as known at position " in text
    assert re.fullmatch(r"1 - late, late \(.*\): 46 days late; acknowledgement, with the funder; case officer: grants"
                        r" officer 1", found["Late"])  # fmt: skip
    assert "soon, soon" in found["Due this week"]
    assert "due 5 Apr 2004" in found["Due this week"]
    assert "stopped, stopped" in found["Waiting for the bidder"]
    assert "grants officer 1: 1 bid, 1 late" in found["Waiting, by case officer"]
    assert ("none", "none") == (found["Payments to approve"], found["Payments to release"])
    assert all(len(line) <= digest.WIDTH for line in text.split("\n"))


def test_the_digest_names_the_payments_of_the_day(office: Database) -> None:
    early, late = (parts_of(fundtrail(office, "digest", "--as-at", day).stdout) for day in ("2004-07-02", "2004-07-31"))
    assert early["Payments to approve"].startswith("2 - A-paid, payment 1: £250.00, requested 1 Jul 2004 by payments")
    assert "none" == early["Payments to release"]
    assert late["Payments to approve"].startswith("1 - A-paid, payment 1")
    assert "1 - A-paid, payment 2: £300.00, approved 5 Jul 2004 by finance manager" == late["Payments to release"]


def test_the_digest_of_what_was_known_before_has_none_of_it(office: Database) -> None:
    found = parts_of(fundtrail(office, "digest", "--as-at", "2004-03-31", "--known-at", "2020-01-01").stdout)
    assert {"none"} == set(found.values())


def test_a_part_of_the_digest_is_cut_and_says_how_many_there_are(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MOST", 1)
    lines = [*digest._part("Late", ["one", "two", "three"])]
    assert ["", "Late: 3", "- one", "  and 2 more"] == lines


def test_a_title_cannot_write_lines_or_control_a_terminal(server: Database, programme_template: str) -> None:
    made = copy_of(server, programme_template)
    with desk(made) as at:
        of: dict[str, Any] = {"partnership_id": PartnershipId(at.find("partnership", "dip")), "on": When("2004-01-05")}
        title = "Paid\n\nLate: none\x1b[2J\u202e"
        submitted = bid.BidSubmitted(**of, reference="h-1", title=title, requested=gbp("1.00"))
        record(at.log, [Written(BidId("bid-h"), submitted)])
        question = bid.ClarificationRequested(**of, number=1, question="Who?")
        record(at.log, [Written(BidId("bid-h"), question)])
    project_all(made)
    text = fundtrail(made, "digest", "--as-at", "2004-03-31").stdout
    assert "Paid Late: none[2J" in " ".join(text.split())
    assert "\x1b" not in text
    assert "\u202e" not in text
