"""A database server for one test, which may change its settings: no other test uses it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.database.embedded import stop
from infra.database.postgres import Database, embedded


@contextmanager
def server_of_its_own() -> Iterator[Database]:
    """A server in a folder of its own, which is stopped and removed at the end."""
    # Not below pytest's own folder: where tests run as root, the user that runs the server cannot enter it.
    home = Path(tempfile.mkdtemp(prefix="fundtrail-server-"))
    home.chmod(0o711)
    try:
        yield embedded(home)
    finally:
        stop(home)
        shutil.rmtree(home, ignore_errors=True)
