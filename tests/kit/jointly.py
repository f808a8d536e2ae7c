"""What the partners of two partnerships agree, decide, plan, learn and share, and what a programme asks of all."""

from typing import Any

from domain import award, outcome
from domain.joint import agreements as a
from domain.joint import capacity as c
from domain.joint import decisions as d
from domain.joint import learning as n
from domain.partnership import FormPartnership, JoinPartnership
from domain.published import consultation as q
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId, ProgrammeId
from domain.values.when import When
from tests.kit.examples_joint import DIGEST
from tests.kit.money import Desk, gbp

WEST, EAST = PartnershipId("partnership-joint-west"), PartnershipId("partnership-joint-east")
AWARD = AwardId("award-certified")
OUTCOME = OutcomeId("outcome-joint")


def acted(at: Desk) -> None:
    """Record two partnerships of one region, and all that they do jointly."""
    _formed(at)
    _agreed(at)
    _decided(at)
    _shared(at)
    _planned(at)
    _learnt(at)
    _asked(at)
    _certified(at)


def who(at: Desk, code: str) -> OrganisationId:
    """The organisation with this code."""
    return OrganisationId(at.find("organisation", code))


def _formed(at: Desk) -> None:
    of: dict[str, Any] = {
        "programme_id": ProgrammeId(at.find("programme", "cbp")),
        "scheme_id": at.find("scheme", "cbp-improvement-partnerships"),
        "kind": "improvement-partnership", "region": "West Midlands", "on": When("2004-04-01"),
    }  # fmt: skip
    for partnership, code, partners in (
        (WEST, "joint-west", ("lambeth", "kent-county-council", "swindon-borough-council")),
        (EAST, "joint-east", ("birmingham",)),
    ):
        at.do(FormPartnership(partnership_id=partnership, code=code, name=code.replace("-", " ").title(), **of))
        for partner in partners:
            joined = JoinPartnership(
                partnership_id=partnership, organisation_id=who(at, partner), role="partner", on=When("2004-04-02")
            )
            at.do(joined)
    at.submitted_bid("joint", "2004-05-01", "joint-west")


def _agreed(at: Desk) -> None:
    lambeth, kent, swindon = (who(at, one) for one in ("lambeth", "kent-county-council", "swindon-borough-council"))
    of: dict[str, Any] = {"partnership_id": WEST}
    terms = (a.Term(text="Lends a peer for 5 days a year", organisation_id=kent), a.Term(text="All share their plans"))
    mutual: dict[str, Any] = {"sort": a.AgreementSort.MUTUALITY, "title": "Statement of mutuality", "terms": terms}
    at.do(a.MakeAgreement(number=1, until=When("2007-03-31"), on=When("2004-06-01"), **mutual, **of))
    for one, post, day in ((lambeth, "Leader", "2004-06-08"), (kent, "Chief executive", "2004-06-10")):
        at.do(a.SignAgreement(number=1, organisation_id=one, post=post, on=When(day), **of))
    at.do(
        a.UpholdAgreement(
            number=1, organisation_id=kent, response=a.Response.REWARD, text="First choice of peers",
            on=When("2005-03-01"), **of,
        )
    )  # fmt: skip
    at.do(a.LeaveAgreement(number=1, organisation_id=lambeth, because="No peer to lend", on=When("2005-06-01"), **of))
    # What each expects of the bid; one of the three has not signed.
    expected = tuple(a.Term(text=f"Expects {what}", organisation_id=one) for one, what in (
        (lambeth, "help with scrutiny"), (kent, "to lead"), (swindon, "staff")))  # fmt: skip
    expects: dict[str, Any] = {"sort": a.AgreementSort.EXPECTATIONS, "title": "Expectations", "terms": expected}
    at.do(a.MakeAgreement(number=2, on=When("2004-04-10"), **expects, **of))
    for one in (lambeth, kent):
        at.do(a.SignAgreement(number=2, organisation_id=one, post="Leader", on=When("2004-04-12"), **of))
    tiers: dict[str, Any] = {"sort": a.AgreementSort.PARTNERSHIP, "title": "County and districts"}
    at.do(a.MakeAgreement(number=3, terms=(a.Term(text="The county leads"),), on=When("2004-07-01"), **tiers, **of))
    idea = who(at, "idea")
    for number, text, until in ((1, "An adviser for two days a month", "2005-06-30"), (2, "A survey", "2005-12-31")):
        at.do(
            a.GiveCommitment(
                number=number, organisation_id=idea, text=text, until=When(until), on=When("2004-07-01"), **of
            )
        )
    at.do(a.AnswerCommitment(number=1, kept=True, text="The adviser came", on=When("2005-07-01"), **of))
    for number, one, last in ((1, lambeth, None), (2, kent, When("2006-04-30"))):
        named: dict[str, Any] = {"organisation_id": one, "post": "Chief executive", "on": When("2004-07-02")}
        at.do(a.NameSponsor(number=number, until=last, **named, **of))
    at.do(a.LapseSponsor(number=1, because="The post is vacant", on=When("2005-05-20"), **of))
    for number, sort, holder in (
        (1, a.RoleSort.CONSULTANT, "A firm of advisers"), (2, a.RoleSort.FACILITATOR, "An agency's associate"),
        (3, a.RoleSort.BUDDY, "Head of finance"), (4, a.RoleSort.STEERING_MEMBER, "Director of a county"),
    ):  # fmt: skip
        at.do(
            a.DefineRole(
                number=number,
                sort=sort,
                holder=holder,
                remit="Advises; decides nothing",
                organisation_id=idea,
                on=When("2004-07-05"),
                **of,
            )
        )


