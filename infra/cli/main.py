"""The command line: ``fundtrail``."""

import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import psycopg
import typer
from eventsourcing.persistence import PersistenceError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text
from uuid6 import uuid7

from api.contract.errors import Problem
from domain.history import StaleHistory
from domain.values.fact import Lane
from domain.values.money import Money
from domain.values.when import When
from infra.cli import paper
from infra.cli.asking import BROKEN, NOT_FOUND, UNAVAILABLE, ask
from infra.cli.bank import add_bank
from infra.cli.commands import add_commands
from infra.cli.delays import add_delays
from infra.cli.discrepancies import add_discrepancies
from infra.cli.export import add_export
from infra.cli.funding import add_money
from infra.cli.hand_in import add_hand_in
from infra.cli.imports import add_imports
from infra.cli.periods import add_periods
from infra.database.postgres import APP, PROJECTOR, Database, NoDatabase, UnsafeSettings, database
from infra.feeding.migrate import MigrationChanged, migrate
from infra.feeding.projector import Poisoned, Projector, project_all, retry
from infra.feeding.rebuild import BeingRebuilt, NotConfirmed, rebuild_in_parallel
from infra.imports.cbp import facts as cbp
from infra.imports.cbp.report import Report
from infra.log.postgres_log import PostgresLog
from infra.settings import BadSetting, settings
from infra.web.loopback import NotLoopback, refuse_other_than_loopback
from projections import READ_MODELS, audit, progress, register, timeline
from projections.money import funding
from projections.register import PartnershipLine
from projections.tables.paging import Connection, Page, Window
from projections.tables.present import today
from projections.timeline import Entry

DEFAULT_PARTNERSHIP = "worcestershire-partnership"
PAGE = 500
# The disk is full, this user's share of it is, or the file may not grow.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_TABLES = "The database has no tables yet. Run `fundtrail migrate` first."

