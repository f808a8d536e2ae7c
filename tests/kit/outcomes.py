"""A framework, and outcomes of one partnership: one as planned, one that it led to, and one that failed."""

from typing import Any

from domain import outcome as o
from domain.published.framework import ExpectedImpact, PublishFramework
from domain.values.ids import OutcomeId, PartnershipId, ProgrammeId
from domain.values.when import When
from tests.kit.money import Desk, gbp

SKILLS, SHARED, FAILED = (OutcomeId(f"outcome-needs-{name}") for name in ("skills", "shared", "failed"))
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def found(at: Desk) -> None:
    """Record the framework and the outcomes."""
    _framework(at)
    _skills(at)
    _explained(at)
    _shared(at)
    _failed(at)


def _framework(at: Desk) -> None:
    programme_id = ProgrammeId(at.find("programme", "cbp"))
    skills = ExpectedImpact(
        impact="Development of new skills", levels=("individual", "team"), evidence="Respondents report skills"
    )
    services = ExpectedImpact(impact="Service improvements", levels=("authority",))
    at.do(PublishFramework(programme_id=programme_id, impacts=(skills,), on=When("2003")))
    # The second framework says nothing of the evidence: what the first one says stands.
    plain = ExpectedImpact(impact="Development of new skills", levels=("individual",))
    at.do(PublishFramework(programme_id=programme_id, impacts=(plain, services), on=When("2005-01-01")))


def _agree(at: Desk, outcome_id: OutcomeId, **said: Any) -> None:
    partnership_id = PartnershipId(at.find("partnership", "dip"))
    at.do(o.AgreeIndicator(outcome_id=outcome_id, partnership_id=partnership_id, **said))


def _skills(at: Desk) -> None:
    """The goal is changed, and the result measured again two years later."""
    _agree(
        at, SKILLS, impact="development of new skills", level="individual", indicator="Members trained", unit="members",
        baseline="20", target="120", baseline_on=When("2004-03-31"), expected_by=When("2005-03-31"),
        priority=o.Priority.LOCAL, on=When("2004-04-01"),
    )  # fmt: skip
    at.do(
        o.ReviseIndicator(
            outcome_id=SKILLS, indicator="Members who use what they learned", because="Attendance shows little",
            comparable=False, on=When("2004-09-01"),
        )
    )  # fmt: skip
    at.do(o.ReviseTarget(outcome_id=SKILLS, target="90", because="A partner has left", on=When("2004-12-01")))
    for value, day in (("55", "2005-03-31"), ("80", "2007-03-31")):
        at.do(o.ReportResult(outcome_id=SKILLS, value=value, on=When(day)))


def _explained(at: Desk) -> None:
    """What stands behind the result, and what else may have caused it."""
    for kind, text, confidence, more in (
        (o.EvidenceKind.RESPONDENTS, "Of 40 asked, 31 use it", o.Confidence.STATED, {"document": DIGEST}),
        (o.EvidenceKind.OWN_ACCOUNT, "The chair hears good things", o.Confidence.ANECDOTAL, {"cites": "Minutes, 4"}),
    ):
        day = When("2005-04-15")
        at.do(
            o.GiveEvidence(outcome_id=SKILLS, kind=kind, text=text, confidence=confidence, on=day, **more)  # type: ignore[arg-type]
        )
    for explanation, text in (
        (o.Explanation.CONTRIBUTION, "Nobody else trained members of the districts"),
        (o.Explanation.OTHER_CAUSE, "An election brought younger members"),
        (o.Explanation.NOT_COMPARABLE, "Each partner counts members of committees otherwise"),
    ):
        at.do(o.ExplainOutcome(outcome_id=SKILLS, kind=explanation, text=text, on=When("2005-04-20")))


def _shared(at: Desk) -> None:
    """An outcome that was no goal: the skills led to it, and it saves money."""
    partnership_id = PartnershipId(at.find("partnership", "dip"))
    at.do(
        o.ReportUnplannedOutcome(
            outcome_id=SHARED, partnership_id=partnership_id, impact="Shared services", level="authority",
            indicator="Councils with one legal team", unit="councils", value="2", on=When("2006-05-01"),
        )
    )  # fmt: skip
    at.do(
        o.LinkOutcome(
            outcome_id=SKILLS, leads_to_id=SHARED, because="Members who met there agreed to share a team",
            on=When("2006-05-02"),
        )
    )  # fmt: skip
    at.do(
        o.StateSaving(
            outcome_id=SHARED, kind=o.SavingKind.QUANTIFIED, amount=gbp("12000.00"),
            basis="Quotes for one council each", apart=gbp("30000.00"), on=When("2006-06-01"),
        )
    )  # fmt: skip
    at.do(
        o.StateSaving(
            outcome_id=SHARED, kind=o.SavingKind.EXPECTED, amount=gbp("50000.00"), basis="The treasurer's forecast",
            on=When("2006-06-02"),
        )
    )  # fmt: skip


def _failed(at: Desk) -> None:
    """A goal of central government, without a baseline, that was not reached. It teaches something."""
    _agree(
        at, FAILED, impact="Service improvements", level="authority", indicator="Joint bids", target="4",
        expected_by=When("2005-06-30"), priority=o.Priority.CENTRAL, on=When("2004-04-01"),
    )  # fmt: skip
    at.do(o.ReportResult(outcome_id=FAILED, value="0", on=When("2005-07-31")))
    at.do(o.RejectResult(outcome_id=FAILED, because="The bids were not joint", on=When("2005-08-01")))
    lesson = "Agree who leads before a bid is written"
    at.do(o.ExplainOutcome(outcome_id=FAILED, kind=o.Explanation.LESSON, text=lesson, on=When("2005-09-01")))
