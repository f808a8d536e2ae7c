"""Discrepancies in the registers of real publishers, and from one edition to the next."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.register import mapping
from infra.imports.rows.parsing import Dates
from tests.infra.imports.test_register import of_register, towns_fund
from tests.kit.files.importing import bring, grant, json_reader, package, position, rows_of, shared

Broken = Callable[[dict[str, Any]], object]


def held(database: Database, known: int | None = None) -> dict[str, dict[str, str]]:
    """What the register holds: status by reference, by rule; as known at a position, by default now."""
    project_all(database)
    found: dict[str, dict[str, str]] = {}
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT s.rule, coalesce(p.label, s.subject), s.status FROM read.discrepancies s"
            " LEFT JOIN read.discrepancy_places p ON p.id = s.subject"
            " WHERE s.position <= %(known)s AND s.superseded > %(known)s",
            {"known": known or position(database)},
        ).fetchall()
    for rule, reference, status in rows:
        found.setdefault(rule, {})[reference] = status
    return found


def amount(row: dict[str, Any], field: str) -> Decimal:
    return Decimal(row.get(field) or 0)


def above_request(row: dict[str, Any]) -> bool:
    return amount(row, "amountAwarded") > amount(row, "amountAppliedFor") > 0


def planned_early(row: dict[str, Any]) -> bool:
    return any(one.get("startDate", "unknown")[:10] < row["awardDate"][:10] for one in row.get("plannedDates", ()))


def above_award(row: dict[str, Any]) -> bool:
    return amount(row, "amountDisbursed") > amount(row, "amountAwarded")


def below_award(row: dict[str, Any]) -> bool:
    return amount(row, "amountDisbursed") < amount(row, "amountAwarded")


def of_nothing(row: dict[str, Any]) -> bool:
    return amount(row, "amountAwarded") <= 0


OF_GRANTS = {
    "paid_above_awarded": above_award,
    "awarded_above_requested": above_request,
    "planned_start_before_award": planned_early,
    "paid_below_awarded": below_award,
    "award_of_zero_or_less": of_nothing,
}


@pytest.mark.parametrize(
    ("name", "dates", "numbers"),
    [
        ("360giving/power-to-change.json", Dates.ISO, (9, 70, 100, 233, 0)),
        ("360giving/wolfson.json", Dates.UK, (0, 0, 0, 129, 114)),
    ],
)
def test_the_grants_of_a_register_that_do_not_add_up_are_those_of_the_file_one_by_one(
    database: Database, name: str, dates: Dates, numbers: tuple[int, ...]
) -> None:
    file = shared(name)
    bring(database, file, json_reader(dates))
    found = held(database)
    wanted = {rule: {row["id"] for row in rows_of(file) if broken(row)} for rule, broken in OF_GRANTS.items()}
    assert numbers == tuple(len(rows) for rows in wanted.values())
    assert wanted == {rule: set(found.get(rule, ())) for rule in OF_GRANTS}
    # The rest is of organisations; no rule finds more in grants than the file bears out.
    assert found.keys() <= OF_GRANTS.keys() | {
        "identifier_of_two_organisations", "name_of_two_organisations", "organisation_under_two_names",
    }  # fmt: skip


def test_the_rows_of_the_towns_fund_that_do_not_add_up_are_named(database: Database, tmp_path: Path) -> None:
    """Parts against total, by hand from the file: a total of 0, an empty one, and one that is 50,000 off."""
    of_register(database, towns_fund(tmp_path), mapping.find_mapping("towns-fund"))
    found = held(database)
    assert {"TD-GLA-01", "TD-GOL-09", "TD-LOU-12"} == set(found["parts_unequal_to_total"])
    # Twelve places have projects in two schemes, under a code for each: they are one place each, and no discrepancy.
    assert found.keys() == {"parts_unequal_to_total", "award_of_zero_or_less"}
    with database.connect() as connection:
        (twice,) = connection.execute(
            "SELECT count(*) FROM (SELECT lead_id FROM read.partnerships GROUP BY 1 HAVING count(*) > 1) places"
        ).fetchone() or (None,)
    assert 12 == twice


def test_what_a_newer_edition_mends_is_closed_and_what_it_breaks_again_is_the_same(
    database: Database, tmp_path: Path
) -> None:
    def edition(number: int, **otherwise: Any) -> dict[str, dict[str, str]]:
        changed = grant(1, dateModified=f"2005-0{number}-01T00:00:00Z", **otherwise)
        bring(database, package(tmp_path / f"{number}.json", [changed, grant(2)]))
        return held(database)

    assert {"360G-pilots-1": "OPEN"} == edition(2, amountDisbursed=100.26)["paid_above_awarded"]
    first = position(database)
    assert {"360G-pilots-1": "CLOSED"} == edition(3, amountDisbursed=100.25)["paid_above_awarded"]
    assert {"360G-pilots-1": "OPEN"} == edition(4, amountDisbursed=150)["paid_above_awarded"]
    assert {"360G-pilots-1": "OPEN"} == held(database, first)["paid_above_awarded"]
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT count(DISTINCT id), count(DISTINCT first_seen), count(DISTINCT since) FROM read.discrepancies"
            " WHERE rule = 'paid_above_awarded'"
        ).fetchone()
    assert (1, 1, 2) == rows


def test_a_row_that_is_gone_is_a_discrepancy_and_no_deletion_until_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    both = package(tmp_path / "1.json", [grant(1), grant(2)])
    bring(database, both)
    assert "no_longer_stated" not in held(database)
    bring(database, package(tmp_path / "2.json", [grant(2)]))
    assert {"360G-pilots-1": "OPEN"} == held(database)["no_longer_stated"]
    bring(database, both)
    assert {"360G-pilots-1": "CLOSED"} == held(database)["no_longer_stated"]


def test_organisations_that_a_register_mixes_up_are_reported(database: Database, tmp_path: Path) -> None:
    def to(number: int, identifier: str, name: str) -> dict[str, Any]:
        return grant(number, recipientOrganization=[{"id": identifier, "name": name}])

    rows = [
        to(1, "GB-COH-1", "Rural Futures"),
        to(2, "GB-COH-1", "Cumbria Enterprise Agency"),
        to(3, "GB-COH-2", "Rural Futures Ltd"),
    ]
    bring(database, package(tmp_path / "1.json", rows))
    found = held(database)
    assert ["GB-COH-00000001"] == list(found["organisation_under_two_names"])
    assert ["rural futures"] == list(found["name_of_two_organisations"])
