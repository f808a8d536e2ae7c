"""What one stream cannot judge alone is judged by all that it touches, together, or does not happen."""

from contextlib import suppress
from typing import TypeVar

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import desk
from domain.across import RoundOfAnotherScheme
from domain.award import (
    AwardAlreadyOffered,
    AwardNotPositive,
    AwardOffered,
    AwardUnknown,
    OfferAward,
)
from domain.bid import (
    AboveApproved,
    BidAlreadyAwarded,
    BidApproved,
    BidAwarded,
    BidCurrencyDiffers,
    BidDrafted,
    BidNotApproved,
    BidSubmitted,
    BidUnknown,
    DraftBid,
    SubmitBid,
)
from domain.delivery import AgreePlan, PlanAgreed
from domain.fact import Fact
from domain.funding_round import (
    BudgetExceeded,
    FundsAlreadyCommitted,
    FundsCommitted,
    OpenRound,
    RoundClosed,
    RoundCurrencyDiffers,
    RoundIsClosed,
    RoundOpened,
    RoundUnknown,
)
from domain.history import Command, Order, Written
from domain.ids import AwardId, BidId, OrganisationId, PartnershipId, RoundId, SchemeId
from domain.money import Money, total
from domain.organisation import OrganisationRegistered, OrganisationUnknown
from domain.outcome import AgreeIndicator, IndicatorAgreed
from domain.partnership import (
    FormPartnership,
    JoinPartnership,
    PartnerJoined,
    PartnershipDissolved,
    PartnershipFormed,
    PartnershipIsDissolved,
    PartnershipUnknown,
)
from domain.programme import (
    BudgetCurrencyDiffers,
    EstablishProgramme,
    ProgrammeEstablished,
    ProgrammeUnknown,
    SchemeEstablished,
    SchemeUnknown,
)
from domain.reading import Reading
from domain.refusal import Refused
from domain.when import UNKNOWN, When
from tests.domain.hostile import MONEY
from tests.examples import (
    ACE,
    AWARD,
    BID,
    CARLISLE,
    CUMBRIA,
    DELIVERY,
    DIRECT_SUPPORT,
    ODPM,
    OUTCOME,
    PILOTS,
    PROGRAMME,
    ROUND,
    SHROPSHIRE,
)
from tests.spec import MemoryLog, at, gbp, given_log

E = TypeVar("E", bound=Fact)

ON = When("2004-05-17")
OTHER_AWARD = AwardId("award-01890000-0000-7000-8000-000000000002")
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
PARTNERSHIP = at(ACE, ACE_FORMED)
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
    amount: Money | None = None, *, award_id: AwardId = AWARD, bid_id: BidId = BID, reference: str = "CBP-P25"
) -> OfferAward:
    return OfferAward(award_id=award_id, bid_id=bid_id, reference=reference, amount=amount or gbp("800.00"), on=ON)


# --- Offering an award ------------------------------------------------------------------------------------------------


def test_an_offer_is_written_to_the_award_tied_to_the_bid_and_bound_in_the_round() -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer()).then(
        Written(AWARD, OFFERED),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
        Written(ROUND, FundsCommitted(award_id=AWARD, amount=gbp("800.00"), on=ON)),
    )


def test_an_offer_outside_any_round_binds_no_budget() -> None:
    outside = submitted(gbp("900.00"), round_id=None)
    given_log(*PARTNERSHIP, *at(BID, outside, APPROVED)).when(offer()).then(
        Written(
            AWARD,
            AwardOffered(partnership_id=ACE, bid_id=BID, reference="CBP-P25", amount=gbp("800.00"), on=ON),
        ),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
    )


def test_an_offer_rests_on_award_bid_partnership_and_round_as_they_were_read() -> None:
    log = MemoryLog(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED)
    reading = Reading(log)
    desk.decide(reading, offer())
    assert {AWARD: 0, BID: 2, ACE: 1, ROUND: 1} == reading.seen


