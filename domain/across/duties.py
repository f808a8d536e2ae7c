"""Separated duties: the steps of one matter that no person takes together.

The log keeps who recorded each event, so the rule compares the actor of a step with the actors of the earlier steps.
The database keeps the duties that people hold as well, and refuses a second one in the same transaction.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain import award, bid, organisation
from domain.across.office import office_of
from domain.governance import Separation
from domain.history import Reference, Written
from domain.people.person import Person
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId, OrganisationId, PersonId
from domain.values.refusal import Refused


class Apart(NamedTuple):
    """What a *separation* keeps apart: *steps*, by the events that record them, in one matter.

    *part* is the field of the events that names a part of the stream, where the matter is not all of it. *matter* and
    *duty* are the words of the log.
    """

    separation: Separation
    steps: dict[type[Fact], str]
    part: str | None
    matter: str
    duty: str


APART = (
    Apart(
        Separation.PAYMENT,
        {award.PaymentRequested: "request", award.PaymentApproved: "approve", award.PaymentReleased: "release"},
        "number",
        "payment {part} of {stream}",
        "{step} payment {part}",
    ),
    Apart(
        Separation.DECISION,
        {
            award.PaymentApproved: "approve its payments",
            bid.BidApproved: "decide the bid",
            bid.BidDeclined: "decide the bid",
        },
        None,
        "decision and payments of {stream}",
        "{step}",
    ),
    Apart(
        Separation.RETURN,
        {award.ReturnPrepared: "prepare", award.ReturnCertified: "certify"},
        "number",
        "return {part} of {stream}",
        "{step} return {part}",
    ),
    Apart(
        Separation.PAYEE,
        {organisation.PayeeAccountChanged: "change", organisation.PayeeAccountVerified: "verify"},
        "account",
        "account {part} of {stream}",
        "{step} the payee's account",
    ),
)
# The events with which duties are taken: others need no look.
TAKING = tuple(dict.fromkeys(kind for apart in APART for kind in apart.steps))
JUDGING = (bid.BidAssessed, bid.BidApproved, bid.BidDeclined)


class Duty(NamedTuple):
    """A duty that an actor takes: a *step* in a matter, such as "approve" in payment 1 of an award.

    The matter is *part* of *stream*, or all of it. Of the duties in one matter nobody holds two.
    """

    apart: Apart
    stream: str
    part: int | str | None
    step: str

    @property
    def duty(self) -> str:
        """The duty in words."""
        return self.apart.duty.format(step=self.step, part=self.part)

    def kept(self, by: str) -> Reference:
        """What the log keeps of it: of the duties in one matter an actor has one."""
        matter = self.apart.matter.format(part=self.part, stream=self.stream)
        return Reference(f"duty in {matter}", by, self.duty)


class SamePerson(Refused):
    """{person} has the duty to {held}, and so may not {duty}. These duties are separated: each is taken by another
    person.
    """


class HasInterest(Refused):
    """{person} has an interest in the bid: {interest}. Whoever has an interest neither assesses nor decides it."""


def duties(stream: str, event: Fact, bid_id: BidId | None) -> list[Duty]:
    """The duties that the actor of *event* of *stream* takes. *bid_id* is the bid of an award, if it has one."""
    found = []
    for apart in APART:
        step = apart.steps.get(type(event))
        # A bid is decided in its own stream, and its payments are approved in that of its award.
        of_bid = apart.separation is Separation.DECISION and isinstance(event, award.PaymentApproved)
        matter = bid_id if of_bid else stream
        if step is not None and matter is not None:
            found.append(Duty(apart, matter, getattr(event, apart.part) if apart.part else None, step))
    return found


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
        for one in duties(stream, event, _bid_of(reading, stream)):
            earlier = _steps_taken(reading, stream, one, by)
            held = next((step for step in earlier if _clash(one.step, step)), None)
            if held is None:
                # The log keeps a duty from the first time that it is taken.
                claims += [] if one.step in earlier else [one.kept(by)]
            elif not _lifted(reading, event, one.apart.separation):
                raise SamePerson(person=by, held=one._replace(step=held).duty, duty=one.duty)
    return claims


def _clash(step: str, other: str) -> bool:
    return step != other


def _bid_of(reading: Reading, stream: str) -> BidId | None:
    found = reading.award(AwardId(stream)) if stream.startswith("award-") else None
    return found.bid_id if found is not None else None


def _steps_taken(reading: Reading, stream: str, new: Duty, by: str) -> list[str]:
    """The steps that *by* took in the matter of *new*, with earlier events of *stream* and of the matter's stream."""
    steps, part = new.apart.steps, new.apart.part
    found: dict[str, None] = {}
    for source in dict.fromkeys((stream, new.stream)):
        for event in _history(reading, source):
            # A long history costs one look at the kind of each event.
            step = steps.get(type(event))
            if step is not None and (part is None or getattr(event, part) == new.part) and event.recorded_by == by:
                found[step] = None
    return list(found)


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
    interest = interest_of(reading, bid_id, by)
    if interest is not None and not _lifted(reading, event, Separation.INTEREST):
        raise HasInterest(person=by, interest=interest)


def interest_of(reading: Reading, bid_id: BidId, by: str) -> str | None:
    """What the interest of *by* in the bid is, in words; None without one."""
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
    return _part_of(reading, found, employer) if employer is not None else None


def _part_of(reading: Reading, found: bid.Bid, organisation_id: OrganisationId) -> str | None:
    """What part an organisation has in a bid, in words; None without one."""
    bidder = reading.partnership(found.partnership_id)
    if bidder is not None and bidder.has(organisation_id):
        return "works for a partner"
    if any(one == organisation_id for one, _ in found.advisers):
        return "works for an adviser of the bid"
    return None
