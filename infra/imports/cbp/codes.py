"""What the codes in the files mean, and how their cells are read."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias, TypeVar
from uuid import UUID, uuid5

from domain.history import Command
from domain.values.fact import Fact
from domain.values.ids import AwardId, OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money, NotMoney
from domain.values.when import UNKNOWN, NotADate, When
from infra.imports.cbp.csv_file import BrokenRow, Row
from infra.imports.cbp.figures import Figures
from infra.imports.cbp.impact_names import ImpactNames
from infra.imports.cbp.restated import Key, KnownAward
from infra.imports.cbp.stated_before import StatedFile

# Ids are derived from the codes in these files, so that every import finds the same ids.
NAMESPACE = UUID("6f1c0f3e-5b0e-4f0a-9d0a-3b8f2a1c7e55")
CURRENCY = "GBP"

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True)
class LeftOut:
    """The reason why a row is not an event."""

    reason: str


Steps: TypeAlias = list[Command] | LeftOut


def _no_history(_: str) -> Sequence[Fact]:
    return ()


@dataclass(frozen=True)
class Place:
    """Where a statement about a code is recorded: in the stream of a partnership, or of a programme (and scheme)."""

    stream: str
    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None


@dataclass
class Codes:
    """What the codes in the files mean, as far as the files have been read."""

    organisations: dict[str, OrganisationId] = field(default_factory=dict)
    programmes: dict[str, ProgrammeId] = field(default_factory=dict)
    schemes: dict[str, tuple[ProgrammeId, SchemeId]] = field(default_factory=dict)
    partnerships: dict[str, PartnershipId] = field(default_factory=dict)
    pilots: dict[int, PartnershipId] = field(default_factory=dict)
    awards: dict[str, list[tuple[AwardId, str, Money]]] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    # The awards that the file stated before, and the keys of those that it states now.
    known_awards: dict[Key, KnownAward] = field(default_factory=dict)
    stated_awards: set[Key] = field(default_factory=set)
    # For a row that restates its award, by digest: the number of events of the award before.
    after: dict[str, int] = field(default_factory=dict)
    # What each file stated before, and the streams that have events of any.
    stated: dict[str, StatedFile] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)
    # What rows state in words, the other names of impacts, and the events of a stream.
    figures: Figures = field(default_factory=Figures)
    impact_names: ImpactNames = field(default_factory=ImpactNames)
    history: Callable[[str], Sequence[Fact]] = _no_history
    # The numbers of support cases, by organisation and partnership, that were given in this import.
    cases: dict[OrganisationId, dict[PartnershipId, int]] = field(default_factory=dict)
    # The rows of each file that was read.
    rows: dict[str, Sequence[Row]] = field(default_factory=dict)
    # The names of partnerships by code, and the numbers that were given in this import.
    names: dict[str, str] = field(default_factory=dict)
    given: defaultdict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def begin(self, file: str, rows: Sequence[Row]) -> None:
        """Take notice of the *rows* of a file, before the first of them is read."""
        self.rows[file] = rows
        self.figures.begin(rows)

    def organisation(self, code: str) -> OrganisationId:
        """The organisation of *code*. Raises BrokenRow."""
        return found_in(self.organisations, code, "organisation")

    def optional_organisation(self, code: str) -> OrganisationId | None:
        """The organisation of *code*; None where *code* is empty. Raises BrokenRow."""
        return self.organisation(code) if code else None

    def partnership(self, code: str) -> PartnershipId:
        """The partnership of *code*. Raises BrokenRow."""
        return found_in(self.partnerships, code, "partnership")

    def place(self, code: str) -> Place:
        """Where statements about *code* (of a partnership, scheme or programme) are recorded. Raises BrokenRow."""
        if code in self.partnerships:
            return Place(self.partnerships[code], partnership_id=self.partnerships[code])
        if code in self.schemes:
            programme_id, scheme_id = self.schemes[code]
            return Place(programme_id, scheme_id=scheme_id)
        return Place(found_in(self.programmes, code, "partnership or programme"))

    @property
    def by_id(self) -> dict[str, str]:
        """The codes of organisations and partnerships, by their ids."""
        return {thing: code for code, thing in (*self.organisations.items(), *self.partnerships.items())}

    def number(self, row: Row, stream: str, kind: type[Fact], name: str = "number", code: str | None = None) -> int:
        """The number of a fact of this *kind* in a *stream*: the one that the row gave it before, or the next free one.

        *name* is the field that has it. Where facts are numbered by their *code*, only those with that code count.
        """
        before = self.stated.get(row.file, StatedFile()).rows.get((row.digest, row.nth))
        stated = [one.fact for one in before.facts] if before is not None else []
        known = [getattr(one, name) for one in stated if isinstance(one, kind)]
        if known:
            return int(known[0])
        in_log = [one for one in self.history(stream) if isinstance(one, kind) and getattr(one, "code", None) == code]
        taken = self.given[stream, code or kind.__name__]
        number = max([*taken, *(getattr(one, name) for one in in_log)], default=0) + 1
        taken.add(number)
        return number

    def reference(self, kind: str, text: str) -> str:
        """*text* as a new reference of a *kind*, with a number after it if it has been used before.

        An award keeps its reference: a row that states another award of the same amount is refused.
        """
        found = text
        number = 1
        while found in self.references or (kind != "award" and identity(kind, found) in self.streams):
            number += 1
            found = f"{text}/{number}"
        self.references.add(found)
        return found


def found_in(codes: Mapping[str, T], code: str, what: str) -> T:
    if code not in codes:
        raise BrokenRow(f'There is no {what} with the code "{code}".')
    return codes[code]


def identity(kind: str, code: str) -> str:
    """The id of the thing of this *kind* with this *code*, the same in every import."""
    return f"{kind}-{uuid5(NAMESPACE, f'{kind}/{code}')}"


# --- Cells ------------------------------------------------------------------------------------------------------------


def date_in(text: str, *, approximate: bool = False) -> When:
    if not text:
        return UNKNOWN
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        raise BrokenRow(f'"{text}" is not a date. Write 2004, 2004-03 or 2004-03-15.')
    try:
        return When(text + ("~" if approximate else ""))
    except NotADate as error:
        raise BrokenRow(f"{error}.") from error


def period_in(start: str, end: str, *, approximate: bool = False) -> tuple[When, When | None]:
    """The start and the end of a period. A missing start is an unknown day up to the end."""
    until = date_in(end, approximate=approximate) if end else None
    if start == "" and until is not None:
        return When(f"../{until.text}"), None
    on = date_in(start, approximate=approximate)
    if until is not None and not on.may_precede(until):
        raise BrokenRow(f"The row ends ({end}) before it starts ({start}).")
    return on, until


def money_in(amount: str, currency: str = CURRENCY) -> Money:
    try:
        found = Money.of(amount, currency)
    except NotMoney as error:
        raise BrokenRow(f'The amount "{amount}" cannot be read: {error}.') from error
    if not found.is_positive:
        raise BrokenRow(f"The amount is {amount}. It must be more than 0.")
    return found


def optional_money_in(amount: str) -> Money | None:
    return money_in(amount) if amount else None


def required(row: Row, *columns: str) -> None:
    for column in columns:
        if not row[column]:
            raise BrokenRow(f"{column} is empty. Fill it in.")


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list, which semicolons separate."""
    return tuple(name for one in text.split(";") if (name := one.strip()))


def one_of(enum: type[E], figures: Mapping[str, str], name: str) -> E:
    """The figure *name*, which must be a value of *enum*. Raises BrokenRow."""
    values = {one.value: one for one in enum}
    if figures.get(name) not in values:
        raise BrokenRow(f'The figure {name} is "{figures.get(name, "")}". It must be one of: {", ".join(values)}.')
    return values[figures[name]]
