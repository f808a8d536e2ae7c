"""The command line's bank: ``fundtrail import bank``, ``fundtrail bank open``, ``matches`` and ``report``."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from uuid6 import uuid7

from api.contract.errors import Problem
from api.contract.scalars import read_day
from domain.bank.account import OpenBankAccount, account_identity, plain
from domain.bank.matching import Matches
from domain.desk import submit
from domain.history import Order
from domain.values.ids import EntryId
from domain.values.refusal import Refused
from domain.values.when import NotADate, on_day
from infra.cli import paper_bank
from infra.cli.asking import NOT_FOUND, KnownAt, actor_named, ask, clocks, known_by
from infra.database.postgres import Database
from infra.exports.columns import BANK_MATCHES
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.files.bounded import UnreadableFile
from infra.files.csv_and_jsonl import print_csv
from infra.imports.bank import statements as bank_import
from infra.imports.bank import table as bank_mapping
from infra.imports.bank.table import StatementOptions
from infra.imports.register.mapping import BadMapping
from infra.log.postgres_log import PostgresLog
from projections.bank import entries as bank
from projections.bank.entries import AccountLine, EntryLine, PaymentLine
from projections.tables.paging import Connection
from projections.tables.present import today
from projections.whole_lists import Row

UNREADABLE, REFUSED = 2, 4
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, safe to open in a spreadsheet.")]


def add_bank(
    app: typer.Typer,
    imports: typer.Typer,
    where: Callable[[], Database],
    out: Console,
    fail: Callable[[str, int], Any],
) -> None:
    """Add the commands to *app* and *imports*."""
    told = typer.Typer(help="Accounts, what their entries may be, and their reconciliation.", no_args_is_help=True)
    app.add_typer(told, name="bank")
    _add_import(imports, where, out, fail)
    _add_open(told, where, out, fail)
    _add_questions(told, where, out, fail)


Fail = Callable[[str, int], Any]


def _add_import(imports: typer.Typer, where: Callable[[], Database], out: Console, fail: Fail) -> None:
    @imports.command(name="bank")
    def import_bank(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="camt.053; with --map a table, CSV or XLSX.")],
        map_: Annotated[
            Path | None, typer.Option("--map", metavar="MAP", help="A TOML file: which column is which field.")
        ] = None,
        opening: Annotated[str | None, typer.Option(help="The balance before a table that has none.")] = None,
        closing: Annotated[str | None, typer.Option(help="The balance after it, to be checked.")] = None,
        identifier: Annotated[str | None, typer.Option("--statement", help="What a table's statement goes by.")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be recorded only.")] = False,
        actor: Annotated[
            str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who brings the file in.")
        ] = "import bank",
        as_json: AsJson = False,
    ) -> None:
        """Record the statements of a bank, whole or not at all, and match the entries that are exact."""
        database = where()
        migrate(database)
        try:
            mapping = bank_mapping.find_mapping(map_) if map_ is not None else None
            statements = bank_import.read(file, mapping, StatementOptions(opening, closing, identifier))
            with PostgresLog(database) as log:
                report = bank_import.import_statements(database, log, file.name, statements, actor=actor, dry=dry_run)
        except BadMapping as error:
            fail(str(error), UNREADABLE)
            return
        except UnreadableFile as error:
            if as_json:
                _print({"file": file.name, "error": {"code": error.code, "message": str(error)}})
            fail(f"{file.name}: {error} Nothing of it is recorded. ({error.code})", UNREADABLE)
            return
        if as_json:
            _print(report.as_plain())
        else:
            paper_bank.print_import(out, report)


def _add_open(told: typer.Typer, where: Callable[[], Database], out: Console, fail: Fail) -> None:
    @told.command(name="open")
    def open_(
        account: Annotated[str, typer.Argument(help="What the bank calls it: an IBAN, or sort code and number.")],
        name: Annotated[str, typer.Option(help="What people call it.")],
        currency: Annotated[str, typer.Option(help="ISO 4217, such as GBP.")] = "GBP",
        on: Annotated[str | None, typer.Option(metavar="DATE", help="From which day on; today by default.")] = None,
        actor: Annotated[
            str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who opens it.")
        ] = "finance office",
    ) -> None:
        """Take in statements of an account of ours from now on, or call it otherwise."""
        database = where()
        migrate(database)
        command_id = f"bank-{uuid7()}"
        try:
            command = OpenBankAccount(
                account_id=account_identity(account),
                account=account.strip(),
                name=name,
                currency=currency,
                on=on_day(on or today().isoformat()),
            )
            with PostgresLog(database) as log:
                submit(log, Order(command_id=command_id, command=command, said=command_id, actor=actor))
        except NotADate as error:
            fail(f"{error}.", UNREADABLE)
        except Refused as refused:
            fail(f"{refused.rule}: {refused.reason}", REFUSED)
        project_all(database)
        out.print(f"{name}: statements of {account} are taken in.")


def _add_questions(told: typer.Typer, where: Callable[[], Database], out: Console, fail: Fail) -> None:
    @told.command(name="matches")
    def matches_(
        account: Annotated[str | None, typer.Option(help="Of this account only.")] = None,
        as_json: AsJson = False,
        csv: AsCsv = False,
    ) -> None:
        """Show the entries that wait for a person, what each may be and why; and payments not seen at the bank."""
        found = ask(where(), lambda connection: _waiting(connection, account), fail)
        if found is None:
            fail(f"There is no account {account}.", NOT_FOUND)
            return
        entries, matches, unseen = found
        rows = [_waits(line, matches) for line in entries]
        if as_json:
            _print({"entries": rows, "unseen": [_unseen(one) for one in unseen]})
        elif csv:
            asyncio.run(print_csv([_flat(row) for row in rows], BANK_MATCHES))
        else:
            paper_bank.print_matches(out, rows, unseen)

    @told.command(name="report")
    def report_(
        account: Annotated[str, typer.Argument(help="What the bank calls the account.")],
        since: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
        until: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
        known_at: KnownAt = None,
        as_json: AsJson = False,
        csv: AsCsv = False,
    ) -> None:
        """Reconcile an account over a period: from balance to balance, and what was released and is not seen there."""
        days = _days(since, until, fail)
        _, instant = clocks(None, known_at, fail)
        found = ask(where(), lambda connection: _report(connection, account, days, instant), fail)
        if found is None:
            fail(f"There is no account {account}.", NOT_FOUND)
            return
        told_, rows = found
        if as_json:
            _print(told_)
        elif csv:
            asyncio.run(print_csv(rows, list(rows[0])))
        else:
            paper_bank.print_report(out, told_)


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def _days(since: str, until: str, fail: Callable[[str, int], Any]) -> tuple[date, date]:
    try:
        days = read_day(since), read_day(until)
    except Problem as problem:
        fail(problem.message, UNREADABLE)
        raise
    if days[1] < days[0]:
        fail("A period ends on or after the day that it starts.", UNREADABLE)
    return days


async def _account(connection: Connection, name: str) -> AccountLine | None:
    found = [one for one in await bank.accounts(connection) if plain(name) in (plain(one.account), plain(one.id))]
    return found[0] if found else None


async def _waiting(
    connection: Connection, name: str | None
) -> tuple[list[EntryLine], Matches, list[PaymentLine]] | None:
    account = await _account(connection, name) if name is not None else None
    if name is not None and account is None:
        return None
    of = account.id if account else None
    matches = await bank.matches(connection, of)
    ids = [*matches.exact, *matches.proposals, *matches.duplicates, *matches.unmatched]
    entries = sorted(await bank.entries_by(connection, "id", ids), key=lambda line: line.position)
    currencies = {one.currency for one in await bank.accounts(connection) if account is None or one.id == of}
    unseen = [line for currency in sorted(currencies) for line in await bank.unseen(connection, currency)]
    return entries, matches, unseen


def _waits(line: EntryLine, matches: Matches) -> dict[str, Any]:
    """An entry that waits, in plain types; amounts are texts in major units."""
    entry_id = EntryId(line.id)
    found, exact = matches.proposals.get(entry_id, ()), matches.exact.get(entry_id)
    return {
        "id": line.id,
        "account": line.account,
        "statement": line.statement,
        "booked": line.booked.isoformat(),
        "amount": f"{line.amount:f}",
        "currency": line.currency,
        "counterparty": line.counterparty,
        "end_to_end": line.end_to_end,
        "remittance": line.remittance,
        "duplicate_of": matches.duplicates.get(entry_id),
        "proposals": [
            {
                "payments": [
                    {"award": key.award_id, "number": key.number, "amount": f"{amount.amount:f}", "part": part}
                    for key, amount, part in one.payments
                ],
                "why": [why.value for why in one.why],
            }
            for one in ([exact] if exact else found)
        ],
    }


def _flat(row: dict[str, Any]) -> Row:
    """An entry that waits, with its likeliest proposal, as one row."""
    best = next(iter(row["proposals"]), None)
    flat: Row = {key: value for key, value in row.items() if key != "proposals"}
    flat["proposals"] = len(row["proposals"])
    flat["payments"] = " ".join(f"{one['award']}/{one['number']}" for one in best["payments"]) if best else None
    flat["why"] = ", ".join(best["why"]) if best else None
    return flat


def _unseen(line: PaymentLine) -> dict[str, Any]:
    return {
        "award": line.award,
        "award_id": line.award_id,
        "partnership": line.partnership,
        "number": line.number,
        "released": line.released.isoformat(),
        "reference": line.reference,
        "amount": f"{line.amount:f}",
        "left": f"{line.left:f}",
        "currency": line.currency,
    }


async def _report(
    connection: Connection, name: str, days: tuple[date, date], instant: datetime | None
) -> tuple[dict[str, Any], list[Row]] | None:
    account = await _account(connection, name)
    if account is None:
        return None
    known = await known_by(connection, instant)
    found = await bank.reconciliation(connection, account, *days, known=known)
    unseen = await bank.unseen(connection, account.currency, until=days[1], known=known)
    told = {
        "account": account.account,
        "name": account.name,
        "currency": account.currency,
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "position": known,
        "opening": f"{found.opening:f}",
        "entries": [{"line": one.name, "amount": f"{one.amount:f}", "number": one.number} for one in found.entries],
        "closing": f"{found.closing:f}",
        "unseen_before": f"{found.unseen_before:f}",
        "payments": [{"line": one.name, "amount": f"{one.amount:f}", "number": one.number} for one in found.payments],
        "unseen_after": f"{found.unseen_after:f}",
        "difference": f"{found.difference:f}",
        "unseen": [_unseen(one) for one in unseen],
    }
    return told, _rows(told)


def _rows(told: dict[str, Any]) -> list[Row]:
    about: Row = {key: told[key] for key in ("account", "currency", "from", "to", "position")}
    lines = [
        ("bank", {"line": "opening balance", "amount": told["opening"], "number": None}),
        *(("bank", line) for line in told["entries"]),
        ("bank", {"line": "closing balance", "amount": told["closing"], "number": None}),
        ("payments", {"line": "not seen before", "amount": told["unseen_before"], "number": None}),
        *(("payments", line) for line in told["payments"]),
        ("payments", {"line": "not seen after", "amount": told["unseen_after"], "number": len(told["unseen"])}),
    ]
    return [about | {"section": section} | line for section, line in lines]
