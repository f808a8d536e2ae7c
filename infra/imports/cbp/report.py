"""The result of an import, file by file: rows, new events, rows recorded before, rows left out, broken rows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FileReport:
    """One file. *left_out* counts rows that are not events, by reason. *broken* holds lines and reasons.

    *restated* counts rows that state otherwise what the file stated before. *removed* names what the file stated
    before, and of which it has no row any more. A file with a broken row is not recorded at all; then *events* is 0.
    Line 0 means the whole file.
    """

    name: str
    rows: int = 0
    events: int = 0
    recorded: int = 0
    unchanged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    restated: int = 0
    removed: list[str] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report in plain types."""
        return {
            "file": self.name,
            "rows": self.rows,
            "new_events": self.events,
            "rows_recorded": self.recorded,
            "rows_unchanged": self.unchanged,
            "rows_restated": self.restated,
            "rows_removed": len(self.removed),
            "removed": self.removed,
            "rows_left_out": [{"rows": rows, "reason": reason} for reason, rows in self.left_out.items()],
            "rows_broken": [{"line": line, "reason": reason} for line, reason in self.broken],
        }


@dataclass
class Report:
    """An import of several files."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def events(self) -> int:
        """New events of all files."""
        return sum(file.events for file in self.files)

    @property
    def broken(self) -> int:
        """Broken rows of all files."""
        return sum(len(file.broken) for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The report in plain types."""
        return {
            "new_events": self.events,
            "rows": sum(file.rows for file in self.files),
            "rows_broken": self.broken,
            "files": [file.as_json() for file in self.files],
        }
