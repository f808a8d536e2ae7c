"""Events by their kind: who takes which is found at one look, instead of by asking everybody for each event."""

from collections.abc import Callable, Container, Sequence
from typing import Any, TypeVar, get_args, get_type_hints

from domain.history import Recorded
from domain.values.fact import Fact

T = TypeVar("T")


def by_kind(*takers: Callable[..., T]) -> dict[type[Fact], Callable[..., T]]:
    """Each of *takers* under the kinds of event that it takes: those that its last parameter names."""
    found: dict[type[Fact], Callable[..., T]] = {}
    for taker in takers:
        taken: Any = [hint for name, hint in get_type_hints(taker).items() if name != "return"][-1]
        for kind in get_args(taken) or (taken,):
            assert kind not in found, f"two take {kind.__name__}"
            found[kind] = taker
    return found


def of_kinds(page: Sequence[Recorded], kinds: Container[type[Fact]]) -> list[Recorded]:
    """The events of *page* that are of *kinds*: most events are of no matter to most read models."""
    return [recorded for recorded in page if type(recorded.event) in kinds]
