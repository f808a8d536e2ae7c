"""The result of an import: counts for the screen, and every row as CSV for the person who corrects the file."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import msgspec

from infra.files.csv_and_jsonl import safe_cell
from infra.imports.editions.recording import Outcome
from infra.imports.rows.parsing import Problem

# The most problems in the JSON report. The report file has all of them.
MOST_PROBLEMS = 100
BECAME = ("new", "changed", "unchanged", "back", "quarantined")
COLUMNS = ("place", "identifier", "became", "events", "field", "value", "rule", "hint")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem, with the place and the identifier of its row. *put_aside* is False for a warning."""

    place: str
    identifier: str | None
    problem: Problem
    put_aside: bool = True


@dataclass(slots=True)
class Cause:
    """Problems with one cause: they are of one field and break one rule. *first* is an example of all of them."""

    first: RowProblem
    number: int = 0


@dataclass(slots=True)
class EditionReport:
    """The import of one file. *became* counts rows. *gone* counts grants that its registers stated and the file lacks.

    *not_judged* says why gone grants were not counted; None where they were. *rules* counts problems and warnings by
    rule, *causes* also by field.
    """

    file: str
    digest: str = ""
    registers: list[str] = field(default_factory=list)
    dry_run: bool = False
    rows: int = 0
    events: int = 0
    became: Counter[str] = field(default_factory=Counter)
    gone: int = 0
    not_judged: str | None = None
    rules: Counter[str] = field(default_factory=Counter)
    problems: list[RowProblem] = field(default_factory=list)
    causes: dict[tuple[bool, str, str], Cause] = field(default_factory=dict)
    seconds: float = 0.0

    def count(self, outcome: Outcome) -> None:
        """Add what became of a row."""
        self.events += outcome.events
        if outcome.became == "gone":
            self.gone += 1
            return
        self.rows += 1
        self.became[outcome.became] += 1
        for problem in (*outcome.problems, *outcome.warnings):
            self.rules[problem.rule] += 1
            found = RowProblem(outcome.place, outcome.identifier, problem, bool(outcome.problems))
            # Entries of a list have one cause, whatever their numbers.
            kind = (found.put_aside, problem.rule, re.sub(r"(?<=/)\d+(?=/|$)", "0", problem.field))
            self.causes.setdefault(kind, Cause(found)).number += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(found)

    @property
    def quarantined(self) -> int:
        """The number of rows that were put aside."""
        return self.became["quarantined"]

    @property
    def causes_by_number(self) -> list[Cause]:
        """The causes of what was put aside, then those of warnings; the most frequent first."""
        return sorted(self.causes.values(), key=lambda one: (not one.first.put_aside, -one.number))

    def as_json(self) -> dict[str, Any]:
        """The report in plain types."""
        return {
            "file": self.file,
            "sha256": self.digest,
            "registers": self.registers,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "new_events": self.events,
            **{f"rows_{became}": self.became[became] for became in BECAME},
            "gone": self.gone,
            "gone_not_judged": self.not_judged,
            "rules": dict(sorted(self.rules.items())),
            "causes": [_plain(one.first) | {"number": one.number} for one in self.causes_by_number],
            "quarantined": [_plain(one) for one in self.problems if one.put_aside],
            "warnings": [_plain(one) for one in self.problems if not one.put_aside],
            "seconds": round(self.seconds, 3),
        }


def _plain(one: RowProblem) -> dict[str, Any]:
    return {"place": one.place, "identifier": one.identifier, **asdict(one.problem)}


class RowReport:
    """Writes a line of CSV for every row, and for each problem of a row. Without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8", newline="") if path is not None else None
        if self._file is not None:
            self._writer = csv.writer(self._file)
            self._writer.writerow(COLUMNS)

    def __enter__(self) -> "RowReport":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, outcome: Outcome) -> None:
        """Add what became of a row."""
        if self._file is None:
            return
        row = (outcome.place, outcome.identifier, outcome.became, outcome.events)
        for problem in (*outcome.problems, *outcome.warnings) or (Problem("", "", "", ""),):
            cells = (*row, problem.field, problem.value, problem.rule, problem.hint)
            self._writer.writerow([safe_cell(cell) for cell in cells])


class Quarantine:
    """Writes the rows that were put aside, in the form of the file, to be corrected and imported with ``--part``.

    Without a path it writes nothing. Without such rows it writes an empty list.
    """

    def __init__(self, path: Path | None, form: "Form") -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8", newline="") if path is not None else None
        self._form = form
        self._count = 0

    def __enter__(self) -> "Quarantine":
        if self._file is not None:
            self._file.write(self._form.begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.write(self._form.end)
            self._file.close()

    def write(self, outcome: Outcome) -> None:
        """Write the row if it was put aside."""
        if self._file is None or outcome.raw is None:
            return
        if self._count:
            self._file.write(self._form.between)
        self._file.write(self._form.row(outcome.raw))
        self._count += 1


@dataclass(frozen=True, slots=True)
class Form:
    """How a quarantine file is written: its start, each row, the text between two rows, and its end."""

    begin: str
    row: Callable[[bytes], str]
    between: str
    end: str


def json_form() -> Form:
    """A 360Giving package."""
    return Form(begin='{"grants": [\n', row=bytes.decode, between=",\n", end="\n]}\n")


def xml_form() -> Form:
    """A file of IATI activities."""
    return Form(
        begin='<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n',
        row=lambda raw: str(msgspec.json.decode(raw)),
        between="\n",
        end="\n</iati-activities>\n",
    )


def table_form(header: list[str]) -> Form:
    """CSV with the columns of the table. Cells are written unchanged, because the file will be imported again."""

    def row(raw: bytes) -> str:
        cells = msgspec.json.decode(raw)
        return _line([cells.get(column) or "" for column in header])

    return Form(begin=_line(header), row=row, between="", end="")


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def as_json_text(report: EditionReport) -> str:
    """The report as JSON text."""
    return json.dumps(report.as_json(), indent=2, ensure_ascii=False)
