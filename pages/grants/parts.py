"""The parts of an award as tables: its payments, conditions, holds and all others, each with its steps."""

from collections.abc import Sequence

from pages.frame.tables import AMOUNT, STATE, Column, Kinds, steps
from projections.parts.reading import PartLine

# The kinds of parts in the order in which people read them: the title of each, and its columns after its number.
KINDS: Kinds = {
    "payment": (
        "Payments",
        (AMOUNT, STATE, Column("Purpose", "purpose"), *steps("requested", "approved", "released", "settled")),
    ),
    "moneyback": (
        "Money of payments that came back",
        (AMOUNT, STATE, Column("Reason", "returned_because"), *steps("returned", "undone")),
    ),
    "condition": (
        "Conditions",
        (Column("Condition", "text"), Column("Before payment", "precedent", "yes"), STATE,
         *steps("set", "met", "waived"), Column("Reason", "waived_because")),
    ),
    "hold": (
        "Holds",
        (STATE, Column("Reason", "placed_because"), *steps("placed", "lifted"),
         Column("Reason for lifting", "lifted_because")),
    ),
    "instalment": (
        "Instalments",
        (AMOUNT, STATE, Column("Due", "due", "date"), *steps("scheduled", "changed"),
         Column("Reason", "changed_because")),
    ),
    "variation": (
        "Variations",
        (AMOUNT, Column("Sort", "sort"), Column("Reason", "because"), *steps("made"),
         Column("New end", "until", "date"), Column("Corrects", "corrects")),
    ),
    "recovery": (
        "Recoveries",
        (AMOUNT, Column("Outstanding", "", "rest"), STATE, Column("Reason", "because"),
         *steps("raised", "approved", "written_off", "withdrawn")),
    ),
    "settlement": (
        "Money of recoveries that came back",
        (AMOUNT, Column("How", "by"), *steps("settled"), Column("Reference", "reference")),
    ),
    "return": (
        "Returns",
        (Column("Covers", "covers"), STATE, Column("Due", "due", "date"), Column("Hours", "hours"),
         Column("Queried", "judged_because"), *steps("required", "filed", "judged", "certified")),
    ),
    "certificate": (
        "Certificates",
        (Column("By", "post"), Column("Wording", "wording"), Column("As at", "as_at", "date"), *steps("certified")),
    ),
    "expenditure": (
        "Expenditure",
        (AMOUNT, Column("Line", "line"), Column("Spent on", "description"), *steps("reported")),
    ),
    "pledge": (
        "Pledges of others",
        (AMOUNT, Column("Outstanding", "", "rest"), Column("Hours", "hours"), Column("Kind", "sort"),
         Column("Towards", "towards"), Column("Line", "line"), Column("What", "description"), *steps("pledged")),
    ),
    "contribution": (
        "Contributions of others",
        (AMOUNT, Column("Hours", "hours"), Column("Kind", "sort"), Column("Towards", "towards"),
         Column("Line", "line"), Column("What", "description"), Column("Pledge", "pledge"), *steps("received")),
    ),
}  # fmt: skip


def taken_back(parts: Sequence[PartLine]) -> set[int]:
    """The positions of the events of payments that were reversed."""
    return {event for part in parts if part.status == "reversed" for event in part.events[:-1]}
