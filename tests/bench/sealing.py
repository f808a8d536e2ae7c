"""What sealing costs and how far it is behind (``make bench``).

python -m tests.bench.sealing [EVENTS]: the number of events that are sealed and compared, by default 1 million.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

from infra.database.postgres import READER, Database, embedded
from infra.feeding.migrate import migrate
from infra.log.recorder import LogDatastore, LogRecorder
from infra.seals.receipts import receipts
from infra.seals.sealer import seal_all
from infra.seals.settings import SealSettings
from tests.bench.append import Way, lengthen, ours
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own
from tests.kit.sealing import Sealed, sealing

EVENTS = 1_000_000
ROUNDS, SECONDS = 10, 4.0
# The rate at which lag is measured, in events a second, and for how many seconds.
RATE, LAG_SECONDS = 200, 60.0
SIZE: LiteralString = (
    "SELECT sum(pg_total_relation_size(oid))::float8 FROM pg_class"
    " WHERE relnamespace = 'seals'::regnamespace AND relkind = 'r'"
)


@contextmanager
def sealer_beside(database: Database, settings: SealSettings) -> Iterator[None]:
    """A sealer in a process of its own, as a service has it."""
    given = {
        "DATABASE_URL": database.url, "FUNDTRAIL_SEAL_KEY": str(settings.key), "FUNDTRAIL_SEALS": str(settings.folder)
    }  # fmt: skip
    command = [sys.executable, "-m", "infra.cli", "seal", "--until-input-ends"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ | given)
    try:
        with database.connect(READER) as connection:
            while connection.execute("SELECT FROM seals.sealer WHERE state = 'sealing'").fetchone() is None:
                time.sleep(0.05)
        time.sleep(2)
        yield
    finally:
        assert running.stdin is not None
        running.stdin.close()
        running.wait(30)


def appended(way: Way, rate: float, seconds: float) -> list[float]:
    """Append events one by one at *rate* a second; how long each took, in ms."""
    took, began = list[float](), time.perf_counter()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        started = time.perf_counter()
        way(1)
        took.append((time.perf_counter() - started) * 1000)
    return took


def cost(database: Database, settings: SealSettings, way: Way) -> dict[str, float]:
    """The time of an append at RATE with a sealer and without one, in turns: medians of medians, in ms."""
    medians: dict[bool, list[float]] = {True: [], False: []}
    appended(way, RATE, 2)
    for nth in range(ROUNDS):
        for with_sealer in (nth % 2 == 0, nth % 2 == 1):
            if with_sealer:
                with sealer_beside(database, settings):
                    medians[True].append(statistics.median(appended(way, RATE, SECONDS)))
            else:
                medians[False].append(statistics.median(appended(way, RATE, SECONDS)))
    sealed, plain = statistics.median(medians[True]), statistics.median(medians[False])
    ratios = [one / other for one, other in zip(medians[True], medians[False], strict=True)]
    return {"sealed_ms": sealed, "plain_ms": plain, "ratio": statistics.median(ratios)}


def lags(database: Database, settings: SealSettings, way: Way) -> dict[str, float]:
    """How long events recorded at RATE wait for a checkpoint, in seconds."""
    seen, over = list[tuple[float, int]](), threading.Event()

    def watch() -> None:
        with database.connect(READER) as connection:
            while not over.wait(0.02):
                row = connection.execute(
                    "SELECT extract(epoch FROM clock_timestamp())::float8, coalesce(max(position), 0)"
                    " FROM seals.checkpoints"
                ).fetchone()
                if row and (not seen or row[1] != seen[-1][1]):
                    seen.append((row[0], row[1]))

    with database.connect(READER) as connection, sealer_beside(database, settings):
        row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchone()
        watching = threading.Thread(target=watch)
        watching.start()
        took = len(appended(way, RATE, LAG_SECONDS))
        time.sleep(4)
        over.set()
        watching.join()
        events = connection.execute(
            "SELECT notification_id, extract(epoch FROM recorded_at)::float8 FROM log.events WHERE notification_id > %s"
            " ORDER BY 1",
            (row[0] if row else 0,),
        ).fetchall()
    waited, nth = list[float](), 0
    for position, recorded in events:
        while seen[nth][1] < position:
            nth += 1
        waited.append(max(0.0, seen[nth][0] - recorded))
    waited.sort()
    return {
        "events": took,
        "p50_s": waited[len(waited) // 2],
        "p99_s": waited[int(len(waited) * 0.99)],
        "max_s": waited[-1],
    }


def whole(database: Database, settings: SealSettings) -> dict[str, float]:
    """Sealing and comparing the whole log: seconds, bytes for each event, and the longest receipt of a sample."""
    began = time.perf_counter()
    seal_all(database, settings)
    sealed = time.perf_counter() - began
    began = time.perf_counter()
    found = Sealed(database, settings).compared()
    compared = time.perf_counter() - began
    assert not found.differences, found.differences
    with database.connect() as connection:
        row = connection.execute(SIZE).fetchone()
        began = time.perf_counter()
        made = receipts(connection, range(1, found.events, max(1, found.events // 1000)))
        one = (time.perf_counter() - began) / len(made) * 1000
    outside = sum(file.stat().st_size for file in Path(settings.folder).rglob("*") if file.is_file())
    return {
        "events": found.events, "seal_s": sealed, "compare_s": compared,
        "bytes_an_event": (row[0] if row else 0) / found.events, "bytes_an_event_outside": outside / found.events,
        "receipt_bytes": max(len(each.text.encode()) for each in made.values()), "receipt_ms": one,
    }  # fmt: skip


def main() -> None:
    """Measure, print, and write a dated file."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with home_of_its_own() as home:
        long, database = embedded(home, "bench_long"), embedded(home, "bench_short")
        migrate(long)
        lengthen(long, events)
        results = {"whole": whole(long, sealing(home / "long"))}
        migrate(database)
        settings = sealing(home / "short")
        recorder = LogRecorder(LogDatastore(database))
        way = ours(recorder)
        results["lag"] = lags(database, settings, way)
        results["cost"] = cost(database, settings, way)
        with database.connect() as connection:
            row = connection.execute(f"SELECT ({SIZE}), (SELECT count(*) FROM log.events)".encode()).fetchone()
        if row:
            results["slowly"] = {"events": row[1], "bytes_an_event": row[0] / row[1]}
        recorder.datastore.close()
    for name, found in results.items():
        sys.stdout.write(f"{name}: {', '.join(f'{what} {number:,.3f}' for what, number in found.items())}\n")
    write_down("sealing", {"when": f"{datetime.now(UTC):%Y-%m-%d}", "results": results})


if __name__ == "__main__":
    main()
