"""One example of every event of what partners do jointly, of returns, certificates and consultations.

Every field is filled: see ``tests.kit.examples``.
"""

from typing import Any

from domain.award.certified import events as f
from domain.joint import agreements as a
from domain.joint import capacity as c
from domain.joint import decisions as d
from domain.joint import learning as n
from domain.published import consultation as q
from domain.values.fact import Fact, Source
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId
from domain.values.money import Money
from domain.values.when import When

DIGEST = "0123456789abcdef" * 4


def joint_examples(
    of: PartnershipId,
    partners: tuple[OrganisationId, OrganisationId, OrganisationId],
    bid: BidId,
    award: AwardId,
    outcome: OutcomeId,
    source: Source,
) -> tuple[Fact, ...]:
    """The examples of a partnership, of three of its *partners*, and of its bid, award and outcome."""
    one, two, idea = partners
    first: dict[str, Any] = {"partnership_id": of, "number": 1, "source": source}
    return (
        a.AgreementMade(
            sort=a.AgreementSort.MUTUALITY, title="Statement of mutuality", until=When("2007-03-31"),
            terms=(a.Term(text="Each lends a peer for 5 days a year", organisation_id=one), a.Term(text="All share")),
            on=When("2004-06-01"), **first,
        ),
        a.AgreementSigned(organisation_id=one, post="Chief executive", on=When("2004-06-08"), **first),
        a.AgreementLeft(organisation_id=one, because="It has no peers to lend", on=When("2005-06-01"), **first),
        a.AgreementUpheld(
            organisation_id=one, response=a.Response.SANCTION, text="No peer comes to it this year",
            on=When("2005-03-01"), **first,
        ),
        a.CommitmentGiven(
            organisation_id=idea, text="An adviser for two days a month", until=When("2005-06-30"),
            on=When("2004-07-01"), **first,
        ),
        a.CommitmentAnswered(kept=True, text="The adviser came each month", on=When("2005-07-04"), **first),
        a.SponsorNamed(
            organisation_id=two, post="Leader of the council", until=When("2006-05-01"), on=When("2004-07-02"), **first
        ),
        a.SponsorLapsed(because="Another leader was elected", on=When("2005-05-20"), **first),
        a.RoleDefined(
            sort=a.RoleSort.BUDDY, holder="Head of finance", organisation_id=two, until=When("2005-12-31"),
            remit="Answers questions, and assesses nobody", on=When("2004-07-05"), **first,
        ),
        d.DecisionTaken(
            sort=d.DecisionSort.ROLL_OUT, body="Programme board", level="county", text="All districts join",
            grounds=(
                d.Ground(sort=d.GroundSort.DEMAND, text="Five of six districts asked"),
                d.Ground(sort=d.GroundSort.POTENTIAL, text="Absence fell by a fifth"),
            ),
            present=9, elected=4, on=When("2005-02-01"), **first,
        ),
        d.DocumentAttached(
            sort=d.DocumentSort.MINUTES, title="Minutes of 1 February", digest=DIGEST, decision=1, bid_id=bid,
            award_id=award, on=When("2005-02-02"), **first,
        ),
        d.OutputShared(
            sort=d.OutputSort.TOOLKIT, title="Toolkit for absence", theme="Workforce", text="Forms and a course",
            owner_id=one, use=d.PermittedUse.LOCAL_GOVERNMENT, address="https://example.org/absence", digest=DIGEST,
            on=When("2005-09-01"), **first,
        ),
        d.OutputReused(organisation_id=two, text="Its own course for managers", on=When("2006-01-10"), **first),
        c.CapacityPlanFiled(
            title="Community planning", aims="Partners plan together", baseline="Nobody has a joint plan",
            audit="Two of five can lead a partnership", options=("Courses", "An adviser"), on=When("2004-08-01"),
            **first,
        ),
        c.PlanCostStated(
            line="Courses", sort=c.CostSort.ESTIMATED, amount=Money.of("40000.00", "GBP"), on=When("2004-08-01"),
            **first,
        ),
        c.CapacityPlanApproved(body="Programme board", standard="Has all five parts", on=When("2004-09-01"), **first),
        c.FundingFormulaSet(
            sort=c.FormulaSort.PRO_RATA, amount=Money.of("20000.00", "GBP"), percentage=50, measure="population",
            shares=(
                c.FundedShare(organisation_id=one, measure=100, amount=Money.of("5000.00", "GBP")),
                c.FundedShare(organisation_id=two, measure=300, amount=Money.of("15000.00", "GBP")),
            ),
            on=When("2004-09-02"), **first,
        ),
        c.PolicyTargetStated(
            policy="National absence target", target="8 days", compatible=False, because="It counts other staff",
            outcome_id=outcome, on=When("2004-09-03"), **first,
        ),
        n.NeedIdentified(
            organisation_id=one, theme="Procurement", text="To write a specification", people=12, on=When("2004-10-01"),
            **first,
        ),
        n.ProvisionOffered(
            provider_id=idea, theme="Procurement", text="A course of three days", people=20,
            cost=Money.of("9000.00", "GBP"), on=When("2004-10-15"), **first,
        ),
        n.NeedMet(provision=1, people=8, on=When("2004-12-01"), **first),
        n.LearningBegun(
            sort=n.LearningSort.SECONDMENT, organisation_id=one, host_id=two, post="Head of waste",
            protocol="Reports to both each month", until=When("2005-12-31"), on=When("2005-01-05"), **first,
        ),
        n.LearningEnded(outcome="Both run one contract now", on=When("2005-12-20"), **first),
    )  # fmt: skip


def other_examples(of: PartnershipId, organisation: OrganisationId, source: Source) -> tuple[Fact, ...]:
    """The examples of a consultation and a template of a programme, and of a return and a certificate of an award."""
    first: dict[str, Any] = {"number": 1, "source": source}
    certified = ((f.LadderFigure.AWARDED, "175000.00"), (f.LadderFigure.PAID, "40000.00"))
    return (
        q.QuestionPut(text="Should peers be paid?", until=When("2009-07-31"), on=When("2009-05-01"), **first),
        q.ResponseGiven(
            given_by="A group of district councils", organisation_id=organisation, text="Their costs only",
            on=When("2009-06-10"), **first,
        ),
        q.QuestionDecided(decision="Costs are paid", because="Nine of ten said so", on=When("2009-09-01"), **first),
        q.ReturnTemplatePublished(fields=("Reached", "Spent", "Risks"), on=When("2004-07-01"), **first),
        f.ReturnFiled(
            partnership_id=of, template=1, hours=6, on=When("2005-04-10"),
            answers=(
                f.ReturnAnswer(field="Reached", text="Two of three milestones"),
                f.ReturnAnswer(field="Spent", text="As planned"), f.ReturnAnswer(field="Risks", text="A post is open"),
            ),
            **first,
        ),
        f.ReturnJudged(partnership_id=of, accepted=False, because="Which milestone?", on=When("2005-04-20"), **first),
        f.FundingCertified(
            partnership_id=of, post="Section 151 officer", wording="I certify that this was spent as agreed",
            as_at=When("2005-03-31"), documents=(DIGEST,), on=When("2005-05-01"),
            figures=tuple(f.CertifiedFigure(figure=one, amount=Money.of(to, "GBP")) for one, to in certified), **first,
        ),
    )  # fmt: skip
