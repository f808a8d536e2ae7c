"""A dispatch table: event class to the function that handles it."""

from collections.abc import Callable, Container, Sequence
from typing import Any, TypeVar, get_args, get_type_hints

from domain.history import Recorded
from domain.values.fact import Fact

T = TypeVar("T")


def by_kind(*handlers: Callable[..., T]) -> dict[type[Fact], Callable[..., T]]:
    """Each of *handlers* by the event classes that it handles: the type hint of its last parameter names them."""
    found: dict[type[Fact], Callable[..., T]] = {}
    for handler in handlers:
        handled: Any = [hint for name, hint in get_type_hints(handler).items() if name != "return"][-1]
        for kind in get_args(handled) or (handled,):
            assert kind not in found, f"{kind.__name__} has two handlers"
            found[kind] = handler
    return found


def of_kinds(page: Sequence[Recorded], kinds: Container[type[Fact]]) -> list[Recorded]:
    """The events of *page* that are of *kinds*. Most read models ignore most events."""
    return [recorded for recorded in page if type(recorded.event) in kinds]
