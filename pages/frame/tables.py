"""Parts as tables: each kind with the columns that any of its parts has something in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pages.frame.page import Sheet
from projections.parts.reading import PartLine


class Column(NamedTuple):
    """A column called *heading* with a *fact* of the parts.

    *shown* says how: as text, date or yes; as organisation, whose id it is; as several, which are texts or values with
    a text; as step, which is its date and who took it; as amount or rest, which are the part's own; or as state.
    """

    heading: str
    fact: str
    shown: str = "text"


AMOUNT, STATE = Column("Amount", "", "amount"), Column("Status", "", "state")
# The kinds of parts in the order in which people read them: the title of each, and its columns after its number.
Kinds: TypeAlias = Mapping[str, tuple[str, tuple[Column, ...]]]


def steps(*names: str) -> tuple[Column, ...]:
    """The columns of the steps with these *names*."""
    return tuple(Column(name.replace("_", " ").capitalize(), name, "step") for name in names)


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a *kind*, with the columns that any of them has something in. *currency* is that of all of them."""

    kind: str
    title: str
    columns: list[Column]
    parts: list[PartLine]
    currency: str | None


def tables(kinds: Kinds, parts: Sequence[PartLine]) -> list[Table]:
    """A table for each of *kinds* that *parts* has."""
    found = []
    for kind, (title, columns) in kinds.items():
        of_kind = [part for part in parts if part.kind == kind]
        if of_kind:
            used = [one for one in columns if any(has(part, one) for part in of_kind)]
            found.append(Table(kind, title, used, of_kind, currency_of(of_kind)))
    return found


def currency_of(parts: Sequence[PartLine]) -> str | None:
    """The currency of the amounts of *parts*; None where they have several, or none."""
    currencies = {part.currency for part in parts if part.amount is not None}
    return currencies.pop() if len(currencies) == 1 else None


def organisations_of(parts: Sequence[PartLine], kinds: Kinds) -> list[str]:
    """The ids of the organisations that the columns of *parts* show."""
    shown = {(kind, one.fact) for kind, (_, columns) in kinds.items() for one in columns if one.shown == "organisation"}
    found = {part.facts.get(fact) for part in parts for kind, fact in shown if kind == part.kind}
    found |= {
        one.get("organisation_id")
        for part in parts
        for listed in part.facts.values()
        if isinstance(listed, list)
        for one in listed
        if isinstance(one, dict)
    }
    return sorted(one for one in found if one)


def has(part: PartLine, column: Column) -> bool:
    """Whether *part* has something in *column*."""
    match column.shown:
        case "state":
            return True
        case "amount":
            return part.amount is not None
        case "rest":
            return part.remains is not None
    return part.facts.get(column.fact) not in (None, "", [])


def missing(kinds: Kinds, found: Sequence[Table]) -> list[str]:
    """The titles of those of *kinds* that there are no parts of."""
    return [title.lower() for kind, (title, _) in kinds.items() if kind not in {one.kind for one in found}]


def sheet_of(parts: Sequence[PartLine]) -> Sheet:
    """*parts* as a file."""
    return Sheet(
        ("kind", "number", "part", "state", "amount", "currency", "begun", "by", "events"),
        [
            (one.kind, one.number, one.part, one.status, one.amount, one.currency, one.on, one.by,
             " ".join(map(str, one.events)))
            for one in parts
        ],
    )  # fmt: skip