def _decided(at: Desk) -> None:
    of: dict[str, Any] = {"partnership_id": WEST}
    grounds = (
        d.Ground(sort=d.GroundSort.DEMAND, text="Five of six districts asked"),
        d.Ground(sort=d.GroundSort.POTENTIAL, text="Absence fell by a fifth"),
    )
    for number, sort, level, present, elected, behind in (
        (1, d.DecisionSort.STRATEGIC, "region", 12, 8, ()), (2, d.DecisionSort.OPERATIONAL, "district", 5, 0, ()),
        (3, d.DecisionSort.ROLL_OUT, "region", 11, 7, grounds),
    ):  # fmt: skip
        said: dict[str, Any] = {"body": f"Board of the {level}", "text": f"Decides {number}", "grounds": behind}
        day = When(f"2005-0{number}-01")
        at.do(
            d.TakeDecision(
                number=number, sort=sort, level=level, present=present, elected=elected, on=day, **said, **of
            )
        )
    minutes: dict[str, Any] = {"sort": d.DocumentSort.MINUTES, "title": "Minutes", "digest": DIGEST}
    at.do(d.AttachDocument(number=1, decision=3, on=When("2005-03-02"), **minutes, **of))
    form: dict[str, Any] = {"sort": d.DocumentSort.BID, "title": "Bid form", "digest": DIGEST[::-1]}
    at.do(d.AttachDocument(number=2, bid_id=BidId("bid-joint"), on=When("2005-03-03"), **form, **of))


def _shared(at: Desk) -> None:
    lambeth, kent = who(at, "lambeth"), who(at, "kent-county-council")
    for number, sort, title, theme, use in (
        (1, d.OutputSort.TOOLKIT, "Toolkit for absence", "Workforce", d.PermittedUse.LOCAL_GOVERNMENT),
        (2, d.OutputSort.DESIGN, "Design of a shared payroll", "Shared services", d.PermittedUse.ANYBODY),
        (3, d.OutputSort.GOOD_PRACTICE, "How two councils share", "shared services", d.PermittedUse.BY_AGREEMENT),
    ):  # fmt: skip
        said: dict[str, Any] = {"text": "What was made and learnt", "owner_id": kent, "use": use}
        said |= {"address": f"https://example.org/{number}", "digest": DIGEST}
        at.do(
            d.ShareOutput(
                partnership_id=WEST, number=number, sort=sort, title=title, theme=theme, on=When("2005-09-01"), **said
            )
        )
    at.do(
        d.ReuseOutput(partnership_id=WEST, number=2, organisation_id=lambeth, text="Its payroll", on=When("2006-01-10"))
    )


