"""What printed answers share: periods, amounts, and what they are as at."""

from datetime import date, datetime

from rich.text import Text

from domain.values.day import ZONE, day_of
from domain.values.money import Money
from domain.values.shown import shown_date, shown_money
from domain.values.when import When


def period_in_words(on: When, until: When | None) -> str:
    """From when until when, for people."""
    return shown_date(on) if until is None else f"{shown_date(on)} to {shown_date(until)}"


def day_in_words(day: date) -> str:
    """A day for people: 31 Mar 2005."""
    return f"{day.day} {day:%b %Y}"


def moment_in_words(instant: datetime) -> str:
    """An instant for people, in the time zone of the programme: 31 Mar 2005, 14:05:09 BST."""
    return f"{day_in_words(day_of(instant))}, {instant.astimezone(ZONE):%H:%M:%S %Z}"


def money_in_words(money: Money | None) -> str:
    """An amount for people: £75,000.00, or 75,000 JPY; empty without one."""
    return "" if money is None else shown_money(money)


def as_known(as_at: date, position: int) -> Text:
    """The line under a heading that says on which clocks the figures are."""
    return Text(f"as at {day_in_words(as_at)}, as known at position {position}", style="dim")
