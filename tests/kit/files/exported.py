"""Export files and lists in tests."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from infra.database.postgres import READER, Database
from infra.exports.catalogue import export_of, stream
from infra.exports.standards.files import STANDARDS, file_of
from infra.exports.standards.left_out import LeftOut
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted
from infra.feeding.projector import project_all
from projections import progress
from projections.tables.paging import Connection

OURS = Publisher(name="Local Pilots", prefix="360G-local", reference="GB-GOV-99", kind="10")
LATE = date(2030, 1, 1)


def exported(
    database: Database,
    standard: str,
    path: Path,
    *,
    as_at: date = LATE,
    known: int | None = None,
    publisher: Publisher = OURS,
    programme: str | None = None,
) -> list[LeftOut]:
    """Update the read models, write the file of *standard* to *path*, and return what was left out of it."""
    project_all(database)
    left_out: list[LeftOut] = []

    async def write(connection: Connection) -> None:
        position = known if known is not None else await progress.reached(connection)
        wanted = Wanted(as_at, position, await progress.recorded_at(connection, position), programme)
        with path.open("wb") as file:
            async for piece in file_of(connection, STANDARDS[standard], wanted, publisher, left_out.append):
                file.write(piece)

    async def run() -> None:
        async with await psycopg.AsyncConnection.connect(database.conninfo(READER), autocommit=True) as connection:
            await write(connection)

    asyncio.run(run())
    return left_out


def listed(database: Database, name: str, format_: str, *, known: int | None = None, as_at: date = LATE) -> bytes:
    """The list *name* in *format_*. The read models must be up to date."""

    async def run() -> bytes:
        async with await psycopg.AsyncConnection.connect(database.conninfo(READER), autocommit=True) as connection:
            position = known if known is not None else await progress.reached(connection)
            wanted = Wanted(as_at, position, await progress.recorded_at(connection, position))
            asked = stream(connection, export_of(name, format_), wanted, OURS, lambda _: None)
            return b"".join([piece async for piece in asked])

    return asyncio.run(run())


def whole(left_out: list[LeftOut]) -> dict[str, str]:
    """The references of the awards that are left out of the file, each with its rule."""
    return {one.reference: one.rule for one in left_out if one.whole}


def errors_of(package: Any, schemas: Any) -> list[str]:
    """The errors that the 360Giving schemas find in a package, with formats checked."""
    import jsonschema_rs

    grants, packages = schemas
    # The package names the grants' schema of another patch release, by an address: it is this one.
    address = packages["properties"]["grants"]["items"]["$ref"]
    registry = jsonschema_rs.Registry([(address, grants)])
    validator = jsonschema_rs.Draft202012Validator(packages, registry=registry, validate_formats=True)
    return [f"{error.instance_path}: {error.message[:200]}" for error in validator.iter_errors(package)]
