"""A bid as at a day, from its events: what was asked for each time, what was decided and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from projections.bidding.events import Happened
from projections.bidding.versions import VERSIONS as GIVEN

# The events that ask for an amount anew.
VERSIONS = {name: word for name, word in GIVEN.items() if name != "BidDrafted"}
# The events that say whose bid it is. Others name the partnership that it had when they were recorded.
PLACES = ("BidDrafted", "BidSubmitted", "BidStated", "BidReassigned")
# The events that decide a bid or end it, with the word for each.
DECISIONS = {
    "BidApproved": "approved",
    "ApprovalVaried": "approval changed",
    "BidDeclined": "declined",
    "BidWithdrawn": "withdrawn",
    "DecisionNotified": "bidder notified",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the events of a bid tell as at a day: its present title and amounts, its versions and its decisions."""

    title: str
    requested: tuple[Decimal, str] | None = None
    approved: tuple[Decimal, str] | None = None
    round_id: str | None = None
    award_id: str | None = None
    partnership_id: str | None = None
    acknowledged: bool = False
    notified: bool = False
    versions: tuple[Happened, ...] = ()
    decisions: tuple[Happened, ...] = ()


def told(events: Sequence[Happened], title: str) -> Told:
    """What *events* tell. *title* is that of a bid whose events have none."""
    found = Told(title)
    for one in events:
        found = _told(found, one)
    return found


def _told(found: Told, one: Happened) -> Told:
    name, body = one.line.name, one.body
    if name in PLACES:
        found = replace(found, partnership_id=body["partnership_id"])
    if name in VERSIONS or name == "BidDrafted":
        found = replace(found, title=body.get("title") or found.title)
    if name in VERSIONS:
        found = replace(found, requested=one.amount("requested"), versions=(*found.versions, one))
    if name in DECISIONS:
        found = replace(found, decisions=(*found.decisions, one))
    match name:
        case "BidDrafted" | "BidSubmitted":
            return replace(found, round_id=body.get("round_id"))
        case "BidResubmitted":
            # What was said of an earlier submission does not count for this one.
            return replace(found, round_id=body.get("round_id"), approved=None, acknowledged=False, notified=False)
        case "BidApproved" | "ApprovalVaried":
            return replace(found, approved=one.amount("approved"))
        case "BidAcknowledged":
            return replace(found, acknowledged=True)
        case "DecisionNotified":
            return replace(found, notified=True)
        case "BidAwarded":
            return replace(found, award_id=body["award_id"])
        case "OfferLapsed":
            return replace(found, award_id=None)
    return found
