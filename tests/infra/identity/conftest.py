"""The application with an issuer, and with its own issuer on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database.postgres import Database
from tests.conftest import copy_of
from tests.kit.web.issuing import SmallIssuer, identity_at, small_issuer
from tests.kit.web.served import Api, served


@pytest.fixture(scope="session")
def shared_programme(server: Database, programme_template: str) -> Database:
    """The programme of these tests alone: they record people in it."""
    return copy_of(server, programme_template)


@pytest.fixture(scope="module")
def issuer() -> Iterator[SmallIssuer]:
    with small_issuer() as made:
        yield made


@pytest.fixture(scope="module")
def guarded(shared_programme: Database, issuer: SmallIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application whose callers come from *issuer*. Its tests only read."""
    home = tmp_path_factory.mktemp("home")
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home, issuer.url)) as api:
        yield api


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def own(programme: Database, home: Path) -> Iterator[Api]:
    """The application as its own issuer, of this test alone."""
    with served(programme, identity=identity_at(programme, home)) as api:
        yield api


@pytest.fixture(scope="module")
def own_shared(shared_programme: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application as its own issuer. Its tests record nothing."""
    identity = identity_at(shared_programme, tmp_path_factory.mktemp("home"))
    with served(shared_programme, projector=False, identity=identity) as api:
        yield api
