"""A database server of its own: for a test that changes its settings, or for a measurement. No other test uses it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from infra.database.embedded import stop
from infra.database.postgres import Database, embedded


@contextmanager
def home_of_its_own() -> Iterator[Path]:
    """A new home on disk. At the end its server is stopped and its files are removed."""
    # Where this runs as root, the server's user must be able to enter it; else the files would be kept elsewhere. So it
    # is not below pytest's own folder.
    home = Path(tempfile.mkdtemp(prefix="fundtrail-server-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        stop(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def server_of_its_own() -> Iterator[Database]:
    """A database of a server of its own."""
    with home_of_its_own() as home:
        yield embedded(home)


def kill(home: Path) -> None:
    """Kill the server of *home* and all its processes at once, as a failing machine does."""
    pid = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    doomed = [postmaster, *postmaster.children(recursive=True)]
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(doomed, timeout=10)
