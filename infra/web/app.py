"""The web application: pages, GraphQL and its console, exports, health, readiness and metrics."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import psycopg_pool
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection
from strawberry.fastapi import BaseContext

from api.context import Context, Reads
from api.contract.errors import (
    AWAY,
    BAD_USER_INPUT,
    FORBIDDEN,
    INTERNAL,
    NO_PERSON,
    NOT_YET_VISIBLE,
    UNAVAILABLE,
    OnlyReads,
    Problem,
)
from api.limits.weighing import Limits
from api.schema import schema
from domain.across.permissions import Area
from infra.database.home import home
from infra.database.pool import PooledReads
from infra.database.postgres import Database
from infra.exports.standards.publisher import Publisher
from infra.identity.caller import ADMITTED, OWNER, Admission, Caller
from infra.identity.identity import Identity
from infra.identity.kept import NoSecret
from infra.identity.people import RecordedPeople
from infra.identity.refusals import NotAdmitted
from infra.identity.roles import Roles
from infra.identity.settings import IdentitySettings
from infra.log.postgres_log import PostgresLog
from infra.log.reader_log import ReaderLog
from infra.seals.checkpoints import Lag, read_lag
from infra.web import console
from infra.web.areas import allowed
from infra.web.callers import ACTOR_HEADER, CallerGuard, admit_connection
from infra.web.cross_origin import CrossOrigin
from infra.web.documents import Documents
from infra.web.edge import access
from infra.web.edge.rate_guard import FailedSignIns, RateGuard
from infra.web.edge.rates import COMMANDS, Meter, Rates
from infra.web.files import evidence_routes, export_routes
from infra.web.graphql_http import HTML_MEDIA, METHOD_NOT_ALLOWED, OFFERED, BodyGuard, Router, preferred, problem
from infra.web.metrics import add_metrics, shortage_now
from infra.web.pages.routes import HEADERS, add_pages
from infra.web.pages.sign_in import add_sign_in
from infra.web.slow_readers import App, Receive, Scope, Send, SlowReaderGuard, TooSlow
from infra.web.watching import Watch
from pages.frame.installation import Installation
from pages.frame.rendering import render_problem, show_installation
from projections import progress
from projections.shortage import shortage_of
from projections.tables.paging import Connection

logger = logging.getLogger("fundtrail.web")

PATH = "/graphql"
_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
# Each of these decides something by itself. Of two values, another program may have checked the other one.
_ONCE = (b"host", ACTOR_HEADER.encode(), b"content-type", b"origin", b"authorization")
UNKNOWN_HOST = (
    "The Host header is not a name of this server. Fundtrail answers to localhost, 127.0.0.1, [::1] and the host of"
    " FUNDTRAIL_PUBLIC_URL."
)
# Measurements are published at /metrics. FastAPI's telemetry is off, because it takes time in every request.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
# The codes of answers without GraphQL, by status. Every other one is wrong input.
CODES = {403: FORBIDDEN, 404: "NOT_FOUND", 405: METHOD_NOT_ALLOWED, 503: UNAVAILABLE}
# With a read model further behind than this, in positions, the application is not ready.
MAX_LAG = 10_000


class WebContext(BaseContext, Context):
    """The context of a request, in the form that Strawberry's router requires.

    *admission* holds who the request comes from; a WebSocket may bring its token only with connection_init.
    """

    def __init__(self, connection: HTTPConnection, reads: Reads, admission: Admission) -> None:
        BaseContext.__init__(self)
        self.admission = admission
        self.caller = admission.caller or OWNER
        state = connection.app.state
        # The router writes all JSON with orjson, over HTTP, as server-sent events and over a WebSocket.
        Context.__init__(
            self, state.log, reads, self.caller.actor, state.limits, splices=True, shows_sql=state.show_sql
        )
        self.correlation = connection.scope["state"]["correlation"]
        # A WebSocket that has not brought its token may read nothing yet.
        self.sees = frozenset()
        self._connection, self._meter, self._state = connection, state.meter, state

    async def becomes(self, caller: Caller) -> None:
        """Act for *caller* from now on, who reads what their roles let them read now."""
        self.reads, seen = await allowed(self._connection, caller)
        self.caller, self.actor, self.may_end = caller, caller.actor, caller.account is not None
        self.sees, self.is_limited = seen.areas, seen.is_limited

    async def seen_now(self) -> frozenset[Area]:
        """What the caller may read now. Raises Problem NO_PERSON if the account is no longer that person's."""
        account = self.caller.account
        if account is not None:
            try:
                person = await self._state.identity.person_of(account)
            except NotAdmitted as refusal:
                raise Problem(f"{refusal}", refusal.code) from refusal
            if person != self.caller.person:
                raise Problem("The account belongs to another person now. Connect again.", NO_PERSON)
            await self.becomes(self.caller)
        return self.sees

    def admit_commands(self, number: int) -> None:
        """Note the commands for the line of the request. Raises OnlyReads and RateLimited."""
        access.count_commands(self._connection.scope["state"], number)
        if self._state.only_reads:
            raise OnlyReads
        if self._meter is not None:
            self._meter.refuse(COMMANDS, self._connection.scope, number)


