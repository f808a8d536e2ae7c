"""The lists for export: some from the read models, others rebuilt from the log as it was known."""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias, get_args

from domain import bid, funding_round, organisation, partnership
from domain.values.fact import Fact
from domain.values.money import Money
from domain.values.when import When
from infra.exports.beside import LISTS as BESIDE
from infra.exports.bid_delays import bid_delays, plain_bid
from infra.exports.columns import PART_LISTS, PartList
from infra.exports.jointly import LISTS as JOINTLY
from infra.exports.plans import LISTS as OF_PLANS
from infra.exports.standards.award_facts import add_bid, award_facts
from infra.exports.standards.reading import Wanted, codes_of, histories, pages_of
from infra.exports.yearly import LISTS as BY_YEAR
from projections.audit.reading import audit_list
from projections.audit.reading import entries as audit_entries
from projections.bank import reading as bank
from projections.delays.summary import Filter
from projections.outcomes.outcomes import distance_travelled, outcomes_by
from projections.parts.reading import PartLine, parts_by
from projections.register.held import merged_by
from projections.register.reading import funders_by
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Window
from projections.whole_lists import LISTS as OF_READ_MODELS
from projections.whole_lists import PAGE, Row

Rows: TypeAlias = AsyncGenerator[Row, None]


def _text(amount: Money | None) -> str | None:
    return f"{amount.amount:f}" if amount is not None else None


def _by(events: Iterable[Fact], as_at: date) -> list[Any]:
    """The events that count on or before the day."""
    return [event for event in events if counts_from(event.on) <= as_at]


# --- Partnerships and organisations -----------------------------------------------------------------------------------


