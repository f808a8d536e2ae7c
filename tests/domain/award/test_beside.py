"""What others contribute beside an award, the strands of its budget, and whom its payments are for."""

from typing import Any

from domain import award
from domain.award import (
    AgreeStrand,
    BudgetLine,
    BudgetLineUnknown,
    ContributionEmpty,
    ContributionKind,
    ContributionNotDescribed,
    ContributionNotPositive,
    ContributionNumberTaken,
    ContributionPledged,
    ContributionReceived,
    CurrencyDiffers,
    ExpenditureNumberTaken,
    HoursOfCash,
    NumberNotPositive,
    PaymentNumberTaken,
    PaymentRequested,
    PledgeContribution,
    PledgeNumberTaken,
    PledgeOfAnother,
    PledgeUnknown,
    Portion,
    ReceiveContribution,
    ReportExpenditure,
    RequestPayment,
    StrandAboveBudget,
    StrandAgreed,
    StrandNotMeasured,
    StrandNumberTaken,
    StrandWithoutLines,
    Towards,
)
from domain.values.money import Money
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.awards import ACCEPTED, LATER, LINES, ON, WITH_LINES
from tests.kit.examples import ACE, AWARD, CARLISLE, CUMBRIA
from tests.kit.spec import gbp, given

GIVEN: dict[str, Any] = {
    "contributor_id": CARLISLE,
    "kind": ContributionKind.IN_KIND,
    "towards": Towards.SETTING_UP,
    "description": "A project officer for a month",
    "amount": gbp("2000.00"),
    "hours": 150,
    "line": "Staff",
}
PLEDGED = ContributionPledged(partnership_id=ACE, number=1, on=ON, **GIVEN)
RECEIVED = ContributionReceived(partnership_id=ACE, number=1, on=LATER, pledge=1, **GIVEN)
STRAND = StrandAgreed(
    partnership_id=ACE, number=1, name="Training", lines=("Places",), share=Portion(part=1, of=3), on=ON
)


def pledge(**changes: Any) -> PledgeContribution:
    return PledgeContribution(award_id=AWARD, **(GIVEN | {"number": 1, "on": ON} | changes))


def receive(**changes: Any) -> ReceiveContribution:
    return ReceiveContribution(award_id=AWARD, **(GIVEN | {"number": 1, "on": LATER, "pledge": 1} | changes))


def strand(**changes: Any) -> AgreeStrand:
    given_: dict[str, Any] = {
        "number": 1,
        "name": "Training",
        "lines": ("Places",),
        "share": Portion(part=1, of=3),
        "on": ON,
    }
    return AgreeStrand(award_id=AWARD, **(given_ | changes))


def test_a_partner_pledges_time_of_its_staff_and_keeps_the_pledge_later() -> None:
    given(award, WITH_LINES).when(pledge()).then(PLEDGED)
    given(award, WITH_LINES, PLEDGED).when(receive()).then(RECEIVED)
    given(award, WITH_LINES, PLEDGED, RECEIVED).when(receive()).then()


def test_a_contribution_may_come_before_the_award_but_not_before_its_own_pledge() -> None:
    early = When("2003-01-15")
    given(award, WITH_LINES).when(receive(pledge=None, on=early)).then(
        ContributionReceived(partnership_id=ACE, number=1, on=early, **GIVEN)
    )
    given(award, WITH_LINES, PLEDGED).when(receive(on=early)).refused(StepOutOfOrder)


def test_a_contribution_keeps_a_pledge_of_the_same_organisation_and_kind() -> None:
    given(award, WITH_LINES).when(receive()).refused(PledgeUnknown, number=1)
    given(award, WITH_LINES, PLEDGED).when(receive(contributor_id=CUMBRIA)).refused(PledgeOfAnother, number=1)
    in_cash = receive(kind=ContributionKind.CASH, hours=None)
    given(award, WITH_LINES, PLEDGED).when(in_cash).refused(PledgeOfAnother, number=1)


