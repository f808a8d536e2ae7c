"""A verification that is interrupted ends without a word of Python, and what it leaves is dropped by the next one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from infra.database.postgres import Database
from tests.kit.database.feeding import rebuilding
from tests.kit.database.tampering import compared
from tests.kit.database.writing import PATIENCE_SECONDS, ask, eventually, read_tables
from tests.kit.paths import ROOT

MADE = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'next\\_%'"


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A job in the background ignores INT, and so would every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "whole"), [(signal.SIGINT, True), (signal.SIGTERM, False)], ids=["Ctrl+C", "TERM"])
def test_a_verification_that_is_interrupted_changes_nothing_and_the_next_one_goes_on(
    programme: Database, number: signal.Signals, whole: bool
) -> None:
    """Ctrl+C reaches the *whole* group of processes, and a supervisor the first one alone."""
    live = read_tables(programme)
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "verify", "--only", "read-models"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": programme.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            eventually(lambda: ask(programme, MADE), "it is at work")
            (os.killpg if whole else os.kill)(process.pid, number)
            _, errors = process.communicate(timeout=4 * PATIENCE_SECONDS)
        finally:
            process.kill()
    assert (128 + number, False) == (process.returncode, b"Traceback" in errors), errors.decode()
    assert live == read_tables(programme)
    eventually(lambda: not rebuilding(programme), "the server has noticed that it is gone")
    # Interrupted in the middle of a statement about its own tables, it leaves them to the next one.
    assert [] == compared(programme)
    assert [] == ask(programme, MADE)
