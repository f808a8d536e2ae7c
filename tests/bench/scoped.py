"""What it costs to see the rows of some places alone: the same questions of readers with and without a scope, in turns.

Run by ``make bench``. The programme, and 100,000 awards of 500 partnerships in two schemes.
"""

import random
import statistics
import sys
import threading
import time
from typing import Any

import httpx
import uvicorn

from domain.across.permissions import EVERY_AREA, EVERYTHING, PLACED, Seen
from infra.database.postgres import embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from infra.web.app import create_app
from tests.bench.lists import FILL, MANY
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

ROUNDS = 200
AWARDS = 100_000
MONEY = "{ amount currency }"
QUESTIONS = {
    "a partnership's timeline and ladder": f"""{{ partnership(code: "nwin") {{ name
        funding {{ awarded {{ amount }} paid {{ amount }} }} awards {{ reference payments {{ number }} }}
        timeline(first: 50) {{ nodes {{ lane title on {{ text }} amount {MONEY} recordedAt }} totalCount }} }} }}""",
    "the 20 largest awards": f"{{ awards(first: 20, orderBy: {{ field: AMOUNT, direction: DESC }}) {{ nodes {{ id"
    f" reference amount {MONEY} }} }} }}",
    "the number of awards": "{ awards(first: 1) { totalCount } }",
    "the bids of a partnership": '{ bids(filter: { partnership: "nwin" }) { nodes { reference } totalCount } }',
}


def main() -> None:
    """Ask each question as everybody, in turns, and write a dated file."""
    with home_of_its_own() as home:
        database = embedded(home, "bench_scoped")
        migrate(database)
        with PostgresLog(database) as log:
            cbp.full_report(cbp.import_cbp(log, correlation_id="bench"))
        project_all(database)
        with database.connect() as connection:
            connection.execute(
                FILL.replace("'programme-1', 'p'", "'programme-1', 'p1'")
                .replace("'organisation-1', 'funder'", "'organisation-1', 'funder-1'")
                .encode()
            )
            connection.execute(MANY.format(awards=AWARDS).encode())
            connection.execute("ANALYZE")
            ((nwin, scheme, programme),) = connection.execute(
                "SELECT id, scheme_id, programme_id FROM read.partnerships WHERE code = 'nwin'"
            ).fetchall()
        readers = {"everything": EVERYTHING} | {
            name: Seen(EVERY_AREA - PLACED, dict.fromkeys(PLACED, frozenset(places)))
            for name, places in (
                ("two partnerships", (nwin, "partnership-7")),
                ("a scheme", (scheme, "scheme-1")),
                ("two programmes", (programme, "programme-1")),
            )
        }
        app = create_app(database)

        class As:
            async def seen(self, _: object, caller: Any) -> Seen:
                return readers[caller.actor]

        app.state.roles = As()
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="on", log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        times: dict[tuple[str, str], list[float]] = {(one, who): [] for one in QUESTIONS for who in readers}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for turn in range(ROUNDS + 10):
                for one, who in random.sample(list(times), len(times)):
                    began = time.perf_counter()
                    answer = client.post(
                        "/graphql", json={"query": QUESTIONS[one]}, headers={"x-fundtrail-actor": who}
                    ).json()
                    took = (time.perf_counter() - began) * 1000
                    assert "errors" not in answer, answer
                    if turn >= 10:
                        times[one, who].append(took)
        server.should_exit = True
        thread.join()
    rows = []
    for one in QUESTIONS:
        medians = {who: round(statistics.median(times[one, who]), 2) for who in readers}
        rows.append({"question": one} | medians)
        sys.stdout.write(f"{one:40} {', '.join(f'{who} {each} ms' for who, each in medians.items())}\n")
    write_down("scoped", {"rounds": ROUNDS, "awards": AWARDS, "results": rows})


if __name__ == "__main__":
    main()
