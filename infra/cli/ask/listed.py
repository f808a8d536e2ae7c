"""``fundtrail awards``, ``bids``, ``payments``, ``recoveries`` and ``rounds``: lists with filters and totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar

import typer
from rich.text import Text

from domain.values.money import Money, NotMoney, minor_units
from domain.values.shown import shown_count, shown_date
from domain.values.when import When
from infra.cli.ask.list_rows import AWARDS, DATE, MONEY, NUMBER, SHEETS, Column, Sheet
from infra.cli.asking import AsJson, NotThere, ask, range_asked, recording_asked, recording_positions
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from projections import lists
from projections.lists import Columns, Wanted
from projections.register import reading as register
from projections.tables.paging import Connection, Listing, Total, Window, count, page, totals
from projections.whole_lists import Row

T = TypeVar("T")
# The name, type and default of an option.
Option = tuple[str, Any, Any]
PAGE = 500
# The lists whose entries are of an award, and are found by its reference.
OF_AWARDS = ("payments", "recoveries")
# The options that name a thing: the kind of the thing, and which entries they keep.
THINGS = {
    "programme": ("programme", "Only those of this programme."),
    "scheme": ("scheme", "Only those of this scheme."),
    "partnership": ("partnership", "Only those of this partnership."),
    "organisation": ("organisation", "Only those of partnerships in which this organisation has a role."),
    "funder": ("organisation", "Only those with this funder."),
    "round": ("round", "Only those of this round."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was asked for: *things* by option, the rest of the filter, the order, and how many entries.

    *recorded* are the first and last instant of recording; None sets no limit.
    """

    things: dict[str, str]
    wanted: Wanted
    recorded: tuple[datetime | None, datetime | None]
    order: str
    descending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """The *rows* to print, of *number* in all, and the totals of all of them."""

    rows: list[Row]
    number: int
    totals: list[Total]


# --- The command ------------------------------------------------------------------------------------------------------


def command_of(sheet: Sheet) -> Callable[..., None]:
    """The command that prints the list of *sheet*. It has an option for each filter and each order of that list."""

    def run(**given: Any) -> None:
        as_json = given.pop("as_json")
        asked = asked_of(sheet, **given)
        found = ask(lambda connection: find(connection, sheet, asked))
        if as_json:
            print_json(as_plain(sheet, found))
        else:
            print_found(sheet, found)

    return with_options(run, options_of(sheet))


def with_options(run: Callable[..., None], options: Sequence[Option]) -> Callable[..., None]:
    """Give *run* these options as parameters, from which Typer makes the command."""
    parameters = [Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
                  for name, kind, default in options]  # fmt: skip
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def options_of(sheet: Sheet) -> list[Option]:
    """The options of the list *sheet*."""
    columns = lists.LISTS[sheet.name]
    dated = f"the date {sheet.dated}"
    instant = "a day, or an instant such as 2005-04-01T09:00Z"
    called = columns.code.rpartition(".")[2]
    own = (
        f"Only those of the award with this {called}."
        if sheet.name in OF_AWARDS
        else f"Only the one with this {called}."
    )
    return [
        *((name, _option(f"--{name}", text, "CODE"), None)
          for name, (_, text) in THINGS.items() if _has(columns, name)),
        ("reference", _option(f"--{called}", own, called.upper()), None),
        ("state", _option("--state", f"Only in this state; may be given again: {', '.join(map(_plain, sheet.states))}.",
                          "STATE", list[str] | None), None),
        ("since", _option("--from", f"Only from this day, by {dated}.", "DATE"), None),
        ("until", _option("--to", f"Only up to this day, by {dated}.", "DATE"), None),
        ("recorded_from", _option("--recorded-from", f"Only what was recorded from then on: {instant}.", "INSTANT"),
         None),
        ("recorded_to", _option("--recorded-to", f"Only what was recorded by then: {instant}.", "INSTANT"), None),
        ("currency", _option("--currency", "Only amounts in this currency, such as GBP.", "CODE"), None),
        ("amount_from", _option("--amount-from", "Only from this amount, such as 1250.00.", "AMOUNT"), None),
        ("amount_to", _option("--amount-to", "Only up to this amount.", "AMOUNT"), None),
        ("text", _option("--text", "Only where names or descriptions contain this text.", "TEXT"), None),
        ("order", _option("--order", f"In this order: {', '.join(columns.orders)}.", "ORDER"), None),
        ("descending", Annotated[bool, typer.Option("--descending", help="From the last to the first.")], False),
        ("limit", Annotated[int, typer.Option(min=1, max=100_000, help=f"At most this many {sheet.many}.")], 50),
        ("as_json", AsJson, False),
    ]  # fmt: skip


