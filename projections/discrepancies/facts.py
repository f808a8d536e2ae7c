"""The state of an award or bid, built from its notes: the facts that the rules compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from domain.award import NO_AMOUNT
from domain.award.order import STEPS as AWARD_STEPS
from domain.bid.order import STEPS as BID_STEPS
from domain.values.order import After
from domain.values.shown import shown_amount
from domain.values.when import When
from projections.delays.clock import first_day, last_day
from projections.discrepancies.notes import Note

ZERO = Decimal(0)

# Many steps have the same date, so parsed dates are cached.
when = lru_cache(maxsize=4096)(When)


def surely_before(when: When, other: When) -> bool:
    """Whether *when* is before *other*, whichever exact days the two dates stand for."""
    # The fast path: most steps follow each other on the same day.
    if when.text == other.text:
        return False
    last, first = last_day(when), first_day(other)
    return last is not None and first is not None and last < first


class Sum(NamedTuple):
    """An amount in major units of its currency, its date, and the position of the event that states it."""

    amount: Decimal
    currency: str
    on: When
    position: int

    def __str__(self) -> str:
        return shown_amount(self.amount, self.currency)


# A step: its name, its date, and the position of its event.
Step = tuple[str, When, int]


def out_of_order(steps: Iterable[tuple[Step, Step]]) -> list[tuple[Step, Step]]:
    """The pairs of *steps* whose second step is surely dated before the first."""
    return [(before, after) for before, after in steps if surely_before(after[1], before[1])]


# The steps of awards and bids by the name of their event, and those that each must not be dated before.
STEPS = {kind.__name__: step for steps in (AWARD_STEPS, BID_STEPS) for kind, step in steps.items()}


@dataclass(slots=True)
class Ordered:
    """The steps of an award or bid so far, and the pairs of notes of which the second is surely before the first."""

    taken: dict[str, list[Note]] = field(default_factory=dict)
    numbered: dict[tuple[str, int | None], list[Note]] = field(default_factory=dict)
    wrong: list[tuple[Note, Note]] = field(default_factory=list)

    def take(self, note: Note) -> None:
        """Add a step, and compare its date with those of the steps that it follows."""
        step = STEPS.get(note.kind)
        if step is None:
            return
        for after in step.after:
            for earlier in self._earlier(after, note):
                if surely_before(when(note.on), when(earlier.on)):
                    self.wrong.append((earlier, note))
        self.taken.setdefault(note.kind, []).append(note)
        self.numbered.setdefault((note.kind, note.number), []).append(note)

    def _earlier(self, after: After, note: Note) -> list[Note]:
        kind = after.kind.__name__
        if after.mine is None:
            return self.taken.get(kind, [])
        mine = note.number if after.mine == "number" else note.other
        if after.its == "number":
            found = self.numbered.get((kind, int(mine) if mine is not None else None), [])
        else:
            found = [one for one in self.taken.get(kind, []) if one.other is not None and one.other == f"{mine}"]
        return [one for one in found if after.also is None or one.other == note.other]

    def pairs(self) -> list[tuple[Step, Step]]:
        """The pairs of steps that are out of order, as findings name them; none of a payment that was reversed.

        A reversal that is dated before what it reverses is out of order itself. What was paid before the acceptance is
        left to the rule ``paid_before_acceptance``.
        """
        reversed_ = {note.number for note in self.taken.get("PaymentReversed", [])}
        early = {note.number for before, note in self.wrong if (before.kind, note.kind) == _PAID_EARLY}

        def counts(before: Note, note: Note) -> bool:
            if not note.kind.startswith("Payment") or note.kind == "PaymentReversed":
                return True
            return note.number not in reversed_ and not (before.kind == _PAID_EARLY[0] and note.number in early)

        return [(_step(before), _step(note)) for before, note in self.wrong if counts(before, note)]


_PAID_EARLY = ("OfferAccepted", "PaymentReleased")


def _step(note: Note) -> Step:
    name = STEPS[note.kind].name.format(number=note.number, part=note.other)
    return name, when(note.on), note.position


@dataclass(slots=True)
class Payment:
    """A payment of an award: its steps by name, each with its date and position, and the sums returned or recovered.

    *sent* is the amount released, if it was released and not reversed.
    """

    number: int
    amount: Decimal = ZERO
    currency: str = ""
    steps: dict[str, tuple[When, int]] = field(default_factory=dict)
    returned: list[Sum] = field(default_factory=list)
    recovered: list[Sum] = field(default_factory=list)
    sent: Sum | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the payment was not reversed."""
        return "reversed" not in self.steps

    @property
    def is_back(self) -> bool:
        """Whether all of it came back."""
        return total([*self.returned, *self.recovered]) >= self.amount

    def settle(self) -> None:
        """Compute *sent* from the steps, once for all rules."""
        self.sent = None
        if self.is_valid and "released" in self.steps:
            self.sent = Sum(self.amount, self.currency, *self.steps["released"])


