"""Commands that are imported when they run: help, and every other command, start without them."""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup


class Entry(NamedTuple):
    """A command: *where* it is, as ``module:function`` within this package, and its help."""

    where: str
    help: str


class LazyCommand(TyperCommand):
    """A command that help can list. Its module is imported when it is called."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.help)
        self.entry = entry

    def loaded(self) -> Any:
        """The command itself, with its arguments and options."""
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        module, _, function = self.entry.where.partition(":")
        app.command(name=self.name, help=self.entry.help)(getattr(import_module(f"infra.cli.{module}"), function))
        return typer.main.get_command(app)

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """The context of the command itself, not of its entry."""
        return self.loaded().make_context(info_name, args, parent, **extra)


class OpenGroup(TyperGroup):
    """A group that is also a command: *alone* runs where none of the group is named.

    Its first word may be an argument, if *alone* has one: ``backup FOLDER`` beside ``backup list FOLDER``.
    """

    def __init__(self, alone: LazyCommand, **given: Any) -> None:
        super().__init__(**given)
        self.alone = alone

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """The context of the group, or of the command where the first word is none or of the command."""
        if self._is_for_alone(args):
            return self.alone.make_context(info_name, args, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def _is_for_alone(self, args: Any) -> bool:
        if not args or args[0].startswith("-"):
            return not args or args[0] != "--help"
        return args[0] not in self.commands and any(
            isinstance(one, TyperArgument) for one in self.alone.loaded().params
        )


def group_of(name: str, entries: dict[str, Entry], groups: dict[str, str], help_: str) -> TyperGroup:
    """The commands of *entries* as one group called *name*. "import cbp" is ``cbp`` in the group ``import``."""
    commands: dict[str, Any] = {}
    for words, entry in entries.items():
        first, _, rest = words.partition(" ")
        if not rest:
            commands[first] = LazyCommand(first, entry)
            continue
        alone = commands.get(first)
        if alone is None:
            commands[first] = TyperGroup(name=first, commands={}, no_args_is_help=True, help=groups[first])
        elif isinstance(alone, LazyCommand):
            commands[first] = OpenGroup(alone, name=first, commands={}, help=groups[first])
        commands[first].commands[rest] = LazyCommand(rest, entry)
    return TyperGroup(name=name, commands=commands, no_args_is_help=True, help=help_)
