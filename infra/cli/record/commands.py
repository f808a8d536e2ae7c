"""``fundtrail commands``: the commands that ``hand-in`` accepts, with their fields."""

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.commands import CALLED_BY, COMMANDS, Field, fields_of, meaning
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
    for name, field in fields_of(command).items():
        yield f"{name}: {_held(field)}{'; may be left out' if field.optional else ''}"


def _held(field: Field) -> str:
    """What a field holds, in words."""
    kind = field.kind
    if field.list:
        return f"list of ({_held(field._replace(list=False))})"
    if field.begun:
        return f"id of the new {field.thing} ({field.named}-...)"
    if field.named is not None:
        called = f", or its {CALLED_BY[field.named]}" if field.named in CALLED_BY else ""
        return f"id of the {field.thing} ({field.named}-...){called}"
    if kind in PLAIN:
        return PLAIN[kind]
    if issubclass(kind, Enum):
        return f"one of {', '.join(str(one.value) for one in kind)}"
    return "{" + "; ".join(f"{name}: {_held(part)}" for name, part in fields_of(kind).items()) + "}"
