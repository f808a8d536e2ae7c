"""What was recorded beside the money of an award of 8,000."""

from domain import award, bid
from domain.award import BudgetLine, ContributionKind, LineChange, Portion, Towards, Variation
from domain.between.pooling import AgreeCharge, ChargeFor, DividePool, PoolShare
from domain.funding_round import OpenRound, SetRingFence
from domain.programme import RequireBudgetLine
from domain.values.financial_year import LineKind
from domain.values.ids import AwardId, BidId, PartnershipId, RoundId
from domain.values.when import When
from tests.kit.money import Desk, gbp

AWARD = AwardId("award-beside")
LINES = (
    BudgetLine(name="Management", amount=gbp("1000.00"), kind=LineKind.PROJECT_MANAGEMENT),
    BudgetLine(name="Set-up", amount=gbp("2000.00"), kind=LineKind.ESTABLISHMENT),
    BudgetLine(name="Training", amount=gbp("5000.00"), kind=LineKind.ACTIVITY),
)


def recorded(at: Desk) -> None:
    """An award with lines, contributions, charges and pooled money, and a round with a ring-fence."""
    _awarded(at)
    _spent(at)
    _contributed(at)
    _between(at)
    _fenced(at)


def required(at: Desk) -> None:
    """The scheme requires a line for project management from 2005 on."""
    scheme_id = at.find("scheme", "cbp-improvement-partnerships")
    programme_id = at.find("programme", "cbp")
    require = RequireBudgetLine(
        programme_id=programme_id, scheme_id=scheme_id, kind=LineKind.PROJECT_MANAGEMENT, on=When("2005-01-01")
    )
    at.do(require)


def _bid(at: Desk, name: str, requested: str, round_id: RoundId | None = None) -> BidId:
    bid_id, partnership_id = BidId(f"bid-{name}"), PartnershipId(at.find("partnership", "dip"))
    at.do(
        bid.SubmitBid(
            bid_id=bid_id, partnership_id=partnership_id, reference=f"B-{name}", title=name, requested=gbp(requested),
            round_id=round_id, on=When("2004-05-01"),
        )
    )  # fmt: skip
    return bid_id


def _awarded(at: Desk) -> None:
    """The bid asked for 10,000."""
    bid_id = _bid(at, "beside", "10000.00")
    because, dropped = "The budget of the scheme is smaller", ("A second year of training",)
    at.do(
        bid.ApproveBid(bid_id=bid_id, approved=gbp("8000.00"), because=because, dropped=dropped, on=When("2004-12-01"))
    )
    at.do(
        award.OfferAward(
            award_id=AWARD, bid_id=bid_id, reference="A-beside", amount=gbp("8000.00"), lines=LINES,
            purpose="Training of members", on=When("2005-02-01"),
        )
    )  # fmt: skip
    at.do(award.AcceptOffer(award_id=AWARD, on=When("2005-02-02")))
    moved = (LineChange(name="Training", change=gbp("-400.00")), LineChange(name="Management", change=gbp("400.00")))
    at.do(
        award.VaryAward(
            award_id=AWARD, kind=Variation.REALLOCATION, change=gbp("0.00"), lines=moved, because="More to manage",
            on=When("2005-03-01"),
        )
    )  # fmt: skip
    at.do(
        award.AgreeStrand(
            award_id=AWARD, name="Training", lines=("Training",), share=Portion(part=1, of=3), on=When("2005-02-03")
        )
    )


def _spent(at: Desk) -> None:
    """5,000 is paid, 500 of it to one payee for a purpose, and 3,300 is spent."""
    at.pay(AWARD, 1, "4500.00", "2005-02-10")
    idea, day = at.find("organisation", "idea"), When("2005-02-20")
    request = award.RequestPayment(
        award_id=AWARD, number=2, amount=gbp("500.00"), payee_id=idea, purpose="Local bid: a course", on=day
    )
    at.do(request, "requester")
    at.do(award.ApprovePayment(award_id=AWARD, number=2, on=day), "approver")
    at.do(award.ReleasePayment(award_id=AWARD, number=2, on=day), "releaser")
    for line, amount, what in (
        ("Management", "300.00", "A part-time manager"),
        ("Set-up", "2000.00", "An office"),
        ("Training", "1000.00", "The first course"),
    ):
        at.do(
            award.ReportExpenditure(
                award_id=AWARD, amount=gbp(amount), line=line, description=what, payee_id=idea, on=When("2005-04-01")
            )
        )


