"""A register that states the amount of one year of an award: its years are never added up as one award."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.infra.imports.test_published_totals import Cells, edition, state
from tests.kit.command_line import fundtrail
from tests.kit.files.exported import listed
from tests.kit.files.importing import position


def row(number: int, amount: int) -> Cells:
    """A grant as the Government Grants Register has it: the amount of one year, and the date of the original award."""
    return {
        "Identifier": f"360G-cabinetoffice-GA-{number}", "Title": f"Grant {number}", "Description": "Placeholder",
        "Currency": "GBP", "Amount Awarded": amount, "Award Date": datetime(2015, 5, 1),
        "Recipient Org:Identifier": f"E{number}", "Recipient Org:Name": f"Council {number}",
        "Funding Org:Identifier": "D9", "Funding Org:Name": "Department for Transport",
    }  # fmt: skip


def awarded(database: Database, code: str, *clocks: str) -> Decimal:
    plain = json.loads(fundtrail(database, "funding", code, *clocks, "--json").stdout)
    return Decimal(plain["figures"]["awarded"]["amount"])


def test_the_amounts_of_two_years_of_one_award_are_never_added_up(database: Database, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    state(database, edition(tmp_path / "first", [row(1, 1000), row(2, 500)]))
    first = position(database)
    state(database, edition(tmp_path / "second", [row(1, 700), row(2, 500)]))
    assert [Decimal(700), Decimal(500)] == [awarded(database, f"360G-cabinetoffice-GA-{one}") for one in (1, 2)]
    assert Decimal(1200) == awarded(database, "ggis")
    # What the first year's edition stated is still known as it was.
    project_all(database)
    then = [json.loads(line) for line in listed(database, "awards", "jsonl", known=first).decode().splitlines()]
    assert {"1000.00", "500.00"} == {one["awarded"] for one in then}
    years = json.loads(fundtrail(database, "years", "ggis", "--json").stdout)["periods"]
    assert [("2015-16", "1200.00")] == [(one["name"], one["figures"]["awarded"]) for one in years]


def test_two_years_of_one_award_in_one_file_are_put_aside_and_not_added_up(database: Database, tmp_path: Path) -> None:
    state(database, edition(tmp_path, [row(1, 1000), row(1, 700), row(2, 500)]))
    assert Decimal(500) == awarded(database, "ggis")
