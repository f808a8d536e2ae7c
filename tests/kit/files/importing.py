"""Import registers in tests: grants as publishers write them, and the results of their import."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from infra.imports.editions.edition import ImportOptions, Reader, import_edition
from infra.imports.editions.report import EditionReport, json_form
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import grants as three_sixty
from infra.log.postgres_log import PostgresLog, read_log
from projections.money.funding import FigureLine, funding_by
from projections.register import reading as register
from tests.kit import paths

_TABLES = {
    "programme_id": "programmes",
    "scheme_id": "schemes",
    "partnership_id": "partnerships",
    "funder_id": "organisations",
}
SHARED = paths.SHARED / "data"


def shared(name: str) -> Path:
    """A file of another publisher. Without it the test is skipped and reported as skipped."""
    if not (SHARED / name).exists():
        pytest.skip("files of other publishers are not on this machine")
    return SHARED / name


def grant(number: int, **otherwise: Any) -> dict[str, Any]:
    """A grant in the 360Giving standard."""
    return {
        "id": f"360G-pilots-{number}",
        "title": f"Pilot {number}",
        "description": "Leadership of elected members",
        "currency": "GBP",
        "amountAppliedFor": 200.5,
        "amountAwarded": 100.25,
        "amountDisbursed": 50,
        "awardDate": "2004-06-15",
        "dateModified": "2005-02-01T00:00:00Z",
        "plannedDates": [{"startDate": "2004-07-01", "endDate": "2005-03-31"}],
        "grantProgramme": [{"code": "L", "title": "Leadership"}],
        "fundingOrganization": [{"id": "GB-GOV-1", "name": "Office of the Deputy Prime Minister"}],
        "recipientOrganization": [{"id": f"GB-LAE-{number}", "name": f"Council {number}"}],
    } | otherwise


def package(path: Path, grants: Sequence[Any]) -> Path:
    """Write *grants* as a 360Giving package."""
    path.write_text(json.dumps({"grants": grants}), encoding="utf-8")
    return path


def json_reader(dates: Dates = Dates.ISO, register_name: str | None = None) -> Reader:
    """Reads 360Giving JSON."""
    return Reader(
        rows=lambda file: (three_sixty.parse_row(row, dates, register_name) for row in three_sixty.read_json(file)),
        form=json_form,
    )


def bring(database: Database, path: Path, reader: Reader | None = None, **wanted: Any) -> EditionReport:
    """Import the file at *path*."""
    with PostgresLog(database) as log:
        return import_edition(log, path, reader or json_reader(), ImportOptions(**wanted))


def counts(report: EditionReport) -> dict[str, int]:
    """What became of the rows."""
    return {name: number for name, number in report.became.items() if number} | (
        {"gone": report.gone} if report.gone else {}
    )


def log_of(database: Database) -> list[tuple[str, int, str]]:
    """Everything in the log: stream, version and name of each event."""
    with database.connect() as connection:
        return [(one.stream, one.version, type(one.event).__name__) for one in read_log(connection, 0, 1_000_000)]


def figures(
    database: Database, code: str, *, column: str = "programme_id", known: int | None = None, as_at: date | None = None
) -> dict[str, Decimal]:
    """The amounts of ``ladder``."""
    found = ladder(database, code, column=column, known=known, as_at=as_at)
    return {name: figure.amount for name, figure in found.items()}


def ladder(
    database: Database, code: str, *, column: str = "programme_id", known: int | None = None, as_at: date | None = None
) -> dict[str, FigureLine]:
    """The ladder of the programme (or scheme, partnership, funder) with this *code*, after updating the read models."""
    project_all(database)
    table = _TABLES[column]

    async def ask() -> dict[str, FigureLine]:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            cursor = await connection.execute(f"SELECT id FROM read.{table} WHERE code = %s", (code,))
            row = await cursor.fetchone()
            assert row is not None, code
            day = as_at or date(2030, 1, 1)
            (line,) = await funding_by(connection, column, [row[0]], as_at=day, known=known, present=as_at is None)
            return line.figures

    return asyncio.run(ask())


def position(database: Database) -> int:
    """The last position of the log."""
    with PostgresLog(database) as log:
        return log.position()


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The grants of a package, with amounts exactly as they are written."""
    yield from json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["grants"]


def total(path: Path, field: str) -> Decimal:
    """The sum of a field of a package's grants."""
    return sum((Decimal(row.get(field) or 0) for row in rows_of(path)), Decimal(0))


def stated_now(database: Database, code: str) -> Decimal:
    """What registers state now as awarded in the programme with this *code*, after updating the read models."""
    ever = figures(database, code)["awarded"]

    async def ask() -> Decimal:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            (programme,) = await register.programmes_by(connection, "code", [code])
            lines = await register.withdrawn_by(connection, "programme_id", [programme.id])
            return sum((one.amount for one in lines if one.currency == programme.currency), Decimal(0))

    return ever - asyncio.run(ask())
