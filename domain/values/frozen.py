"""The one decorator for events, commands, states and values; and how one is made from another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make *cls* a dataclass that never changes and whose fields are given by name."""
    make: Callable[[type[T]], Any] = dataclass(frozen=True, slots=True, kw_only=True)
    made: type[T] = make(cls)
    return made


def replace(one: T, /, **changes: Any) -> T:
    """*one* with other values for some of its fields. Raises TypeError for a name that it does not have.

    Histories are folded with it, event by event: it takes the values as they are, where ``dataclasses.replace`` has
    them all go through ``__init__`` again, for ten times as long.
    """
    kind: Any = type(one)
    names, values_of = _fields(kind)
    values = dict(zip(names, values_of(one), strict=True)) | changes
    if len(values) > len(names):
        raise TypeError(f"{kind.__name__} has no {', '.join(changes.keys() - set(names))}")
    made: T = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


@cache
def _fields(kind: Any) -> tuple[list[str], Callable[[Any], Iterable[Any]]]:
    assert not hasattr(kind, "__post_init__"), "what it checks would go unchecked"
    names = [field.name for field in fields(kind)]
    if len(names) > 1:
        return names, attrgetter(*names)
    # Of one name alone it would give the value itself.
    return names, lambda one: [getattr(one, name) for name in names]
