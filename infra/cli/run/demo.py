"""``fundtrail demo``: everything at once, on the Capacity Building Programme."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from domain.values.shown import shown_count
from infra import directory
from infra.cli.ask.timeline import timeline
from infra.cli.asking import our_database
from infra.cli.record.cbp import print_report, record_programme
from infra.cli.stopping import STOPPING, ending
from infra.cli.terminal import out, working
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.imports.cbp import facts as cbp
from infra.log import log_file
from infra.log.log_file import LogNotEmpty
from infra.loopback import refuse_other_than_loopback
from infra.settings import settings

DEFAULT_PARTNERSHIP = "worcestershire-partnership"
# The log of a programme that is invented: the documents of the real one date almost nothing and know no payments. Its
# events keep their own times of recording. The story stops on this day.
EXAMPLE = Path(__file__).parents[3] / "demo" / "example" / "log.jsonl"
# What its people are called: each by the post. Names are no part of a log.
PEOPLE = EXAMPLE.with_name("people.csv")
STOPS = "2026-11-27"


@ending(*STOPPING, code=0)
def demo(
    code: Annotated[str, typer.Argument(help="The partnership whose timeline to print.")] = DEFAULT_PARTNERSHIP,
) -> None:
    """Load the programme and an example, print the timeline of *code*, and serve until stopped (not with SERVE=0)."""
    wanted = settings()
    refuse_other_than_loopback(wanted.host)
    with working("Starting the database") as say:
        where = our_database()
        say("Updating the database's tables")
        migrate(where)
        example = restore_example(where)
        report = record_programme(where, cbp.DEMO, say)
        say("Filling the read models")
        up_to_date(where)
    if example:
        out.print(f"Restored the example programme, which is invented: {shown_count(example, 'event')}.")
    if report.events:
        print_report(report)
    else:
        out.print("The Capacity Building Programme is loaded already: 0 new events.")
    timeline(code)
    if wanted.serve:
        _serve(where, wanted.host, wanted.port)


def restore_example(where: Database) -> int:
    """Restore the example programme and the names of its people if the log is empty. Returns the number of events."""
    with EXAMPLE.open("rb") as file:
        try:
            events = log_file.restore(where, file).events
        except LogNotEmpty:
            return 0
    with PEOPLE.open(encoding="utf-8", newline="") as named:
        for one in csv.DictReader(named):
            directory.keep(where, one["person_id"], one["name"])
    return events


def _serve(database: Database, host: str, port: int) -> None:
    from infra.cli.run.serving import serve_checked  # noqa: PLC0415 - with SERVE=0 nobody needs the web application

    out.print(f"\nServing on http://{host}:{port}")
    out.print(f"  Pages                      http://{host}:{port}/")
    out.print(f"  Pages of the example       http://{host}:{port}/?as-at={STOPS}")
    out.print(f"  Sign in as a person        http://{host}:{port}/sign-in")
    out.print(f"  GraphQL and query console  http://{host}:{port}/graphql")
    out.print(f"  Health and readiness       http://{host}:{port}/health and /ready")
    out.print("Stop with Ctrl+C.")
    serve_checked(database, host, port)
