"""Export 360Giving: imported grants are exported unchanged, our own awards with our own prefix."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.database.postgres import Database
from infra.imports.rows.parsing import Dates
from tests.kit.files.exported import errors_of, exported, whole
from tests.kit.files.importing import bring, counts, json_reader, position, rows_of, shared

POWER_TO_CHANGE, WOLFSON = "360giving/power-to-change.json", "360giving/wolfson.json"
AMOUNTS = ("amountAppliedFor", "amountAwarded", "amountDisbursed")


def schemas() -> tuple[Any, Any]:
    names = ("360giving/360-giving-schema.json", "360giving/360-giving-package-schema.json")
    return tuple(json.loads(shared(name).read_text()) for name in names)


def amounts(path: Path) -> dict[str, list[Decimal | None]]:
    return {row["id"]: [Decimal(row[name]) if name in row else None for name in AMOUNTS] for row in rows_of(path)}


def test_power_to_change_goes_out_valid_with_every_identifier_and_every_amount(
    database: Database, tmp_path: Path
) -> None:
    file = shared(POWER_TO_CHANGE)
    bring(database, file)
    left_out = exported(database, "360giving", tmp_path / "out.json")
    assert [] == left_out
    assert amounts(file) == amounts(tmp_path / "out.json")
    assert [] == errors_of(json.loads((tmp_path / "out.json").read_text()), schemas())
    grants = {row["id"]: row for row in rows_of(tmp_path / "out.json")}
    assert {row["id"]: row for row in rows_of(file)} == grants
    before = position(database)
    assert {"unchanged": 870} == counts(bring(database, tmp_path / "out.json"))
    assert before == position(database)


def test_wolfson_goes_out_valid_though_not_one_of_its_rows_came_in_so(database: Database, tmp_path: Path) -> None:
    file = shared(WOLFSON)
    bring(database, file, json_reader(Dates.UK))
    left_out = exported(database, "360giving", tmp_path / "out.json")
    assert {} == whole(left_out)
    assert [] == errors_of(json.loads((tmp_path / "out.json").read_text()), schemas())
    assert amounts(file) == amounts(tmp_path / "out.json")
    out = {row["id"]: row["awardDate"] for row in rows_of(tmp_path / "out.json")}
    for row in rows_of(file):
        day, month, year = row["awardDate"].split("/")
        assert f"{year}-{month}-{day}" == out[row["id"]]
