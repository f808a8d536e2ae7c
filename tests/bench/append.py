"""How fast events are appended to our log, when it is empty and when it is long, and to others (``make bench``).

python -m tests.bench.append [ROWS]: ROWS is the number of rows in the long log at first, by default 10 million.

All of them write events of the same kind and size to durable tables (fsync, full_page_writes, synchronous_commit on).
Ours also checks and stores a command id and the version of each stream, numbers under one lock, and notifies.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.log.recorder import CommandRow, Group, LogDatastore, LogRecorder, StoredFact
from tests.bench import peers
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

ROUNDS = 7
SECONDS = 1.0
WRITERS = (1, 16, 48)
BATCH = 500
LONG = 10_000_000
BODY = b'{"on":"2004-06-15","partnership_id":"partnership-01890000-0000-7000-8000-000000000001","number":1}'

# Appends a number of events to a new stream.
Way = Callable[[int], Any]


def ours(recorder: LogRecorder) -> Way:
    """Our recorder, used as the log uses it."""

    def append(count: int) -> None:
        stream = f"award-{peers.new_id()}"
        command = CommandRow(str(peers.new_id()), b"0" * 32, stream, "bench", None, stream, None)
        events = tuple(
            StoredFact(originator_id=stream, originator_version=n, topic="PaymentRequested", state=BODY)
            for n in range(1, count + 1)
        )
        recorder.commit(Group(events=events, places=(1,) * count, commands=(command,), seen={stream: 0}))

    return append


def library(recorder: PostgresApplicationRecorder) -> Way:
    """The library's own recorder, with its own datastore and defaults."""

    def append(count: int) -> None:
        stream: UUID = peers.new_id()
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
    """A prepared INSERT on one connection: the upper limit for separate commits."""
    connection = psycopg.connect(database.url, autocommit=True)

    def append(count: int) -> None:
        connection.execute(INSERT, (str(peers.new_id()), BODY, count), prepare=True, binary=True)

    return append


COPY = "COPY raw_events (stream, version, name, body) FROM STDIN (FORMAT binary)"


def copied(database: Database) -> Way:
    """COPY in binary form: the upper limit for bulk."""
    connection = psycopg.connect(database.url, autocommit=True)

    def append(count: int) -> None:
        stream = str(peers.new_id())
        with connection.cursor().copy(
            "COPY raw_events (stream, version, name, body) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(["text", "int8", "text", "bytea"])
            for n in range(1, count + 1):
                copy.write_row((stream, n, "PaymentRequested", BODY))

    return append


def rate(way: Way, writers: int, count: int) -> tuple[float, float]:
    """Events a second of *writers* at once with *count* events a call, and the 99th percentile of a call in ms."""
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


# A log after years of use: older streams of six events each, and the commands that recorded them.
FILL = """
INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, schema_version, event_id,
                        recorded_at, actor, command_id, correlation_id)
SELECT 'award-0188' || lpad(to_hex(n / 6), 12, '0') || '-7000-8000-' || lpad(to_hex(n / 6), 12, '0'), n %% 6 + 1,
       'PaymentRequested', %(body)s, n, 1, gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 second',
       'bench', 'command-' || n, 'bench'
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
FILL_COMMANDS = """
INSERT INTO log.commands SELECT 'command-' || n, '', 'award', n, timestamptz '2020-01-01' + n * interval '1 second'
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
AT_ONCE = 500_000


def lengthen(database: Database, rows: int) -> None:
    """Fill the log with *rows* events and their commands."""
    with database.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        for first in range(1, rows + 1, AT_ONCE):
            span = {"first": first, "last": min(rows, first + AT_ONCE - 1)}
            connection.execute(FILL, span | {"body": BODY})
            connection.execute(FILL_COMMANDS, span)
        connection.execute("SELECT setval('log.positions', %s)", (rows,))
        connection.execute("VACUUM ANALYZE log.events, log.commands")
        connection.execute("CHECKPOINT")


def main() -> None:
    """Measure all ways in random turns, print medians and ratios to the library, and write a dated file."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    with home_of_its_own() as home:
        database, long, theirs = (embedded(home, f"bench_{name}") for name in ("ours", "long", "library"))
        migrate(database)
        migrate(long)
        lengthen(long, rows)
        with theirs.connect() as connection:
            connection.execute(
                "CREATE TABLE raw_events (stream text, version bigint, name text, body bytea,"
                " position bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (stream, version))"
            )
            connection.execute("CREATE UNIQUE INDEX ON raw_events (position)")
        recorder, old = LogRecorder(LogDatastore(database)), LogRecorder(LogDatastore(long))
        stock = PostgresApplicationRecorder(_stock(theirs), events_table_name="stock_events")
        stock.create_table()
        emmetts = embedded(home, "bench_emmett")
        with peers.umadb(home, BODY) as uma:
            ways = {
                "ours": ours(recorder),
                f"ours after {rows:,}": ours(old),
                "library": library(stock),
                "raw insert": raw(theirs),
                "raw copy": copied(theirs),
                "message db": peers.message_db(theirs),
            } | ({"umadb": uma} if uma else {})
            cases = list(_cases([*ways, "emmett"]))
            rates: dict[tuple[str, int, int], list[tuple[float, float]]] = {case: [] for case in cases}
            for _ in range(ROUNDS):
                for way, writers, count in random.sample(cases, len(cases)):
                    found = (
                        peers.emmett(emmetts, writers, SECONDS, count)
                        if way == "emmett"
                        else rate(ways[way], writers, count)
                    )
                    if found is not None:
                        rates[way, writers, count].append(found)
        report({case: found for case, found in rates.items() if found})
        recorder.datastore.close()
        old.datastore.close()
        stock.datastore.close()


def _cases(ways: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    for count, numbers in ((1, WRITERS), (BATCH, (1,))):
        for writers in numbers:
            for way in ways:
                if (way != "raw copy" or count == BATCH) and (way != "raw insert" or writers == 1):
                    yield way, writers, count


def _stock(database: Database) -> PostgresDatastore:
    about = psycopg.conninfo.conninfo_to_dict(database.url)
    return PostgresDatastore(
        dbname=str(about["dbname"]), host=str(about["host"]), port=str(about.get("port", "5432")),
        user=str(about["user"]), password=str(about.get("password") or ""), pool_size=16, max_overflow=8,
    )  # fmt: skip


def report(rates: Mapping[tuple[str, int, int], Sequence[tuple[float, float]]]) -> None:
    """Print the medians, and write them to a dated file."""
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
            f"{way:22} {writers:3} writers, {count:3} a call: {speed:9,.0f} a second,"
            f" p99 {p99:6.2f} ms, {speed / stock:5.2f} of the library\n"
        )
    write_down("append", {"when": f"{datetime.now(UTC):%Y-%m-%d}", "rounds": ROUNDS, "results": rows})


if __name__ == "__main__":
    main()
