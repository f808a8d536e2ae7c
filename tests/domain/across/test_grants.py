"""Decisions on several streams: all of them allow the decision together, or nothing is recorded."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import desk
from domain.across.grants import (
    BelowAwarded,
    BidCurrencyIsNotTheProgrammes,
    RingFenceWithoutRound,
    RoundOfAnotherScheme,
)
from domain.award import (
    AcceptOffer,
    ApprovePayment,
    AwardAlreadyOffered,
    AwardClosed,
    AwardIsOver,
    AwardNotAccepted,
    AwardNotPositive,
    AwardOffered,
    AwardTerminated,
    AwardUnknown,
    AwardVaried,
    BelowCommitted,
    BudgetLine,
    CloseAward,
    CurrencyDiffers,
    DeclineOffer,
    FundsRegranted,
    LineChange,
    OfferAccepted,
    OfferAward,
    OfferDeclined,
    PaymentApproved,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    RegrantAboveAward,
    RegrantReturned,
    ReleasePayment,
    ReopenAward,
    RequestPayment,
    ReturnPayment,
    ReversePayment,
    Status,
    TerminateAward,
    UnspentGivenBack,
    Variation,
    VaryAward,
)
from domain.bid import (
    AboveApproved,
    AdviserRecorded,
    ApprovalVaried,
    BidAlreadyAwarded,
    BidApproved,
    BidAwarded,
    BidCurrencyDiffers,
    BidDeclined,
    BidDrafted,
    BidNotApproved,
    BidResubmitted,
    BidSubmitted,
    BidUnknown,
    DraftBid,
    OfferLapsed,
    RecordAdviser,
    ResubmitBid,
    SubmitBid,
    VaryApproval,
)
from domain.delivery import AgreePlan, PlanAgreed
from domain.discrepancy import ExplainDiscrepancy, SubjectUnknown
from domain.funding_round import (
    BidOutsideRound,
    BudgetExceeded,
    FundsCommitted,
    FundsReturned,
    OpenRound,
    RingFenceSet,
    RingFenceUnknown,
    RoundClosed,
    RoundCurrencyDiffers,
    RoundIsClosed,
    RoundOpened,
    RoundUnknown,
    TimeUnreadable,
)
from domain.history import Command, Order, Written
from domain.organisation import OrganisationRegistered, OrganisationUnknown
from domain.outcome import AgreeIndicator, IndicatorAgreed
from domain.partnership import (
    FormPartnership,
    JoinPartnership,
    LeavePartnership,
    OriginIsLater,
    OriginRecorded,
    PartnerJoined,
    PartnerLeft,
    PartnershipDissolved,
    PartnershipFormed,
    PartnershipIsDissolved,
    PartnershipUnknown,
    RecordOrigin,
)
from domain.programme import (
    BudgetAllocated,
    BudgetAssigned,
    BudgetCurrencyDiffers,
    EstablishProgramme,
    EstablishScheme,
    ProgrammeEstablished,
    ProgrammeUnknown,
    SchemeBudgetExceeded,
    SchemeEstablished,
    SchemeFundsCommitted,
    SchemeFundsReturned,
    SchemeUnknown,
)
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId, OrganisationId, PartnershipId, RoundId, SchemeId
from domain.values.money import Money, total
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.kit.examples import (
    ACE,
    AWARD,
    BID,
    CARLISLE,
    CUMBRIA,
    DELIVERY,
    DIRECT_SUPPORT,
    ODPM,
    OTHER_AWARD,
    OUTCOME,
    PILOTS,
    PROGRAMME,
    ROUND,
    SHROPSHIRE,
)
from tests.kit.hostile_values import MONEY
from tests.kit.officers import officer_for
from tests.kit.spec import MemoryLog, at, gbp, given_log

E = TypeVar("E", bound=Fact)

ON = When("2004-05-17")
OTHER_BID = BidId("bid-01890000-0000-7000-8000-000000000002")
OTHER_ROUND = RoundId("round-01890000-0000-7000-8000-000000000002")

PROGRAMME_BEGUN = at(
    PROGRAMME,
    ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=When("2003")),
    SchemeEstablished(scheme_id=PILOTS, code="cbp-pilots", name="Pilots", kind="pilots", on=When("2003")),
    SchemeEstablished(scheme_id=DIRECT_SUPPORT, code="cbp-direct", name="Support", kind="support", on=When("2003")),
)
CARLISLE_KNOWN = at(
    CARLISLE, OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=UNKNOWN)
)
ACE_FORMED = PartnershipFormed(
    partnership_id=ACE,
    programme_id=PROGRAMME,
    scheme_id=PILOTS,
    code="ace-cumbria",
    name="Achieving Cumbrian Excellence",
    kind="pilot-regional",
    on=When("2004-01"),
)
PARTNERSHIP = [*PROGRAMME_BEGUN, *at(ACE, ACE_FORMED)]
DISSOLVED = at(ACE, PartnershipDissolved(partnership_id=ACE, on=When("2004-05")))
OPENED = RoundOpened(
    programme_id=PROGRAMME,
    scheme_id=PILOTS,
    code="cbp-pilots-1",
    name="First round",
    budget=gbp("1000.00"),
    on=When("2004-01-05"),
)
ROUND_OPEN = at(ROUND, OPENED)
ROUND_CLOSED = at(ROUND, OPENED, RoundClosed(on=When("2004-03-31")))
DRAFTED = BidDrafted(partnership_id=ACE, reference="ACE-1", title="First year", round_id=ROUND, on=When("2004-01-19"))


def submitted(
    requested: Money, *, reference: str = "ACE-1", round_id: RoundId | None = ROUND, partnership_id: PartnershipId = ACE
) -> BidSubmitted:
    return BidSubmitted(
        partnership_id=partnership_id,
        reference=reference,
        title="First year",
        requested=requested,
        round_id=round_id,
        on=When("2004-03-29"),
    )


SUBMITTED = submitted(gbp("900.00"))
APPROVED = BidApproved(partnership_id=ACE, approved=gbp("800.00"), on=When("2004-05-10"))
BID_APPROVED = at(BID, SUBMITTED, APPROVED)
OFFERED = AwardOffered(partnership_id=ACE, bid_id=BID, round_id=ROUND, reference="CBP-P25", amount=gbp("800.00"), on=ON)


def offer(
    amount: Money | None = None,
    *,
    award_id: AwardId = AWARD,
    bid_id: BidId = BID,
    reference: str = "CBP-P25",
    ring_fence: str | None = None,
    funded_from: AwardId | None = None,
) -> OfferAward:
    return OfferAward(
        award_id=award_id,
        bid_id=bid_id,
        reference=reference,
        amount=amount or gbp("800.00"),
        ring_fence=ring_fence,
        funded_from=funded_from,
        on=ON,
    )


def committed(amount: str, award_id: AwardId = AWARD, ring_fence: str | None = None) -> FundsCommitted:
    return FundsCommitted(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=award_id,
        ring_fence=ring_fence,
        amount=gbp(amount),
        on=ON,
    )


def returned(amount: str, award_id: AwardId = AWARD, ring_fence: str | None = None) -> FundsReturned:
    return FundsReturned(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=award_id,
        ring_fence=ring_fence,
        amount=gbp(amount),
        on=ON,
    )


def awarded(amount: str, award_id: AwardId = AWARD) -> BidAwarded:
    return BidAwarded(partnership_id=ACE, award_id=award_id, amount=gbp(amount), on=ON)


# --- Offering an award ------------------------------------------------------------------------------------------------


def test_a_partnership_grows_from_no_other_that_grew_from_it_by_whatever_steps() -> None:
    second, third = (PartnershipId(f"partnership-{name}") for name in ("second", "third"))
    formed = [each for one in (second, third) for each in at(one, replace(ACE_FORMED, partnership_id=one, code=one))]
    grew: dict[str, Any] = {"because": "It goes on", "on": ON}
    of_second = OriginRecorded(partnership_id=second, origin_id=ACE, **grew)
    of_third = OriginRecorded(partnership_id=third, origin_id=second, **grew)
    log = given_log(*PARTNERSHIP, *formed, *at(second, of_second))
    log.when(RecordOrigin(partnership_id=third, origin_id=second, **grew)).then(Written(third, of_third))
    later = given_log(*PARTNERSHIP, *formed, *at(second, of_second), *at(third, of_third))
    for origin in (ACE, third):
        later.when(RecordOrigin(partnership_id=ACE, origin_id=origin, **grew)).refused(OriginIsLater)
    unknown = PartnershipId("partnership-unknown")
    later.when(RecordOrigin(partnership_id=ACE, origin_id=unknown, **grew)).refused(PartnershipUnknown)


def test_an_offer_is_recorded_on_the_award_the_bid_and_the_round() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer()).then(
        Written(AWARD, OFFERED),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
        Written(ROUND, committed("800.00")),
    )


def test_an_offer_outside_any_round_commits_no_budget() -> None:
    outside = submitted(gbp("900.00"), round_id=None)
    given_log(*PARTNERSHIP, *at(BID, outside, APPROVED)).when(offer()).then(
        Written(
            AWARD,
            AwardOffered(partnership_id=ACE, bid_id=BID, reference="CBP-P25", amount=gbp("800.00"), on=ON),
        ),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
    )


def test_an_offer_depends_on_award_bid_partnership_round_and_programme_as_they_were_read() -> None:
    log = MemoryLog(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED)
    reading = Reading(log)
    desk.decide(reading, offer())
    assert {AWARD: 0, BID: 2, ACE: 1, ROUND: 1, PROGRAMME: 3} == reading.seen


def test_an_offer_is_made_from_a_round_that_has_closed() -> None:
    given_log(*PARTNERSHIP, *ROUND_CLOSED, *BID_APPROVED).when(offer(gbp("1.00"))).then(
        Written(
            AWARD,
            AwardOffered(
                partnership_id=ACE, bid_id=BID, round_id=ROUND, reference="CBP-P25", amount=gbp("1.00"), on=ON
            ),
        ),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("1.00"), on=ON)),
        Written(ROUND, committed("1.00")),
    )


def test_an_offer_given_again_after_the_partnership_has_ended_is_not_refused() -> None:
    made = (
        *at(AWARD, OFFERED),
        *at(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
        *at(ROUND, committed("800.00")),
    )
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED, *made, *DISSOLVED).when(offer()).then()


def test_no_offer_without_a_bid() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN).when(offer()).refused(BidUnknown)


def test_no_offer_for_a_bid_that_is_not_approved() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *at(BID, SUBMITTED)).when(offer()).refused(BidNotApproved, status="submitted")


def test_no_offer_above_the_approval() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer(gbp("800.01"))).refused(
        AboveApproved, approved=gbp("800.00"), award=gbp("800.01")
    )


def test_no_offer_in_another_currency_than_the_approval() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer(Money.of("800.00", "EUR"))).refused(
        BidCurrencyDiffers, approved="GBP", award="EUR"
    )


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_no_offer_of_0_or_less(amount: str) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer(gbp(amount))).refused(
        AwardNotPositive, amount=gbp(amount)
    )


def test_no_second_award_for_a_bid() -> None:
    awarded = BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED, *at(BID, awarded), *at(AWARD, OFFERED)).when(
        offer(gbp("0.01"), award_id=OTHER_AWARD, reference="CBP-P26")
    ).refused(BidAlreadyAwarded, award=AWARD)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            offer(gbp("799.99")),
        ),
        offer(reference="CBP-P26"),
    ],
    ids=["amount", "reference"],
)
def test_no_second_offer_under_the_id_of_an_award(other: OfferAward) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED, *at(AWARD, OFFERED)).when(other).refused(
        AwardAlreadyOffered, reference="CBP-P25"
    )


def test_no_offer_to_an_unknown_or_dissolved_partnership() -> None:
    given_log(*PROGRAMME_BEGUN, *ROUND_OPEN, *BID_APPROVED).when(offer()).refused(PartnershipUnknown)
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_OPEN, *BID_APPROVED).when(offer()).refused(PartnershipIsDissolved)


def test_no_offer_from_an_unknown_round() -> None:
    given_log(*PARTNERSHIP, *BID_APPROVED).when(offer()).refused(RoundUnknown)


def test_no_offer_above_what_the_budget_of_the_round_still_has() -> None:
    earlier = at(ROUND, committed("200.01", OTHER_AWARD))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *earlier, *BID_APPROVED).when(offer()).refused(
        BudgetExceeded, available=gbp("799.99"), wanted=gbp("800.00")
    )


def test_an_offer_commits_only_what_the_round_has_not_committed_to_the_award_already() -> None:
    earlier = at(ROUND, committed("200.00"))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *earlier, *BID_APPROVED).when(offer()).then(
        Written(AWARD, OFFERED), Written(BID, awarded("800.00")), Written(ROUND, committed("600.00"))
    )


def test_no_offer_in_another_currency_than_the_budget_of_the_round() -> None:
    in_euros = at(
        BID,
        submitted(Money.of("900.00", "EUR")),
        BidApproved(partnership_id=ACE, approved=Money.of("800.00", "EUR"), on=When("2004-05-10")),
    )
    given_log(*PARTNERSHIP, *ROUND_OPEN, *in_euros).when(offer(Money.of("800.00", "EUR"))).refused(
        RoundCurrencyDiffers, round="GBP", given="EUR"
    )


# --- Programmes, rounds and partnerships ------------------------------------------------------------------------------


def establish(funder_id: OrganisationId | None = None) -> EstablishProgramme:
    return EstablishProgramme(
        programme_id=PROGRAMME, code="cbp", name="CBP", currency="GBP", funder_id=funder_id, on=When("2003")
    )


def test_a_programme_has_a_known_funder_or_none() -> None:
    begun = ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", on=When("2003"))
    given_log().when(establish()).then(Written(PROGRAMME, begun))
    given_log(*CARLISLE_KNOWN).when(establish(CARLISLE)).then(
        Written(
            PROGRAMME,
            ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", funder_id=CARLISLE, on=When("2003")),
        )
    )


def test_a_scheme_has_a_known_funder_or_none() -> None:
    scheme = EstablishScheme(
        programme_id=PROGRAMME, scheme_id=SchemeId("scheme-new"), code="new", name="New", kind="grants", on=ON
    )
    begun = [*PROGRAMME_BEGUN, *CARLISLE_KNOWN]
    established = SchemeEstablished(scheme_id=scheme.scheme_id, code="new", name="New", kind="grants", on=ON)
    given_log(*begun).when(scheme).then(Written(PROGRAMME, established))
    given_log(*begun).when(replace(scheme, funder_id=CARLISLE)).then(
        Written(PROGRAMME, replace(established, funder_id=CARLISLE))
    )
    given_log(*begun).when(replace(scheme, funder_id=CUMBRIA)).refused(OrganisationUnknown)


def test_a_programme_does_not_have_an_unknown_funder() -> None:
    given_log().when(establish(ODPM)).refused(OrganisationUnknown)


def open_round(budget: Money | None = None, scheme_id: SchemeId = PILOTS) -> OpenRound:
    return OpenRound(
        round_id=ROUND,
        programme_id=PROGRAMME,
        scheme_id=scheme_id,
        code="cbp-pilots-1",
        name="First round",
        budget=budget or gbp("1000.00"),
        on=When("2004-01-05"),
    )


def test_a_round_opens_for_a_scheme_of_its_programme() -> None:
    given_log(*PROGRAMME_BEGUN).when(open_round()).then(*ROUND_OPEN)


def test_a_round_does_not_open_without_its_programme_or_scheme() -> None:
    given_log().when(open_round()).refused(ProgrammeUnknown)
    given_log(*PROGRAMME_BEGUN).when(open_round(scheme_id=SchemeId("scheme-3"))).refused(
        SchemeUnknown, scheme="scheme-3"
    )


def test_a_round_has_its_budget_in_the_currency_of_the_programme() -> None:
    given_log(*PROGRAMME_BEGUN).when(open_round(Money.of("1000.00", "EUR"))).refused(
        BudgetCurrencyDiffers, programme="GBP", budget="EUR"
    )


def budget(amount: str) -> list[Written]:
    """A budget of the pilots."""
    return at(PROGRAMME, BudgetAllocated(scheme_id=PILOTS, amount=gbp(amount), purpose="Pilots", on=When("2003-11")))


def test_a_round_takes_its_budget_from_the_budget_of_its_scheme() -> None:
    given_log(*PROGRAMME_BEGUN, *budget("1000.00")).when(open_round()).then(
        *ROUND_OPEN,
        Written(
            PROGRAMME,
            BudgetAssigned(scheme_id=PILOTS, round_id=ROUND, amount=gbp("1000.00"), on=When("2004-01-05")),
        ),
    )


def test_a_round_does_not_open_above_what_the_budget_of_its_scheme_still_has() -> None:
    given_log(*PROGRAMME_BEGUN, *budget("999.99")).when(open_round()).refused(
        SchemeBudgetExceeded, available=gbp("999.99"), wanted=gbp("1000.00")
    )
    other = BudgetAssigned(scheme_id=PILOTS, round_id=OTHER_ROUND, amount=gbp("0.01"), on=When("2004-01-05"))
    given_log(*PROGRAMME_BEGUN, *budget("1000.00"), *at(PROGRAMME, other)).when(open_round()).refused(
        SchemeBudgetExceeded, available=gbp("999.99"), wanted=gbp("1000.00")
    )


def test_a_round_that_has_opened_does_not_open_again_when_its_scheme_is_given_a_budget() -> None:
    given_log(*PROGRAMME_BEGUN, *ROUND_OPEN, *budget("0.01")).when(open_round()).then()


def form(scheme_id: SchemeId = PILOTS, lead_id: OrganisationId | None = None) -> FormPartnership:
    return FormPartnership(
        partnership_id=ACE,
        programme_id=PROGRAMME,
        scheme_id=scheme_id,
        code="ace-cumbria",
        name="Achieving Cumbrian Excellence",
        kind="pilot-regional",
        lead_id=lead_id,
        on=When("2004-01"),
    )


def test_a_partnership_is_formed_under_a_scheme_of_the_programme() -> None:
    given_log(*PROGRAMME_BEGUN).when(form()).then(Written(ACE, ACE_FORMED))


def test_a_partnership_is_not_formed_without_programme_scheme_or_the_lead_that_it_names() -> None:
    given_log(*CARLISLE_KNOWN).when(form(lead_id=CARLISLE)).refused(ProgrammeUnknown)
    given_log(*PROGRAMME_BEGUN).when(form(SchemeId("scheme-3"))).refused(SchemeUnknown, scheme="scheme-3")
    given_log(*PROGRAMME_BEGUN).when(form(lead_id=CARLISLE)).refused(OrganisationUnknown)


def join(organisation_id: OrganisationId) -> JoinPartnership:
    return JoinPartnership(partnership_id=ACE, organisation_id=organisation_id, role="partner", on=ON)


def test_only_a_known_organisation_joins() -> None:
    given_log(*PARTNERSHIP, *CARLISLE_KNOWN).when(join(CARLISLE)).then(
        Written(ACE, PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON))
    )
    given_log(*PARTNERSHIP, *CARLISLE_KNOWN).when(join(CUMBRIA)).refused(OrganisationUnknown)


def test_only_a_known_organisation_leaves() -> None:
    joined = [
        *PARTNERSHIP,
        *CARLISLE_KNOWN,
        Written(ACE, PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON)),
    ]
    leave = LeavePartnership(partnership_id=ACE, organisation_id=CARLISLE, reason=WHY, on=ON)
    given_log(*joined).when(leave).then(
        Written(ACE, PartnerLeft(partnership_id=ACE, organisation_id=CARLISLE, reason=WHY, on=ON))
    )
    given_log(*joined).when(replace(leave, organisation_id=CUMBRIA)).refused(OrganisationUnknown)


# --- Bids -------------------------------------------------------------------------------------------------------------


def test_only_a_known_organisation_advises_a_bid() -> None:
    begun = [*PARTNERSHIP, *CARLISLE_KNOWN, Written(BID, DRAFTED)]
    adviser = RecordAdviser(bid_id=BID, organisation_id=CARLISLE, part="writer", on=ON)
    given_log(*begun).when(adviser).then(
        Written(BID, AdviserRecorded(partnership_id=ACE, organisation_id=CARLISLE, part="writer", on=ON))
    )
    given_log(*begun).when(replace(adviser, organisation_id=CUMBRIA)).refused(OrganisationUnknown)


def draft(round_id: RoundId | None = ROUND) -> DraftBid:
    return DraftBid(
        bid_id=BID,
        partnership_id=ACE,
        reference="ACE-1",
        title="First year",
        round_id=round_id,
        on=When("2004-01-19"),
    )


def submit(round_id: RoundId | None = ROUND, requested: Money | None = None) -> SubmitBid:
    return SubmitBid(
        bid_id=BID,
        partnership_id=ACE,
        reference="ACE-1",
        title="First year",
        requested=requested or gbp("900.00"),
        round_id=round_id,
        on=When("2004-03-29"),
    )


def test_a_bid_is_drafted_and_submitted_to_an_open_round_of_the_partnerships_scheme() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN).when(draft()).then(Written(BID, DRAFTED))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *at(BID, DRAFTED)).when(submit()).then(Written(BID, SUBMITTED))


def test_a_bid_is_drafted_and_submitted_outside_any_round() -> None:
    given_log(*PARTNERSHIP).when(draft(None)).then(
        Written(BID, BidDrafted(partnership_id=ACE, reference="ACE-1", title="First year", on=When("2004-01-19")))
    )
    given_log(*PARTNERSHIP).when(submit(None)).then(Written(BID, submitted(gbp("900.00"), round_id=None)))


@pytest.mark.parametrize("command", [draft(), submit()])
def test_no_bid_of_an_unknown_or_dissolved_partnership(command: Command) -> None:
    given_log(*ROUND_OPEN).when(command).refused(PartnershipUnknown)
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_OPEN).when(command).refused(PartnershipIsDissolved)


@pytest.mark.parametrize("command", [draft(), submit()])
def test_no_bid_to_an_unknown_round_or_one_that_closed_before_the_date_of_the_bid(
    command: DraftBid | SubmitBid,
) -> None:
    given_log(*PARTNERSHIP).when(command).refused(RoundUnknown)
    late = replace(command, on=When("2004-04-01"))
    given_log(*PARTNERSHIP, *ROUND_CLOSED).when(late).refused(RoundIsClosed)


def test_a_bid_that_came_in_time_is_taken_although_it_is_recorded_after_the_round_was_closed() -> None:
    given_log(*PARTNERSHIP, *ROUND_CLOSED).when(submit()).then(Written(BID, SUBMITTED))
    last_day = When("2004-03-31")
    given_log(*PARTNERSHIP, *ROUND_CLOSED).when(replace(submit(), on=last_day)).then(
        Written(BID, replace(SUBMITTED, on=last_day))
    )


def announced(closes_time: str | None = None) -> list[Written]:
    """A round from 5 January to 31 March 2004, perhaps until a time of that day, which nobody has closed."""
    return at(ROUND, replace(OPENED, closes=When("2004-03-31"), closes_time=closes_time))


@pytest.mark.parametrize("on", ["2004-01-04", "2003", "2004-04-01", "2004-04", "2005"])
def test_a_bid_dated_before_the_opening_or_after_the_announced_closing_is_refused(on: str) -> None:
    given_log(*PARTNERSHIP, *announced()).when(replace(submit(), on=When(on))).refused(BidOutsideRound)


@pytest.mark.parametrize("on", ["2004-01-05", "2004-01", "2004", "2004-03-31"])
def test_a_bid_dated_on_the_day_of_opening_or_closing_is_taken(on: str) -> None:
    taken = replace(SUBMITTED, on=When(on))
    given_log(*PARTNERSHIP, *announced()).when(replace(submit(), on=When(on))).then(Written(BID, taken))


@pytest.mark.parametrize("closing", ["announced", "actual"])
def test_a_bid_of_the_last_day_is_judged_by_its_time_where_the_closing_has_one(closing: str) -> None:
    at_noon = announced("12:00")
    if closing == "actual":
        at_noon = at(ROUND, OPENED, RoundClosed(time="12:00", on=When("2004-03-31")))
    rule = BidOutsideRound if closing == "announced" else RoundIsClosed
    bidding = replace(submit(), on=When("2004-03-31"))
    for time in ("00:00", "11:59", "12:00", None):
        taken = Written(BID, replace(SUBMITTED, on=bidding.on, time=time))
        given_log(*PARTNERSHIP, *at_noon).when(replace(bidding, time=time)).then(taken)
    given_log(*PARTNERSHIP, *at_noon).when(replace(bidding, time="12:01")).refused(rule)
    the_day_before = replace(bidding, time="12:01", on=When("2004-03-30"))
    given_log(*PARTNERSHIP, *at_noon).when(the_day_before).then(
        Written(BID, replace(SUBMITTED, on=the_day_before.on, time="12:01"))
    )


@pytest.mark.parametrize("time", ["24:00", "12.00", "9:00", "noon", "12:60", ""])
def test_the_time_of_a_bid_is_hours_and_minutes(time: str) -> None:
    given_log(*PARTNERSHIP, *announced()).when(replace(submit(), time=time)).refused(TimeUnreadable)


@pytest.mark.parametrize("on", ["2004-01-04", "2004-04-01"])
def test_an_early_or_late_bid_is_admitted_with_a_reason_which_is_recorded(on: str) -> None:
    admitted = replace(submit(), on=When(on), admitted_because="The portal was down")
    taken = Written(BID, replace(SUBMITTED, on=When(on), admitted_because="The portal was down"))
    given_log(*PARTNERSHIP, *announced()).when(admitted).then(taken)
    given_log(*PARTNERSHIP, *ROUND_CLOSED).when(admitted).then(taken)
    given_log(*PARTNERSHIP, *announced()).when(replace(admitted, admitted_because=" ")).refused(BidOutsideRound)


def test_an_admitted_bid_is_still_to_a_known_round_of_its_scheme() -> None:
    admitted = replace(submit(OTHER_ROUND), on=When("2005"), admitted_because="The portal was down")
    given_log(*PARTNERSHIP).when(admitted).refused(RoundUnknown)
    other = replace(OPENED, scheme_id=DIRECT_SUPPORT, code="cbp-direct-1")
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, other)).when(admitted).refused(RoundOfAnotherScheme)


@pytest.mark.parametrize("command", [draft(OTHER_ROUND), submit(OTHER_ROUND)])
def test_no_bid_to_a_round_of_another_scheme(command: Command) -> None:
    other = RoundOpened(
        programme_id=PROGRAMME,
        scheme_id=DIRECT_SUPPORT,
        code="cbp-direct-1",
        name="Direct Support",
        budget=gbp("1000.00"),
        on=When("2004-01-05"),
    )
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, other)).when(command).refused(RoundOfAnotherScheme, round="cbp-direct-1")


def test_no_bid_is_submitted_again_to_a_closed_round_or_by_a_dissolved_partnership() -> None:
    declined_bid = at(BID, SUBMITTED, BidDeclined(partnership_id=ACE, because=WHY, on=When("2004-05-10")))
    again = ResubmitBid(bid_id=BID, title="Second try", requested=gbp("700.00"), round_id=ROUND, on=ON)
    given_log(*PARTNERSHIP, *ROUND_CLOSED, *declined_bid).when(again).refused(RoundIsClosed)
    given_log(*PARTNERSHIP, *announced(), *declined_bid).when(again).refused(BidOutsideRound)
    given_log(*PARTNERSHIP, *ROUND_OPEN, *DISSOLVED, *declined_bid).when(again).refused(PartnershipIsDissolved)


def test_a_bid_is_submitted_again_only_to_a_known_round_of_its_scheme_on_a_date_of_that_round() -> None:
    declined_bid = at(BID, SUBMITTED, BidDeclined(partnership_id=ACE, because=WHY, on=When("2004-05-10")))
    again = ResubmitBid(bid_id=BID, title="Second try", requested=gbp("700.00"), round_id=OTHER_ROUND, on=ON)
    given_log(*PARTNERSHIP, *declined_bid).when(again).refused(RoundUnknown)
    elsewhere = replace(OPENED, scheme_id=DIRECT_SUPPORT, code="cbp-direct-1")
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, elsewhere), *declined_bid).when(again).refused(RoundOfAnotherScheme)
    not_yet = replace(OPENED, code="cbp-pilots-2", on=When("2004-12-01"))
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, not_yet), *declined_bid).when(again).refused(BidOutsideRound)
    second = replace(OPENED, code="cbp-pilots-2")
    resubmitted = BidResubmitted(
        partnership_id=ACE, title="Second try", requested=gbp("700.00"), change=gbp("-200.00"), round_id=OTHER_ROUND,
        on=ON,
    )  # fmt: skip
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, second), *declined_bid).when(again).then(Written(BID, resubmitted))
    why: dict[str, Any] = {"admitted_because": "The portal was down"}
    given_log(*PARTNERSHIP, *at(OTHER_ROUND, not_yet), *declined_bid).when(replace(again, **why)).then(
        Written(BID, replace(resubmitted, **why))
    )


def test_a_bid_given_again_after_its_round_or_partnership_has_ended_is_not_refused() -> None:
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_CLOSED, *at(BID, SUBMITTED)).when(submit()).then()


@pytest.mark.parametrize("round_id", [ROUND, None])
def test_a_bid_is_in_the_currency_of_its_programme(round_id: RoundId | None) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN).when(submit(round_id, Money.of("900.00", "EUR"))).refused(
        BidCurrencyIsNotTheProgrammes, programme="GBP", bid="EUR"
    )


def vary_approval(approved: Money) -> VaryApproval:
    return VaryApproval(bid_id=BID, approved=approved, because="A further authority takes part", on=ON)


def approval_varied(approved: str, change: str) -> ApprovalVaried:
    return ApprovalVaried(
        partnership_id=ACE,
        approved=gbp(approved),
        change=gbp(change),
        because="A further authority takes part",
        on=ON,
    )


def test_another_amount_is_approved_before_there_is_an_award() -> None:
    given_log(*BID_APPROVED).when(vary_approval(gbp("0.01"))).then(Written(BID, approval_varied("0.01", "-799.99")))
    given_log(*BID_APPROVED).when(vary_approval(gbp("900.00"))).then(Written(BID, approval_varied("900.00", "100.00")))


def test_an_approval_is_cut_to_what_has_been_awarded_and_not_below() -> None:
    given_log(*standing("700.00")).when(vary_approval(gbp("700.00"))).then(
        Written(BID, approval_varied("700.00", "-100.00"))
    )
    given_log(*standing("700.00")).when(vary_approval(gbp("699.99"))).refused(
        BelowAwarded, awarded=gbp("700.00"), approved=gbp("699.99")
    )


def test_an_approval_is_compared_with_the_award_as_varied_since() -> None:
    reduced = at(AWARD, varied("-200.00"))
    given_log(*standing("700.00"), *reduced).when(vary_approval(gbp("500.00"))).then(
        Written(BID, approval_varied("500.00", "-300.00"))
    )
    raised = at(AWARD, varied("100.00"))
    given_log(*standing("700.00"), *raised).when(vary_approval(gbp("799.99"))).refused(
        BelowAwarded, awarded=gbp("800.00"), approved=gbp("799.99")
    )


def test_an_approval_that_is_awarded_stays_in_its_currency() -> None:
    given_log(*standing("700.00")).when(vary_approval(Money.of("1.00", "EUR"))).refused(
        BidCurrencyDiffers, approved="GBP", given="EUR"
    )


def test_no_approval_of_an_unknown_bid_is_changed() -> None:
    given_log().when(vary_approval(gbp("1.00"))).refused(BidUnknown)


# --- What happens to an award, and to its source of funds -------------------------------------------------------------

ACCEPTED = OfferAccepted(partnership_id=ACE, on=ON)
WHY = "The plan has been redesigned"


def standing(amount: str, *, ring_fence: str | None = None) -> list[Written]:
    """An award of *amount* from the round, accepted."""
    offered = replace(OFFERED, amount=gbp(amount), ring_fence=ring_fence)
    fences = at(ROUND, RingFenceSet(name=ring_fence, amount=gbp("750.00"), on=ON)) if ring_fence else []
    return [
        *PARTNERSHIP,
        *ROUND_OPEN,
        *fences,
        *BID_APPROVED,
        *at(BID, awarded(amount)),
        *at(AWARD, offered, ACCEPTED),
        *at(ROUND, committed(amount, ring_fence=ring_fence)),
    ]


def offered_only(amount: str) -> list[Written]:
    """The same, not yet accepted."""
    return [written for written in standing(amount) if written.event != ACCEPTED]


def paid(amount: str, award_id: AwardId = AWARD, partnership_id: PartnershipId = ACE) -> list[Written]:
    """A payment of *amount*, sent."""
    requested = PaymentRequested(partnership_id=partnership_id, number=1, amount=gbp(amount), on=ON)
    approved = PaymentApproved(partnership_id=partnership_id, number=1, amount=gbp(amount), on=ON)
    released = PaymentReleased(partnership_id=partnership_id, number=1, amount=gbp(amount), on=ON)
    return at(award_id, requested, approved, released)


def vary(change: str, award_id: AwardId = AWARD) -> VaryAward:
    kind = Variation.UPLIFT if gbp(change).is_positive else Variation.REDUCTION
    return VaryAward(award_id=award_id, number=1, kind=kind, change=gbp(change), because=WHY, on=ON)


def varied(change: str, partnership_id: PartnershipId = ACE) -> AwardVaried:
    kind = Variation.UPLIFT if gbp(change).is_positive else Variation.REDUCTION
    return AwardVaried(partnership_id=partnership_id, number=1, kind=kind, change=gbp(change), because=WHY, on=ON)


def decline(award_id: AwardId = AWARD) -> DeclineOffer:
    return DeclineOffer(award_id=award_id, because=WHY, on=ON)


def declined(given_back: str, partnership_id: PartnershipId = ACE) -> OfferDeclined:
    return OfferDeclined(partnership_id=partnership_id, because=WHY, given_back=gbp(given_back), on=ON)


def close(award_id: AwardId = AWARD) -> CloseAward:
    return CloseAward(award_id=award_id, on=ON)


def closed(given_back: str, partnership_id: PartnershipId = ACE) -> AwardClosed:
    return AwardClosed(partnership_id=partnership_id, given_back=gbp(given_back), on=ON)


def terminate(award_id: AwardId = AWARD) -> TerminateAward:
    return TerminateAward(award_id=award_id, because=WHY, on=ON)


def terminated(given_back: str, partnership_id: PartnershipId = ACE) -> AwardTerminated:
    return AwardTerminated(partnership_id=partnership_id, because=WHY, given_back=gbp(given_back), on=ON)


def test_an_uplift_commits_the_difference_to_the_round() -> None:
    given_log(*standing("700.00")).when(vary("100.00")).then(
        Written(AWARD, varied("100.00")), Written(ROUND, committed("100.00"))
    )


def test_an_uplift_beyond_the_approval_is_refused() -> None:
    given_log(*standing("700.00")).when(vary("100.01")).refused(
        AboveApproved, approved=gbp("800.00"), award=gbp("800.01")
    )


def test_an_uplift_may_reach_an_approval_that_was_raised_since() -> None:
    raised = at(BID, approval_varied("900.00", "100.00"))
    given_log(*standing("700.00"), *raised).when(vary("200.00")).then(
        Written(AWARD, varied("200.00")), Written(ROUND, committed("200.00"))
    )
    given_log(*standing("700.00"), *raised).when(vary("200.01")).refused(
        AboveApproved, approved=gbp("900.00"), award=gbp("900.01")
    )


def test_an_uplift_above_what_the_round_still_has_is_refused() -> None:
    other = at(ROUND, committed("200.01", OTHER_AWARD))
    given_log(*standing("700.00"), *other).when(vary("100.00")).refused(
        BudgetExceeded, available=gbp("99.99"), wanted=gbp("100.00")
    )


def test_a_correction_that_adds_is_an_uplift_to_bid_and_round() -> None:
    correction = replace(vary("100.01"), number=2, kind=Variation.CORRECTION, corrects=1)
    reduced = [*at(AWARD, varied("-100.00")), *at(ROUND, returned("100.00"))]
    given_log(*standing("800.00"), *reduced).when(correction).refused(
        AboveApproved, approved=gbp("800.00"), award=gbp("800.01")
    )
    given_log(*standing("800.00"), *reduced).when(replace(correction, change=gbp("100.00"))).then(
        Written(AWARD, replace(varied("100.00"), number=2, kind=Variation.CORRECTION, corrects=1)),
        Written(ROUND, committed("100.00")),
    )


def test_a_reduction_gives_the_difference_back_to_the_round() -> None:
    given_log(*standing("700.00")).when(vary("-200.00")).then(
        Written(AWARD, varied("-200.00")), Written(ROUND, returned("200.00"))
    )


def test_an_extension_moves_no_money() -> None:
    longer = VaryAward(
        award_id=AWARD,
        number=1,
        kind=Variation.EXTENSION,
        change=gbp("0.00"),
        until=When("2005-09-30"),
        because=WHY,
        on=ON,
    )
    given_log(*standing("700.00")).when(longer).then(
        Written(
            AWARD,
            AwardVaried(
                partnership_id=ACE,
                number=1,
                kind=Variation.EXTENSION,
                change=gbp("0.00"),
                until=When("2005-09-30"),
                because=WHY,
                on=ON,
            ),
        )
    )


def test_a_declined_offer_frees_the_bid_and_gives_all_of_it_back_to_the_round() -> None:
    given_log(*offered_only("700.00")).when(decline()).then(
        Written(AWARD, declined("700.00")),
        Written(BID, OfferLapsed(partnership_id=ACE, award_id=AWARD, on=ON)),
        Written(ROUND, returned("700.00")),
    )


def test_a_bid_whose_offer_was_declined_may_be_awarded_again() -> None:
    lapsed = [
        *at(AWARD, declined("700.00")),
        *at(BID, OfferLapsed(partnership_id=ACE, award_id=AWARD, on=ON)),
        *at(ROUND, returned("700.00")),
    ]
    again = offer(gbp("800.00"), award_id=OTHER_AWARD, reference="CBP-P25-2")
    given_log(*offered_only("700.00"), *lapsed).when(again).then(
        Written(OTHER_AWARD, replace(OFFERED, reference="CBP-P25-2")),
        Written(BID, awarded("800.00", OTHER_AWARD)),
        Written(ROUND, committed("800.00", OTHER_AWARD)),
    )


def test_an_award_that_ends_gives_what_is_unspent_back_to_the_round() -> None:
    given_log(*standing("700.00"), *paid("450.00")).when(close()).then(
        Written(AWARD, closed("250.00")), Written(ROUND, returned("250.00"))
    )
    given_log(*standing("700.00"), *paid("450.00")).when(terminate()).then(
        Written(AWARD, terminated("250.00")), Written(ROUND, returned("250.00"))
    )


def test_an_award_that_ends_with_all_of_it_spent_gives_nothing_back() -> None:
    given_log(*standing("700.00"), *paid("700.00")).when(close()).then(Written(AWARD, closed("0.00")))
    given_log(*standing("700.00"), *paid("700.00")).when(terminate()).then(Written(AWARD, terminated("0.00")))


@pytest.mark.parametrize("command", [vary("1.00"), decline(), close(), terminate()])
def test_an_unknown_award_refuses_every_command(command: Command) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(command).refused(AwardUnknown)


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        (vary("100.00"), {AWARD: 2, ACE: 1, BID: 3, ROUND: 2}),
        (vary("-100.00"), {AWARD: 2, ROUND: 2}),
        (close(), {AWARD: 2, ROUND: 2}),
    ],
    ids=["uplift", "reduction", "closing"],
)
def test_a_decision_on_an_award_depends_on_all_that_was_read_for_it(command: Command, seen: dict[str, int]) -> None:
    reading = Reading(MemoryLog(*standing("700.00")))
    desk.decide(reading, command)
    assert seen == reading.seen


# --- Ring-fences ------------------------------------------------------------------------------------------------------

FENCED = at(ROUND, RingFenceSet(name="Evaluation", amount=gbp("750.00"), on=ON))


def test_an_award_is_offered_from_a_ring_fence_of_the_round() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *FENCED, *BID_APPROVED).when(
        offer(gbp("750.00"), ring_fence="Evaluation")
    ).then(
        Written(AWARD, replace(OFFERED, amount=gbp("750.00"), ring_fence="Evaluation")),
        Written(BID, awarded("750.00")),
        Written(ROUND, committed("750.00", ring_fence="Evaluation")),
    )


def test_no_offer_above_the_ring_fence_or_from_money_that_a_ring_fence_reserves() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *FENCED, *BID_APPROVED).when(
        offer(gbp("750.01"), ring_fence="Evaluation")
    ).refused(BudgetExceeded, available=gbp("750.00"), wanted=gbp("750.01"))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *FENCED, *BID_APPROVED).when(offer(gbp("250.01"))).refused(
        BudgetExceeded, available=gbp("250.00"), wanted=gbp("250.01")
    )


def test_no_offer_from_a_ring_fence_that_the_round_does_not_have() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer(ring_fence="Evaluation")).refused(
        RingFenceUnknown, name="Evaluation"
    )


def test_only_the_budget_of_a_round_has_ring_fences() -> None:
    outside = at(BID, submitted(gbp("900.00"), round_id=None), APPROVED)
    given_log(*PARTNERSHIP, *outside).when(offer(ring_fence="Evaluation")).refused(
        RingFenceWithoutRound, ring_fence="Evaluation"
    )
    given_log(*SOURCE, *FENCED).when(replace(sub_award(), ring_fence="Evaluation")).refused(
        RingFenceWithoutRound, ring_fence="Evaluation"
    )


def test_changes_of_an_award_from_a_ring_fence_change_the_ring_fence() -> None:
    fenced = standing("700.00", ring_fence="Evaluation")
    given_log(*fenced).when(vary("50.00")).then(
        Written(AWARD, varied("50.00")), Written(ROUND, committed("50.00", ring_fence="Evaluation"))
    )
    given_log(*fenced).when(vary("50.01")).refused(BudgetExceeded, available=gbp("50.00"), wanted=gbp("50.01"))
    given_log(*fenced).when(vary("-200.00")).then(
        Written(AWARD, varied("-200.00")), Written(ROUND, returned("200.00", ring_fence="Evaluation"))
    )
    given_log(*fenced, *paid("450.00")).when(close()).then(
        Written(AWARD, closed("250.00")), Written(ROUND, returned("250.00", ring_fence="Evaluation"))
    )


# --- Awards from the budget of the scheme -----------------------------------------------------------------------------


def scheme_committed(amount: str) -> SchemeFundsCommitted:
    return SchemeFundsCommitted(scheme_id=PILOTS, award_id=AWARD, amount=gbp(amount), on=ON)


def scheme_returned(amount: str) -> SchemeFundsReturned:
    return SchemeFundsReturned(scheme_id=PILOTS, award_id=AWARD, amount=gbp(amount), on=ON)


OUTSIDE = [*PARTNERSHIP, *at(BID, submitted(gbp("900.00"), round_id=None), APPROVED)]
OFFERED_OUTSIDE = replace(OFFERED, amount=gbp("700.00"), round_id=None)
OUTSIDE_OFFERED = [*OUTSIDE, *at(BID, awarded("700.00")), *at(AWARD, OFFERED_OUTSIDE)]
FROM_SCHEME = [*OUTSIDE_OFFERED, *budget("750.00"), *at(PROGRAMME, scheme_committed("700.00"))]
FROM_SCHEME_ACCEPTED = [*FROM_SCHEME, *at(AWARD, ACCEPTED)]


def test_an_award_outside_any_round_commits_the_budget_of_its_scheme() -> None:
    given_log(*OUTSIDE, *budget("700.00")).when(offer(gbp("700.00"))).then(
        Written(AWARD, OFFERED_OUTSIDE),
        Written(BID, awarded("700.00")),
        Written(PROGRAMME, scheme_committed("700.00")),
    )


def test_no_offer_above_what_the_budget_of_the_scheme_still_has() -> None:
    given_log(*OUTSIDE, *budget("699.99")).when(offer(gbp("700.00"))).refused(
        SchemeBudgetExceeded, available=gbp("699.99"), wanted=gbp("700.00")
    )
    round_ = BudgetAssigned(scheme_id=PILOTS, round_id=ROUND, amount=gbp("300.01"), on=ON)
    given_log(*OUTSIDE, *budget("1000.00"), *at(PROGRAMME, round_)).when(offer(gbp("700.00"))).refused(
        SchemeBudgetExceeded, available=gbp("699.99"), wanted=gbp("700.00")
    )


def test_the_budget_of_the_scheme_follows_what_happens_to_the_award() -> None:
    given_log(*FROM_SCHEME_ACCEPTED).when(vary("50.00")).then(
        Written(AWARD, varied("50.00")), Written(PROGRAMME, scheme_committed("50.00"))
    )
    given_log(*FROM_SCHEME_ACCEPTED).when(vary("50.01")).refused(
        SchemeBudgetExceeded, available=gbp("50.00"), wanted=gbp("50.01")
    )
    given_log(*FROM_SCHEME_ACCEPTED).when(vary("-200.00")).then(
        Written(AWARD, varied("-200.00")), Written(PROGRAMME, scheme_returned("200.00"))
    )
    given_log(*FROM_SCHEME).when(decline()).then(
        Written(AWARD, declined("700.00")),
        Written(BID, OfferLapsed(partnership_id=ACE, award_id=AWARD, on=ON)),
        Written(PROGRAMME, scheme_returned("700.00")),
    )
    given_log(*FROM_SCHEME_ACCEPTED, *paid("450.00")).when(close()).then(
        Written(AWARD, closed("250.00")), Written(PROGRAMME, scheme_returned("250.00"))
    )
    given_log(*FROM_SCHEME_ACCEPTED, *paid("450.00")).when(terminate()).then(
        Written(AWARD, terminated("250.00")), Written(PROGRAMME, scheme_returned("250.00"))
    )


def test_without_a_scheme_budget_an_award_outside_any_round_commits_nothing() -> None:
    accepted = [*OUTSIDE_OFFERED, *at(AWARD, ACCEPTED)]
    given_log(*accepted).when(vary("100.00")).then(Written(AWARD, varied("100.00")))
    given_log(*accepted).when(vary("100.01")).refused(AboveApproved, approved=gbp("800.00"), award=gbp("800.01"))
    given_log(*accepted).when(vary("-100.00")).then(Written(AWARD, varied("-100.00")))
    given_log(*accepted, *paid("450.00")).when(close()).then(Written(AWARD, closed("250.00")))
    given_log(*OUTSIDE_OFFERED).when(decline()).then(
        Written(AWARD, declined("700.00")),
        Written(BID, OfferLapsed(partnership_id=ACE, award_id=AWARD, on=ON)),
    )


@pytest.mark.parametrize("later", ["1000.00", "100.00"])
def test_giving_back_does_not_change_a_budget_that_the_scheme_got_later(later: str) -> None:
    accepted = [*OUTSIDE_OFFERED, *at(AWARD, ACCEPTED), *budget(later)]
    given_log(*accepted, *paid("450.00")).when(close()).then(Written(AWARD, closed("250.00")))
    given_log(*accepted).when(vary("-100.00")).then(Written(AWARD, varied("-100.00")))


# --- Awards funded from an award --------------------------------------------------------------------------------------

SHROPSHIRE_FORMED = replace(ACE_FORMED, partnership_id=SHROPSHIRE, code="shropshire", name="Shropshire")
SOURCE = [
    *standing("700.00"),
    *at(SHROPSHIRE, SHROPSHIRE_FORMED),
    *at(
        OTHER_BID,
        submitted(gbp("800.00"), reference="SH-1", partnership_id=SHROPSHIRE),
        replace(APPROVED, partnership_id=SHROPSHIRE),
    ),
]


def sub_award(amount: str = "300.00") -> OfferAward:
    return offer(gbp(amount), award_id=OTHER_AWARD, bid_id=OTHER_BID, reference="SH", funded_from=AWARD)


SUB_OFFERED = AwardOffered(
    partnership_id=SHROPSHIRE,
    bid_id=OTHER_BID,
    funded_from=AWARD,
    reference="SH",
    amount=gbp("300.00"),
    on=ON,
)
SUB_AWARDED = BidAwarded(partnership_id=SHROPSHIRE, award_id=OTHER_AWARD, amount=gbp("300.00"), on=ON)


def regranted(amount: str, award_id: AwardId = OTHER_AWARD) -> FundsRegranted:
    return FundsRegranted(partnership_id=ACE, award_id=award_id, amount=gbp(amount), on=ON)


def regrant_returned(amount: str) -> RegrantReturned:
    return RegrantReturned(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp(amount), on=ON)


SUB_STANDING_OFFER = [
    *SOURCE,
    *at(OTHER_AWARD, SUB_OFFERED),
    *at(OTHER_BID, SUB_AWARDED),
    *at(AWARD, regranted("300.00")),
]
SUB_STANDING = [*SUB_STANDING_OFFER, *at(OTHER_AWARD, replace(ACCEPTED, partnership_id=SHROPSHIRE))]


def test_a_sub_award_uses_its_source_award_and_not_the_round() -> None:
    given_log(*SOURCE).when(sub_award()).then(
        Written(OTHER_AWARD, SUB_OFFERED), Written(OTHER_BID, SUB_AWARDED), Written(AWARD, regranted("300.00"))
    )


def test_a_sub_award_is_refused_beyond_its_source_award() -> None:
    given_log(*SOURCE).when(sub_award("700.01")).refused(
        RegrantAboveAward, available=gbp("700.00"), wanted=gbp("700.01")
    )
    earlier = at(AWARD, regranted("400.01", AwardId("award-3")))
    given_log(*SOURCE, *earlier).when(sub_award()).refused(
        RegrantAboveAward, available=gbp("299.99"), wanted=gbp("300.00")
    )


def test_a_sub_award_needs_a_known_accepted_source_award_that_has_not_ended() -> None:
    alone = [written for written in SOURCE if written.stream != AWARD]
    given_log(*alone).when(sub_award()).refused(AwardUnknown)
    given_log(*[written for written in SOURCE if written.event != ACCEPTED]).when(sub_award()).refused(
        AwardNotAccepted, status="offered"
    )
    given_log(*SOURCE, *at(AWARD, closed("700.00"))).when(sub_award()).refused(AwardIsOver, status="closed")


def test_a_sub_award_is_in_the_currency_of_its_source_award() -> None:
    euros = at(
        BidId("bid-3"),
        submitted(Money.of("300.00", "EUR"), reference="SH-2", partnership_id=SHROPSHIRE),
        BidApproved(partnership_id=SHROPSHIRE, approved=Money.of("300.00", "EUR"), on=ON),
    )
    given_log(*SOURCE, *euros).when(
        replace(sub_award(), bid_id=BidId("bid-3"), amount=Money.of("300.00", "EUR"))
    ).refused(CurrencyDiffers, award="GBP")


def test_no_award_is_funded_from_itself() -> None:
    given_log(*SOURCE).when(replace(sub_award(), funded_from=OTHER_AWARD)).refused(AwardUnknown)


def test_an_uplift_of_a_sub_award_takes_the_difference_from_its_source_award() -> None:
    given_log(*SUB_STANDING).when(vary("400.00", OTHER_AWARD)).then(
        Written(OTHER_AWARD, varied("400.00", SHROPSHIRE)), Written(AWARD, regranted("400.00"))
    )
    given_log(*SUB_STANDING).when(vary("400.01", OTHER_AWARD)).refused(
        RegrantAboveAward, available=gbp("400.00"), wanted=gbp("400.01")
    )


SOURCE_OVER = [*at(AWARD, closed("400.00")), *at(ROUND, returned("400.00"))]


def given_on(amount: str) -> list[Written]:
    """What an ended source award passes on to its round."""
    return [Written(AWARD, UnspentGivenBack(partnership_id=ACE, given_back=gbp(amount), on=ON)),
            Written(ROUND, returned(amount))]  # fmt: skip


@pytest.mark.parametrize("over", [False, True], ids=["source open", "source ended"])
def test_a_sub_award_that_is_reduced_or_ends_gives_back_to_its_source_award(over: bool) -> None:
    history = [*SUB_STANDING, *(SOURCE_OVER if over else [])]
    given_log(*history).when(vary("-100.00", OTHER_AWARD)).then(
        Written(OTHER_AWARD, varied("-100.00", SHROPSHIRE)),
        Written(AWARD, regrant_returned("100.00")),
        *(given_on("100.00") if over else []),
    )
    history += paid("120.00", OTHER_AWARD, SHROPSHIRE)
    given_log(*history).when(close(OTHER_AWARD)).then(
        Written(OTHER_AWARD, closed("180.00", SHROPSHIRE)),
        Written(AWARD, regrant_returned("180.00")),
        *(given_on("180.00") if over else []),
    )
    given_log(*history).when(terminate(OTHER_AWARD)).then(
        Written(OTHER_AWARD, terminated("180.00", SHROPSHIRE)),
        Written(AWARD, regrant_returned("180.00")),
        *(given_on("180.00") if over else []),
    )


def test_a_sub_award_that_is_declined_frees_its_bid_and_gives_all_of_it_back_to_its_source_award() -> None:
    given_log(*SUB_STANDING_OFFER).when(decline(OTHER_AWARD)).then(
        Written(OTHER_AWARD, declined("300.00", SHROPSHIRE)),
        Written(OTHER_BID, OfferLapsed(partnership_id=SHROPSHIRE, award_id=OTHER_AWARD, on=ON)),
        Written(AWARD, regrant_returned("300.00")),
    )


def test_a_source_award_keeps_what_it_regranted_when_it_is_reduced_or_ends() -> None:
    given_log(*SUB_STANDING).when(vary("-400.01")).refused(
        BelowCommitted, committed=gbp("300.00"), change=gbp("-400.01")
    )
    given_log(*SUB_STANDING).when(vary("-400.00")).then(
        Written(AWARD, varied("-400.00")), Written(ROUND, returned("400.00"))
    )
    given_log(*SUB_STANDING).when(close()).then(Written(AWARD, closed("400.00")), Written(ROUND, returned("400.00")))


def test_money_that_comes_back_to_an_ended_source_award_is_passed_on_to_the_round() -> None:
    log = MemoryLog(*SUB_STANDING_OFFER, *SOURCE_OVER)
    desk.submit(log, Order(command_id="1", command=decline(OTHER_AWARD), said="", actor="programme office"))
    round_ = Reading(log).round(ROUND)
    assert round_ is not None
    assert OPENED.budget == round_.available()
    source = Reading(log).award(AWARD)
    assert source is not None
    assert gbp("0") == source.regranted == source.amount


def test_money_paid_to_an_ended_source_award_stays_there_when_its_sub_award_gives_back() -> None:
    """The partnership still has the money; the funder gets it back by a recovery."""
    log = MemoryLog(*SUB_STANDING_OFFER, *paid("200.00"), *SOURCE_OVER)
    desk.submit(log, Order(command_id="1", command=decline(OTHER_AWARD), said="", actor="programme office"))
    source = Reading(log).award(AWARD)
    assert source is not None
    assert gbp("200.00") == source.amount


# --- After the end ----------------------------------------------------------------------------------------------------

ENDED_PAID = [*standing("700.00"), *paid("450.00"), *at(AWARD, closed("250.00")), *at(ROUND, returned("250.00"))]


def test_money_that_comes_back_to_an_ended_award_is_passed_on_to_its_round() -> None:
    back = ReturnPayment(award_id=AWARD, number=1, part=1, amount=gbp("50.00"), because=WHY, on=ON)
    given_log(*ENDED_PAID).when(back).then(
        Written(
            AWARD,
            PaymentReturned(partnership_id=ACE, number=1, part=1, amount=gbp("50.00"), because=WHY, on=ON),
        ),
        *given_on("50.00"),
    )


def test_a_wrong_payment_is_reversed_after_the_end_and_replaced_once_the_award_is_reopened() -> None:
    log = MemoryLog(*ENDED_PAID)
    commands: list[Command] = [
        ReopenAward(award_id=AWARD, because=WHY, on=ON),
        ReversePayment(award_id=AWARD, number=1, because=WHY, on=ON),
        RequestPayment(award_id=AWARD, number=2, amount=gbp("440.00"), corrects=1, on=ON),
        ApprovePayment(award_id=AWARD, number=2, on=ON),
        ReleasePayment(award_id=AWARD, number=2, on=ON),
        close(),
    ]
    for place, command in enumerate(commands):
        desk.submit(
            log, Order(command_id=str(place), command=command, said="", actor=officer_for(command, "programme office"))
        )
    round_, found = Reading(log).round(ROUND), Reading(log).award(AWARD)
    assert round_ is not None
    assert found is not None
    assert gbp("440.00") == found.amount == found.paid == OPENED.budget - round_.available()


def test_no_uplift_for_a_partnership_that_is_dissolved() -> None:
    dissolved = at(ACE, PartnershipDissolved(partnership_id=ACE, reason=WHY, on=ON))
    given_log(*standing("700.00"), *dissolved).when(vary("1.00")).refused(PartnershipIsDissolved)
    given_log(*standing("700.00"), *dissolved).when(vary("-1.00")).then(
        Written(AWARD, varied("-1.00")), Written(ROUND, returned("1.00"))
    )


def test_money_moves_between_the_lines_of_an_award_after_its_partnership_has_dissolved() -> None:
    dissolved = at(ACE, PartnershipDissolved(partnership_id=ACE, reason=WHY, on=ON))
    lines = (BudgetLine(name="Staff", amount=gbp("500.00")), BudgetLine(name="Rooms", amount=gbp("200.00")))
    with_lines = [
        Written(one.stream, replace(one.event, lines=lines)) if isinstance(one.event, AwardOffered) else one
        for one in standing("700.00")
    ]
    moved = (LineChange(name="Staff", change=gbp("-50.00")), LineChange(name="Rooms", change=gbp("50.00")))
    kind, nothing = Variation.REALLOCATION, gbp("0.00")
    given_log(*with_lines, *dissolved).when(
        VaryAward(award_id=AWARD, number=1, kind=kind, change=nothing, lines=moved, because=WHY, on=ON)
    ).then(
        Written(
            AWARD,
            AwardVaried(partnership_id=ACE, number=1, kind=kind, change=nothing, lines=moved, because=WHY, on=ON),
        )
    )


@pytest.mark.parametrize(
    "kind",
    [
        "programme", "round", "organisation", "partnership", "bid", "award", "delivery", "outcome", "books",
        "bankaccount", "bankentry",
    ],
)  # fmt: skip
def test_nothing_is_said_of_a_discrepancy_of_a_thing_that_does_not_exist(kind: str) -> None:
    subject = f"{kind}-nowhere"
    explain = ExplainDiscrepancy(rule="paid_above_award", subject=subject, seen=1, message="m", because=WHY, on=ON)
    given_log().when(explain).refused(SubjectUnknown, subject=subject)


# --- Delivery and outcomes --------------------------------------------------------------------------------------------


def agree_plan(award_id: AwardId | None, partnership_id: PartnershipId = ACE) -> AgreePlan:
    return AgreePlan(
        delivery_id=DELIVERY, partnership_id=partnership_id, award_id=award_id, title="First year", on=When("2004-06")
    )


def plan(award_id: AwardId | None) -> Written:
    return Written(DELIVERY, PlanAgreed(partnership_id=ACE, award_id=award_id, title="First year", on=When("2004-06")))


def test_a_plan_is_agreed_for_an_award_of_the_partnership_or_for_none() -> None:
    given_log(*PARTNERSHIP, *at(AWARD, OFFERED)).when(agree_plan(AWARD)).then(plan(AWARD))
    given_log(*PARTNERSHIP).when(agree_plan(None)).then(plan(None))


def test_no_plan_for_an_unknown_award_or_one_of_another_partnership() -> None:
    shropshire = PartnershipFormed(
        partnership_id=SHROPSHIRE,
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        code="shropshire",
        name="Shropshire district councils Improvement Programme",
        kind="pilot-regional",
        on=When("2004-01"),
    )
    given_log(*PARTNERSHIP).when(agree_plan(AWARD)).refused(AwardUnknown)
    given_log(*PARTNERSHIP, *at(SHROPSHIRE, shropshire), *at(AWARD, OFFERED)).when(
        agree_plan(AWARD, SHROPSHIRE)
    ).refused(AwardUnknown, award=AWARD)


def agree_indicator() -> AgreeIndicator:
    return AgreeIndicator(
        outcome_id=OUTCOME, partnership_id=ACE, impact="networking", level="individual", indicator="Members", on=ON
    )


def test_an_indicator_is_agreed_with_a_partnership_that_is_not_dissolved() -> None:
    given_log(*PARTNERSHIP).when(agree_indicator()).then(
        Written(
            OUTCOME,
            IndicatorAgreed(partnership_id=ACE, impact="networking", level="individual", indicator="Members", on=ON),
        )
    )


@pytest.mark.parametrize("command", [agree_plan(None), agree_indicator()])
def test_nothing_is_agreed_with_an_unknown_or_dissolved_partnership(command: Command) -> None:
    given_log().when(command).refused(PartnershipUnknown)
    given_log(*PARTNERSHIP, *DISSOLVED).when(command).refused(PartnershipIsDissolved)


# --- The law ----------------------------------------------------------------------------------------------------------

BIDS = tuple(BidId(f"bid-{number}") for number in range(4))
OFFERS = st.builds(
    lambda bid_id, number, amount: offer(
        amount, award_id=AwardId(f"award-{number}"), bid_id=bid_id, reference=f"CBP-P{number}"
    ),
    st.sampled_from((*BIDS, OTHER_BID)),
    st.integers(min_value=0, max_value=4),
    MONEY,
)


MADE = st.sampled_from((0, 1, 2, 0, 1, 2, 3, 4)).map(lambda number: AwardId(f"award-{number}"))
DECISIONS = st.one_of(
    OFFERS,
    st.builds(AcceptOffer, award_id=MADE, on=st.just(ON)),
    st.builds(
        lambda award_id, change, number: replace(vary(change, award_id), number=number),
        MADE,
        st.sampled_from(("50.00", "100.00", "400.00", "500.01", "-50.00", "-200.00", "-300.00")),
        st.integers(min_value=1, max_value=9),
    ),
    st.builds(decline, MADE),
    st.builds(close, MADE),
    st.builds(terminate, MADE),
)


@hypothesis.given(st.lists(DECISIONS, min_size=8, max_size=20))
def test_a_round_always_commits_exactly_its_awards_and_a_bid_has_one_at_a_time(
    commands: list[Command],
) -> None:
    bids = [
        written
        for bid_id in BIDS
        for written in at(bid_id, submitted(gbp("900.00"), reference=bid_id), APPROVED)
    ]  # fmt: skip
    log = MemoryLog(*PARTNERSHIP, *ROUND_OPEN, *bids)
    begun: list[Command] = [
        offer(gbp("300.00"), award_id=AwardId("award-0"), bid_id=BIDS[0], reference="CBP-P0"),
        offer(gbp("300.00"), award_id=AwardId("award-1"), bid_id=BIDS[1], reference="CBP-P1"),
        offer(gbp("300.00"), award_id=AwardId("award-2"), bid_id=BIDS[2], reference="CBP-P2"),
        AcceptOffer(award_id=AwardId("award-0"), on=ON),
        AcceptOffer(award_id=AwardId("award-1"), on=ON),
    ]
    for place, command in enumerate([*begun, *commands]):
        with suppress(Refused):
            desk.submit(
                log,
                Order(
                    command_id=str(place),
                    command=command,
                    said=repr(command),
                    actor=officer_for(command, "programme office"),
                ),
            )
    reading = Reading(log)
    made = {stream: award for stream, _ in _events(log, AwardOffered) if (award := reading.award(AwardId(stream)))}
    round_ = reading.round(ROUND)
    assert round_ is not None
    assert {stream: award.amount for stream, award in made.items()} == {
        award_id: amount for (award_id, _), amount in round_.committed.items()
    }
    assert round_.available() >= gbp("0.00")
    assert all(APPROVED.approved >= award.amount >= gbp("0.00") for award in made.values())
    tied = {bid_id: found.award_id for bid_id in BIDS if (found := reading.bid(bid_id)) and found.award_id}
    assert {
        bid_id: stream
        for stream, award in made.items()
        if award.status is not Status.DECLINED
        for bid_id in (award.bid_id,)
    } == tied


@hypothesis.given(st.lists(OFFERS, max_size=15))
def test_awards_always_stay_within_budget_and_approval_with_one_for_each_bid(
    offers: list[OfferAward],
) -> None:
    bids = [
        written
        for bid_id in BIDS
        for written in at(bid_id, submitted(gbp("900.00"), reference=bid_id), APPROVED)
    ]  # fmt: skip
    log = MemoryLog(*PARTNERSHIP, *ROUND_OPEN, *bids)
    for place, command in enumerate(offers):
        with suppress(Refused):
            desk.submit(
                log,
                Order(
                    command_id=str(place),
                    command=command,
                    said=repr(command),
                    actor=officer_for(command, "programme office"),
                ),
            )
    made = _events(log, AwardOffered)
    tied = _events(log, BidAwarded)
    bound = _events(log, FundsCommitted)
    assert {(stream, event.amount) for stream, event in made} == {(event.award_id, event.amount) for _, event in tied}
    assert {(stream, event.amount) for stream, event in made} == {(event.award_id, event.amount) for _, event in bound}
    assert len(made) == len(bound) == len(tied) == len({stream for stream, _ in tied})
    assert OPENED.budget >= total([event.amount for _, event in made], "GBP")
    assert all(APPROVED.approved >= event.amount > gbp("0.00") for _, event in made)


def _events(log: MemoryLog, kind: type[E]) -> list[tuple[str, E]]:
    return [(stream, event) for stream, event in log.written if isinstance(event, kind)]
