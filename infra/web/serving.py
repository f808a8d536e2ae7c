"""Serving: the web application, and the projector beside it, in one process until it is stopped."""

import gc

import uvicorn

from infra.database.postgres import Database
from infra.feeding.projector import Projector
from infra.settings import settings
from infra.web.app import create_app
from infra.web.documents import Documents


def serve(where: Database, host: str, port: int, *, projector: bool = True) -> None:
    """Serve *where* on *host* until stopped; with *projector* feed its read models as well. Raises BadDocument."""
    wanted = settings()
    limits = wanted.limits
    documents = Documents.of(wanted.documents, only=wanted.documents_only) if wanted.documents else None
    config = uvicorn.Config(
        create_app(where, limits, documents, wanted.publisher),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws_max_size=limits.body_bytes,
    )
    server = uvicorn.Server(config)
    # What is loaded by now stays: looking through it for garbage would keep every client waiting at times.
    gc.freeze()
    if not projector:
        server.run()
        return
    with Projector(where):
        server.run()
