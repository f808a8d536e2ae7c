"""``fundtrail funding``: a funding ladder, and the events behind one of its figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from domain.values.money import Money, minor_units
from domain.values.shown import shown_count, shown_date
from domain.values.when import When
from infra.cli.asking import AsAt, AsJson, KnownAt, NotThere, ask, clocks, known_by
from infra.cli.paper import day_in_words, money_in_words
from infra.cli.terminal import NOT_FOUND, UNUSABLE, fail, out, print_json, table_of
from projections import awards
from projections.money import funding as ladders
from projections.money.funding import BUDGETS, SHOWN, WITH_BUDGET, ContributionLine, FigureLine, FundingLine
from projections.money.spendable import SCOPES, spendable_by, spendable_in
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.tables.present import today

# The first of them that has a code is shown, unless --of says which.
KINDS = ("partnership", "award", "programme", "scheme", "funder")
MEANINGS = {
    "requested": "asked for in bids",
    "approved": "approved of them",
    "awarded": "awarded, as varied since",
    "payable": "approved for payment, not yet released",
    "paid": "released",
    "returned": "come back",
    "spent": "reported as spent",
    "recoverable": "to be recovered",
    "available": "awarded less paid plus returned",
    "held": "paid less returned less spent",
    "budget": "allocated, as varied since",
    "committed": "what awards took from the budget",
    "free": "budget less committed",
}


class Scope(NamedTuple):
    """A thing that has a ladder: its kind, the column that its id is in, its id and its name."""

    kind: str
    column: str
    id: str
    name: str


class Ladder(NamedTuple):
    """The ladder of the thing of this *kind* and *name*; *beside* are its ladders in further currencies.

    *withdrawn* is what registers stated as awarded and state no longer: it is in the ladder. It is known of today only.
    *spendable* is what may still be paid of an award or a partnership; None for anything else. *others* are the kinds
    of other things with the same code.
    """

    kind: str
    name: str
    line: FundingLine
    beside: list[FundingLine]
    behind: list[ContributionLine]
    withdrawn: Decimal | None
    spendable: Decimal | None
    others: list[str]

    @property
    def no_budget(self) -> str | None:
        """Why it has no budget; None if it has one."""
        if "budget" in self.line.beside:
            return None
        return "not_recorded" if self.line.column in WITH_BUDGET else "not_kept"


def funding(
    code: Annotated[
        str, typer.Argument(help="The code of a partnership, scheme, programme or funder, or of an award.")
    ],
    of: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=f"If several things have the code, the one to show: {', '.join(KINDS)}."),
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    explain: Annotated[
        str | None, typer.Option(metavar="FIGURE", help=f"List the events behind it: {', '.join(SHOWN)}.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the ladder of *code* at any date, as known at any moment."""
    if explain is not None and explain not in SHOWN:
        fail(f"There is no figure {explain}. There are: {', '.join(SHOWN)}.", NOT_FOUND)
    if of is not None and of not in KINDS:
        fail(f"There is no kind {of}. There are: {', '.join(KINDS)}.", UNUSABLE)
    day, instant = clocks(as_at, known_at)
    found = ask(lambda connection: _ladder(connection, code, of, day, instant, explain))
    if as_json:
        print_json(as_plain(code, found))
        return
    _print_ladder(code, found)
    if found.withdrawn:
        gone = money_in_words(Money(amount=found.withdrawn, currency=found.line.currency))
        now = money_in_words(Money(amount=Decimal(_stated_now(found) or 0), currency=found.line.currency))
        out.print(Text(f"  Registers now state awards of {now}. They no longer state {gone} of the amount awarded."))
    _print_beside(found.beside)
    if explain is not None:
        _print_contributions(explain, found)


async def _ladder(
    connection: Connection, code: str, of: str | None, day: date, instant: datetime | None, explain: str | None
) -> Ladder:
    (kind, column, scope_id, name), others = await scope_called(connection, code, of)
    known = await known_by(connection, instant) if instant is not None else None
    lines = await ladders.funding_by(connection, column, [scope_id], as_at=day, known=known, present=day >= today())
    if not lines:
        raise _no_ladder(code, of)
    beside = await ladders.funding_beside(connection, column, [scope_id], as_at=day, known=known)
    if explain in BUDGETS and explain not in lines[0].beside:
        because = "no budget is recorded" if column in WITH_BUDGET else "only programmes and schemes have a budget"
        raise NotThere(f"There is no figure {explain} of the {kind} {code}: {because}.")
    behind = await ladders.contributions(connection, lines[0], explain) if explain is not None else []
    of_today = day >= today() and known is None and column != "award_id"
    withdrawn = await register.withdrawn_by(connection, column, [scope_id]) if of_today else []
    gone = sum((one.amount for one in withdrawn if one.currency == lines[0].currency), Decimal(0))
    left = await _spendable(connection, lines[0])
    return Ladder(kind, name, lines[0], beside, behind, gone if of_today else None, left, others)


async def _spendable(connection: Connection, line: FundingLine) -> Decimal | None:
    if line.column not in SCOPES:
        return None
    found = await spendable_by(connection, line.column, [line.scope], as_at=line.as_at, known=line.position)
    return spendable_in(line.currency, found)


