"""Processes of their own for tests that kill them, forked from one that has already imported what they run.

Python starts anew and imports for one to two seconds of CPU time; a fork takes a hundredth of a second.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_PROGRAMS = ("feed", "rebuild", "verify", "import_and_stop", "read_file", "stranger")
_FORKS.set_forkserver_preload([f"tests.kit.programs.{name}" for name in _PROGRAMS])


@contextmanager
def forked(program: Callable[..., None], *arguments: Any) -> Iterator[ForkServerProcess]:
    """A process that runs *program*; it is killed in the end if it still runs."""
    process = _FORKS.Process(target=program, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def answer_of(program: Callable[..., None], *arguments: Any, timeout: float = 120) -> Any:
    """What *program* sends on the connection that it gets as its last argument. Raises EOFError if it sends nothing."""
    ours, theirs = _FORKS.Pipe(duplex=False)
    with ours, forked(program, *arguments, theirs):
        theirs.close()
        assert ours.poll(timeout), f"{program.__name__} sent nothing in {timeout} seconds"
        return ours.recv()