def _planned(at: Desk) -> None:
    lambeth, kent = who(at, "lambeth"), who(at, "kent-county-council")
    of: dict[str, Any] = {"partnership_id": WEST, "number": 1}
    said: dict[str, Any] = {
        "title": "Community planning", "aims": "Partners plan together", "baseline": "Nobody has a joint plan",
        "audit": "Two of five can lead a partnership", "options": ("Courses", "An adviser"),
    }  # fmt: skip
    at.do(c.FileCapacityPlan(on=When("2004-08-01"), **said, **of))
    estimated, left_out, actual = c.CostSort.ESTIMATED, c.CostSort.LEFT_OUT, c.CostSort.ACTUAL
    for line, sort, amount, day in (
        ("Courses", estimated, "40000.00", "2004-08-01"), ("Adviser", estimated, "20000.00", "2004-08-01"),
        ("Travel", left_out, None, "2004-08-01"), ("Courses", actual, "30000.00", "2005-03-01"),
        ("Courses", actual, "15000.00", "2005-09-01"), ("Travel", actual, "1200.00", "2005-09-01"),
        ("Rooms", left_out, None, "2004-08-02"), ("Rooms", estimated, "500.00", "2004-10-01"),
    ):  # fmt: skip
        stated = c.StatePlanCost(line=line, sort=sort, amount=gbp(amount) if amount else None, on=When(day), **of)
        at.do(stated)
    at.do(c.ApproveCapacityPlan(body="Programme board", standard="Has all five parts", on=When("2004-11-01"), **of))
    linked = c.SetFundingFormula(sort=c.FormulaSort.COST_LINKED, percentage=50, on=When("2004-11-02"), **of)
    at.do(linked)
    east: dict[str, Any] = {"partnership_id": EAST, "number": 1, "on": When("2004-08-01")}
    at.do(c.FileCapacityPlan(**said, **east))
    measures = tuple(c.Measured(organisation_id=one, measure=of) for one, of in ((lambeth, 266_000), (kent, 1_330_000)))
    divided: dict[str, Any] = {"total": gbp("100000.00"), "measure": "population", "measures": measures}
    at.do(c.SetFundingFormula(sort=c.FormulaSort.PRO_RATA, **divided, **east))
    own: dict[str, Any] = {"impact": "Absence", "level": "authority", "indicator": "Days lost", "target": "6 days"}
    at.do(outcome.AgreeIndicator(outcome_id=OUTCOME, partnership_id=WEST, on=When("2004-09-01"), **own))
    for number, compatible in ((1, False), (2, True)):
        target: dict[str, Any] = {"policy": f"Policy {number}", "target": "8 days", "because": "Who is counted"}
        target |= {"partnership_id": WEST, "number": number, "compatible": compatible, "outcome_id": OUTCOME}
        at.do(c.StatePolicyTarget(on=When("2004-09-03"), **target))


