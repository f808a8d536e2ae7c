"""Ladders of money, and the page of a figure: the events that it is the sum of, and what each adds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.values.money import minor_units
from pages.frame.asked import award_named
from pages.frame.clocks import Clocks
from pages.frame.listed import Listed, cut, listed
from pages.frame.page import NotThere, Page, Sheet
from projections import awards, rounds
from projections.money import funding, spendable
from projections.money.funding import BUDGETS, ContributionLine, FigureLine, FundingLine
from projections.register import reading as register
from projections.tables.paging import Connection, totals

# How many events behind a figure are on one page.
LISTED = 200
# What each figure counts, for people. docs/ledger.md has the postings.
MEANING = {
    "requested": "asked for in bids",
    "approved": "decided on bids",
    "awarded": "offered, as varied",
    "payable": "approved, not yet released",
    "paid": "released, less reversals",
    "returned": "came back after it was paid",
    "spent": "spending reported",
    "held": "paid, not returned and not yet spent",
    "recoverable": "claimed back, not yet settled",
    "available": "awarded, not yet paid",
    "budget": "set aside for awards",
    "committed": "taken from the budget by awards",
    "free": "of the budget, not yet committed",
}
# The order in which people read a ladder.
ORDER = (*BUDGETS, "requested", "approved", "awarded", "payable", "paid", "returned", "spent", "held", "recoverable",
         "available")  # fmt: skip
# What something is a sum over, by the first part of the address: the column of its id, and the kind of its code.
SCOPES = {
    "programmes": ("programme_id", "programme"),
    "schemes": ("scheme_id", "scheme"),
    "partnerships": ("partnership_id", "partnership"),
    "awards": ("award_id", "award"),
    "rounds": ("round_id", "round"),
    "organisations": ("funder_id", "organisation"),
}
# The figures that evidence packs prove, and of what.
PROVEN, PROVEN_OF = (*funding.FIGURES, *funding.HELD), ("programmes", "schemes", "partnerships", "awards")
# The entry of the navigation that the pages of a scope are under; the others are under home.
SECTIONS = {"partnerships": "partnerships", "awards": "partnerships"}
# What each event of a round adds to its figures: signs of what it adds to the budget, and to what is committed of it.
_OF_ROUND = {"budget": (1, 0), "committed": (0, 1), "free": (1, -1)}


@dataclass(frozen=True, slots=True)
class Rung:
    """A figure: *amount* in major units, None where nothing was recorded; *undated* is the part without a date.

    *share* is its part of the longest rung, from 0 to 1.
    """

    name: str
    amount: Decimal | None
    undated: Decimal
    share: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The figures of a *scope* in one currency.

    *spendable* is what may still be paid; None in lists of ladders, and for what is neither an award nor a
    partnership.
    """

    scope: str
    currency: str
    rungs: list[Rung]
    spendable: Decimal | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything was recorded for any figure."""
        return any(rung.amount is not None for rung in self.rungs)


async def ladders(connection: Connection, column: str, ids: str | Sequence[str], clocks: Clocks) -> list[Ladder]:
    """The ladders of the scopes *ids* in *column*: in their own currency, then in others that they have.

    Those of one scope, which is not in a list, also have what is spendable.
    """
    found = [ladder_of(one) for one in await lines(connection, column, [ids] if isinstance(ids, str) else ids, clocks)]
    if not isinstance(ids, str) or column not in spendable.SCOPES:
        return found
    left = await spendable.spendable_by(connection, column, [ids], as_at=clocks.as_at, known=clocks.position)
    return [replace(one, spendable=spendable.spendable_in(one.currency, left)) for one in found]


async def lines(connection: Connection, column: str, ids: Sequence[str], clocks: Clocks) -> list[FundingLine]:
    """The ladders as the read model has them."""
    as_at, known = clocks.as_at, clocks.then
    if column == "round_id":
        return await _of_rounds(connection, ids, clocks)
    own = await funding.funding_by(connection, column, ids, as_at=as_at, known=known, present=clocks.is_present)
    return [*own, *await funding.funding_beside(connection, column, ids, as_at=as_at, known=known)]


async def _of_rounds(connection: Connection, ids: Sequence[str], clocks: Clocks) -> list[FundingLine]:
    """The budget of rounds, and what of it is committed and free. The ledger does not have them."""
    found = []
    for one in await rounds.round_figures_by(connection, "round_id", ids, as_at=clocks.as_at, known=clocks.then):
        amounts = {"budget": one.budget, "committed": one.committed, "free": one.budget - one.committed}
        figures = {name: FigureLine(amount, Decimal(0), stated=True) for name, amount in amounts.items()}
        found.append(
            FundingLine(one.round_id, "round_id", one.currency, clocks.as_at, clocks.position, None, {}, figures)
        )
    return found


async def contributions(connection: Connection, line: FundingLine, name: str) -> list[ContributionLine]:
    """The events that the figure *name* of *line* is the sum of, in the order of the log."""
    if line.column != "round_id":
        return await funding.contributions(connection, line, name)
    of_budget, of_committed = _OF_ROUND[name]
    places = minor_units(line.currency)
    steps = await rounds.steps_of(connection, line.scope, as_at=line.as_at, known=line.position)
    found = [(one, of_budget * one.budget + of_committed * one.committed) for one in steps]
    return [
        ContributionLine(one.position, one.name, one.effective, one.recorded_at, one.actor, one.stream,
                         int(adds.scaleb(places)))
        for one, adds in found
        if adds
    ]  # fmt: skip


async def _behind(
    connection: Connection, line: FundingLine, name: str, asked: dict[str, str]
) -> tuple[Listed[ContributionLine], Decimal]:
    """The page of the events behind a figure that the address asks for, and what all of them add up to."""
    if line.column == "round_id":
        every = await contributions(connection, line, name)
        found, minor = cut(every, asked, LISTED), Decimal(sum(one.amount for one in every))
    else:
        listing = funding.contributed(line, name)
        found = await listed(connection, ContributionLine, listing, asked, LISTED)
        minor = sum((one.amount for one in await totals(connection, listing)), Decimal(0))
    return found, minor.scaleb(-minor_units(line.currency))


def own(column: str, thing: str) -> tuple[str, ...]:
    """The award or partnership whose money alone a page shows, for ``Page.money_of``; nothing for a wider scope."""
    return (thing,) if column in ("award_id", "partnership_id") else ()


def ladder_of(line: FundingLine) -> Ladder:
    """The rungs of a ladder, in the order in which people read them."""
    figures = line.figures | line.beside
    longest = max((abs(one.amount) for one in figures.values()), default=Decimal(0)) or Decimal(1)
    rungs = [
        Rung(
            name,
            figures[name].amount if figures[name].stated else None,
            figures[name].undated,
            float(max(figures[name].amount, Decimal(0)) / longest) if figures[name].stated else 0.0,
            MEANING[name],
        )
        for name in ORDER
        if name in figures
    ]
    return Ladder(line.scope, line.currency, rungs)


async def figure(
    connection: Connection, clocks: Clocks, scope: str, code: str, name: str, asked: dict[str, str]
) -> Page:
    """The page of the figure *name* of a thing: each event behind it, with what it adds. Raises NotThere."""
    if name not in ORDER:
        raise NotThere(f"There is no figure {name[:40]}. There are: {', '.join(ORDER)}.")
    column, thing = await thing_of(connection, scope, code)
    its_lines = await lines(connection, column, [thing], clocks)
    currency = asked.get("currency") or (its_lines[0].currency if its_lines else None)
    line = next((one for one in its_lines if one.currency == currency), None)
    if line is None or name not in (line.figures | line.beside):
        raise NotThere(
            f"Nothing was recorded for the figure {name} of {code[:80]} in {(currency or 'any currency')[:20]}."
        )
    its_name = await name_of(connection, column, thing)
    rung = next(one for one in ladder_of(line).rungs if one.name == name)
    found, total = await _behind(connection, line, name, asked)
    parts = [_part(one, line.currency) for one in found.lines]
    return Page(
        template="money/figure.html",
        money_of=own(column, thing),
        title=f"{name.capitalize()}: {its_name}",
        section=SECTIONS.get(scope, "home"),
        path=f"/{scope}/{code}/money/{name}",
        trail=[(its_name, f"/{scope}/{code}")],
        values={
            "rung": rung,
            "currency": line.currency,
            "listed": found,
            "parts": parts,
            "total": total,
            "proven_of": (SCOPES[scope][1], code) if name in PROVEN and scope in PROVEN_OF else None,
        },
        sheet=Sheet(
            ("position", "event", "effective", "recorded_at", "actor", "adds", "currency"),
            [
                (one.position, one.name, one.effective, one.recorded_at, one.actor, adds, line.currency)
                for one, adds in parts
            ],
        ),
    )


def sheet_of(of: Sequence[tuple[str, str, list[Ladder]]]) -> Sheet:
    """The figures of ladders, each with the code and name of what it is of: a row for each currency, to download."""
    rows = []
    for code, name, its_ladders in of:
        for one in its_ladders:
            amounts = {rung.name: rung.amount for rung in one.rungs}
            rows.append((code, name, one.currency, *(amounts.get(figure) for figure in ORDER)))
    return Sheet(("code", "name", "currency", *ORDER), rows)


def _part(line: ContributionLine, currency: str) -> tuple[ContributionLine, Decimal]:
    """What an event adds, in major units."""
    return line, Decimal(line.amount).scaleb(-minor_units(currency))


async def thing_of(connection: Connection, scope: str, code: str) -> tuple[str, str]:
    """The column of a *scope* (a key of SCOPES), and the id of the thing called *code* there. Raises NotThere."""
    column, kind = SCOPES[scope]
    if scope == "awards":
        return column, (await award_called(connection, code)).id
    found = await register.things_by(connection, "name", [code], kind=kind)
    if not found:
        raise NotThere(f"There is no {kind} {code[:80]}.")
    return column, found[0].id


async def award_called(connection: Connection, text: str) -> awards.AwardLine:
    """The award whose id or reference is *text*. Raises NotThere."""
    found = await award_named(connection, text)
    if found is None:
        raise NotThere(f"There is no award {text[:80]}.")
    return found


async def name_of(connection: Connection, column: str, thing: str) -> str:
    """The present name of what a ladder is of; an award is called by its reference."""
    if column == "award_id":
        return f"Award {(await awards.awards_by(connection, 'id', [thing]))[0].reference}"
    named: dict[str, Callable[..., Awaitable[Sequence[Any]]]] = {
        "programme_id": register.programmes_by,
        "scheme_id": register.schemes_by,
        "round_id": rounds.rounds_by,
        "funder_id": register.organisations_by,
        "partnership_id": register.partnerships_by,
    }
    name: str = (await named[column](connection, "id", [thing]))[0].name
    return name
