"""The award stream: offer, acceptance, conditions and payments."""

from dataclasses import replace
from enum import Enum
from typing import TypeAlias, assert_never

from domain.fact import Fact
from domain.frozen import frozen
from domain.ids import AwardId, BidId, OrganisationId, PartnershipId, RoundId
from domain.money import Money, total
from domain.refusal import Refused
from domain.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class AwardOffered(Fact):
    """The funder offers the partnership this much, on the strength of a bid."""

    partnership_id: PartnershipId
    bid_id: BidId
    round_id: RoundId | None = None
    reference: str
    amount: Money


@frozen
class OfferAccepted(Fact):
    """The partnership takes the offer: the award stands."""

    partnership_id: PartnershipId


@frozen
class ConditionSet(Fact):
    """Something must be so. While one that is *precedent* to payment is open, nothing is released."""

    partnership_id: PartnershipId
    number: int
    text: str
    precedent: bool


@frozen
class ConditionMet(Fact):
    """It is so."""

    partnership_id: PartnershipId
    number: int


@frozen
class ConditionWaived(Fact):
    """It need not be so, and why."""

    partnership_id: PartnershipId
    number: int
    because: str


@frozen
class PaymentRequested(Fact):
    """The partnership asks for part of the award."""

    partnership_id: PartnershipId
    number: int
    amount: Money


@frozen
class PaymentApproved(Fact):
    """The payment may be made."""

    partnership_id: PartnershipId
    number: int


@frozen
class PaymentReleased(Fact):
    """The money has been sent."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    bank_reference: str | None = None


@frozen
class PaymentSettled(Fact):
    """The bank confirms that the money has arrived."""

    partnership_id: PartnershipId
    number: int
    bank_reference: str | None = None


@frozen
class AwardClosed(Fact):
    """Nothing more is paid on the award."""

    partnership_id: PartnershipId


@frozen
class AwardStated(Fact):
    """A source states an award of this amount; it need not say when it was made or paid."""

    partnership_id: PartnershipId
    reference: str
    amount: Money
    purpose: str
    basis: str
    funder_id: OrganisationId | None = None
    remarks: str | None = None


@frozen
class ComponentStated(Fact):
    """A source states part of the award's total. It is the same money, never more money."""

    partnership_id: PartnershipId
    amount: Money
    purpose: str
    remarks: str | None = None


@frozen
class AwardCorroborated(Fact):
    """A further source states the award, of the same amount."""

    partnership_id: PartnershipId
    amount: Money
    summary: str


Event: TypeAlias = (
    AwardOffered
    | OfferAccepted
    | ConditionSet
    | ConditionMet
    | ConditionWaived
    | PaymentRequested
    | PaymentApproved
    | PaymentReleased
    | PaymentSettled
    | AwardClosed
    | AwardStated
    | ComponentStated
    | AwardCorroborated
)

# --- State ------------------------------------------------------------------------------------------------------------


class Status(Enum):
    """Where an award stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    STATED = "stated"


class Paying(Enum):
    """How far a payment has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    RELEASED = "released"
    SETTLED = "settled"


@frozen
class Payment:
    """One payment of an award."""

    amount: Money
    status: Paying
    requested: When


@frozen
class Award:
    """What the rules need to know of an award: its ceiling, its payments and the conditions still open."""

    partnership_id: PartnershipId
    reference: str
    amount: Money
    status: Status
    bid_id: BidId | None = None
    accepted: When | None = None
    payments: dict[int, Payment]
    conditions: dict[int, tuple[str, bool]]
    open_conditions: frozenset[int] = frozenset()

    @property
    def headroom(self) -> Money:
        """The award less every payment asked for, at whatever stage."""
        return self.amount - total([payment.amount for payment in self.payments.values()], self.amount.currency)


def evolve(award: Award | None, event: Event) -> Award:
    """The award after *event*."""
    match event:
        case AwardOffered() | AwardStated():
            offered = isinstance(event, AwardOffered)
            return Award(
                partnership_id=event.partnership_id,
                reference=event.reference,
                amount=event.amount,
                status=Status.OFFERED if offered else Status.STATED,
                bid_id=event.bid_id if isinstance(event, AwardOffered) else None,
                payments={},
                conditions={},
            )
    assert award is not None
    match event:
        case OfferAccepted():
            return replace(award, status=Status.ACCEPTED, accepted=event.on)
        case ConditionSet():
            return replace(
                award,
                conditions={**award.conditions, event.number: (event.text, event.precedent)},
                open_conditions=award.open_conditions | {event.number},
            )
        case ConditionMet() | ConditionWaived():
            return replace(award, open_conditions=award.open_conditions - {event.number})
        case PaymentRequested():
            payment = Payment(amount=event.amount, status=Paying.REQUESTED, requested=event.on)
            return replace(award, payments={**award.payments, event.number: payment})
        case PaymentApproved():
            return _moved(award, event.number, Paying.APPROVED)
        case PaymentReleased():
            return _moved(award, event.number, Paying.RELEASED)
        case PaymentSettled():
            return _moved(award, event.number, Paying.SETTLED)
        case AwardClosed():
            return replace(award, status=Status.CLOSED)
        case ComponentStated() | AwardCorroborated():
            return award
        case _:
            assert_never(event)


