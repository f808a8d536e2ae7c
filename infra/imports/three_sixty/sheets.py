"""The further sheets of a 360Giving workbook, with what a grant has several of: transactions, places, planned dates.

https://standard.threesixtygiving.org/en/latest/technical/reference/#one-to-many-relationships. Each row names the
Identifier of its grant and adds to the lists of that grant. If an entry has an identifier of its own, such as an
organisation, rows with the same identifier are joined into one entry.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from infra.imports.rows.parsing import LONGEST_NAME, ErrorCell, Formula, InvalidValue, Problem, shortened, text_of
from infra.imports.rows.quarantine import GRANT_MISSING, QuarantinedRow, RawRow
from infra.imports.rows.tabular import CELL_COUNT, Broken, read_sheets

Grant = dict[str, Any]
Origins = dict[tuple[str, int], str]

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE rows (
        number INTEGER PRIMARY KEY, identifier TEXT, place TEXT, counts TEXT, added BLOB, joined INTEGER
    );
"""
# A cell with a formula or an error must still be one after it was stored on disk.
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


def _from_disk(code: int, text: memoryview) -> object:
    return _CELLS[code](bytes(text).decode())


class Sheets:
    """The rows of the further sheets, kept on disk until their grants are read."""

    def __init__(self, path: Path, wanted: Callable[[list[str]], bool], grant_of: Callable[[Grant], Grant]) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._read = msgspec.msgpack.Decoder(ext_hook=_from_disk)
        encoder = msgspec.msgpack.Encoder(enc_hook=_to_disk, decimal_format="string")
        self._database.execute("BEGIN")
        for row in read_sheets(path, wanted):
            counts = row.raw.counts if isinstance(row.raw, Broken) else None
            added = grant_of(row.raw)
            values = (_identifier(added), row.place, counts, encoder.encode(_cells_to_disk(added)))
            self._database.execute(
                "INSERT INTO rows (identifier, place, counts, added, joined) VALUES (?, ?, ?, ?, 0)", values
            )
        self._database.execute("COMMIT")
        self._database.execute("CREATE INDEX rows_of ON rows (identifier)")
        self.has_rows = self._database.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is not None

    def __enter__(self) -> "Sheets":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def join(self, grant: Grant) -> tuple[Origins, tuple[Problem, ...]]:
        """Add the rows of the sheets to *grant*.

        Returns the places of the added entries, by their list and number in it, and the contradictions found.
        """
        identifier = _identifier(grant)
        if identifier is None:
            return {}, ()
        found = self._database.execute(
            "SELECT place, counts, added FROM rows WHERE identifier = ? ORDER BY number", (identifier,)
        ).fetchall()
        if not found:
            return {}, ()
        self._database.execute("UPDATE rows SET joined = 1 WHERE identifier = ?", (identifier,))
        origins: Origins = {}
        problems: list[Problem] = []
        for place, counts, added in found:
            entries = {name: value for name, value in self._read.decode(added).items() if name != "id"}
            _Joining(place, origins, problems).join(grant, entries)
            if counts is not None:
                problems.append(Problem("", counts, "cell_count", f"{CELL_COUNT} The row is {place}."))
        return origins, tuple(problems)

    def rows_without_grant(self, after: int, register_of: Callable[[str], str | None]) -> Iterator[QuarantinedRow]:
        """The rows whose grant is not in the file. Their numbers follow *after*."""
        found = self._database.execute("SELECT identifier, place, added FROM rows WHERE joined = 0 ORDER BY number")
        for number, (identifier, place, added) in enumerate(found, start=after + 1):
            row = RawRow(number=number, place=place, raw=self._read.decode(added))
            if identifier is None:
                hint = "The row does not name its grant. Write the Identifier of the grant."
                problem = Problem("id", shortened(row.raw.get("id")), "missing", hint)
            else:
                hint = "No row of the grants' sheet has this Identifier. Correct it, or add the grant."
                problem = Problem("id", identifier, GRANT_MISSING, hint)
            yield QuarantinedRow(row, register_of(identifier or ""), identifier, (problem,))


def _identifier(grant: Grant) -> str | None:
    """The identifier of a grant; None where it is missing or cannot be read."""
    value = grant.get("id")
    try:
        return None if value is None else text_of(value, longest=LONGEST_NAME) or None
    except InvalidValue:
        return None


class _Joining:
    """Joins one row of a further sheet into its grant."""

    def __init__(self, place: str, origins: Origins, problems: list[Problem]) -> None:
        self._place = place
        self._origins = origins
        self._problems = problems

    def join(self, target: Grant, added: Grant, *at: str) -> None:
        """Add *added* to *target*, the part of the grant at the path *at*."""
        for name, value in added.items():
            present = target.get(name)
            path = (*at, name)
            if present is None:
                target[name] = value
                self._note_origin(path, value, 0)
            elif isinstance(present, list) and isinstance(value, list):
                self._extend(present, value, path)
            elif isinstance(present, dict) and isinstance(value, dict):
                self.join(present, value, *path)
            elif str(present) != str(value):
                hint = (
                    f"The grant's row has {shortened(present)}, but {self._place} has another value. Keep one of them."
                )
                self._problems.append(Problem("/".join(path), shortened(value), "contradicts", hint))

    def _extend(self, present: list[Any], added: list[Any], path: tuple[str, ...]) -> None:
        for one in added:
            if one in ({}, None):
                continue
            name = one.get("id") if isinstance(one, dict) else None
            same = [nth for nth, other in enumerate(present) if isinstance(other, dict) and other.get("id") == name]
            if name is not None and same:
                self.join(present[same[0]], one, *path, str(same[0]))
            else:
                present.append(one)
                self._note_origin(path, [one], len(present) - 1)

    def _note_origin(self, path: tuple[str, ...], value: Any, first: int) -> None:
        if len(path) == 1 and isinstance(value, list):
            for nth in range(len(value)):
                self._origins[path[0], first + nth] = self._place