class Taken(NamedTuple):
    """A duty that *actor* took in a *matter*, such as payment 1, with the event at *position*."""

    matter: str
    actor: str
    duty: str
    position: int


# The duties that are kept apart, by the event with which each is taken: the matter, and what was done.
DUTIES = {
    "PaymentRequested": ("payment {}", "requested"),
    "PaymentApproved": ("payment {}", "approved"),
    "PaymentReleased": ("payment {}", "released"),
    "ReturnPrepared": ("return {}", "prepared"),
    "ReturnCertified": ("return {}", "certified"),
}


@dataclass(slots=True)
class Return:
    """A return that an award requires: what it covers, when it is due, and when it was received (*certified*)."""

    number: int
    covers: str
    due: When
    position: int
    certified: tuple[When, int] | None = None


@dataclass(slots=True)
class Bid:
    """A bid: the last sum requested, the last sum approved, its steps, and who *decided* it at which position."""

    requested: Sum | None = None
    approved: Sum | None = None
    decided: list[tuple[str, int]] = field(default_factory=list)
    order: Ordered = field(default_factory=Ordered)


@dataclass(slots=True)
class Award:
    """An award with its payments. All amounts are in major units.

    *base* is the amount offered or stated; *amount_stated* is False where a register states no amount of the award.
    *varied* is the sum of its variations. *lines* are its budget lines and
    their changes, and *reported* the expenditure reported, each with the name of the line; *parts* are the components
    that a register states, each with its purpose; *left_out* are the kinds of lines that its budget does not have.
    *transactions* are the register's valid transactions by number, each
    with its kind; *disbursed* is the total that the register gives. *claims* maps the number of a recovery to the
    payment that it names. *duties* are those that were taken, in order. *at* holds the positions of the events that set
    the amount. *has_changed* is set by every
    note that can change a finding, and cleared once the rules have run.

    ``settle`` computes the totals, all in the award's currency: *awarded* is base, variations and the further
    commitments that a register states, less *given_back*; *sent* are the valid payments that were sent; *back* are the
    sums returned or recovered of them; *paid* is sent less back; *spent* is the expenditure.
    """

    on: When
    currency: str
    stated: bool
    base: Decimal = ZERO
    amount_stated: bool = True
    varied: Decimal = ZERO
    given_back: Decimal = ZERO
    at: list[int] = field(default_factory=list)
    accepted: tuple[When, int] | None = None
    declined: bool = False
    lines: list[tuple[str, Sum]] = field(default_factory=list)
    reported: list[tuple[str, Sum]] = field(default_factory=list)
    parts: list[tuple[str, Sum]] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    transactions: dict[int, tuple[str, Sum]] = field(default_factory=dict)
    disbursed: Sum | None = None
    left_out_at: int | None = None
    payments: dict[int, Payment] = field(default_factory=dict)
    recovered: list[Sum] = field(default_factory=list)
    claims: dict[int, int] = field(default_factory=dict)
    planned: dict[str, tuple[When, int]] = field(default_factory=dict)
    returns: dict[int, Return] = field(default_factory=dict)
    bid: Bid = field(default_factory=Bid)
    order: Ordered = field(default_factory=Ordered)
    duties: list[Taken] = field(default_factory=list)
    has_changed: bool = True
    awarded: Decimal = ZERO
    sent: list[Sum] = field(default_factory=list)
    back: list[Sum] = field(default_factory=list)
    paid: Decimal = ZERO
    spent: list[Sum] = field(default_factory=list)

    def settle(self) -> None:
        """Compute the totals, once for all rules."""
        payments, currency = self.payments.values(), self.currency
        sent = [one.sent for one in payments if one.sent is not None and one.sent.currency == currency]
        returned = [one for payment in payments if payment.returned and payment.is_valid for one in payment.returned]
        back = [one for one in returned + self.recovered if one.currency == currency]
        self.sent = sent + self.stated_as("disbursement", "disbursed_in_all")
        self.back = back + self.stated_as("return")
        self.paid = total(self.sent) - total(self.back)
        self.spent = [one for _, one in self.reported if one.currency == currency] + self.stated_as("expenditure")
        self.awarded = self.base + self.varied + total(self.stated_as("commitment")) - self.given_back

    def stated_as(self, *kinds: str) -> list[Sum]:
        """The amounts of the register's valid transactions of *kinds* that are in the award's currency."""
        if not self.transactions:
            return []
        return [one for kind, one in self.transactions.values() if kind in kinds and one.currency == self.currency]