def _learnt(at: Desk) -> None:
    lambeth, kent, idea, birmingham = (who(at, one) for one in ("lambeth", "kent-county-council", "idea", "birmingham"))
    on = When("2004-10-01")
    for of, number, organisation, theme, people in (
        (WEST, 1, lambeth, "Procurement", 12), (WEST, 2, kent, "procurement", 8),
        (EAST, 1, birmingham, "Procurement", 5),
        (WEST, 3, lambeth, "Waste", 2),
    ):  # fmt: skip
        need: dict[str, Any] = {"organisation_id": organisation, "theme": theme, "text": "To write a specification"}
        at.do(n.IdentifyNeed(partnership_id=of, number=number, people=people, on=on, **need))
    for number, theme, cost in ((1, "Procurement", "9000.00"), (2, "Waste", None)):
        offer: dict[str, Any] = {"provider_id": idea, "text": "A course of three days", "people": 20}
        offer |= {"cost": gbp(cost) if cost else None, "theme": theme, "number": number, "partnership_id": WEST}
        at.do(n.OfferProvision(on=When("2004-10-15"), **offer))
    at.do(n.MeetNeed(partnership_id=WEST, number=2, provision=1, people=8, on=When("2004-12-01")))
    begun: dict[str, Any] = {"organisation_id": lambeth, "host_id": kent, "post": "Head of waste"}
    begun |= {"sort": n.LearningSort.SECONDMENT, "protocol": "Reports to both each month", "number": 1}
    at.do(n.BeginLearning(partnership_id=WEST, until=When("2005-12-31"), on=When("2005-01-05"), **begun))
    at.do(n.EndLearning(partnership_id=WEST, number=1, outcome="Both run one contract", on=When("2005-12-20")))


def _asked(at: Desk) -> None:
    of: dict[str, Any] = {"programme_id": ProgrammeId(at.find("programme", "cbp")), "number": 1}
    at.do(q.PutQuestion(text="Should peers be paid?", until=When("2009-07-31"), on=When("2009-05-01"), **of))
    for given_by, code in (("A group of districts", None), ("A county", "kent-county-council")):
        response: dict[str, Any] = {"given_by": given_by, "text": "Their costs only", "on": When("2009-06-10")}
        at.do(q.GiveResponse(organisation_id=who(at, code) if code else None, **response, **of))
    decided: dict[str, Any] = {"decision": "Costs are paid", "because": "All said so", "on": When("2009-09-01")}
    at.do(q.DecideQuestion(**decided, **of))
    at.do(q.PublishReturnTemplate(fields=("Reached", "Spent", "Risks"), on=When("2004-07-01"), **of))


def _certified(at: Desk) -> None:
    """Two returns and a certificate of an award, from which 5,000 is recovered after it."""
    at.accepted_award("certified", "20000.00", partnership="joint-west")
    at.pay(AWARD, 1, "12000.00", "2004-09-01")
    for number, due in ((1, "2005-04"), (2, "2005-10")):
        required = award.RequireReturn(
            award_id=AWARD, number=number, covers="Half a year", due=When(due), on=When("2004-09-02")
        )
        at.do(required)
        answers = tuple(award.ReturnAnswer(field=one, text="As planned") for one in ("Reached", "Spent", "Risks"))
        filed: dict[str, Any] = {"template": 1, "answers": answers, "hours": 6 * number, "on": When("2005-04-10")}
        at.do(award.FileReturn(award_id=AWARD, number=number, **filed))
    at.do(award.JudgeReturn(award_id=AWARD, number=1, accepted=True, on=When("2005-04-20")))
    at.do(award.JudgeReturn(award_id=AWARD, number=2, accepted=False, because="Which risks?", on=When("2005-04-20")))
    report: dict[str, Any] = {"number": 1, "amount": gbp("7000.00"), "description": "Courses", "on": When("2005-03-31")}
    at.do(award.ReportExpenditure(award_id=AWARD, **report))
    certificate: dict[str, Any] = {"post": "Section 151 officer", "wording": "Spent as agreed", "documents": (DIGEST,)}
    at.do(award.CertifyFunding(award_id=AWARD, as_at=When("2005-03-31"), on=When("2005-05-01"), **certificate))
    signed: dict[str, Any] = {"sort": d.DocumentSort.CERTIFICATE, "title": "Signed certificate", "digest": DIGEST}
    at.do(d.AttachDocument(partnership_id=WEST, number=3, award_id=AWARD, on=When("2005-05-02"), **signed))
    raised: dict[str, Any] = {"number": 1, "amount": gbp("5000.00"), "because": "Not eligible", "payment": 1}
    at.do(award.RaiseRecovery(award_id=AWARD, on=When("2005-06-01"), **raised))
    at.do(award.ApproveRecovery(award_id=AWARD, number=1, on=When("2005-06-08")))
