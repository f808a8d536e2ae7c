"""An effect: what an event does to one field of a thing, and the words with which effects are stated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from domain.values.money import Money
from projections.changes.values import Entry, Sum, Value
from projections.tables.effect import ALWAYS


@dataclass(slots=True)
class Thing:
    """A thing while its events are applied. *values* are its fields, *items* the entries of those that are lists.

    *begun* says whether an event that begins it has been applied. *named_from* is the day from which its name counts.
    """

    kind: str
    begun: bool = False
    values: dict[str, Value | None] = field(default_factory=dict)
    items: dict[str, dict[str, Entry]] = field(default_factory=dict)
    named_from: date = ALWAYS


# Changes the thing, and returns nothing.
Apply: TypeAlias = Callable[[Thing], None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the field *name* of a *thing* of a *kind*. An empty name: it begins the thing.

    *day* is the day from which it counts, if that is not the day of its event.
    """

    thing: str
    kind: str
    name: str
    apply: Apply
    day: date | None = None


# The effects of an event, with the events of its stream before it.
Effects = Iterator[Effect]


def sum_of(amount: Money) -> Sum:
    return Sum(amount.amount, amount.currency)


def begins(thing: str, kind: str, *, anew: bool = False) -> Effect:
    """The thing begins. *anew* makes everything that was known of it void."""

    def apply(found: Thing) -> None:
        if anew:
            found.values.clear()
            found.items.clear()
        found.begun = True

    return Effect(thing, kind, "", apply)


def sets(thing: str, kind: str, /, **values: Value | None) -> Effects:
    """The fields have these values from then on; None: they have none."""
    for name, value in values.items():
        yield Effect(thing, kind, name, _setting(name, value))


def _setting(name: str, value: Value | None) -> Apply:
    def apply(found: Thing) -> None:
        found.values[name] = value

    return apply


def adds(thing: str, kind: str, name: str, amount: Money, sign: int = 1, *, always: bool = False) -> Effects:
    """The sum of the field changes. An amount in another currency is left out, unless it *always* changes the sum."""

    def apply(found: Thing) -> None:
        sum_before = found.values.get(name)
        if not isinstance(sum_before, Sum):
            sum_before = Sum(amount.amount * 0, amount.currency)
        if always or sum_before.currency == amount.currency:
            found.values[name] = Sum(sum_before.amount + sign * amount.amount, amount.currency)

    yield Effect(thing, kind, name, apply)


def item(thing: str, kind: str, name: str, key: str, entry: Entry | None) -> Effects:
    """The list has this entry under *key*; with None, it has none."""

    def apply(found: Thing) -> None:
        items = found.items.setdefault(name, {})
        if entry is None:
            items.pop(key, None)
        else:
            items[key] = entry

    yield Effect(thing, kind, name, apply)


def clears(thing: str, kind: str, name: str) -> Effects:
    """The list has no entries any more."""

    def apply(found: Thing) -> None:
        found.items.pop(name, None)

    yield Effect(thing, kind, name, apply)
