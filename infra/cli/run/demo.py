"""``fundtrail demo``: everything at once, on the Capacity Building Programme."""

from typing import Annotated

import typer

from infra.cli.ask.timeline import timeline
from infra.cli.asking import our_database
from infra.cli.record.cbp import print_report, record_programme
from infra.cli.stopping import STOPPING, ending
from infra.cli.terminal import out, working
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.settings import settings
from infra.web.loopback import refuse_other_than_loopback

DEFAULT_PARTNERSHIP = "worcestershire-partnership"


@ending(*STOPPING, code=0)
def demo(
    code: Annotated[str, typer.Argument(help="The partnership whose timeline to print.")] = DEFAULT_PARTNERSHIP,
) -> None:
    """Load the programme, print the timeline of *code*, and serve the API until stopped (not with SERVE=0)."""
    wanted = settings()
    refuse_other_than_loopback(wanted.host)
    with working("Starting the database") as say:
        where = our_database()
        say("Updating the database's tables")
        migrate(where)
        report = record_programme(where, cbp.DEMO, say)
        say("Filling the read models")
        project_all(where)
    if report.events:
        print_report(report)
    else:
        out.print("The Capacity Building Programme is loaded already: 0 new events.")
    timeline(code)
    if wanted.serve:
        _serve(where, wanted.host, wanted.port)


def _serve(database: Database, host: str, port: int) -> None:
    from infra.cli.run.serving import serve_checked  # noqa: PLC0415 - with SERVE=0 nobody needs the web application

    out.print(f"\nServing on http://{host}:{port}")
    out.print(f"  Pages                      http://{host}:{port}/")
    out.print(f"  GraphQL and query console  http://{host}:{port}/graphql")
    out.print(f"  Health and readiness       http://{host}:{port}/health and /ready")
    out.print("Stop with Ctrl+C.")
    serve_checked(database, host, port)
