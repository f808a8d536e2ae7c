"""Questions about two sizes of the same data, in turns: the shared part of the benchmarks over HTTP."""

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.web.app import create_app
from tests.kit.database.servers import home_of_its_own

RESULTS = Path(__file__).parent / "results"
SIZES = ("tenth", "full")
Fill = Callable[[Database, str], dict[str, int]]


def in_turns(name: str, questions: dict[str, str], fill: Fill, rounds: int) -> None:
    """Fill a database of each size, ask each its questions in random turns, print, and write a dated file."""
    with home_of_its_own() as home:
        sizes: dict[str, dict[str, int]] = {}
        databases = {}
        for size in SIZES:
            databases[size] = embedded(home, f"bench_{size}")
            migrate(databases[size])
            sizes[size] = fill(databases[size], size)
            sys.stdout.write(f"{size}: {', '.join(f'{number} {what}' for what, number in sizes[size].items())}\n")
        times: dict[tuple[str, str], list[float]] = {(question, size): [] for question in questions for size in SIZES}
        with served(databases["full"]) as full, served(databases["tenth"]) as tenth:
            clients = {"full": full, "tenth": tenth}
            for question, size in times:
                ask(clients[size], questions[question])
            for _ in range(rounds):
                turns = list(times)
                random.shuffle(turns)
                for question, size in turns:
                    times[question, size].append(ask(clients[size], questions[question]))
        report(name, times, {"rounds": rounds, "sizes": sizes})


@contextmanager
def served(database: Database) -> Iterator[httpx.Client]:
    """A client of the application on *database*."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(database), host="127.0.0.1", port=0, lifespan="on", log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client
    server.should_exit = True
    thread.join()


def ask(client: httpx.Client, question: str) -> float:
    """The time of one answer in milliseconds."""
    began = time.perf_counter()
    answer = client.post("/graphql", json={"query": question}).json()
    took = (time.perf_counter() - began) * 1000
    assert "errors" not in answer, answer
    return took


def report(name: str, times: dict[tuple[str, str], list[float]], about: dict[str, Any]) -> None:
    """Print medians, 99th percentiles and growth, and write them to a dated JSON file."""
    rows = []
    for question in dict.fromkeys(question for question, _ in times):
        row: dict[str, object] = {"question": question}
        for size in SIZES:
            taken = sorted(times[question, size])
            row[f"{size}_p50_ms"] = round(statistics.median(taken), 2)
            row[f"{size}_p99_ms"] = round(taken[int(len(taken) * 0.99) - 1], 2)
        growth = statistics.median(times[question, "full"]) / statistics.median(times[question, "tenth"])
        row["growth_p50"] = round(growth, 2)
        rows.append(row)
        sys.stdout.write(
            f"{question:40} tenth p50 {row['tenth_p50_ms']} ms, p99 {row['tenth_p99_ms']} ms;"
            f" full p50 {row['full_p50_ms']} ms, p99 {row['full_p99_ms']} ms; growth {row['growth_p50']}\n"
        )
    write_down(name, about | {"results": rows})


def write_down(name: str, found: dict[str, Any]) -> None:
    """Write *found* to a dated JSON file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(f"written to {file.relative_to(Path.cwd())}\n")
