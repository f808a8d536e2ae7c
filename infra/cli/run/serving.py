"""``fundtrail serve``, ``migrate`` and ``project``: the service, its tables, and the feeding of its read models."""

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from infra import tracing
from infra.cli.asking import our_database
from infra.cli.stopping import STOPPING, ending, server_kept_running
from infra.cli.terminal import out, working
from infra.database.pool import query
from infra.database.postgres import PROJECTOR, READER, SEALER, Database, refuse_unsafe
from infra.database.rights import refuse_unguarded
from infra.feeding import migrate as migration
from infra.feeding.projector import Projector
from infra.identity.settings import refuse_unguarded_address
from infra.log.postgres_log import PostgresLog
from infra.seals.beside import sealed_beside
from infra.settings import settings
from infra.web import serving
from projections import progress

logger = logging.getLogger("fundtrail.serve")


@ending(*STOPPING, code=0)
def serve(
    host: Annotated[str | None, typer.Option(help="The address; HOST, or 127.0.0.1. Others need an issuer.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; that of PORT, or 8000.")] = None,
    projector: Annotated[bool, typer.Option(help="Also keep the read models up to date, and seal the log.")] = True,
    read_only: Annotated[bool, typer.Option("--read-only", help="Record nothing, as on a standby.")] = False,
) -> None:
    """Serve the API until stopped."""
    wanted = settings()
    refuse_unguarded_address(host or wanted.host, wanted.identity)
    where = our_database()
    if read_only:
        _serve_only_reads(where, host or wanted.host, port or wanted.port)
        return
    if where.url:  # Without it this process has no right to migrate.
        migration.migrate(where)
    serve_checked(where, host or wanted.host, port or wanted.port, projector=projector)


def serve_checked(where: Database, host: str, port: int, *, projector: bool = True) -> None:
    """Serve *where* until stopped, once each role has logged in and the log is guarded.

    Raises what is refused at start, in words, before the web application begins.
    """
    PostgresLog(where).close()
    warn_of_risk(where)
    if projector:
        where.connect(PROJECTOR).close()
    with server_kept_running(), _sealed_beside(where, wanted=projector):
        serving.serve(where, host, port, projector=projector)


def _sealed_beside(where: Database, *, wanted: bool) -> AbstractContextManager[None]:
    """A sealer in a process of its own, if it is *wanted* and may log in."""
    if wanted and where.lets_in(SEALER):
        return sealed_beside()
    if wanted:
        logger.warning("nothing is sealed: FUNDTRAIL_SEALER_URL is not set")
    return nullcontext()


def warn_of_risk(where: Database) -> None:
    """Write a line where a failover could lose acknowledged events."""
    risk = query(where, progress.standbys).risk
    if risk is not None:
        logger.warning(risk)


def _serve_only_reads(where: Database, host: str, port: int) -> None:
    """Serve questions on *where* until stopped, with the rights of readers alone."""
    with where.connect(READER) as connection:
        refuse_unsafe(connection)
        refuse_unguarded(connection)
    with server_kept_running():
        serving.serve(where, host, port, projector=False, only_reads=True)


def migrate() -> None:
    """Create or update the tables, and rebuild the read models whose definition changed."""
    with working("Updating the database's tables"):
        applied = migration.migrate(our_database())
    out.print(f"Applied: {', '.join(applied)}." if applied else "The database is up to date already.")


@ending(*STOPPING, code=0)
def project() -> None:
    """Keep the read models up to date until stopped: the work of the projector service."""
    where = our_database()
    with where.connect(PROJECTOR) as connection:
        refuse_unguarded(connection)
    with server_kept_running(), tracing.sending(settings().otlp), Projector(where) as feeding:
        out.print("Keeping the read models up to date. Stop with Ctrl+C.")
        feeding.wait()
