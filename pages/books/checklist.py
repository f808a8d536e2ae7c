"""What to look at before a period is closed: each as a count with its list, and the conditions that are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.bank.report import Reconciliation
from domain.values.financial_year import Days
from pages.frame.clocks import Clocks
from projections import awards, lists
from projections.bank import reading as bank
from projections.discrepancies import reading as discrepancies
from projections.parts.reading import PartLine
from projections.register import reading as register
from projections.register.reading import PartnershipLine, ProgrammeLine
from projections.tables.paging import Connection, Window, counts, page

# How many open conditions are shown.
CONDITIONS = 50


@dataclass(frozen=True, slots=True)
class Check:
    """How many things there are to look at, in words, and the address of their list. *why* says why they matter."""

    number: int
    words: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """A condition of an award that is neither met nor waived, with the partnership of the award."""

    line: PartLine
    award: awards.AwardLine
    place: PartnershipLine


@dataclass(frozen=True, slots=True)
class Checklist:
    """The *checks* of a period, and the first open *conditions*."""

    checks: list[Check]
    conditions: list[OpenCondition]


async def checklist(
    connection: Connection,
    clocks: Clocks,
    programme: ProgrammeLine,
    days: Days,
    reconciled: Mapping[str, Reconciliation],
) -> Checklist:
    """The checklist of the *days* of a programme. *reconciled* are the accounts of the funder, by id."""
    conditions = lists.listing(
        "conditions",
        lists.Wanted(programme=programme.id, states=["open"], last=days.ends, up_to=clocks.then),
        lists.RECORDED,
    )
    of_rules: dict[str, dict[str, Any]] = {
        "duplicates": {"rule": "duplicate_payments"},
        "references": {"rule": "reference_of_two_payments"},
        "late": {"rule": "return_overdue"},
        "errors": {"severity": "ERROR"},
    }
    duplicates, references, late, errors, waiting, open_conditions = await counts(
        connection,
        [
            *(
                discrepancies.listing(
                    discrepancies.Filter(programme=programme.id, states=["OPEN"], **given),
                    as_at=clocks.as_at,
                    known=clocks.then,
                )
                for given in of_rules.values()
            ),
            bank.listing(bank.Filter(status="unmatched", until=days.ends), known=clocks.then),
            conditions,
        ],
    )

    def found(**given: str) -> str:
        return clocks.link("/discrepancies", programme=programme.code, **given)

    checks = [
        Check(duplicates, "payments that may be duplicates", found(rule="duplicate_payments"),
              "Same amount, and the same payee or date."),
        Check(references, "bank references that two payments have", found(rule="reference_of_two_payments"),
              "One of them may never have left the bank."),
        Check(sum(bool(one.uncovered) for one in reconciled.values()), "accounts with days that no statement covers",
              "#accounts", "What happened on these days is not known."),
        Check(waiting, "bank entries to decide", clocks.link("/bank", to=days.ends.isoformat()),
              "Booked by the end of the period, on any account."),
        Check(open_conditions, "open conditions of awards", "#conditions", "Set by the end of the period."),
        Check(late, "returns that are late", found(rule="return_overdue"), "Spending that nobody has reported yet."),
        Check(errors, "open discrepancies that are errors", found(severity="error"),
              "Figures that cannot be right, or break a rule."),
    ]  # fmt: skip
    return Checklist(checks, await _conditions(connection, conditions))


async def _conditions(connection: Connection, listing: Any) -> list[OpenCondition]:
    lines = (await page(connection, PartLine, listing, Window(size=CONDITIONS))).lines
    found = {one.id: one for one in await awards.awards_by(connection, "id", [one.stream for one in lines])}
    of_places = [one.partnership_id for one in found.values()]
    places = {one.id: one for one in await register.partnerships_by(connection, "id", of_places)}
    return [OpenCondition(one, found[one.stream], places[found[one.stream].partnership_id]) for one in lines]
