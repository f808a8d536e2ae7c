"""Questions about two sizes of the same data, in turns: the shared part of the benchmarks over HTTP."""

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.web.app import create_app
from tests.bench import peers
from tests.kit.database.servers import home_of_its_own

RESULTS = Path(__file__).parent / "results"
SIZES = ("tenth", "full")
PEER = "PostGraphile"
Fill = Callable[[Database, str], dict[str, int]]


def in_turns(
    name: str, questions: dict[str, str], fill: Fill, rounds: int, *, beside: dict[str, str] | None = None
) -> None:
    """Fill a database of each size, ask each its questions in random turns, print, and write a dated file.

    *beside* are questions for PostGraphile on the larger one, under the names of those that they are measured beside.
    """
    with home_of_its_own() as home, ExitStack() as stack:
        sizes: dict[str, dict[str, int]] = {}
        databases = {}
        for size in SIZES:
            databases[size] = embedded(home, f"bench_{size}")
            migrate(databases[size])
            sizes[size] = fill(databases[size], size)
            sys.stdout.write(f"{size}: {', '.join(f'{number} {what}' for what, number in sizes[size].items())}\n")
        times: dict[tuple[str, str], list[float]] = {(question, size): [] for question in questions for size in SIZES}
        clients = {size: stack.enter_context(served(databases[size])) for size in SIZES}
        texts = {(question, size): questions[question] for question, size in times}
        peer = stack.enter_context(peers.postgraphile(databases["full"])) if beside else None
        if beside and peer is not None:
            clients[PEER] = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{peer[0]}", timeout=30))
            texts |= {(question, PEER): text for question, text in beside.items()}
            times |= {(question, PEER): [] for question in beside}
        for question, size in times:
            ask(clients[size], texts[question, size])
        for _ in range(rounds):
            for question, size in random.sample(list(times), len(times)):
                times[question, size].append(ask(clients[size], texts[question, size]))
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
    """The time of one answer in milliseconds. A question that is an address is a page."""
    began = time.perf_counter()
    if question.startswith("/"):
        page = client.get(question)
        took = (time.perf_counter() - began) * 1000
        assert page.status_code == 200, page.text
        return took
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
        against = ""
        if (question, PEER) in times:
            row["peer_p50_ms"] = round(statistics.median(times[question, PEER]), 2)
            against = f"; {PEER} p50 {row['peer_p50_ms']} ms"
        rows.append(row)
        sys.stdout.write(
            f"{question:40} tenth p50 {row['tenth_p50_ms']} ms, p99 {row['tenth_p99_ms']} ms;"
            f" full p50 {row['full_p50_ms']} ms, p99 {row['full_p99_ms']} ms; growth {row['growth_p50']}{against}\n"
        )
    write_down(name, about | {"results": rows})


def write_down(name: str, found: dict[str, Any]) -> None:
    """Write *found* to a dated JSON file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(f"written to {file.relative_to(Path.cwd())}\n")