async def scope_called(connection: Connection, code: str, of: str | None) -> tuple[Scope, list[str]]:
    """The thing called *code*, which is of the kind *of* if that is given, and the other kinds of things with the code.

    Raises NotThere.
    """
    funders = [
        one
        for one in await register.organisations_by(connection, "code", [code])
        if await ladders.funding_by(connection, "funder_id", [one.id], as_at=today())
    ]
    scopes = [
        *(Scope("partnership", "partnership_id", one.id, one.name)
          for one in await register.partnerships_by(connection, "code", [code])),
        *(Scope("award", "award_id", one.id, one.purpose or one.reference)
          for one in await awards.awards_by(connection, "reference", [code])),
        *(Scope("programme", "programme_id", one.id, one.name)
          for one in await register.programmes_by(connection, "code", [code])),
        *(Scope("scheme", "scheme_id", one.id, one.name)
          for one in await register.schemes_by(connection, "code", [code])),
        *(Scope("funder", "funder_id", one.id, one.name) for one in funders),
    ]  # fmt: skip
    for scope in scopes:
        if of in (None, scope.kind):
            return scope, [other.kind for other in scopes if other is not scope]
    raise _no_ladder(code, of)


def _no_ladder(code: str, of: str | None) -> NotThere:
    return NotThere(f"There is no {of or 'partnership, award, scheme, programme or funder'} {code}.")


def as_plain(code: str, ladder: Ladder) -> dict[str, Any]:
    """A ladder in plain types, for JSON. Amounts are texts in major units."""
    line = ladder.line
    return {
        "kind": ladder.kind,
        "code": code,
        "name": ladder.name,
        "currency": line.currency,
        "as_at": line.as_at.isoformat(),
        "known_at": line.known_at.isoformat() if line.known_at else None,
        "position": line.position,
        "figures": _figures(line),
        "spendable": f"{ladder.spendable:f}" if ladder.spendable is not None else None,
        "no_budget": ladder.no_budget,
        "beside": [{"currency": one.currency, "figures": _figures(one)} for one in ladder.beside],
        "stated_now": _stated_now(ladder),
        "events": [
            {
                "position": one.position,
                "name": one.name,
                "effective": one.effective,
                "recorded_at": one.recorded_at.isoformat(),
                "actor": one.actor,
                "stream": one.stream,
                "amount": f"{_major(one.amount, line.currency):f}",
            }
            for one in ladder.behind
        ],
    }


def _stated_now(ladder: Ladder) -> str | None:
    """The amount awarded without the awards that registers no longer state, in major units."""
    return None if ladder.withdrawn is None else f"{ladder.line.figures['awarded'].amount - ladder.withdrawn:f}"


def _shown(line: FundingLine) -> dict[str, FigureLine]:
    """The figures of a ladder, and those beside it."""
    return line.figures | line.beside


def _figures(line: FundingLine) -> dict[str, dict[str, str | bool]]:
    return {
        figure: {"amount": f"{value.amount:f}", "undated": f"{value.undated:f}", "stated": value.stated}
        for figure, value in _shown(line).items()
    }


def _print_ladder(code: str, ladder: Ladder) -> None:
    line = ladder.line
    out.print()
    out.print(Text(ladder.name, style="bold"))
    known = f"{line.known_at:%Y-%m-%d %H:%M:%S} UTC" if line.known_at else "the beginning"
    clocks_line = f"as at {day_in_words(line.as_at)}, as known at {known} (position {line.position})"
    out.print(Text(f"{ladder.kind} {code}, {clocks_line}", style="dim"))
    for other in ladder.others:
        out.print(Text(f"There is also a {other} {code}: --of {other} shows it.", style="dim"))
    table = table_of("Figure")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Of it not dated", justify="right", no_wrap=True)
    table.add_column("Meaning", style="dim")
    for figure, amount in _shown(line).items():
        undated = money_in_words(Money(amount=amount.undated, currency=line.currency)) if amount.undated else ""
        table.add_row(
            figure.capitalize(),
            money_in_words(Money(amount=amount.amount, currency=line.currency)) if amount.stated else "not stated",
            undated,
            MEANINGS[figure],
        )
    if ladder.spendable is not None:
        left = money_in_words(Money(amount=ladder.spendable, currency=line.currency))
        table.add_row("Spendable", left, "", "what may still be paid")
    if ladder.no_budget == "not_recorded":
        table.add_row("Budget", "not recorded", "", MEANINGS["budget"])
    out.print(table)


def _print_beside(beside: list[FundingLine]) -> None:
    """Print what the scope has in further currencies: its ladder does not add it up."""
    for line in beside:
        amounts = [
            f"{figure} {money_in_words(Money(amount=one.amount, currency=line.currency))}"
            for figure, one in _shown(line).items()
            if one.amount
        ]
        if amounts:
            out.print(Text(f"  Also, in {line.currency} and in none of these figures: {', '.join(amounts)}"))


def _print_contributions(figure: str, ladder: Ladder) -> None:
    """Print the events behind a figure, and their sum."""
    currency, behind = ladder.line.currency, ladder.behind
    out.print()
    out.print(Text(f"{figure.capitalize()} is the sum of {shown_count(len(behind), 'event')}", style="bold"))
    table = table_of()
    table.add_column("Position", justify="right")
    for heading in ("Event", "Effective", "Recorded", "By"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Amount", justify="right", no_wrap=True)
    for one in behind:
        table.add_row(
            str(one.position),
            one.name,
            shown_date(When(one.effective)),
            f"{one.recorded_at:%Y-%m-%d %H:%M}",
            Text(one.actor),
            money_in_words(Money(amount=_major(one.amount, currency), currency=currency)),
        )
    total = Money(amount=_major(sum(one.amount for one in behind), currency), currency=currency)
    table.add_row("", "", "", "", "", Text(money_in_words(total), style="bold"))
    out.print(table)


def _major(minor: int, currency: str) -> Decimal:
    """An amount in major units: pounds for pence."""
    return Decimal(minor).scaleb(-minor_units(currency))
