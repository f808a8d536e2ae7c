"""A soak: 20 commands and 10 reads a second, and the memory of the serving process each half minute.

``python -m tests.bench.soak MINUTES`` (60 by default). It fails when memory still grows after the first quarter.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count

import httpx
import psutil

from infra.database.postgres import embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from tests.bench.load import Client, post
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

COMMANDS_A_SECOND, READS_A_SECOND = 20, 10
# The clients of each kind: on a busy machine one would fall behind the pace.
CLIENTS = 4
EVERY_SECONDS = 30
# What counts as flat after the first quarter, in megabytes an hour.
FLAT = 20.0
SUBMIT = """mutation ($id: ID!, $reference: String!, $amount: Decimal!) { submitBid(input: { commandId: $id,
    reference: $reference, partnership: "lrip", title: "Soak", requested: { amount: $amount, currency: "GBP" },
    on: "2005" }) { __typename ... on BidRecorded { position bid { reference } } } }"""
READS = (
    '{ partnership(code: "lrip") { name timeline(first: 20) { nodes { title } pageInfo { endCursor } } } }',
    "{ auditLog(first: 20) { nodes { name actor } } }",
    "{ delays(first: 10) { nodes { __typename } } }",
    "{ discrepancies(first: 10) { nodes { rule } } }",
)
MEGABYTE = 1024 * 1024
# Threads take the next request in turns.
TURN = threading.Lock()


def pace(port: int, a_second: float, requests: Iterator[bytes], stop: threading.Event, times: list[float]) -> None:
    """Send *requests*, which other threads share, at an even pace until *stop*. Note the *times* in milliseconds."""
    client = Client(port)
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        with TURN:
            request = next(requests)
        began = time.monotonic()
        answer = json.loads(client.ask(request))
        assert "errors" not in answer, answer
        times.append((time.monotonic() - began) * 1000)
        due += 1 / a_second


def commands() -> Iterator[bytes]:
    """Bids without end, each under a new command id, of changing amounts."""
    for number in count():
        given = {"id": f"soak-{number}", "reference": f"soak-{number}", "amount": f"{1000 + number % 977}.00"}
        yield post("/graphql", json.dumps({"query": SUBMIT, "variables": given}).encode())


def reads() -> Iterator[bytes]:
    """Questions without end, in turns."""
    bodies = [post("/graphql", json.dumps({"query": query}).encode()) for query in READS]
    for number in count():
        yield bodies[number % len(bodies)]


def served(url: str, port: int) -> subprocess.Popen[bytes]:
    """A process that serves the database."""
    environment = os.environ | {"DATABASE_URL": url, "PORT": f"{port}"}
    process = subprocess.Popen([sys.executable, "-m", "infra.cli", "serve"], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health")
            return process
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the application did not start")


def slope(samples: list[tuple[float, float]]) -> float:
    """The growth of *samples* (seconds, megabytes), in megabytes an hour."""
    if len(samples) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*samples, strict=True)).slope * 3600


def soak(url: str, port: int, minutes: float) -> dict[str, object]:
    """Load the application for some *minutes*, and return the figures."""
    process = served(url, port)
    stop, taken = threading.Event(), {"command": list[float](), "read": list[float]()}
    kinds = (("command", COMMANDS_A_SECOND, commands()), ("read", READS_A_SECOND, reads()))
    threads = [
        threading.Thread(target=pace, args=(port, a_second / CLIENTS, requests, stop, taken[name]))
        for name, a_second, requests in kinds
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    began, samples = time.monotonic(), list[tuple[float, float]]()
    try:
        while (passed := time.monotonic() - began) < minutes * 60 and all(one.is_alive() for one in threads):
            samples.append((passed, psutil.Process(process.pid).memory_info().rss / MEGABYTE))
            sent = {name: len(times) for name, times in taken.items()}
            sys.stdout.write(f"{passed / 60:5.1f} min  {samples[-1][1]:6.1f} MB  {sent}\n")
            sys.stdout.flush()
            time.sleep(EVERY_SECONDS)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        process.terminate()
        process.wait(30)
    later = [sample for sample in samples if sample[0] >= samples[-1][0] / 4]
    return {
        "minutes": round(samples[-1][0] / 60, 1),
        "megabytes": [round(one, 1) for _, one in samples],
        "growth_a_minute": round(slope(samples) / 60, 2),
        "growth_a_minute_after_the_first_quarter": round(slope(later) / 60, 2),
        "flat": slope(later) <= FLAT,
        **{f"{name}_p99_ms": round(sorted(times)[int(len(times) * 0.99) - 1], 1) for name, times in taken.items()},
        **{f"{name}s": len(times) for name, times in taken.items()},
    }


def main() -> None:
    """Load the programme, run the soak, print and write down the figures."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with home_of_its_own() as home:
        database = embedded(home, "soak")
        migrate(database)
        with PostgresLog(database) as log:
            cbp.full_report(cbp.import_cbp(log, correlation_id="soak"))
        project_all(database)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        figures = soak(database.url, port, minutes)
    write_down("soak", figures)
    sys.stdout.write(f"{json.dumps(figures)}\n")
    sys.exit(0 if figures["flat"] else 1)


if __name__ == "__main__":
    main()
