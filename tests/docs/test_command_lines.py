"""Every command line in a document is one that the program accepts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli import main
from tests.docs.pages import PAGES, commands_in_blocks, commands_in_prose, name_of, words_of
from tests.kit.paths import ROOT

PLACEHOLDER = re.compile(r"[A-Z][A-Z._-]*|\.\.\.")


def program() -> Any:
    """The command line as a group of commands, without running any."""
    app: Any = main.app
    return typer.main.get_command(app) if isinstance(app, typer.Typer) else app


def found(words: list[str]) -> tuple[Any, list[str], list[str]]:
    """The command that *words* name, its own words, and the words that are left for its arguments and options."""
    command, path, left = program(), list[str](), list(words)
    while hasattr(command, "commands") and left and left[0] in command.commands:
        path.append(left.pop(0))
        command = command.commands[path[-1]]
        # A command may be loaded only when it is called.
        command = command.loaded() if hasattr(command, "loaded") else command
    # A group may be a command itself, which takes the words that name none of its own.
    if hasattr(command, "alone") and left:
        command = command.alone.loaded()
    return command, path, left


def options_of(command: Any) -> set[str]:
    """The options that *command* has, in both forms of those that can be switched off."""
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}


def wrong(words: list[str]) -> str | None:
    """What *words* name that the program does not have."""
    command, path, left = found(words)
    if (
        hasattr(command, "commands")
        and not hasattr(command, "alone")
        and left
        and not left[0].startswith("-")
        and not PLACEHOLDER.fullmatch(left[0])
    ):
        return f"{' '.join(['fundtrail', *path])} has no command {left[0]}"
    for word in left:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in options_of(command):
            return f"{' '.join(['fundtrail', *path])} has no option {option}"
    return None


def source_lines() -> Iterator[list[str]]:
    """The command lines that messages and descriptions of the program name."""
    for folder in ("infra", "api", "projections", "domain", "console", "examples"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".html") and "node_modules" not in path.parts:
                for line in re.findall(r"`fundtrail ([^`\n]+)`", path.read_text(encoding="utf-8")):
                    yield words_of(line)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_that_a_document_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    every = [*commands_in_blocks(text), *commands_in_prose(text)]

    assert [] == [problem for words in every if (problem := wrong(words))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_line_in_a_code_block_can_be_given_as_it_is(page: Path) -> None:
    """Parsed as the program parses it, with each required argument, and not run."""
    for words in commands_in_blocks(page.read_text(encoding="utf-8")):
        command, path, left = found(words)
        if "..." not in left:
            command.make_context(" ".join(["fundtrail", *path]), left)


def test_every_command_that_a_message_of_the_program_names_exists() -> None:
    every = list(source_lines())

    assert len(every) > 5
    assert [] == [problem for words in every if (problem := wrong(words))]


def test_a_command_line_that_does_not_exist_is_found() -> None:
    """A control: without it a test that finds nothing would pass."""
    assert "fundtrail has no command timelines" == wrong(["timelines", "dip"])
    assert "fundtrail timeline has no option --lanes" == wrong(["timeline", "dip", "--lanes=award"])
    assert "fundtrail import has no command cpb" == wrong(["import", "cpb"])
    assert wrong(words_of("projections rebuild [NAME]")) is None


def test_the_documents_name_every_command() -> None:
    named = {
        tuple(found(words)[1])
        for page in PAGES
        for words in (*commands_in_blocks(page.read_text()), *commands_in_prose(page.read_text()))
    }

    assert [] == [path for path in _every_command(program()) if path not in named]


def _every_command(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not hasattr(command, "commands"):
        yield path
        return
    for name, within in command.commands.items():
        yield from _every_command(within, (*path, name))
