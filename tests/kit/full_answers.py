"""A full answer: every field of every thing, as the read models show it at one moment, as texts.

It reads only the tables of the present, which never look back. So it knows nothing of how ``changes`` does. No table
has deliveries and suppliers: they are told from the log, in the plainest words.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain import delivery, partnership
from domain.values.fact import Fact, corrected
from infra.log.codec import CODEC
from projections.money.funding import SCOPES, funding_beside, funding_by
from projections.outcomes.outcomes import AS_AT, outcomes_where
from projections.register.mergers import holds
from projections.rounds import ring_fences_of
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, lines_of

# The value of each field of each thing: by the id of the thing, the field, and the currency of a figure.
Place = tuple[str, str, str]
Answer = dict[Place, str]

FAR = date(2199, 1, 1)
# The fields of each kind of thing that the tables show, each with its column.
_TABLES = {
    "programmes": {"name": "name", "currency": "currency", "funder": "funder_id"},
    "schemes": {"name": "name", "kind": "kind", "funder": "funder_id"},
    "organisations": {"name": "name", "kind": "kind", "region": "region", "tier": "tier"},
    "partnerships": {"name": "name", "kind": "kind", "lead": "lead_id", "scheme": "scheme_id"},
    "rounds": {
        "name": "name", "state": "upper(status)", "budget": "amount", "committed": "committed", "opened": "opened",
        "closes": "closes", "closes_time": "closes_time", "closed": "closed", "closed_time": "closed_time",
        "criteria": "nullif(criteria, '{}')",
    },
    "bids": {
        "title": "title", "state": "upper(status)", "partnership": "partnership_id", "round": "round_id",
        "requested": "requested", "approved": "approved", "award": "award_id", "submitted": "submitted",
        "decided": "decided",
    },
    "awards": {
        "state": "replace(upper(status), ' ', '_')", "partnership": "partnership_id", "bid": "bid_id",
        "amount": "amount", "purpose": "purpose", "funded_from": "funded_from", "begun": '"on"', "funder": "funder_id",
    },
}  # fmt: skip
_OUTCOME = (
    "impact", "level", "indicator", "unit", "baseline", "target", "result", "status", "verified_result", "verified_on",
    "baseline_on", "expected_by", "priority",
)  # fmt: skip
# The fields that no table shows.
BESIDE = {
    ("award", "accepted"), ("award", "lines"), ("award", "regranted"), ("award", "until"), ("bid", "acknowledged"),
    ("bid", "advisers"), ("bid", "notified"), ("organisation", "categories"), ("organisation", "other_names"),
    ("partnership", "dissolved"), ("payment", "bank_entries"), ("programme", "budget"), ("programme", "calendar"),
    ("programme", "other_names"), ("programme", "schemes"), ("programme", "service_standards"), ("scheme", "budget"),
    ("scheme", "criteria"), ("scheme", "other_names"), ("scheme", "service_standards"),
}  # fmt: skip


async def full_answer(connection: Connection) -> Answer:
    """Everything that the read models show now."""
    found: Answer = {}
    for table, columns in _TABLES.items():
        currency = "currency" if table in ("rounds", "bids", "awards") else "NULL"
        text = f"SELECT id, {currency}, {', '.join(columns.values())} FROM {table}"
        for thing, of, *values in await lines_of(connection, tuple, text):
            for name, value in zip(columns, values, strict=True):
                found |= {(thing, name, ""): shown(value, of)} if value is not None else {}
    for others in (_others, _bank, _discrepancies, _deliveries):
        async for place, value in others(connection):
            found[place] = value
    found |= await _figures(connection)
    return found


async def _others(connection: Connection) -> Any:
    fences = "SELECT round_id, string_agg(name || ': ' || amount || ' ' || currency, '; ' ORDER BY name)"
    for thing, text in await lines_of(connection, tuple, f"{fences} FROM {ring_fences_of('true')} GROUP BY round_id"):
        yield (thing, "ring_fences", ""), text
    partners = (
        "SELECT partnership_id,"
        " string_agg(o.code || ': ' || role, '; ' ORDER BY o.id COLLATE \"C\", role COLLATE \"C\")"
        " FROM partners JOIN organisations o ON o.id = organisation_id WHERE left_on IS NULL GROUP BY partnership_id"
    )
    for thing, text in await lines_of(connection, tuple, partners):
        yield (thing, "partners", ""), text
    holding = f"FROM mergers m WHERE m.steps = 1 AND {holds('NULL::date', 'NULL::bigint')}"
    for thing, into in await lines_of(connection, tuple, f"SELECT m.part_id, m.whole_id {holding}"):
        yield (thing, "merged_into", ""), into
    took_over = (
        "SELECT m.whole_id, string_agg((SELECT code FROM organisations WHERE id = m.part_id), '; '"
        f' ORDER BY m.part_id COLLATE "C") {holding} GROUP BY m.whole_id'
    )
    for thing, text in await lines_of(connection, tuple, took_over):
        yield (thing, "took_over", ""), text
    outcomes = f"SELECT id, {', '.join(_OUTCOME)} FROM {outcomes_where(AS_AT)}"
    for thing, *values in await lines_of(connection, tuple, outcomes, {"as_at": None, "known": None}):
        for name, value in zip(_OUTCOME, values, strict=True):
            if value is not None:
                yield (thing, name, ""), value
    # What these parts say is said of the delivery or the partnership.
    others = "'planstep', 'supplier', 'goal', 'result', 'component'"
    parts = f"SELECT id, status, amount, currency, remains, facts FROM parts WHERE kind NOT IN ({others})"
    for thing, status, amount, currency, remains, facts in await lines_of(connection, tuple, parts):
        for place, text in of_part(thing, status, amount, currency, remains, facts):
            yield place, text


async def _bank(connection: Connection) -> Any:
    """Bank entries, with the decisions about them."""
    named = (
        "status", "statement", "booked", "reference", "end_to_end", "counterparty", "remittance", "returned",
        "because", "decided_by", "exact", "account",
    )  # fmt: skip
    columns = (
        "upper(coalesce(d.status, 'unmatched'))", "e.statement", "e.booked", "e.reference", "e.end_to_end",
        "e.counterparty", "e.remittance", "e.returned", "d.because", "d.actor", "d.exact::text", "e.account_id",
    )  # fmt: skip
    entries = (
        f"SELECT e.id, e.amount, e.currency, {', '.join(columns)} FROM bank_entries e LEFT JOIN bank_decisions d"
        f" ON d.entry_id = e.id AND d.superseded = {NOW}"
    )
    for thing, amount, currency, *values in await lines_of(connection, tuple, entries):
        yield (thing, "amount", ""), shown(amount, currency)
        for name, value in zip(named, values, strict=True):
            if value is not None:
                yield (thing, name, ""), str(value)
    award = "coalesce(a.reference, a.id)"
    listed = {
        "payments": ("'payment ' || f.number || ', ' || f.amount || ' GBP'", f"bank_found f WHERE superseded = {NOW}"),
        "repayment": (
            "'recovery ' || f.number || ', settlement ' || f.part", f"bank_repaid f WHERE superseded = {NOW}",
        ),
        "rejected": ("'payment ' || f.number", "(SELECT DISTINCT entry_id, award_id, number FROM bank_rejections) f"),
    }  # fmt: skip
    for name, (text, source) in listed.items():
        entry = f"{award} || ': ' || {text}"
        found = (
            f'SELECT f.entry_id, string_agg({entry}, \'; \' ORDER BY f.award_id COLLATE "C", ({text}) COLLATE "C")'
            f" FROM (SELECT f.* FROM {source}) f JOIN awards a ON a.id = f.award_id GROUP BY f.entry_id"
        )
        for thing, shown_text in await lines_of(connection, tuple, found):
            yield (thing, name, ""), shown_text


async def _discrepancies(connection: Connection) -> Any:
    """Discrepancies as they are now."""
    columns = {
        "state": "status", "message": "message", "due": "due::text", "owner": "owner", "decision": "decided",
        "because": "because", "decided_by": "decided_by", "authority": "authority", "covers": "covered",
    }  # fmt: skip
    rows = f"SELECT id, {', '.join(columns.values())} FROM discrepancies WHERE superseded = {NOW}"
    for thing, *values in await lines_of(connection, tuple, rows):
        for name, value in zip(columns, values, strict=True):
            if value is not None:
                yield (thing, name, ""), value


async def _deliveries(connection: Connection) -> Any:
    codes: dict[str, str] = dict(await lines_of(connection, tuple, "SELECT id, code FROM organisations"))
    for thing, history in (await _histories(connection, "delivery-%")).items():
        for field, value in _delivery(corrected(history), codes).items():
            yield (thing, field, ""), value
    for thing, history in (await _histories(connection, "partnership-%")).items():
        suppliers = _suppliers(history, codes)
        if suppliers:
            yield (thing, "suppliers", ""), suppliers


async def _histories(connection: Connection, ids: str) -> dict[str, list[Fact]]:
    """The events of the streams whose ids are like *ids*."""
    found: dict[str, list[Fact]] = {}
    log = (
        "SELECT originator_id, topic, schema_version, state FROM log.events WHERE originator_id LIKE %s"
        " ORDER BY originator_id, originator_version"
    )
    for thing, name, version, body in await lines_of(connection, tuple, log, (ids,)):
        found.setdefault(thing, []).append(CODEC.decode(name, version, body))
    return found


def _suppliers(history: Sequence[Fact], codes: dict[str, str]) -> str:
    """The suppliers of a partnership after its events."""
    found: list[tuple[str, str]] = []
    for event in history:
        match event:
            case partnership.SupplierAppointed():
                found.append((event.organisation_id, f"{event.work}, {event.brief}, {event.selection}"))
            case partnership.PartnerLeft():
                found = [one for one in found if one[0] != event.organisation_id]
    return "; ".join(f"{codes[one]}: {text}" for one, text in sorted(found))


def _delivery(history: Sequence[Fact], codes: dict[str, str]) -> dict[str, str]:
    """A delivery after its events."""
    found: dict[str, str | None] = {}
    lists: dict[str, list[tuple[str, str]]] = {}

    def add(name: str, text: str, organisation_id: str | None = None) -> None:
        its = lists.setdefault(name, [])
        its.append((organisation_id or "", text))

    for event in history:
        on = event.on.text
        match event:
            case delivery.PlanAgreed():
                found |= {"title": event.title, "award": event.award_id, "starts": on, "until": None}
                found |= {"until": event.until.text if event.until else None, "milestones": "; ".join(event.milestones)}
                lists["stages"] = _stages(event)
            case delivery.PlanRedesigned():
                found |= {"redesigned": on, "redesigned_because": event.because}
                found |= {"milestones": "; ".join(event.milestones)} if event.milestones else {}
                lists |= {"stages": _stages(event)} if event.milestones else {}
                found |= {"until": event.until.text} if event.until else {}
            case delivery.MilestoneReached():
                add("reached", f"{event.milestone}: {on}")
            case delivery.MilestoneMoved():
                was = f" from {event.was.text}" if event.was else ""
                add("moved", f"{on}, {event.milestone}:{was} to {event.due.text}, {event.because}")
            case delivery.VisitHeld():
                action = f" {event.action}, due {event.due.text}" if event.action and event.due else ""
                add("visits", f"{on}, {event.visitor}: {event.findings}{action}")
            case delivery.ActivityHeld():
                add("activities", f"{on}, {event.kind}: {event.summary}", event.organisation_id)
            case delivery.SupplierEngaged() | delivery.SupplierReplaced():
                said = [on, event.summary, event.brief, event.selection, event.steer]
                if isinstance(event, delivery.SupplierReplaced):
                    left = lists.pop("suppliers", []) if event.replaced_id else []
                    lists["suppliers"] = [one for one in left if one[0] != event.replaced_id]
                    said.insert(2, event.because)
                add("suppliers", ", ".join(words for words in said if words), event.organisation_id)
            case delivery.DeliveryPeriodStated():
                add("periods", f"{on} to {event.until.text if event.until else 'unknown'}: {event.summary}")
            case delivery.DeliveryEnded():
                found |= {"ended": on, "summary": event.summary}
    for name, entries in lists.items():
        found[name] = "; ".join(f"{codes[one]}: {text}" if one else text for one, text in sorted(entries))
    return {name: value for name, value in found.items() if value}


def _stages(event: delivery.PlanAgreed | delivery.PlanRedesigned) -> list[tuple[str, str]]:
    found = []
    for stage in event.stages:
        due = f", due {stage.due.text}" if stage.due else ""
        marks = f"{', quick win' if stage.quick_win else ''}{', begins delivery' if stage.begins_delivery else ''}"
        found.append((stage.organisation_id or "", f"{stage.name}{due}{marks}"))
    return found


def of_part(
    thing: str,
    status: str,
    amount: Decimal | None,
    currency: str | None,
    remains: Decimal | None,
    facts: dict[str, Any],
) -> Iterator[tuple[Place, str]]:
    """The fields of a part."""
    yield (thing, "state", ""), status.upper()
    if amount is not None:
        yield (thing, "amount", ""), shown(amount, currency)
    if remains is not None:
        yield (thing, "outstanding", ""), shown(remains, currency)
    for name, value in facts.items():
        if value is not None and not name.startswith("matched ") and value != []:
            yield (thing, name.removesuffix("_id"), ""), _fact(value)


def _fact(value: Any) -> str:
    match value:
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case bool():
            return "true" if value else "false"
        case list():
            return "; ".join(_listed(one) for one in value)
        case _:
            return str(value)


def shown(value: Any, currency: str | None) -> str:
    """A column as text; an amount with its currency."""
    if isinstance(value, Decimal):
        return f"{value:.2f} {currency}"
    return "; ".join(value) if isinstance(value, list) else str(value)


async def _figures(connection: Connection) -> Answer:
    """The figures of all ladders, of all that is dated at all."""
    found: Answer = {}
    for column in SCOPES:
        if column == "funder_id":
            continue
        kind = f"{column.removesuffix('_id')}-%"
        ids = [
            one
            for (one,) in await lines_of(
                connection, tuple, "SELECT thing FROM ledger_places WHERE thing LIKE %s", (kind,)
            )
        ]
        for line in [
            *await funding_by(connection, column, ids, as_at=FAR, present=True),
            *await funding_beside(connection, column, ids, as_at=FAR),
        ]:
            for name, figure in line.figures.items():
                if figure.stated:
                    found[line.scope, name, line.currency] = shown(figure.amount, line.currency)
    return found


def _listed(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "due" in value:
        return f"{value['name']}, due {value['due']}" if value["due"] else f"{value['name']}"
    words = [str(one) for name, one in value.items() if name not in ("organisation_id", "amount") and one is not None]
    amount = [_fact(value["amount"])] if value.get("amount") else []
    return ": ".join(filter(None, (value.get("organisation_id"), ", ".join(words), *amount)))
