"""Ending on a signal: what the command has begun is stopped, and the exit code is one that a supervisor understands."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from infra.cli.terminal import UNAVAILABLE, fail

# A supervisor stops a service with TERM, a terminal with INT (Ctrl+C) or, when it is closed, with HUP.
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def ending(*numbers: signal.Signals, code: int | None = None) -> Iterator[None]:
    """Meanwhile the signals *numbers* end the command with *code*; by default with 128 and the number of the signal.

    Without this a signal ends the process at once, and leaves the embedded server running.
    """

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number if code is None else code)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def server_kept_running() -> Iterator[None]:
    """Meanwhile start the embedded server again when it has ended. If it does not start, end the command with 5."""
    from infra.database.embedded import watched  # noqa: PLC0415 - help loads no database

    failures: list[Exception] = []

    def failed(error: Exception) -> None:
        failures.append(error)
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        with watched(failed):
            yield
    except SystemExit:
        if failures:
            fail(f"The embedded database has ended and does not start again. {failures[0]}", UNAVAILABLE)
        raise
