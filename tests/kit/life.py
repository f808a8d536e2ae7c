"""An award and a bid with every kind of part: payments, holds, recoveries, questions and all others."""

from typing import Any

from domain import award, bid, funding_round, organisation
from domain.discrepancy import identity
from domain.eligibility.rule import EligibilityKind, PublishEligibilityRule
from domain.programme import PublishCriteria
from domain.values.ids import OrganisationId, ProgrammeId, RoundId, SchemeId
from domain.values.when import When
from tests.kit.money import Desk, gbp

WHY = 'So "it" be'
# The page of the return of the award "lived" that nobody certified.
LATE_RETURN_PAGE = f"/discrepancies/{identity('return_overdue', 'award-lived/return 2')}"


def lived(at: Desk, name: str = "lived", partnership: str = "dip") -> str:
    """The id of an award that has every kind of part, and whose bid was asked, assessed and tested."""
    award_id = at.accepted_award(name, "1000.00", partnership=partnership)
    of: dict[str, Any] = {"award_id": award_id}
    commands: list[tuple[str, Any, dict[str, Any]]] = [
        ("2004-07-01", award.SetCondition, {"number": 1, "text": "A plan", "precedent": True}),
        ("2004-07-01", award.SetCondition, {"number": 2, "text": "An evaluator", "precedent": False}),
        ("2004-07-02", award.MeetCondition, {"number": 1}),
        ("2004-07-03", award.WaiveCondition, {"number": 2, "because": WHY}),
        ("2004-07-04", award.ScheduleInstalment, {"number": 1, "amount": gbp("600.00"), "due": When("2004-09")}),
        ("2004-07-04", award.ScheduleInstalment, {"number": 2, "amount": gbp("200.00"), "due": When("2004-12-01")}),
        ("2004-07-05", award.ChangeInstalment,
         {"number": 1, "amount": gbp("500.00"), "due": When("2004-10-01"), "because": WHY}),
        ("2004-07-06", award.VaryAward,
         {"number": 1, "kind": award.Variation.REDUCTION, "change": gbp("-200.00"), "because": WHY}),
        ("2004-07-07", award.VaryAward,
         {"number": 2, "kind": award.Variation.CORRECTION, "change": gbp("50.00"), "because": WHY, "corrects": 1}),
        ("2004-08-01", award.PlaceHold, {"number": 1, "because": WHY}),
        ("2004-08-02", award.LiftHold, {"number": 1, "because": "Resolved"}),
        ("2004-08-03", award.RequestPayment, {"number": 1, "amount": gbp("300.00")}),
        ("2004-08-04", award.ApprovePayment, {"number": 1}),
        ("2004-08-05", award.ReleasePayment, {"number": 1, "bank_reference": "BACS 1"}),
        ("2004-08-06", award.ReversePayment, {"number": 1, "because": "Entered twice"}),
        ("2004-08-07", award.RequestPayment, {"number": 2, "amount": gbp("310.00"), "corrects": 1}),
        ("2004-08-08", award.ApprovePayment, {"number": 2}),
        ("2004-08-09", award.ReleasePayment, {"number": 2}),
        ("2004-08-10", award.SettlePayment, {"number": 2, "bank_reference": "BACS 2"}),
        ("2004-08-11", award.ReturnPayment, {"number": 2, "part": 1, "amount": gbp("10.00"), "because": "Bounced"}),
        ("2004-09-01", award.ReportExpenditure, {"number": 1, "amount": gbp("90.00"), "description": "Printing"}),
        ("2004-09-02", award.RequireReturn, {"number": 1, "covers": "2004", "due": When("2004-06-30")}),
        ("2004-09-02", award.RequireReturn, {"number": 2, "covers": "2005", "due": When("2005-06-30")}),
        ("2004-10-01", award.CertifyReturn, {"number": 1}),
        ("2004-10-02", award.RaiseRecovery, {"number": 1, "amount": gbp("40.00"), "because": WHY, "payment": 2}),
        ("2004-10-03", award.ApproveRecovery, {"number": 1}),
        ("2004-10-04", award.SettleRecovery,
         {"number": 1, "part": 1, "amount": gbp("15.00"), "by": award.SettledBy.REPAYMENT, "reference": "REC 1"}),
        ("2004-10-05", award.RequestPayment, {"number": 3, "amount": gbp("100.00")}),
        ("2004-10-06", award.SettleRecovery,
         {"number": 1, "part": 2, "amount": gbp("5.00"), "by": award.SettledBy.OFFSET, "payment": 3}),
        ("2004-10-07", award.WriteOffRecovery, {"number": 1, "because": "Too dear to claim"}),
        ("2004-10-08", award.RaiseRecovery, {"number": 2, "amount": gbp("20.00"), "because": WHY}),
        ("2004-10-09", award.WithdrawRecovery, {"number": 2, "because": "A mistake"}),
    ]  # fmt: skip
    for on, command, values in commands:
        at.do(command(**of, **values, on=When(on)))
    _asked(at, f"{name}-asked", partnership)
    return str(award_id)