def number_of(note: Note) -> int:
    """The number of what the note is about, which all of its kind have."""
    assert note.number is not None
    return note.number


def total(sums: Iterable[Sum]) -> Decimal:
    """The total of *sums*, which are of one currency."""
    return sum([one.amount for one in sums], ZERO)


def award_of(notes: Iterable[Note], before: Award | None = None) -> Award | None:
    """The award after *notes*; None if no note begins one. *before*, the award up to then, is changed in place."""
    found = before
    for note in notes:
        if note.kind in ("AwardOffered", "AwardStated"):
            found = _begun(note, found)
        elif found is not None:
            _apply(found, note)
        if found is not None:
            _put_in_order(found, note)
    return found


def _put_in_order(award: Award, note: Note) -> None:
    known = len(award.order.wrong)
    award.order.take(note)
    award.has_changed = award.has_changed or known != len(award.order.wrong)


def bid_of(notes: Sequence[Note]) -> Bid:
    """The bid that *notes* describe."""
    found = Bid()
    for note in notes:
        found.order.take(note)
        if note.kind in ("BidSubmitted", "BidStated", "BidRestated", "BidRevised", "BidResubmitted"):
            found.requested = sum_of(note)
        elif note.kind in ("BidApproved", "ApprovalVaried"):
            found.approved = sum_of(note)
        if note.kind in ("BidApproved", "BidDeclined") and note.said is not None:
            found.decided.append((note.said, note.position))
    return found


def sum_of(note: Note) -> Sum | None:
    """The sum in *note*; None if it has none."""
    if note.amount is None or note.currency is None:
        return None
    return Sum(note.amount, note.currency, when(note.on), note.position)


def _begun(note: Note, before: Award | None) -> Award:
    begun = Award(on=when(note.on), currency=note.currency or "", stated=note.kind == "AwardStated")
    begun.base, begun.at = note.amount or ZERO, [note.position]
    begun.amount_stated = note.said != NO_AMOUNT
    if before is not None:
        # The offer is made again after it was declined: its bid stays, its returns and plans begin anew.
        begun.bid = before.bid
    return begun


def _take(award: Award, note: Note) -> None:
    """Note a duty. The award changes only if its actor has another one, or decided the bid: few do."""
    matter, duty = DUTIES[note.kind]
    taken = Taken(matter.format(note.number), note.said or "", duty, note.position)
    decided = duty == "approved" and any(actor == taken.actor for actor, _ in award.bid.decided)
    award.has_changed = award.has_changed or decided or any(clash(taken, other) for other in award.duties)
    award.duties.append(taken)


def clash(one: Taken, other: Taken) -> bool:
    """Whether one actor took two duties of one matter."""
    return one.matter == other.matter and one.actor == other.actor and one.duty != other.duty


