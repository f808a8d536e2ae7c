"""An award of the examples: what has happened to it, and what is asked of it."""

from domain.award import (
    AcceptOffer,
    ApprovePayment,
    ApproveRecovery,
    AwardClosed,
    AwardOffered,
    AwardStated,
    AwardTerminated,
    BudgetLine,
    CloseAward,
    ConditionMet,
    ConditionSet,
    ConditionWaived,
    DeclineOffer,
    Event,
    HoldPlaced,
    LiftHold,
    LineChange,
    MeetCondition,
    OfferAccepted,
    OfferDeclined,
    PaymentApproved,
    PaymentReleased,
    PaymentRequested,
    PaymentSettled,
    PlaceHold,
    RaiseRecovery,
    RecoveryApproved,
    RecoveryRaised,
    RegrantFunds,
    ReleasePayment,
    ReportExpenditure,
    RequestPayment,
    ReturnPayment,
    ReversePayment,
    ScheduleInstalment,
    SetCondition,
    SettledBy,
    SettlePayment,
    SettleRecovery,
    TerminateAward,
    Variation,
    VaryAward,
    WaiveCondition,
    WriteOffRecovery,
)
from domain.values.ids import AwardId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from tests.kit.examples import ACE, AWARD, BID, OTHER_AWARD, ROUND, stated
from tests.kit.spec import gbp

OFFERED_ON = When("2004-05-17")
ACCEPTED_ON = When("2004-05-24")
ON = When("2004-06-21")
SENT_ON = When("2004-07-05")
ARRIVED_ON = When("2004-07-08")
LATER = When("2005-04-18")
CLOSED_ON = When("2005-09-30")
TEXT = "Holds a plan for continuing after the funding period"
WHY = "The plan has been redesigned"

# --- What has happened ------------------------------------------------------------------------------------------------

OFFERED = AwardOffered(
    partnership_id=ACE, bid_id=BID, round_id=ROUND, reference="CBP-P25", amount=gbp("1000.00"), on=OFFERED_ON
)
LINES = (BudgetLine(name="Staff", amount=gbp("600.00")), BudgetLine(name="Places", amount=gbp("400.00")))
WITH_LINES = AwardOffered(
    partnership_id=ACE,
    bid_id=BID,
    round_id=ROUND,
    reference="CBP-P25",
    amount=gbp("1000.00"),
    lines=LINES,
    until=When("2005-03-31"),
    on=OFFERED_ON,
)
ACCEPTED = OfferAccepted(partnership_id=ACE, on=ACCEPTED_ON)
DECLINED = OfferDeclined(partnership_id=ACE, because="Needs have changed", given_back=gbp("1000.00"), on=ACCEPTED_ON)
FIRST = ConditionSet(partnership_id=ACE, number=1, text=TEXT, precedent=True, on=OFFERED_ON)
MET = ConditionMet(partnership_id=ACE, number=1, on=ON)
WAIVED = ConditionWaived(partnership_id=ACE, number=1, because="The lead evaluates itself", on=ON)
HELD = HoldPlaced(partnership_id=ACE, number=1, because="Trouble with consultants", on=ON)
REQUESTED = PaymentRequested(partnership_id=ACE, number=1, amount=gbp("400.00"), on=ON)
APPROVED = PaymentApproved(partnership_id=ACE, number=1, amount=gbp("400.00"), on=ON)
RELEASED = PaymentReleased(
    partnership_id=ACE, number=1, amount=gbp("400.00"), bank_reference="BACS 0407 0001", on=SENT_ON
)
SETTLED = PaymentSettled(partnership_id=ACE, number=1, bank_reference="BACS 0407 0001", on=ARRIVED_ON)
PAID = (REQUESTED, APPROVED, RELEASED)
RAISED = RecoveryRaised(partnership_id=ACE, number=1, amount=gbp("300.00"), because="A partner has left", on=LATER)
RECOVERABLE = RecoveryApproved(partnership_id=ACE, number=1, amount=gbp("300.00"), on=LATER)
CLOSED = AwardClosed(partnership_id=ACE, given_back=gbp("1000.00"), on=CLOSED_ON)
PAID_AND_CLOSED = (*PAID, AwardClosed(partnership_id=ACE, given_back=gbp("600.00"), on=CLOSED_ON))
TERMINATED = AwardTerminated(
    partnership_id=ACE, because="The partnership has ended", given_back=gbp("1000.00"), on=CLOSED_ON
)
STATED = AwardStated(
    partnership_id=ACE,
    reference="ace-cumbria-total-stated",
    amount=gbp("175000.00"),
    purpose="Programme and its evaluation",
    basis="total_stated",
    on=UNKNOWN,
    source=stated("awards.csv", "000_6fe3068b2cce47b0.txt:249"),
)


