"""A process that verifies the read models."""

from infra.database.postgres import Database
from infra.feeding import rebuild
from infra.verifying.read_models import compare
from projections.read_models import READ_MODELS


def verify_again_and_again(database: Database) -> None:
    """Compare every read model of *database* with the log, in small pages, until killed."""
    rebuild.PAGE = 20
    while True:
        compare(database, [model.NAME for model in READ_MODELS])
