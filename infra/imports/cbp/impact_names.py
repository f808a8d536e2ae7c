"""Other names of impacts: ``impact_names.csv``, which a folder may have beside the files of its programme.

A line says by which other name (``called``) outcomes.csv calls an ``impact`` of impact_framework.csv. Reading the two
names shows that they mean the same. The import records the name with the framework.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.imports.cbp.csv_file import UnreadableFile, read_table
from infra.imports.cbp.report import FileReport

FILE = "impact_names.csv"
COLUMNS = ("impact", "called")
# Why a line is no row of events of its own.
WITH_ITS_IMPACT = "another name of an impact, recorded with the framework"
NO_IMPACT = "another name of an impact that no framework has"


@dataclass
class ImpactNames:
    """The other names by the impact that they are of. *used* has the impacts of the frameworks that were read."""

    report: FileReport = field(default_factory=lambda: FileReport(FILE))
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def of(self, impact: str) -> tuple[str, ...]:
        """The other names of an impact of a framework."""
        self.used.add(impact)
        return self.names.get(impact, ())

    def reported(self) -> FileReport:
        """The report of the file, after the frameworks were read."""
        counted: Counter[str] = Counter()
        for impact, names in self.names.items():
            counted[WITH_ITS_IMPACT if impact in self.used else NO_IMPACT] += len(names)
        self.report.left_out = counted
        return self.report


def impact_names_of(folder: Path) -> ImpactNames:
    """The other names of impacts that *folder* has; none if it has no such file."""
    found = ImpactNames()
    if not (folder / FILE).exists():
        return found
    try:
        table = read_table(folder / FILE, COLUMNS)
    except UnreadableFile as error:
        found.report.broken.append((0, str(error)))
        return found
    found.report.rows = len(table.rows) + len(table.broken)
    found.report.broken = list(table.broken)
    names: dict[str, tuple[str, ...]] = {}
    for row in table.rows:
        if not all(row.cells.values()):
            found.report.broken.append((row.line, "A cell is empty. Fill it in."))
        else:
            names[row["impact"]] = (*names.get(row["impact"], ()), row["called"])
    found.names = names
    return found
