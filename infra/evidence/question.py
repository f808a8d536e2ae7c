"""What an evidence pack is asked to prove: a ladder, one figure of it, or the books of a period."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pages.frame.asked import award_named
from projections import progress
from projections.money.funding import FIGURES, HELD
from projections.money.periods import periods_by
from projections.register import reading as register
from projections.tables.paging import Connection

# What has a ladder that a pack proves, with the column that its id is in. A figure is looked for in this order.
COLUMNS = {
    "partnership": "partnership_id",
    "award": "award_id",
    "programme": "programme_id",
    "scheme": "scheme_id",
}
# What a pack is asked about.
KINDS = (*COLUMNS, "figure", "period")
# The figures that ``check.py`` adds up. The others (budget, committed, free, spendable) are in no pack.
PROVEN = (*FIGURES, *HELD)


class NotThere(Exception):
    """What the question names does not exist. The message says what."""


class NotProven(Exception):
    """No pack proves this. The message says why."""


class Behind(Exception):
    """The read models do not show yet what the question asks about."""


class Unseen(Exception):
    """The roles of the caller do not let them read all of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of a *kind*, about the thing called *code*. *of* says which, if several things have the code.

    *figure* is the one figure wanted. A period has the *name* of a closed one, or else the days *starts* and *ends*.
    """

    kind: str
    code: str
    as_at: date
    known_at: datetime | None = None
    of: str | None = None
    figure: str | None = None
    name: str | None = None
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the thing that it is about, and with both clocks. *starts* and *ends* are the days that count.

    *is_period* says whether it asks for the books of a period, and not for a ladder as at *ends*. *name* is how people
    call the thing. *position* is the last one that counts, and *known_at* the instant that it stands for.
    """

    of: str
    column: str
    id: str
    code: str
    name: str
    figures: tuple[str, ...]
    is_period: bool
    starts: date
    ends: date
    position: int
    known_at: datetime
    period: str | None = None

    @property
    def file_name(self) -> str:
        """A name for the file of the pack."""
        code = re.sub("[^A-Za-z0-9.-]", "-", self.code)
        days = f"{self.starts}-{self.ends}" if self.is_period else f"{self.ends}"
        what = self.figures[0] if len(self.figures) == 1 else "period" if self.is_period else "evidence"
        return f"{what}-{self.of}-{code[:80]}-{days}-{self.position}.zip"


async def question_of(connection: Connection, asked: Asked) -> Question:
    """The question that is *asked*. Raises NotThere, NotProven and Behind."""
    if asked.kind not in KINDS:
        raise NotThere(f"There is no evidence of the kind {asked.kind}. There is: {', '.join(KINDS)}.")
    # A text in PostgreSQL cannot hold the character U+0000.
    if "\x00" in f"{asked.code}{asked.name}{asked.of}":
        raise NotThere("There is nothing of this name.")
    if asked.figure is not None and asked.figure not in PROVEN:
        raise NotProven(f"No pack proves the figure {asked.figure}. Packs prove: {', '.join(PROVEN)}.")
    position, known_at = await _known(connection, asked.known_at)
    if asked.kind == "period":
        return await _of_period(connection, asked, position, known_at)
    of, thing, code, name = await _thing(connection, asked)
    figures = (asked.figure,) if asked.figure is not None else PROVEN
    return Question(
        of, COLUMNS[of], thing, code, name, figures, False, date.min, asked.as_at, position, known_at
    )  # fmt: skip


async def _known(connection: Connection, instant: datetime | None) -> tuple[int, datetime]:
    """The last position that counts, and the instant that it stands for."""
    reached = await progress.reached(connection)
    known = await progress.position_at(connection, instant) if instant is not None else reached
    if known > reached:
        raise Behind(f"The read models are at {reached} of {known}. Run `fundtrail project`, or ask again in a moment.")
    recorded_at = instant or await progress.recorded_at(connection, known)
    if recorded_at is None or known == 0:
        raise NotThere("Nothing was recorded by then.")
    return known, recorded_at


async def _thing(connection: Connection, asked: Asked) -> tuple[str, str, str, str]:
    """What is asked about: what it is, its id, its code and its name."""
    kinds = [asked.kind] if asked.kind in COLUMNS else [asked.of] if asked.of is not None else [*COLUMNS]
    for kind in kinds:
        if kind not in COLUMNS:
            raise NotProven(f"No pack proves the figures of a {kind}. Packs prove those of: {', '.join(COLUMNS)}.")
        found = await _called(connection, kind, asked.code)
        if found is not None:
            return kind, *found
    raise NotThere(f"There is no {' or '.join(kinds)} {asked.code}.")


async def _called(connection: Connection, kind: str, code: str) -> tuple[str, str, str] | None:
    if kind == "award":
        one = await award_named(connection, code)
        return (one.id, one.reference, one.purpose or one.reference) if one is not None else None
    by: dict[str, Callable[..., Awaitable[Sequence[Any]]]] = {
        "partnership": register.partnerships_by,
        "programme": register.programmes_by,
        "scheme": register.schemes_by,
    }
    return next(((one.id, one.code, one.name) for one in await by[kind](connection, "code", [code])), None)


async def _of_period(connection: Connection, asked: Asked, position: int, known_at: datetime) -> Question:
    found = await _called(connection, "programme", asked.code)
    if found is None:
        raise NotThere(f"There is no programme {asked.code}.")
    thing, code, name = found
    starts, ends = asked.starts, asked.ends
    if asked.name is not None:
        closed = await periods_by(connection, "programme_id", [thing], known=position)
        line = next((one for one in closed if one.name == asked.name), None)
        if line is None:
            raise NotThere(f"There is no closed period {asked.name} of {asked.code}.")
        # The books of a closed period are those of the moment when it was closed.
        starts, ends, position, known_at = line.starts, line.ends, line.position, line.recorded_at
    if starts is None or ends is None:
        raise NotThere("Give the name of a closed period, or its first and its last day.")
    figures, days = tuple(FIGURES), (starts, ends)
    if ends < starts:
        raise NotProven(f"The period ends on {ends}, before it starts on {starts}. It ends on its first day or later.")
    return Question(
        "programme", COLUMNS["programme"], thing, code, name, figures, True, *days, position, known_at, asked.name
    )  # fmt: skip