def test_an_offer_is_made_from_a_round_that_has_closed() -> None:
    given_log(*PARTNERSHIP, *ROUND_CLOSED, *BID_APPROVED).when(offer(gbp("1.00"))).then(
        Written(
            AWARD,
            AwardOffered(
                partnership_id=ACE, bid_id=BID, round_id=ROUND, reference="CBP-P25", amount=gbp("1.00"), on=ON
            ),
        ),
        Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("1.00"), on=ON)),
        Written(ROUND, FundsCommitted(award_id=AWARD, amount=gbp("1.00"), on=ON)),
    )


def test_an_offer_that_was_made_stands_when_handed_in_again_after_the_partnership_has_ended() -> None:
    made = (
        *at(AWARD, OFFERED),
        *at(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
        *at(ROUND, FundsCommitted(award_id=AWARD, amount=gbp("800.00"), on=ON)),
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
def test_no_offer_of_nothing_or_less(amount: str) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED).when(offer(gbp(amount))).refused(
        AwardNotPositive, amount=gbp(amount)
    )


def test_no_second_award_for_a_bid() -> None:
    awarded = BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED, *at(BID, awarded), *at(AWARD, OFFERED)).when(
        offer(gbp("0.01"), award_id=OTHER_AWARD, reference="CBP-P26")
    ).refused(BidAlreadyAwarded, award=AWARD)


@pytest.mark.parametrize("other", [offer(gbp("799.99")), offer(reference="CBP-P26")])
def test_no_second_offer_in_the_name_of_an_award(other: OfferAward) -> None:
    given_log(*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED, *at(AWARD, OFFERED)).when(other).refused(
        AwardAlreadyOffered, reference="CBP-P25"
    )


def test_no_offer_to_a_partnership_that_is_not_there_or_has_ended() -> None:
    given_log(*ROUND_OPEN, *BID_APPROVED).when(offer()).refused(PartnershipUnknown)
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_OPEN, *BID_APPROVED).when(offer()).refused(PartnershipIsDissolved)


def test_no_offer_from_a_round_that_is_not_there() -> None:
    given_log(*PARTNERSHIP, *BID_APPROVED).when(offer()).refused(RoundUnknown)


def test_no_offer_past_what_the_budget_of_the_round_still_has() -> None:
    earlier = at(ROUND, FundsCommitted(award_id=OTHER_AWARD, amount=gbp("200.01"), on=ON))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *earlier, *BID_APPROVED).when(offer()).refused(
        BudgetExceeded, available=gbp("799.99"), wanted=gbp("800.00")
    )


def test_no_offer_where_the_round_has_bound_another_amount_to_the_award() -> None:
    earlier = at(ROUND, FundsCommitted(award_id=AWARD, amount=gbp("200.00"), on=ON))
    given_log(*PARTNERSHIP, *ROUND_OPEN, *earlier, *BID_APPROVED).when(offer()).refused(
        FundsAlreadyCommitted, amount=gbp("200.00")
    )


def test_no_offer_in_another_currency_than_the_budget_of_the_round() -> None:
    in_euros = at(
        BID,
        submitted(Money.of("900.00", "EUR")),
        BidApproved(partnership_id=ACE, approved=Money.of("800.00", "EUR"), on=When("2004-05-10")),
    )
    given_log(*PARTNERSHIP, *ROUND_OPEN, *in_euros).when(offer(Money.of("800.00", "EUR"))).refused(
        RoundCurrencyDiffers, round="GBP", award="EUR"
    )


# --- Programmes, rounds and partnerships ------------------------------------------------------------------------------


def establish(funder_id: OrganisationId | None = None) -> EstablishProgramme:
    return EstablishProgramme(
        programme_id=PROGRAMME, code="cbp", name="CBP", currency="GBP", funder_id=funder_id, on=When("2003")
    )


