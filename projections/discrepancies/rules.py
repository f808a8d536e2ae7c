"""The rules that find discrepancies, each a small pure function. ``catalogue`` describes them in words.

A rule reports only what is certain: if a date that is partly known or approximate leaves the answer open, it finds
nothing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from domain.funding_round import is_after
from domain.values.shown import shown_amount, shown_count, shown_date
from domain.values.when import When
from projections.delays.clock import first_day, last_day
from projections.discrepancies.eligibility import broken_rules
from projections.discrepancies.facts import (
    ZERO,
    Award,
    Step,
    Sum,
    award_of,
    bid_of,
    clash,
    out_of_order,
    surely_before,
    total,
    when,
)
from projections.discrepancies.notes import ADMITTED, DONE, Note, plain_name
from projections.tables.effect import counts_from

# --- What rules read, and what they find -----------------------------------------------------------------------------


class Finding(NamedTuple):
    """What one rule finds about one subject: the figures in words, and the positions of the events concerned.

    With *due*, it is a discrepancy only after that day. With *settled*, it was one until that day.
    """

    rule: str
    subject: str
    message: str
    events: tuple[int, ...]
    due: date | None = None
    settled: date | None = None


@dataclass(slots=True)
class Seen:
    """What a rule reads: the notes of its subject, those of the thing *linked* to it, and the *names* of things.

    Notes may be added to either list: the next call reads only the added ones. *award_findings* are the findings about
    an award that do not depend on the day of recording.
    """

    subject: str
    notes: Sequence[Note]
    linked: Sequence[Note]
    names: dict[str, str]
    award_findings: list[Finding] = field(default_factory=list, init=False)
    _award: Award | None = field(default=None, init=False)
    _future_date: bool = field(default=False, init=False)
    _applied: int = field(default=0, init=False)
    _searched: int = field(default=0, init=False)
    _applied_linked: int = field(default=0, init=False)

    @property
    def award(self) -> Award | None:
        """The award after the notes, with its bid; None if no note begins one."""
        self._award = award_of(self.notes[self._applied :], self._award)
        self._applied = len(self.notes)
        if self._award is not None and self._applied_linked != len(self.linked):
            self._award.bid = bid_of(self.linked)
            self._award.has_changed = True
            self._applied_linked = len(self.linked)
        return self._award

    @property
    def has_future_date(self) -> bool:
        """Whether any note has a date that was surely in the future when it was recorded."""
        self._future_date = self._future_date or any(map(_is_in_future, self.notes[self._searched :]))
        self._searched = len(self.notes)
        return self._future_date

    def name(self, thing: str) -> str:
        """The code of *thing*; its id if it has none."""
        return self.names.get(thing, thing)


def findings(seen: Seen) -> Sequence[Finding]:
    """All discrepancies of the subject."""
    # Of other things only the dates are looked at.
    found = RULES_OF.get(_sort(seen.subject), _future_dates)(seen)
    return found if isinstance(found, list) else [*found]


@lru_cache(maxsize=4096)
def _sort(subject: str) -> str:
    return subject.partition("-")[0].partition(":")[0]


# --- Awards -----------------------------------------------------------------------------------------------------------


def _award(seen: Seen) -> Sequence[Finding]:
    """The discrepancies of an award. The rules run only if it changed: most notes are ordinary steps of payments."""
    award = seen.award
    if award is None:
        return []
    if award.has_changed:
        award.settle()
        of_dates = _out_of_order(seen.subject, [*award.order.pairs(), *out_of_order(_stated_steps(award))])
        seen.award_findings = [*_broken_rules(seen.subject, award), *of_dates, *_returns(seen.subject, award)]
        award.has_changed = False
    return [*seen.award_findings, *_future_dates(seen)]


Found = tuple[str, Iterable[int]]


def _broken_rules(subject: str, award: Award) -> Iterator[Finding]:
    """What the rules for awards find, apart from the order of steps and overdue returns."""
    for rule, check in AWARD_RULES.items():
        found = check(award)
        if found is not None:
            message, events = found
            yield Finding(rule, subject, message, tuple(sorted(set(events))))


def _paid_above_awarded(award: Award) -> Found | None:
    # An award below 0 is another discrepancy; paying nothing does not exceed it.
    if not award.amount_stated or award.paid <= max(award.awarded, ZERO):
        return None
    message = f"Paid {_money(award.paid, award)}, awarded {_money(award.awarded, award)}"
    message += f": {_money(award.paid - award.awarded, award)} more than was awarded"
    return message, [*award.at, *_at(award.sent), *_at(award.back)]


def _award_of_zero_or_less(award: Award) -> Found | None:
    if not award.stated or not award.amount_stated or award.awarded > 0:
        return None
    return f"The register states an award of {_money(award.awarded, award)}", [*award.at]


def _awarded_above(award: Award, bound: Sum | None, what: str) -> Found | None:
    if bound is None or bound.currency != award.currency or award.awarded <= bound.amount:
        return None
    message = f"Awarded {_money(award.awarded, award)}, {what} {bound}"
    message += f": {_money(award.awarded - bound.amount, award)} more than was {what}"
    return message, [*award.at, bound.position]


def _awarded_above_requested(award: Award) -> Found | None:
    # A register that does not know the sum requested states 0 or leaves it out.
    requested = award.bid.requested
    return _awarded_above(award, requested, "requested") if requested is not None and requested.amount > 0 else None


def _awarded_above_approved(award: Award) -> Found | None:
    return _awarded_above(award, award.bid.approved, "approved")


def _planned_start_before_award(award: Award) -> Found | None:
    early = [(on, position) for on, position in award.planned.values() if surely_before(on, award.on)]
    if not early or award.declined:
        return None
    days = ", ".join(shown_date(on) for on, _ in sorted(early, key=lambda step: step[0].text))
    starts = "Planned start" if len(early) == 1 else "Planned starts"
    are = "is" if len(early) == 1 else "are"
    message = f"{starts} ({days}) {are} before the award ({shown_date(award.on)})"
    return message, [award.at[0], *(position for _, position in early)]


def _paid_before_acceptance(award: Award) -> Found | None:
    if award.accepted is not None:
        bound, what = award.accepted, "acceptance"
    elif award.stated:
        bound, what = (award.on, award.at[-1]), "award"
    else:
        return None
    # A total to date has the date of the register, not a date of payment.
    totals = award.stated_as("disbursed_in_all")
    early = [one for one in award.sent if surely_before(one.on, bound[0]) and one not in totals]
    if not early:
        return None
    paid = ", ".join(f"{one} ({shown_date(one.on)})" for one in early)
    return f"Paid {paid} before the {what} ({shown_date(bound[0])})", [bound[1], *_at(early)]


def _parts_unequal_to_total(award: Award) -> Found | None:
    if not (award.lines or award.parts or award.transactions):
        return None
    messages, events = [], list(award.at)
    disbursed = award.disbursed.amount if award.disbursed is not None else None
    for name, parts, what, whole in (
        ("Budget lines", [line for _, line in award.lines], "award", award.base + award.varied),
        ("Parts", [part for _, part in award.parts], "award", award.base if award.amount_stated else None),
        ("Disbursements", award.stated_as("disbursement"), "total disbursed", disbursed),
    ):
        added = total(part for part in parts if part.currency == award.currency)
        added -= total(award.stated_as("return")) if name == "Disbursements" else 0
        if parts and whole is not None and added != whole and not award.declined:
            messages.append(f"{name} add up to {_money(added, award)}, but the {what} is {_money(whole, award)}")
            events += _at(parts)
    return ("; ".join(messages), events) if messages else None


def _paid_below_awarded(award: Award) -> Found | None:
    stated = award.disbursed
    if stated is None or stated.currency != award.currency or stated.amount >= award.awarded:
        return None
    message = f"Disbursed {stated} in all, awarded {_money(award.awarded, award)}"
    message += f": {_money(award.awarded - stated.amount, award)} less than was awarded"
    return message, [*award.at, stated.position]


def _currency_unlike_award(award: Award) -> Found | None:
    found = [payment.sent for payment in award.payments.values() if payment.sent is not None]
    found += [one for payment in award.payments.values() if payment.is_valid for one in payment.returned]
    found += award.recovered
    found += [one for _, one in award.transactions.values()]
    found += [award.disbursed] if award.disbursed is not None else []
    other = sorted(
        (one for one in found if one.amount and one.currency != award.currency), key=lambda one: one.position
    )
    if not other:
        return None
    amounts = ", ".join(f"{one}" for one in other)
    message = f"The award is in {award.currency}, but has amounts in another currency: {amounts}"
    return message, [award.at[-1], *_at(other)]


def _no_longer_stated(award: Award) -> Found | None:
    if award.left_out_at is None:
        return None
    return "The newest edition of the register leaves out the award", [*award.at, award.left_out_at]


def _spent_above_award(award: Award) -> Found | None:
    spent = total(award.spent)
    # A register that states no amount does not say that nothing was awarded. An award below 0 is another discrepancy.
    if not award.amount_stated or spent <= max(award.awarded, ZERO):
        return None
    message = f"Spent {_money(spent, award)}, awarded {_money(award.awarded, award)}"
    message += f": {_money(spent - award.awarded, award)} more than was awarded"
    return message, [*award.at, *_at(award.spent)]


def _spent_above_paid(award: Award) -> Found | None:
    spent = total(award.spent)
    # A register that states no payment does not say that nothing was paid.
    if spent <= award.paid or (award.stated and not award.sent):
        return None
    message = f"Spent {_money(spent, award)}, paid {_money(award.paid, award)}"
    message += f": {_money(spent - award.paid, award)} more than was paid"
    return message, [*_at(award.spent), *_at(award.sent), *_at(award.back)]


def _line_overspent(award: Award) -> Found | None:
    messages, events = [], []
    for name in dict.fromkeys(name for name, _ in award.lines):
        lines, spent = (
            [one for line, one in sums if line == name and one.currency == award.currency]
            for sums in (award.lines, award.reported)
        )
        budget, used = total(lines), total(spent)
        if used > budget:
            over = f"{_money(used - budget, award)} more than the line"
            messages.append(f"{name}: spent {_money(used, award)} of {_money(budget, award)}, {over}")
            events += _at(lines) + _at(spent)
    return ("; ".join(messages), events) if messages else None


def _budget_line_missing(award: Award) -> Found | None:
    if not award.left_out:
        return None
    kinds = ", ".join(dict.fromkeys(kind.replace("_", " ") for kind, _ in award.left_out))
    return f"The budget has no line for {kinds}, as its source states", [position for _, position in award.left_out]


def _duplicate_payments(award: Award) -> Found | None:
    """Compares the payments of one day. Those of several days or awards are compared under their payee."""
    on_a_day: dict[tuple[Decimal, str], list[Sum]] = defaultdict(list)
    kept = [one.sent for one in award.payments.values() if one.sent is not None and not one.is_back]
    sent = [one for one in kept if one.currency == award.currency] + award.stated_as("disbursement")
    for one in sent:
        if one.on.day is not None:
            on_a_day[one.amount, one.on.text].append(one)
    alike = [sums for sums in on_a_day.values() if len(sums) > 1]
    if not alike:
        return None
    messages = [
        f"{len(sums)} payments have the same amount and date ({sums[0]}, {shown_date(sums[0].on)})" for sums in alike
    ]
    return "; ".join(messages), [position for sums in alike for position in _at(sums)]


def _duties_not_separated(award: Award) -> Found | None:
    """What was done before duties were kept apart, or where the programme does not keep them apart."""
    messages, events = [], []
    for place, one in enumerate(award.duties):
        for other in award.duties[:place]:
            if clash(one, other):
                messages.append(f"{one.actor} {other.duty} and {one.duty} {one.matter}")
                events += [other.position, one.position]
    for actor, position in award.bid.decided:
        for one in award.duties:
            if (one.actor, one.duty) == (actor, "approved"):
                messages.append(f"{actor} decided the bid and {one.duty} {one.matter}")
                events += [position, one.position]
    return ("; ".join(dict.fromkeys(messages)), events) if messages else None


AWARD_RULES: dict[str, Callable[[Award], Found | None]] = {
    "paid_above_awarded": _paid_above_awarded,
    "award_of_zero_or_less": _award_of_zero_or_less,
    "awarded_above_approved": _awarded_above_approved,
    "awarded_above_requested": _awarded_above_requested,
    "planned_start_before_award": _planned_start_before_award,
    "paid_before_acceptance": _paid_before_acceptance,
    "parts_unequal_to_total": _parts_unequal_to_total,
    "duplicate_payments": _duplicate_payments,
    "paid_below_awarded": _paid_below_awarded,
    "no_longer_stated": _no_longer_stated,
    "currency_unlike_award": _currency_unlike_award,
    "spent_above_award": _spent_above_award,
    "spent_above_paid": _spent_above_paid,
    "line_overspent": _line_overspent,
    "budget_line_missing": _budget_line_missing,
    "duties_not_separated": _duties_not_separated,
}


def _returns(of: str, award: Award) -> Iterator[Finding]:
    for one in award.returns.values():
        due = one.due.latest
        if due is None:
            continue
        message = f"Return {one.number} (due {_shown(one.due.text)}) has not been received: {one.covers}"
        subject = f"{of}/return {one.number}"
        if one.certified is None:
            yield Finding("return_overdue", subject, message, (one.position,), due)
        else:
            on, position = one.certified
            first = first_day(on)
            if first is not None and first > due:
                events = (one.position, position)
                yield Finding("return_overdue", subject, message, events, due, settled=counts_from(on))


# --- Dates ------------------------------------------------------------------------------------------------------------

_DONE = {kind.__name__ for kind in DONE}


def _stated_steps(award: Award) -> Iterator[tuple[Step, Step]]:
    """What a register states to have come back or been spent, each with the step that it cannot be before."""
    # A total to date has the date of the register, not a date of payment.
    sent = [one for one in award.stated_as("disbursement") if first_day(one.on) is not None]
    first = min(sent, key=lambda one: (first_day(one.on) or date.max, one.position), default=None)
    for back in award.stated_as("return"):
        if first is not None and not award.stated_as("disbursed_in_all"):
            yield ("first disbursement", first.on, first.position), ("return", back.on, back.position)
    for spent in award.stated_as("expenditure"):
        yield ("award", award.on, award.at[-1]), ("expenditure", spent.on, spent.position)


def _dates(seen: Seen, wrong: Sequence[tuple[Step, Step]]) -> Iterator[Finding]:
    yield from _out_of_order(seen.subject, wrong)
    yield from _future_dates(seen)


def _out_of_order(subject: str, wrong: Sequence[tuple[Step, Step]]) -> Iterator[Finding]:
    if wrong:
        messages = [
            f"The {second} ({shown_date(on)}) is before the {first} ({shown_date(since)})"
            for (first, since, _), (second, on, _) in wrong
        ]
        at = {position for pair in wrong for _, _, position in pair}
        yield Finding("dates_out_of_order", subject, "; ".join(messages), tuple(sorted(at)))


# The kinds of events that state an outcome, which may have a target alone.
_TARGETS = ("OutcomeStated", "OutcomeRestated")


def _future_dates(seen: Seen) -> Iterator[Finding]:
    dated_later = [note for note in _done(seen.notes) if _is_in_future(note)] if seen.has_future_date else []
    # The date of an outcome without a result is that of its target.
    dated_later = [note for note in dated_later if not (note.kind in _TARGETS and note.said is None)]
    if dated_later:
        messages = [
            f"{_event_name(note.kind)}: dated {_shown(note.on)}, but recorded on {_shown(note.recorded.isoformat())}"
            for note in dated_later
        ]
        yield Finding("date_in_future", seen.subject, "; ".join(messages), tuple(note.position for note in dated_later))


def _event_name(kind: str) -> str:
    """The name of an event as people read it: "Award stated" for AwardStated."""
    return re.sub("(?<!^)[A-Z]", lambda capital: f" {capital[0].lower()}", kind)


def _is_in_future(note: Note) -> bool:
    first = first_day(when(note.on))
    return first is not None and first > note.recorded


def _done(notes: Sequence[Note]) -> list[Note]:
    """The valid notes of what has happened: without reversed payments, and without what a register later restated."""
    done: dict[object, Note] = {}
    for note in notes:
        for slot in _undone_by(note, done):
            done.pop(slot, None)
        slot = _slot(note)
        if slot is not None and (slot != note.position or slot not in done):
            # An event may have several notes; the first has its name.
            done[slot] = note
    return list(done.values())


def _slot(note: Note) -> object:
    """The place of what a note says was done, which a later statement of the same takes; None if it says no such."""
    match note.kind:
        case "TransactionStated":
            return ("transaction", note.number) if note.said not in ("planned", "disbursed_in_all") else None
        case "PeriodStated":
            return ("period", note.number) if note.said == "actual" else None
        case "AwardStated" | "AwardRestated" | "BidStated" | "BidRestated" | "OutcomeStated" | "OutcomeRestated":
            return "stated"
    return note.position if note.kind in _DONE else None


def _undone_by(note: Note, done: dict[object, Note]) -> list[object]:
    """The slots of *done* that the event of *note* undoes."""
    match note.kind:
        case "PaymentReversed":
            return _slots_of_payment(note, done)
        case "ReturnUndone":
            returned = _slots_of_payment(note, done, "PaymentReturned")
            return [slot for slot in returned if done[slot].amount == -(note.amount or ZERO)][-1:]
        case "MatchUndone":
            return _slots_of_payment(note, done, "PaymentSettled")
        case "TransactionUnstated":
            return [("transaction", note.number)]
    return []


def _slots_of_payment(note: Note, done: dict[object, Note], kind: str = "Payment") -> list[object]:
    return [slot for slot, one in done.items() if one.kind.startswith(kind) and one.number == note.number]


def _bid(seen: Seen) -> Iterator[Finding]:
    yield from _dates(seen, bid_of(seen.notes).order.pairs())
    yield from _outside_round(seen)
    yield from _ineligible(seen)


def _outside_round(seen: Seen) -> Iterator[Finding]:
    """Compares each submission to a round with the opening and the closings of that round."""
    messages, events = [], []
    for note in seen.notes:
        if note.kind not in ("BidSubmitted", "BidResubmitted") or note.said == ADMITTED:
            continue
        for of_round in (one for one in seen.linked if one.other is not None and one.other == note.other):
            what = _how_outside(note, of_round)
            if what is not None:
                messages.append(f"The submission ({_at_time(note.on, note.said)}) is {what}")
                events += [note.position, of_round.position]
    if messages:
        yield Finding("bid_outside_round", seen.subject, "; ".join(messages), tuple(sorted(set(events))))


def _ineligible(seen: Seen) -> Iterator[Finding]:
    """Compares a bid that a source states with the eligibility rules of its scheme."""
    broken = broken_rules(seen.notes, seen.linked)
    if broken:
        events = {position for one in broken for position in one.events}
        message = "; ".join(f"Does not meet {one.rule} (version {one.version}): {one.found}" for one in broken)
        yield Finding("bid_ineligible", seen.subject, message, tuple(sorted(events)))


def _how_outside(note: Note, of_round: Note) -> str | None:
    if of_round.kind == "RoundOpened" and surely_before(when(note.on), when(of_round.on)):
        return f"before the opening of the round ({_shown(of_round.on)})"
    closes = of_round.on if of_round.kind == "RoundClosed" else of_round.until
    if closes is not None and is_after(when(note.on), note.said, (when(closes), of_round.said)):
        return f"after the closing of the round ({_at_time(closes, of_round.said)})"
    return None


def _at_time(on: str, time: str | None) -> str:
    return f"{_shown(on)} {time}" if time is not None else _shown(on)


# --- Partnerships and lists -------------------------------------------------------------------------------------------


def _partnership(seen: Seen) -> Iterator[Finding]:
    periods = [note for note in seen.notes if note.kind == "PeriodOfPartnership"]
    steps: list[tuple[Step, Step]] = [
        (("start", when(note.on), note.position), ("end", when(note.until or "unknown"), note.position))
        for note in periods
    ]
    yield from _dates(seen, out_of_order(steps))
    yield from _sums_of_partnership(seen)
    yield from _partners(seen)
    yield from _adviser_supplies(seen)


# The events that name a supplier of the work.
SUPPLYING = ("SupplierEngaged", "SupplierReplaced", "SupplierAppointed")


def _adviser_supplies(seen: Seen) -> Iterator[Finding]:
    """Whoever advised a bid of the partnership and later supplies its work, which the bid may have been written for."""
    advising: dict[str, int] = {}
    found: dict[str, tuple[int, ...]] = {}
    for note in seen.notes:
        if note.said is None:
            continue
        if note.kind == "AdviserRecorded":
            advising.setdefault(note.said, note.position)
        elif note.kind in SUPPLYING:
            found[note.said] = (*found.get(note.said, ()), note.position)
    both = sorted(advising.keys() & found.keys(), key=seen.name)
    if both:
        message = f"Advised a bid and supplies the work: {', '.join(seen.name(one) for one in both)}"
        events = {position for one in both for position in (advising[one], *found[one])}
        yield Finding("adviser_supplies", seen.subject, message, tuple(sorted(events)))


def _sums_of_partnership(seen: Seen) -> Iterator[Finding]:
    """Compares the sums whose basis ends in _total with those whose basis ends in _component."""
    sums: dict[str, dict[str, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for note in seen.notes:
        if note.kind == "SumStated" and note.said is not None:
            stem, _, role = note.said.rpartition("_")
            sums[f"{stem} {note.currency}"][role].append(note)
    messages, events = [], []
    for of_stem in sums.values():
        totals, parts = of_stem.get("total", []), of_stem.get("component", [])
        whole, added = (sum((note.amount or ZERO for note in notes), ZERO) for notes in (totals, parts))
        if totals and parts and whole != added:
            currency = totals[0].currency or ""
            parts_shown, whole_shown = shown_amount(added, currency), shown_amount(whole, currency)
            messages.append(f"Parts add up to {parts_shown}, but the total stated is {whole_shown}")
            events += [note.position for note in (*totals, *parts)]
    if messages:
        yield Finding("parts_unequal_to_total", seen.subject, "; ".join(messages), tuple(sorted(events)))


def _partners(seen: Seen) -> Iterator[Finding]:
    """Compares lists of partners with the number stated. Lists are seldom complete, so only a longer one is wrong."""
    stated = [note for note in seen.notes if note.kind == "PartnersStated" and note.number is not None]
    authorities = [note for note in seen.notes if note.kind == "AuthoritiesStated" and note.number is not None]
    ever: dict[str, Note] = {}
    for note in seen.notes:
        if note.kind == "PartnerJoined" and note.said is not None:
            ever.setdefault(note.said, note)
        elif note.kind == "PartnerLeft" and note.said is not None:
            ever.pop(note.said, None)
    messages, events = [], []
    for note in stated:
        partners = shown_count(note.number or 0, "partner")
        if len(ever) > (note.number or 0):
            messages.append(f"{partners} stated, but {len(ever)} listed")
            events += [note.position, *(one.position for one in ever.values())]
        messages += [
            f"{shown_count(one.number or 0, 'authority', 'authorities')} stated among {partners}"
            for one in authorities
            if (one.number or 0) > (note.number or 0)
        ]
    if messages:
        events = events or [stated[0].position]
        yield Finding("total_unlike_list", seen.subject, "; ".join(messages), tuple(sorted(set(events))))


def _scheme(seen: Seen) -> Iterator[Finding]:
    listed = [note for note in seen.notes if note.kind == "PilotListed"]
    yield from _counts(seen, listed)
    yield from _numbers(seen, listed)
    yield from _names_of_programme(seen)


def _programme(seen: Seen) -> Iterator[Finding]:
    yield from _future_dates(seen)
    yield from _names_of_programme(seen)


def _names_of_programme(seen: Seen) -> Iterator[Finding]:
    """Compares the names that sources use for a programme or a scheme."""
    yield from _two_names(
        seen, "programme_under_two_names", ("ProgrammeEstablished", "SchemeEstablished", "ProgrammeNameStated")
    )


def _two_names(seen: Seen, rule: str, kinds: Sequence[str]) -> Iterator[Finding]:
    """Compares the names in the notes of these *kinds*."""
    names: dict[str, Note] = {}
    for note in seen.notes:
        if note.kind in kinds and note.said is not None:
            names.setdefault(plain_name(note.said), note)
    if len(names) > 1:
        message = f"Known under {len(names)} names: {'; '.join(f'{note.said}' for note in names.values())}"
        yield Finding(rule, seen.subject, message, tuple(note.position for note in names.values()))


def _counts(seen: Seen, listed: Sequence[Note]) -> Iterator[Finding]:
    unlike = [note for note in seen.notes if note.kind == "CountStated" and note.number != len(listed)]
    if unlike and listed:
        messages = [
            f"{shown_count(note.number or 0, f'{note.said}'.removesuffix('s'))} stated, but {len(listed)} listed"
            for note in unlike
        ]
        events = [note.position for note in (*unlike, *listed)]
        yield Finding("total_unlike_list", seen.subject, "; ".join(messages), tuple(sorted(events)))


def _numbers(seen: Seen, listed: Sequence[Note]) -> Iterator[Finding]:
    by_number: dict[int, list[Note]] = defaultdict(list)
    for note in listed:
        by_number[note.number or 0].append(note)
    numbers = sorted(by_number)
    missing = [
        f"{before + 1}" if after == before + 2 else f"{before + 1} to {after - 1}"
        for before, after in pairwise(numbers)
        if after > before + 1
    ]
    repeated = [f"{number} ({len(notes)} times)" for number, notes in by_number.items() if len(notes) > 1]
    if missing or repeated:
        edges = {number for pair in pairwise(numbers) if pair[1] > pair[0] + 1 for number in pair}
        edges |= {number for number, notes in by_number.items() if len(notes) > 1}
        events = sorted(note.position for number in edges for note in by_number[number])
        message = f"Numbered {numbers[0]} to {numbers[-1]}"
        message += f"; missing: {', '.join(missing)}" if missing else ""
        message += f"; repeated: {', '.join(repeated)}" if repeated else ""
        yield Finding("numbering_gap", seen.subject, message, tuple(events))


# --- Organisations ----------------------------------------------------------------------------------------------------


def _organisation(seen: Seen) -> Iterator[Finding]:
    yield from _future_dates(seen)
    yield from _names_of_organisation(seen)
    yield from _notices_of_organisation(seen)


def _notices_of_organisation(seen: Seen) -> Iterator[Finding]:
    """Finds improvement notices and interventions before which surely no help was offered in their support case."""
    offers: dict[int | None, list[Note]] = defaultdict(list)
    for note in seen.notes:
        if note.kind == "HelpOffered":
            offers[note.number].append(note)
    early: dict[int | None, list[Note]] = defaultdict(list)
    for note in seen.notes:
        if note.kind == "NoticeServed" and all(
            surely_before(when(note.on), when(offer.on)) for offer in offers[note.number]
        ):
            early[note.number].append(note)
    if early:
        cases = ", ".join(f"{case}" for case in sorted(case or 0 for case in early))
        events = sorted(note.position for notes in early.values() for note in notes)
        message = f"An improvement notice or intervention before any offer of help, in support case {cases}"
        yield Finding("notice_before_help", seen.subject, message, tuple(events))


def _names_of_organisation(seen: Seen) -> Iterator[Finding]:
    """Compares the names that registers use for an organisation. A renaming of our own does not count."""
    yield from _two_names(seen, "organisation_under_two_names", ("OrganisationRegistered", "NameStated"))


# The note that an organisation is part of another that has the same name or identifier.
MERGED = "OrganisationsMerged"


def holders(notes: Iterable[Note]) -> dict[str, Note]:
    """The organisations that have a name or identifier, by the *notes* under its key: each with its last note."""
    held: dict[str, Note] = {}
    for note in notes:
        if note.said is None:
            continue
        if note.kind in ("Left", MERGED):
            held.pop(note.said, None)
        else:
            held[note.said] = note
    return held


def _shared(rule: str) -> Callable[[Seen], Iterator[Finding]]:
    def check(seen: Seen) -> Iterator[Finding]:
        held = holders(seen.notes)
        if len(held) > 1:
            shared, _, text = seen.subject.partition(":")
            names = ", ".join(sorted(seen.name(thing) for thing in held))
            events = tuple(sorted(note.position for note in held.values()))
            yield Finding(rule, text, f"{len(held)} organisations have the {shared} {text}: {names}", events)

    return check


# --- Payments of several awards ---------------------------------------------------------------------------------------

# Two payments of one amount to one payee are taken to be one paid twice if they are at most so many days apart. Most
# instalments are a month apart or more.
WINDOW = 14


def _valid_payments(seen: Seen) -> list[Note]:
    """The payments under a key that count and have not come back."""
    paid: dict[str, Note] = {}
    back: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for note in seen.notes:
        payment = note.said or ""
        if note.kind == "Back":
            back[payment] += note.amount or ZERO
        else:
            back.pop(payment, None)
            paid.pop(payment, None)
            if note.kind == "Paid":
                paid[payment] = note
    return [note for payment, note in paid.items() if (note.amount or ZERO) > back[payment]]


def _payments_of_payee(seen: Seen) -> Iterator[Finding]:
    """Finds payments of one amount that are surely within WINDOW. Those of one day and award are that award's."""
    dated = [(first, last, note) for note in _valid_payments(seen) for first, last in (_span(note),) if first and last]
    dated.sort(key=lambda one: (one[0], one[2].position))
    groups: list[list[Note]] = []
    for before, after in pairwise(dated):
        if (max(before[1], after[1]) - before[0]).days > WINDOW:
            continue
        if groups and groups[-1][-1] is before[2]:
            groups[-1].append(after[2])
        else:
            groups.append([before[2], after[2]])
    alike = [group for group in groups if len({(_award_of(note), note.on) for note in group}) > 1]
    if alike:
        subject = seen.subject.partition(":")[2]
        message = "; ".join(
            f"{len(group)} payments of {_sum_of(group[0])} to one payee within {WINDOW} days: {_listed(seen, group)}"
            for group in alike
        )
        events = tuple(sorted({note.position for group in alike for note in group}))
        yield Finding("duplicate_payments", subject, message, events)


