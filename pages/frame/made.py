"""Steps that are made from the dataclass of their command: a field for each of its fields.

An id of what the page is about is taken from the page. A list has a row for each entry, and an amount or a share is
one field. What a field means is read from the docstring of its command.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from enum import Enum
from typing import Any
from uuid import UUID

from domain.award import Portion
from domain.commands import Field as Given
from domain.commands import fields_of
from domain.history import Command
from domain.values.money import Money
from domain.values.when import When
from pages.frame.fields import Choices, Field
from pages.frame.forms import COMMAND, OF_FORMS, ON, Step

YES_NO: Choices = (("yes", "yes"), ("no", "no"))
# What a field is called, where that is not its name.
LABELS = {
    "because": "Reason",
    "contributor_id": "Who contributes",
    "due": "Due by",
    "line": "Budget line",
    "organisation_id": "Organisation",
    "text": "What",
    "with_whom": "With whom",
}
_SAYS = re.compile(r"\*(\w+)\* (is|are|says) ")
_KINDS: dict[Any, str] = {When: "date", Money: "money", Portion: "share", int: "number", str: "text"}


def made(
    command: type[Any],
    title: str,
    about: tuple[str, ...] = (),
    chosen: Mapping[str, tuple[str, ...]] | None = None,
    left_out: tuple[str, ...] = (),
    hints: Mapping[str, str] | None = None,
    **labels: str,
) -> Step:
    """The step called *title* for *command*. The fields *about* are taken from what the page is about.

    *chosen* are choices that each give several fields, such as a milestone and the plan that has it: the page offers
    them, written by ``choice_of``. *left_out* are fields that no form gives, *labels* what its fields are called, and
    *hints* what is said of them instead of the docstring.
    """
    known = fields_of(command)
    names = LABELS | labels
    together = {name for several in (chosen or {}).values() for name in several}
    own = {
        name: field
        for name, field in known.items()
        if name not in (ON, *about, *together, *left_out)
        and not field.begun
        and not (name == "number" and field.optional)
    }
    fields = [
        Field(
            name,
            names.get(name, _words(name)),
            "chosen",
            required=not all(known[one].optional for one in several),
            named=" ".join(_kind_of(known[one]) for one in several),
        )
        for name, several in (chosen or {}).items()
    ]
    fields += [
        replace(found, hint=(hints or {}).get(name, found.hint))
        for name, field in own.items()
        for found in (_field(command, name, field, names),)
    ]
    if OF_FORMS & {one.name for one in fields}:
        raise ValueError(f"{command.__name__} has a field that is called like one of every form")

    def give(of_page: Mapping[str, Any], values: dict[str, Any]) -> Command:
        found = {name: of_page[name] for name in about if name in known}
        for name, several in (chosen or {}).items():
            picked = values.pop(name)
            found |= dict(zip(several, picked, strict=True)) if picked is not None else {}
        found |= {name: _value(own[name], value) for name, value in values.items() if name in own and value is not None}
        for name, field in known.items():
            if field.begun:
                # A form that is sent twice begins the same thing.
                found[name] = f"{field.named}-{UUID(hex=of_page[COMMAND].removeprefix('page-'))}"
        if ON in values:
            found[ON] = values[ON]
        given: Command = command(**found)
        return given

    return Step(title, give, tuple(fields), dated=ON in known)


def _kind_of(given: Given) -> str:
    """What a choice gives for a field, as ``Field`` says it."""
    return f"{'number' if given.kind is int else 'text'}{'?' if given.optional else ''}"


def choice_of(*values: object) -> str:
    """A choice that gives several fields, as ``made`` reads it."""
    return json.dumps(values)


def _field(command: Any, name: str, given: Given, labels: Mapping[str, str]) -> Field:
    label, hint = labels.get(name, _words(name)), _hint(command, name, labels)
    if given.list:
        columns = (
            tuple(_field(given.kind, each, one, labels) for each, one in fields_of(given.kind).items())
            if is_dataclass(given.kind)
            else (_field(command, name, given._replace(list=False, optional=False), labels),)
        )
        return Field(name, label, "rows", hint, required=not given.optional, columns=columns)
    if given.named is not None:
        return Field(name, label, "thing", hint, not given.optional, named=given.named)
    if given.kind is bool:
        return Field(name, label, "choice", hint, not given.optional, choices=YES_NO)
    if isinstance(given.kind, type) and issubclass(given.kind, Enum):
        choices = tuple((one.value, one.value.replace("_", " ")) for one in given.kind)
        return Field(name, label, "choice", hint, not given.optional, choices=choices)
    return Field(name, label, _KINDS[given.kind], hint, not given.optional)


def _value(field: Given, value: Any) -> Any:
    """What the command has for the *value* of a field."""
    kind: Any = field.kind
    if field.list:
        entry = field._replace(list=False)
        if not is_dataclass(field.kind):
            return tuple(_value(entry, one) for row in value for one in row.values())
        known = fields_of(field.kind)
        return tuple(
            kind(**{name: _value(known[name], one) for name, one in row.items() if one is not None}) for row in value
        )
    if field.kind is bool:
        return value == "yes"
    if field.kind is Portion:
        part, of = value
        return Portion(part=part, of=of)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _words(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()


def _hint(command: Any, name: str, labels: Mapping[str, str]) -> str:
    """What the docstring of *command* says of a field."""
    sentences = re.split(r"(?<=\.) ", " ".join((command.__doc__ or "").split()))
    said = " ".join(
        _SAYS.sub("", one) if one.startswith(f"*{name}*") else one for one in sentences if f"*{name}*" in one
    )
    said = re.sub(r"\*(\w+)\*", lambda found: labels.get(found[1], _words(found[1])).lower(), said)
    return f"{said[:1].upper()}{said[1:]}"
