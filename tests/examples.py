"""One example of every event, with every field filled: what golden files are made from.

The bodies, partnerships and figures are those of the Capacity Building Programme, most of them of Achieving Cumbrian
Excellence, its pilot 25. Its sources date hardly anything and no award at all: the days here are the example's own.
"""

import hashlib

from domain.award import (
    AwardClosed,
    AwardCorroborated,
    AwardOffered,
    AwardReopened,
    AwardStated,
    AwardTerminated,
    AwardVaried,
    BudgetLine,
    ComponentStated,
    ConditionMet,
    ConditionSet,
    ConditionWaived,
    ExpenditureReported,
    FundsRegranted,
    HoldLifted,
    HoldPlaced,
    InstalmentChanged,
    InstalmentScheduled,
    LineChange,
    OfferAccepted,
    OfferDeclined,
    PaymentApproved,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    RegrantReturned,
    SettledBy,
    UnspentGivenBack,
    Variation,
)
from domain.bid import (
    AdviserRecorded,
    ApprovalVaried,
    BidAcknowledged,
    BidApproved,
    BidAssessed,
    BidAwarded,
    BidDeclined,
    BidDrafted,
    BidResubmitted,
    BidRevised,
    BidStated,
    BidSubmitted,
    BidWithdrawn,
    ClarificationReceived,
    ClarificationRequested,
    DecisionNotified,
    EligibilityTested,
    OfferLapsed,
)
from domain.delivery import (
    ActivityHeld,
    DeliveryEnded,
    DeliveryPeriodStated,
    MilestoneReached,
    PlanAgreed,
    PlanRedesigned,
    SupplierEngaged,
    SupplierReplaced,
)
from domain.fact import (
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
    Source,
)
from domain.funding_round import (
    CriteriaAdopted,
    FundsCommitted,
    FundsReturned,
    RingFenceSet,
    RoundClosed,
    RoundOpened,
)
from domain.ids import (
    AwardId,
    BidId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
    SchemeId,
)
from domain.money import Money
from domain.organisation import (
    AssessmentCategoryRecorded,
    IdentifierRecorded,
    OrganisationRegistered,
    OrganisationRenamed,
)
from domain.outcome import (
    IndicatorAgreed,
    OutcomeStated,
    ResultRejected,
    ResultReported,
    ResultVerified,
    TargetRevised,
)
from domain.partnership import (
    LeadChanged,
    PartnerJoined,
    PartnerLeft,
    PartnershipDissolved,
    PartnershipFormed,
    PartnershipReclassified,
    PartnershipRenamed,
    PilotListed,
    SumStated,
    TakeUpStated,
)
from domain.programme import (
    AssessmentCriteriaPublished,
    BudgetAllocated,
    BudgetAssigned,
    BudgetVaried,
    CalendarChosen,
    ProgrammeEstablished,
    ProgrammeResultStated,
    SchemeEstablished,
    SchemeFundsCommitted,
    SchemeFundsReturned,
    ServiceStandardSet,
)
from domain.waiting import Calendar, Days, Span
from domain.when import When

PROGRAMME = ProgrammeId("programme-01890000-0000-7000-8000-000000000001")
PILOTS = SchemeId("scheme-01890000-0000-7000-8000-000000000001")
DIRECT_SUPPORT = SchemeId("scheme-01890000-0000-7000-8000-000000000002")
ROUND = RoundId("round-01890000-0000-7000-8000-000000000001")
ODPM = OrganisationId("organisation-01890000-0000-7000-8000-000000000001")
CARLISLE = OrganisationId("organisation-01890000-0000-7000-8000-000000000002")
CUMBRIA = OrganisationId("organisation-01890000-0000-7000-8000-000000000003")
PARKS = OrganisationId("organisation-01890000-0000-7000-8000-000000000004")
IDEA = OrganisationId("organisation-01890000-0000-7000-8000-000000000005")
GONW = OrganisationId("organisation-01890000-0000-7000-8000-000000000006")
ACE = PartnershipId("partnership-01890000-0000-7000-8000-000000000001")
SHROPSHIRE = PartnershipId("partnership-01890000-0000-7000-8000-000000000002")
BID = BidId("bid-01890000-0000-7000-8000-000000000001")
AWARD = AwardId("award-01890000-0000-7000-8000-000000000001")
OTHER_AWARD = AwardId("award-01890000-0000-7000-8000-000000000002")
DELIVERY = DeliveryId("delivery-01890000-0000-7000-8000-000000000001")
OUTCOME = OutcomeId("outcome-01890000-0000-7000-8000-000000000001")


