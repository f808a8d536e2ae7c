"""A real PostgreSQL for every test that wants one: one server for a test run, one database for each test."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest

from infra.database.embedded import stop
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from tests.kit.durations import longest_first, write_down
from tests.kit.length import AT_LENGTH
from tests.kit.web.served import Api, served

if "tests.kit.spec" not in sys.modules:  # Register before the first import, so that a failed `then` shows what differs.
    pytest.register_assert_rewrite("tests.kit.spec")

# A law holds or does not; the time of an example only says how busy the machine is. The domain's examples are cheap.
# The suite draws the same examples in every run, so that it passes or fails by the code alone; a soak draws new ones.
hypothesis.settings.register_profile(
    "domain", max_examples=150, deadline=None, print_blob=True, derandomize=not AT_LENGTH
)
hypothesis.settings.register_profile(
    "elsewhere", deadline=None, derandomize=not AT_LENGTH, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Give each test file the hypothesis profile of its folder: a law takes its settings where it is defined."""
    if isinstance(collector, pytest.Module):
        hypothesis.settings.load_profile("domain" if "domain" in collector.path.parts else "elsewhere")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest files first, so that no worker is left with one of them in the end."""
    items[:] = longest_first(items)


def pytest_collection_finish() -> None:
    """Leave modules, schemas and collected tests out of garbage collection: a full collection would visit them all."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write down how long each file took where ``make durations`` asks for it."""
    if os.environ.get("FUNDTRAIL_DURATIONS", "0") == "1":
        reports = [one for kind in terminalreporter.stats.values() for one in kind]
        write_down(one for one in reports if isinstance(one, pytest.TestReport))


# A database that has been migrated and filled is copied in a fraction of the time that it takes to make one.
TEMPLATE = "fundtrail_template"
# In memory a database is made and dropped for a fifth of the processor time, and nothing waits for a disk. Servers that
# tests kill, or set up as they like, are on disk all the same.
MEMORY = Path("/dev/shm")  # noqa: S108 - it is where Linux keeps files in memory
MEMORY_BYTES = 4 * 1024**3


def folder_of_server() -> Path:
    """A new folder for the files of a server: in memory where there is room for them, else on disk."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    made = Path(tempfile.mkdtemp(prefix="fundtrail-test-", dir=MEMORY if roomy else None))
    # Where tests run as root, the user that runs the server must be able to enter it.
    made.chmod(0o711)
    return made


@pytest.fixture(autouse=True)
def _seals_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a key and a folder of checkpoints of its own, where it does not name them: databases differ."""
    with tempfile.TemporaryDirectory(prefix="fundtrail-seals-") as folder:
        monkeypatch.setenv("FUNDTRAIL_SEAL_KEY", f"{folder}/seal.key")
        monkeypatch.setenv("FUNDTRAIL_SEALS", f"{folder}/seals")
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[Database]:
    """The server of this worker, with a migrated template database."""
    home = folder_of_server()
    try:
        template = embedded(home, TEMPLATE)
        migrate(template)
        yield embedded(home, "fundtrail_server")
    finally:
        stop(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def programme_template(server: Database) -> str:
    """The name of a template database with the Capacity Building Programme loaded and every read model filled."""
    name = "fundtrail_cbp_template"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY wal_log')
    loaded = Database(server.url.replace("/fundtrail_server", f"/{name}"))
    with PostgresLog(loaded) as log:
        report = cbp.full_report(cbp.import_cbp(log, correlation_id="tests"))
    assert report.broken == 0
    project_all(loaded)
    return name


@pytest.fixture
def database(server: Database) -> Iterator[Database]:
    """An empty database of the present shape, of this test alone."""
    made = copy_of(server, TEMPLATE)
    yield made
    drop(server, made)


@pytest.fixture
def programme(server: Database, programme_template: str) -> Iterator[Database]:
    """A database with the Capacity Building Programme, of this test alone."""
    made = copy_of(server, programme_template)
    yield made
    drop(server, made)


@pytest.fixture(scope="session")
def shared_programme(server: Database, programme_template: str) -> Iterator[Database]:
    """A database with the Capacity Building Programme, for tests that only read."""
    made = copy_of(server, programme_template)
    yield made
    drop(server, made)


def copy_of(server: Database, template: str) -> Database:
    """A new database like *template*."""
    name = f"test_{uuid4().hex[:12]}"
    # To copy files needs two checkpoints, which are cheap in memory and dear on disk.
    strategy = "file_copy" if str(MEMORY) in server.url else "wal_log"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {strategy}')
    return Database(server.url.replace("/fundtrail_server", f"/{name}"))


def drop(server: Database, made: Database) -> None:
    """Drop *made*, whoever is still connected."""
    name = psycopg.conninfo.conninfo_to_dict(made.url)["dbname"]
    with server.connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


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
