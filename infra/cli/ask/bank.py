"""``fundtrail bank matches`` and ``fundtrail bank report``: entries to decide, and the reconciliation of a period."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from domain.bank.matching import Matches, RepaymentProposal, Why
from domain.values.ids import EntryId
from domain.values.money import Money
from domain.values.plain import plain
from domain.values.shown import shown_count
from infra.cli.asking import AsCsv, AsJson, KnownAt, NotThere, ask, clocks, days_asked, known_by
from infra.cli.paper import money_in_words
from infra.cli.terminal import out, print_json, table_of
from infra.exports.columns import BANK_MATCHES
from infra.files.csv_and_jsonl import print_csv
from projections.bank import candidates
from projections.bank import reading as bank
from projections.bank.candidates import PaymentLine
from projections.bank.reading import AccountLine, EntryLine
from projections.bank.reconciling import reconciliation
from projections.tables.paging import Connection
from projections.whole_lists import Row


def matches(
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Print each waiting entry with the payments that it may settle and why; then payments not seen at the bank."""
    entries, found, unseen = ask(lambda connection: _waiting(connection, account))
    rows = [_as_plain(line, found) for line in entries]
    if as_json:
        print_json({"entries": rows, "unseen": [_plain_payment(one) for one in unseen]})
    elif csv:
        asyncio.run(print_csv([one_row(row) for row in rows], BANK_MATCHES))
    else:
        _print_matches(rows, unseen)