def _apply(award: Award, note: Note) -> None:
    if note.kind in DUTIES and note.said is not None:
        _take(award, note)
    if note.kind in _STEPS:
        _pay(award, note)
        return
    award.has_changed = True
    match note.kind:
        case "AwardVaried":
            award.varied += note.amount or ZERO
            award.at.append(note.position)
        case "OfferDeclined" | "AwardClosed" | "AwardTerminated" | "UnspentGivenBack":
            award.given_back += note.amount or ZERO
            award.at.append(note.position)
            award.declined = award.declined or note.kind == "OfferDeclined"
        case "OfferAccepted":
            award.accepted = (when(note.on), note.position)
        case "LineOffered" | "LineVaried":
            _add_named(award.lines, note)
        case "ExpenditureReported":
            _add_named(award.reported, note)
        case "PlanAgreed":
            award.planned["plan"] = (when(note.on), note.position)
        case "ReturnRequired" | "ReturnCertified":
            _return(award, note)
        case "ReturnPrepared" | "ReturnFiled" | "ReturnJudged" | "FundingCertified":
            pass  # Only who did it and when counts.
        case "RecoveryRaised" if note.said is not None:
            award.claims[number_of(note)] = int(note.said)
        case "RecoverySettled":
            _add(award.recovered, note)
            claimed = award.claims.get(number_of(note))
            if claimed in award.payments:
                _add(award.payments[claimed].recovered, note)
        case "PaymentReturned" | "ReturnUndone":
            _add(_payment(award, note).returned, note)
        case _:
            _state(award, note)


def _state(award: Award, note: Note) -> None:
    """Apply what a register states of the award, in its first edition or a later one."""
    stated = sum_of(note)
    match note.kind:
        case "AwardRestated":
            award.on, award.base, award.currency = when(note.on), note.amount or ZERO, note.currency or award.currency
            award.amount_stated = True
            award.at.append(note.position)
        case "ComponentStated" | "ComponentRestated":
            purpose = note.said or ""
            if note.kind == "ComponentRestated":
                award.parts = [part for part in award.parts if part[0] != purpose]
            award.parts += [(purpose, stated)] if stated is not None else []
        case "LineLeftOut":
            award.left_out.append((note.said or "", note.position))
        case "TransactionStated" if stated is not None:
            award.transactions[number_of(note)] = (note.said or "", stated)
        case "TransactionUnstated":
            award.transactions.pop(number_of(note), None)
        case "PeriodStated" if note.said == "planned":
            award.planned[f"{note.number}"] = (when(note.on), note.position)
        case "ParticularsStated":
            award.disbursed = stated
        case "AwardNoLongerStated":
            award.left_out_at = note.position
        case "AwardStatedAgain":
            award.left_out_at = None


def _add(sums: list[Sum], note: Note) -> None:
    amount = sum_of(note)
    if amount is not None:
        sums.append(amount)


def _add_named(sums: list[tuple[str, Sum]], note: Note) -> None:
    amount = sum_of(note)
    if amount is not None:
        sums.append((note.said or "", amount))


def _return(award: Award, note: Note) -> None:
    number = number_of(note)
    if note.kind == "ReturnRequired":
        award.returns[number] = Return(number, note.said or "", when(note.until or "unknown"), note.position)
    elif number in award.returns:
        award.returns[number].certified = (when(note.on), note.position)


_STEPS = {
    "PaymentRequested": "requested",
    "PaymentApproved": "approved",
    "PaymentReleased": "released",
    "PaymentSettled": "settled",
    "PaymentReversed": "reversed",
}


def _payment(award: Award, note: Note) -> Payment:
    number = number_of(note)
    return award.payments.setdefault(number, Payment(number))


def _pay(award: Award, note: Note) -> None:
    """Apply a step of a payment. The award changes only if the sum sent changes: see ``_put_in_order``."""
    payment = _payment(award, note)
    sent = payment.sent
    payment.steps[_STEPS[note.kind]] = (when(note.on), note.position)
    if note.amount is not None and note.currency is not None:
        payment.amount, payment.currency = note.amount, note.currency
    payment.settle()
    if payment.sent != sent or not payment.is_valid:
        award.has_changed = True