def payment(number: int, amount: str, step: str = "released") -> tuple[Event, ...]:
    """A payment of this amount, as far as *step*."""
    steps: tuple[Event, ...] = (
        PaymentRequested(partnership_id=ACE, number=number, amount=gbp(amount), on=ON),
        PaymentApproved(partnership_id=ACE, number=number, amount=gbp(amount), on=ON),
        PaymentReleased(partnership_id=ACE, number=number, amount=gbp(amount), on=SENT_ON),
        PaymentSettled(partnership_id=ACE, number=number, on=ARRIVED_ON),
    )
    return steps[: ("requested", "approved", "released", "settled").index(step) + 1]


# --- What is asked ----------------------------------------------------------------------------------------------------

CLOSE = CloseAward(award_id=AWARD, on=CLOSED_ON)


def accept(on: When = ACCEPTED_ON) -> AcceptOffer:
    return AcceptOffer(award_id=AWARD, on=on)


def decline(because: str = "Needs have changed") -> DeclineOffer:
    return DeclineOffer(award_id=AWARD, because=because, on=ACCEPTED_ON)


def terminate(because: str = "The partnership has ended") -> TerminateAward:
    return TerminateAward(award_id=AWARD, because=because, on=CLOSED_ON)


def condition(number: int = 1, text: str = TEXT, *, precedent: bool = True) -> SetCondition:
    return SetCondition(award_id=AWARD, number=number, text=text, precedent=precedent, on=OFFERED_ON)


def meet(number: int = 1) -> MeetCondition:
    return MeetCondition(award_id=AWARD, number=number, on=ON)


def waive(number: int = 1, because: str = "The lead evaluates itself") -> WaiveCondition:
    return WaiveCondition(award_id=AWARD, number=number, because=because, on=ON)


def hold(number: int = 1, because: str = "Trouble with consultants") -> PlaceHold:
    return PlaceHold(award_id=AWARD, number=number, because=because, on=ON)


def lift(number: int = 1, because: str = WHY) -> LiftHold:
    return LiftHold(award_id=AWARD, number=number, because=because, on=ON)


def schedule(number: int, amount: Money, due: When = SENT_ON) -> ScheduleInstalment:
    return ScheduleInstalment(award_id=AWARD, number=number, amount=amount, due=due, on=ACCEPTED_ON)


def request(number: int, amount: Money, on: When = ON, corrects: int | None = None) -> RequestPayment:
    return RequestPayment(award_id=AWARD, number=number, amount=amount, corrects=corrects, on=on)


def approve(number: int = 1) -> ApprovePayment:
    return ApprovePayment(award_id=AWARD, number=number, on=ON)


def release(number: int = 1) -> ReleasePayment:
    return ReleasePayment(award_id=AWARD, number=number, bank_reference="BACS 0407 0001", on=SENT_ON)


def settle(number: int = 1) -> SettlePayment:
    return SettlePayment(award_id=AWARD, number=number, bank_reference="BACS 0407 0001", on=ARRIVED_ON)


def give_back(
    amount: Money, *, number: int = 1, part: int = 1, because: str = "Two days were not held"
) -> ReturnPayment:
    return ReturnPayment(award_id=AWARD, number=number, part=part, amount=amount, because=because, on=LATER)


def reverse(number: int = 1, because: str = "Entered for another award") -> ReversePayment:
    return ReversePayment(award_id=AWARD, number=number, because=because, on=SENT_ON)


def vary(
    kind: Variation,
    change: str | Money = "0.00",
    *lines: LineChange,
    number: int = 1,
    until: str | None = None,
    because: str = WHY,
    corrects: int | None = None,
    award_id: AwardId = AWARD,
) -> VaryAward:
    return VaryAward(
        award_id=award_id,
        number=number,
        kind=kind,
        change=gbp(change) if isinstance(change, str) else change,
        lines=lines,
        until=When(until) if until else None,
        because=because,
        corrects=corrects,
        on=ON,
    )


def line(name: str, change: str) -> LineChange:
    return LineChange(name=name, change=gbp(change))


def regrant(total: Money, child: AwardId = OTHER_AWARD) -> RegrantFunds:
    return RegrantFunds(award_id=AWARD, child=child, total=total, on=ON)


def spend(
    amount: Money, *, number: int = 1, line: str | None = None, description: str = "Development days"
) -> ReportExpenditure:
    return ReportExpenditure(award_id=AWARD, number=number, amount=amount, line=line, description=description, on=LATER)


def claim(
    amount: Money, *, number: int = 1, because: str = "A partner has left", of: int | None = None
) -> RaiseRecovery:
    return RaiseRecovery(award_id=AWARD, number=number, amount=amount, because=because, payment=of, on=LATER)


def approve_recovery(number: int = 1) -> ApproveRecovery:
    return ApproveRecovery(award_id=AWARD, number=number, on=LATER)


def recover(
    amount: Money,
    *,
    number: int = 1,
    part: int = 1,
    by: SettledBy = SettledBy.REPAYMENT,
    payment: int | None = None,
) -> SettleRecovery:
    return SettleRecovery(award_id=AWARD, number=number, part=part, amount=amount, by=by, payment=payment, on=LATER)


def write_off(number: int = 1, because: str = "It costs more to collect") -> WriteOffRecovery:
    return WriteOffRecovery(award_id=AWARD, number=number, because=because, on=LATER)
