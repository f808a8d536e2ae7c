"""The things of a stream as at a day and as known at a position, and what differs between two positions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.history import Recorded
from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.frozen import replace
from domain.values.when import When
from projections.changes.deliveries import DELIVERY
from projections.changes.effect import Effect, Thing
from projections.changes.effects import effects_of
from projections.changes.values import Sum, Text, Value, listed
from projections.tables.effect import counts_from


class State(NamedTuple):
    """A thing of a *kind*, with the values of its fields; a field without a value is left out."""

    kind: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a thing that differs between two positions, and the *positions* of the events behind it.

    *stream* is that of the thing. None: it had no value, or the thing did not exist. *currency* is that of a figure,
    which a ladder may have in several.
    """

    stream: str
    thing: str
    kind: str
    name: str
    before: Value | None
    after: Value | None
    positions: tuple[int, ...]
    currency: str = ""


class Placed(NamedTuple):
    """An *effect* of the event at *position*, which counts from *day*. *corrected* are where its date was corrected."""

    effect: Effect
    position: int
    day: date
    corrected: tuple[int, ...]


def placed(events: Sequence[Recorded], known: int) -> list[Placed]:
    """The effects of the events of a stream up to the position *known*, on their right dates and without
    the facts that were replaced."""
    events = [one for one in events if one.position <= known]
    replaced = {one.event.version for one in events if isinstance(one.event, StatementReplaced)}
    corrections: dict[int, list[tuple[int, When]]] = {}
    for one in events:
        if isinstance(one.event, DateCorrected):
            corrections.setdefault(one.event.version, []).append((one.position, one.event.date))
    found: list[Placed] = []
    for nth, one in enumerate(events):
        if one.version in replaced:
            continue
        corrected = corrections.get(one.version, [])
        right = one._replace(event=replace(one.event, on=corrected[-1][1])) if corrected else one
        for effect in effects_of(right, events[:nth]):
            day = effect.day or counts_from(right.event.on)
            found.append(Placed(effect, one.position, day, tuple(position for position, _ in corrected)))
    return found


def state_of(effects: Sequence[Placed], as_at: date) -> dict[str, State]:
    """The things of a stream after those of its *effects* that count by the day *as_at*, by id."""
    things: dict[str, Thing] = {}
    for one in effects:
        if one.day <= as_at:
            effect = one.effect
            effect.apply(things.setdefault(effect.thing, Thing(effect.kind)))
    # A source may begin a delivery with any event.
    begun = {name: thing for name, thing in things.items() if thing.begun or thing.kind == DELIVERY}
    return {name: State(thing.kind, _values(thing)) for name, thing in begun.items()}


def _values(thing: Thing) -> dict[str, Value]:
    found = dict(thing.values) | {name: listed(list(items.values())) for name, items in thing.items.items()}
    remains = found.get("outstanding")
    if found.get("state") == Text("SETTLED") and isinstance(remains, Sum) and remains.amount > 0:
        found["state"] = Text("APPROVED")  # Some of a recovery is still outstanding.
    return {name: value for name, value in found.items() if value is not None}


def difference(before: Mapping[str, State], after: Mapping[str, State]) -> Iterator[tuple[str, str, str]]:
    """What differs between two states: the id and kind of each thing, and the name of the field."""
    for thing in sorted(before.keys() | after.keys()):
        old, new = before.get(thing), after.get(thing)
        kind = (new or old or State("", {})).kind
        values = [state.values if state is not None else {} for state in (old, new)]
        for name in sorted(values[0].keys() | values[1].keys()):
            if values[0].get(name) != values[1].get(name):
                yield thing, kind, name


def changes_of(events: Sequence[Recorded], start: int, end: int, as_at: date) -> list[Change]:
    """What changed in a stream from the position *start* to the position *end*. *events* are all of its events."""
    effects = placed(events, end)
    before, after = state_of(placed(events, start), as_at), state_of(effects, as_at)

    def value(states: Mapping[str, State], thing: str, name: str) -> Value | None:
        return states[thing].values.get(name) if thing in states else None

    return [
        Change(
            events[0].stream, thing, kind, name, value(before, thing, name), value(after, thing, name),
            _behind(effects, thing, name, start, as_at),
        )
        for thing, kind, name in difference(before, after)
    ]  # fmt: skip


def _behind(effects: Sequence[Placed], thing: str, name: str, start: int, as_at: date) -> tuple[int, ...]:
    """The positions after *start* of the events that changed a field, or began its thing, or corrected such a date."""
    found: set[int] = set()
    for one in effects:
        if one.effect.thing == thing and one.effect.name in (name, "", *_DEPENDS.get(name, ())):
            found |= {one.position} if one.day <= as_at else set()
            found.update(one.corrected)
    return tuple(sorted(position for position in found if position > start))


# A field that also depends on others.
_DEPENDS = {"state": ("outstanding",)}
