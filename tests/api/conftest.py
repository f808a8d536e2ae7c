"""Clients of the application: one for tests that only read, one of its own for a test or a module that writes."""

from collections.abc import Iterator

import pytest

from infra.database.postgres import Database
from tests.conftest import copy_of
from tests.kit.web.served import Api, served


@pytest.fixture(scope="session")
def shared_api(shared_programme: Database) -> Iterator[Api]:
    """The application with the Capacity Building Programme, for tests that only read."""
    with served(shared_programme) as api:
        yield api


@pytest.fixture
def api(programme: Database) -> Iterator[Api]:
    """The application with the Capacity Building Programme, of this test alone."""
    with served(programme) as api:
        yield api


@pytest.fixture(scope="module")
def module_api(server: Database, programme_template: str) -> Iterator[Api]:
    """The application with the Capacity Building Programme, of this module alone: its tests build on no other's."""
    with served(copy_of(server, programme_template)) as api:
        yield api