def called(at: Desk, name: str) -> str:
    """The id of a round with two ring-fences and criteria, with a bid that was awarded money of one of them."""
    scheme_id = at.find("scheme", "cbp-improvement-partnerships")
    of: dict[str, Any] = {"round_id": RoundId(f"round-{name}")}
    at.do(
        funding_round.OpenRound(
            **of, programme_id=ProgrammeId(at.find("programme", "cbp")), scheme_id=SchemeId(scheme_id),
            code=f"R-{name}", name=f"Round {name}", budget=gbp("900.00"), closes=When("2004-05-31"),
            closes_time="17:00", on=When("2004-04"),
        )
    )  # fmt: skip
    of_scheme: dict[str, Any] = {"programme_id": at.find("programme", "cbp"), "scheme_id": scheme_id}
    at.do(PublishCriteria(**of_scheme, criteria=("Need", WHY), weights=(70, 30), on=When("2004-04-01")))
    at.do(funding_round.AdoptCriteria(**of, criteria=("Need", WHY), on=When("2004-04-01")))
    at.do(funding_round.SetRingFence(**of, name="Rural", amount=gbp("300.00"), on=When("2004-04-02")))
    at.do(funding_round.SetRingFence(**of, name="Urban", amount=gbp("100.50"), on=When("2004-04-02")))
    at.accepted_award(f"{name}-called", "100.00", round_id=of["round_id"])
    return str(of["round_id"])


def _asked(at: Desk, name: str, partnership: str) -> None:
    bid_id = at.submitted_bid(name, "2004-01-05", partnership)
    of: dict[str, Any] = {"bid_id": bid_id}
    at.do(bid.AssignCaseOfficer(**of, officer="grants officer 1", on=When("2004-01-05")))
    at.do(bid.AssignCaseOfficer(**of, officer="grants officer 2", on=When("2004-01-20")))
    at.do(bid.RequestClarification(**of, number=1, question="Who leads?", on=When("2004-01-06")))
    at.do(bid.ReceiveClarification(**of, number=1, on=When("2004-01-08")))
    at.do(bid.RequestClarification(**of, number=2, question="Until when?", on=When("2004-01-09")))
    at.do(bid.CheckEligibility(**of, eligible=False, because="One partner", on=When("2004-01-10")))
    at.do(bid.CheckEligibility(**of, eligible=True, on=When("2004-01-11")))
    for nth, criterion in enumerate(("Need", "Value", "Need")):
        of_score: dict[str, Any] = {"criterion": criterion, "score": 3 * nth, "justification": WHY}
        at.do(bid.AssessBid(**of, **of_score, on=When(f"2004-01-1{nth + 2}")), f"assessor {nth}")
    _spoken_of(at, of, at.find("partnership", partnership))
    payee = OrganisationId(at.find("organisation", "idea"))
    number, on = "GB29 NWBK 6016 1331 9268 19", When("2004-02-02")
    at.do(organisation.ChangePayeeAccount(organisation_id=payee, account=number, on=on), "payments officer")
    verify = organisation.VerifyPayeeAccount(
        organisation_id=payee, account=number, evidence="A call to the number on the agreement", on=on
    )
    at.do(verify, "treasurer")
    for code in ("lga", "idea", "odpm"):
        identifier: dict[str, Any] = {"register": "GB-LAE", "value": f"E{len(name):04}"}
        organisation_id = OrganisationId(at.find("organisation", code))
        at.do(organisation.RecordIdentifier(organisation_id=organisation_id, **identifier, on=When("2004-01")))


def _spoken_of(at: Desk, of: dict[str, Any], partnership_id: str) -> None:
    """Consents, contacts, a moderated score and a rule that a person judged, all of one bid."""
    partner = OrganisationId(at.find("organisation", "idea"))
    revised: dict[str, Any] = {"title": f"{of['bid_id']}", "requested": gbp("1000.00"), "because": "A partner joins"}
    at.do(bid.ReviseBid(**of, **revised, partners=(partner,), themes=("Skills",), on=When("2004-01-05")))
    formed: Any = at.log.history(partnership_id)[0]
    place: dict[str, Any] = {"programme_id": formed.programme_id, "scheme_id": formed.scheme_id}
    judged: dict[str, Any] = {"code": "local", "kind": EligibilityKind.OTHER, "text": "A local need"}
    at.do(PublishEligibilityRule(**place, **judged, on=When("2003-12-01")))
    at.do(bid.CheckEligibility(**of, rule="local", eligible=True, because=WHY, on=When("2004-01-11")))
    for on, direction in (("2004-01-07", "FROM_BIDDER"), ("2004-02-20", "FROM_FUNDER")):
        spoke: dict[str, Any] = {"direction": bid.ContactDirection[direction], "with_whom": "grants officer 1"}
        at.do(bid.LogContact(**of, **spoke, summary=WHY, on=When(on)))
    at.do(bid.ModerateScore(**of, criterion="Need", score=5, because=WHY, on=When("2004-01-20")))
    at.do(bid.RecordConsent(**of, organisation_id=partner, on=When("2004-01-06")))
    at.do(bid.WithdrawConsent(**of, organisation_id=partner, because=WHY, on=When("2004-01-09")))
    at.do(bid.RecordConsent(**of, organisation_id=partner, on=When("2004-01-12")))
