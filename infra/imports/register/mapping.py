"""Registers of any shape by a mapping: a small TOML file that says which column is which field, and how it is written.

docs/imports.md has the whole of it; ``infra/imports/register/mappings`` has examples.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from infra.imports.rows.parsing import Dates

EXAMPLES = Path(__file__).parent / "mappings"
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16")


class BadMapping(Exception):
    """The mapping cannot be used: the sentence says why."""


# --- The mapping ------------------------------------------------------------------------------------------------------


class Cell(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a value comes from: a *column*, of which *pattern* picks a part, in other *words*; or a fixed *text*.

    *otherwise* is where it comes from when that is empty; *empty* is what an empty cell stands for.
    """

    column: str | None = None
    text: str | None = None
    pattern: str | None = None
    words: dict[str, str] = {}
    empty: str | None = None
    otherwise: "str | Cell | None" = msgspec.field(default=None, name="else")


From = str | Cell


class Somebody(msgspec.Struct, forbid_unknown_fields=True):
    """An organisation: by its *identifier* (org-id.guide), by an *id* of the register's own, or by name alone."""

    name: From
    id: From | None = None
    identifier: From | None = None


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A scheme, by *code*, and what it is called."""

    code: From
    name: From | None = None


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """A column that holds part of the award's total."""

    name: str
    column: str


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """Columns that hold a payment: how much, perhaps when, and under which reference."""

    amount: From
    on: From | None = None
    reference: From | None = None


class Amounts(msgspec.Struct, forbid_unknown_fields=True):
    """How amounts are written: in units of how many pounds, with which decimal and thousands signs."""

    unit: int = 1
    decimal: str = "."
    thousands: str | None = None
    symbol: str | None = None


class FieldsOf(msgspec.Struct, forbid_unknown_fields=True):
    """Which field comes from where."""

    identifier: From
    recipient: Somebody
    title: From
    awarded: From
    description: From | None = None
    awarded_on: From | None = None
    requested: From | None = None
    requested_on: From | None = None
    disbursed: From | None = None
    scheme: Named | None = None
    funder: Somebody | None = None
    planned_start: From | None = None
    planned_end: From | None = None
    actual_start: From | None = None
    actual_end: From | None = None
    modified: From | None = None
    regrant: From | None = None


class LookedUp(msgspec.Struct, forbid_unknown_fields=True):
    """A second table beside the register: the first row whose *key* is the register's *by* lends its columns."""

    file: str
    key: From
    by: From


class Mapping(msgspec.Struct, forbid_unknown_fields=True):
    """A register: its name, how its file is written, and which column is which field."""

    register: str
    name: str
    fields: FieldsOf
    currency: From = "GBP"
    dates: Dates = Dates.ISO
    amounts: Amounts = msgspec.field(default_factory=Amounts)
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    parts: list[Part] = []
    unsplit: bool = False
    payments: list[Payment] = []
    tables: dict[str, LookedUp] = {}


def load(text: str) -> Mapping:
    """The mapping that *text* (TOML) is. Raises BadMapping."""
    try:
        found = msgspec.convert(tomllib.loads(text), Mapping)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"The mapping cannot be used: {error}.") from error
    if found.encoding not in ENCODINGS:
        raise BadMapping(f"The mapping's encoding is one of {', '.join(ENCODINGS)}.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", found.register):
        raise BadMapping("The mapping's register is a short name of letters, digits, dots and hyphens.")
    if len(found.delimiter) != 1 or found.amounts.decimal not in ".," or found.amounts.unit < 1:
        raise BadMapping("A delimiter is one character, a decimal sign is . or , and a unit is a whole number from 1.")
    for cell in _cells(msgspec.to_builtins(found)):
        try:
            re.compile(cell)
        except re.error as error:
            raise BadMapping(f"The mapping's pattern {cell!r} is none: {error}.") from error
    return found


def _cells(built: Any) -> Iterator[str]:
    """Every pattern of a mapping."""
    if isinstance(built, dict):
        if isinstance(built.get("pattern"), str):
            yield built["pattern"]
        built = list(built.values())
    if isinstance(built, list):
        for part in built:
            yield from _cells(part)


def found(name: str) -> Mapping:
    """The mapping at the path *name*, or the example of this name. Raises BadMapping."""
    path = Path(name)
    if not path.exists() and not path.suffix:
        path = EXAMPLES / f"{name}.toml"
    try:
        return load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"The mapping {name} cannot be read.") from error
