"""``fundtrail serve``, ``migrate`` and ``project``: the service, its tables, and the feeding of its read models."""

from typing import Annotated

import typer

from infra.cli.asking import our_database
from infra.cli.terminal import out, working
from infra.feeding import migrate as migration
from infra.feeding.projector import Projector
from infra.settings import settings
from infra.web import serving
from infra.web.loopback import refuse_other_than_loopback


def serve(
    host: Annotated[str | None, typer.Option(help="A loopback address.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; that of PORT, or 8000.")] = None,
    projector: Annotated[bool, typer.Option(help="Also keep the read models up to date from this process.")] = True,
) -> None:
    """Serve the API until stopped."""
    wanted = settings()
    refuse_other_than_loopback(host or wanted.host)
    where = our_database()
    migration.migrate(where)
    serving.serve(where, host or wanted.host, port or wanted.port, projector=projector)


def migrate() -> None:
    """Create or update the tables, and rebuild the read models whose definition changed."""
    with working("Updating the database's tables"):
        applied = migration.migrate(our_database())
    out.print(f"Applied: {', '.join(applied)}." if applied else "The database is up to date already.")


def project() -> None:
    """Keep the read models up to date until stopped: the work of the projector service."""
    where = our_database()
    with Projector(where) as feeding:
        out.print("Keeping the read models up to date. Stop with Ctrl+C.")
        feeding.wait()
