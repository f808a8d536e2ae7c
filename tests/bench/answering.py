"""Hot reads over HTTP, in turns on one database: ours, stock Strawberry, PostGraphile, and the rows as plain JSON.

python -m tests.bench.answering [ENTRIES]: ENTRIES is the number of entries in the timelines, by default a million.
"""

import gc
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import strawberry
import uvicorn
from fastapi import FastAPI, Request, Response
from strawberry.schema.config import StrawberryConfig

from api.contract.scalars import SCALARS
from api.schema import Mutation, OneOperation, Query
from api.types.log.subscription import Subscription
from api.types.timeline import ENTRIES
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.rebuild import rebuild_in_parallel
from infra.web import app as web
from projections.read_models import READ_MODELS
from projections.tables.paging import lines_of
from tests.bench import peers
from tests.bench.grown import grow
from tests.bench.load import get, load, post
from tests.bench.projecting import fill
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

WANTED, ROUNDS, SECONDS, CLIENTS = 1_000_000, 5, 2.0, 8
PARTNERSHIP = "dip"
# The read models that the questions need.
ASKED = {"register", "timeline", "bids", "awards", "parts", "ledger", "delays"}
TIMELINE = "timeline, 50 entries"
FUNDING = "funding of a partnership"
PEER = "PostGraphile"
QUESTIONS = {
    TIMELINE: f"""{{ partnership(code: "{PARTNERSHIP}") {{ timeline(first: 50) {{ nodes {{ id lane kind
        on {{ text }} title recordedAt position amount {{ amount currency }} actor
        event {{ id name stream version actor commandId data }} }} pageInfo {{ endCursor hasNextPage }} }} }} }}""",
    FUNDING: f"""{{ partnership(code: "{PARTNERSHIP}") {{ name funding {{ position
        requested {{ amount }} approved {{ amount }} awarded {{ amount }} payable {{ amount }} paid {{ amount }}
        spent {{ amount }} returned {{ amount }} available {{ amount }} }} }} }}""",
    "delays, 20": """{ delays(first: 20) { nodes { bid { reference title } clock { openDays breached waitingFor
        daysToDecision { min max } stages { name owner days { min max } workingDays { min max } } } } } }""",
    "partnerships, awards, payments": """{ partnerships(first: 20) { nodes { id code name awards { id reference status
        amount { amount currency } payments { number status amount { amount } requested { text } released { text }
        } } } } }""",
}
# The same questions for PostGraphile, as far as tables and views allow. It does not count days; it returns the rows.
OF_TABLES = {
    TIMELINE: f"""{{ partnershipByCode(code: "{PARTNERSHIP}") {{ timelinesByThing(first: 50, orderBy:
        [SORTS_ON_ASC, POSITION_ASC]) {{ nodes {{ eventId lane kind on title recordedAt position amount currency actor
        peerEventByPosition {{ eventId name stream version actor commandId data }} }} pageInfo {{ endCursor hasNextPage
        }} }} }} }}""",
    FUNDING: f"""{{ partnershipByCode(code: "{PARTNERSHIP}") {{ name peerLadderByScope {{ position
        requested approved awarded payable paid spent returned available }} }} }}""",
    "delays, 20": """{ allSpans(first: 20, orderBy: [SORTS_ON_ASC, BID_ID_ASC, ATTEMPT_ASC],
        condition: { span: "to_decision", superseded: "9223372036854775807" }) { nodes { bidByBidId { reference title
        spansByBidId(condition: { superseded: "9223372036854775807" }) { nodes { span owner started ended pauses limit
        days deadline } } } } } }""",
    "partnerships, awards, payments": """{ allPartnerships(first: 20, orderBy: [CODE_ASC]) { nodes { rowId code name
        awardsByPartnershipId(orderBy: [POSITION_ASC]) { nodes { rowId reference status amount currency
        peerPaymentsByAwardId { nodes { number status amount requested released } } } } } } }""",
}
# The present balances behind the figures: the cost of funding for a server whose client adds them up.
BALANCES = f"""{{ partnershipByCode(code: "{PARTNERSHIP}") {{ name balancesByScope {{ nodes {{ account dated amount
    currency }} }} }} }}"""
ROWS = """SELECT t.position, lane, kind, t."on", title, t.recorded_at, amount, currency, t.actor, t.event_id,
    e.topic, e.originator_id, e.originator_version, e.actor AS by, e.command_id, convert_from(e.state, 'UTF8') AS data
    FROM timeline t JOIN log.events e ON e.notification_id = t.position
    WHERE thing = (SELECT id FROM partnerships WHERE code = %s) ORDER BY sorts_on, t.position LIMIT 51"""


