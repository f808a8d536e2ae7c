"""The sheets beside the grants: by the 360Giving standard a workbook may tell what a grant has several of, such as
transactions, places or planned dates, in sheets of their own, each row under the Identifier of its grant.

https://standard.threesixtygiving.org/en/latest/technical/reference/#one-to-many-relationships. A row adds to the lists
of its grant; an entry that has an identifier of its own (an organisation's, say) is added to under that.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import msgspec

from infra.imports.rows.parsing import LONGEST_NAME, ErrorCell, Formula, InvalidValue, Problem, shortened, text_of
from infra.imports.rows.row import QuarantinedRow, RawRow
from infra.imports.rows.tabular import Broken, read_sheets

Grant = dict[str, Any]
Origins = dict[tuple[str, int], str]

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE rows (number INTEGER PRIMARY KEY, identifier TEXT, place TEXT, said TEXT, added BLOB, joined INTEGER);
"""
# A cell with a formula or an error must stay one on its way over the disk.
_CELLS: dict[int, type[str]] = {1: Formula, 2: ErrorCell}


def _to_disk(value: object) -> object:
    return str(value)


def _cells_to_disk(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cells_to_disk(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_cells_to_disk(part) for part in value]
    for code, kind in _CELLS.items():
        if isinstance(value, kind):
            return msgspec.msgpack.Ext(code, value.encode())
    return value


def _from_disk(code: int, said: memoryview) -> object:
    return _CELLS[code](bytes(said).decode())


class _Added(NamedTuple):
    """What a row adds to its grant; *said* is what is wrong with the row as a whole."""

    place: str
    said: str | None
    added: Grant


class Sheets:
    """The rows of the sheets beside the grants, on disk until their grants come by."""

    def __init__(self, path: Path, wanted: Callable[[list[str]], bool], grant_of: Callable[[Grant], Grant]) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._read = msgspec.msgpack.Decoder(ext_hook=_from_disk)
        encoder = msgspec.msgpack.Encoder(enc_hook=_to_disk, decimal_format="string")
        self._database.execute("BEGIN")
        for row in read_sheets(path, wanted):
            said = row.raw.counts if isinstance(row.raw, Broken) else None
            added = grant_of(row.raw)
            name = _identifier(added)
            kept = encoder.encode(_cells_to_disk(added))
            told = (name, row.place, said, kept)
            self._database.execute(
                "INSERT INTO rows (identifier, place, said, added, joined) VALUES (?, ?, ?, ?, 0)", told
            )
        self._database.execute("COMMIT")
        self._database.execute("CREATE INDEX rows_of ON rows (identifier)")
        self.any = self._database.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is not None

    def __enter__(self) -> "Sheets":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def join(self, grant: Grant) -> tuple[Origins, tuple[Problem, ...]]:
        """Add what the sheets say to *grant*.

        Gives the places of the entries added, by their list and number in it, and what contradicts what stands there.
        """
        identifier = _identifier(grant)
        if identifier is None:
            return {}, ()
        found = self._database.execute(
            "SELECT place, said, added FROM rows WHERE identifier = ? ORDER BY number", (identifier,)
        ).fetchall()
        if not found:
            return {}, ()
        self._database.execute("UPDATE rows SET joined = 1 WHERE identifier = ?", (identifier,))
        origins: Origins = {}
        problems: list[Problem] = []
        for place, said, added in found:
            entries = {name: value for name, value in self._read.decode(added).items() if name != "id"}
            _Joining(place, origins, problems).join(grant, entries)
            if said is not None:
                hint = f"Give the row as many cells as there are columns. It is {place}."
                problems.append(Problem("", said, "cell_count", hint))
        return origins, tuple(problems)

    def left(self, after: int, register_of: Callable[[str], str | None]) -> Iterator[QuarantinedRow]:
        """The rows that belong to no grant of the file, numbered on from *after*."""
        found = self._database.execute("SELECT identifier, place, added FROM rows WHERE joined = 0 ORDER BY number")
        for number, (identifier, place, added) in enumerate(found, start=after + 1):
            row = RawRow(number=number, place=place, raw=self._read.decode(added))
            if identifier is None:
                hint = "Write the Identifier of the grant that the row belongs to."
                problem = Problem("id", shortened(row.raw.get("id")), "missing", hint)
            else:
                hint = "No row of the grants' sheet has this Identifier: mend it, or add the grant."
                problem = Problem("id", identifier, GRANT_MISSING, hint)
            yield QuarantinedRow(row, register_of(identifier or ""), identifier, (problem,))


# A row beside the grants tells of one that is not there.
GRANT_MISSING = "grant_missing"


def _identifier(grant: Grant) -> str | None:
    """The identifier of a grant; None where there is none that can be read."""
    value = grant.get("id")
    try:
        return None if value is None else text_of(value, longest=LONGEST_NAME) or None
    except InvalidValue:
        return None


class _Joining:
    """One row of a sheet on its way into its grant."""

    def __init__(self, place: str, origins: Origins, problems: list[Problem]) -> None:
        self._place = place
        self._origins = origins
        self._problems = problems

    def join(self, held: Grant, added: Grant, *at: str) -> None:
        """Add *added* to what is *held* at a path."""
        for name, value in added.items():
            there = held.get(name)
            path = (*at, name)
            if there is None:
                held[name] = value
                self._came(path, value, 0)
            elif isinstance(there, list) and isinstance(value, list):
                self._extend(there, value, path)
            elif isinstance(there, dict) and isinstance(value, dict):
                self.join(there, value, *path)
            elif str(there) != str(value):
                hint = f"The grant's row says {shortened(there)}, {self._place} says otherwise. Keep one of them."
                self._problems.append(Problem("/".join(path), shortened(value), "contradicts", hint))

    def _extend(self, there: list[Any], added: list[Any], path: tuple[str, ...]) -> None:
        for one in added:
            if one in ({}, None):
                continue
            name = one.get("id") if isinstance(one, dict) else None
            known = [place for place, other in enumerate(there) if isinstance(other, dict) and other.get("id") == name]
            if name is not None and known:
                self.join(there[known[0]], one, *path, str(known[0]))
            else:
                there.append(one)
                self._came(path, [one], len(there) - 1)

    def _came(self, path: tuple[str, ...], value: Any, first: int) -> None:
        if len(path) == 1 and isinstance(value, list):
            for nth in range(len(value)):
                self._origins[path[0], first + nth] = self._place
