"""What backups cost appends: writing down which blocks change, a backup that is taken meanwhile, and the archive.

python -m tests.bench.backing_up: eight writers, in turns on two servers that differ in summarize_wal alone.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from infra.backups.archiving import archiving, end, set_waiting
from infra.backups.taking import take
from infra.database.embedded import Server
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.log.recorder import LogDatastore, LogRecorder
from tests.bench.append import Way, lengthen, ours
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

ROWS, WRITERS, SECONDS, ROUNDS = 200_000, 8, 3.0, 7


class Place(NamedTuple):
    """A database to append to, and a folder for its backups."""

    database: Database
    folder: Path
    append: Way


@contextmanager
def place(summarize: str) -> Iterator[Place]:
    """A database of a server of its own, with summarize_wal on or off."""
    with home_of_its_own() as home:
        server = Server(home, {"summarize_wal": summarize})
        try:
            database = embedded(home, "bench_backups")
            migrate(database)
            lengthen(database, ROWS)
            recorder = LogRecorder(LogDatastore(database))
            yield Place(database, home / "backups", ours(recorder))
            recorder.datastore.close()
        finally:
            server.leave()


def measured(at: Place) -> list[float]:
    """How long each append took in some seconds of eight writers."""
    stopping = threading.Event()
    took: list[list[float]] = [[] for _ in range(WRITERS)]

    def work(number: int) -> None:
        while not stopping.is_set():
            began = time.perf_counter()
            at.append(1)
            took[number].append(time.perf_counter() - began)

    with ThreadPoolExecutor(WRITERS) as pool:
        working = [pool.submit(work, number) for number in range(WRITERS)]
        time.sleep(SECONDS)
        stopping.set()
        for one in working:
            one.result()
    return [seconds for of_one in took for seconds in of_one]


@contextmanager
def backed_up(at: Place) -> Iterator[None]:
    """Meanwhile backups are taken, one after the other."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            take(at.database, at.folder)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        yield
        stopping.set()
        working.result()


@contextmanager
def archived(at: Place, *, waits: bool) -> Iterator[None]:
    """Meanwhile the write-ahead log is archived."""
    with archiving(at.database, at.folder, synchronous=waits) as archive:
        archive.look()
        with at.database.connect() as connection:
            set_waiting(connection, waits=waits)
        time.sleep(0.5)
        yield
        with at.database.connect() as connection:
            set_waiting(connection, waits=False)


def main() -> None:
    """Measure each in turns, print, and write a file."""
    with place("off") as off, place("on") as on:
        ways: dict[str, tuple[Place, Callable[[], AbstractContextManager[None]]]] = {
            "summarize_wal off": (off, nullcontext),
            "summarize_wal on": (on, nullcontext),
            "on, while backups are taken": (on, lambda: backed_up(on)),
            "on, archived": (on, lambda: archived(on, waits=False)),
            "on, appends wait for the archive": (on, lambda: archived(on, waits=True)),
        }
        took: dict[str, list[list[float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, (at, meanwhile) in ways.items():
                with meanwhile():
                    took[name].append(measured(at))
        end(on.database)
    results = {}
    for name, rounds in took.items():
        calls = sorted(seconds for one in rounds for seconds in one)
        results[name] = {
            "appends_a_second": round(sorted(len(one) for one in rounds)[ROUNDS // 2] / SECONDS),
            "median_ms": round(calls[len(calls) // 2] * 1000, 1),
            "p99_ms": round(calls[int(len(calls) * 0.99) - 1] * 1000, 1),
            "slowest_ms": round(calls[-1] * 1000, 1),
        }
        sys.stdout.write(f"{name:34} {results[name]}\n")
    write_down("backing_up", {"rows": ROWS, "writers": WRITERS, "rounds": ROUNDS, "results": results})


if __name__ == "__main__":
    main()