def _option(name: str, text: str, metavar: str, kind: Any = str | None) -> Any:
    return Annotated[kind, typer.Option(name, metavar=metavar, help=text)]


def _has(columns: Columns, name: str) -> bool:
    """Whether the rows of a list belong to such a thing, so that it can be filtered by it."""
    own: dict[str, str] = {"programme": columns.programme, "scheme": columns.scheme, "round": columns.round}
    return bool(own.get(name) or (columns.scope and name != "round"))


def _plain(word: str) -> str:
    return word.replace("_", " ")


# --- The question -----------------------------------------------------------------------------------------------------


def asked_of(
    sheet: Sheet,
    *,
    reference: str | None,
    state: list[str] | None,
    since: str | None,
    until: str | None,
    recorded_from: str | None,
    recorded_to: str | None,
    currency: str | None,
    amount_from: str | None,
    amount_to: str | None,
    text: str | None,
    order: str | None,
    descending: bool,
    limit: int,
    **things: str | None,
) -> Asked:
    """What the options ask for. Ends the command for a value that cannot be read, and for an empty range."""
    orders = lists.LISTS[sheet.name].orders
    if order is not None and order not in orders:
        fail(f"There is no order {order}. {sheet.many.capitalize()} can be ordered by: {', '.join(orders)}.", UNUSABLE)
    first, last = range_asked(since, until)
    amounts = _amount("--amount-from", amount_from), _amount("--amount-to", amount_to)
    if amounts[0] is not None and amounts[1] is not None and amounts[0] > amounts[1]:
        fail(f"--amount-from is {amount_from}, more than --amount-to, which is {amount_to}.", UNUSABLE)
    wanted = Wanted(
        code=reference,
        currency=_currency(currency) if currency is not None else None,
        states=_states(sheet, state) if state else None,
        amount_from=amounts[0],
        amount_to=amounts[1],
        first=first,
        last=last,
        text=text,
    )
    named = {name: code for name, code in things.items() if code is not None}
    recorded = recording_asked("--recorded-from", recorded_from, "--recorded-to", recorded_to)
    return Asked(named, wanted, recorded, order or next(iter(orders)), descending, limit)


def _states(sheet: Sheet, given: Sequence[str]) -> list[str]:
    known = {_plain(one): one for one in sheet.states}
    for one in given:
        if _plain(one.lower()) not in known:
            fail(f"There is no state {one}. The states of {sheet.many} are: {', '.join(known)}.", UNUSABLE)
    return [known[_plain(one.lower())] for one in given]


def _currency(given: str) -> str:
    try:
        return Money.zero(given).currency
    except NotMoney:
        fail(f"--currency is {given}. Write three capital letters, such as GBP.", UNUSABLE)


def _amount(option: str, given: str | None) -> Decimal | None:
    if given is None:
        return None
    from api.contract.errors import Problem  # noqa: PLC0415 - few questions ask for amounts
    from api.contract.scalars import read_amount  # noqa: PLC0415

    try:
        return read_amount(given)
    except Problem:
        fail(f"{option} is {given}. Write an amount in plain digits, such as 1250.00.", UNUSABLE)


async def find(connection: Connection, sheet: Sheet, asked: Asked) -> Found:
    """The answer. Raises NotThere for a name that names nothing."""
    ids: dict[str, Any] = {name: await id_of(connection, THINGS[name][0], code) for name, code in asked.things.items()}
    if asked.wanted.code is not None:
        await _check_reference(connection, sheet, asked.wanted.code)
    after, up_to = await recording_positions(connection, asked.recorded)
    wanted = replace(asked.wanted, after_position=after, up_to=up_to, **ids)
    listing = lists.listing(sheet.name, wanted, asked.order, descending=asked.descending)
    lines: list[Any] = await _lines(connection, sheet.line, listing, asked.limit)
    rows = await sheet.rows(connection, lines)
    return Found(rows, await count(connection, listing), await totals(connection, listing))


