"""``fundtrail commands``: the commands that ``hand-in`` accepts, with their fields."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer
from rich.text import Text

from domain.commands import COMMANDS, IDS, meaning
from domain.values.money import Money
from domain.values.when import When
from infra.cli.terminal import NOT_FOUND, fail, out

PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    When: "date (2004, 2004-03 or 2004-03-15)",
    Money: '{"amount": "1.00", "currency": "GBP"}',
}


def commands(
    name: Annotated[str | None, typer.Argument(help="One command, to see its fields; without it, all of them.")] = None,
) -> None:
    """Print each command with its meaning, or the fields of *name*."""
    if name is None:
        for known in sorted(COMMANDS):
            out.print(Text(f"{known}: {meaning(COMMANDS[known])}"))
        return
    if name not in COMMANDS:
        fail(f"There is no command {name}. There are: {', '.join(sorted(COMMANDS))}.", NOT_FOUND)
    out.print(Text(f"{name}: {meaning(COMMANDS[name])}"))
    for line in shown_fields(COMMANDS[name]):
        out.print(Text(f"  {line}"))


def shown_fields(command: type[Any]) -> Iterator[str]:
    """The fields of *command*, one a line: its name, what it holds, and whether it may be left out."""
    hints = get_type_hints(command)
    for field in fields(command):
        optional = field.default is not MISSING or field.default_factory is not MISSING
        yield f"{field.name}: {_held(field.name, hints[field.name])}{'; may be left out' if optional else ''}"


def _held(name: str, kind: Any) -> str:
    """What a field of this *kind* holds, in words."""
    origin, parts = get_origin(kind), [part for part in get_args(kind) if part not in (NoneType, Ellipsis)]
    if origin in (Union, UnionType):
        return " or ".join(_held(name, part) for part in parts)
    if origin in (tuple, list, frozenset):
        return f"list of ({', '.join(_held(name, part) for part in parts)})"
    if name in IDS and getattr(kind, "__supertype__", kind) is str:
        return f"id of the {IDS[name]} ({IDS[name]}-...), or {IDS[name]}:CODE"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(one.value) for one in kind)}"
    if is_dataclass(kind) and kind not in PLAIN:
        hints = get_type_hints(kind)
        return "{" + "; ".join(f"{field.name}: {_held(field.name, hints[field.name])}" for field in fields(kind)) + "}"
    return PLAIN.get(getattr(kind, "__supertype__", kind), str(kind))
