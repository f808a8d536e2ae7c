"""The lists of what stands beside the money of awards: budget lines, contributions, and charges."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from infra.exports.standards.reading import Wanted, codes_of, pages_of
from projections.money.beside import budgets_by
from projections.parts.reading import PartLine, parts_by, parts_of_kinds
from projections.tables.paging import Connection
from projections.whole_lists import Row


async def budget_lines(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every budget line of an award, and what is spent or contributed beside no line."""
    async for ids in pages_of(connection, "awards", wanted):
        references = await codes_of(connection, "awards", "reference", ids)
        for found in await budgets_by(connection, "award_id", ids, as_at=wanted.as_at, known=wanted.known):
            for line in found.lines:
                others = line.contributed
                yield {
                    "award": references[found.scope], "line": line.name, "kind": line.kind, "currency": found.currency,
                    "budgeted": _text(line.budgeted), "varied": _text(line.varied), "amount": _text(line.amount),
                    "spent": _text(line.spent), "left": _text(line.left), "pledged": _text(others.pledged),
                    "received": _text(others.received), "pledged_hours": others.pledged_hours,
                    "received_hours": others.received_hours,
                }  # fmt: skip


async def contributions(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every pledge and every contribution beside an award."""
    clocks: dict[str, Any] = {"as_at": wanted.as_at, "known": wanted.known}
    async for ids in pages_of(connection, "awards", wanted):
        references = await codes_of(connection, "awards", "reference", ids)
        lines = await parts_of_kinds(connection, "stream", ids, kinds=("pledge", "contribution"), **clocks)
        who = await codes_of(connection, "organisations", "code", [one.facts["contributor_id"] for one in lines])
        for one in lines:
            facts = one.facts
            yield {
                "award": references[one.stream], "step": "pledged" if one.kind == "pledge" else "received",
                "number": one.number, "contributor": who[facts["contributor_id"]], "kind": facts["sort"],
                "towards": facts["towards"], "line": facts.get("line"), "description": facts["description"],
                "amount": _text(one.amount), "currency": one.currency, "hours": facts.get("hours"),
                "outstanding": _text(one.remains) if one.kind == "pledge" else None, "pledge": facts.get("pledge"),
                "on": one.on, "recorded_by": one.by,
            }  # fmt: skip


async def charges(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every charge between organisations, with the part that the programme meets."""
    clocks: dict[str, Any] = {"as_at": wanted.as_at, "known": wanted.known}
    async for ids in pages_of(connection, "partnerships", wanted):
        codes = await codes_of(connection, "partnerships", "code", ids)
        lines = await parts_by(connection, "stream", ids, kind="charge", **clocks)
        bodies = [one.facts[name] for one in lines for name in ("payer_id", "payee_id")]
        who = await codes_of(connection, "organisations", "code", bodies)
        named = [one.facts["award_id"] for one in lines if "award_id" in one.facts]
        awards = await codes_of(connection, "awards", "reference", named)
        for one in lines:
            yield _charge(one, codes[one.stream], who, awards)


def _charge(one: PartLine, partnership: str, who: dict[str, str], awards: dict[str, str]) -> Row:
    facts, met = one.facts, one.facts.get("met") or {}
    return {
        "partnership": partnership, "number": one.number, "payer": who[facts["payer_id"]],
        "payee": who[facts["payee_id"]], "charged_for": facts["charged_for"], "purpose": facts["purpose"],
        "amount": _text(one.amount), "met": met.get("amount"), "currency": one.currency or met.get("currency"),
        "met_by": awards.get(facts.get("award_id", "")), "on": one.on, "recorded_by": one.by,
    }  # fmt: skip


def _text(amount: Decimal | None) -> str | None:
    return f"{amount:f}" if amount is not None else None


LISTS = {"budget-lines": budget_lines, "contributions": contributions, "charges": charges}
COLUMNS = {
    "budget-lines": (
        "award", "line", "kind", "currency", "budgeted", "varied", "amount", "spent", "left", "pledged", "received",
        "pledged_hours", "received_hours",
    ),
    "contributions": (
        "award", "step", "number", "contributor", "kind", "towards", "line", "description", "amount", "currency",
        "hours", "outstanding", "pledge", "on", "recorded_by",
    ),
    "charges": (
        "partnership", "number", "payer", "payee", "charged_for", "purpose", "amount", "met", "currency", "met_by",
        "on", "recorded_by",
    ),
}  # fmt: skip
