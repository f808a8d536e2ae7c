"""How long funding takes over HTTP, and how that grows: run by ``make bench``, never as a test.

One award with payments and one programme with awards are generated at full size and at a tenth, both in one database
server; requests to the two sizes take turns in one run, so that a noisy machine disturbs both alike.
"""

import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn

from infra.migrate import migrate
from infra.postgres import Database, embedded
from infra.web import create_app

RESULTS = Path(__file__).parent / "results"
ROUNDS = 300
PAYMENTS, AWARDS = 1000, 10_000
POSTINGS_OF_AWARD = 100

FIGURES = "{ requested { amount } awarded { amount } payable { amount } paid { amount } available { amount } position }"
QUESTIONS = {
    "award": f'{{ award(reference: "BENCH-0") {{ funding {FIGURES} }} }}',
    "programme": f'{{ programme(code: "bench") {{ funding {FIGURES} }} }}',
    "programme, as at a past day": f'{{ programme(code: "bench") {{ funding(asAt: "2010-01-01") {FIGURES} }} }}',
}

# Rows as the projector leaves them. Amounts are pence; each posting has its opposite.
FILL = """
INSERT INTO read.programmes VALUES ('programme-b', 'bench', 'Bench', 'GBP', NULL, NULL, NULL);
INSERT INTO read.ledger_places (thing, currency, programme_id) VALUES ('programme-b', 'GBP', 'programme-b');
INSERT INTO read.ledger_places (thing, currency, partnership_id, scheme_id, programme_id)
SELECT 'award-' || n, 'GBP', 'partnership-' || n % 500, 'scheme-b', 'programme-b' FROM generate_series(0, {awards}) n;
INSERT INTO read.awards (id, reference, status, partnership_id, amount, currency, "on", position)
SELECT 'award-' || n, 'BENCH-' || n, 'accepted', 'partnership-' || n % 500, 1000, 'GBP', '2004', n
  FROM generate_series(0, {awards}) n;
"""
POST = """
INSERT INTO read.postings
SELECT {start} + p.nth, s.side, CASE s.side WHEN 1 THEN 'paid' ELSE 'payable' END,
       CASE s.side WHEN 1 THEN 100 ELSE -100 END, 'GBP', DATE '2004-01-01' + (p.nth %% 5000)::integer, true,
       'award-' || p.award, NULL, 'partnership-' || p.award %% 500, 'scheme-b', 'programme-b'
  FROM (SELECT nth, {award} AS award FROM generate_series(1, {count}) nth) p CROSS JOIN (VALUES (1), (2)) s (side)
"""


def fill(database: Database, awards: int, payments: int) -> int:
    """Fill the read models; gives the number of postings."""
    with database.connect() as connection:
        connection.execute(FILL.format(awards=awards))
        # The first award has *payments* of its own, each requested, approved and released: two postings for each step.
        connection.execute(POST.format(start=0, award="0", count=2 * payments).replace("%%", "%"))
        position, left = 2 * payments, awards * POSTINGS_OF_AWARD // 2
        while left > 0:
            count = min(left, 50_000)
            award = f"(1 + (({position} + nth) % {awards}))"
            connection.execute(POST.format(start=position, award=award, count=count).replace("%%", "%"))
            position, left = position + count, left - count
        connection.execute("UPDATE read.projections SET position = %s", (position,))
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT count(*) FROM read.postings").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def served(database: Database) -> Iterator[httpx.Client]:
    """The application on *database*, and a client to it."""
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
    """Milliseconds that one answer takes."""
    began = time.perf_counter()
    answer = client.post("/graphql", json={"query": question}).json()
    took = (time.perf_counter() - began) * 1000
    assert "errors" not in answer, answer
    return took


def main() -> None:
    """Fill, measure in turns, print, and write a dated file."""
    home = Path(tempfile.mkdtemp(prefix="fundtrail-bench-"))
    sizes = {"full": (AWARDS, PAYMENTS), "tenth": (AWARDS // 10, PAYMENTS // 10)}
    databases, postings = {}, {}
    for name, (awards, payments) in sizes.items():
        databases[name] = embedded(home, f"bench_{name}")
        migrate(databases[name])
        postings[name] = fill(databases[name], awards, payments)
        sys.stdout.write(f"{name}: {awards} awards, {payments} payments of the first, {postings[name]} postings\n")
    times: dict[tuple[str, str], list[float]] = {(q, s): [] for q in QUESTIONS for s in sizes}
    with served(databases["full"]) as full, served(databases["tenth"]) as tenth:
        clients = {"full": full, "tenth": tenth}
        for key in times:
            ask(clients[key[1]], QUESTIONS[key[0]])
        for _ in range(ROUNDS):
            turns = list(times)
            random.shuffle(turns)
            for question, size in turns:
                times[question, size].append(ask(clients[size], QUESTIONS[question]))
    report(times, postings)
    shutil.rmtree(home, ignore_errors=True)


def report(times: dict[tuple[str, str], list[float]], postings: dict[str, int]) -> None:
    """Print medians, 99th percentiles and growth, and write them to a dated JSON file."""
    rows = []
    for question in QUESTIONS:
        row: dict[str, object] = {"question": question}
        for size in ("tenth", "full"):
            taken = sorted(times[question, size])
            row[f"{size}_p50_ms"] = round(statistics.median(taken), 2)
            row[f"{size}_p99_ms"] = round(taken[int(len(taken) * 0.99) - 1], 2)
        row["growth_p50"] = round(
            statistics.median(times[question, "full"]) / statistics.median(times[question, "tenth"]), 2
        )
        rows.append(row)
        sys.stdout.write(
            f"{question:30} tenth p50 {row['tenth_p50_ms']} ms, p99 {row['tenth_p99_ms']} ms;"
            f" full p50 {row['full_p50_ms']} ms, p99 {row['full_p99_ms']} ms; growth {row['growth_p50']}\n"
        )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"funding-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps({"rounds": ROUNDS, "postings": postings, "results": rows}, indent=2) + "\n")
    sys.stdout.write(f"written to {file.relative_to(Path.cwd())}\n")


if __name__ == "__main__":
    main()
