"""Hot reads over HTTP: by plans, by stock Strawberry, and the same rows as plain JSON, in turns on one database."""

import random
import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import strawberry
import uvicorn
from fastapi import FastAPI, Request, Response
from strawberry.schema.config import StrawberryConfig

from api.commands import Mutation
from api.scalars import SCALARS
from api.schema import Manners, Query, schema
from api.subscription import Subscription
from api.timeline import ENTRIES
from infra import web
from infra.migrate import migrate
from infra.postgres import Database, embedded
from infra.rebuild import rebuild_side_by_side
from projections import READ_MODELS
from projections.paging import lines_of
from tests.bench.grown import grow
from tests.bench.projecting import fill
from tests.bench.turns import write_down

EVENTS, ROUNDS, SECONDS, CLIENTS = 1_000_000, 5, 2.0, 8
PARTNERSHIP = "dip"
QUESTIONS = {
    "timeline, 50 entries": f"""{{ partnership(code: "{PARTNERSHIP}") {{ timeline(first: 50) {{ nodes {{ id lane kind
        on {{ text }} title recordedAt position amount {{ amount currency }} actor
        event {{ id name stream version actor commandId data }} }} pageInfo {{ endCursor hasNextPage }} }} }} }}""",
    "funding of a partnership": f"""{{ partnership(code: "{PARTNERSHIP}") {{ name funding {{ position
        requested {{ amount }} approved {{ amount }} awarded {{ amount }} payable {{ amount }} paid {{ amount }}
        spent {{ amount }} returned {{ amount }} available {{ amount }} }} }} }}""",
    "delays, 20": """{ delays(first: 20) { nodes { bid { reference title } clock { openDays breached waitingFor
        daysToDecision { min max } stages { name owner days { min max } workingDays { min max } } } } } }""",
    "partnerships, awards, payments": """{ partnerships(first: 20) { nodes { id code name awards { id reference status
        amount { amount currency } payments { number status amount { amount } requested { text } released { text }
        } } } } }""",
}
ROWS = """SELECT t.position, lane, kind, t."on", title, t.recorded_at, amount, currency, t.actor, t.event_id,
    e.topic, e.originator_id, e.originator_version, e.actor AS by, e.command_id, convert_from(e.state, 'UTF8') AS data
    FROM timeline t JOIN log.events e ON e.notification_id = t.position
    WHERE partnership_id = (SELECT id FROM partnerships WHERE code = %s) ORDER BY sorts_on, t.position LIMIT 51"""


class Row(dict[str, Any]):
    """A row as it comes, by column."""

    def __init__(self, **columns: Any) -> None:
        super().__init__(columns)


def add_raw(app: FastAPI) -> None:
    """The rows of the timeline page, written by orjson from a route of the same application."""

    @app.get("/raw")
    async def raw(request: Request) -> Response:
        async with request.app.state.reads.connection() as connection:
            found = await lines_of(connection, Row, ROWS, (PARTNERSHIP,))
        return Response(orjson.dumps(found, default=str), media_type="application/json")


# Strawberry as it comes: no caches, no plans; with our types and our manners, which the resolvers need.
STOCK = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=list(ENTRIES.values()),
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[Manners],
)


@contextmanager
def served(database: Database, known: Any) -> Iterator[str]:
    """The application with the schema *known* on a thread of its own."""
    kept = vars(web)["schema"]
    vars(web)["schema"] = known
    try:
        app = web.create_app(database)
    finally:
        vars(web)["schema"] = kept
    add_raw(app)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="on", log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def load(url: str, question: str | None) -> dict[str, float]:
    """Requests a second of CLIENTS at once, their times in ms, and processor time and minor page faults of each."""
    until = time.perf_counter() + SECONDS
    before = resource.getrusage(resource.RUSAGE_SELF)

    def work(_: int) -> list[float]:
        took = []
        with httpx.Client(base_url=url, timeout=30) as client:
            while (began := time.perf_counter()) < until:
                answer = client.post("/graphql", json={"query": question}) if question else client.get("/raw")
                took.append((time.perf_counter() - began) * 1000)
                assert (200, False) == (answer.status_code, b'"errors"' in answer.content), answer.text
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = sorted(one for of_one in pool.map(work, range(CLIENTS)) for one in of_one)
    spent = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "a_second": len(took) / spent,
        "p50_ms": statistics.median(took),
        "p99_ms": took[int(len(took) * 0.99) - 1],
        # With the clients', which are the same for all ways.
        "cpu_ms": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / len(took),
        "faults": (after.ru_minflt - before.ru_minflt) / len(took),
    }


def main() -> None:
    """Ask in random turns, print medians and ratios, and write a dated file."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    home = Path(tempfile.mkdtemp(prefix="fundtrail-bench-"))
    database = embedded(home, "bench_answering")
    migrate(database)
    length = grow(database, fill(database), wanted)
    rebuild_side_by_side(database, READ_MODELS)
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with served(database, schema) as ours, served(database, STOCK) as stock:
        turns: list[tuple[str, str, str, str | None]] = [
            (name, way, url, text)
            for name, text in QUESTIONS.items()
            for way, url in (("plans", ours), ("stock", stock))
        ]
        turns.append(("timeline, 50 entries", "raw rows", ours, None))
        for _ in range(ROUNDS):
            for name, way, url, question in random.sample(turns, len(turns)):
                found.setdefault((name, way), []).append(load(url, question))
    rows = []
    for (name, way), taken in sorted(found.items()):
        row = {key: round(statistics.median(one[key] for one in taken), 2) for key in taken[0]}
        stocks = statistics.median(one["a_second"] for one in found[name, "stock"])
        rows.append({"question": name, "way": way, "to_stock": round(row["a_second"] / stocks, 2)} | row)
        sys.stdout.write(f"{name:32} {way:9} {row} {row['a_second'] / stocks:.2f} of stock\n")
    write_down("answering", {"events": length, "clients": CLIENTS, "rounds": ROUNDS, "results": rows})
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