def _payments_of_reference(seen: Seen) -> Iterator[Finding]:
    paid = _valid_payments(seen)
    if len(paid) > 1:
        subject = seen.subject.partition(":")[2]
        message = f"{len(paid)} payments have the {subject}: {_listed(seen, paid, with_sums=True)}"
        yield Finding("reference_of_two_payments", subject, message, tuple(sorted({note.position for note in paid})))


def _listed(seen: Seen, payments: Sequence[Note], *, with_sums: bool = False) -> str:
    """The payments as people know them: award, number and date, and the sum *with_sums*."""
    shown = []
    for note in payments:
        thing, _, payment = (note.said or "").partition("/")
        amount = f"{_sum_of(note)}, " if with_sums else ""
        shown.append(f"{seen.name(thing)} {payment} ({amount}{_shown(note.on)})")
    return ", ".join(shown)


def _sum_of(note: Note) -> str:
    return shown_amount(note.amount or ZERO, note.currency or "")


def _award_of(note: Note) -> str:
    return (note.said or "").partition("/")[0]


def _span(note: Note) -> tuple[date | None, date | None]:
    on = when(note.on)
    return first_day(on), last_day(on)


RULES_OF: dict[str, Callable[[Seen], Iterable[Finding]]] = {
    "award": _award,
    "bid": _bid,
    "partnership": _partnership,
    "programme": _programme,
    "scheme": _scheme,
    "organisation": _organisation,
    "identifier": _shared("identifier_of_two_organisations"),
    "name": _shared("name_of_two_organisations"),
    "paid": _payments_of_payee,
    "reference": _payments_of_reference,
}


def _money(amount: Decimal, award: Award) -> str:
    return shown_amount(amount, award.currency)


# Cached, for every return of an award is shown each time the award changes.
@lru_cache(maxsize=4096)
def _shown(date_text: str) -> str:
    return shown_date(When(date_text))


def _at(sums: Iterable[Sum]) -> list[int]:
    return [one.position for one in sums]
