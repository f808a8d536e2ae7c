"""Serving: run the web application, and if wanted the projector, in one process until it is stopped."""

import gc

import uvicorn

from infra import tracing
from infra.database.postgres import Database
from infra.feeding.projector import Projector
from infra.identity.identity import Identity
from infra.settings import settings
from infra.web.app import create_app
from infra.web.connections import configuration
from infra.web.documents import Documents

# How long a stop waits for answers under way. After that their connections are closed.
SHUTDOWN_SECONDS = 5


def serve(database: Database, host: str, port: int, *, projector: bool = True, only_reads: bool = False) -> None:
    """Serve *database* on *host* until stopped; with *projector*, also feed its read models.

    With *only_reads* it refuses commands. Raises BadDocument and NoSecret.
    """
    chosen = settings()
    limits = chosen.limits
    documents = Documents.of(chosen.documents, only=chosen.documents_only) if chosen.documents else None
    identity = Identity(chosen.identity, chosen.home)
    if chosen.identity.client_id is not None:
        identity.sessions.refuse_without_key()
    app = create_app(
        database,
        limits,
        documents,
        chosen.publisher,
        show_sql=chosen.show_sql,
        origins=chosen.origins,
        rates=chosen.rates,
        written=chosen.access,
        identity=identity,
        installation=chosen.installation,
        only_reads=only_reads,
        seals=chosen.seals.folder,
    )
    server = uvicorn.Server(
        configuration(
            app,
            limits,
            proxies=chosen.proxies,
            behind_tls=chosen.identity.behind_tls,
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    with tracing.sending(chosen.otlp):
        _run(server, database, projector=projector)


def _run(server: uvicorn.Server, database: Database, *, projector: bool) -> None:
    # The objects loaded so far are permanent. Scanning them for garbage would delay every client now and then.
    gc.freeze()
    if not projector:
        server.run()
        return
    with Projector(database):
        server.run()
