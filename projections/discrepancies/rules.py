"""The rules by which something does not add up, each a small pure function; ``discrepancy_catalogue`` words them.

A rule says only what is sure: on dates known in part, or approximate, it is silent where it could be otherwise.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from domain.values.money import minor_units
from domain.values.when import Precision
from projections.delays.clock import first_day
from projections.discrepancies.facts import (
    ZERO,
    Award,
    Bid,
    Step,
    Sum,
    award_of,
    bid_of,
    out_of_order,
    surely_before,
    total,
    when,
)
from projections.discrepancies.notes import Note, plain_name
from projections.tables.effect import counts_from

# --- What rules read, and what they find -----------------------------------------------------------------------------


class Finding(NamedTuple):
    """What one rule finds about one subject: the figures in words, and the positions of the events concerned.

    With *due* it holds for any day after that only. With *settled* it was so, and no longer is from that day on.
    """

    rule: str
    subject: str
    message: str
    events: tuple[int, ...]
    due: date | None = None
    settled: date | None = None


@dataclass(slots=True)
class Seen:
    """What a rule reads: the notes about its subject, those of what it belongs with, and what things are called.

    Notes may be added to either: what they come to goes on from where it was.
    """

    subject: str
    notes: Sequence[Note]
    beside: Sequence[Note]
    names: dict[str, str]
    standing: list[Finding] = field(default_factory=list, init=False)
    _award: Award | None = field(default=None, init=False)
    _ahead: bool = field(default=False, init=False)
    _told: int = field(default=0, init=False)
    _looked: int = field(default=0, init=False)
    _told_beside: int = field(default=0, init=False)

    @property
    def award(self) -> Award | None:
        """The award that the notes tell of, with its bid; None where they do not begin one."""
        self._award = award_of(self.notes[self._told :], self._award)
        self._told = len(self.notes)
        if self._award is not None and self._told_beside != len(self.beside):
            self._award.bid = bid_of(self.beside)
            self._award.has_moved = True
            self._told_beside = len(self.beside)
        return self._award

    @property
    def is_ahead(self) -> bool:
        """Whether any note tells of a day that surely lay ahead when it was recorded."""
        self._ahead = self._ahead or any(map(_lies_ahead, self.notes[self._looked :]))
        self._looked = len(self.notes)
        return self._ahead

    def name(self, thing: str) -> str:
        """What people call *thing*."""
        return self.names.get(thing, thing)


def findings(seen: Seen) -> Sequence[Finding]:
    """All that does not add up about the subject."""
    rules = RULES_OF.get(_sort(seen.subject))
    found = rules(seen) if rules is not None else ()
    return found if isinstance(found, list) else [*found]


@lru_cache(maxsize=4096)
def _sort(subject: str) -> str:
    return subject.partition("-")[0].partition(":")[0]


# --- Awards -----------------------------------------------------------------------------------------------------------


def _award(seen: Seen) -> Sequence[Finding]:
    """Worked out anew where it has moved, for most of what comes of an award are steps of payments in good order."""
    award = seen.award
    if award is None:
        return []
    if award.has_moved:
        award.settle()
        of_dates = _out_of_order(seen.subject, _disordered(award))
        seen.standing = [*_standing(seen.subject, award), *of_dates, *_returns(seen.subject, award)]
        award.has_moved = False
    return [*seen.standing, *_ahead(seen)] if seen.is_ahead else seen.standing


Found = tuple[str, Iterable[int]]


def _standing(subject: str, award: Award) -> Iterator[Finding]:
    """What does not add up as the award stands, whatever the order of its steps."""
    for rule, check in AWARD_RULES.items():
        found = check(award)
        if found is not None:
            message, events = found
            yield Finding(rule, subject, message, tuple(sorted(set(events))))


def _paid_above_awarded(award: Award) -> Found | None:
    if award.paid <= award.awarded:
        return None
    told = f"Paid {_money(award.paid, award)}, awarded {_money(award.awarded, award)}"
    return f"{told}: {_money(award.paid - award.awarded, award)} more", [*award.at, *_at(award.sent), *_at(award.back)]


def _awarded_above(award: Award, bound: Sum | None, what: str) -> Found | None:
    if bound is None or bound.currency != award.currency or award.awarded <= bound.amount:
        return None
    told = f"Awarded {_money(award.awarded, award)}, {what} {bound}"
    return f"{told}: {_money(award.awarded - bound.amount, award)} more", [*award.at, bound.position]


def _awarded_above_requested(award: Award) -> Found | None:
    # Registers that do not know what was asked for tell of nothing.
    requested = award.bid.requested
    return _awarded_above(award, requested, "requested") if requested is not None and requested.amount > 0 else None


def _awarded_above_approved(award: Award) -> Found | None:
    return _awarded_above(award, award.bid.approved, "approved")


def _planned_start_before_award(award: Award) -> Found | None:
    if not award.planned:
        return None
    early = [(on, position) for on, position in award.planned.values() if surely_before(on, award.on)]
    if not early or award.declined:
        return None
    days = ", ".join(sorted(on.text for on, _ in early))
    return f"Planned to start {days}, awarded {award.on.text}", [award.at[0], *(position for _, position in early)]


def _paid_before_acceptance(award: Award) -> Found | None:
    if award.accepted is not None:
        bound, what = award.accepted, "accepted"
    elif award.stated:
        bound, what = (award.on, award.at[-1]), "awarded"
    else:
        return None
    # A total to date has the day of the register, and no day of payment.
    totals = award.stated_as("disbursed_in_all")
    early = [one for one in award.sent if surely_before(one.on, bound[0]) and one not in totals]
    if not early:
        return None
    paid = ", ".join(f"{one} on {one.on.text}" for one in early)
    return f"Paid {paid}, {what} {bound[0].text}", [bound[1], *_at(early)]


def _parts_unequal_to_total(award: Award) -> Found | None:
    if not (award.lines or award.parts or award.transactions):
        return None
    told, events = [], list(award.at)
    disbursed = award.disbursed.amount if award.disbursed is not None else None
    for name, parts, what, whole in (
        ("Budget lines", award.lines, "awarded", award.base + award.varied),
        ("Parts", [part for _, part in award.parts], "awarded", award.base),
        ("Disbursements", award.stated_as("disbursement"), "disbursed in all", disbursed),
    ):
        added = total(part for part in parts if part.currency == award.currency)
        added -= total(award.stated_as("return")) if name == "Disbursements" else 0
        if parts and whole is not None and added != whole and not award.declined:
            told.append(f"{name} come to {_money(added, award)}, {what} {_money(whole, award)}")
            events += _at(parts)
    return ("; ".join(told), events) if told else None


def _paid_below_awarded(award: Award) -> Found | None:
    told = award.disbursed
    if told is None or told.currency != award.currency or told.amount >= award.awarded:
        return None
    message = f"Disbursed in all {told}, awarded {_money(award.awarded, award)}"
    return f"{message}: {_money(award.awarded - told.amount, award)} less", [*award.at, told.position]


def _currency_unlike_award(award: Award) -> Found | None:
    found = [payment.sent for payment in award.payments.values() if payment.sent is not None]
    found += [one for payment in award.payments.values() if payment.stands for one in payment.returned]
    found += award.recovered
    found += [one for _, one in award.transactions.values()]
    found += [award.disbursed] if award.disbursed is not None else []
    other = sorted(
        (one for one in found if one.amount and one.currency != award.currency), key=lambda one: one.position
    )
    if not other:
        return None
    told = ", ".join(f"{one}" for one in other)
    return f"The award is in {award.currency}; of it stands in another currency: {told}", [award.at[-1], *_at(other)]


def _no_longer_stated(award: Award) -> Found | None:
    if award.gone is None:
        return None
    return "The register no longer has the award in its newest edition", [*award.at, award.gone]


def _duplicate_payments(award: Award) -> Found | None:
    if not _alike(award):
        return None
    on_a_day: dict[tuple[Decimal, str], list[Sum]] = defaultdict(list)
    referred: dict[str, list[Sum]] = defaultdict(list)
    totals = award.stated_as("disbursed_in_all")
    for sent in award.sent:
        if sent.on.precision is Precision.DAY and not sent.on.approximate and sent not in totals:
            on_a_day[sent.amount, sent.on.text].append(sent)
    for payment in award.payments.values():
        if payment.reference and payment.sent is not None:
            referred[payment.reference].append(payment.sent)
    told: dict[frozenset[int], str] = {}
    for (_, on), sums in on_a_day.items():
        if len(sums) > 1:
            told.setdefault(frozenset(_at(sums)), f"{len(sums)} payments agree in {sums[0]} on {on}")
    for reference, sums in referred.items():
        if len(sums) > 1:
            told.setdefault(frozenset(_at(sums)), f"{len(sums)} payments agree in bank reference {reference}")
    if not told:
        return None
    return "; ".join(told.values()), [position for positions in told for position in positions]


def _alike(award: Award) -> bool:
    """Whether any two payments could agree: most awards have none, and each is asked after each payment."""
    days = {(sent.on.text, sent.amount) for sent in award.sent}
    references = [payment.reference for payment in award.payments.values() if payment.reference]
    return len(days) < len(award.sent) or len(set(references)) < len(references)


AWARD_RULES: dict[str, Callable[[Award], Found | None]] = {
    "paid_above_awarded": _paid_above_awarded,
    "awarded_above_approved": _awarded_above_approved,
    "awarded_above_requested": _awarded_above_requested,
    "planned_start_before_award": _planned_start_before_award,
    "paid_before_acceptance": _paid_before_acceptance,
    "parts_unequal_to_total": _parts_unequal_to_total,
    "duplicate_payments": _duplicate_payments,
    "paid_below_awarded": _paid_below_awarded,
    "no_longer_stated": _no_longer_stated,
    "currency_unlike_award": _currency_unlike_award,
}


def _returns(of: str, award: Award) -> Iterator[Finding]:
    for one in award.returns.values():
        due = one.due.latest
        if due is None:
            continue
        told = f"Return {one.number}, due {one.due.text}, has not come in: {one.covers}"
        subject = f"{of}/return {one.number}"
        if one.certified is None:
            yield Finding("return_overdue", subject, told, (one.position,), due)
        else:
            on, position = one.certified
            first = first_day(on)
            if first is not None and first > due:
                yield Finding("return_overdue", subject, told, (one.position, position), due, settled=counts_from(on))


# --- Dates ------------------------------------------------------------------------------------------------------------

# What these tell has been done when it is told.
_DONE = {
    "ApprovalVaried", "AwardOffered", "AwardRestated", "AwardStated", "BidApproved", "BidDeclined", "BidRestated",
    "BidResubmitted", "BidRevised", "BidStated", "BidSubmitted", "OfferAccepted", "PaymentApproved",
    "PaymentReleased", "PaymentRequested", "PaymentReturned", "PaymentSettled", "RecoverySettled", "TransactionStated",
}  # fmt: skip


def _disordered(award: Award) -> list[tuple[Step, Step]]:
    wrong: list[tuple[Step, Step]] = []
    if award.accepted is not None:
        wrong += out_of_order([(("awarded", award.on, award.at[0]), ("accepted", *award.accepted))])
    for payment in award.payments.values():
        wrong += payment.disordered
    return wrong


def _steps_of_bid(bid: Bid) -> list[tuple[Step, Step]]:
    pairs: list[tuple[Step, Step]] = []
    submitted: Step | None = None
    for kind, note in bid.steps:
        if kind in ("BidSubmitted", "BidStated", "BidRestated", "BidResubmitted"):
            submitted = ("submitted", when(note.on), note.position)
        elif kind in ("BidApproved", "BidDeclined") and submitted is not None:
            decided = "approved" if kind == "BidApproved" else "declined"
            pairs.append((submitted, (decided, when(note.on), note.position)))
    return pairs


def _dates(seen: Seen, wrong: Sequence[tuple[Step, Step]]) -> Iterator[Finding]:
    yield from _out_of_order(seen.subject, wrong)
    yield from _ahead(seen)


def _out_of_order(subject: str, wrong: Sequence[tuple[Step, Step]]) -> Iterator[Finding]:
    if wrong:
        told = "; ".join(f"{a[0]} {a[1].text} before {b[0]} {b[1].text}" for b, a in wrong)
        at = {position for pair in wrong for _, _, position in pair}
        yield Finding("dates_out_of_order", subject, f"{told[0].upper()}{told[1:]}", tuple(sorted(at)))


def _ahead(seen: Seen) -> Iterator[Finding]:
    ahead = [note for note in _done(seen.notes) if _lies_ahead(note)] if seen.is_ahead else []
    if ahead:
        told = "; ".join(f"{note.kind} {note.on}, recorded {note.recorded.isoformat()}" for note in ahead)
        yield Finding("date_in_future", seen.subject, told, tuple(note.position for note in ahead))


def _lies_ahead(note: Note) -> bool:
    first = first_day(when(note.on))
    return first is not None and first > note.recorded


def _done(notes: Sequence[Note]) -> list[Note]:
    """What is told as done and stands: not what was reversed, nor what a register states otherwise by now."""
    told: dict[object, Note] = {}
    for note in notes:
        if note.kind == "PaymentReversed":
            told = {
                slot: one
                for slot, one in told.items()
                if not (one.kind.startswith("Payment") and one.number == note.number)
            }
        elif note.kind == "TransactionUnstated":
            told.pop(("transaction", note.number), None)
        elif note.kind == "TransactionStated":
            if note.said not in ("planned", "disbursed_in_all"):
                told["transaction", note.number] = note
        elif note.kind in _DONE:
            stated = note.kind.endswith("tated")
            told["stated" if stated else note.position] = note
    return list(told.values())


def _bid(seen: Seen) -> Iterator[Finding]:
    yield from _dates(seen, out_of_order(_steps_of_bid(bid_of(seen.notes))))


# --- Partnerships and lists -------------------------------------------------------------------------------------------


def _partnership(seen: Seen) -> Iterator[Finding]:
    periods = [note for note in seen.notes if note.kind == "PeriodOfPartnership"]
    steps: list[tuple[Step, Step]] = [
        (("starts", when(note.on), note.position), ("ends", when(note.until or "unknown"), note.position))
        for note in periods
    ]
    yield from _dates(seen, out_of_order(steps))
    yield from _sums_of_partnership(seen)
    yield from _partners(seen)


def _sums_of_partnership(seen: Seen) -> Iterator[Finding]:
    """A basis that ends in _total is the total of the one that ends in _component."""
    sums: dict[str, dict[str, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for note in seen.notes:
        if note.kind == "SumStated" and note.said is not None:
            stem, _, role = note.said.rpartition("_")
            sums[f"{stem} {note.currency}"][role].append(note)
    told, events = [], []
    for of_stem in sums.values():
        totals, parts = of_stem.get("total", []), of_stem.get("component", [])
        whole, added = (sum((note.amount or ZERO for note in notes), ZERO) for notes in (totals, parts))
        if totals and parts and whole != added:
            currency = totals[0].currency
            told.append(f"Parts come to {added:f} {currency}, stated in all {whole:f} {currency}")
            events += [note.position for note in (*totals, *parts)]
    if told:
        yield Finding("parts_unequal_to_total", seen.subject, "; ".join(told), tuple(sorted(events)))


def _partners(seen: Seen) -> Iterator[Finding]:
    """Lists of partners are seldom whole: only one that is longer than the number stated is surely unlike it."""
    stated = [note for note in seen.notes if note.kind == "PartnersStated" and note.number is not None]
    authorities = [note for note in seen.notes if note.kind == "AuthoritiesStated" and note.number is not None]
    ever: dict[str, Note] = {}
    for note in seen.notes:
        if note.kind == "PartnerJoined" and note.said is not None:
            ever.setdefault(note.said, note)
        elif note.kind == "PartnerLeft" and note.said is not None:
            ever.pop(note.said, None)
    told, events = [], []
    for note in stated:
        if len(ever) > (note.number or 0):
            told.append(f"{note.number} partners stated, {len(ever)} listed")
            events += [note.position, *(one.position for one in ever.values())]
        told += [
            f"{one.number} authorities stated among {note.number} partners"
            for one in authorities
            if (one.number or 0) > (note.number or 0)
        ]
    if told:
        events = events or [stated[0].position]
        yield Finding("total_unlike_list", seen.subject, "; ".join(told), tuple(sorted(set(events))))


def _scheme(seen: Seen) -> Iterator[Finding]:
    listed = [note for note in seen.notes if note.kind == "PilotListed" and note.number is not None]
    yield from _counts(seen, listed)
    yield from _numbers(seen, listed)


def _counts(seen: Seen, listed: Sequence[Note]) -> Iterator[Finding]:
    unlike = [note for note in seen.notes if note.kind == "CountStated" and note.number != len(listed)]
    if unlike and listed:
        told = "; ".join(f"{note.number} {note.said} stated, {len(listed)} listed" for note in unlike)
        events = [note.position for note in (*unlike, *listed)]
        yield Finding("total_unlike_list", seen.subject, told, tuple(sorted(events)))


def _numbers(seen: Seen, listed: Sequence[Note]) -> Iterator[Finding]:
    by_number: dict[int, list[Note]] = defaultdict(list)
    for note in listed:
        by_number[note.number or 0].append(note)
    numbers = sorted(by_number)
    told = [
        f"no {before + 1}" if after == before + 2 else f"no {before + 1} to {after - 1}"
        for before, after in pairwise(numbers)
        if after > before + 1
    ]
    told += [f"{number} {len(notes)} times" for number, notes in by_number.items() if len(notes) > 1]
    if told:
        edges = {number for pair in pairwise(numbers) if pair[1] > pair[0] + 1 for number in pair}
        edges |= {number for number, notes in by_number.items() if len(notes) > 1}
        events = sorted(note.position for number in edges for note in by_number[number])
        whole = f"Numbered {numbers[0]} to {numbers[-1]}, {', '.join(told)}"
        yield Finding("numbering_gap", seen.subject, whole, tuple(events))


# --- Organisations ----------------------------------------------------------------------------------------------------


def _organisation(seen: Seen) -> Iterator[Finding]:
    """Names that registers use, against what the organisation is called: a renaming of our own is no difference."""
    names: dict[str, Note] = {}
    for note in seen.notes:
        if note.kind in ("OrganisationRegistered", "NameStated") and note.said is not None:
            names.setdefault(plain_name(note.said), note)
    if len(names) > 1:
        told = f"Called {', '.join(f'{note.said}' for note in names.values())}"
        events = tuple(note.position for note in names.values())
        yield Finding("organisation_under_two_names", seen.subject, told, events)


def _holders(seen: Seen) -> dict[str, Note]:
    held: dict[str, Note] = {}
    for note in seen.notes:
        if note.said is None:
            continue
        if note.kind == "Left":
            held.pop(note.said, None)
        else:
            held[note.said] = note
    return held


def _shared(rule: str) -> Callable[[Seen], Iterator[Finding]]:
    def check(seen: Seen) -> Iterator[Finding]:
        held = _holders(seen)
        if len(held) > 1:
            text = seen.subject.partition(":")[2]
            who = ", ".join(sorted(seen.name(thing) for thing in held))
            events = tuple(sorted(note.position for note in held.values()))
            yield Finding(rule, text, f"{text} is of {len(held)} organisations: {who}", events)

    return check


RULES_OF: dict[str, Callable[[Seen], Iterable[Finding]]] = {
    "award": _award,
    "bid": _bid,
    "partnership": _partnership,
    "scheme": _scheme,
    "organisation": _organisation,
    "identifier": _shared("identifier_of_two_organisations"),
    "name": _shared("name_of_two_organisations"),
}


def _money(amount: Decimal, award: Award) -> str:
    return f"{amount:.{minor_units(award.currency)}f} {award.currency}"


def _at(sums: Iterable[Sum]) -> list[int]:
    return [one.position for one in sums]
