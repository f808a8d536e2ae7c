"""Separated duties: the steps of one matter that no person takes together.

The log keeps who recorded each event, so the rule compares the actor of a step with the actors of the earlier steps.
The database keeps the duties that people hold as well, and refuses a second one in the same transaction.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from domain import award, bid, organisation
from domain.across.mergers import one_with
from domain.across.office import office_of
from domain.governance import Separation
from domain.history import Reference, Written
from domain.people.person import Person
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId, OrganisationId, PersonId
from domain.values.refusal import Refused
from domain.values.when import When


class Duty(NamedTuple):
    """A duty that an actor takes with a step: *duty* in *matter*, such as "approve" in "payment 1 of award-...".

    Of the duties in one matter nobody holds two.
    """

    separation: Separation
    matter: str
    duty: str

    def kept(self, by: str) -> Reference:
        """What the log keeps of it: of the duties in one matter an actor has one."""
        return Reference(f"duty in {self.matter}", by, self.duty)


class SamePerson(Refused):
    """{person} has the duty to {held}, and so may not {duty}. These duties are separated: each is taken by another
    person.
    """


class HasInterest(Refused):
    """{person} has an interest in the bid: {interest}. Whoever has an interest neither assesses nor decides it."""


def duties(stream: str, event: Fact, bid_id: BidId | None, history: Sequence[Fact]) -> list[Duty]:
    """The duties that the actor of *event* of *stream* takes. *bid_id* is the bid of an award, if it has one.

    Of the *history* of the stream only the changes of an account before *event* are read.
    """
    match event:
        case award.PaymentRequested():
            return [_of_payment(stream, event.number, "request")]
        case award.PaymentApproved():
            paying = [_of_bid(bid_id, "approve its payments")] if bid_id is not None else []
            return [_of_payment(stream, event.number, "approve"), *paying]
        case award.PaymentReleased():
            return [_of_payment(stream, event.number, "release")]
        case bid.BidApproved() | bid.BidDeclined():
            return [_of_bid(stream, "decide the bid")]
        case award.ReturnPrepared():
            return [_of_return(stream, event.number, "prepare")]
        case award.ReturnCertified():
            return [_of_return(stream, event.number, "certify")]
        case organisation.PayeeAccountChanged():
            return [_of_account(stream, event, history, "change")]
        case organisation.PayeeAccountVerified():
            return [_of_account(stream, event, history, "verify")]
    return []


def _of_account(
    stream: str,
    event: organisation.PayeeAccountChanged | organisation.PayeeAccountVerified,
    history: Sequence[Fact],
    duty: str,
) -> Duty:
    """Each change is a matter of its own: one back to an earlier account is changed and verified anew."""
    before = takewhile(lambda one: one is not event, history)
    number = sum(isinstance(one, organisation.PayeeAccountChanged) and one.account == event.account for one in before)
    number += isinstance(event, organisation.PayeeAccountChanged)
    # The first change keeps the words under which the log kept its duties before changes were told apart.
    again = f", change {number}" if number > 1 else ""
    return Duty(Separation.PAYEE, f"account {event.account} of {stream}{again}", f"{duty} the payee's account")


def _of_payment(stream: str, number: int, duty: str) -> Duty:
    return Duty(Separation.PAYMENT, f"payment {number} of {stream}", f"{duty} payment {number}")


def _of_return(stream: str, number: int, duty: str) -> Duty:
    return Duty(Separation.RETURN, f"return {number} of {stream}", f"{duty} return {number}")


def _of_bid(bid_id: str, duty: str) -> Duty:
    return Duty(Separation.DECISION, f"decision and payments of {bid_id}", duty)


# The events with which duties are taken: others need no look.
TAKING = (
    award.PaymentRequested, award.PaymentApproved, award.PaymentReleased, award.ReturnPrepared, award.ReturnCertified,
    bid.BidApproved, bid.BidDeclined, organisation.PayeeAccountChanged, organisation.PayeeAccountVerified,
)  # fmt: skip
JUDGING = (bid.BidAssessed, bid.ScoreModerated, bid.BidApproved, bid.BidDeclined)


def taken(reading: Reading, written: Sequence[Written], by: str) -> list[Reference]:
    """The duties that the actor *by* takes with the events *written*, for the database to keep.

    Raises SamePerson where the actor holds another duty in the same matter, and HasInterest. Where the programme has
    lifted the separation, the duty is not kept.
    """
    claims: list[Reference] = []
    for stream, event in written:
        if isinstance(event, JUDGING) and event.source is None:
            _no_interest(reading, BidId(stream), event, by)
        if not isinstance(event, TAKING) or event.source is not None:
            continue
        bid_id = _bid_of(reading, stream)
        earlier = list(_held(reading, stream, bid_id, by))
        for one in duties(stream, event, bid_id, _history(reading, stream)):
            held = next((each for each in earlier if _clash(one, each)), None)
            if held is None:
                claims.append(one.kept(by))
            elif not _lifted(reading, event, one.separation):
                raise SamePerson(person=by, held=held.duty, duty=one.duty)
    return claims


def _clash(one: Duty, other: Duty) -> bool:
    return one.matter == other.matter and one.duty != other.duty


def _bid_of(reading: Reading, stream: str) -> BidId | None:
    found = reading.award(AwardId(stream)) if stream.startswith("award-") else None
    return found.bid_id if found is not None else None


def _held(reading: Reading, stream: str, bid_id: BidId | None, by: str) -> Iterator[Duty]:
    """The duties that *by* took with earlier events of *stream*, and of the bid of an award."""
    for source in [stream] if bid_id is None else [stream, bid_id]:
        history = _history(reading, source)
        for event in history:
            if event.recorded_by == by and isinstance(event, TAKING):
                yield from duties(source, event, bid_id, history)


def _history(reading: Reading, stream: str) -> Sequence[Fact]:
    """The events of *stream*. Those of an award or bid are in its state, which is nearly always read already."""
    kind = stream.partition("-")[0]
    found = reading.award(AwardId(stream)) if kind == "award" else None
    found_bid = reading.bid(BidId(stream)) if kind == "bid" else None
    if found is not None:
        return found.history
    return found_bid.history if found_bid is not None else reading.history(stream)


def _lifted(reading: Reading, event: Fact, separation: Separation) -> bool:
    office = office_of(reading, event)
    return office is not None and office.governance.lifted_on(separation, event.on) is not None


def _no_interest(reading: Reading, bid_id: BidId, event: Fact, by: str) -> None:
    """Check that *by* has no interest in the bid. Raises HasInterest."""
    interest = interest_of(reading, bid_id, by, event.on)
    if interest is not None and not _lifted(reading, event, Separation.INTEREST):
        raise HasInterest(person=by, interest=interest)


def interest_of(reading: Reading, bid_id: BidId, by: str, on: When) -> str | None:
    """What the interest of *by* in the bid is on a date, in words; None without one."""
    found = bid.known(reading.bid(bid_id))
    declared = [nature for person_id, nature in found.interests if person_id == by]
    if declared:
        return f"declared as {min(declared)}"
    if by in found.recused:
        return "recused from the bid"
    if not by.startswith("person-"):
        return None
    actor: Person | None = reading.person(PersonId(by))
    employer = actor.organisation_id if actor is not None else None
    return _part_of(reading, found, one_with(reading, employer, on)) if employer is not None else None


def _part_of(reading: Reading, found: bid.Bid, organisations: frozenset[OrganisationId]) -> str | None:
    """What part *organisations*, which are one, have in a bid, in words; None without one."""
    bidder = reading.partnership(found.partnership_id)
    if bidder is not None and any(map(bidder.has, organisations)):
        return "works for a partner"
    if any(one in organisations for one, _ in found.advisers):
        return "works for an adviser of the bid"
    if bidder is not None and any(map(bidder.is_supplied_by, organisations)):
        return "works for a supplier of the partnership"
    return None
