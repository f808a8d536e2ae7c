"""A process that rebuilds the read models."""

from infra.database.postgres import Database
from infra.feeding import rebuild
from projections.read_models import READ_MODELS


def rebuild_again_and_again(database: Database) -> None:
    """Rebuild every read model of *database* in small pages until killed."""
    rebuild.PAGE = 20
    while True:
        rebuild.rebuild(database, READ_MODELS)
