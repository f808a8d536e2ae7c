"""The name of the installation on the command line: shown, and asked about before something is destroyed."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from infra.cli.terminal import UNUSABLE, err, fail, out
from infra.installed import installed_as

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, also on a production installation.")]


def shown_name() -> dict[str, str]:
    """The name and kind of the installation for JSON; nothing where it has no name."""
    installed = installed_as()
    return {} if installed is None else {"installation": installed.name, "kind": installed.kind}


def print_name() -> None:
    """Print the name of the installation, if it has one."""
    installed = installed_as()
    if installed is not None:
        out.print(Text(installed.words, style="bold red" if installed.is_production else "bold"))


def confirm(what: str, *, yes: bool) -> None:
    """Say on which installation *what* is about to be done, and ask first on a production one. Ends the command on no.

    A script gives *yes*.
    """
    installed = installed_as()
    if installed is None:
        return
    err.print(Text(f"{what} on {installed.words}.", style="bold"), soft_wrap=True)
    if not installed.is_production or yes:
        return
    if not somebody_answers():
        fail("Nothing was done. A production installation asks first; give --yes where nobody can answer.", UNUSABLE)
    if not typer.confirm("Go on?", err=True):
        fail("Nothing was done.", UNUSABLE)


def somebody_answers() -> bool:
    """Whether a person is at the terminal, and not a script."""
    return sys.stdin.isatty()
