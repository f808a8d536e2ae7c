"""The parts of an award as tables: its payments, conditions, holds and all others, each with its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pages.frame.page import Sheet
from projections.parts.reading import PartLine


class Column(NamedTuple):
    """A column called *heading* with a *fact* of the parts.

    *shown* says how: as text, date or yes; as step, which is its date and who took it; as amount or rest, which are the
    part's own; or as state.
    """

    heading: str
    fact: str
    shown: str = "text"


_AMOUNT, _STATE = Column("Amount", "", "amount"), Column("Status", "", "state")


def _steps(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name.replace("_", " ").capitalize(), name, "step") for name in names)


# The kinds of parts in the order in which people read them: the title of each, and its columns after its number.
KINDS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "payment": (
        "Payments",
        (_AMOUNT, _STATE, Column("Purpose", "purpose"), *_steps("requested", "approved", "released", "settled")),
    ),
    "moneyback": (
        "Money of payments that came back",
        (_AMOUNT, _STATE, Column("Reason", "returned_because"), *_steps("returned", "undone")),
    ),
    "condition": (
        "Conditions",
        (Column("Condition", "text"), Column("Before payment", "precedent", "yes"), _STATE,
         *_steps("set", "met", "waived"), Column("Reason", "waived_because")),
    ),
    "hold": (
        "Holds",
        (_STATE, Column("Reason", "placed_because"), *_steps("placed", "lifted"),
         Column("Reason for lifting", "lifted_because")),
    ),
    "instalment": (
        "Instalments",
        (_AMOUNT, _STATE, Column("Due", "due", "date"), *_steps("scheduled", "changed"),
         Column("Reason", "changed_because")),
    ),
    "variation": (
        "Variations",
        (_AMOUNT, Column("Sort", "sort"), Column("Reason", "because"), *_steps("made"),
         Column("New end", "until", "date"), Column("Corrects", "corrects")),
    ),
    "recovery": (
        "Recoveries",
        (_AMOUNT, Column("Outstanding", "", "rest"), _STATE, Column("Reason", "because"),
         *_steps("raised", "approved", "written_off", "withdrawn")),
    ),
    "settlement": (
        "Money of recoveries that came back",
        (_AMOUNT, Column("How", "by"), *_steps("settled"), Column("Reference", "reference")),
    ),
    "return": (
        "Returns",
        (Column("Covers", "covers"), _STATE, Column("Due", "due", "date"), *_steps("required", "certified")),
    ),
    "expenditure": (
        "Expenditure",
        (_AMOUNT, Column("Line", "line"), Column("Spent on", "description"), *_steps("reported")),
    ),
    "pledge": (
        "Pledges of others",
        (_AMOUNT, Column("Outstanding", "", "rest"), Column("Hours", "hours"), Column("Kind", "sort"),
         Column("Towards", "towards"), Column("Line", "line"), Column("What", "description"), *_steps("pledged")),
    ),
    "contribution": (
        "Contributions of others",
        (_AMOUNT, Column("Hours", "hours"), Column("Kind", "sort"), Column("Towards", "towards"),
         Column("Line", "line"), Column("What", "description"), Column("Pledge", "pledge"), *_steps("received")),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a *kind*, with the columns that any of them has something in. *currency* is that of all of them."""

    kind: str
    title: str
    columns: list[Column]
    parts: list[PartLine]
    currency: str | None


def tables(parts: Sequence[PartLine]) -> list[Table]:
    """A table for each kind that *parts* has."""
    found = []
    for kind, (title, columns) in KINDS.items():
        of_kind = [part for part in parts if part.kind == kind]
        if of_kind:
            used = [one for one in columns if any(has(part, one) for part in of_kind)]
            found.append(Table(kind, title, used, of_kind, currency_of(of_kind)))
    return found


def currency_of(parts: Sequence[PartLine]) -> str | None:
    """The currency of the amounts of *parts*; None where they have several, or none."""
    currencies = {part.currency for part in parts if part.amount is not None}
    return currencies.pop() if len(currencies) == 1 else None


def taken_back(parts: Sequence[PartLine]) -> set[int]:
    """The positions of the events of payments that were reversed."""
    return {event for part in parts if part.status == "reversed" for event in part.events[:-1]}


def has(part: PartLine, column: Column) -> bool:
    """Whether *part* has something in *column*."""
    match column.shown:
        case "state":
            return True
        case "amount":
            return part.amount is not None
        case "rest":
            return part.remains is not None
    return part.facts.get(column.fact) not in (None, "")


def missing(found: Sequence[Table]) -> list[str]:
    """The titles of the kinds that there are no parts of."""
    return [title.lower() for kind, (title, _) in KINDS.items() if kind not in {one.kind for one in found}]


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
