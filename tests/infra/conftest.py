"""Logs that tests of several folders begin with: one that is sealed, and one with a bit of everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from tests.kit.database.feeding import a_bit_of_everything, record
from tests.kit.sealing import Sealed, sealing


@pytest.fixture
def sealed(programme: Database, tmp_path: Path) -> Sealed:
    """The Capacity Building Programme, sealed, in a database of this test alone."""
    made = Sealed(programme, sealing(tmp_path))
    made.seal()
    return made


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


@pytest.fixture
def filled(log: PostgresLog, database: Database) -> Database:
    """A database with forty events, processed by every read model."""
    for number in range(5):
        record(log, a_bit_of_everything(number))
    project_all(database)
    return database
