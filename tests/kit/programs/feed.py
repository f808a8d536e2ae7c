"""A process that feeds the read models."""

import time

from infra.database.postgres import Database
from infra.feeding import projector


def feed(database: Database) -> None:
    """Feed the read models of *database* in small pages until killed."""
    projector.PAGE, projector.POLL_SECONDS, projector.RETRY_SECONDS = 20, 0.05, 0.05
    projector.Projector(database).start()
    time.sleep(3600)
