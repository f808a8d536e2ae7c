"""How fast events are appended: ours, the library's recorder and raw SQL, in turns on one server (``make bench``).

All write events of the same kind and size to durable tables (fsync, full_page_writes and synchronous_commit are on).
Ours also checks and keeps a command id and the version of each stream, numbers under one lock, and notifies.
"""

import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from uuid6 import uuid7

from infra.migrate import migrate
from infra.postgres import Database, embedded
from infra.recorder import CommandRow, Group, LogDatastore, LogRecorder, StoredFact
from tests.bench.turns import write_down

ROUNDS = 7
SECONDS = 1.0
WRITERS = (1, 16, 48)
BATCH = 500
BODY = b'{"on":"2004-06-15","partnership_id":"partnership-01890000-0000-7000-8000-000000000001","number":1}'

# Appends so many events to a new stream.
Way = Callable[[int], Any]


def ours(recorder: LogRecorder) -> Way:
    """Our recorder, as the log uses it."""

    def append(count: int) -> None:
        stream = f"award-{uuid7()}"
        command = CommandRow(str(uuid7()), b"0" * 32, stream, "bench", None, stream, None)
        events = tuple(
            StoredFact(originator_id=stream, originator_version=n, topic="PaymentRequested", state=BODY)
            for n in range(1, count + 1)
        )
        recorder.commit(Group(events=events, places=(1,) * count, commands=(command,), seen={stream: 0}))

    return append


def library(recorder: PostgresApplicationRecorder) -> Way:
    """The library's own recorder, with its own datastore and defaults."""

    def append(count: int) -> None:
        stream: UUID = uuid7()
        recorder.insert_events(
            [
                StoredEvent(originator_id=stream, originator_version=n, topic="PaymentRequested", state=BODY)
                for n in range(1, count + 1)
            ]
        )

    return append


INSERT = (
    "INSERT INTO raw_events (stream, version, name, body) SELECT %b, v, 'PaymentRequested', %b"
    " FROM generate_series(1, %b) v"
)


def raw(database: Database) -> Way:
    """A prepared INSERT, one connection to a thread: the limit for what commits by itself."""
    local = threading.local()

    def append(count: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(database.url, autocommit=True)
        local.connection.execute(INSERT, (str(uuid7()), BODY, count), prepare=True, binary=True)

    return append


COPY = "COPY raw_events (stream, version, name, body) FROM STDIN (FORMAT binary)"


def copied(database: Database) -> Way:
    """COPY in binary: the limit for bulk."""
    connection = psycopg.connect(database.url, autocommit=True)

    def append(count: int) -> None:
        stream = str(uuid7())
        with connection.cursor().copy(
            "COPY raw_events (stream, version, name, body) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(["text", "int8", "text", "bytea"])
            for n in range(1, count + 1):
                copy.write_row((stream, n, "PaymentRequested", BODY))

    return append


def rate(way: Way, writers: int, count: int) -> tuple[float, float]:
    """Events a second of *writers* at once, *count* events a call, and the 99th percentile of a call in ms."""
    until = time.perf_counter() + SECONDS
    took: list[list[float]] = [[] for _ in range(writers)]

    def work(number: int) -> None:
        mine = took[number]
        while (began := time.perf_counter()) < until:
            way(count)
            mine.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(work, number) for number in range(writers)]:
            done.result()
    spent = time.perf_counter() - began
    calls = sorted(one for each in took for one in each)
    return len(calls) * count / spent, calls[int(len(calls) * 0.99) - 1] * 1000


def main() -> None:
    """Measure all ways in random turns, print medians and ratios to the library, and write a dated file."""
    home = Path(tempfile.mkdtemp(prefix="fundtrail-bench-"))
    database, theirs = embedded(home, "bench_ours"), embedded(home, "bench_library")
    migrate(database)
    with theirs.connect() as connection:
        connection.execute(
            "CREATE TABLE raw_events (stream text, version bigint, name text, body bytea,"
            " position bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (stream, version))"
        )
        connection.execute("CREATE UNIQUE INDEX ON raw_events (position)")
    recorder = LogRecorder(LogDatastore(database))
    stock = PostgresApplicationRecorder(_stock(theirs), events_table_name="stock_events")
    stock.create_table()
    ways = {"ours": ours(recorder), "library": library(stock), "raw insert": raw(theirs), "raw copy": copied(theirs)}
    cases = [
        (way, writers, count)
        for count, numbers in ((1, WRITERS), (BATCH, (1,)))
        for writers in numbers
        for way in ways
        if (way != "raw copy" or count == BATCH) and (way != "raw insert" or writers == 1)
    ]
    rates: dict[tuple[str, int, int], list[tuple[float, float]]] = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for case in random.sample(cases, len(cases)):
            way, writers, count = case
            rates[case].append(rate(ways[way], writers, count))
    report(rates)
    recorder.datastore.close()
    stock.datastore.close()
    shutil.rmtree(home, ignore_errors=True)


def _stock(database: Database) -> PostgresDatastore:
    about = psycopg.conninfo.conninfo_to_dict(database.url)
    return PostgresDatastore(
        dbname=str(about["dbname"]), host=str(about["host"]), port=str(about.get("port", "5432")),
        user=str(about["user"]), password=str(about.get("password") or ""), pool_size=20, max_overflow=40,
    )  # fmt: skip


def report(rates: Mapping[tuple[str, int, int], Sequence[tuple[float, float]]]) -> None:
    """Print and write down the medians."""
    rows = []
    for (way, writers, count), found in rates.items():
        speed = statistics.median(one for one, _ in found)
        p99 = statistics.median(one for _, one in found)
        stock = statistics.median(one for one, _ in rates["library", writers, count])
        rows.append(
            {
                "way": way,
                "writers": writers,
                "events_a_call": count,
                "events_a_second": round(speed),
                "p99_ms": round(p99, 2),
                "to_library": round(speed / stock, 2),
            }
        )
        sys.stdout.write(
            f"{way:12} {writers:3} writers, {count:3} a call: {speed:9,.0f} a second,"
            f" p99 {p99:6.2f} ms, {speed / stock:5.2f} of the library\n"
        )
    write_down("append", {"when": f"{datetime.now(UTC):%Y-%m-%d}", "rounds": ROUNDS, "results": rows})


if __name__ == "__main__":
    main()
