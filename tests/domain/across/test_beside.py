"""Money beside an award: the organisations are known, the funder gives it once, and a scheme may require a line."""

from dataclasses import replace
from typing import Any

from domain import desk
from domain.across.beside import BudgetLineMissing, ContributorIsFunder
from domain.across.grants import RingFenceForAnotherPurpose
from domain.award import (
    AwardUnknown,
    BudgetLine,
    ContributionKind,
    PledgeContribution,
    ReportExpenditure,
    RequestPayment,
    Towards,
)
from domain.between.pooling import AgreeCharge, ChargeFor, DividePool, PoolShare
from domain.history import Command, Written
from domain.organisation import OrganisationRegistered, OrganisationUnknown
from domain.programme import BudgetLineRequired, ProgrammeEstablished, RequireBudgetLine, SchemeUnknown
from domain.reading import Reading
from domain.values.financial_year import LineKind
from domain.values.ids import OrganisationId, SchemeId
from domain.values.when import When
from tests.domain.across.test_grants import BID_APPROVED, PARTNERSHIP, PROGRAMME_BEGUN, ROUND_OPEN, offer
from tests.kit.awards import ACCEPTED, OFFERED, ON
from tests.kit.examples import ACE, AWARD, CUMBRIA, ODPM, PILOTS, PROGRAMME
from tests.kit.spec import MemoryLog, at, gbp, given_log

NOBODY = OrganisationId("organisation-01890000-0000-7000-8000-00000000ffff")
AWARDED = (*PARTNERSHIP, *at(AWARD, OFFERED, ACCEPTED))
REQUIRED = BudgetLineRequired(scheme_id=PILOTS, kind=LineKind.PROJECT_MANAGEMENT, on=When("2004-05-01"))


def registered(organisation_id: OrganisationId) -> list[Written]:
    code = organisation_id[-4:]
    return at(organisation_id, OrganisationRegistered(code=code, name=code, kind="council", on=ON))


def decided(command: Command, *log: Written) -> list[Written]:
    return desk.decide(Reading(MemoryLog(*log)), command)


def pledge(contributor_id: OrganisationId) -> PledgeContribution:
    given: dict[str, Any] = {"kind": ContributionKind.CASH, "towards": Towards.ACTIVITY, "description": "Match funding"}
    return PledgeContribution(
        award_id=AWARD, contributor_id=contributor_id, amount=gbp("50.00"), on=ON, number=None, **given
    )


def test_who_contributes_or_is_paid_is_a_known_organisation() -> None:
    given_log(*AWARDED).when(pledge(NOBODY)).refused(OrganisationUnknown)
    requested = RequestPayment(award_id=AWARD, amount=gbp("5.00"), payee_id=NOBODY, on=ON)
    given_log(*AWARDED).when(requested).refused(OrganisationUnknown)
    reported = ReportExpenditure(award_id=AWARD, amount=gbp("5.00"), description="Post", payee_id=NOBODY, on=ON)
    given_log(*AWARDED).when(reported).refused(OrganisationUnknown)


def test_the_money_of_the_funder_is_the_award_and_no_contribution_beside_it() -> None:
    funded = ProgrammeEstablished(code="cbp", name="Programme", currency="GBP", funder_id=ODPM, on=When("2003"))
    log = (*at(PROGRAMME, funded, *(one.event for one in PROGRAMME_BEGUN[1:])), *AWARDED[len(PROGRAMME_BEGUN) :])
    given_log(*log, *registered(ODPM)).when(pledge(ODPM)).refused(ContributorIsFunder)
    # Without that funder it is a contribution like any other.
    assert decided(pledge(ODPM), *AWARDED, *registered(ODPM))


def test_a_charge_is_met_by_an_award_of_the_same_partnership() -> None:
    charge = AgreeCharge(
        partnership_id=ACE, payer_id=NOBODY, payee_id=CUMBRIA, charged_for=ChargeFor.SERVICE, purpose="A review", on=ON
    )
    given_log(*AWARDED).when(charge).refused(OrganisationUnknown)
    known = (*registered(NOBODY), *registered(CUMBRIA))
    of_no_award = replace(charge, met=gbp("5.00"), award_id=AWARD)
    given_log(*PARTNERSHIP, *known).when(of_no_award).refused(AwardUnknown)


def test_pooled_money_is_divided_between_known_organisations() -> None:
    shares = (PoolShare(organisation_id=NOBODY, amount=gbp("5.00")),)
    divide = DividePool(partnership_id=ACE, amount=gbp("5.00"), basis="The plan", equally=False, shares=shares, on=ON)
    given_log(*AWARDED).when(divide).refused(OrganisationUnknown)


def test_a_scheme_that_requires_a_line_refuses_an_offer_without_it_from_that_day_on() -> None:
    log = (*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED)
    given_log(*log, *at(PROGRAMME, REQUIRED)).when(offer()).refused(BudgetLineMissing, kinds="project management")
    managed = BudgetLine(name="Management", amount=gbp("800.00"), kind=LineKind.PROJECT_MANAGEMENT)
    assert decided(replace(offer(), lines=(managed,)), *log, *at(PROGRAMME, REQUIRED))
    later = replace(REQUIRED, on=When("2004-07-01"))
    assert decided(offer(), *log, *at(PROGRAMME, later))


def test_a_line_is_required_once_and_of_a_scheme_of_the_programme() -> None:
    require = RequireBudgetLine(
        programme_id=PROGRAMME, scheme_id=PILOTS, kind=LineKind.PROJECT_MANAGEMENT, on=When("2004-05-10")
    )
    given_log(*PARTNERSHIP, *at(PROGRAMME, REQUIRED)).when(require).then()
    given_log(*PARTNERSHIP).when(replace(require, scheme_id=SchemeId("scheme-x"))).refused(SchemeUnknown)


def test_money_of_a_ring_fence_is_offered_only_for_its_own_purpose() -> None:
    fenced = replace(offer(), ring_fence="Evaluation")
    log = (*PARTNERSHIP, *ROUND_OPEN, *BID_APPROVED)
    given_log(*log).when(replace(fenced, purpose="Places on a programme")).refused(
        RingFenceForAnotherPurpose, ring_fence="Evaluation", purpose="Places on a programme"
    )
