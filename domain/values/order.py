"""The order of dates: which steps a step must not be dated before.

Each stream declares its steps in a table (``domain.award.order``, ``domain.bid.order``). The rules refuse a step that
is out of order; the register of discrepancies reports one that was recorded before there was a rule.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from domain.values.fact import Fact
from domain.values.refusal import Refused


class After(NamedTuple):
    """A step is not dated before the earlier steps of *kind*.

    Where *mine* is given, only an earlier step counts whose field *its* has the value of the step's field *mine*.
    *also* is a further field that both must share.
    """

    kind: type[Fact]
    mine: str | None = None
    its: str = "number"
    also: str | None = None


class Step(NamedTuple):
    """How people call a step, with its fields in braces, and the steps that it must not be dated before."""

    name: str
    after: tuple[After, ...] = ()


Steps: TypeAlias = Mapping[type[Fact], Step]


class StepOutOfOrder(Refused):
    """The {step} ({on}) is earlier than the {earlier} ({since}). A step is dated on or after the steps that it
    follows.
    """


def name_of(steps: Steps, event: Fact) -> str:
    """How people call the step *event*, such as "release of payment 1"."""
    return steps[type(event)].name.format_map(
        {name: getattr(event, name) for name in ("number", "part") if hasattr(event, name)}
    )


def in_order(steps: Steps, history: Iterable[Fact], events: Iterable[Fact]) -> None:
    """Check that none of *events* is dated before a step of *history* that it follows. Raises StepOutOfOrder."""
    for event in events:
        earlier = out_of_order(steps, history, event)
        if earlier is not None:
            raise StepOutOfOrder(
                step=name_of(steps, event), on=event.on, earlier=name_of(steps, earlier), since=earlier.on
            )


def out_of_order(steps: Steps, history: Iterable[Fact], event: Fact) -> Fact | None:
    """The first step of *history* that *event* must not be dated before, but is; None where there is none.

    A date known in part may be any of its days, so it is out of order only if each of them is.
    """
    step = steps.get(type(event))
    if step is None or not step.after:
        return None
    kinds = {after.kind: after for after in step.after}
    for earlier in history:
        after = kinds.get(type(earlier))
        if after is not None and not earlier.on.may_precede(event.on) and follows(after, event, earlier):
            return earlier
    return None


def follows(after: After, event: Fact, earlier: Fact) -> bool:
    """Whether *event* follows *earlier*, a step of the kind that *after* names."""
    if after.mine is not None and getattr(event, after.mine) != getattr(earlier, after.its):
        return False
    return after.also is None or getattr(event, after.also) == getattr(earlier, after.also)
