"""What the rules of discrepancies read of each event, under the key of what it is about.

A key is the id of a thing, ``identifier:`` and an identifier of a register of organisations, or ``name:`` and a name as
far as it tells organisations apart.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date
from decimal import Decimal
from typing import Any, NamedTuple

from domain import award, bid, delivery, organisation, partnership
from domain.fact import CountStated
from domain.history import Recorded
from domain.money import Money
from domain.when import When


class Note(NamedTuple):
    """An event as far as rules read it.

    *kind* is the event's name, *recorded* the day (UTC) on which the log took it, *on* and *until* are texts of When,
    *amount* is in major units of *currency*. *number* and *said* are what the kind makes of them.
    """

    position: int
    kind: str
    on: str
    recorded: date
    until: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    number: int | None = None
    said: str | None = None


Noted = tuple[str, Note]


def notes_of(recorded: Recorded) -> list[Noted]:
    """What *recorded* says, each under the key of what it is about; nothing where no rule reads it."""
    event = recorded.event
    for reader in _READERS.get(type(event).__module__.split(".")[1], ()):
        found = reader(recorded, event)
        if found:
            return found
    return []


def note(
    recorded: Recorded,
    *,
    amount: Money | None = None,
    until: When | None = None,
    number: int | None = None,
    said: str | None = None,
) -> Note:
    """A note of *recorded* with what else there is to it."""
    return Note(
        position=recorded.position,
        kind=type(recorded.event).__name__,
        on=recorded.event.on.text,
        recorded=recorded.recorded_at.astimezone(UTC).date(),
        until=until.text if until is not None else None,
        amount=amount.amount if amount is not None else None,
        currency=amount.currency if amount is not None else None,
        number=number,
        said=said,
    )


def _of_bid(recorded: Recorded, event: Any) -> list[Noted]:
    key = recorded.stream
    match event:
        case bid.BidSubmitted() | bid.BidStated() | bid.BidRestated() | bid.BidRevised() | bid.BidResubmitted():
            return [(key, note(recorded, amount=event.requested))]
        case bid.BidApproved() | bid.ApprovalVaried():
            return [(key, note(recorded, amount=event.approved))]
        case bid.BidDeclined() | bid.BidReassigned():
            return [(key, note(recorded))]
    return []


def _of_award(recorded: Recorded, event: Any) -> list[Noted]:
    key = recorded.stream
    match event:
        case award.AwardOffered():
            parts = _sum([line.amount for line in event.lines])
            lines = [(key, note(recorded, amount=parts)._replace(kind="LinesOffered"))] if parts else []
            return [(key, note(recorded, amount=event.amount)), *lines]
        case award.AwardVaried():
            parts = _sum([line.change for line in event.lines])
            lines = [(key, note(recorded, amount=parts)._replace(kind="LinesVaried"))] if parts else []
            return [(key, note(recorded, amount=event.change, number=event.number)), *lines]
        case award.AwardStated():
            return [(key, note(recorded, amount=event.amount))]
        case award.ComponentStated():
            return [(key, note(recorded, amount=event.amount, said=event.purpose))]
        case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack():
            return [(key, note(recorded, amount=event.given_back))]
        case award.OfferAccepted():
            return [(key, note(recorded))]
        case award.ReturnRequired():
            return [(key, note(recorded, until=event.due, number=event.number, said=event.covers))]
        case award.ReturnCertified():
            return [(key, note(recorded, number=event.number))]
        case delivery.PlanAgreed(award_id=str() as award_id):
            return [(award_id, note(recorded, until=event.until))]
    return []


def _of_payment(recorded: Recorded, event: Any) -> list[Noted]:
    key = recorded.stream
    match event:
        case award.PaymentRequested() | award.PaymentApproved() | award.PaymentReversed():
            return [(key, note(recorded, amount=event.amount, number=event.number))]
        case award.PaymentReleased():
            return [(key, note(recorded, amount=event.amount, number=event.number, said=event.bank_reference))]
        case award.PaymentSettled():
            return [(key, note(recorded, number=event.number))]
        case award.MatchUndone(unsettled=True):
            return [(key, note(recorded, number=event.number))]
        case award.ReturnUndone():
            less = Money.zero(event.amount.currency) - event.amount
            return [(key, note(recorded, amount=less, number=event.number))]
        case award.PaymentReturned() | award.RecoverySettled():
            return [(key, note(recorded, amount=event.amount, number=event.number))]
    return []


def _of_stated(recorded: Recorded, event: Any) -> list[Noted]:
    """What registers of others state of an award in their editions."""
    key = recorded.stream
    match event:
        case award.AwardRestated():
            return [(key, note(recorded, amount=event.amount))]
        case award.ComponentRestated():
            return [(key, note(recorded, amount=event.amount, said=event.purpose))]
        case award.TransactionStated() | award.TransactionUnstated():
            return [(key, note(recorded, amount=event.amount, number=event.number, said=event.kind.value))]
        case award.PeriodStated():
            return [(key, note(recorded, until=event.until, number=event.number, said=event.sense))]
        case award.ParticularsStated():
            return [(key, note(recorded, amount=event.disbursed))]
        case award.AwardNoLongerStated() | award.AwardStatedAgain() | award.AwardReassigned():
            return [(key, note(recorded))]
    return []


def _of_partnership(recorded: Recorded, event: Any) -> list[Noted]:
    key = recorded.stream
    match event:
        case partnership.PartnershipFormed():
            return list(_formed(recorded, event))
        case partnership.PartnerJoined() | partnership.PartnerLeft():
            return [(key, note(recorded, said=event.organisation_id))]
        case partnership.SumStated():
            return [(key, note(recorded, amount=event.amount, said=event.basis))]
        case CountStated():
            return [(event.scheme_id, note(recorded, number=event.number, said=event.listed.value))]
    return []


def _formed(recorded: Recorded, event: partnership.PartnershipFormed) -> Iterator[Noted]:
    key = recorded.stream
    if event.starts is not None and event.ends is not None:
        period = note(recorded, until=event.ends)
        yield key, period._replace(kind="PeriodOfPartnership", on=event.starts.text)
    if event.partners_stated is not None:
        yield key, note(recorded, number=event.partners_stated)._replace(kind="PartnersStated")
    if event.authorities_stated is not None:
        yield key, note(recorded, number=event.authorities_stated)._replace(kind="AuthoritiesStated")
    if event.lead_id is not None:
        yield key, note(recorded, said=event.lead_id)._replace(kind="PartnerJoined")


def _of_organisation(recorded: Recorded, event: Any) -> list[Noted]:
    key = recorded.stream
    match event:
        case organisation.OrganisationRegistered() | organisation.OrganisationRenamed() | organisation.NameStated():
            return [
                (key, note(recorded, said=event.name)),
                (name_key(event.name), note(recorded, said=key)),
            ]
        case organisation.IdentifierRecorded():
            whole = f"{event.register}-{event.value}"
            return [
                (key, note(recorded, said=whole, number=len(event.register))),
                (identifier_key(whole), note(recorded, said=key)),
            ]
    return []


# Who reads the events of which module of the domain.
_READERS: dict[str, tuple[Callable[[Recorded, Any], list[Noted]], ...]] = {
    "award": (_of_award, _of_payment, _of_stated),
    "bid": (_of_bid,),
    "delivery": (_of_award,),
    "fact": (_of_partnership,),
    "organisation": (_of_organisation,),
    "partnership": (_of_partnership,),
}


def name_key(name: str) -> str:
    """The key of all organisations of this name."""
    return _key("name", plain_name(name))


def identifier_key(identifier: str) -> str:
    """The key of all organisations of this identifier, such as GB-CHC-1159982."""
    return _key("identifier", identifier)


def _key(kind: str, text: str) -> str:
    # What stands in an index has a length that an index can take.
    if len(text) > 150:
        text = f"{text[:100]} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"{kind}:{text}"


# Words that tell the legal form and not the organisation.
_FORMS = {"the", "ltd", "limited", "cic", "cio", "plc", "llp", "inc"}


def plain_name(name: str) -> str:
    """*name* as far as it tells organisations apart: without case, signs, articles and legal forms."""
    text = name.casefold().replace("&", " and ").replace("'", "").replace("\u2019", "")
    words = re.findall(r"[^\W_]+", text)
    told = [word for word in words if word not in _FORMS]
    return " ".join(told or words)


def _sum(amounts: list[Money]) -> Money | None:
    result: Money | None = None
    for amount in amounts:
        if result is not None and amount.currency != result.currency:
            return None
        result = amount if result is None else result + amount
    return result