app = typer.Typer(
    help="Fundtrail: where each pound of a grant programme came from, who decided it, and when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
imports = typer.Typer(help="Record history from other people's files.", no_args_is_help=True)
projections_app = typer.Typer(help="The read models: how far they are, and making them anew.", no_args_is_help=True)
app.add_typer(imports, name="import")
app.add_typer(projections_app, name="projections")

# Into a file or pipe, tables are as wide as a wide terminal.
WIDE = 130
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def main() -> None:
    """Run the command line; every foreseeable trouble ends in one sentence and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("fundtrail").setLevel(logging.INFO)
    _refuse_other_than_text(sys.argv[1:])
    try:
        _run()
    except (NotLoopback, BadSetting) as error:
        _fail(str(error), 2)
    except Problem as problem:
        _fail(problem.message, 2)
    except UnsafeSettings as error:
        _fail("Refusing to run on settings that can lose acknowledged events:\n  " + "\n  ".join(error.reasons), 2)
    except (BeingRebuilt, NotConfirmed) as error:
        _fail(f"Not rebuilt: {error}.", UNAVAILABLE)
    except MigrationChanged as error:
        _fail(str(error), UNAVAILABLE)
    except Poisoned as error:
        _fail(f"A read model stands still at {error}. `fundtrail projections status` tells more.", BROKEN)
    except StaleHistory:
        _fail("Others kept writing to the same streams first. Run the command again.", UNAVAILABLE)
    except psycopg.errors.UndefinedTable:
        _fail(NO_TABLES, UNAVAILABLE)
    except (NoDatabase, psycopg.OperationalError, PersistenceError) as error:
        if any(f'role "{role}" does not exist' in str(error) for role in (APP, PROJECTOR)):
            _fail(NO_TABLES, UNAVAILABLE)  # The first migration makes the roles.
        _fail(f"The database does not answer: {error}\nIs it running, and is DATABASE_URL right?", UNAVAILABLE)
    except OSError as error:
        _end_without_output(error)


def _run() -> None:
    try:
        app()
    finally:
        # What waits to be written is written while a full disk can still be told; later the interpreter itself would.
        sys.stdout.flush()


def _refuse_other_than_text(arguments: Sequence[str]) -> None:
    """An argument that is not UTF-8 names nothing that the log or a read model could hold."""
    for argument in arguments:
        if any("\ud800" <= sign <= "\udfff" for sign in argument):
            _fail(f"{os.fsencode(argument).decode(errors='backslashreplace')} is not written in UTF-8.", 2)


def _end_without_output(error: OSError) -> NoReturn:
    """End where what is written finds no room. Whoever closed the pipe wants no more of it, and no word about it.

    Raises *error* where it is about something else.
    """
    if error.errno not in (errno.EPIPE, *NO_ROOM):
        raise error
    # The interpreter writes what is left once more as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        sys.exit(1)
    _fail(f"The output, or a scratch file, cannot be written whole: {error.strerror}.", BROKEN)


def _fail(message: str, code: int) -> NoReturn:
    # As it stands: what somebody typed is no markup, and a sentence is found whole by whoever looks for it.
    err.print(Text(message, style="red"), soft_wrap=True)
    sys.exit(code)


def _database() -> Database:
    where = database(settings().home)
    try:
        where.conninfo()
    except psycopg.ProgrammingError:
        _fail("DATABASE_URL is no connection string of PostgreSQL, such as postgresql://user@host:5432/name.", 2)
    return where


@contextmanager
def _working(what: str) -> Iterator[Callable[[str], None]]:
    """Show on the terminal that long work goes on; the function given changes what it says."""
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as progress_bar:
        task = progress_bar.add_task(what)
        yield lambda now: progress_bar.update(task, description=now)


# --- Commands ---------------------------------------------------------------------------------------------------------


@app.command()
def demo(
    code: Annotated[str, typer.Argument(help="The partnership whose timeline to print.")] = DEFAULT_PARTNERSHIP,
) -> None:
    """Bring everything up with the Capacity Building Programme, print a timeline, and serve the API on loopback."""
    wanted = settings()
    refuse_other_than_loopback(wanted.host)
    with _working("Starting the database") as say:
        where = _database()
        say("Bringing the database to the present shape")
        migrate(where)
        report = _import(where, cbp.DEMO, say)
        say("Filling the read models")
        project_all(where)
    if report.events:
        paper.print_report(out, report)
    else:
        out.print("The Capacity Building Programme is loaded already: 0 new events.")
    _print_timeline(where, code, None, as_json=False)
    if wanted.serve:
        out.print(f"\nServing on http://{wanted.host}:{wanted.port}")
        out.print(f"  GraphQL and query console  http://{wanted.host}:{wanted.port}/graphql")
        out.print(f"  Health and readiness       http://{wanted.host}:{wanted.port}/health and /ready")
        out.print("Stop with Ctrl+C.")
        _serve(where, wanted.host, wanted.port)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="A loopback address.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    projector: Annotated[bool, typer.Option(help="Feed the read models from this process as well.")] = True,
) -> None:
    """Serve the API on loopback."""
    wanted = settings()
    refuse_other_than_loopback(host or wanted.host)
    where = _database()
    migrate(where)
    _serve(where, host or wanted.host, port or wanted.port, projector=projector)


@app.command(name="migrate")
def migrate_() -> None:
    """Bring the database to the present shape."""
    with _working("Bringing the database to the present shape"):
        applied = migrate(_database())
    out.print(f"Applied: {', '.join(applied)}." if applied else "The database has its present shape already.")


@app.command(name="project")
def project() -> None:
    """Feed the read models until stopped: the work of the projector service."""
    where = _database()
    with Projector(where) as feeding:
        out.print("Feeding the read models. Stop with Ctrl+C.")
        feeding.wait()


@imports.command(name="cbp")
def import_cbp(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with the CSV files; the project's own copy by default.")
    ] = cbp.DEMO,
    as_json: AsJson = False,
) -> None:
    """Record the Capacity Building Programme's facts. Importing the same rows again records nothing."""
    where = _database()
    with _working("Bringing the database to the present shape") as say:
        migrate(where)
        report = _import(where, folder, say)
        say("Filling the read models")
        project_all(where)
    if as_json:
        _print_json(report.as_json())
    else:
        paper.print_report(out, report)
    if report.broken:
        raise typer.Exit(BROKEN)


@app.command(name="timeline")
def timeline_(
    code: Annotated[str, typer.Argument(help="The partnership's code, such as worcestershire-partnership.")],
    lane: Annotated[list[str] | None, typer.Option(help="Only this lane; may be given several times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what happened to a partnership, in order of when it happened."""
    _print_timeline(_database(), code, lane, as_json=as_json)


@app.command(name="audit")
def audit_(
    partnership: Annotated[str | None, typer.Option(help="Only this partnership, by code.")] = None,
    stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only events of this name; may be given again.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this actor did.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only after this position.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many events.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Print who recorded what, when and under which authority."""

    async def question(connection: Connection) -> Page[audit.AuditLine]:
        partnership_id = (await _partnership(connection, partnership)).id if partnership else None
        listing = audit.audit_list(partnership_id=partnership_id, stream=stream, names=name, actor=actor, after=after)
        return await audit.entries(connection, listing, Window(size=limit))

    page = ask(_database(), question, _fail)
    if as_json:
        _print_json([_event_json(line) for line in page.lines])
    else:
        paper.print_audit(out, page.lines)
    if page.has_next:
        _tell_more(
            f"More events follow: go on with --after {page.lines[-1].position}, or give a larger --limit.", as_json
        )


@projections_app.command(name="status")
def projections_status(as_json: AsJson = False) -> None:
    """Print how far each read model has come."""

    async def question(connection: Connection) -> tuple[progress.Head, list[progress.ProgressLine]]:
        return await progress.head(connection), await progress.progress(connection)

    head, lines = ask(_database(), question, _fail)
    if as_json:
        _print_json(
            {
                "position": head.position,
                "projections": [
                    {
                        "name": line.name,
                        "state": line.state,
                        "position": line.position,
                        "lag": max(0, head.position - line.position),
                        "seconds_behind": round(line.seconds_behind, 3),
                        "error": line.error,
                    }
                    for line in lines
                ],
            }
        )
    else:
        paper.print_progress(out, head, lines)
    if any(line.state != "running" for line in lines):
        raise typer.Exit(BROKEN)


@projections_app.command(name="retry")
def projections_retry(
    name: Annotated[str | None, typer.Argument(help="The read model; all that stand still by default.")] = None,
) -> None:
    """Let read models that stand still try again at the event that stopped them. Nothing is ever skipped."""
    models = [model for model in READ_MODELS if name in (None, model.NAME)]
    if not models:
        _fail(f"There is no read model {name}. There are: {', '.join(m.NAME for m in READ_MODELS)}.", NOT_FOUND)
    tried = retry(_database(), models)
    out.print(f"{', '.join(tried)} may try again." if tried else "No read model stands still.")


@projections_app.command(name="rebuild")
def projections_rebuild(
    name: Annotated[str | None, typer.Argument(help="The read model; all of them by default.")] = None,
) -> None:
    """Make read models anew from the log, beside the live ones. Readers see the old one until the new one stands."""
    models = [model for model in READ_MODELS if name in (None, model.NAME)]
    if not models:
        _fail(f"There is no read model {name}. There are: {', '.join(m.NAME for m in READ_MODELS)}.", NOT_FOUND)
    with _working(f"Rebuilding {', '.join(model.NAME for model in models)}"):
        rebuild_in_parallel(_database(), models)
    for model in models:
        out.print(f"{model.NAME} is rebuilt.")


add_money(app, _database, out, _fail)
add_export(app, _database, err, _fail)
add_delays(app, _database, out, _fail)
add_discrepancies(app, _database, out, _fail)
add_periods(app, _database, out, _fail)
add_hand_in(app, _database, out, _fail)
add_commands(app, out, _fail)
add_imports(imports, _database, out, _fail)
add_bank(app, imports, _database, out, _fail)

# --- Steps ------------------------------------------------------------------------------------------------------------


def _import(where: Database, folder: Path, say: Callable[[str], None]) -> Report:
    report = Report()
    with PostgresLog(where) as log:
        for file in cbp.import_cbp(log, folder, correlation_id=f"import-{uuid7()}"):
            report.files.append(file)
            say(f"Recording: {file.name}, {file.rows} rows ({len(report.files)} of {len(cbp.FILES)} files)")
    return report


def _serve(where: Database, host: str, port: int, *, projector: bool = True) -> None:
    # Half a second goes into what only those who serve need.
    from infra.web.serving import serve  # noqa: PLC0415

    serve(where, host, port, projector=projector)


async def _partnership(connection: Connection, code: str) -> PartnershipLine:
    found = await register.partnerships_by(connection, "code", [code])
    if found:
        return found[0]
    listing = register.partnership_list(text=code[:40])
    near = await register.partnerships(connection, listing, Window(size=5))
    hint = f" Did you mean {', '.join(line.code for line in near.lines)}?" if near.lines else ""
    _fail(f"There is no partnership {code}.{hint}", NOT_FOUND)


async def _whole_timeline(connection: Connection, partnership_id: str, lanes: list[Lane] | None) -> list[Entry]:
    listing = timeline.entry_list(partnership_id, lanes=lanes)
    entries: list[Entry] = []
    window = Window(size=PAGE)
    while True:
        page = await timeline.entries(connection, listing, window)
        entries += page.lines
        if not page.has_next:
            return entries
        window = Window(size=PAGE, after=(entries[-1].sorts_on, entries[-1].position))


def _tell_more(sentence: str, as_json: bool) -> None:
    """Say that more follows: below the table, and on standard error where nobody sees the table or it is JSON."""
    if not as_json:
        out.print(sentence, soft_wrap=True)
    if as_json or not out.is_terminal:
        err.print(sentence, soft_wrap=True)


def _lanes(names: list[str] | None) -> list[Lane] | None:
    if not names:
        return None
    known = {lane.value: lane for lane in Lane}
    for name in names:
        if name.lower() not in known:
            _fail(f"There is no lane {name}. There are: {', '.join(known)}.", NOT_FOUND)
    return [known[name.lower()] for name in names]


def _print_timeline(where: Database, code: str, lane: list[str] | None, *, as_json: bool) -> None:
    lanes = _lanes(lane)

    async def question(connection: Connection) -> dict[str, Any]:
        partnership = await _partnership(connection, code)
        entries = await _whole_timeline(connection, partnership.id, lanes)
        scheme = await register.schemes_by(connection, "id", [partnership.scheme_id])
        lead = await register.organisations_by(connection, "id", [partnership.lead_id] if partnership.lead_id else [])
        events = await audit.events_at(connection, "position", [entry.position for entry in entries])
        return {
            "awarded": await _awarded(connection, partnership.id),
            "partnership": partnership,
            "entries": entries,
            "scheme": scheme[0] if scheme else None,
            "lead": lead[0] if lead else None,
            "sources": {event.position: json.loads(event.data).get("source") for event in events},
        }

    found = ask(where, question, _fail)
    if as_json:
        _print_json(_timeline_json(found))
        return
    paper.print_timeline(
        out,
        found["partnership"],
        scheme=found["scheme"],
        lead=found["lead"],
        entries=found["entries"],
        citations={position: source["cites"] if source else "" for position, source in found["sources"].items()},
        awarded=found["awarded"],
    )


async def _awarded(connection: Connection, partnership_id: str) -> list[Money]:
    """What the ladder of a partnership tells as awarded today, in each currency: what was declined is not in it."""
    day = today()
    lines = [
        *await funding.funding_by(connection, "partnership_id", [partnership_id], as_at=day, present=True),
        *await funding.funding_beside(connection, "partnership_id", [partnership_id], as_at=day),
    ]
    told = [Money(amount=line.figures["awarded"].amount, currency=line.currency) for line in lines]
    return [money for money in told if money.amount]


def _timeline_json(found: dict[str, Any]) -> dict[str, Any]:
    partnership, lead = found["partnership"], found["lead"]
    return {
        "partnership": {"code": partnership.code, "name": partnership.name, "lead": lead.name if lead else None},
        "entries": [
            {
                "position": entry.position,
                "lane": entry.lane,
                "kind": entry.kind,
                "on": entry.on,
                "until": entry.until,
                "earliest": _day(When(entry.on).earliest),
                "latest": _day(When(entry.on).latest),
                "title": entry.title,
                "amount": f"{entry.amount:f}" if entry.amount is not None else None,
                "currency": entry.currency,
                "recorded_at": entry.recorded_at.isoformat(),
                "actor": entry.actor,
                "event_id": entry.event_id,
                "source": found["sources"].get(entry.position),
            }
            for entry in found["entries"]
        ],
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _event_json(line: audit.AuditLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "event_id": line.id,
        "recorded_at": line.recorded_at.isoformat(),
        "effective": line.effective,
        "name": line.name,
        "stream": line.stream,
        "version": line.version,
        "actor": line.actor,
        "authority": line.authority,
        "command_id": line.command_id,
        "correlation_id": line.correlation_id,
        "causation_id": line.causation_id,
        "data": json.loads(line.data),
    }


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
