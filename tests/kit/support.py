"""The support of two authorities: one in trouble, with a case that went up to government, and a pseudonym."""

from typing import Any

from domain import outcome
from domain.organisation import RecordCategory, RegisterOrganisation
from domain.support import case as s
from domain.support.concern import RaiseConcern, ShareConcern
from domain.values.fact import Record, Source
from domain.values.ids import ConcernId, DeliveryId, OrganisationId, OutcomeId, PartnershipId
from domain.values.when import When
from tests.kit.money import Desk

CONCERN = ConcernId("concern-of-support")
OUTCOME = OutcomeId("outcome-of-support")
# The pseudonym of a council that is not named.
VEILED = OrganisationId("organisation-veiled")


def supported(at: Desk, concern_id: ConcernId | None = None) -> None:
    """Record the cases, one of which names a shared concern. It needs the plans of ``tests.kit.plans``."""
    lambeth = OrganisationId(at.find("organisation", "lambeth"))
    _rated(at, lambeth)
    _opened(at, lambeth, concern_id)
    _helped(at, lambeth)
    _judged(at, lambeth)
    _veiled(at)


def _rated(at: Desk, of: OrganisationId) -> None:
    for regime, method, category, on in (
        ("CPA", "2002", "poor", "2002-12"), ("CPA", "2005", "1 star", "2005-12"), ("CPA", "2005", "2 stars", "2006-12"),
    ):  # fmt: skip
        rated: dict[str, Any] = {"regime": regime, "method": method, "category": category}
        at.do(RecordCategory(organisation_id=of, on=When(on), **rated))


def concerned(at: Desk) -> ConcernId:
    """Record a concern about the authority that is shared after two months."""
    lambeth = OrganisationId(at.find("organisation", "lambeth"))
    said: dict[str, Any] = {"text": "Members do not trust officers", "heard_from": "A neighbour"}
    raised = RaiseConcern(concern_id=CONCERN, organisation_id=lambeth, confidential=True, on=When("2004-11-02"), **said)
    at.do(raised)
    at.do(ShareConcern(concern_id=CONCERN, agreed_by="The leader", names_source=True, on=When("2005-01-05")))
    return CONCERN


def _opened(at: Desk, of: OrganisationId, concern_id: ConcernId | None) -> None:
    three = PartnershipId("partnership-needs-three")
    opened: dict[str, Any] = {"problem": s.Problem.POLITICAL, "text": "No trust", "concern_id": concern_id}
    at.do(s.OpenSupportCase(organisation_id=of, partnership_id=three, on=When("2005-01-10"), **opened))
    at.do(
        s.OpenSupportCase(
            organisation_id=of, problem=s.Problem.MANAGERIAL, text="No accountants", on=When("2005-01-11")
        )
    )  # fmt: skip
    in_case: dict[str, Any] = {"organisation_id": of, "case": 1}
    for level, because, on in (
        (s.SupportLevel.ROUND_TABLE, "The first offer was declined", "2005-03-01"),
        (s.SupportLevel.GOVERNMENT, "Little has changed", "2005-06-15"),
    ):
        at.do(s.EscalateSupportCase(level=level, because=because, on=When(on), **in_case))
    at.do(s.CloseSupportCase(organisation_id=of, case=2, conclusion="Two accountants came", on=When("2006-02-01")))


def _helped(at: Desk, of: OrganisationId) -> None:
    idea, kent = (OrganisationId(at.find("organisation", code)) for code in ("idea", "kent-county-council"))
    in_case: dict[str, Any] = {"organisation_id": of, "case": 1}
    for text, helper, on in (
        ("A mentor", idea, "2005-01-20"),
        ("A team", None, "2005-03-10"),
        ("More", None, "2005-07-01"),
    ):
        at.do(s.OfferHelp(text=text, helper_id=helper, on=When(on), **in_case))
    at.do(s.AnswerHelp(number=1, accepted=False, because="It has a mentor", on=When("2005-02-15"), **in_case))
    at.do(s.AnswerHelp(number=2, accepted=True, on=When("2005-03-20"), **in_case))
    lent: dict[str, Any] = {"lender_id": kent, "text": "A head of finance", "days": 40, "owed": 10}
    at.do(s.LendCapacity(on=When("2005-04-01"), **lent, **in_case))
    for days, on in ((4, "2006-01-31"), (3, "2006-03-31")):
        at.do(s.GiveCapacityBack(number=1, days=days, on=When(on), **in_case))
    measured: dict[str, Any] = {"impact": "Trust", "level": "authority", "indicator": "Meetings held", "target": "12"}
    three = PartnershipId("partnership-needs-three")
    at.do(outcome.AgreeIndicator(outcome_id=OUTCOME, partnership_id=three, on=When("2005-04-10"), **measured))
    agreed: dict[str, Any] = {"outcomes": (OUTCOME,), "monitoring": "The regional board, each quarter"}
    delivery = DeliveryId("delivery-needs-three")
    at.do(s.AgreeImprovementPlan(delivery_id=delivery, on=When("2005-04-15"), **agreed, **in_case))


