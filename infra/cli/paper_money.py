"""Funding ladders on the terminal, as a finance officer would read them."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.values.money import Money, minor_units
from domain.values.shown import shown_date
from domain.values.when import When
from infra.cli.paper import money_in_words
from projections.money.funding import ContributionLine, FundingLine

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
}


def print_funding(console: Console, kind: str, code: str, name: str, line: FundingLine) -> None:
    """The ladder of one scope."""
    console.print()
    console.print(Text(name, style="bold"))
    known = f"{line.known_at:%Y-%m-%d %H:%M:%S} UTC" if line.known_at else "the beginning"
    told = f"{kind} {code}, as at {line.as_at.day} {line.as_at:%b %Y}, as known at {known} (position {line.position})"
    console.print(Text(told, style="dim"))
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("Figure")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Of it not dated", justify="right", no_wrap=True)
    table.add_column("Meaning", style="dim")
    for figure, amount in line.figures.items():
        undated = money_in_words(Money(amount=amount.undated, currency=line.currency)) if amount.undated else ""
        table.add_row(
            figure.capitalize(),
            money_in_words(Money(amount=amount.amount, currency=line.currency)),
            undated,
            MEANINGS[figure],
        )
    console.print(table)


def print_beside(console: Console, beside: list[FundingLine]) -> None:
    """What the scope has in further currencies, which its ladder does not add up."""
    for line in beside:
        told = [
            f"{figure} {money_in_words(Money(amount=one.amount, currency=line.currency))}"
            for figure, one in line.figures.items()
            if one.amount
        ]
        if told:
            console.print(Text(f"  Besides, in {line.currency} and in none of these figures: {', '.join(told)}"))


def print_contributions(console: Console, figure: str, line: FundingLine, behind: list[ContributionLine]) -> None:
    """The events behind a figure, and that they come to it."""
    console.print()
    console.print(Text(f"{figure.capitalize()} is the sum of {len(behind)} events", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("Position", justify="right")
    for heading in ("Event", "Effective", "Recorded", "By"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Amount", justify="right", no_wrap=True)
    for one in behind:
        amount = Money(amount=major(one.amount, line.currency), currency=line.currency)
        table.add_row(
            str(one.position),
            one.name,
            shown_date(When(one.effective)),
            f"{one.recorded_at:%Y-%m-%d %H:%M}",
            Text(one.actor),
            money_in_words(amount),
        )
    total = Money(amount=major(sum(one.amount for one in behind), line.currency), currency=line.currency)
    table.add_row("", "", "", "", "", Text(money_in_words(total), style="bold"))
    console.print(table)


def major(minor: int, currency: str) -> Decimal:
    """An amount in major units: pounds for pence."""
    return Decimal(minor).scaleb(-minor_units(currency))
