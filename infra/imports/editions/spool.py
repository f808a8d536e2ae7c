"""The spool: a temporary file on disk with the rows of an edition that has been read and is not recorded yet.

A file is read to its end before anything of it is recorded, so that a file that ends in the middle leaves nothing
behind. Until then its rows are kept in a file without a name, which the operating system deletes with the process. So
millions of rows take no memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple

import msgspec

from domain.stated_grant import StatedGrant
from domain.values.when import When
from infra.imports.rows.parsing import Problem
from infra.imports.rows.quarantine import AcceptedRow, RowRead

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE rows (
        number INTEGER PRIMARY KEY, place TEXT, register TEXT, identifier TEXT,
        "grant" BLOB, problems BLOB, warnings BLOB, raw BLOB
    );
    CREATE TABLE written (stream TEXT, name TEXT, version INTEGER, body BLOB);
    CREATE INDEX written_to ON written (stream);
"""


def _to_text(value: object) -> str:
    if isinstance(value, When):
        return value.text
    raise NotImplementedError(type(value))


def _from_text(kind: type, value: object) -> object:
    if kind is When and isinstance(value, str):
        return When(value)
    raise NotImplementedError(kind)


def _as_text(value: object) -> object:
    """A value without a JSON type, such as a date cell of a spreadsheet, as text."""
    return str(value)


_GRANT = msgspec.msgpack.Encoder(enc_hook=_to_text)
_GRANTS = msgspec.msgpack.Decoder(StatedGrant, dec_hook=_from_text)
_PROBLEMS = msgspec.msgpack.Decoder(tuple[Problem, ...])
# Amounts are written as numbers, with the same digits.
RAW = msgspec.json.Encoder(decimal_format="number", enc_hook=_as_text)


class Spooled(NamedTuple):
    """A row of the spool: its grant with warnings about it, or the problems for which it is put aside."""

    number: int
    place: str
    register: str | None
    identifier: str | None
    grant: StatedGrant | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    raw: bytes


class Spool:
    """The rows of one edition."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCHEMA)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def fill(self, rows: Iterable[RowRead], size: int = 500) -> None:
        """Store all *rows*, *size* in a transaction."""
        page: list[tuple[Any, ...]] = []
        for row in rows:
            page.append(_stored(row))
            if len(page) == size:
                self._insert(page)
                page = []
        self._insert(page)
        self._database.execute("CREATE INDEX rows_of ON rows (register, identifier)")

    def _insert(self, page: Sequence[tuple[Any, ...]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", page)
        self._database.execute("COMMIT")

    def __len__(self) -> int:
        return self._number("SELECT count(*) FROM rows")

    def nameless(self) -> int:
        """The number of rows that do not say which grant they are about."""
        return self._number("SELECT count(*) FROM rows WHERE register IS NULL OR identifier IS NULL")

    def registers(self) -> list[str]:
        """The registers of the rows, sorted."""
        found = self._database.execute("SELECT DISTINCT register FROM rows WHERE register IS NOT NULL ORDER BY 1")
        return [register for (register,) in found]

    def pages(self, size: int) -> Iterator[list[Spooled]]:
        """All rows in order, *size* at a time."""
        after = 0
        while True:
            rows = self._database.execute(
                'SELECT number, place, register, identifier, "grant", problems, warnings, raw FROM rows'
                " WHERE number > ? ORDER BY number LIMIT ?",
                (after, size),
            ).fetchall()
            if not rows:
                return
            yield [_read(row) for row in rows]
            after = rows[-1][0]

    def repeated(self, register: str, identifiers: Sequence[str]) -> set[str]:
        """Those of *identifiers* that more than one row of the register has."""
        marks = ", ".join("?" * len(identifiers))
        found = self._database.execute(
            f"SELECT identifier FROM rows WHERE register = ? AND identifier IN ({marks})"  # noqa: S608 - marks only
            " GROUP BY identifier HAVING count(*) > 1",
            (register, *identifiers),
        )
        return {identifier for (identifier,) in found}

    def lacks(self, register: str, identifiers: Sequence[str]) -> list[str]:
        """Those of *identifiers* that no row of the register has."""
        marks = ", ".join("?" * len(identifiers))
        found = self._database.execute(
            f"SELECT identifier FROM rows WHERE register = ? AND identifier IN ({marks})",  # noqa: S608 - marks only
            (register, *identifiers),
        )
        there = {identifier for (identifier,) in found}
        return [identifier for identifier in identifiers if identifier not in there]

    # --- What would be recorded ---------------------------------------------------------------------------------------

    def keep(self, events: Iterable[tuple[str, str, int, bytes]]) -> None:
        """Keep the events that a dry run would have recorded: stream, name, schema version and body of each."""
        self._database.executemany("INSERT INTO written VALUES (?, ?, ?, ?)", events)

    def kept(self, streams: Sequence[str]) -> list[tuple[str, str, int, bytes]]:
        """The kept events of *streams*, in order: stream, name, schema version and body."""
        marks = ", ".join("?" * len(streams))
        found = self._database.execute(
            f"SELECT stream, name, version, body FROM written WHERE stream IN ({marks}) ORDER BY rowid",  # noqa: S608
            tuple(streams),
        )
        return found.fetchall()

    def _number(self, sql: str) -> int:
        row = self._database.execute(sql).fetchone()
        return int(row[0])


def _stored(row: RowRead) -> tuple[Any, ...]:
    raw = RAW.encode(row.row.raw)
    if isinstance(row, AcceptedRow):
        grant = row.grant
        warnings = msgspec.msgpack.encode(row.warnings) if row.warnings else None
        identity = (row.row.number, row.row.place, grant.register, grant.identifier)
        return (*identity, _GRANT.encode(grant), None, warnings, raw)
    problems = msgspec.msgpack.encode(row.problems)
    return (row.row.number, row.row.place, row.register, row.identifier, None, problems, None, raw)


def _read(row: tuple[Any, ...]) -> Spooled:
    number, place, register, identifier, grant, problems, warnings, raw = row
    return Spooled(
        number, place, register, identifier,
        _GRANTS.decode(grant) if grant is not None else None,
        _PROBLEMS.decode(problems) if problems is not None else (),
        _PROBLEMS.decode(warnings) if warnings is not None else (),
        raw,
    )  # fmt: skip