class Row(dict[str, Any]):
    """A row of the database, by column."""

    def __init__(self, **columns: Any) -> None:
        super().__init__(columns)


def add_raw(app: FastAPI) -> None:
    """Add a route to *app* that returns the rows of the timeline page, written by orjson."""

    @app.get("/raw")
    async def raw(request: Request) -> Response:
        async with request.app.state.reads.connection() as connection:
            found = await lines_of(connection, Row, ROWS, (PARTNERSHIP,))
        return Response(orjson.dumps(found, default=str), media_type="application/json")


def stock() -> strawberry.Schema:
    """Strawberry without our caches and plans, but with our types and the extension that our resolvers need."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=list(ENTRIES.values()),
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[OneOperation],
    )


def serve(url: str, way: str, report: Any) -> None:
    """Serve the application until this process is ended. Its port is sent over *report*."""
    if way == "stock":
        vars(web)["schema"] = stock()
    app = web.create_app(Database(url))
    add_raw(app)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="on", log_level="warning", access_log=False)
    )
    startup = server.startup

    async def report_port(*args: Any, **kwargs: Any) -> None:
        await startup(*args, **kwargs)
        report.send(server.servers[0].sockets[0].getsockname()[1])

    vars(server)["startup"] = report_port
    gc.freeze()  # As `fundtrail serve` does.
    server.run()


class Served(NamedTuple):
    """A server: its port and its process."""

    port: int
    pid: int


@contextmanager
def served(database: Database, way: str) -> Iterator[Served]:
    """The application in a separate process."""
    spawn = get_context("spawn")
    port, report = spawn.Pipe(duplex=False)
    process = spawn.Process(target=serve, args=(database.url, way, report), daemon=True)
    process.start()
    try:
        yield Served(port.recv(), process.pid or 0)
    finally:
        process.terminate()
        process.join()


class Turn(NamedTuple):
    """A question, the way in which it is answered, and the server that answers it."""

    question: str
    way: str
    server: Served
    request: bytes


def turns_of(ways: dict[str, Served]) -> list[Turn]:
    """Each question, answered in each way."""
    turns = [
        Turn(name, way, server, post("/graphql", orjson.dumps({"query": text})))
        for way, server in ways.items()
        for name, text in (OF_TABLES if way == PEER else QUESTIONS).items()
    ]
    turns.append(Turn(TIMELINE, "raw rows", ways["ours"], get("/raw")))
    if PEER in ways:
        turns.append(
            Turn(FUNDING, f"{PEER}, raw balances", ways[PEER], post("/graphql", orjson.dumps({"query": BALANCES})))
        )
    return turns


def measure(database: Database, home: Path, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Ask in random turns; medians for each question and way, with the ratio to stock Strawberry."""
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with ExitStack() as stack:
        ways = {way: stack.enter_context(served(database, way)) for way in ("ours", "stock")}
        if (peer := stack.enter_context(peers.postgraphile(database))) is not None:
            ways[PEER] = Served(*peer)
        else:
            sys.stdout.write("PostGraphile is not installed: left out. `make .venv/bench.stamp` installs it.\n")
        turns = turns_of(ways)
        for nth in range(rounds + 1):
            for one in random.sample(turns, len(turns)):
                # The first round only warms the servers up.
                lasting = seconds if nth else seconds / 4
                taken = load(
                    one.server.port,
                    one.request,
                    server=one.server.pid,
                    postmaster=postmaster,
                    clients=CLIENTS,
                    seconds=lasting,
                )
                if nth:
                    found.setdefault((one.question, one.way), []).append(taken)
    rows: list[dict[str, Any]] = []
    for (name, way), taken_of in sorted(found.items()):
        row = {key: round(statistics.median(one[key] for one in taken_of), 2) for key in taken_of[0]}
        stocks = statistics.median(one["a_second"] for one in found[name, "stock"])
        rows.append({"question": name, "way": way, "to_stock": round(row["a_second"] / stocks, 2)} | row)
    return rows


def main() -> None:
    """Fill a database, ask in turns, print medians and ratios, and write a dated file."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else WANTED
    with home_of_its_own() as home:
        database = embedded(home, "bench_answering")
        migrate(database)
        grow(database, fill(database, spread=True), wanted * 10 // 9)
        rebuild_in_parallel(database, [model for model in READ_MODELS if model.NAME in ASKED])
        with database.connect() as connection:
            connection.execute("VACUUM ANALYZE")
            length = connection.execute("SELECT count(*) FROM read.timeline").fetchone()
        rows = measure(database, home, ROUNDS, SECONDS)
        for row in rows:
            sys.stdout.write(f"{row}\n")
        write_down("answering", {"entries": length[0] if length else 0, "clients": CLIENTS, "results": rows})


if __name__ == "__main__":
    main()
