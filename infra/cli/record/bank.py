"""``fundtrail bank open`` and ``fundtrail import bank``: accounts, and statements of the bank."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domain.bank.account import OpenBankAccount, account_identity
from domain.desk import submit
from domain.history import Order
from domain.values.ids import uuid7
from domain.values.refusal import Refused
from domain.values.shown import shown_count
from domain.values.when import NotADate, on_day
from infra.cli.asking import AsJson, actor_named, our_database
from infra.cli.terminal import BROKEN, UNUSABLE, fail, out, print_json
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.files.bounded import UnreadableFile
from infra.imports.bank import statements as bank_import
from infra.imports.bank import table as bank_mapping
from infra.imports.bank.statements import BankReport
from infra.imports.bank.table import StatementOptions
from infra.imports.register.mapping import BadMapping
from infra.log.postgres_log import PostgresLog
from projections.tables.present import today


def open_account(
    account: Annotated[str, typer.Argument(help="What the bank calls it: an IBAN, or sort code and number.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, such as GBP.")] = "GBP",
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="The bank's, such as Europe/Paris; else London.")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The first day; today by default.")] = None,
    actor: Annotated[
        str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who opens it.")
    ] = "finance office",
) -> None:
    """Open *account*, so that its statements can be imported; one that is open gets *name*."""
    database = our_database()
    migrate(database)
    command_id = f"bank-{uuid7()}"
    try:
        command = OpenBankAccount(
            account_id=account_identity(account),
            account=account.strip(),
            name=name,
            currency=currency,
            time_zone=time_zone,
            on=on_day(on or today().isoformat()),
        )
        with PostgresLog(database) as log:
            submit(log, Order(command_id=command_id, command=command, said=command_id, actor=actor))
    except NotADate as error:
        fail(f"{error}.", UNUSABLE)
    except Refused as refused:
        fail(f"{refused.rule}: {refused.reason}", BROKEN)
    up_to_date(database)
    out.print(f"{name}: statements of {account} can be imported.")


def import_bank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="camt.053; with --map a table, CSV or XLSX.")],
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="MAP", help="A TOML file: which column is which field.")
    ] = None,
    opening: Annotated[str | None, typer.Option(help="The opening balance of a table that has none.")] = None,
    closing: Annotated[str | None, typer.Option(help="The closing balance, to be checked.")] = None,
    identifier: Annotated[
        str | None, typer.Option("--statement", help="The identifier of a table's statement.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be recorded, and record nothing.")
    ] = False,
    actor: Annotated[
        str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who imports the file.")
    ] = "import bank",
    as_json: AsJson = False,
) -> None:
    """Record the statements of *file*, each whole or not at all."""
    database = our_database()
    migrate(database)
    try:
        mapping = bank_mapping.find_mapping(map_) if map_ is not None else None
        zones = bank_import.zones_of(database)
        statements = bank_import.read(file, mapping, StatementOptions(opening, closing, identifier), zones)
        with PostgresLog(database) as log:
            report = bank_import.import_statements(database, log, file.name, statements, actor=actor, dry=dry_run)
    except BadMapping as error:
        fail(str(error), UNUSABLE)
    except UnreadableFile as error:
        if as_json:
            print_json({"file": file.name, "error": {"code": error.code, "message": str(error)}})
        fail(f"{file.name}: {error} Nothing of it is recorded. ({error.code})", UNUSABLE)
    if as_json:
        print_json(report.as_plain())
    else:
        _print_import(report)


def _print_import(report: BankReport) -> None:
    """Print what became of each statement, and what waits for a person."""
    dry = " Nothing was recorded: this was a dry run." if report.dry_run else ""
    new = shown_count(report.new, "new entry")
    out.print(Text(f"{report.file}: {new}, {report.repeated} known before.{dry}"))
    for one in report.statements:
        out.print(
            Text(
                f"  {one.account} {one.identifier}, {one.since} to {one.until}:"
                f" {shown_count(one.entries, 'entry', 'entries')},"
                f" from {one.opening} to {one.closing}, {one.became}"
            )
        )
        for note in one.notes:
            out.print(Text(f"    {note}"))
    for aside in report.aside:
        out.print(Text(f"  Put aside, {aside.place}: {aside.message} ({aside.code})", style="bold"))
    out.print(
        Text(
            f"  {report.matched} matched by reference and amount; waiting for a person: {report.waiting},"
            f" {report.proposed} with proposals ({report.duplicates} perhaps duplicates),"
            f" {report.unmatched} without a proposal"
        )
    )
