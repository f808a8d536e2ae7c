"""Which commands people may give, and what each of their ids names."""

from typing import Any, get_args

from domain.desk import OF_SOURCES, PARTS
from domain.history import Command

# Parts of other decisions are given by those decisions; what sources state comes from imports.
COMMANDS: dict[str, type[Any]] = {
    command.__name__: command for command in get_args(Command) if command not in (*PARTS, *OF_SOURCES)
}
KINDS = ("programme", "scheme", "round", "organisation", "partnership", "bid", "award", "delivery", "outcome")
# The fields that hold an id, and the kind of thing that it names.
IDS = {f"{kind}_id": kind for kind in KINDS} | {
    "funder_id": "organisation", "lead_id": "organisation", "funded_from": "award",
    "account_id": "bankaccount", "entry_id": "bankentry",
}  # fmt: skip


def meaning(command: type[Any]) -> str:
    """What *command* does, in a sentence."""
    return " ".join((command.__doc__ or "").split("\n\n")[0].split())
