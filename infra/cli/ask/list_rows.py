"""The lists of the command line: the columns of each, and its rows with the names of what they are about."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from projections.audit.reading import last_actors
from projections.awards import AwardLine, awards_by
from projections.bids import BidLine
from projections.parts.reading import PartLine
from projections.register import reading as register
from projections.rounds import RoundLine
from projections.tables.paging import Connection
from projections.whole_lists import Row

TEXT, DATE, MONEY, NUMBER = "text", "date", "money", "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its *heading*, the *field* of a row that it shows, and of what *kind* that is."""

    heading: str
    field: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as it is printed: what one entry is called, and *columns*, of which *summed* has the totals.

    *name* is a key of ``lists.LISTS``. Its lines are of the type *line*, and *rows* makes rows of them. *states* are
    the values of its status, and *dated* says which date its filter is about.
    """

    name: str
    one: str
    many: str
    line: type
    rows: Callable[[Connection, Sequence[Any]], Awaitable[list[Row]]]
    states: tuple[str, ...]
    dated: str
    columns: tuple[Column, ...]
    summed: str


# --- Names ------------------------------------------------------------------------------------------------------------


async def _partnerships(connection: Connection, ids: Iterable[str]) -> dict[str, register.PartnershipLine]:
    return {line.id: line for line in await register.partnerships_by(connection, "id", list(set(ids)))}


async def _organisations(connection: Connection, ids: Iterable[str | None]) -> dict[str, register.OrganisationLine]:
    known = list({one for one in ids if one is not None})
    return {line.id: line for line in await register.organisations_by(connection, "id", known)}


def _named(what: str, line: Any) -> Row:
    """The code and the name of a thing; both are null where there is none."""
    return {what: line.code if line else None, f"{what}_name": line.name if line else None}


def _amount(amount: Decimal | None) -> str | None:
    return f"{amount:f}" if amount is not None else None


# --- Rows -------------------------------------------------------------------------------------------------------------


async def awards(connection: Connection, lines: Sequence[AwardLine]) -> list[Row]:
    """Awards, each with its partnership and its funder. An amount that nobody stated is null."""
    partnerships = await _partnerships(connection, (line.partnership_id for line in lines))
    funders = {one.award_id: one for one in await register.funders_by(connection, "award_id", [i.id for i in lines])}
    return [
        {
            "id": line.id,
            "award": line.reference,
            "purpose": line.purpose,
            **_named("partnership", partnerships.get(line.partnership_id)),
            **_named("funder", funders.get(line.id)),
            "on": line.on,
            "state": line.status,
            "amount": _amount(line.amount) if line.amount_stated or line.amount else None,
            "currency": line.currency,
            "position": line.position,
        }
        for line in lines
    ]


async def bids(connection: Connection, lines: Sequence[BidLine]) -> list[Row]:
    """Bids, each with its partnership, who decided it, and its award if it led to one."""
    partnerships = await _partnerships(connection, (line.partnership_id for line in lines))
    granted = await awards_by(connection, "id", [line.award_id for line in lines if line.award_id is not None])
    references = {line.id: line.reference for line in granted}
    decided_by = await last_actors(connection, [line.id for line in lines], ("BidApproved", "BidDeclined"))
    return [
        {
            "id": line.id,
            "bid": line.reference,
            "title": line.title,
            **_named("partnership", partnerships.get(line.partnership_id)),
            "submitted": line.submitted,
            "decided": line.decided,
            # A bid that came again after a decision waits for another one.
            "decided_by": decided_by.get(line.id) if line.decided is not None else None,
            "state": line.status,
            "requested": _amount(line.requested),
            "approved": _amount(line.approved),
            "currency": line.currency,
            "award": references.get(line.award_id or ""),
            "position": line.position,
        }
        for line in lines
    ]


async def payments(connection: Connection, lines: Sequence[PartLine]) -> list[Row]:
    """Payments, each with its payee: as a register states, or the body that leads the partnership."""
    granted = {line.id: line for line in await awards_by(connection, "id", list({line.stream for line in lines}))}
    partnerships = await _partnerships(connection, (one.partnership_id for one in granted.values()))
    leads = {one.id: partnerships[one.partnership_id].recorded_lead_id for one in granted.values()}
    payee_of = {line.id: line.facts.get("payee_id") or leads.get(line.stream) for line in lines}
    payees = await _organisations(connection, payee_of.values())
    return [
        {
            "id": line.id,
            "award": granted[line.stream].reference,
            "number": line.number,
            **_named("payee", payees.get(payee_of[line.id] or "")),
            "on": line.on,
            "state": line.status,
            "amount": _amount(line.amount),
            "currency": line.currency,
            **{
                f"{step}{part}": line.facts.get(f"{step}{part}")
                for step in ("requested", "approved", "released", "settled", "reversed")
                for part in ("", "_by")
            },
            "bank_reference": line.facts.get("bank_reference") or line.facts.get("settled_reference"),
            "description": line.facts.get("description"),
            "corrects": line.facts.get("corrects"),
            "corrected_by": line.facts.get("corrected_by"),
            "reversed_because": line.facts.get("reversed_because"),
            "position": line.position,
        }
        for line in lines
    ]


async def recoveries(connection: Connection, lines: Sequence[PartLine]) -> list[Row]:
    """Recoveries, each with what is outstanding of it."""
    granted = {line.id: line for line in await awards_by(connection, "id", list({line.stream for line in lines}))}
    return [
        {
            "id": line.id,
            "award": granted[line.stream].reference,
            "number": line.number,
            "on": line.on,
            "state": line.status,
            "because": line.facts.get("because"),
            "raised_by": line.by,
            "approved": line.facts.get("approved"),
            "approved_by": line.facts.get("approved_by"),
            "payment": line.facts.get("payment"),
            "amount": _amount(line.amount),
            "outstanding": _amount(line.remains),
            "currency": line.currency,
            "position": line.position,
        }
        for line in lines
    ]


async def rounds(connection: Connection, lines: Sequence[RoundLine]) -> list[Row]:
    """Rounds, each with its scheme and what of its budget is committed and free."""
    schemes = {
        line.id: line for line in await register.schemes_by(connection, "id", list({one.scheme_id for one in lines}))
    }
    return [
        {
            "id": line.id,
            "round": line.code,
            "name": line.name,
            **_named("scheme", schemes.get(line.scheme_id)),
            "opened": line.opened,
            "closes": line.closes,
            "closed": line.closed,
            "state": line.status,
            "budget": _amount(line.amount),
            "committed": _amount(line.committed),
            "free": _amount(line.amount - line.committed),
            "currency": line.currency,
            "criteria": "; ".join(line.criteria) or None,
            "position": line.position,
        }
        for line in lines
    ]


# --- Sheets -----------------------------------------------------------------------------------------------------------

SHEETS = (
    Sheet(
        "awards", "award", "awards", AwardLine, awards,
        ("offered", "accepted", "declined", "closed", "terminated", "stated", "no longer stated"),
        "of the offer, or of the award in its source",
        (Column("Award", "award"), Column("Partnership", "partnership_name"), Column("Funder", "funder_name"),
         Column("Date", "on", DATE), Column("State", "state"), Column("Amount", "amount", MONEY)),
        "amount",
    ),
    Sheet(
        "bids", "bid", "bids", BidLine, bids,
        ("drafted", "submitted", "approved", "declined", "withdrawn", "awarded", "stated"),
        "on which the bid was submitted",
        (Column("Bid", "bid"), Column("Title", "title"), Column("Partnership", "partnership"),
         Column("Submitted", "submitted", DATE), Column("Decided", "decided", DATE),
         Column("Decided by", "decided_by"), Column("State", "state"),
         Column("Approved", "approved", MONEY), Column("Requested", "requested", MONEY)),
        "requested",
    ),
    Sheet(
        "payments", "payment", "payments", PartLine, payments,
        ("requested", "approved", "released", "settled", "reversed", "stated", "withdrawn"),
        "of the request, or of the payment in its register",
        (Column("Award", "award"), Column("No.", "number", NUMBER), Column("Payee", "payee_name"),
         Column("Date", "on", DATE), Column("State", "state"), Column("Requested by", "requested_by"),
         Column("Approved by", "approved_by"), Column("Released by", "released_by"),
         Column("Bank reference", "bank_reference"), Column("Amount", "amount", MONEY)),
        "amount",
    ),
    Sheet(
        "recoveries", "recovery", "recoveries", PartLine, recoveries,
        ("raised", "approved", "settled", "written_off", "withdrawn"),
        "on which the money was claimed",
        (Column("Award", "award"), Column("No.", "number", NUMBER), Column("Date", "on", DATE),
         Column("State", "state"), Column("Why", "because"), Column("Raised by", "raised_by"),
         Column("Approved by", "approved_by"), Column("Outstanding", "outstanding", MONEY),
         Column("Amount", "amount", MONEY)),
        "amount",
    ),
    Sheet(
        "rounds", "round", "rounds", RoundLine, rounds, ("open", "closed"), "on which the round opened",
        (Column("Round", "round"), Column("Name", "name"), Column("Scheme", "scheme_name"),
         Column("Opened", "opened", DATE), Column("Closes", "closes", DATE), Column("State", "state"),
         Column("Committed", "committed", MONEY), Column("Free", "free", MONEY), Column("Budget", "budget", MONEY)),
        "budget",
    ),
)  # fmt: skip
AWARDS = SHEETS[0]