async def _check_reference(connection: Connection, sheet: Sheet, reference: str) -> None:
    """Check that the list, or that of awards, has this code or reference. Raises NotThere."""
    of = AWARDS if sheet.name in OF_AWARDS else sheet
    named = lists.listing(of.name, Wanted(code=reference), lists.RECORDED)
    if "\x00" in reference or not await count(connection, named):
        raise NotThere(f"There is no {of.one} {reference}.")


async def _lines(connection: Connection, kind: type[T], listing: Listing, limit: int) -> list[T]:
    """The first lines of a list, read in pages."""
    lines: list[T] = []
    after = None
    while True:
        found = await page(connection, kind, listing, Window(size=min(PAGE, limit - len(lines)), after=after))
        lines += found.lines
        if not found.has_next or len(lines) == limit:
            return lines
        after = tuple(getattr(lines[-1], column.rpartition(".")[2]) for column in listing.key)


async def id_of(connection: Connection, kind: str, code: str) -> str:
    """The id of the thing of a *kind* with this code or id. Raises NotThere, with the codes that are like it."""
    # A text in PostgreSQL cannot hold the character U+0000.
    found = await register.things_by(connection, "name", [code], kind=kind) if "\x00" not in code else []
    if found:
        return found[0].id
    near = await register.codes_like(connection, kind, code[:40]) if "\x00" not in code else []
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise NotThere(f"There is no {kind} {code}.{hint}")


# --- The answer -------------------------------------------------------------------------------------------------------


def print_found(sheet: Sheet, found: Found) -> None:
    """Print a list as a table, with a total for each currency below it."""
    currencies = [total.currency for total in found.totals]
    several = len(currencies) > 1
    out.print()
    out.print(Text(shown_count(found.number, sheet.one, sheet.many), style="bold"))
    if len(currencies) == 1:
        out.print(Text(f"Amounts in {currencies[0]}", style="dim"))
    if not found.rows:
        return
    table = table_of(indent=0)
    for column in sheet.columns:
        right = column.kind in (MONEY, NUMBER)
        # Names and reasons wrap; a date, a state and an amount never do.
        short = right or column.kind == DATE or column.field == "state"
        table.add_column(column.heading, justify="right" if right else "left", no_wrap=short, overflow="fold")
    if several:
        table.add_column("", no_wrap=True)
    for row in found.rows:
        cells = [_cell(sheet, column, row) for column in sheet.columns]
        table.add_row(*map(Text, cells + ([str(row["currency"] or "")] if several else [])))
    for total in found.totals:
        shown = [
            _digits(total.amount, total.currency) if column.field == sheet.summed else "" for column in sheet.columns
        ]
        shown[0] = "Total"
        table.add_row(*shown, *([total.currency] if several else []), style="bold")
    out.print(table)
    if len(found.rows) < found.number:
        out.print(
            f"The first {len(found.rows):,} of {found.number:,} {sheet.many}. The totals are of all of them."
            " Give a larger --limit to see more.",
            soft_wrap=True,
        )


def _cell(sheet: Sheet, column: Column, row: Row) -> str:
    value: Any = row[column.field]
    if value is None:
        return "not stated" if column.field == sheet.summed else ""
    if column.kind == MONEY:
        return _digits(Decimal(value), str(row["currency"]))
    if column.kind == DATE:
        return shown_date(When(value))
    return _plain(str(value)) if column.field == "state" else str(value)


def _digits(amount: Decimal, currency: str) -> str:
    """An amount without its currency: 1,250.00."""
    return f"{amount:,.{minor_units(currency)}f}"


def as_plain(sheet: Sheet, found: Found) -> dict[str, Any]:
    """A list as JSON for scripts."""
    return {
        sheet.name: found.rows,
        "count": found.number,
        "totals": [{"amount": f"{total.amount:f}", "currency": total.currency} for total in found.totals],
    }


awards, bids, payments, recoveries, rounds = (command_of(sheet) for sheet in SHEETS)