def _contributed(at: Desk) -> None:
    """The LGA keeps 400 of its pledge of 600. Others gave 40 hours before the award, and 120 hours to take part."""
    lga, idea, lambeth = (at.find("organisation", code) for code in ("lga", "idea", "lambeth"))
    at.do(
        award.PledgeContribution(
            award_id=AWARD, contributor_id=lga, kind=ContributionKind.CASH, towards=Towards.ACTIVITY,
            description="Match funding", amount=gbp("600.00"), line="Training", on=When("2005-02-05"),
        )
    )  # fmt: skip
    at.do(
        award.ReceiveContribution(
            award_id=AWARD, contributor_id=lga, kind=ContributionKind.CASH, towards=Towards.ACTIVITY,
            description="First part of it", amount=gbp("400.00"), line="Training", pledge=1, on=When("2005-05-01"),
        )
    )  # fmt: skip
    at.do(
        award.ReceiveContribution(
            award_id=AWARD, contributor_id=idea, kind=ContributionKind.IN_KIND, towards=Towards.SETTING_UP,
            description="Meetings before the bid", hours=40, on=When("2004-03-15"),
        )
    )  # fmt: skip
    at.do(
        award.ReceiveContribution(
            award_id=AWARD, contributor_id=lambeth, kind=ContributionKind.IN_KIND, towards=Towards.TAKING_PART,
            description="Days that members spent on the course", amount=gbp("1800.00"), hours=120, line="Training",
            on=When("2005-04-20"),
        )
    )  # fmt: skip


def _between(at: Desk) -> None:
    """A charge of which the share met is not known, recompense for staff, and a pool that is not shared equally."""
    dip = PartnershipId(at.find("partnership", "dip"))
    lga, idea, lambeth = (at.find("organisation", code) for code in ("lga", "idea", "lambeth"))
    at.do(
        AgreeCharge(
            partnership_id=dip, payer_id=lambeth, payee_id=lga, charged_for=ChargeFor.SERVICE,
            purpose="A recovery team", amount=gbp("3600000.00"), on=When("2005-01-10"),
        )
    )  # fmt: skip
    at.do(
        AgreeCharge(
            partnership_id=dip, payer_id=lga, payee_id=idea, charged_for=ChargeFor.STAFF, purpose="A peer for 9 days",
            amount=gbp("900.00"), met=gbp("300.00"), award_id=AWARD, on=When("2005-03-10"),
        )
    )  # fmt: skip
    shares = (
        PoolShare(organisation_id=lga, amount=gbp("1000.00")),
        PoolShare(organisation_id=idea, amount=gbp("2000.00")),
    )
    at.do(
        DividePool(
            partnership_id=dip, amount=gbp("3000.00"), basis="By the collective plan", equally=False, shares=shares,
            on=When("2005-03-20"),
        )
    )  # fmt: skip


def _fenced(at: Desk) -> None:
    """A round of 1,000 with 500 for member development, of which 300 is awarded. Another bid waits for its award."""
    round_id, day = RoundId("round-fenced"), When("2004-04-01")
    at.do(
        OpenRound(
            round_id=round_id, programme_id=at.find("programme", "cbp"),
            scheme_id=at.find("scheme", "cbp-improvement-partnerships"), code="R-fenced", name="Fenced",
            budget=gbp("1000.00"), on=day,
        )
    )  # fmt: skip
    at.do(SetRingFence(round_id=round_id, name="Member development", amount=gbp("500.00"), on=day))
    for name, amount in (("fenced", "300.00"), ("waiting", "100.00")):
        bid_id = _bid(at, name, amount, round_id)
        at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp(amount), on=When("2004-06-01")))
    at.do(
        award.OfferAward(
            award_id=AwardId("award-fenced"), bid_id=BidId("bid-fenced"), reference="A-fenced", amount=gbp("300.00"),
            ring_fence="Member development", purpose="Member development", on=When("2004-06-15"),
        )
    )  # fmt: skip