def stated(register: str, cites: str) -> Source:
    """A row of *register* that cites these lines."""
    return Source(register=register, row=hashlib.sha256(f"{register} {cites}".encode()).hexdigest(), cites=cites)


def _gbp(text: str) -> Money:
    return Money.of(text, "GBP")


_PROGRAMME = stated("programmes.csv", "001_e3882102bbbe1f2a.txt:281-286; 001_e3882102bbbe1f2a.txt:453-457")
_SCHEME = stated("programmes.csv", "000_6fe3068b2cce47b0.txt:179-188; 001_e3882102bbbe1f2a.txt:459-461")
_PARTNERSHIP = stated("partnerships.csv", "000_6fe3068b2cce47b0.txt:610-623; 000_6fe3068b2cce47b0.txt:923")
_PARTNER = stated("partners.csv", "000_6fe3068b2cce47b0.txt:621-623")
_AWARD = stated("awards.csv", "000_6fe3068b2cce47b0.txt:249; 001_e3882102bbbe1f2a.txt:1078")
_EVENT = stated("events.csv", "000_6fe3068b2cce47b0.txt:623")
_OUTCOME = stated("outcomes.csv", "000_6fe3068b2cce47b0.txt:658")

_EXAMPLES: tuple[Fact, ...] = (
    # --- programme
    ProgrammeEstablished(
        code="cbp",
        name="Capacity Building Programme for Local Government",
        currency="GBP",
        country="England",
        funder_id=ODPM,
        description="Joint central government and LGA initiative supporting capacity building in English authorities",
        on=When("2003"),
        until=When("../2008-04"),
        source=_PROGRAMME,
    ),
    SchemeEstablished(
        scheme_id=PILOTS,
        code="cbp-pilots",
        name="CBP Pilot Programme",
        kind="pilots",
        funder_id=ODPM,
        description="Locally shaped projects testing new ways of working, expected to carry transferable lessons",
        on=When("2003~"),
        source=_SCHEME,
    ),
    BudgetAllocated(
        scheme_id=PILOTS,
        amount=_gbp("2500000.00"),
        purpose="Awards to pilots",
        on=When("2003-11"),
        source=_SCHEME,
    ),
    BudgetVaried(
        scheme_id=PILOTS,
        change=_gbp("-250000.00"),
        because="Part of the money goes to Direct Support",
        on=When("2004-09"),
        source=_SCHEME,
    ),
    BudgetAssigned(scheme_id=PILOTS, round_id=ROUND, amount=_gbp("1500000.00"), on=When("2004-01-05"), source=_SCHEME),
    SchemeFundsCommitted(
        scheme_id=PILOTS, award_id=AWARD, amount=_gbp("175000.00"), on=When("2004-05-17"), source=_AWARD
    ),
    SchemeFundsReturned(
        scheme_id=PILOTS, award_id=AWARD, amount=_gbp("12499.50"), on=When("2005-09-30"), source=_AWARD
    ),
    AssessmentCriteriaPublished(
        scheme_id=PILOTS,
        criteria=(
            "Complements and does not duplicate the national programmes",
            "Gives poor and weak authorities direct help",
            "Develops lessons that can be transferred",
        ),
        on=When("2003-12"),
        source=stated("limits.csv", "000_6fe3068b2cce47b0.txt:183-185"),
    ),
    ServiceStandardSet(
        scheme_id=PILOTS, span=Span.TO_DECISION, limit=60, days=Days.WORKING, on=When("2004-01-01"), source=_PROGRAMME
    ),
    CalendarChosen(calendar=Calendar.SCOTLAND, on=When("2003-04-01"), source=_PROGRAMME),
    ProgrammeResultStated(
        scheme_id=DIRECT_SUPPORT,
        impact="Development of new skills",
        level="authority",
        indicator="Share of activities that train and develop elected members",
        unit="percent",
        baseline="0",
        target="40",
        result="50",
        status="achieved",
        evidence="evaluation survey",
        on=When("2007"),
        source=stated("direct_support_activities.csv", "001_e3882102bbbe1f2a.txt:3665-3670"),
    ),
    # --- round
    RoundOpened(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        code="cbp-pilots-1",
        name="CBP pilots, first round",
        budget=_gbp("1500000.00"),
        closes=When("2004-03-31"),
        on=When("2004-01-05"),
        source=_SCHEME,
    ),
    CriteriaAdopted(
        criteria=("Transferable lessons", "Plan for continuing after the funding period", "Impact evaluation"),
        on=When("2004-01-05"),
        source=stated("limits.csv", "000_6fe3068b2cce47b0.txt:185-187"),
    ),
    RingFenceSet(name="Evaluation", amount=_gbp("250000.00"), on=When("2004-01-05"), source=_SCHEME),
    FundsCommitted(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=AWARD,
        ring_fence="Evaluation",
        amount=_gbp("175000.00"),
        on=When("2004-05-17"),
        source=_AWARD,
    ),
    FundsReturned(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=AWARD,
        ring_fence="Evaluation",
        amount=_gbp("12499.50"),
        on=When("2005-09-30"),
        source=_AWARD,
    ),
    RoundClosed(on=When("2004-03-31"), source=_SCHEME),
    # --- organisation
    OrganisationRegistered(
        code="cumbria-county-council",
        name="Cumbria County Council",
        kind="council",
        region="NW",
        tier="county",
        notes="Partner in the Cumbrian pilot; lighter-touch Direct Support case study",
        on=When("unknown"),
        source=stated("organisations.csv", "000_6fe3068b2cce47b0.txt:623; 001_e3882102bbbe1f2a.txt:1174"),
    ),
    OrganisationRenamed(
        name="Department for Communities and Local Government",
        on=When("2006-05"),
        source=stated("organisations.csv", "001_e3882102bbbe1f2a.txt:281-284; 002_a67de86aabb6e739.txt:1196"),
    ),
    IdentifierRecorded(
        register="GB-LAE",
        value="CMA",
        on=When("unknown"),
        source=stated("organisations.csv", "000_6fe3068b2cce47b0.txt:623"),
    ),
    AssessmentCategoryRecorded(
        regime="CPA",
        category="Weak",
        on=When("2002/2004"),
        source=stated("organisations.csv", "001_e3882102bbbe1f2a.txt:1174; 001_e3882102bbbe1f2a.txt:1227"),
    ),
    # --- partnership
    PartnershipFormed(
        partnership_id=ACE,
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        code="ace-cumbria",
        name="Achieving Cumbrian Excellence (ACE)",
        kind="pilot-regional",
        lead_id=CARLISLE,
        region="Cumbria",
        theme="Partnership based, targeted on weaker services",
        starts=When("2004-06"),
        ends=When("2005-03"),
        partners_stated=8,
        authorities_stated=7,
        notes="Pilot 25 (listed as evaluation of ACE)",
        on=When("../2004-06"),
        source=_PARTNERSHIP,
    ),
    PartnershipRenamed(
        partnership_id=ACE,
        name="Achieving Cumbrian Excellence",
        summary="The list of pilots spells the name out",
        on=When("unknown"),
        source=stated("pilots.csv", "000_6fe3068b2cce47b0.txt:923"),
    ),
    PartnerJoined(partnership_id=ACE, organisation_id=CUMBRIA, role="partner", on=When("../2004-06"), source=_PARTNER),
    PartnerLeft(
        partnership_id=ACE,
        organisation_id=PARKS,
        reason="Staffing and in-house schemes of its own",
        on=When("2005"),
        source=_PARTNER,
    ),
    LeadChanged(partnership_id=ACE, organisation_id=CUMBRIA, on=When("2005-04"), source=_PARTNER),
    PartnershipReclassified(
        partnership_id=ACE,
        kind="pilot-national",
        summary="Counted as national from now on, locally delivered",
        on=When("2005-02~"),
        source=_PARTNERSHIP,
    ),
    PilotListed(
        partnership_id=ACE,
        number=25,
        organisation="Cumbria",
        activity="Evaluation of the ACE programme; peer support, staff development through action learning sets",
        level="Regional",
        on=When("../2008-04"),
        source=stated("pilots.csv", "000_6fe3068b2cce47b0.txt:923"),
    ),
    TakeUpStated(
        partnership_id=ACE,
        name="Leadership Academy",
        group="existing-central-body",
        provider_id=IDEA,
        authorities=223,
        participants=391,
        subsidised_authorities=48,
        subsidised_participants=110,
        objective="facility and shared learning provided",
        on=When("2006-11"),
        source=stated("national_programmes.csv", "001_e3882102bbbe1f2a.txt:1522; 001_e3882102bbbe1f2a.txt:1657"),
    ),
    SumStated(
        partnership_id=ACE,
        basis="budget_allocated",
        amount=_gbp("500000.00"),
        purpose="Communities of Interest work stream for groups of authorities",
        funder_id=ODPM,
        remarks="Proposals follow priorities of the Regional Learning Plan",
        on=When("unknown"),
        source=stated("awards.csv", "002_a67de86aabb6e739.txt:595"),
    ),
    PartnershipDissolved(
        partnership_id=ACE, reason="The funding period is over", on=When("2006-03-31"), source=_PARTNERSHIP
    ),
    # --- what others recorded about programme or partnership
    HappeningNoted(
        partnership_id=ACE,
        scheme_id=PILOTS,
        kind="emphasis_shifted",
        lane=Lane.DELIVERY,
        summary="Work moves from training towards policy development.",
        until=When("2005-03"),
        mentions=_gbp("150000.00"),
        organisation_id=CARLISLE,
        on=When("2004-06/2005-03"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:656"),
    ),
    DelayReported(
        partnership_id=ACE,
        scheme_id=PILOTS,
        stage="bid_decision",
        stated_length="about four months",
        min_days=120,
        max_days=123,
        consequence="Bid prepared less inclusively because of its deadline and impetus lost while waiting",
        on=When("unknown"),
        source=stated("delays.csv", "000_6fe3068b2cce47b0.txt:384"),
    ),
    RuleStated(
        partnership_id=ACE,
        scheme_id=PILOTS,
        body="Steering Group",
        rule="May take spending decisions up to this amount",
        limit=_gbp("50000.00"),
        on=When("2005/.."),
        source=stated("limits.csv", "002_a67de86aabb6e739.txt:409"),
    ),
    InvolvementStated(
        partnership_id=ACE,
        scheme_id=PILOTS,
        organisation_id=GONW,
        role="adviser",
        on=When("unknown"),
        source=stated("partners.csv", "000_6fe3068b2cce47b0.txt:664"),
    ),
    GovernanceBodyEstablished(
        partnership_id=ACE,
        scheme_id=PILOTS,
        body="Programme Board",
        role="project board",
        composition="HR managers, member representatives and a programme coordinator",
        remit="Manages the pilot",
        limit=_gbp("50000.00"),
        on=When("../2004-06"),
        source=stated("governance.csv", "000_6fe3068b2cce47b0.txt:621-623"),
    ),
    # --- bid
    BidDrafted(
        partnership_id=ACE,
        reference="ACE-1",
        title="Achieving Cumbrian Excellence, first year",
        round_id=ROUND,
        on=When("2004-01-19"),
        source=_EVENT,
    ),
    AdviserRecorded(partnership_id=ACE, organisation_id=IDEA, part="initiator", on=When("2004-01-26"), source=_PARTNER),
    BidSubmitted(
        partnership_id=ACE,
        reference="ACE-1",
        title="Achieving Cumbrian Excellence, first year",
        requested=_gbp("180000.00"),
        round_id=ROUND,
        on=When("2004-03-29"),
        source=_EVENT,
    ),
    BidAcknowledged(partnership_id=ACE, on=When("2004-03-30"), source=_EVENT),
    ClarificationRequested(
        partnership_id=ACE, number=1, question="Who leads the evaluation?", on=When("2004-03-22"), source=_EVENT
    ),
    ClarificationReceived(partnership_id=ACE, number=1, on=When("2004-03-26"), source=_EVENT),
    EligibilityTested(
        partnership_id=ACE, eligible=False, because="No authority leads the bid", on=When("2004-03-29"), source=_EVENT
    ),
    BidRevised(
        partnership_id=ACE,
        title="Achieving Cumbrian Excellence",
        requested=_gbp("160000.00"),
        change=_gbp("-15000.00"),
        because="The evaluation is paid otherwise",
        on=When("2004-04-01"),
        source=_EVENT,
    ),
    BidResubmitted(
        partnership_id=ACE,
        title="Achieving Cumbrian Excellence",
        requested=_gbp("160000.00"),
        change=_gbp("160000.00"),
        round_id=ROUND,
        on=When("2004-06-01"),
        source=_EVENT,
    ),
    BidAssessed(
        partnership_id=ACE,
        criterion="Transferable lessons",
        score=8,
        justification="County-wide peer support and action learning that other two-tier areas can take over",
        on=When("2004-04-20"),
        source=_EVENT,
    ),
    BidApproved(partnership_id=ACE, approved=_gbp("175000.00"), on=When("2004-05-10"), source=_AWARD),
    BidDeclined(
        partnership_id=ACE,
        because="The activity repeats a national programme",
        on=When("2005-06-13"),
        source=_EVENT,
    ),
    BidWithdrawn(
        partnership_id=ACE,
        requested=_gbp("175000.00"),
        because="Needs have changed while the bid was waiting",
        on=When("2005-05"),
        source=stated("delays.csv", "002_a67de86aabb6e739.txt:1301-1303"),
    ),
    DecisionNotified(partnership_id=ACE, on=When("2004-05-12"), source=_EVENT),
    BidAwarded(partnership_id=ACE, award_id=AWARD, amount=_gbp("175000.00"), on=When("2004-05-17"), source=_AWARD),
    OfferLapsed(partnership_id=ACE, award_id=AWARD, on=When("2004-05-31"), source=_AWARD),
    ApprovalVaried(
        partnership_id=ACE,
        approved=_gbp("180000.00"),
        change=_gbp("5000.00"),
        because="A further authority takes part",
        on=When("2004-11-08"),
        source=_AWARD,
    ),
    BidStated(
        partnership_id=ACE,
        reference="ace-cumbria-second-year",
        title="A second-year bid is being drafted.",
        kind="bid_in_preparation",
        requested=_gbp("175000.00"),
        organisation_id=CARLISLE,
        on=When("unknown"),
        source=_EVENT,
    ),
    # --- award
    AwardOffered(
        partnership_id=ACE,
        bid_id=BID,
        round_id=ROUND,
        ring_fence="Evaluation",
        funded_from=OTHER_AWARD,
        reference="CBP-P25",
        amount=_gbp("175000.00"),
        lines=(
            BudgetLine(name="Programme", amount=_gbp("150000.00")),
            BudgetLine(name="Evaluation", amount=_gbp("25000.00")),
        ),
        until=When("2005-03-31"),
        on=When("2004-05-17"),
        source=_AWARD,
    ),
    OfferAccepted(partnership_id=ACE, on=When("2004-05-24"), source=_AWARD),
    OfferDeclined(
        partnership_id=ACE,
        because="Needs have changed while the bid was waiting",
        given_back=_gbp("175000.00"),
        on=When("2004-05-31"),
        source=stated("delays.csv", "002_a67de86aabb6e739.txt:1301-1303"),
    ),
    ConditionSet(
        partnership_id=ACE,
        number=1,
        text="Holds a plan for continuing after the funding period",
        precedent=True,
        on=When("2004-05-17"),
        source=stated("limits.csv", "000_6fe3068b2cce47b0.txt:186"),
    ),
    ConditionMet(partnership_id=ACE, number=1, on=When("2004-06-07"), source=_AWARD),
    ConditionWaived(
        partnership_id=ACE,
        number=2,
        because="The lead authority carries out a detailed evaluation itself",
        on=When("2004-06-14"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:222"),
    ),
    InstalmentScheduled(
        partnership_id=ACE,
        number=1,
        amount=_gbp("87500.50"),
        due=When("2004-07"),
        on=When("2004-05-24"),
        source=_AWARD,
    ),
    InstalmentChanged(
        partnership_id=ACE,
        number=1,
        amount=_gbp("80000.00"),
        due=When("2004-09"),
        because="The consultants begin later",
        on=When("2004-06-21"),
        source=_AWARD,
    ),
    PaymentRequested(
        partnership_id=ACE, number=2, amount=_gbp("87500.50"), corrects=1, on=When("2004-06-21"), source=_AWARD
    ),
    PaymentApproved(partnership_id=ACE, number=1, amount=_gbp("87500.50"), on=When("2004-06-28"), source=_AWARD),
    PaymentReleased(
        partnership_id=ACE,
        number=1,
        amount=_gbp("87500.50"),
        bank_reference="BACS 0407 0001",
        on=When("2004-07-05"),
        source=_AWARD,
    ),
    PaymentSettled(partnership_id=ACE, number=1, bank_reference="BACS 0407 0001", on=When("2004-07-08"), source=_AWARD),
    PaymentReturned(
        partnership_id=ACE,
        number=1,
        part=1,
        amount=_gbp("1250.00"),
        because="Two development days were not held",
        on=When("2005-04-04"),
        source=_AWARD,
    ),
    PaymentReversed(
        partnership_id=ACE,
        number=1,
        amount=_gbp("87500.50"),
        was="released",
        because="Entered for another award",
        on=When("2004-07-05"),
        source=_AWARD,
    ),
    HoldPlaced(
        partnership_id=ACE,
        number=1,
        because="Trouble with consultants in stage one",
        on=When("2004-10-11"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:576"),
    ),
    HoldLifted(
        partnership_id=ACE,
        number=1,
        because="The plan has been redesigned",
        on=When("2004-11-15"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:576"),
    ),
    AwardVaried(
        partnership_id=ACE,
        number=2,
        kind=Variation.CORRECTION,
        change=_gbp("-5000.00"),
        lines=(
            LineChange(name="Programme", change=_gbp("-2500.00")),
            LineChange(name="Evaluation", change=_gbp("-2500.00")),
        ),
        until=When("2005-09-30"),
        because="The first variation was entered twice over",
        corrects=1,
        on=When("2004-11-22"),
        source=_AWARD,
    ),
    FundsRegranted(
        partnership_id=ACE, award_id=OTHER_AWARD, amount=_gbp("25000.00"), on=When("2004-06-30"), source=_AWARD
    ),
    RegrantReturned(
        partnership_id=ACE, award_id=OTHER_AWARD, amount=_gbp("5000.00"), on=When("2005-03-31"), source=_AWARD
    ),
    ExpenditureReported(
        partnership_id=ACE,
        number=1,
        amount=_gbp("1250.00"),
        line="Programme",
        description="Member development days",
        on=When("2005-01-28"),
        source=_OUTCOME,
    ),
    RecoveryRaised(
        partnership_id=ACE,
        number=1,
        amount=_gbp("2500.00"),
        because="A partner has left",
        on=When("2005-04-11"),
        source=_AWARD,
    ),
    RecoveryApproved(partnership_id=ACE, number=1, amount=_gbp("2500.00"), on=When("2005-04-18"), source=_AWARD),
    RecoverySettled(
        partnership_id=ACE,
        number=1,
        part=1,
        amount=_gbp("1500.00"),
        by=SettledBy.OFFSET,
        payment=2,
        on=When("2005-05-03"),
        source=_AWARD,
    ),
    RecoveryWrittenOff(
        partnership_id=ACE,
        number=1,
        amount=_gbp("1000.00"),
        because="It costs more to collect",
        on=When("2005-06-06"),
        source=_AWARD,
    ),
    RecoveryWithdrawn(
        partnership_id=ACE,
        number=2,
        amount=_gbp("750.00"),
        because="The invoice was found",
        on=When("2005-06-20"),
        source=_AWARD,
    ),
    AwardClosed(partnership_id=ACE, given_back=_gbp("12499.50"), on=When("2005-09-30"), source=_AWARD),
    AwardTerminated(
        partnership_id=ACE,
        because="The partnership has ended",
        given_back=_gbp("12499.50"),
        on=When("2006-03-31"),
        source=_PARTNERSHIP,
    ),
    UnspentGivenBack(partnership_id=ACE, given_back=_gbp("310.25"), on=When("2006-05-02"), source=_PARTNERSHIP),
    AwardReopened(
        partnership_id=ACE, because="A payment was entered wrongly", on=When("2006-05-16"), source=_PARTNERSHIP
    ),
    AwardStated(
        partnership_id=ACE,
        reference="ace-cumbria-total-stated",
        amount=_gbp("175000.00"),
        purpose="Achieving Cumbrian Excellence programme and its evaluation",
        basis="total_stated",
        funder_id=ODPM,
        remarks="Equals the two component rows for this partnership; do not add them to it",
        on=When("unknown"),
        source=_AWARD,
    ),
    ComponentStated(
        partnership_id=ACE,
        amount=_gbp("25000.00"),
        purpose="Evaluation of the programme",
        remarks="Component of the 175000 total",
        on=When("unknown"),
        source=stated("awards.csv", "000_6fe3068b2cce47b0.txt:614"),
    ),
    AwardCorroborated(
        partnership_id=ACE,
        amount=_gbp("175000.00"),
        summary="CBP supports the programme and its evaluation.",
        on=When("unknown"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:249"),
    ),
    # --- delivery
    PlanAgreed(
        partnership_id=ACE,
        award_id=AWARD,
        title="Achieving Cumbrian Excellence, first year",
        until=When("2005-03"),
        milestones=("Action learning sets formed", "Member development days held", "Programme evaluated"),
        on=When("2004-06"),
        source=_EVENT,
    ),
    DeliveryPeriodStated(
        partnership_id=ACE,
        summary="The programme's stated duration.",
        until=When("2005-03"),
        on=When("2004-06"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:613"),
    ),
    PlanRedesigned(
        partnership_id=ACE,
        because="Trouble with consultants in stage one changes the whole plan",
        on=When("2004-11"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:576"),
    ),
    MilestoneReached(
        partnership_id=ACE,
        milestone="Programme evaluated",
        on=When("2005-03-31"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:222"),
    ),
    SupplierEngaged(
        partnership_id=ACE,
        organisation_id=IDEA,
        summary="IDeA meets district chief executives about a county-wide programme.",
        on=When("2004-07"),
        source=_EVENT,
    ),
    SupplierReplaced(
        partnership_id=ACE,
        organisation_id=IDEA,
        summary="A new action learning provider takes over from the first.",
        on=When("2004-10~"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:658"),
    ),
    ActivityHeld(
        partnership_id=ACE,
        kind="member_development_day",
        summary="Member development days improved networking between authorities.",
        until=When("2005-01-28"),
        organisation_id=CARLISLE,
        mentions=_gbp("1250.00"),
        on=When("2005-01-27"),
        source=_OUTCOME,
    ),
    DeliveryEnded(
        partnership_id=ACE,
        summary="The first year of the programme closes.",
        on=When("2005-03~"),
        source=stated("events.csv", "000_6fe3068b2cce47b0.txt:656"),
    ),
    # --- outcome
    IndicatorAgreed(
        partnership_id=ACE,
        impact="networking of elected members",
        level="individual",
        indicator="Members who take part in development days",
        unit="members",
        baseline="0",
        target="120",
        on=When("2004-06-30"),
        source=_OUTCOME,
    ),
    TargetRevised(
        partnership_id=ACE,
        target="90",
        because="One of eight partners has left",
        on=When("2004-12"),
        source=_OUTCOME,
    ),
    ResultReported(
        partnership_id=ACE,
        value="96",
        evidence="Attendance lists of the development days",
        on=When("2005-03-31"),
        source=_OUTCOME,
    ),
    ResultVerified(
        partnership_id=ACE,
        evidence="Attendance lists compared with the returns of the districts",
        on=When("2005-04-15"),
        source=_OUTCOME,
    ),
    ResultRejected(
        partnership_id=ACE,
        because="Members who came twice are counted twice",
        on=When("2005-04-15"),
        source=_OUTCOME,
    ),
    OutcomeStated(
        partnership_id=ACE,
        impact="stage completion",
        level="partnership",
        indicator="Stages completed out of five",
        unit="stages",
        baseline="0",
        target="5",
        result="1",
        status="interim",
        evidence="evaluation fieldwork",
        on=When("2005/2006"),
        source=stated("outcomes.csv", "000_6fe3068b2cce47b0.txt:595"),
    ),
)

EVENTS: dict[str, Fact] = {type(event).__name__: event for event in _EXAMPLES}
