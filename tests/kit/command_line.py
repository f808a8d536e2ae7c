"""The command line, run within the test's own process: what it prints is proved without starting Python again."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from unittest import mock

from infra.cli import main
from infra.database.postgres import Database


class Answer(NamedTuple):
    """What a command printed and the code with which it ended."""

    returncode: int
    stdout: str
    stderr: str


def fundtrail(database: Database | None, *words: str, stdin: bytes = b"", **environ: str) -> Answer:
    """Run ``fundtrail`` with *words* on *database*, or on the database that *environ* names.

    An exception that the command line does not foresee is raised here; a process would print its traceback.
    """
    out, err = _text(), _text()
    given = environ if database is None else {"DATABASE_URL": database.url} | environ
    with (
        mock.patch.dict(os.environ, given),
        mock.patch.multiple(sys, argv=["fundtrail", *words], stdin=_text(stdin), stdout=out, stderr=err),
        _logging_of_its_own(),
    ):
        code = _code()
    return Answer(code, _written(out), _written(err))


def _code() -> int:
    """Run the command line; return its exit code as a process would end with it."""
    try:
        main.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def _text(given: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(given), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    binary = stream.buffer
    assert isinstance(binary, io.BytesIO)
    return binary.getvalue().decode()


@contextmanager
def _logging_of_its_own() -> Iterator[None]:
    """Let the command line set up logging as in a new process, and put the test's own back afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("fundtrail")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
