"""Many editions of one register, made from the published one of the Towns Fund by changes of every kind.

After each edition: what the register states now is the total of the edition, what it ever stated keeps what is gone,
the same edition again records nothing, and every earlier answer stays as it was.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from domain.award import AwardNoLongerStated, AwardReassigned, AwardRestated, AwardStatedAgain
from domain.programme import ProgrammeNameStated, SchemeEstablished
from infra.database.postgres import Database
from infra.imports.register import mapping
from infra.imports.register.mapping import EXAMPLES
from projections.tables.corrections import NOW
from tests.infra.imports.test_register import TOWNS_FUND, events, of_register
from tests.kit.files.importing import figures, position, shared, stated_now
from tests.kit.length import times

Row = dict[str, str]


@dataclass
class Publisher:
    """The publisher of a register: what its next edition states, and under which names of columns.

    *words* are titles in the mapping. *gone* are rows that were withdrawn. *latest* is the last amount of each project
    that was ever stated.
    """

    rows: list[Row]
    projects: list[Row]
    chance: Random
    columns: dict[str, str] = field(default_factory=lambda: {"Index Code": "Index Code", "Total": "Total"})
    words: dict[str, str] = field(default_factory=lambda: {"Town Deals": "Town Deals", "Towns Fund": "Towns Fund"})
    gone: list[Row] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    new: int = 0

    def some(self, most: int = 5) -> list[Row]:
        """Some of the rows."""
        return self.chance.sample(self.rows, self.chance.randint(1, most))

    @property
    def total(self) -> Decimal:
        """The total of the edition, by adding up its column."""
        return Decimal(sum(int(row["Total"] or 0) for row in self.rows))

    @property
    def ever(self) -> Decimal:
        """The total of everything that was ever stated, each project with what was stated of it last."""
        return Decimal(sum(self.latest.values()))

    @property
    def lacking(self) -> set[str]:
        """The projects that were stated once and are not in the edition."""
        return self.latest.keys() - {row["Index Code"] for row in self.rows}

    def publish(self, folder: Path) -> tuple[Path, str]:
        """Write the edition, and give its mapping."""
        self.latest |= {row["Index Code"]: int(row["Total"] or 0) for row in self.rows}
        with (folder / "awards.csv").open("w", encoding="utf-8", newline="") as file:
            named = [{self.columns.get(name, name): cell for name, cell in row.items()} for row in self.rows]
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in named for name in row)))
            writer.writeheader()
            writer.writerows(named)
        with (folder / "projects.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.projects[0]))
            writer.writeheader()
            writer.writerows(self.projects)
        text = (EXAMPLES / "towns-fund.toml").read_text(encoding="utf-8")
        for name, renamed in (*self.columns.items(), *self.words.items()):
            text = text.replace(f'"{name}"', f'"{renamed}"')
        dated = any("Awarded" in row for row in self.rows)
        return folder / "awards.csv", text.replace(
            "[fields]", '[fields]\nawarded_on = "Awarded"' if dated else "[fields]"
        )


# --- What publishers do from one edition to the next ------------------------------------------------------------------


def nothing(_: Publisher) -> None:
    """The same edition once more, under another name."""


def add(of: Publisher) -> None:
    for town in ("TD-NEW", "HS-NEW", "TD-BAR"):
        of.new += 1
        capital = of.chance.randrange(1, 9_000_000)
        row = {"Index Code": f"{town}-{of.new + 50}", "RDEL": "0", "CDEL": f"{capital}", "Total": f"{capital}"}
        of.rows.append(dict.fromkeys(of.rows[0], "") | row)


def withdraw(of: Publisher) -> None:
    for row in of.some(20):
        of.rows.remove(row)
        of.gone.append(row)


def bring_back(of: Publisher) -> None:
    """Some rows are back, some of them with another amount."""
    of.chance.shuffle(of.gone)
    for row in of.gone[: len(of.gone) // 2]:
        of.gone.remove(row)
        of.rows.append(row | ({"Total": f"{int(row['Total'] or 0) + 7}"} if of.chance.random() < 0.5 else {}))


def correct(of: Publisher) -> None:
    """Amounts are corrected: up, down, to nothing, to an empty cell, to less than nothing; parts and totals apart."""
    for row in of.some(8):
        row["Total"] = of.chance.choice(
            ["0", "", "-5", f"{of.chance.randrange(10**8)}", f"{int(row['Total'] or 0) + 1}"]
        )
        row["CDEL"] = of.chance.choice([row["CDEL"], row["Total"], "0"])


def correct_back(of: Publisher) -> None:
    """What corrections changed gets its first values back."""
    first = {row["Index Code"]: row for row in read("")}
    of.rows = [row | first.get(row["Index Code"], {}) for row in of.rows]


def reorder(of: Publisher) -> None:
    of.chance.shuffle(of.rows)
    of.chance.shuffle(of.projects)


def move_columns(of: Publisher) -> None:
    order = list(of.rows[0])
    of.chance.shuffle(order)
    of.rows = [{name: row.get(name, "") for name in order} for row in of.rows]


def rename_columns(of: Publisher) -> None:
    of.columns["Index Code"] = of.chance.choice(["Index Code", "Project ID", "Index code"])
    of.columns["Total"] = of.chance.choice(["Total", "Total (GBP)", "Total award"])


def add_column(of: Publisher) -> None:
    """A column that the mapping does not use."""
    of.rows = [row | {"Status": of.chance.choice(["Live", "Closed", ""])} for row in of.rows]


def drop_column(of: Publisher) -> None:
    of.rows = [{name: cell for name, cell in row.items() if name != "Status"} for row in of.rows]


def reword(of: Publisher) -> None:
    """The name of a project is worded otherwise, or is gone."""
    for project in of.chance.sample(of.projects, 9):
        project["project_name"] = of.chance.choice([project["project_name"].upper(), "A new project", ""])


def move_place(of: Publisher) -> None:
    """Towns are called otherwise: their projects have other recipients."""
    towns = {row["Index Code"].rpartition("-")[0] or row["Index Code"] for row in of.some(9)}
    places = {project["place"] for project in of.projects if project["project_code"][:6] in towns}
    for project in of.projects:
        if project["place"] in places:
            project["place"] += " and District"


def retitle(of: Publisher) -> None:
    """The scheme, or the whole register, has another title."""
    of.words[of.chance.choice(list(of.words))] = f"Title {of.chance.randrange(5)}"


def date_rows(of: Publisher) -> None:
    """Awards get dates, or other dates."""
    day = of.chance.randrange(1, 28)
    dated = {row["Index Code"] for row in of.some(40)}
    of.rows = [
        row | {"Awarded": f"2021-03-{day:02}" if row["Index Code"] in dated else row.get("Awarded", "")}
        for row in of.rows
    ]


KINDS: tuple[Callable[[Publisher], None], ...] = (
    nothing, add, withdraw, bring_back, correct, correct_back, reorder, move_columns, rename_columns, add_column,
    drop_column, reword, move_place, retitle, date_rows,
)  # fmt: skip


def read(name: str) -> list[Row]:
    """A published file: the projects, or the register."""
    source = shared(TOWNS_FUND)
    with (source.parent / name if name else source).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("seed", range(times(2, 10)))
def test_after_each_edition_now_is_its_total_and_ever_keeps_what_is_gone(
    database: Database, tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)
    of = Publisher(rows=chance.sample(read(""), 120), projects=read("projects.csv"), chance=chance)
    kinds = [*KINDS, *chance.choices(KINDS, k=times(3, 30))]
    chance.shuffle(kinds)
    known: list[tuple[int, dict[str, Decimal]]] = []
    for number, change in enumerate([nothing, *kinds, withdraw, bring_back]):
        change(of)
        path, text = of.publish(tmp_path)
        by = mapping.load(text)
        where = f"edition {number}: {change.__name__}"
        assert not of_register(database, path, by).became["quarantined"], where
        found = figures(database, "towns-fund")
        assert (of.total, of.ever) == (stated_now(database, "towns-fund"), found["awarded"]), where
        assert 0 == of_register(database, path, by).events, f"{where}, imported again"
        known.append((position(database), found))
        at, then = chance.choice(known)
        assert then == figures(database, "towns-fund", known=at), where
    assert known == [(at, figures(database, "towns-fund", known=at)) for at, _ in known]
    assert of.lacking == missed(database)
    # The changes did what they are for.
    for kind in (AwardNoLongerStated, AwardStatedAgain, AwardRestated, AwardReassigned):
        assert len(events(database, kind)) > 2, kind
    # Another title is another scheme or, of the whole register, a second name of the programme.
    assert len(events(database, SchemeEstablished)) + len(events(database, ProgrammeNameStated)) > 2


def missed(database: Database) -> set[str]:
    """The awards that the register of discrepancies reports as no longer stated."""
    with database.connect() as connection:
        found = connection.execute(
            "SELECT a.reference FROM read.discrepancies d JOIN read.awards a ON a.id = d.subject"
            " WHERE d.rule = 'no_longer_stated' AND d.status = 'OPEN' AND d.superseded = %s",
            (NOW,),
        ).fetchall()
    return {reference for (reference,) in found}
