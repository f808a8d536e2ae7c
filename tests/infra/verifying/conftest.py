"""A database with the Capacity Building Programme and an award with every kind of part, of each test alone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of, drop
from tests.kit.life import lived
from tests.kit.money import desk


@pytest.fixture(scope="module")
def lives(server: Database, programme_template: str) -> Iterator[str]:
    """The name of a database to copy: nobody is connected to it."""
    made = copy_of(server, programme_template)
    with desk(made) as at:
        lived(at)
    project_all(made)
    yield str(psycopg.conninfo.conninfo_to_dict(made.url)["dbname"])
    drop(server, made)


@pytest.fixture
def lived_in(server: Database, lives: str) -> Iterator[Database]:
    """The database of this test alone."""
    made = copy_of(server, lives)
    yield made
    drop(server, made)


@pytest.fixture(scope="module")
def untouched(server: Database, lives: str) -> Iterator[Database]:
    """A database that nobody changes, for the tests of a module that only verify."""
    made = copy_of(server, lives)
    yield made
    drop(server, made)
