"""The real application for tests, served by uvicorn on a free loopback port, with its projector."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from api.limits.weighing import Limits
from infra.database.postgres import Database
from infra.exports.standards.publisher import Publisher
from infra.feeding.projector import Projector
from infra.identity.identity import Identity
from infra.log.recorder import CHANNEL
from infra.web.app import create_app
from infra.web.connections import configuration
from infra.web.documents import Documents
from tests.kit.officers import officer_in

PATIENCE = 90.0


class Api:
    """A client of the served application."""

    def __init__(self, url: str, database: Database, app: FastAPI) -> None:
        self.url = url
        self.database = database
        self.app = app
        self.http = httpx.Client(base_url=url, timeout=PATIENCE)

    def post(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """The response to a GraphQL request. Write underscores for the hyphens in the names of *headers*.

        The actor of a separated duty is the officer who has it, unless a header names another one.
        """
        officer = officer_in(query)
        headers = ({"x_fundtrail_actor": officer} if officer else {}) | headers
        body: dict[str, Any] = {"query": query} | ({"variables": variables} if variables is not None else {})
        return self.http.post("/graphql", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def ask(self, query: str, /, **variables: Any) -> Any:
        """The data of the answer, which must not have errors."""
        response = self.post(query, variables)
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        assert 200 == response.status_code
        return answer["data"]

    def error(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The one error of the answer."""
        response = self.post(query, variables)
        assert 500 > response.status_code, response.text
        (error,) = response.json()["errors"]
        found: dict[str, Any] = error
        return found

    def command(self, mutation: str, shown: str, **given: Any) -> dict[str, Any]:
        """The answer to the command that *mutation* hands in: a member of its union, with its ``__typename``.

        *shown* are the fields to read when it was recorded.
        """
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        recorded = {"reportResult": "OutcomeRecorded"}
        recorded |= dict.fromkeys(("submitBid", "decideBid", "assessBid"), "BidRecorded")
        query = (
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename"
            f" ... on {recorded.get(mutation, 'AwardRecorded')} {{ {shown} position replayed }}"
            " ... on Refusal { rule reason details } ... on Conflict { reason } } }"
        )
        found: dict[str, Any] = self.ask(query, input=given)[mutation]
        return found


@contextmanager
def served(
    database: Database,
    *,
    projector: bool = True,
    limits: Limits | None = None,
    documents: Documents | None = None,
    publisher: Publisher | None = None,
    origins: frozenset[str] = frozenset(),
    identity: Identity | None = None,
    only_reads: bool = False,
) -> Iterator[Api]:
    """The application on *database*, served until the end of the block."""
    app = create_app(database, limits, documents, publisher, origins=origins, identity=identity, only_reads=only_reads)
    with fed(database) if projector else _nothing(), serving(app) as url:
        api = Api(url, database, app)
        try:
            yield api
        finally:
            api.http.close()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of an application that is served until the end of the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = configuration(
            app, app.state.limits, log_level="critical", timeout_graceful_shutdown=5, ws_ping_interval=None
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started or not thread.is_alive(), "the application started")
        assert thread.is_alive(), "the application did not start"
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def fed(database: Database) -> Iterator[None]:
    """A projector for *database*, running until the end of the block."""
    projector = Projector(database)
    projector.start()
    try:
        yield
    finally:
        stopping = threading.Thread(target=projector.stop)
        stopping.start()
        with database.connect() as connection:
            while stopping.is_alive():
                connection.execute(f"NOTIFY {CHANNEL}")  # Without this it would stop only at its next poll.
                stopping.join(0.02)


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run *work* in a thread until the end of the block, which sets the event that *work* receives."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def until(holds: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait until *holds* is true. After *seconds*, fail with *what*."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} seconds"
        time.sleep(0.01)
