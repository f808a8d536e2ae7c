"""The terminal: where commands write, how long work is shown, and how a command ends with a sentence."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Exit codes that scripts can trust; docs/operations.md explains them.
UNUSABLE, NOT_FOUND, BROKEN, UNAVAILABLE = 2, 3, 4, 5
# In a file or a pipe, tables are as wide as a wide terminal.
WIDE = 130

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)


def fail(message: str, code: int) -> NoReturn:
    """End the command with *message* on standard error and exit *code*."""
    # Text, not markup: the message may quote what somebody typed. One line, so that a script finds the whole sentence.
    err.print(Text(message, style="red"), soft_wrap=True)
    sys.exit(code)


def write(line: str) -> None:
    """Write a line of plain text to standard output, as it is: neither coloured nor broken."""
    sys.stdout.write(f"{line}\n")


def print_json(value: Any) -> None:
    """Write *value* as JSON to standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def table_of(*columns: str, indent: int = 2) -> Table:
    """A table without lines whose *columns* wrap where the terminal is narrow."""
    table = Table(box=None, padding=(0, 2, 0, indent), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Show on the terminal that long work goes on; the function that it gives changes the description."""
    from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415 - most commands show no progress

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as progress_bar:
        task = progress_bar.add_task(what)
        yield lambda now: progress_bar.update(task, description=now)
