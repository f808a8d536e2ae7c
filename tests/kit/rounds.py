"""A scheme with published rules and criteria, a round of it, and two bids of a partnership of two."""

from typing import Any

from domain import bid, funding_round
from domain.eligibility.rule import EligibilityKind, PublishEligibilityRule
from domain.partnership import FormPartnership, JoinPartnership
from domain.programme import EstablishScheme, PublishCriteria
from domain.values.ids import BidId, OrganisationId, PartnershipId, ProgrammeId, RoundId, SchemeId
from domain.values.when import When
from tests.kit.money import Desk, gbp

SCHEME = SchemeId("scheme-open")
ROUND = RoundId("round-open")
PAIR, SINGLE = PartnershipId("partnership-pair"), PartnershipId("partnership-single")
PLANS = (
    bid.ProposedPlan(kind="Sustainability plan", text="The partners pay from the second year"),
    bid.ProposedPlan(kind="Evaluation plan", text="A college asks those who took part"),
)


def opened_round(at: Desk) -> None:
    """A scheme whose bids need two partners in 2004 and three from 2005, two plans, and a local need."""
    programme_id = ProgrammeId(at.find("programme", "cbp"))
    of: dict[str, Any] = {"programme_id": programme_id, "scheme_id": SCHEME}
    at.do(EstablishScheme(**of, code="open", name="Open rounds", kind="fund", on=When("2003-12-01")))
    first = When("2004-01-01")
    at.do(PublishCriteria(**of, criteria=("Need", "Value"), weights=(60, 40), on=first))
    partners: dict[str, Any] = {"code": "min-partners", "kind": EligibilityKind.MINIMUM_PARTNERS}
    at.do(PublishEligibilityRule(**of, **partners, text="At least two partners", least=2, on=first))
    at.do(PublishEligibilityRule(**of, **partners, text="At least three partners", least=3, on=When("2005-01-01")))
    plans: dict[str, Any] = {"kind": EligibilityKind.REQUIRED_PLANS, "names": tuple(one.kind for one in PLANS)}
    at.do(PublishEligibilityRule(**of, code="plans", text="Both plans are there", on=first, **plans))
    local: dict[str, Any] = {"kind": EligibilityKind.OTHER, "text": "The need is a local one"}
    at.do(PublishEligibilityRule(**of, code="local", on=first, **local))
    at.do(
        funding_round.OpenRound(
            round_id=ROUND, **of, code="R-open", name="Open round", budget=gbp("5000.00"), closes=When("2004-04-30"),
            on=When("2004-02-01"),
        )
    )  # fmt: skip
    at.do(funding_round.AdoptCriteria(round_id=ROUND, criteria=("Need", "Value"), on=When("2004-02-01")))
    for partnership_id, code in ((PAIR, "pair"), (SINGLE, "single")):
        lead_id = OrganisationId(at.find("organisation", "idea"))
        named: dict[str, Any] = {"partnership_id": partnership_id, "code": code, "name": code, "kind": "partnership"}
        at.do(FormPartnership(**of, **named, lead_id=lead_id, on=first))
    lga = OrganisationId(at.find("organisation", "lga"))
    at.do(JoinPartnership(partnership_id=PAIR, organisation_id=lga, role="partner", on=first))
    _bids(at)


def _bids(at: Desk) -> None:
    """Two bids of the pair: the first is revised, and the second has a moderated score."""
    lead, partner = (OrganisationId(at.find("organisation", code)) for code in ("idea", "lga"))
    first, second = BidId("bid-pair-1"), BidId("bid-pair-2")
    for bid_id in (first, second):
        activities = (bid.ProposedActivity(name="Peer support", amount=gbp("600.00")),)
        at.do(
            bid.SubmitBid(
                bid_id=bid_id, partnership_id=PAIR, reference=bid_id.removeprefix("bid-"), title="Learning together",
                requested=gbp("1000.00"), round_id=ROUND, partners=(lead, partner), themes=("Leadership",),
                activities=activities, plans=PLANS, on=When("2004-03-01"),
            )
        )  # fmt: skip
    at.do(bid.CheckEligibility(bid_id=first, rule="local", eligible=True, because="As shown", on=When("2004-03-04")))
    for bid_id, assessor, criterion, score in (
        (first, "assessor a", "Need", 8), (first, "assessor b", "Need", 6), (first, "assessor a", "Value", 5),
        (second, "assessor a", "Need", 9), (second, "assessor a", "Value", 4),
    ):  # fmt: skip
        given: dict[str, Any] = {"criterion": criterion, "score": score, "justification": f"{criterion}, as described"}
        at.do(bid.AssessBid(bid_id=bid_id, on=When("2004-03-15"), **given), assessor)
    moderated: dict[str, Any] = {"criterion": "Value", "score": 3, "because": "The rooms are dear"}
    at.do(bid.ModerateScore(bid_id=second, on=When("2004-03-16"), **moderated))
    at.do(bid.RecordConsent(bid_id=first, organisation_id=lead, on=When("2004-02-20")))
    at.do(bid.RecordConsent(bid_id=first, organisation_id=partner, on=When("2004-03-05")))
    left: dict[str, Any] = {"organisation_id": partner, "because": "No staff for it"}
    at.do(bid.WithdrawConsent(bid_id=first, on=When("2004-03-20"), **left))
    spoke: dict[str, Any] = {"with_whom": "programme manager", "summary": "The decision comes in May"}
    direction = bid.ContactDirection.FROM_FUNDER
    at.do(bid.LogContact(bid_id=first, direction=direction, on=When("2004-03-10"), **spoke))
    revised: dict[str, Any] = {
        "title": "Learning together",
        "requested": gbp("900.00"),
        "because": "Needs have changed",
    }
    at.do(bid.ReviseBid(bid_id=first, themes=("Leadership", "Procurement"), on=When("2004-04-20"), **revised))
