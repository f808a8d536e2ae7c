"""Entries: what people number on a stream, such as agreements, decisions and questions.

An entry begins with one event, and other events may follow. These are the rules that all entries share. *done* are all
events of the entries of one stream so far.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeAlias, TypeVar

from domain.values.fact import Fact
from domain.values.frozen import frozen, values_without
from domain.values.numbers import given_or_next
from domain.values.order import Step, Steps, in_order, name_of
from domain.values.refusal import Refused


@frozen
class OfEntry(Fact):
    """What all events of entries share: the number of the entry among those of its kind."""

    number: int


class EntryNumberTaken(Refused):
    """There already is a different {entry}. Use another number."""


class EntryNumberNotPositive(Refused):
    """The number is {number}. Agreements, decisions and the like are numbered from 1."""


class EntryUnknown(Refused):
    """There is no {entry}. Name one that was recorded before."""


class EntryIsOver(Refused):
    """The {entry} was already recorded, with other details. Nothing follows it."""


class EntryTextEmpty(Refused):
    """The {field} is empty. Say it in words."""


class EntryEndsBefore(Refused):
    """The last day ({until}) is earlier than the date ({on}). It is that date or later."""


Done: TypeAlias = Sequence[OfEntry]
E = TypeVar("E", bound=OfEntry)
# A rule of its own kind of entry: it gets what was done, and the new event.
Rule: TypeAlias = Callable[[Done, Any], None]


def made(kind: type[E], done: Done, command: Any) -> E:
    """The event of a *kind* with what *command* says. Without a number it begins the next entry of its kind."""
    its = {field.name for field in fields(kind)}
    said = {name: value for name, value in values_without(command).items() if name in its}
    taken = (one.number for one in done if isinstance(one, kind))
    return kind(**said | {"number": given_or_next(command.number, taken)})


def begun(steps: Steps, done: Done, event: E, *rules: Rule) -> list[E]:
    """*event*, which begins an entry; nothing where it is recorded already.

    Raises EntryNumberNotPositive, EntryNumberTaken and EntryTextEmpty.
    """
    if event in done:
        return []
    if event.number < 1:
        raise EntryNumberNotPositive(number=event.number)
    if _those(done, type(event), event.number):
        raise EntryNumberTaken(entry=name_of(steps, event))
    return _checked(steps, done, event, rules)


def followed(
    steps: Steps,
    done: Done,
    event: E,
    what: type[OfEntry],
    *rules: Rule,
    ends: Sequence[type[OfEntry]] = (),
    again: bool = False,
) -> list[E]:
    """*event*, which follows the beginning of an entry; nothing where it is recorded already.

    *what* is the event that begins the entry, and *ends* are those that nothing follows. What may happen *again* on the
    same day, such as an equal cost, is told apart by nothing but the command. Raises EntryUnknown, EntryIsOver,
    EntryTextEmpty and StepOutOfOrder.
    """
    if event in done and not again:
        return []
    if not _those(done, what, event.number):
        raise EntryUnknown(entry=_numbered(steps[what], event.number))
    for end in ends:
        if _those(done, end, event.number):
            raise EntryIsOver(entry=_numbered(steps[end], event.number))
    return _checked(steps, done, event, rules)


def _checked(steps: Steps, done: Done, event: E, rules: Sequence[Rule]) -> list[E]:
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, str) and not value.strip():
            raise EntryTextEmpty(field=field.name.replace("_", " "))
    _ends_later(event)
    for rule in rules:
        rule(done, event)
    in_order(steps, done, [event])
    return [event]


def _ends_later(event: OfEntry) -> None:
    until = getattr(event, "until", None)
    if until is not None and not event.on.may_precede(until):
        raise EntryEndsBefore(until=until, on=event.on)


def dated(history: Sequence[Fact]) -> None:
    """Check the last days of the entries that people recorded, as the commands do. Raises EntryEndsBefore."""
    for one in history:
        if isinstance(one, OfEntry) and one.source is None:
            _ends_later(one)


def named(done: Done, kind: type[OfEntry], number: int | None, steps: Steps) -> None:
    """Check that the entry of a *kind* that another one names is there. Raises EntryUnknown."""
    if number is not None and not _those(done, kind, number):
        raise EntryUnknown(entry=_numbered(steps[kind], number))


def _those(done: Done, kind: type[OfEntry], number: int) -> list[OfEntry]:
    return [one for one in done if isinstance(one, kind) and one.number == number]


def _numbered(step: Step, number: int) -> str:
    return step.name.format(number=number)
