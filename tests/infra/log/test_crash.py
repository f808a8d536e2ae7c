"""PostgreSQL is killed again and again under eight writers. Every acknowledged event is recorded exactly once."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from domain.desk import submit
from infra.database.embedded import server_of
from infra.database.postgres import Database, NoDatabase
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from tests.conftest import folder_of_server
from tests.kit.database.standby import Machine
from tests.kit.database.writing import ask, eventually, order, register
from tests.kit.length import times

WRITERS, KILLS = 8, times(6, 50)


class Server(Machine):
    """A PostgreSQL server for one test, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        migrate(self.database)

    def start(self) -> None:
        """Start it again; it recovers from its write-ahead log."""
        server_of(self.home)


@pytest.fixture
def crashing() -> Iterator[Server]:
    # Killed processes lose what they had in memory of their own, never what they had written, be it to disk or not.
    server = Server(folder_of_server())
    yield server
    server.stop()


def write(
    database: Database, writer: int, stopping: threading.Event, acknowledged: dict[str, int], *, careless: bool
) -> None:
    """Register one organisation after another until *stopping* is set. Collect acknowledged positions by command id."""
    number = 0
    while not stopping.is_set():
        with suppress(PersistenceError, NoDatabase, psycopg.Error), PostgresLog(database) as log:
            if careless:
                with log.datastore.appender() as appender:
                    appender.connection.execute("SET synchronous_commit = off")
            while not stopping.is_set():
                number += 1
                given = order(register(writer * 1_000_000 + number), f"{writer}-{number}")
                acknowledged[given.command_id] = submit(log, given).position
        time.sleep(0.02)


def killed_under_writers(server: Server, kills: int, *, careless: bool = False) -> dict[str, int]:
    """Kill the server *kills* times under eight writers. Return the acknowledged positions by command id."""
    stopping = threading.Event()
    acknowledged: list[dict[str, int]] = [{} for _ in range(WRITERS)]
    threads = [
        threading.Thread(
            target=write, args=(server.database, writer, stopping, acknowledged[writer]), kwargs={"careless": careless}
        )
        for writer in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            enough = sum(map(len, acknowledged)) + 40
            eventually(lambda: sum(map(len, acknowledged)) >= enough, "the writers have recorded forty more")  # noqa: B023
            time.sleep(random.uniform(0, 0.1))
            server.kill()
            server.start()
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    return {command_id: position for of_one in acknowledged for command_id, position in of_one.items()}


def recorded(database: Database) -> dict[str, int]:
    """The commands that the log has, with their positions."""
    return {
        str(command_id): int(str(at))
        for command_id, at in ask(database, "SELECT command_id, position FROM log.commands")
    }


def test_no_acknowledged_event_is_lost_or_doubled_when_postgresql_is_killed_under_writers(crashing: Server) -> None:
    acknowledged = killed_under_writers(crashing, KILLS)

    assert len(acknowledged) >= 40 * KILLS
    kept = recorded(crashing.database)
    assert acknowledged == {command_id: kept.get(command_id) for command_id in acknowledged}
    # Each command recorded one event, and no event is recorded twice.
    assert [] == ask(crashing.database, "SELECT command_id FROM log.events GROUP BY command_id HAVING count(*) > 1")
    assert len(kept) == ask(crashing.database, "SELECT count(*) FROM log.events")[0][0]


def test_without_waiting_for_the_disk_acknowledged_events_are_lost(crashing: Server) -> None:
    """The control of the test above."""
    for _ in range(5):
        acknowledged = killed_under_writers(crashing, 1, careless=True)
        kept = recorded(crashing.database)
        if acknowledged.keys() - kept.keys():
            return
    pytest.fail("nothing was lost, so the test above proves nothing")
