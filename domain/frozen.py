"""The one decorator for events, commands, states and values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make *cls* a dataclass that never changes and whose fields are given by name."""
    make: Callable[[type[T]], Any] = dataclass(frozen=True, slots=True, kw_only=True)
    made: type[T] = make(cls)
    return made
