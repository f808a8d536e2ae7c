"""Each command imports what it needs when it runs, and nothing else: help is there at once."""

import subprocess
import sys
from importlib import import_module

import pytest

from infra.cli.lazy import LazyCommand
from infra.cli.main import COMMANDS, app
from tests.kit.paths import ROOT

# What makes a start slow, by the seconds of processor time that it takes.
HEAVY = {"graphql", "strawberry", "fastapi", "uvicorn", "eventsourcing", "openpyxl", "lxml", "msgspec"}
LOADED = """
import sys
from infra.cli.main import app
sys.argv[0] = "fundtrail"
try:
    app()
except SystemExit:
    pass
print(*{name.partition(".")[0] for name in sys.modules}, *(name for name in sys.modules if name.startswith("infra.")))
"""


def loaded_by(*words: str, database_url: str = "postgresql://nobody@127.0.0.1:1/none") -> set[str]:
    """The names of the packages, and of the modules of infra, that the command has imported when it ends."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=ROOT,
        env={"DATABASE_URL": database_url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return set((ran.stdout.splitlines() or [ran.stderr])[-1].split())


def test_help_imports_no_database_no_web_and_no_command() -> None:
    loaded = loaded_by("--help")
    assert "typer" in loaded
    assert set() == loaded & (HEAVY | {"psycopg", "domain", "projections", "api"})
    assert {
        "infra.cli",
        "infra.cli.lazy",
        "infra.cli.main",
        "infra.cli.stopping",
        "infra.cli.terminal",
        "infra.journal",
        "infra.unsaid",
    } == {name for name in loaded if name.startswith("infra.")}


def test_the_help_of_a_command_imports_that_command_alone() -> None:
    loaded = loaded_by("timeline", "--help")
    assert set() == loaded & HEAVY
    assert not [
        name for name in loaded if name.startswith(("infra.imports", "infra.exports", "infra.web", "infra.log"))
    ]


def test_what_makes_a_start_slow_would_be_noticed() -> None:
    assert {"strawberry", "fastapi", "infra.web.app"} <= loaded_by("serve", "--help")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_of_the_table_is_there(words: str) -> None:
    group, _, name = words.rpartition(" ")
    commands = app.commands[group].commands if group else app.commands  # type: ignore[attr-defined]
    command = commands[name]
    # A group may do something by itself: the command of its name.
    command = getattr(command, "alone", command)
    assert isinstance(command, LazyCommand)
    module, _, function = command.entry.where.partition(":")
    assert callable(getattr(import_module(f"infra.cli.{module}"), function))
    assert command.entry.help == command.loaded().help
    assert command.entry.help.endswith(".")