def _moved(award: Award, number: int, status: Paying) -> Award:
    payment = replace(award.payments[number], status=status)
    return replace(award, payments={**award.payments, number: payment})


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class OfferAward:
    """Offer the partnership an award for its bid. Reads the bid, its round and the partnership as well."""

    award_id: AwardId
    bid_id: BidId
    reference: str
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class AcceptOffer:
    """Take the offer."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class SetCondition:
    """Lay down a condition, *precedent* to payment or not."""

    award_id: AwardId
    number: int
    text: str
    precedent: bool
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class MeetCondition:
    """Note that a condition is met."""

    award_id: AwardId
    number: int
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class WaiveCondition:
    """Let a condition go, and say why."""

    award_id: AwardId
    number: int
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class RequestPayment:
    """Ask for part of the award."""

    award_id: AwardId
    number: int
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class ApprovePayment:
    """Allow a payment to be made."""

    award_id: AwardId
    number: int
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class ReleasePayment:
    """Send the money."""

    award_id: AwardId
    number: int
    bank_reference: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class SettlePayment:
    """Note that the bank confirms the payment."""

    award_id: AwardId
    number: int
    bank_reference: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


@frozen
class CloseAward:
    """Pay nothing more on the award."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        return self.award_id


Command: TypeAlias = (
    OfferAward
    | AcceptOffer
    | SetCondition
    | MeetCondition
    | WaiveCondition
    | RequestPayment
    | ApprovePayment
    | ReleasePayment
    | SettlePayment
    | CloseAward
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class AwardUnknown(Refused):
    """There is no such award."""


class AwardAlreadyOffered(Refused):
    """An award stands under this identity already, with other particulars."""


class AwardNotPositive(Refused):
    """An award is of more than nothing."""


class NoOpenOffer(Refused):
    """There is no open offer to accept."""


class AwardNotAccepted(Refused):
    """Nothing is paid before the offer is accepted."""


class AwardIsClosed(Refused):
    """Nothing more happens on a closed award."""


class AcceptedBeforeOffered(Refused):
    """An offer is accepted on or after the day that it was made."""


class PaymentBeforeAcceptance(Refused):
    """A payment is asked for on or after the day of acceptance."""


class PaymentNotPositive(Refused):
    """A payment is of more than nothing."""


class PaymentNumberTaken(Refused):
    """The award has another payment of this number."""


class PaymentNumberNotPositive(Refused):
    """Payments and conditions are numbered from 1."""


class PaymentCurrencyDiffers(Refused):
    """A payment is in the currency of its award."""


class AboveAward(Refused):
    """The payment would take the award past its amount."""


class PaymentUnknown(Refused):
    """The award has no payment of this number."""


class PaymentNotApproved(Refused):
    """A payment is released once it is approved."""


class PaymentNotReleased(Refused):
    """A payment is settled once it is released."""


class ConditionOpen(Refused):
    """A condition that comes before payment is still open."""


class ConditionUnknown(Refused):
    """The award has no condition of this number."""


class ConditionNumberTaken(Refused):
    """The award has another condition of this number."""


class WaiverUnexplained(Refused):
    """Who waives a condition says why."""


class PaymentsUnfinished(Refused):
    """An award closes once every payment asked for has been released."""


def decide(award: Award | None, command: Command) -> list[Event]:
    """What happens when *command* is given to the award. Raises a Refused by the name of the rule.

    OfferAward is decided over several streams: see ``domain.across.offer_award``.
    """
    match command:
        case OfferAward():
            raise AssertionError("an offer reads bid, round and partnership: domain.across.offer_award")
        case AcceptOffer():
            return accept(known(award), command)
        case SetCondition():
            return set_condition(living(award), command)
        case MeetCondition():
            return meet_condition(living(award), command)
        case WaiveCondition():
            return waive_condition(living(award), command)
        case RequestPayment():
            return request(living(award), command)
        case ApprovePayment():
            return approve(living(award), command)
        case ReleasePayment():
            return release(living(award), command)
        case SettlePayment():
            return settle(known(award), command)
        case CloseAward():
            return close(known(award), command)
        case _:
            assert_never(command)


def known(award: Award | None) -> Award:
    """The award, which must exist. Raises AwardUnknown."""
    if award is None:
        raise AwardUnknown
    return award


def living(award: Award | None) -> Award:
    """The award, which must not be closed. Raises AwardUnknown and AwardIsClosed."""
    if known(award).status is Status.CLOSED:
        raise AwardIsClosed
    return known(award)


def offer(
    award: Award | None, command: OfferAward, *, partnership_id: PartnershipId, round_id: RoundId | None
) -> list[Event]:
    """Offer an award that bid, round and partnership allow. Raises AwardAlreadyOffered and AwardNotPositive."""
    if award is not None:
        if (award.bid_id, award.reference, award.amount) == (command.bid_id, command.reference, command.amount):
            return []
        raise AwardAlreadyOffered(reference=award.reference)
    if not command.amount.is_positive:
        raise AwardNotPositive(amount=command.amount)
    return [
        AwardOffered(
            partnership_id=partnership_id,
            bid_id=command.bid_id,
            round_id=round_id,
            reference=command.reference,
            amount=command.amount,
            on=command.on,
        )
    ]


def accept(award: Award, command: AcceptOffer) -> list[Event]:
    if award.accepted == command.on:
        return []
    if award.status is not Status.OFFERED:
        raise NoOpenOffer(status=award.status.value)
    return [OfferAccepted(partnership_id=award.partnership_id, on=command.on)]


def set_condition(award: Award, command: SetCondition) -> list[Event]:
    before = award.conditions.get(command.number)
    if before == (command.text, command.precedent):
        return []
    if before is not None:
        raise ConditionNumberTaken(number=command.number)
    if command.number < 1:
        raise PaymentNumberNotPositive(number=command.number)
    return [
        ConditionSet(
            partnership_id=award.partnership_id,
            number=command.number,
            text=command.text,
            precedent=command.precedent,
            on=command.on,
        )
    ]


def meet_condition(award: Award, command: MeetCondition) -> list[Event]:
    if not _is_open(award, command.number):
        return []
    return [ConditionMet(partnership_id=award.partnership_id, number=command.number, on=command.on)]


def waive_condition(award: Award, command: WaiveCondition) -> list[Event]:
    if not _is_open(award, command.number):
        return []
    if not command.because.strip():
        raise WaiverUnexplained
    return [
        ConditionWaived(
            partnership_id=award.partnership_id, number=command.number, because=command.because, on=command.on
        )
    ]


def _is_open(award: Award, number: int) -> bool:
    if number not in award.conditions:
        raise ConditionUnknown(number=number)
    return number in award.open_conditions


def request(award: Award, command: RequestPayment) -> list[Event]:
    before = award.payments.get(command.number)
    if before is not None:
        if (before.amount, before.requested) == (command.amount, command.on):
            return []
        raise PaymentNumberTaken(number=command.number)
    if award.status is not Status.ACCEPTED or award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    if not award.accepted.may_precede(command.on):
        raise PaymentBeforeAcceptance(accepted=award.accepted, requested=command.on)
    if command.number < 1:
        raise PaymentNumberNotPositive(number=command.number)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    if command.amount.currency != award.amount.currency:
        raise PaymentCurrencyDiffers(award=award.amount.currency, payment=command.amount.currency)
    if command.amount > award.headroom:
        raise AboveAward(available=award.headroom, wanted=command.amount)
    return [
        PaymentRequested(
            partnership_id=award.partnership_id, number=command.number, amount=command.amount, on=command.on
        )
    ]


def approve(award: Award, command: ApprovePayment) -> list[Event]:
    if payment_of(award, command.number).status is not Paying.REQUESTED:
        return []
    return [PaymentApproved(partnership_id=award.partnership_id, number=command.number, on=command.on)]


def release(award: Award, command: ReleasePayment) -> list[Event]:
    payment = payment_of(award, command.number)
    if payment.status in (Paying.RELEASED, Paying.SETTLED):
        return []
    if payment.status is not Paying.APPROVED:
        raise PaymentNotApproved(status=payment.status.value)
    open_first = sorted(number for number in award.open_conditions if award.conditions[number][1])
    if open_first:
        raise ConditionOpen(numbers=open_first)
    return [
        PaymentReleased(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=payment.amount,
            bank_reference=command.bank_reference,
            on=command.on,
        )
    ]


def settle(award: Award, command: SettlePayment) -> list[Event]:
    payment = payment_of(award, command.number)
    if payment.status is Paying.SETTLED:
        return []
    if payment.status is not Paying.RELEASED:
        raise PaymentNotReleased(status=payment.status.value)
    return [
        PaymentSettled(
            partnership_id=award.partnership_id,
            number=command.number,
            bank_reference=command.bank_reference,
            on=command.on,
        )
    ]


def payment_of(award: Award, number: int) -> Payment:
    """The award's payment of this number. Raises PaymentUnknown."""
    if number not in award.payments:
        raise PaymentUnknown(number=number)
    return award.payments[number]


def close(award: Award, command: CloseAward) -> list[Event]:
    if award.status is Status.CLOSED:
        return []
    if any(payment.status in (Paying.REQUESTED, Paying.APPROVED) for payment in award.payments.values()):
        raise PaymentsUnfinished
    return [AwardClosed(partnership_id=award.partnership_id, on=command.on)]
