"""The fold of a log: whether each event can follow those before it, and the counters and references that they make."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from domain.across.duties import duties
from domain.award import AwardOffered
from domain.counters import movements
from domain.history import references
from domain.organisation import PayeeAccountChanged
from domain.values.fact import Fact
from domain.values.ids import BidId
from infra.log.codec import CODEC, UnknownEvent, UnreadableEvent


class StoredEvent(NamedTuple):
    """An event as it is stored: what the fold reads of it. *body* is the stored text."""

    position: int
    stream: str
    version: int
    name: str
    schema: int
    recorded_at: datetime
    actor: str
    body: bytes


class Misfit(NamedTuple):
    """Why an event cannot follow those before it: in a sentence, and as what was *found* and *expected*."""

    said: str
    found: str
    expected: str


class Fold:
    """What follows from the events that were added, in order of position.

    It keeps a number for each stream, and each counter and reference, but no event.
    """

    def __init__(self) -> None:
        self.events, self.position = 0, 0
        # The kind and text of each reference, with its subject and the stream that gave it.
        self.references: dict[tuple[str, str], tuple[str, str]] = {}
        # The ceiling and the use of each counter.
        self.counters: dict[str, tuple[int, int]] = {}
        self._versions: dict[str, int] = {}
        self._moment: datetime | None = None
        self._bids: dict[str, BidId | None] = {}
        # The changes of the account of each payee.
        self._accounts: dict[str, list[Fact]] = {}

    @property
    def streams(self) -> int:
        """The number of streams."""
        return len(self._versions)

    def add(self, event: StoredEvent) -> Iterator[Misfit]:
        """Add *event* when the iterator is read to its end. It gives each reason for which the event cannot follow.

        An event that cannot be read changes no counter and no reference.
        """
        yield from self._out_of_order(event)
        self.position, self._moment, self._versions[event.stream] = event.position, event.recorded_at, event.version
        self.events += 1
        try:
            fact = CODEC.decode(event.name, event.schema, event.body)
        except (UnknownEvent, UnreadableEvent) as error:
            yield Misfit(f"The event cannot be read: {error}.", str(error), "an event that this version knows")
            return
        for move in movements(event.stream, fact):
            ceiling, used = self.counters.get(move.counter, (0, 0))
            self.counters[move.counter] = (ceiling + move.ceiling, used + move.used)
        yield from self._name(event, fact)

    def overspent(self) -> list[str]:
        """The counters of which more is used than there is, by name."""
        return sorted(name for name, (ceiling, used) in self.counters.items() if not 0 <= used <= ceiling)

    def _out_of_order(self, event: StoredEvent) -> Iterator[Misfit]:
        if event.position <= self.position:
            yield Misfit(
                f"Position {event.position:,} does not follow {self.position:,}.",
                f"position {event.position}",
                f"a position after {self.position}",
            )
        if self._moment is not None and event.recorded_at < self._moment:
            yield Misfit(
                "It was recorded before the event in front of it.",
                f"recorded at {event.recorded_at.isoformat()}",
                f"recorded at {self._moment.isoformat()} or later",
            )
        wanted = self._versions.get(event.stream, 0) + 1
        if event.version != wanted:
            yield Misfit(
                f"Version {event.version:,} of {event.stream} is not the next one.",
                f"version {event.version}",
                f"version {wanted}",
            )

    def _name(self, event: StoredEvent, fact: Fact) -> Iterator[Misfit]:
        for kind, text, subject in references(event.stream, fact):
            named, _ = self.references.setdefault((kind, text), (subject, event.stream))
            if named != subject:
                yield Misfit(f'The {kind} "{text}" is the name of another thing already.', subject, named)
        if isinstance(fact, AwardOffered):
            self._bids[event.stream] = fact.bid_id
        if fact.source is None:
            # Where somebody took two duties, because the programme allowed it, the first one was kept.
            for one in duties(event.stream, fact, self._bids.get(event.stream), self._accounts.get(event.stream, ())):
                self.references.setdefault(one.kept(event.actor)[:2], (one.duty, event.stream))
        if isinstance(fact, PayeeAccountChanged):
            self._accounts.setdefault(event.stream, []).append(fact)
