"""Charges between the organisations of a partnership, and the basis on which it divides pooled money."""

from typing import Any

from domain import partnership
from domain.between.pooling import (
    AgreeCharge,
    ChargeAgreed,
    ChargeFor,
    ChargeNotDescribed,
    ChargeNotPositive,
    ChargeNumberNotPositive,
    ChargeNumberTaken,
    ChargeToItself,
    DividePool,
    MetAboveCharge,
    MetWithoutAward,
    PoolBasisEmpty,
    PoolDivided,
    PoolNotPositive,
    PoolNumberTaken,
    PoolShare,
    SharesNotEqual,
    SharesUnequalToPool,
)
from domain.values.money import Money
from domain.values.when import When
from tests.kit.examples import ACE, AWARD, CARLISLE, CUMBRIA, EVENTS, IDEA
from tests.kit.spec import gbp, given

FORMED = EVENTS["PartnershipFormed"]
ON = When("2004-09-01")
CHARGED: dict[str, Any] = {
    "payer_id": CARLISLE, "payee_id": CUMBRIA, "charged_for": ChargeFor.STAFF, "purpose": "A director lent",
    "amount": gbp("300.00"), "met": gbp("100.00"), "award_id": AWARD, "on": ON,
}  # fmt: skip
CHARGE = ChargeAgreed(partnership_id=ACE, number=1, **CHARGED)
POOLED: dict[str, Any] = {"amount": gbp("100.00"), "basis": "By the collective plan", "equally": False, "on": ON}


def charge(**changes: Any) -> AgreeCharge:
    return AgreeCharge(partnership_id=ACE, **(CHARGED | {"number": 1} | changes))


def divide(**changes: Any) -> DividePool:
    return DividePool(partnership_id=ACE, **(POOLED | {"number": 1} | changes))


def shares(**by_name: str) -> tuple[PoolShare, ...]:
    named = {"carlisle": CARLISLE, "cumbria": CUMBRIA, "idea": IDEA}
    return tuple(PoolShare(organisation_id=named[name], amount=gbp(amount)) for name, amount in by_name.items())


def test_a_charge_names_who_pays_whom_and_the_award_that_meets_a_part_of_it() -> None:
    given(partnership, FORMED).when(charge()).then(CHARGE)
    given(partnership, FORMED, CHARGE).when(charge()).then()
    given(partnership, FORMED, CHARGE).when(charge(purpose="Other")).refused(ChargeNumberTaken, number=1)
    given(partnership, FORMED).when(charge(number=0)).refused(ChargeNumberNotPositive, number=0)


def test_a_charge_may_leave_out_an_amount_that_is_not_known() -> None:
    of_unknown_share = charge(met=None, award_id=None)
    given(partnership, FORMED).when(of_unknown_share).then(
        ChargeAgreed(partnership_id=ACE, number=1, **(CHARGED | {"met": None, "award_id": None}))
    )
    given(partnership, FORMED).when(charge(amount=None)).then(
        ChargeAgreed(partnership_id=ACE, number=1, **(CHARGED | {"amount": None}))
    )


def test_the_programme_meets_no_more_than_the_charge_and_out_of_an_award() -> None:
    given(partnership, FORMED).when(charge(met=gbp("300.01"))).refused(MetAboveCharge, charge=gbp("300.00"))
    given(partnership, FORMED).when(charge(met=Money.of("1.00", "EUR"))).refused(MetAboveCharge)
    given(partnership, FORMED).when(charge(award_id=None)).refused(MetWithoutAward, met=gbp("100.00"))
    given(partnership, FORMED).when(charge(amount=gbp("0.00"), met=None)).refused(ChargeNotPositive)
    given(partnership, FORMED).when(charge(payee_id=CARLISLE)).refused(ChargeToItself)
    given(partnership, FORMED).when(charge(purpose=" ")).refused(ChargeNotDescribed)


def test_pooled_money_is_divided_on_a_basis_or_kept_together_with_the_reason() -> None:
    given(partnership, FORMED).when(divide()).then(PoolDivided(partnership_id=ACE, number=1, **POOLED))
    parts = shares(carlisle="30.00", cumbria="70.00")
    divided = PoolDivided(partnership_id=ACE, number=1, shares=parts, **POOLED)
    given(partnership, FORMED).when(divide(shares=parts)).then(divided)
    given(partnership, FORMED, divided).when(divide(shares=parts)).then()
    given(partnership, FORMED, divided).when(divide()).refused(PoolNumberTaken, number=1)
    given(partnership, FORMED).when(divide(basis=" ")).refused(PoolBasisEmpty)
    given(partnership, FORMED).when(divide(amount=gbp("0.00"))).refused(PoolNotPositive)
    given(partnership, FORMED).when(divide(number=0)).refused(ChargeNumberNotPositive, number=0)


def test_the_shares_add_up_to_the_pooled_money_to_the_penny() -> None:
    short = shares(carlisle="30.00", cumbria="69.99")
    given(partnership, FORMED).when(divide(shares=short)).refused(SharesUnequalToPool, shares=gbp("99.99"))
    twice = (*shares(carlisle="30.00"), *shares(carlisle="70.00"))
    given(partnership, FORMED).when(divide(shares=twice)).refused(SharesUnequalToPool)
    euros = (PoolShare(organisation_id=CARLISLE, amount=Money.of("100.00", "EUR")),)
    given(partnership, FORMED).when(divide(shares=euros)).refused(SharesUnequalToPool)


def test_equal_shares_differ_by_a_penny_at_most() -> None:
    thirds = shares(carlisle="33.33", cumbria="33.33", idea="33.34")
    given(partnership, FORMED).when(divide(shares=thirds, equally=True)).then(
        PoolDivided(partnership_id=ACE, number=1, shares=thirds, **(POOLED | {"equally": True}))
    )
    uneven = shares(carlisle="33.32", cumbria="33.34", idea="33.34")
    given(partnership, FORMED).when(divide(shares=uneven, equally=True)).refused(SharesNotEqual)
