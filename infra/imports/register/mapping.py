"""The mapping of a register: a small TOML file that says which column is which field, and how values are written.

docs/imports.md describes it in full. ``infra/imports/register/mappings`` has examples.
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
    """The mapping cannot be used. The message says why."""


# --- The mapping ------------------------------------------------------------------------------------------------------


class Cell(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a value comes from: a *column* or a fixed *text*.

    *pattern* takes a part of the cell. *words* translates codes. *empty* is the value of an empty cell. *otherwise* is
    used where all of that gives no value.
    """

    column: str | None = None
    text: str | None = None
    pattern: str | None = None
    words: dict[str, str] = {}
    empty: str | None = None
    otherwise: "str | Cell | None" = msgspec.field(default=None, name="else")


# A column, a cell, or several of them: their values are joined with " / ".
From = str | Cell | list[str | Cell]


class OrganisationSource(msgspec.Struct, forbid_unknown_fields=True):
    """An organisation, known by its *identifier* (org-id.guide), by an *id* of the register, or only by its name."""

    name: From
    id: From | None = None
    identifier: From | None = None


class SchemeSource(msgspec.Struct, forbid_unknown_fields=True):
    """A scheme, with its *code* and its *name*."""

    code: From
    name: From | None = None


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """A column that holds a part of the award's total."""

    name: str
    column: str


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """The columns of a payment: its amount and, if the register has them, its date and reference."""

    amount: From
    on: From | None = None
    reference: From | None = None


class Amounts(msgspec.Struct, forbid_unknown_fields=True):
    """How amounts are written: in units of how many pounds, with which decimal sign, thousands sign and symbol."""

    unit: int = 1
    decimal: str = "."
    thousands: str | None = None
    symbol: str | None = None


class RegisterFields(msgspec.Struct, forbid_unknown_fields=True):
    """Where each field comes from."""

    identifier: From
    recipient: OrganisationSource
    title: From
    awarded: From
    description: From | None = None
    awarded_on: From | None = None
    requested: From | None = None
    requested_on: From | None = None
    disbursed: From | None = None
    scheme: SchemeSource | None = None
    funder: OrganisationSource | None = None
    planned_start: From | None = None
    planned_end: From | None = None
    actual_start: From | None = None
    actual_end: From | None = None
    modified: From | None = None
    regrant: From | None = None


class LookupTable(msgspec.Struct, forbid_unknown_fields=True):
    """A second table in the same folder. A row of the register gets the columns of the first row whose *key* equals its
    *by*. Row number *header* has the names of its columns.
    """

    file: str
    key: From
    by: From
    header: int = 1


class Mapping(msgspec.Struct, forbid_unknown_fields=True):
    """A register: its name, how its file is written, and which column is which field.

    Row number *header* has the names of the columns. *century* is the first year of the century of years with two
    digits.
    """

    register: str
    name: str
    fields: RegisterFields
    currency: From = "GBP"
    dates: Dates = Dates.ISO
    century: int | None = None
    header: int = 1
    amounts: Amounts = msgspec.field(default_factory=Amounts)
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    parts: list[Part] = []
    unsplit: bool = False
    payments: list[Payment] = []
    tables: dict[str, LookupTable] = {}


def load(text: str) -> Mapping:
    """The mapping in *text* (TOML). Raises BadMapping."""
    try:
        found = msgspec.convert(tomllib.loads(text), Mapping)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadMapping(sentence_of(error)) from error
    if found.encoding not in ENCODINGS:
        raise BadMapping(f"The mapping has the encoding {found.encoding}. Use one of {', '.join(ENCODINGS)}.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", found.register):
        raise BadMapping("The register of the mapping must be a short name of letters, digits, dots and hyphens.")
    if len(found.delimiter) != 1 or found.amounts.decimal not in ".," or found.amounts.unit < 1:
        raise BadMapping(
            "In the mapping the delimiter must be one character, the decimal sign must be . or , and the unit must be a"
            " whole number of 1 or more."
        )
    if min(found.header, *(table.header for table in found.tables.values()), 1) < 1:
        raise BadMapping("In the mapping the header must be the number of a row: 1 or more.")
    if found.century is not None and (found.century % 100 or not 1000 <= found.century <= 9000):
        raise BadMapping("In the mapping the century must be its first year, such as 1900 or 2000.")
    for pattern in _patterns(msgspec.to_builtins(found)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise BadMapping(f"The pattern {pattern} of the mapping is not a regular expression: {error}.") from error
    return found


_KINDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "object": "a table",
    "array": "a list",
}  # fmt: skip


def sentence_of(error: msgspec.ValidationError) -> str:
    """What is wrong with a mapping, as a sentence without type names and paths of the program."""
    message, _, path = str(error).partition(" - at `$")
    place = re.sub(r"\[(\d+)\]\.?", lambda found: f" number {int(found[1]) + 1}, ", path.replace("[...]", ""))
    place = place.strip("`., ")
    if found := re.fullmatch(r"Object missing required field `(.+)`", message):
        return f"The mapping lacks {_joined(place, found[1])}."
    if found := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        return f"The mapping has {_joined(place, found[1])}, which is not a field of a mapping."
    if found := re.fullmatch(r"Invalid enum value '?(.*?)'?", message):
        return f"The mapping has {found[1]} for {place}, which is not one of the values of {place}."
    if found := re.fullmatch(r"Expected `(.+)`, got `(.+)`", message):
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null")
        return f"In the mapping {place} must be {wanted}, not {_KINDS.get(found[2], found[2])}."
    return f"The mapping cannot be used: {message}{f' ({place})' if place else ''}."


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _patterns(built: Any) -> Iterator[str]:
    """Every pattern of a mapping."""
    if isinstance(built, dict):
        if isinstance(built.get("pattern"), str):
            yield built["pattern"]
        built = list(built.values())
    if isinstance(built, list):
        for part in built:
            yield from _patterns(part)


def find_mapping(name: str) -> Mapping:
    """The mapping at the path *name*, or the example of this name. Raises BadMapping."""
    path = Path(name)
    if not path.exists() and not path.suffix:
        path = EXAMPLES / f"{name}.toml"
    try:
        return load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"The mapping {name} cannot be read.") from error