def report(
    account: Annotated[str, typer.Argument(help="What the bank calls the account.")],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    until: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    known_at: KnownAt = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Print the account from balance to balance, and what was released and not seen at the bank."""
    days = days_asked(since, until)
    _, instant = clocks(None, known_at)
    found = ask(lambda connection: _report(connection, account, days, instant))
    if as_json:
        print_json(found)
    elif csv:
        rows = _rows(found)
        asyncio.run(print_csv(rows, list(rows[0])))
    else:
        _print_report(found)


async def _account(connection: Connection, name: str) -> AccountLine:
    for one in await bank.accounts(connection):
        if plain(name) in (plain(one.account), plain(one.id)):
            return one
    raise NotThere(f"There is no account {name}.")


async def _waiting(connection: Connection, name: str | None) -> tuple[list[EntryLine], Matches, list[PaymentLine]]:
    account = await _account(connection, name) if name is not None else None
    account_id = account.id if account else None
    found = await candidates.matches(connection, account_id)
    ids = {*found.exact, *found.repaid, *found.proposals, *found.repayments, *found.duplicates, *found.unmatched}
    entries = sorted(await bank.entries_by(connection, "id", sorted(ids)), key=lambda line: line.position)
    accounts = await bank.accounts(connection)
    currencies = {one.currency for one in accounts if account_id is None or one.id == account_id}
    unseen = [line for currency in sorted(currencies) for line in await candidates.unseen(connection, currency)]
    return entries, found, unseen


def _as_plain(line: EntryLine, found: Matches) -> dict[str, Any]:
    """A waiting entry in plain types; amounts are texts in major units."""
    entry_id = EntryId(line.id)
    proposals, exact = found.proposals.get(entry_id, ()), found.exact.get(entry_id)
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
        "duplicate_of": found.duplicates.get(entry_id),
        "proposals": [
            {
                "payments": [
                    {"award": key.award_id, "number": key.number, "amount": f"{amount.amount:f}", "part": part}
                    for key, amount, part in one.payments
                ],
                "why": [why.value for why in one.why],
            }
            for one in ([exact] if exact else proposals)
        ]
        + [_plain_repayment(one, line) for one in _repayments(found, entry_id)],
    }


def _repayments(found: Matches, entry_id: EntryId) -> Sequence[RepaymentProposal]:
    """The repayments that the entry may be, or the one that it certainly is."""
    if entry_id in found.repaid:
        return [RepaymentProposal(found.repaid[entry_id], (Why.REFERENCE, Why.AMOUNT))]
    return found.repayments.get(entry_id, ())


def _plain_repayment(one: RepaymentProposal, line: EntryLine) -> dict[str, Any]:
    repaid = {"award": one.key.award_id, "recovery": one.key.number, "part": one.key.part, "amount": f"{line.amount:f}"}
    return {"payments": [repaid], "why": [why.value for why in one.why]}


def one_row(entry: dict[str, Any]) -> Row:
    """A waiting entry with its likeliest proposal, as one row of a table."""
    best = next(iter(entry["proposals"]), None)
    row: Row = {key: value for key, value in entry.items() if key != "proposals"}
    row["proposals"] = len(entry["proposals"])
    row["payments"] = " ".join(f"{one['award']}/{_number(one)}" for one in best["payments"]) if best else None
    row["why"] = ", ".join(best["why"]) if best else None
    return row


def _number(one: dict[str, Any]) -> str:
    """The number of a payment, or of a recovery and its settlement."""
    return f"recovery {one['recovery']} part {one['part']}" if "recovery" in one else f"{one['number']}"


def _plain_payment(line: PaymentLine) -> dict[str, Any]:
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
) -> dict[str, Any]:
    account = await _account(connection, name)
    known = await known_by(connection, instant)
    found = await reconciliation(connection, account, *days, known=known)
    unseen = await candidates.unseen(connection, account.currency, until=days[1], known=known)
    return {
        "account": account.account,
        "name": account.name,
        "currency": account.currency,
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "position": known,
        "uncovered": [
            {"from": days.since.isoformat(), "to": days.until.isoformat(), "days": days.number}
            for days in found.uncovered
        ],
        "opening": f"{found.opening:f}",
        "entries": [{"line": one.name, "amount": f"{one.amount:f}", "number": one.number} for one in found.entries],
        "closing": f"{found.closing:f}",
        "unseen_before": f"{found.unseen_before:f}",
        "payments": [{"line": one.name, "amount": f"{one.amount:f}", "number": one.number} for one in found.payments],
        "unseen_after": f"{found.unseen_after:f}",
        "difference": f"{found.difference:f}",
        "unseen": [_plain_payment(one) for one in unseen],
    }


def _rows(found: dict[str, Any]) -> list[Row]:
    about: Row = {key: found[key] for key in ("account", "currency", "from", "to", "position")}
    lines = [
        ("bank", {"line": "opening balance", "amount": found["opening"], "number": None}),
        *(("bank", line) for line in found["entries"]),
        ("bank", {"line": "closing balance", "amount": found["closing"], "number": None}),
        *(
            (
                "bank",
                {"line": f"no statement covers {days['from']} to {days['to']}", "amount": None, "number": days["days"]},
            )
            for days in found["uncovered"]
        ),
        ("payments", {"line": "not seen before", "amount": found["unseen_before"], "number": None}),
        *(("payments", line) for line in found["payments"]),
        ("payments", {"line": "not seen after", "amount": found["unseen_after"], "number": len(found["unseen"])}),
    ]
    return [about | {"section": section} | line for section, line in lines]


def _print_matches(rows: Sequence[dict[str, Any]], unseen: Sequence[PaymentLine]) -> None:
    waiting = "1 entry waits" if len(rows) == 1 else f"{len(rows)} entries wait"
    out.print(Text(f"{waiting} for a decision", style="bold"))
    table = table_of("Booked", "Entry", "From or to")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("May be", overflow="fold")
    for row in rows:
        table.add_row(
            row["booked"],
            Text(row["id"]),
            Text(row["counterparty"] or row["remittance"] or ""),
            money_in_words(Money(amount=Decimal(row["amount"]), currency=row["currency"])),
            Text(_may_be(row)),
        )
    if rows:
        out.print(table)
    payments = "1 payment is" if len(unseen) == 1 else f"{len(unseen)} payments are"
    out.print(Text(f"{payments} released and not seen at the bank", style="bold"))
    if unseen:
        out.print(_unseen_table(unseen))


def _unseen_table(unseen: Sequence[PaymentLine]) -> Table:
    table = table_of("Released", "Award", "Payment", "Reference")
    table.add_column("Not seen", justify="right", no_wrap=True)
    for line in unseen:
        table.add_row(
            line.released.isoformat(),
            Text(line.award),
            str(line.number),
            Text(line.reference or ""),
            money_in_words(Money(amount=line.left, currency=line.currency)),
        )
    return table


def _may_be(row: dict[str, Any]) -> str:
    lines = [f"duplicate of {row['duplicate_of']}"] if row["duplicate_of"] else []
    for one in row["proposals"]:
        payments = ", ".join(
            f"{each['award']} {'' if 'recovery' in each else 'payment '}{_number(each)}" for each in one["payments"]
        )
        lines.append(f"{payments} ({', '.join(one['why'])})")
    return "\n".join(lines) or "no payment fits"


def _print_report(found: dict[str, Any]) -> None:
    """Print a reconciliation, from balance to balance."""
    out.print(Text(f"{found['name']} ({found['account']})", style="bold"))
    out.print(Text(f"{found['from']} to {found['to']}, as known at position {found['position']}", style="dim"))
    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right", no_wrap=True)

    def add(name: str, amount: str, number: int | str = "") -> None:
        table.add_row(name, str(number), money_in_words(Money(amount=Decimal(amount), currency=found["currency"])))

    add("Opening balance", found["opening"])
    for line in found["entries"]:
        if line["number"]:
            add(f"  {line['line']}", line["amount"], line["number"])
    add("Closing balance", found["closing"])
    add("Released, not seen before", found["unseen_before"])
    for line in found["payments"]:
        if line["number"]:
            add(f"  {line['line']}", line["amount"], line["number"])
    add("Released, not seen by the end", found["unseen_after"], len(found["unseen"]))
    out.print(table)
    for days in found["uncovered"]:
        said = f"No statement covers {days['from']} to {days['to']} ({shown_count(days['days'], 'day')})."
        out.print(Text(f"{said} What the bank booked on those days is not known.", style="bold"))