def test_a_contribution_has_an_amount_or_hours_and_only_one_in_kind_has_hours() -> None:
    given(award, WITH_LINES).when(pledge(amount=None, hours=None)).refused(ContributionEmpty)
    given(award, WITH_LINES).when(pledge(kind=ContributionKind.CASH)).refused(HoursOfCash, hours=150)
    given(award, WITH_LINES).when(pledge(amount=gbp("0.00"))).refused(ContributionNotPositive)
    given(award, WITH_LINES).when(pledge(hours=0)).refused(ContributionNotPositive, contributed=0)
    given(award, WITH_LINES).when(pledge(amount=Money.of("5.00", "EUR"))).refused(CurrencyDiffers)
    given(award, WITH_LINES).when(pledge(description=" ")).refused(ContributionNotDescribed)
    given(award, WITH_LINES).when(pledge(line="Travel")).refused(BudgetLineUnknown, line="Travel")


def test_a_number_is_given_to_one_pledge_contribution_or_strand() -> None:
    given(award, WITH_LINES, PLEDGED).when(pledge(hours=10)).refused(PledgeNumberTaken, number=1)
    given(award, WITH_LINES, RECEIVED).when(receive(hours=10, pledge=None)).refused(ContributionNumberTaken, number=1)
    given(award, WITH_LINES, STRAND).when(strand(name="Other")).refused(StrandNumberTaken, number=1)
    for command in (pledge(number=0), receive(number=0, pledge=None), strand(number=0)):
        given(award, WITH_LINES).when(command).refused(NumberNotPositive, number=0)


def test_a_strand_is_to_take_a_share_or_an_amount_of_the_budget_and_names_its_lines() -> None:
    given(award, WITH_LINES).when(strand()).then(STRAND)
    given(award, WITH_LINES, STRAND).when(strand()).then()
    given(award, WITH_LINES).when(strand(share=None)).refused(StrandNotMeasured)
    given(award, WITH_LINES).when(strand(amount=gbp("5.00"))).refused(StrandNotMeasured)
    given(award, WITH_LINES).when(strand(share=Portion(part=4, of=3))).refused(StrandAboveBudget)
    given(award, WITH_LINES).when(strand(share=None, amount=gbp("1000.01"))).refused(StrandAboveBudget)
    given(award, WITH_LINES).when(strand(lines=())).refused(StrandWithoutLines)
    given(award, WITH_LINES).when(strand(lines=("Travel",))).refused(BudgetLineUnknown, line="Travel")


def test_a_request_names_the_payee_and_the_purpose_and_another_under_its_number_is_refused() -> None:
    request = RequestPayment(award_id=AWARD, number=1, amount=gbp("40.00"), payee_id=CUMBRIA, purpose="A hall", on=ON)
    requested = PaymentRequested(
        partnership_id=ACE, number=1, amount=gbp("40.00"), payee_id=CUMBRIA, purpose="A hall", on=ON
    )
    given(award, WITH_LINES, ACCEPTED).when(request).then(requested)
    to_another = RequestPayment(
        award_id=AWARD, number=1, amount=gbp("40.00"), payee_id=CARLISLE, purpose="A hall", on=ON
    )
    given(award, WITH_LINES, ACCEPTED, requested).when(to_another).refused(PaymentNumberTaken, number=1)


def test_expenditure_names_whom_the_partnership_paid() -> None:
    report = ReportExpenditure(
        award_id=AWARD, number=1, amount=gbp("9.00"), line="Staff", description="Post", payee_id=CUMBRIA, on=ON
    )
    (reported,) = award.decide(award.evolve(award.evolve(None, WITH_LINES), ACCEPTED), report)
    assert CUMBRIA == reported.payee_id  # type: ignore[union-attr]
    to_another = ReportExpenditure(
        award_id=AWARD, number=1, amount=gbp("9.00"), line="Staff", description="Post", payee_id=CARLISLE, on=ON
    )
    given(award, WITH_LINES, ACCEPTED, reported).when(to_another).refused(ExpenditureNumberTaken, number=1)


def test_lines_without_a_kind_are_those_of_awards_before_kinds_were_recorded() -> None:
    assert [None, None] == [line.kind for line in LINES]
    assert BudgetLine(name="Staff", amount=gbp("600.00")) == LINES[0]