def test_a_programme_begins_with_a_funder_that_is_known_or_without_one() -> None:
    begun = ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", on=When("2003"))
    given_log().when(establish()).then(Written(PROGRAMME, begun))
    given_log(*CARLISLE_KNOWN).when(establish(CARLISLE)).then(
        Written(
            PROGRAMME,
            ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", funder_id=CARLISLE, on=When("2003")),
        )
    )


def test_a_programme_does_not_begin_with_a_funder_that_nobody_knows() -> None:
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
    given_log(*PROGRAMME_BEGUN).when(form()).then(*PARTNERSHIP)


def test_a_partnership_is_not_formed_without_programme_scheme_or_the_lead_that_it_names() -> None:
    given_log(*CARLISLE_KNOWN).when(form(lead_id=CARLISLE)).refused(ProgrammeUnknown)
    given_log(*PROGRAMME_BEGUN).when(form(SchemeId("scheme-3"))).refused(SchemeUnknown, scheme="scheme-3")
    given_log(*PROGRAMME_BEGUN).when(form(lead_id=CARLISLE)).refused(OrganisationUnknown)


def join(organisation_id: OrganisationId) -> JoinPartnership:
    return JoinPartnership(partnership_id=ACE, organisation_id=organisation_id, role="partner", on=ON)


def test_only_an_organisation_that_is_known_joins() -> None:
    given_log(*PARTNERSHIP, *CARLISLE_KNOWN).when(join(CARLISLE)).then(
        Written(ACE, PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON))
    )
    given_log(*PARTNERSHIP, *CARLISLE_KNOWN).when(join(CUMBRIA)).refused(OrganisationUnknown)


# --- Bids -------------------------------------------------------------------------------------------------------------


def draft(round_id: RoundId | None = ROUND) -> DraftBid:
    return DraftBid(
        bid_id=BID,
        partnership_id=ACE,
        reference="ACE-1",
        title="First year",
        round_id=round_id,
        on=When("2004-01-19"),
    )


def submit(round_id: RoundId | None = ROUND) -> SubmitBid:
    return SubmitBid(
        bid_id=BID,
        partnership_id=ACE,
        reference="ACE-1",
        title="First year",
        requested=gbp("900.00"),
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
def test_no_bid_of_a_partnership_that_is_not_there_or_has_ended(command: Command) -> None:
    given_log(*ROUND_OPEN).when(command).refused(PartnershipUnknown)
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_OPEN).when(command).refused(PartnershipIsDissolved)


@pytest.mark.parametrize("command", [draft(), submit()])
def test_no_bid_to_a_round_that_is_not_there_or_has_closed(command: Command) -> None:
    given_log(*PARTNERSHIP).when(command).refused(RoundUnknown)
    given_log(*PARTNERSHIP, *ROUND_CLOSED).when(command).refused(RoundIsClosed)


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


def test_a_bid_that_was_submitted_in_time_stands_when_handed_in_again_after_the_round_or_partnership_has_ended() -> (
    None
):
    given_log(*PARTNERSHIP, *DISSOLVED, *ROUND_CLOSED, *at(BID, SUBMITTED)).when(submit()).then()


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


def test_no_plan_for_an_award_that_is_not_there_or_is_another_partnerships() -> None:
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


def test_an_indicator_is_agreed_with_a_partnership_that_stands() -> None:
    given_log(*PARTNERSHIP).when(agree_indicator()).then(
        Written(
            OUTCOME,
            IndicatorAgreed(partnership_id=ACE, impact="networking", level="individual", indicator="Members", on=ON),
        )
    )


@pytest.mark.parametrize("command", [agree_plan(None), agree_indicator()])
def test_nothing_is_agreed_with_a_partnership_that_is_not_there_or_has_ended(command: Command) -> None:
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


@hypothesis.given(st.lists(OFFERS, max_size=15))
def test_whatever_is_offered_awards_stay_within_the_budget_each_within_its_approval_and_one_to_a_bid(
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
                log, Order(command_id=str(place), command=command, said=repr(command), actor="programme office")
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