async def organisations(connection: Connection, wanted: Wanted) -> Rows:
    """Every organisation with its name on the day, its past names, its identifiers, and what it merged into."""
    async for ids in pages_of(connection, "organisations", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        merged = await merged_by(connection, "part_id", ids, as_at=wanted.as_at, known=wanted.known)
        into = {line.other_id: line for line in merged}
        for one in ids:
            events = known[one]
            registered = next((e for e in events if isinstance(e, organisation.OrganisationRegistered)), None)
            if registered is None:
                continue
            by_then = _by(events, wanted.as_at)
            names = [registered.name, *(e.name for e in by_then if isinstance(e, organisation.OrganisationRenamed))]
            also = [event.name for event in by_then if isinstance(event, organisation.NameStated)]
            numbers = [event for event in by_then if isinstance(event, organisation.IdentifierRecorded)]
            yield {
                "id": one,
                "code": registered.code,
                "name": names[-1],
                "kind": registered.kind,
                "past_names": "; ".join(names[:-1]) or None,
                "also_stated_as": "; ".join(dict.fromkeys(also)) or None,
                "identifiers": "; ".join(dict.fromkeys(f"{e.register}-{e.value}" for e in numbers)) or None,
                "merged_into": into[one].code if one in into else None,
                "merged_on": into[one].on if one in into else None,
            }


async def partnerships(connection: Connection, wanted: Wanted) -> Rows:
    """Every partnership, with its lead on the day."""
    async for ids in pages_of(connection, "partnerships", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        rows = [row for one in ids if (row := _partnership(one, _by(known[one], wanted.as_at))) is not None]
        leads = await codes_of(connection, "organisations", "code", (str(row["lead"]) for row in rows))
        schemes = await codes_of(connection, "schemes", "code", (str(row["scheme"]) for row in rows))
        for row in rows:
            named: Row = {"lead": leads.get(str(row["lead"])), "scheme": schemes.get(str(row["scheme"]))}
            yield row | named


def _partnership(one: str, by_then: Sequence[Any]) -> Row | None:
    row: Row | None = None
    for event in by_then:
        if isinstance(event, partnership.PartnershipFormed):
            row = {
                "id": one, "code": event.code, "name": event.name, "kind": event.kind, "scheme": event.scheme_id,
                "lead": event.lead_id, "formed": event.on.text, "dissolved": None,
            }  # fmt: skip
        elif row is not None:
            row |= _partnership_step(event, row)
    return row


def _partnership_step(event: Any, row: Row) -> Row:
    match event:
        case partnership.PartnershipRenamed(name=str() as name):
            return {"name": name}
        case partnership.PartnershipReclassified(kind=str() as kind):
            return {"kind": kind}
        case partnership.LeadChanged():
            return {"lead": event.organisation_id}
        case partnership.PartnerLeft() if event.organisation_id == row["lead"]:
            return {"lead": None}
        case partnership.PartnershipDissolved():
            return {"dissolved": event.on.text}
    return {}


PART = partnership.PartnershipFormed | partnership.PartnerJoined | partnership.LeadChanged | partnership.PartnerLeft


async def partners(connection: Connection, wanted: Wanted) -> Rows:
    """Every step of a partner up to the day: joined, became lead, left. In the order in which they were recorded."""
    async for ids in pages_of(connection, "partnerships", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        recorded = await _who_did(connection, ids, wanted, [kind.__name__ for kind in get_args(PART)])
        steps = [
            (one, event, recorded[one][version][0])
            for one in ids
            for version, event in enumerate(known[one], 1)
            if isinstance(event, PART) and counts_from(event.on) <= wanted.as_at
        ]
        codes = await codes_of(connection, "partnerships", "code", ids)
        named = await codes_of(connection, "organisations", "code", (who for _, e, _ in steps if (who := _who(e))))
        for one, event, actor in steps:
            who = _who(event)
            if who is not None:
                lead = not isinstance(event, partnership.PartnerJoined | partnership.PartnerLeft)
                yield {
                    "partnership": codes.get(one),
                    "organisation": named.get(who),
                    "role": "lead" if lead else getattr(event, "role", None),
                    "step": "left" if isinstance(event, partnership.PartnerLeft) else "joined",
                    "on": event.on.text,
                    "recorded_by": actor,
                }


def _who(event: Any) -> str | None:
    found: str | None = event.lead_id if isinstance(event, partnership.PartnershipFormed) else event.organisation_id
    return found


# --- Bids and awards --------------------------------------------------------------------------------------------------


async def bids(connection: Connection, wanted: Wanted) -> Rows:
    """Every bid as it was on the day."""
    async for ids in pages_of(connection, "bids", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        who = await _who_did(connection, ids, wanted, ("BidApproved", "BidDeclined"))
        rows = [row for one in ids if (row := _bid(one, known[one], who[one], wanted.as_at)) is not None]
        codes = await codes_of(connection, "partnerships", "code", (str(row["partnership"]) for row in rows))
        awarded = await codes_of(connection, "awards", "reference", (str(row["award"]) for row in rows))
        rounds = await codes_of(connection, "rounds", "code", (str(row["round"]) for row in rows))
        for row in rows:
            yield row | {
                "partnership": codes.get(str(row["partnership"])),
                "award": awarded.get(str(row["award"])),
                "round": rounds.get(str(row["round"])),
            }


async def _who_did(
    connection: Connection, streams: Sequence[str], wanted: Wanted, names: Sequence[str]
) -> dict[str, dict[int, tuple[str, str | None]]]:
    """Who recorded the events of these *names* and under which authority, by stream and then by place in the stream."""
    cursor = await connection.execute(
        "SELECT originator_id, originator_version, actor, authority FROM events"
        " WHERE originator_id = ANY (%s) AND topic = ANY (%s) AND notification_id <= %s",
        (list(streams), list(names), wanted.known),
    )
    found: dict[str, dict[int, tuple[str, str | None]]] = {stream: {} for stream in streams}
    for stream, version, actor, authority in await cursor.fetchall():
        found[stream][version] = (actor, authority)
    return found


def _bid(one: str, events: Sequence[Any], who: Mapping[int, tuple[str, str | None]], as_at: date) -> Row | None:
    row: Row = {"id": one, "reference": None, "title": None, "partnership": None, "status": None, "requested": None,
                "approved": None, "currency": None, "submitted": None, "decided": None, "award": None,
                "round": None, "decided_by": None, "authority": None}  # fmt: skip
    for version, event in enumerate(events, 1):
        if counts_from(event.on) <= as_at:
            row |= _bid_step(event)
            if version in who:
                row["decided_by"], row["authority"] = who[version]
    return row if row["reference"] is not None else None


def _bid_step(event: Any) -> Row:
    match event:
        case bid.BidDrafted():
            return _named(event) | {"status": "drafted", "round": event.round_id}
        case bid.BidSubmitted():
            submitted: Row = {"status": "submitted", "submitted": event.on.text, "round": event.round_id}
            return _named(event) | _asked(event.requested) | submitted
        case bid.BidStated():
            return _named(event) | _asked(event.requested) | {"status": "stated"} | _stated_on(event)
        case bid.BidRestated():
            return _asked(event.requested) | _stated_on(event)
        case bid.BidRevised():
            return _asked(event.requested) | {"title": event.title}
        case bid.BidResubmitted():
            again: Row = {"title": event.title, "status": "submitted", "submitted": event.on.text}
            undecided: Row = {"approved": None, "decided": None, "decided_by": None, "authority": None}
            return _asked(event.requested) | again | undecided | {"round": event.round_id}
        case bid.BidApproved():
            return {"status": "approved", "approved": _text(event.approved), "decided": event.on.text}
        case bid.ApprovalVaried():
            return {"approved": _text(event.approved)}
        case bid.BidDeclined():
            return {"status": "declined", "decided": event.on.text}
        case bid.BidWithdrawn():
            return {"status": "withdrawn"}
        case bid.BidAwarded():
            return {"status": "awarded", "award": event.award_id}
        case bid.OfferLapsed():
            return {"status": "approved", "award": None}
        case bid.BidReassigned():
            return {"partnership": event.partnership_id}
    return {}


def _named(event: Any) -> Row:
    return {"reference": event.reference, "title": event.title, "partnership": event.partnership_id}


def _stated_on(event: bid.BidStated | bid.BidRestated) -> Row:
    """When a bid was submitted; empty where its source gives no date, for then it may never have been."""
    return {"submitted": event.on.text if event.on.is_known else None}


def _asked(requested: Money | None) -> Row:
    return {"requested": _text(requested), "currency": requested.currency if requested is not None else None}


async def awards(connection: Connection, wanted: Wanted) -> Rows:
    """Every award as it was on the day: awarded, paid, returned and spent in its currency."""
    async for ids in pages_of(connection, "awards", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        known_awards = [(one, found) for one in ids if (found := award_facts(known[one], wanted.as_at)) is not None]
        bid_ids = [facts.bid_id for _, facts in known_awards if facts.bid_id]
        of_bids, _ = await histories(connection, bid_ids, wanted.known)
        codes = await codes_of(connection, "partnerships", "code", (facts.partnership_id for _, facts in known_awards))
        funders = {one.award_id: one.code for one in await funders_by(connection, "award_id", ids)}
        own = await codes_of(connection, "organisations", "code", (facts.funder_id or "" for _, facts in known_awards))
        leads = await _leads(connection, {one: facts.partnership_id for one, facts in known_awards}, wanted)
        payees = await codes_of(connection, "organisations", "code", (lead for lead in leads.values() if lead))
        offered = await _who_did(connection, ids, wanted, ("AwardOffered",))
        approved = await _who_did(connection, bid_ids, wanted, ("BidApproved",))
        for one, facts in known_awards:
            add_bid(facts, of_bids.get(facts.bid_id or "", ()), wanted.as_at)
            yield {
                "id": one,
                "reference": facts.reference,
                "title": facts.title,
                "partnership": codes.get(facts.partnership_id),
                "funder": own.get(facts.funder_id or "") or funders.get(one),
                "status": facts.status,
                "awarded_on": facts.awarded_on.text,
                "currency": facts.currency,
                "requested": _text(facts.requested),
                "awarded": _text(facts.awarded) if facts.commitments else None,
                # A register without payments does not say that nothing was paid.
                "paid": _text(facts.paid) if facts.payments_known else None,
                "returned": _text(facts.came_back) if facts.payments_known else None,
                "spent": _text(facts.reported) if facts.payments_known or facts.spent else None,
                "payee": payees.get(leads[one] or ""),
                "approved_by": _last(approved.get(facts.bid_id or "", {})),
                "offered_by": _last(offered[one]),
            }


def _last(who: Mapping[int, tuple[str, str | None]]) -> str | None:
    """Who recorded the last of these events; None where nobody did."""
    return who[max(who)][0] if who else None


async def payments(connection: Connection, wanted: Wanted) -> Rows:
    """Every payment as it was on the day: its payee, its bank reference, and who requested, approved and released it.

    The payee is the organisation that its request or a register names, or the lead of the partnership on the day.
    """
    async for lines, references in _parts(connection, wanted, "payment"):
        payees = await _payees(connection, lines, wanted)
        for one in lines:
            yield _payment(one, references[one.stream], payees[one.id])


async def _payees(connection: Connection, lines: Sequence[PartLine], wanted: Wanted) -> dict[str, str | None]:
    """The code of the payee of each part of an award: as a register states, or the partnership's lead on the day."""
    paid = list({line.stream for line in lines})
    leads = await _leads(connection, await _partnerships_of(connection, paid, wanted), wanted)
    payees = {line.id: line.facts.get("payee_id") or leads.get(line.stream) or "" for line in lines}
    codes = await codes_of(connection, "organisations", "code", payees.values())
    return {part_id: codes.get(payee) for part_id, payee in payees.items()}


def _payment(one: PartLine, award: str, payee: str | None) -> Row:
    facts = one.facts
    return {
        "award": award,
        "number": one.number,
        "status": one.status,
        "amount": _text(one.money),
        "currency": one.currency,
        "requested_on": facts.get("requested"),
        "requested_by": facts.get("requested_by"),
        "approved_on": facts.get("approved"),
        "approved_by": facts.get("approved_by"),
        "released_on": facts.get("released") or facts.get("stated"),
        "released_by": facts.get("released_by"),
        "settled_on": facts.get("settled"),
        "settled_by": facts.get("settled_by"),
        "payee": payee,
        "bank_reference": facts.get("bank_reference") or facts.get("settled_reference"),
        "description": facts.get("description"),
        "purpose": facts.get("purpose"),
        "corrects": facts.get("corrects"),
        "corrected_by": facts.get("corrected_by"),
        "reversed_on": facts.get("reversed"),
        "reversed_by": facts.get("reversed_by"),
        "reversed_because": facts.get("reversed_because"),
    }


async def _partnerships_of(connection: Connection, award_ids: Sequence[str], wanted: Wanted) -> dict[str, str]:
    """The partnership of each award on the day."""
    known, _ = await histories(connection, award_ids, wanted.known)
    found = ((one, award_facts(known[one], wanted.as_at)) for one in award_ids)
    return {one: facts.partnership_id for one, facts in found if facts is not None}


async def _leads(connection: Connection, of: Mapping[str, str], wanted: Wanted) -> dict[str, str | None]:
    """The id of the lead, on the day, of the partnership of each award."""
    known, _ = await histories(connection, list(set(of.values())), wanted.known)
    rows = {one: _partnership(one, _by(events, wanted.as_at)) for one, events in known.items()}
    leads = {one: str(row["lead"]) for one, row in rows.items() if row is not None and row["lead"] is not None}
    return {award_id: leads.get(partnership_id) for award_id, partnership_id in of.items()}


def _of_parts(listed: PartList) -> Callable[[Connection, Wanted], Rows]:
    """The list of the parts of one kind, as they were on the day, each with the reference of its award or bid."""

    async def rows(connection: Connection, wanted: Wanted) -> Rows:
        async for lines, references in _parts(connection, wanted, listed.kind, f"{listed.of}s"):
            payees = await _payees(connection, lines, wanted) if listed.paid else {}
            for one in lines:
                row = {name: _of_part(one, source) for name, source in listed.columns.items()}
                yield {
                    listed.of: references[one.stream], **row, **({"payee": payees.get(one.id)} if listed.paid else {}),
                }  # fmt: skip

    return rows


def _of_part(one: PartLine, source: str) -> Any:
    if source in ("amount", "remains"):
        amount = getattr(one, source)
        return f"{amount:f}" if amount is not None else None
    own = ("number", "part", "status", "currency", "on", "by")
    return getattr(one, source) if source in own else one.facts.get(source.removeprefix("facts."))


async def conditions(connection: Connection, wanted: Wanted) -> Rows:
    """Every condition of an award as it was on the day."""
    async for lines, references in _parts(connection, wanted, "condition"):
        for one in lines:
            facts = one.facts
            yield {
                "award": references[one.stream],
                "number": one.number,
                "condition": facts["text"],
                "precedent": facts["precedent"],
                "status": one.status,
                "set_on": one.on,
                "settled_on": facts.get("met") or facts.get("waived"),
                "set_by": one.by,
                "settled_by": facts.get("met_by") or facts.get("waived_by"),
                "waived_because": facts.get("waived_because"),
            }


async def _parts(
    connection: Connection, wanted: Wanted, kind: str, of: str = "awards"
) -> AsyncIterator[tuple[list[PartLine], dict[str, str]]]:
    """The parts of a *kind* of all awards or bids, as they were on the day, with the references of those; in pages."""
    async for ids in pages_of(connection, of, wanted):
        references = await codes_of(connection, of, "reference", ids)
        yield await parts_by(connection, "stream", ids, kind=kind, as_at=wanted.as_at, known=wanted.known), references


# --- Rounds -----------------------------------------------------------------------------------------------------------


async def rounds(connection: Connection, wanted: Wanted) -> Rows:
    """Every round that was open by the day, with what of its budget was committed and free."""
    async for ids in pages_of(connection, "rounds", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        who = await _who_did(connection, ids, wanted, ("RoundOpened", "RoundClosed"))
        rows = [row for one in ids if (row := _round(one, known[one], who[one], wanted.as_at)) is not None]
        schemes = await codes_of(connection, "schemes", "code", (str(row["scheme"]) for row in rows))
        programmes = await codes_of(connection, "programmes", "code", (str(row["programme"]) for row in rows))
        for row in rows:
            named: Row = {
                "scheme": schemes.get(str(row["scheme"])), "programme": programmes.get(str(row["programme"])),
            }  # fmt: skip
            yield row | named


async def ring_fences(connection: Connection, wanted: Wanted) -> Rows:
    """Every ring-fence that was set by the day, with what of it was committed and free, and who set it."""
    async for ids in pages_of(connection, "rounds", wanted):
        known, _ = await histories(connection, ids, wanted.known)
        who = await _who_did(connection, ids, wanted, ("RingFenceSet",))
        codes = await codes_of(connection, "rounds", "code", ids)
        for one in ids:
            for row in _ring_fences(known[one], who[one], wanted.as_at):
                yield {"round": codes[one], **row}


def _ring_fences(events: Sequence[Any], who: Mapping[int, tuple[str, str | None]], as_at: date) -> Iterable[Row]:
    """The ring-fences of a round on the day, in the order set."""
    committed: dict[str | None, Decimal] = defaultdict(Decimal)
    fences: dict[str, tuple[funding_round.RingFenceSet, str]] = {}
    for version, event in enumerate(events, 1):
        if counts_from(event.on) <= as_at:
            match event:
                case funding_round.RingFenceSet():
                    fences[event.name] = event, who[version][0]
                case funding_round.FundsCommitted() | funding_round.FundsReturned():
                    committed[event.ring_fence] += _bound(event)
    for name, (fence, actor) in fences.items():
        amount = fence.amount.amount
        yield {
            "name": name, "amount": f"{amount:f}", "committed": f"{committed[name] + amount * 0:f}",
            "free": f"{amount - committed[name]:f}", "currency": fence.amount.currency, "set_on": fence.on.text,
            "set_by": actor,
        }  # fmt: skip


def _bound(event: funding_round.FundsCommitted | funding_round.FundsReturned) -> Decimal:
    """What an event adds to what is committed."""
    returned = isinstance(event, funding_round.FundsReturned)
    return -event.amount.amount if returned else event.amount.amount


def _round(one: str, events: Sequence[Any], who: Mapping[int, tuple[str, str | None]], as_at: date) -> Row | None:
    row: Row | None = None
    committed = Decimal(0)
    budget = Decimal(0)
    for version, event in enumerate(events, 1):
        if counts_from(event.on) > as_at:
            continue
        match event:
            case funding_round.RoundOpened():
                budget, committed = event.budget.amount, event.budget.amount * 0
                row = {
                    "id": one, "code": event.code, "name": event.name, "programme": event.programme_id,
                    "scheme": event.scheme_id, "status": "open", "budget": _text(event.budget),
                    "currency": event.budget.currency, "opened": event.on.text,
                    "closes": event.closes.text if event.closes else None, "closes_time": event.closes_time,
                    "closed": None, "closed_time": None, "criteria": None, "opened_by": who[version][0],
                    "closed_by": None,
                }  # fmt: skip
            case funding_round.FundsCommitted() | funding_round.FundsReturned():
                committed += _bound(event)
            case funding_round.CriteriaAdopted() if row is not None:
                row["criteria"] = "; ".join(event.criteria)
            case funding_round.RoundClosed() if row is not None:
                closed: Row = {"status": "closed", "closed": event.on.text, "closed_time": event.time}
                row |= closed | {"closed_by": who[version][0]}
    return row | {"committed": f"{committed:f}", "free": f"{budget - committed:f}"} if row is not None else None


async def delays(connection: Connection, wanted: Wanted) -> Rows:
    """Every attempt of a bid, with how long it took or has waited."""
    async for one in bid_delays(connection, Filter(), wanted.as_at, wanted.known):
        yield plain_bid(one)


# --- The bank ---------------------------------------------------------------------------------------------------------


async def bank_entries(connection: Connection, wanted: Wanted) -> Rows:
    """Every bank entry booked up to the day, with its matches, as the reconciliation report shows it on that day."""
    listed, window = bank.listing(bank.Filter(until=wanted.as_at), known=wanted.known), Window(size=PAGE)
    while True:
        found = await bank.entries_page(connection, listed, window)
        shares = defaultdict(list)
        ids = [line.id for line in found.lines]
        for share in await bank.shares_by(connection, "entry_id", ids, known=wanted.known):
            part = f" return {share.part}" if share.part is not None else ""
            shares[share.entry_id].append(f"{share.award}/{share.number}{part}: {share.amount:f}")
        for one in await bank.repayments_by(connection, "entry_id", ids, known=wanted.known):
            shares[one.entry_id].append(f"{one.award} recovery {one.number} part {one.part}: {one.amount:f}")
        for line in found.lines:
            yield {
                "id": line.id, "account": line.account, "statement": line.statement, "reference": line.reference,
                "booked": line.booked.isoformat(), "valued": line.valued, "amount": f"{line.amount:f}",
                "currency": line.currency, "end_to_end": line.end_to_end, "counterparty": line.counterparty,
                "remittance": line.remittance, "kind": line.kind, "returned": line.returned, "status": line.status,
                "payments": "; ".join(shares[line.id]) or None, "exact": line.exact, "because": line.because,
                "decided_by": line.decided_by,
                "decided_at": line.decided_at.isoformat() if line.decided_at is not None else None,
                "position": line.position,
            }  # fmt: skip
        if not found.has_next:
            return
        window = Window(size=PAGE, after=(found.lines[-1].position, found.lines[-1].id))


# --- Outcomes and the audit -------------------------------------------------------------------------------------------


async def outcomes(connection: Connection, wanted: Wanted) -> Rows:
    """Every indicator as it was on the day, in the words and units of its source."""
    async for ids in pages_of(connection, "partnerships", wanted):
        codes = await codes_of(connection, "partnerships", "code", ids)
        found = await outcomes_by(connection, "partnership_id", ids, as_at=wanted.as_at, known=wanted.known)
        verified_by = await _verified_by(connection, [one.id for one in found], wanted)
        for one in found:
            travelled = distance_travelled(one.baseline, one.target, one.result)
            yield {
                "id": one.id, "partnership": codes[one.partnership_id], "impact": one.impact, "level": one.level,
                "indicator": one.indicator, "unit": one.unit, "baseline": one.baseline, "target": one.target,
                "result": one.result, "status": one.status, "verified": one.verified,
                "verified_result": one.verified_result, "verified_on": one.verified_on,
                "distance_travelled": f"{travelled:f}" if travelled is not None else None,
                "verified_by": verified_by.get(one.id),
            }  # fmt: skip


async def _verified_by(connection: Connection, outcome_ids: Sequence[str], wanted: Wanted) -> dict[str, str]:
    """Who recorded the last verification, up to the day, of each outcome that has one."""
    known, _ = await histories(connection, outcome_ids, wanted.known)
    who = await _who_did(connection, outcome_ids, wanted, ("ResultVerified",))
    return {
        one: who[one][version][0]
        for one in outcome_ids
        for version, event in enumerate(known[one], 1)
        if version in who[one] and counts_from(event.on) <= wanted.as_at
    }


async def audit(connection: Connection, wanted: Wanted) -> Rows:
    """Every event that took effect up to the day, with its actor, its authority and its body."""
    listed, window = audit_list(up_to=wanted.known), Window(size=PAGE)
    while True:
        found = await audit_entries(connection, listed, window)
        awarded = await codes_of(connection, "awards", "reference", (one.award_id or "" for one in found.lines))
        payees = await codes_of(connection, "organisations", "code", (one.payee_id or "" for one in found.lines))
        for line in found.lines:
            if counts_from(When(line.effective)) <= wanted.as_at:
                yield {
                    "position": line.position, "event_id": line.id, "name": line.name, "stream": line.stream,
                    "version": line.version, "effective": line.effective,
                    "recorded_at": line.recorded_at.isoformat(), "actor": line.actor, "authority": line.authority,
                    "command_id": line.command_id, "correlation_id": line.correlation_id,
                    "causation_id": line.causation_id, "body": line.data,
                    "amount": f"{line.amount:f}" if line.amount is not None else None, "currency": line.currency,
                    "award": awarded.get(line.award_id or ""), "payment": line.payment_number,
                    "payee": payees.get(line.payee_id or ""),
                }  # fmt: skip
        if not found.has_next:
            return
        window = Window(size=PAGE, after=(found.lines[-1].position,))


def _of_read_model(name: str) -> Callable[[Connection, Wanted], AsyncIterator[Row]]:
    def rows(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
        found: AsyncIterator[Row] = OF_READ_MODELS[name](connection, as_at=wanted.as_at, known=wanted.known)
        return found

    return rows


LISTS: dict[str, Callable[[Connection, Wanted], AsyncIterator[Row]]] = {
    **{name: _of_read_model(name) for name in OF_READ_MODELS},
    **{
        one.__name__.replace("_", "-"): one
        for one in (
            organisations, partnerships, partners, bids, awards, payments, conditions, rounds, ring_fences, delays,
            bank_entries,
            outcomes, audit,
        )
    },
    **{name: _of_parts(one) for name, one in PART_LISTS.items()},
    **BESIDE, **BY_YEAR, **OF_PLANS, **JOINTLY,
}  # fmt: skip
