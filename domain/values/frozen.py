"""The decorator for events, commands, states and values, and how to copy one with changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make *cls* an immutable dataclass whose fields are given by name."""
    make: Callable[[type[T]], Any] = dataclass(frozen=True, slots=True, kw_only=True)
    frozen_class: type[T] = make(cls)
    return frozen_class


def replace(value: T, /, **changes: Any) -> T:
    """A copy of *value* with other values for some of its fields. Raises TypeError for an unknown field.

    Folding a history calls it for every event. It copies the values directly. ``dataclasses.replace`` calls
    ``__init__`` again, which takes ten times as long.
    """
    kind: Any = type(value)
    names, values_of = _fields(kind)
    values = dict(zip(names, values_of(value), strict=True)) | changes
    if len(values) > len(names):
        raise TypeError(f"{kind.__name__} has no {', '.join(changes.keys() - set(names))}")
    copy: T = object.__new__(kind)
    for name, field in values.items():
        object.__setattr__(copy, name, field)
    return copy


def values_without(value: Any, *but: str) -> dict[str, Any]:
    """The values of the fields of *value* by their names, without the fields *but*."""
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in but}


@cache
def _fields(kind: Any) -> tuple[list[str], Callable[[Any], Iterable[Any]]]:
    assert not hasattr(kind, "__post_init__"), "replace() would skip its checks"
    names = [field.name for field in fields(kind)]
    if len(names) > 1:
        return names, attrgetter(*names)
    # attrgetter with one name returns the value itself, not a tuple.
    return names, lambda one: [getattr(one, name) for name in names]
