"""A bid as at a day, from its events: what was asked for each time, what was decided and why."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.values.when import When
from pages.frame.clocks import Clocks
from projections.audit.reading import AuditLine
from projections.tables.effect import counts_from

# The events that ask for an amount anew.
VERSIONS = {
    "BidSubmitted": "submitted",
    "BidStated": "stated by a source",
    "BidRevised": "revised",
    "BidResubmitted": "submitted again",
    "BidRestated": "stated otherwise",
}
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
class Happened:
    """An event of a bid. *on* is its date as it was known to be right, a text of When; *body* is what was recorded."""

    line: AuditLine
    on: str
    body: dict[str, Any]

    def amount(self, name: str) -> tuple[Decimal, str] | None:
        """The amount of the field *name* and its currency; None where it is not stated."""
        found = self.body.get(name)
        return (Decimal(found["amount"]), found["currency"]) if found else None


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


def happened(lines: Iterable[AuditLine], clocks: Clocks) -> list[Happened]:
    """The events that count as at the day, in the order of the log, with their corrected dates."""
    read = [(line, json.loads(line.data)) for line in lines]
    corrected = {body["version"]: body["date"] for line, body in read if line.name == "DateCorrected"}
    replaced = {body["version"] for line, body in read if line.name == "StatementReplaced"}
    found = [
        Happened(line, corrected.get(line.version, line.effective), body)
        for line, body in read
        if line.version not in replaced
    ]
    return [one for one in found if counts_from(When(one.on)) <= clocks.as_at]


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
