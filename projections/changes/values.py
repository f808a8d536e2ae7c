"""The values of fields, in a form that can be compared: texts, sums of money, ids of other things, and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from domain.values.money import Money, minor_units
from domain.values.when import When


@dataclass(frozen=True, slots=True)
class Text:
    """A text: a date as ``When`` writes it, a state by its name in the API, true or false, or words."""

    text: str


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount in major units of *currency*. It may be larger than Money allows."""

    amount: Decimal
    currency: str

    @property
    def text(self) -> str:
        """The amount with the minor-unit places of its currency, and the currency."""
        return f"{self.amount:.{minor_units(self.currency)}f} {self.currency}"


@dataclass(frozen=True, slots=True)
class Id:
    """Another thing, by its global id."""

    id: str


class Entry(NamedTuple):
    """An entry of a list: words, and the thing or the sum that they are about, if any."""

    text: str
    id: str | None = None
    amount: Sum | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """A list, in an order that depends on nothing but its entries."""

    entries: tuple[Entry, ...]


Value: TypeAlias = Text | Sum | Id | Entries


def as_id(found: str | None) -> Id | None:
    """The id of another thing as a value; None for None."""
    return Id(found) if found is not None else None


def listed(entries: Sequence[Entry]) -> Entries | None:
    """The entries of a list as a value; None for an empty list."""
    ordered = sorted(entries, key=lambda one: (one.id or "", one.text))
    return Entries(tuple(ordered)) if ordered else None


def of_value(value: Any) -> Value | None:
    """A field of an event as a value."""
    match value:
        case None:
            return None
        case Money():
            return Sum(value.amount, value.currency)
        case tuple():
            return Entries(tuple(Entry(plain(one)) for one in value)) if value else None
        case _:
            return Text(plain(value))


def of_fact(name: str, value: Any) -> Value | None:
    """The fact *name* of a part as a value: what ``projections.parts.steps`` writes as JSON."""
    match value:
        case {"amount": amount, "currency": currency}:
            return Sum(Decimal(amount), currency)
        case {"part": part, "of": of}:
            return Text(f"{part} of {of}")
        case str() if name.endswith("_id"):
            return Id(value)
        case list():
            return listed([_entry(one) for one in value])
        case _:
            return of_value(value)


def _entry(value: Any) -> Entry:
    match value:
        case {"organisation_id": organisation_id, "amount": {"amount": amount, "currency": currency}}:
            return Entry("", organisation_id, Sum(Decimal(amount), currency))
        case {"name": name, "change": {"amount": amount, "currency": currency}}:
            return Entry(name, amount=Sum(Decimal(amount), currency))
        case {"name": name, "due": due}:
            return Entry(f"{name}, due {due}" if due else name)
        case dict():
            others = (one for name, one in value.items() if name not in ("organisation_id", "amount"))
            words = ", ".join(plain(one) for one in others if one is not None)
            amount = value.get("amount")
            money = Sum(Decimal(amount["amount"]), amount["currency"]) if amount is not None else None
            return Entry(words, value.get("organisation_id"), money)
        case _:
            return Entry(plain(value))


def plain(value: Any) -> str:
    """A value of an event as text."""
    match value:
        case bool():
            return "true" if value else "false"
        case When():
            return value.text
        case Enum():
            return str(value.value)
        case Money():
            return Sum(value.amount, value.currency).text
        case _:
            return str(value)
