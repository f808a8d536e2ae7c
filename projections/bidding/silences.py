"""The silences while a bid is pending: the days between two contacts of the bidder and the funder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.values.when import DayRange, When, on_day
from projections.bidding.events import Happened

# The events in which one of the two turns to the other. A bid is pending from the first of them to the last.
BEGIN = ("BidSubmitted", "BidResubmitted")
END = ("BidWithdrawn", "DecisionNotified")
CONTACTS = (
    *BEGIN, "BidAcknowledged", "ClarificationRequested", "ClarificationReceived", "BidRevised", "ContactLogged", *END,
)  # fmt: skip
# The length that a silence has at least, in days, where nobody says otherwise.
USUAL = 14


@dataclass(frozen=True, slots=True)
class Silence:
    """The days between the contact *after* and the contact *before*; None if it lasted until the day of the question.

    *days* are from the first to the last number of days that it can have been.
    """

    after: Happened
    before: Happened | None
    days: DayRange


def silences_of(events: Sequence[Happened], as_at: date, longer_than: int = USUAL) -> list[Silence]:
    """The silences of surely more than *longer_than* days as at a day, in order.

    Contacts without a date are left out.
    """
    dated = [one for one in events if one.line.name in CONTACTS and When(one.on).earliest is not None]
    contacts = sorted(dated, key=lambda one: (str(When(one.on).earliest), one.line.position))
    found: list[Silence] = []
    pending = False
    for nth, contact in enumerate(contacts):
        pending = contact.line.name in BEGIN or (pending and contact.line.name not in END)
        following = contacts[nth + 1] if nth + 1 < len(contacts) else None
        if not pending:
            continue
        days = When(contact.on).days_until(When(following.on) if following is not None else on_day(as_at.isoformat()))
        if days is not None and days.min > longer_than:
            found.append(Silence(contact, following, days))
    return found