def _judged(at: Desk, of: OrganisationId) -> None:
    idea, lga = (OrganisationId(at.find("organisation", code)) for code in ("idea", "lga"))
    in_case: dict[str, Any] = {"organisation_id": of, "case": 1}
    for sort, by, text, on in (
        (s.NoticeSort.INSPECTION_RESULT, "Audit Commission", "One star", "2005-02-01"),
        (s.NoticeSort.RED_FLAG, "Inspectorates", "Benefits are paid late", "2005-04-20"),
        (s.NoticeSort.IMPROVEMENT_NOTICE, "Government office", "Pay benefits in time", "2005-06-20"),
    ):
        at.do(s.ServeNotice(sort=sort, served_by=by, text=text, on=When(on), **in_case))
    for review, due in (
        (s.ReviewSort.PEER_VISIT, "2005-05-31"), (s.ReviewSort.PEER_VISIT, "2005-06-30"),
        (s.ReviewSort.SELF_EVALUATION, "2005-09-30"), (s.ReviewSort.EXTERNAL_CHALLENGE, "2005-12-31"),
        (s.ReviewSort.CAPACITY_ASSESSMENT, "2005-08-31"),
    ):  # fmt: skip
        at.do(s.PlanReview(sort=review, due=When(due), on=When("2005-04-01"), **in_case))
    peers = ("Chief executive of a county", "Leader of a district")
    at.do(s.HoldReview(number=1, days=3, peers=peers, findings="Weak scrutiny", on=When("2005-05-10"), **in_case))
    at.do(s.MissReview(number=2, because="No peer was free", on=When("2005-06-30"), **in_case))
    at.do(s.HoldReview(number=5, days=1, findings="It can lead on waste", on=When("2005-08-20"), **in_case))
    at.do(s.GiveDuty(text="Leads on waste", on=When("2005-10-01"), **in_case))
    for text in ("Train the scrutiny members", "Merge two departments"):
        at.do(s.MakeRecommendation(made_by="Peer team", text=text, on=When("2005-05-12"), **in_case))
    for number, state, text, on in (
        (1, s.RecommendationResult.ACCEPTED, "The council agrees", "2005-06-01"),
        (1, s.RecommendationResult.CARRIED_OUT, "All were trained", "2005-11-01"),
        (2, s.RecommendationResult.REJECTED, "It would cost too much", "2005-06-01"),
    ):
        at.do(s.FollowRecommendation(number=number, state=state, text=text, on=When(on), **in_case))
    told: dict[str, Any] = {"protocol": "Protocol of 2004", "shared_with": (idea, lga), "text": "The self-evaluation"}
    at.do(s.ShareInformation(on=When("2005-10-05"), **told, **in_case))
    changed: dict[str, Any] = {"changed": 21, "posts": 63, "effect": "Members are trained again"}
    at.do(s.RecordTurnover(organisation_id=of, cause=s.TurnoverCause.ELECTION, on=When("2006-05-04"), **changed))


def _veiled(at: Desk) -> None:
    """Who it is stands in a confidential concern, for its readers."""
    registered: dict[str, Any] = {"code": "midshire", "name": "Midshire (a pseudonym)", "kind": "authority"}
    at.do(RegisterOrganisation(organisation_id=VEILED, on=When("2005-01-01"), **registered))
    at.do(s.OpenSupportCase(organisation_id=VEILED, text="Regular reviews", on=When("2005-01-02")))
    at.do(s.OfferHelp(organisation_id=VEILED, case=1, text="A visit", on=When("2005-01-03")))
    at.do(s.OpenSupportCase(organisation_id=VEILED, text="As the newspapers have it", on=When("2005-01-04")))
    source = Source(register="newspapers", row="1", cites="page 1")
    served: dict[str, Any] = {
        "sort": s.NoticeSort.INTERVENTION,
        "served_by": "Government",
        "text": "Commissioners come",
    }
    stated = s.NoticeServed(organisation_id=VEILED, case=2, number=1, on=When("2005-05"), source=source, **served)
    at.do(Record(stream=VEILED, fact=stated))
