"""What is known of an award, for its export: from the events of our own awards or of a register."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from typing import Any

from domain import award, bid
from domain.award import Particular, Transaction
from domain.editions.statement import Statement, statement
from domain.values.fact import Fact
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from projections.tables.effect import counts_from

# The names of the standards, and the one particular by which an award from IATI is recognised.
GIVING, IATI = "360giving", "iati"
IATI_ROW = "iati-activity"
STANDARD_NAMES = {GIVING: "360Giving", IATI: "IATI"}


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that moved, or is planned to move from *on* to *until*. *reference* is that of its source."""

    amount: Money
    on: When
    reference: str | None = None
    until: When | None = None
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A "planned" or "actual" period of the work (*sense*). *number* counts the periods of a sense from 1."""

    sense: str
    number: int
    on: When
    until: When | None = None


@dataclass(slots=True)
class AwardFacts:
    """An award as at a day, as far as it is known.

    *standard* is the standard in which it was imported (360giving, iati), if any, and *particulars* its row there.
    *commitments* add up to *awarded*. *returned* amounts are positive. *in_all* is a total of payments without dates.
    *payments_known* is False where a register says nothing about payments. *modified* is when its last event was
    recorded.
    """

    reference: str
    partnership_id: str
    status: str
    title: str | None
    description: str | None
    awarded_on: When
    currency: str
    bid_id: str | None = None
    funder_id: str | None = None
    standard: str | None = None
    particulars: tuple[Particular, ...] = ()
    commitments: list[Flow] = field(default_factory=list)
    payments: list[Flow] = field(default_factory=list)
    returned: list[Flow] = field(default_factory=list)
    spent: list[Flow] = field(default_factory=list)
    incoming: list[Flow] = field(default_factory=list)
    planned: list[Flow] = field(default_factory=list)
    in_all: Money | None = None
    payments_known: bool = True
    periods: list[Span] = field(default_factory=list)
    requested: Money | None = None
    modified: datetime | None = None

    @property
    def awarded(self) -> Money:
        """The sum of its commitments in its own currency."""
        return self._sum(self.commitments)

    @property
    def disbursed(self) -> Money:
        """The amount paid minus the amount returned."""
        return self.paid - self.came_back

    @property
    def paid(self) -> Money:
        """The amount paid, including what was returned later."""
        payments = self._sum(self.payments)
        return payments + self.in_all if self.in_all is not None else payments

    @property
    def came_back(self) -> Money:
        """The amount returned."""
        return self._sum(self.returned)

    @property
    def reported(self) -> Money:
        """The amount reported as spent."""
        return self._sum(self.spent)

    def _sum(self, flows: Iterable[Flow]) -> Money:
        amounts = (one.amount for one in flows if one.amount.currency == self.currency)
        return reduce(lambda left, right: left + right, amounts, Money.zero(self.currency))


def to_the_day(on: When | None) -> str | None:
    """*on* as YYYY-MM-DD; None unless it is an exact day."""
    return on.text if on is not None and on.day is not None else None


def award_facts(events: Sequence[Fact], as_at: date) -> AwardFacts | None:
    """What the events of an award say as at a day; None where it was not awarded by then."""
    if not events:
        return None
    if isinstance(events[0], award.AwardStated):
        stated = reduce(statement, events, None)
        return _of_register(events[0], stated, as_at) if stated is not None else None
    return _of_ours(events, as_at)


# --- Of registers -----------------------------------------------------------------------------------------------------


def _of_register(first: award.AwardStated, stated: Statement, as_at: date) -> AwardFacts | None:
    if counts_from(stated.on) > as_at:
        return None
    details = stated.particulars
    particulars = details.said if details is not None else ()
    found = AwardFacts(
        reference=first.reference,
        partnership_id=stated.partnership_id,
        status="stated" if stated.present else "no longer stated",
        title=details.title if details is not None else first.purpose,
        description=details.description if details is not None else first.remarks,
        awarded_on=stated.on,
        currency=stated.amount.currency,
        bid_id=details.bid_id if details is not None else None,
        funder_id=stated.funder_id,
        standard=_standard(first, particulars),
        particulars=particulars,
        # Without an amount stated there is no commitment, not one of 0.
        commitments=[Flow(amount=stated.amount, on=stated.on)] if first.states_amount or stated.amount.amount else [],
        periods=[Span(sense, number, one.on, one.until) for (sense, number), one in sorted(stated.periods.items())],
    )
    for one in stated.transactions.values():
        if one.kind is Transaction.PLANNED or counts_from(one.on) <= as_at:
            _add_transaction(found, one)
    found.payments_known = bool(found.payments or found.returned or found.in_all is not None)
    return found


def _standard(first: award.AwardStated, particulars: tuple[Particular, ...]) -> str | None:
    if len(particulars) == 1 and particulars[0].name == IATI_ROW:
        return IATI
    return GIVING if particulars and first.basis == "360Giving" else None


def _add_transaction(found: AwardFacts, one: award.TransactionStated) -> None:
    flow = Flow(amount=one.amount, on=one.on, reference=one.reference, until=one.until, revised=one.sense == "revised")
    match one.kind:
        case Transaction.COMMITMENT:
            found.commitments.append(flow)
        case Transaction.DISBURSEMENT:
            found.payments.append(flow)
        case Transaction.DISBURSED_IN_ALL:
            found.in_all = one.amount
        case Transaction.RETURN:
            found.returned.append(flow)
        case Transaction.EXPENDITURE:
            found.spent.append(flow)
        case Transaction.INCOMING:
            found.incoming.append(flow)
        case Transaction.PLANNED:
            found.planned.append(flow)


# --- Our own ----------------------------------------------------------------------------------------------------------


def _of_ours(events: Sequence[Fact], as_at: date) -> AwardFacts | None:
    by_then = [event for event in events if counts_from(event.on) <= as_at]
    offer = next((event for event in by_then if isinstance(event, award.AwardOffered)), None)
    if offer is None:
        return None
    ours = _Ours(
        AwardFacts(
            reference=offer.reference,
            partnership_id=offer.partnership_id,
            status="offered",
            title=None,
            description=None,
            awarded_on=offer.on,
            currency=offer.amount.currency,
            bid_id=offer.bid_id,
            commitments=[Flow(amount=offer.amount, on=offer.on, reference="offer")],
        )
    )
    ours.until = offer.until
    for event in by_then:
        ours.add(event)
    return ours.facts()


class _Ours:
    """Builds the facts of one of our own awards, event by event."""

    def __init__(self, found: AwardFacts) -> None:
        self.found = found
        self.until: When | None = None
        self.payments: dict[int, Flow] = {}
        self.instalments: dict[int, Flow] = {}

    def add(self, event: Fact) -> None:
        """Add *event*."""
        self._add_step(event)
        self._add_money(event)

    def _add_step(self, event: Fact) -> None:
        found = self.found
        match event:
            case award.OfferAccepted():
                found.status = "accepted"
                # The funder is bound from the day of acceptance.
                found.commitments[0] = replace(found.commitments[0], on=event.on)
            case award.AwardReopened():
                found.status = "accepted"
            case award.AwardVaried():
                self.until = event.until or self.until
                self._commit(event.change, event.on, f"variation-{event.number}")
            case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack():
                kind = {award.OfferDeclined: "declined", award.AwardClosed: "closed"}
                if not isinstance(event, award.UnspentGivenBack):
                    found.status = kind.get(type(event), "terminated")
                self._commit(Money.zero(found.currency) - event.given_back, event.on, "given-back")
            case award.InstalmentScheduled() | award.InstalmentChanged():
                self.instalments[event.number] = Flow(
                    amount=event.amount,
                    on=event.due,
                    reference=f"instalment-{event.number}",
                    revised=isinstance(event, award.InstalmentChanged),
                )

    def _commit(self, change: Money, on: When, reference: str) -> None:
        if change.amount:
            self.found.commitments.append(Flow(amount=change, on=on, reference=reference))

    def _add_money(self, event: Fact) -> None:
        found = self.found
        match event:
            case award.PaymentReleased():
                self.payments[event.number] = Flow(
                    amount=event.amount, on=event.on, reference=f"payment-{event.number}"
                )
            case award.PaymentReversed():
                self.payments.pop(event.number, None)
            case award.PaymentReturned():
                reference = f"return-{event.number}-{event.part}"
                found.returned.append(Flow(amount=event.amount, on=event.on, reference=reference))
            case award.RecoverySettled():
                reference = f"recovery-{event.number}-{event.part}"
                found.returned.append(Flow(amount=event.amount, on=event.on, reference=reference))
            case award.ExpenditureReported():
                reference = f"expenditure-{event.number}"
                found.spent.append(Flow(amount=event.amount, on=event.on, reference=reference))

    def facts(self) -> AwardFacts:
        """The award after all its events."""
        self.found.payments = list(self.payments.values())
        self.found.planned = [one for one in self.instalments.values() if one.amount.amount]
        if self.until is not None:
            self.found.periods = [Span("planned", 1, UNKNOWN, self.until)]
        return self.found


# --- The bid ----------------------------------------------------------------------------------------------------------


def add_bid(found: AwardFacts, events: Sequence[Fact], as_at: date) -> None:
    """Add the amount that the bid asked for up to the day, and its title if the award has none of its own."""
    asked: Any
    for event in events:
        if counts_from(event.on) > as_at:
            continue
        match event:
            case bid.BidDrafted() | bid.BidSubmitted() | bid.BidStated() | bid.BidRevised() | bid.BidResubmitted():
                found.title = event.title if found.standard is None and found.status != "stated" else found.title
        asked = getattr(event, "requested", None)
        if isinstance(event, bid.BidRestated) or (asked is not None and not isinstance(event, bid.BidWithdrawn)):
            found.requested = asked