class WatchedApp(FastAPI):
    """An application that counts its requests, and waits at most *reading_seconds* for a client to read."""

    reading_seconds: float = 10.0
    access: str = access.COMMANDS

    def build_middleware_stack(self) -> Any:
        """The application's own middleware, behind Watch and SlowReaderGuard."""
        return SlowReaderGuard(Watch(super().build_middleware_stack(), self.access), self.reading_seconds)


def create_app(
    database: Database,
    limits: Limits | None = None,
    documents: Documents | None = None,
    publisher: Publisher | None = None,
    *,
    show_sql: bool = False,
    origins: frozenset[str] = frozenset(),
    rates: Rates | None = None,
    written: str = access.COMMANDS,
    identity: Identity | None = None,
    installation: Installation | None = None,
    only_reads: bool = False,
    seals: Path | None = None,
) -> FastAPI:
    """The application on *database*, which must have been migrated. It does not run a projector.

    *limits* bound what one operation may ask for. *documents* are the trusted documents, which clients may name by
    their hash. *publisher* is named in exported files in the formats of the standards. With *show_sql* each answer
    contains the SQL that made it. Pages of *origins* may read answers and open WebSockets. *rates* bound how many
    requests a caller may send in a minute. *written* says which requests get a line in the log (``access.ACCESS``).
    *identity* finds who each request comes from; without it everybody on this machine is its owner, or has a token of
    our own issuer. Every page and /ready say what the *installation* is called. With *only_reads* it refuses commands,
    and needs the rights of readers alone. *seals* is the folder of the seals, which has the public key for evidence
    packs.
    """
    show_installation(installation)
    limits, documents = limits or Limits(), documents or Documents()
    identity = identity or Identity(IdentitySettings(), home())
    public = identity.settings.public_url

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.log = stack.enter_context(ReaderLog(database) if only_reads else PostgresLog(database))
            app.state.reads = await stack.enter_async_context(
                PooledReads(database, statement_seconds=limits.statement_seconds, polls=only_reads)
            )
            identity.people = RecordedPeople(app.state.reads, app.state.log, identity.settings)
            yield

    app = WatchedApp(
        title="Fundtrail",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.state.limits, app.state.show_sql, app.state.identity = limits, show_sql, identity
    app.state.roles, app.state.installation, app.state.only_reads = Roles(), installation, only_reads
    app.state.meter = meter = Meter(rates) if rates is not None and rates != Rates() else None
    app.reading_seconds, app.access = limits.reading_seconds, written
    router = Router(schema, PATH, _context)
    router.console = console.page()
    router.limits, router.documents, router.meter = limits, documents, meter
    router.allowed_origins = origins | {public} if public else origins
    router.admit = _admit
    app.include_router(router)
    export_routes.add_exports(app, publisher or Publisher())
    app.state.seals = seals or home() / "seals"
    evidence_routes.add_evidence(app, database)
    _add_console(app)
    _add_health(app)
    add_metrics(app)
    add_pages(app)
    add_sign_in(app)
    _add_errors(app)
    handlers = {kind: handler for kind, handler in app.exception_handlers.items() if kind is not Exception}
    posted = ExceptionMiddleware(router.posted, handlers=handlers)
    app.add_middleware(BodyGuard, path=PATH, limits=limits, documents=documents, posted=posted)
    # The caller is known where requests are counted, and failed sign-ins are counted before one is looked at.
    if meter is not None:
        app.add_middleware(RateGuard, meter=meter, graphql=PATH)
    app.add_middleware(CallerGuard, identity=identity)
    if meter is not None:
        app.add_middleware(FailedSignIns, meter=meter)
    app.add_middleware(CrossOrigin, origins=origins)
    app.add_middleware(HeaderGuard, public_host=public.partition("://")[2] if public else None)
    return app


class HeaderGuard:
    """Refuses two headers where one decides, and a Host header with another name. It runs before everything else.

    Another site may point its own name at this machine (DNS rebinding).
    """

    def __init__(self, app: App, public_host: str | None) -> None:
        self._app = app
        self._public_host = public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            decisive = [(name, value) for name, value in scope["headers"] if name in _ONCE]
            single = dict(decisive)
            if len(single) < len(decisive):
                twice = next(name for name in single if [each for each, _ in decisive].count(name) > 1)
                message = f"The header {twice.decode().title()} was sent more than once. Send it once."
                await problem(400, message)(scope, receive, send)
                return
            host = single.get(b"host", b"").decode("latin-1")
            if not _HOST.fullmatch(host) and (self._public_host is None or host.lower() != self._public_host):
                await problem(400, UNKNOWN_HOST)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _context(connection: HTTPConnection) -> WebContext:
    admission = connection.scope[ADMITTED]
    context = WebContext(connection, connection.app.state.reads, admission)
    if admission.caller is not None:
        await context.becomes(admission.caller)
    return context


async def _admit(connection: HTTPConnection, context: WebContext, payload: object) -> None:
    """Let a WebSocket act for the caller whose token *payload* brings. Raises NotAdmitted."""
    caller = await admit_connection(connection.app.state.identity, context.admission, payload)
    await context.becomes(caller)


def _add_console(app: FastAPI) -> None:
    assets = console.assets()

    @app.get("/console/{name}")
    async def asset(name: str) -> FileResponse:
        if name not in assets:
            raise HTTPException(404, "there is no such file")
        return FileResponse(assets[name], headers={"cache-control": "max-age=3600"})


def _add_health(app: FastAPI) -> None:
    @app.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get("/ready")
    async def ready(request: Request) -> JSONResponse:
        async with request.app.state.reads.connection() as connection:
            report = await readiness(connection)
        if request.app.state.installation is not None:
            report |= {"installation": request.app.state.installation.name}
        return JSONResponse(report, status_code=200 if report["status"] == "ready" else 503)


async def readiness(connection: Connection) -> dict[str, Any]:
    """How far each read model is behind the log, in positions and seconds, and whether the application is ready.

    Without room on the disk of the database it is not ready, and ``error`` says so.
    """
    lines = await progress.progress(connection)
    head = await progress.head(connection)
    models = [
        {
            "name": line.name,
            "state": line.state,
            "position": line.position,
            "lag": max(0, head.position - line.position),
            "seconds_behind": round(line.seconds_behind, 3),
            **({"failed_position": line.failed_position, "error": line.error} if line.state == "stopped" else {}),
            **({"paused_at": line.paused_at.isoformat(), "reason": line.reason} if line.paused_at else {}),
        }
        for line in lines
    ]
    shortage = await shortage_now(connection)
    is_ready = (
        shortage is None
        and bool(models)
        and all(model["state"] == "running" and int(str(model["lag"])) <= MAX_LAG for model in models)
    )
    report: dict[str, Any] = {
        "status": "ready" if is_ready else "not ready",
        "position": head.position,
        "projections": models,
        "sealing": _sealing(await read_lag(connection)),
    }
    report |= await _replication(connection)
    return report if shortage is None else report | {"error": shortage}


def _sealing(lag: Lag) -> dict[str, Any]:
    """How far sealing is. What is not sealed is recorded all the same, so the application is ready without it."""
    return {
        "state": lag.state,
        "epoch": lag.epoch,
        "position": lag.position,
        "lag": lag.events,
        "seconds_behind": round(lag.seconds, 3),
        **({"error": lag.error} if lag.error else {}),
    }


async def _replication(connection: Connection) -> dict[str, Any]:
    """What a standby is behind, and how many standbys this server has; ``warning`` where a failover can lose events."""
    standby, standbys = await progress.standby(connection), await progress.standbys(connection)
    report: dict[str, Any] = {"standbys": {"connected": standbys.connected, "synchronous": standbys.synchronous}}
    if standby is not None:
        seconds = standby.seconds_behind
        report["standby"] = {
            "seconds_behind": None if seconds is None else round(seconds, 3),
            "bytes_behind": standby.bytes_behind,
        }
    return report if standbys.risk is None else report | {"warning": standbys.risk}


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        accept = request.headers.get("accept", "")
        if error.status_code == 404 and preferred(accept, (*OFFERED, HTML_MEDIA)) == HTML_MEDIA:
            # A person followed a wrong link.
            said = render_problem("There is no such page", f"There is no page {request.url.path[:200]}.")
            return HTMLResponse(said, 404, HEADERS)
        code = CODES.get(error.status_code, BAD_USER_INPUT)
        message = f"{request.method} {request.url.path}: {str(error.detail).rstrip('.')}."
        return problem(error.status_code, message, code, headers=error.headers)

    @app.exception_handler(NoSecret)
    async def unreadable(_: Request, error: Exception) -> JSONResponse:
        logger.error("the home folder is not as it must be: %s", error)
        return problem(503, f"{error}", UNAVAILABLE)

    @app.exception_handler(progress.NotReplayed)
    async def not_replayed(_: Request, error: Exception) -> JSONResponse:
        return problem(503, f"{error}", NOT_YET_VISIBLE)

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(psycopg_pool.PoolTimeout)
    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        logger.error("the database does not answer", exc_info=error)
        return problem(503, shortage_of(error) or AWAY, UNAVAILABLE)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, TooSlow):
            logger.error("unexpected error", exc_info=error)
        return problem(500, "Something went wrong on our side.", INTERNAL)
