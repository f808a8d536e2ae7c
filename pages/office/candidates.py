"""What a bank entry may be, for people: each payment or repayment with the reasons, and as a choice of a form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.bank.entry import MatchEntry, MatchRepayment, Share
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money
from domain.values.shown import shown_amount, shown_date
from domain.values.when import When
from pages.frame.clocks import Clocks
from pages.frame.fields import Choices
from pages.frame.page import BadAddress
from projections import awards
from projections.bank.candidates import ProposalLine, unseen
from projections.bank.reading import EntryLine
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.tables.paging import Connection

# What a choice begins with: money that a payment is, or money that came back for a recovery.
PAYMENT, REPAYMENT = "payment", "repayment"
# How many payments that nothing proposes can be chosen.
MOST = 50
# What is wrong with a choice that no page gives, and how.
NAMES_NOTHING = "The form names no payment. Open the page of the entry again."
_NOT_OURS = (ValueError, TypeError, ArithmeticError, RecursionError)
HIGHEST = 10**8


@dataclass(frozen=True, slots=True)
class Part:
    """A payment, or a recovery, with its award and the code and name of the partnership; *paid* is the payment."""

    award_id: str
    award: str
    code: str
    place: str
    number: int
    amount: Money
    paid: PartLine | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an entry may be, and *why*. *choice* stands for it in a form; *words* name it there."""

    kind: str
    parts: list[Part]
    why: list[str]
    choice: str

    @property
    def words(self) -> str:
        """Payment 2 of A-1, 250.00 GBP (reference, amount)."""
        called = ", ".join(f"{self.kind} {one.number} of {one.award}" for one in self.parts)
        amounts = " + ".join(shown_amount(one.amount.amount, one.amount.currency) for one in self.parts)
        return f"{called[:1].upper()}{called[1:]}: {amounts} ({', '.join(self.why)})"


async def candidates_of(connection: Connection, clocks: Clocks, line: ProposalLine) -> list[Candidate]:
    """The candidates of an entry, the best first."""
    keys = [key for one in line.proposals for key, _, _ in one.payments]
    ids = sorted({key.award_id for key in keys} | {one.key.award_id for one in line.repayments})
    lines = {one.id: one for one in await awards.awards_by(connection, "id", ids)}
    of_places = [one.partnership_id for one in lines.values()]
    places = {one.id: one for one in await register.partnerships_by(connection, "id", of_places)}
    paid = await parts_by(connection, "stream", ids, kind="payment", as_at=clocks.as_at, known=clocks.then)
    payments = {(one.stream, one.number): one for one in paid}

    def part(award_id: str, number: int, amount: Money, payment: PartLine | None) -> Part:
        award = lines.get(award_id)
        place = places.get(award.partnership_id) if award else None
        return Part(award_id, award.reference if award else award_id, place.code if place else "",
                    place.name if place else "", number, amount, payment)  # fmt: skip

    found = []
    for proposal in line.proposals:
        parts = [
            part(key.award_id, key.number, amount, payments.get((key.award_id, key.number)))
            for key, amount, _ in proposal.payments
        ]
        stated = [[key.award_id, key.number, f"{amount.amount:f}", part] for key, amount, part in proposal.payments]
        why = [one.value for one in proposal.why]
        found.append(Candidate("payment", parts, why, json.dumps([PAYMENT, stated])))
    for repaid in line.repayments:
        of_recovery = part(repaid.key.award_id, repaid.key.number, line.amount, None)
        why = [one.value for one in repaid.why]
        found.append(Candidate("recovery", [of_recovery], why, json.dumps([REPAYMENT, list(repaid.key)])))
    return found


async def others_of(connection: Connection, line: EntryLine, candidates: list[Candidate]) -> Choices:
    """The payments that money which left an account may be although nothing proposes them, as choices.

    They are those of which at least as much has not been seen at the bank: the first MOST by how near their release is.
    """
    if line.amount > 0:
        return ()
    proposed = {(one.award_id, one.number) for candidate in candidates for one in candidate.parts}
    found = [
        one
        for one in await unseen(connection, line.currency)
        if one.left >= -line.amount and (one.award_id, one.number) not in proposed
    ]
    nearest = sorted(found, key=lambda one: (abs((one.released - line.booked).days), one.award, one.number))[:MOST]
    return tuple(
        (
            json.dumps([PAYMENT, [[one.award_id, one.number, f"{-line.amount:f}", None]]]),
            f"Payment {one.number} of {one.award}: {shown_amount(one.left, one.currency)} not seen at the bank,"
            f" released {shown_date(When(one.released.isoformat()))}",
        )
        for one in nearest
    )


def payments_of(candidates: list[Candidate]) -> Choices:
    """The payments of candidates as choices, each once."""
    return tuple(
        {
            json.dumps([one.award_id, one.number]): f"Payment {one.number} of {one.award}"
            for candidate in candidates
            if candidate.kind == "payment"
            for one in candidate.parts
        }.items()
    )


def chosen_match(about: Mapping[str, Any], values: dict[str, Any]) -> MatchEntry | MatchRepayment:
    """The command that a choice stands for. Raises BadAddress for a choice that no page gives."""
    kept: dict[str, Any] = {
        "entry_id": EntryId(about["entry_id"]), "because": values["because"], "on": values["on"],
    }  # fmt: skip
    try:
        kind, stated = json.loads(values["candidate"])
        if kind == REPAYMENT:
            award_id, number, part = stated
            return MatchRepayment(**kept, award_id=_award(award_id), number=_number(number), part=_number(part))
        shares = tuple(
            Share(
                award_id=_award(award_id),
                number=_number(number),
                amount=Money.of(str(amount), about["currency"]),
                part=part if part is None else _number(part),
            )
            for award_id, number, amount, part in stated
        )
    except _NOT_OURS as error:
        raise BadAddress(NAMES_NOTHING) from error
    return MatchEntry(**kept, shares=shares)


def chosen_payment(choice: str) -> tuple[AwardId, int]:
    """The award and number of the payment that a choice stands for. Raises BadAddress."""
    try:
        award_id, number = json.loads(choice)
        return _award(award_id), _number(number)
    except _NOT_OURS as error:
        raise BadAddress(NAMES_NOTHING) from error


def _award(stated: object) -> AwardId:
    """The id of an award in a choice. Raises ValueError for what is no text."""
    if not isinstance(stated, str) or not stated.isprintable():
        raise ValueError
    return AwardId(stated)


def _number(stated: object) -> int:
    """The number of a payment in a choice. Raises ValueError for what is none."""
    if type(stated) is not int or not 0 < stated < HIGHEST:
        raise ValueError
    return stated
