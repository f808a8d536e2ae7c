"""A service that is stopped ends with 0 and stops its database. A database that ends is started again."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from domain.desk import submit
from infra.database import embedded as module
from infra.database.embedded import Server
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from tests.conftest import folder_of_server
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import eventually, order, register
from tests.kit.paths import ROOT
from tests.kit.web.served import served


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A job in the background ignores INT, and so would every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home with the present tables, which each test copies."""
    home = folder_of_server()
    migrate(embedded(home))
    module.stop(home)
    yield home
    shutil.rmtree(home)


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    copied = folder_of_server()
    shutil.copytree(made / "postgres", copied / "postgres", symlinks=True)
    for path in (copied / "postgres", *(copied / "postgres").rglob("*")):
        owner = (made / path.relative_to(copied)).stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    yield copied
    left = postmaster(copied)
    if left is not None:
        left.kill()
    shutil.rmtree(copied)


def postmaster(home: Path) -> psutil.Process | None:
    return module._postmaster(home / "postgres")


@contextmanager
def running(home: Path, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """``fundtrail`` with *words* on the embedded database of *home*, and the port on which it may serve."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", *words],
        cwd=ROOT,
        env=environ | {"FUNDTRAIL_HOME": str(home), "PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process, port
        finally:
            process.kill()


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def says_that_it_runs(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None
    assert b"Keeping the read models" in process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
@pytest.mark.parametrize("word", ["serve", "project", "demo"])
def test_a_service_that_is_stopped_ends_with_0_and_stops_its_database(
    home: Path, word: str, number: signal.Signals
) -> None:
    with running(home, word) as (process, port):
        if word == "project":
            says_that_it_runs(process)
        else:
            eventually(lambda: ready(port), "it serves")
        assert postmaster(home) is not None
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert (0, b"") == (process.returncode, said.strip())
    assert postmaster(home) is None


@pytest.mark.skipif(sys.platform != "linux", reason="a signal can be sent to one thread only on Linux")
@pytest.mark.parametrize("word", ["serve", "project"])
def test_a_signal_that_another_thread_receives_stops_a_service_too(home: Path, word: str) -> None:
    """The system chooses the thread. Python handles the signal in the main thread, which may be asleep."""
    with running(home, word) as (process, port):
        if word == "project":
            says_that_it_runs(process)
            time.sleep(0.5)
        else:
            eventually(lambda: ready(port), "it serves")
        others = {thread.id for thread in psutil.Process(process.pid).threads()} - {process.pid}
        assert 0 == ctypes.CDLL(None).tgkill(process.pid, others.pop(), signal.SIGTERM)
        process.communicate(timeout=30)
        assert 0 == process.returncode
    assert postmaster(home) is None


def test_a_service_leaves_a_database_that_others_use(home: Path) -> None:
    """The control: the database is stopped because nobody uses it, not because the service ends."""
    user = Server(home)
    try:
        with running(home, "serve") as (process, port):
            eventually(lambda: ready(port), "it serves")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        assert postmaster(home) is not None
    finally:
        user.leave()
    assert postmaster(home) is None


def test_another_command_that_is_stopped_ends_with_143_and_stops_its_database(home: Path) -> None:
    with running(home, "import", "cbp") as (process, _):
        eventually(lambda: postmaster(home) is not None, "it has started the database")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert 143 == process.returncode
    assert postmaster(home) is None


def kill(process: psutil.Process | None) -> None:
    assert process is not None
    doomed = [process, *process.children(recursive=True)]
    for each in doomed:
        each.kill()


@pytest.mark.parametrize("whole", [True, False], ids=["with all its processes", "its first process alone"])
def test_a_database_that_is_killed_under_the_service_is_back_in_five_seconds(home: Path, whole: bool) -> None:
    with running(home, "serve") as (process, port):
        eventually(lambda: ready(port), "it serves")
        first = postmaster(home)
        assert first is not None
        if whole:
            kill(first)
        else:
            first.kill()
        killed_at = time.monotonic()
        eventually(lambda: postmaster(home) not in (None, first), "it runs again")
        eventually(lambda: ready(port), "it serves again")
        assert time.monotonic() - killed_at < 5
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert 0 == process.returncode
    assert postmaster(home) is None


def test_a_projector_goes_on_when_its_database_was_killed(home: Path) -> None:
    try:
        with running(home, "project") as (process, _):
            says_that_it_runs(process)
            first = postmaster(home)
            kill(first)
            eventually(lambda: postmaster(home) not in (None, first), "it runs again")
            database = embedded(home)
            with PostgresLog(database) as log:
                submit(log, order(register(1)))
            caught_up(database)
    finally:
        module.stop(home)


def test_a_service_whose_database_does_not_start_again_ends_with_5_and_says_why(home: Path) -> None:
    with running(home, "serve") as (process, port):
        eventually(lambda: ready(port), "it serves")
        with (home / "postgres" / "postgresql.conf").open("a") as settings:
            settings.write("shared_buffers = none\n")
        kill(postmaster(home))
        _, said = process.communicate(timeout=60)
        assert 5 == process.returncode
        assert "The embedded database has ended and does not start again." in said.decode()


def test_metrics_say_that_the_database_is_away(home: Path) -> None:
    database: Database = embedded(home)
    try:
        with served(database, projector=False) as api:
            assert "fundtrail_database_up 1.0" in api.http.get("/metrics").text
            module._servers[home.resolve()].stop()
            answer = api.http.get("/metrics")
            assert (200, True) == (answer.status_code, "fundtrail_database_up 0.0" in answer.text)
            assert "fundtrail_log_position" not in answer.text
    finally:
        module.stop(home)
