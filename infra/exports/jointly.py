"""The lists of what partners do jointly, and of the support of organisations: a row for each entry of a kind."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from infra.exports.standards.reading import Wanted, codes_of, pages_of
from projections.parts.reading import PartLine, parts_by
from projections.tables.paging import Connection
from projections.whole_lists import Row


@dataclass(frozen=True, slots=True)
class EntryList:
    """A list of the entries of a *kind* of every partnership or organisation (*of*).

    *facts* are its columns: facts of the entry, by the name of the column. What ends in _id is the code of an
    organisation. With *money* there are an amount and its currency, with *within* the number of what it belongs to.
    """

    kind: str
    facts: tuple[str, ...]
    of: str = "partnership"
    money: bool = False
    within: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """The columns of the list."""
        named = (one.removesuffix("_id") for one in self.facts)
        within, money = ((self.within,) if self.within else ()), (("amount", "currency") if self.money else ())
        return (self.of, *within, "number", "status", *named, *money, "on", "recorded_by")


ENTRIES: dict[str, EntryList] = {
    "agreements": EntryList("agreement", ("sort", "title", "terms", "until")),
    "agreement-steps": EntryList("agreementstep", ("organisation_id", "post", "text"), within="agreement"),
    "commitments": EntryList("commitment", ("organisation_id", "text", "until", "answered", "answer")),
    "sponsors": EntryList("sponsor", ("organisation_id", "post", "until", "lapsed", "because")),
    "defined-roles": EntryList("partnerrole", ("sort", "holder", "organisation_id", "remit", "until")),
    "decisions": EntryList("decision", ("sort", "body", "level", "text", "grounds", "present", "elected")),
    "documents": EntryList("document", ("sort", "title", "digest"), within="decision"),
    "outputs": EntryList("output", ("sort", "title", "theme", "text", "owner_id", "use", "address", "digest")),
    "output-uses": EntryList("outputuse", ("organisation_id", "text"), within="output"),
    "capacity-plans": EntryList(
        "capacityplan", ("title", "aims", "baseline", "audit", "options", "standard", "formula", "measure"), money=True
    ),
    "capacity-costs": EntryList("plancost", ("line",), money=True, within="plan"),
    "policy-targets": EntryList("policytarget", ("policy", "target", "because")),
    "learning-needs": EntryList("need", ("organisation_id", "theme", "text", "people")),
    "needs-met": EntryList("needmet", ("people", "provision"), within="need"),
    "provisions": EntryList("provision", ("provider_id", "theme", "text", "people"), money=True),
    "learning": EntryList(
        "learning", ("sort", "organisation_id", "host_id", "post", "protocol", "until", "ended", "outcome")
    ),
    "subsidies": EntryList("subsidy", ("category", "share", "until", "because", "ended", "ended_because")),
    "places": EntryList(
        "places",
        ("organisation_id", "people", "places", "subsidised", "funder_id", "subsidy", "residential", "out_of"),
        money=True,
    ),
    "non-participation": EntryList("nonparticipation", ("organisation_id", "reason", "could_not", "because")),
    "sessions": EntryList("session", ("series", "title", "attended")),
    "provider-transfers": EntryList("transfer", ("from_provider_id", "to_provider_id", "handed_over")),
    "support-cases": EntryList(
        "supportcase", ("problem", "text", "escalated", "closed", "conclusion"), of="organisation"
    ),
    "help-offers": EntryList(
        "helpoffer", ("helper_id", "text", "answered", "because"), of="organisation", within="case"
    ),
    "notices": EntryList("notice", ("body", "text"), of="organisation", within="case"),
    "reviews": EntryList(
        "review", ("sort", "due", "held", "days", "findings", "missed", "because"), of="organisation", within="case"
    ),
    "recommendations": EntryList(
        "recommendation", ("recommended_by", "text", "followed", "became"), of="organisation", within="case"
    ),
}


def _of(listed: EntryList) -> Callable[[Connection, Wanted], AsyncIterator[Row]]:
    """The list of the entries of one kind, as they were on the day."""

    async def rows(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
        async for ids in pages_of(connection, f"{listed.of}s", wanted):
            codes = await codes_of(connection, f"{listed.of}s", "code", ids)
            lines = await parts_by(connection, "stream", ids, kind=listed.kind, as_at=wanted.as_at, known=wanted.known)
            who = await codes_of(connection, "organisations", "code", sorted(_named(lines, listed)))
            for one in lines:
                yield _row(one, listed, codes[one.stream], who)

    return rows


def _named(lines: list[PartLine], listed: EntryList) -> set[str]:
    """The ids of the organisations that the columns of *lines* name, and what is listed in them."""
    ids = [name for name in listed.facts if name.endswith("_id")]
    found = {one.facts.get(name) for one in lines for name in ids}
    each = [value for one in lines for value in one.facts.values() if isinstance(value, list)]
    found |= {one.get("organisation_id") for value in each for one in value if isinstance(one, dict)}
    return {one for one in found if one}


def _row(one: PartLine, listed: EntryList, code: str, who: dict[str, str]) -> Row:
    row: Row = {listed.of: code} | ({listed.within: one.part} if listed.within else {})
    row |= {"number": one.number, "status": one.status}
    for name in listed.facts:
        value = one.facts.get(name)
        row[name.removesuffix("_id")] = who.get(value or "") if name.endswith("_id") else _plain(value, who)
    if listed.money:
        row |= {"amount": f"{one.amount:f}" if one.amount is not None else None, "currency": one.currency}
    return row | {"on": one.on, "recorded_by": one.by}


def _plain(value: Any, who: dict[str, str]) -> Any:
    """*value* as a cell: a list has its entries with a semicolon between them."""
    if isinstance(value, list):
        return "; ".join(f"{_plain(one, who)}" for one in value)
    if isinstance(value, dict):
        text = value.get("text") or value.get("post") or ""
        first = who.get(value.get("organisation_id") or "") or value.get("sort")
        return f"{first}: {text}" if first else text
    return value


LISTS = {name: _of(one) for name, one in ENTRIES.items()}
COLUMNS = {name: one.titles for name, one in ENTRIES.items()}
