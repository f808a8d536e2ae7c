"""How values are written for people: in refusals, on timelines, on the terminal."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import Enum

from domain.values.money import Money, minor_units
from domain.values.when import Precision, When

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIGNS = {"GBP": "£"}


def shown(value: object) -> str:
    """*value* as a person reads it; without any names or brackets of the program."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Money():
            return shown_money(value)
        case When():
            return shown_date(value)
        case Enum():
            return str(value.value).replace("_", " ")
        case tuple() | list():
            return ", ".join(shown(each) for each in value) or "none"
        case AbstractSet():
            return ", ".join(sorted(shown(each) for each in value)) or "none"
        case _:
            return str(value)


def shown_money(money: Money) -> str:
    """An amount: £75,000.00, -£5.00, 75,000 JPY."""
    return shown_amount(money.amount, money.currency)


def shown_amount(amount: Decimal, currency: str) -> str:
    """As ``shown_money``, for a total that may be larger than Money allows; *amount* is in major units."""
    digits = f"{abs(amount):,.{minor_units(currency)}f}"
    minus = "-" if amount < 0 else ""
    sign = SIGNS.get(currency)
    return f"{minus}{sign}{digits}" if sign else f"{minus}{digits} {currency}"


def shown_criteria(criteria: Sequence[str], weights: Sequence[int]) -> str:
    """Criteria with the weights that they have, if any: Need (60 %); Value (40 %)."""
    if not weights:
        return "; ".join(criteria)
    return "; ".join(f"{name} ({weight} %)" for name, weight in zip(criteria, weights, strict=True))


def shown_date(on: When) -> str:
    """A date: 15 Mar 2004, Mar 2004, 2004, about 2004, Jul 2004 to Mar 2005, by Apr 2005, not dated."""
    if on.precision is Precision.UNKNOWN:
        return "not dated"
    if on.precision is not Precision.RANGE:
        return _one_date(on.text)
    start, _, end = on.text.partition("/")
    if start == "..":
        return f"by {_one_date(end)}"
    if end == "..":
        return f"from {_one_date(start)}"
    return f"{_one_date(start)} to {_one_date(end)}"


def shown_count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: 1 event, 2 events, 1,240 events."""
    return f"{number:,} {noun(number, singular, plural)}"


def noun(number: int, singular: str, plural: str = "") -> str:
    """The noun for a number of things: 1 has its singular. Without *plural* that of day is days, of policy policies."""
    return singular if number == 1 else plural or re.sub("(?<![aeou])y$", "ie", singular) + "s"


def _one_date(text: str) -> str:
    about = "about " if text.endswith("~") else ""
    year, *rest = text.rstrip("~").split("-")
    words = [year] if not rest else [MONTHS[int(rest[0]) - 1], year]
    if len(rest) == 2:
        words.insert(0, str(int(rest[1])))
    return about + " ".join(words)
