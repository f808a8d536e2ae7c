"""The language of the domain tests: given a history, when a command, then events or a refusal. And a log in memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from functools import reduce
from types import ModuleType
from typing import Generic, TypeVar

import pytest

from domain import desk
from domain.folded import States
from domain.history import (
    Answer,
    Command,
    CommandIdReused,
    Decision,
    Order,
    Reference,
    ReferenceTaken,
    StaleHistory,
    Written,
    references,
)
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.money import Money
from domain.values.refusal import Refused
from tests.docs.refusals import rules_of

E = TypeVar("E")


def gbp(text: str) -> Money:
    """That many pounds."""
    return Money.of(text, "GBP")


# --- given / when / then ----------------------------------------------------------------------------------------------


class Scenario(Generic[E]):
    """A history, and how a command is decided on one."""

    def __init__(self, history: Sequence[E], decide: Callable[[Sequence[E], Command], list[E]]) -> None:
        self._history = history
        self._decide = decide

    def when(self, command: Command) -> "Asked[E]":
        """Hand in *command*."""
        return Asked(self._history, lambda history: self._decide(history, command), command)


class Asked(Generic[E]):
    """A command handed in on a history."""

    def __init__(self, history: Sequence[E], decide: Callable[[Sequence[E]], list[E]], command: Command) -> None:
        self._history = history
        self._decide = decide
        self._command = command

    def then(self, *expected: E) -> None:
        """These events and no others happen; and asking again, after them, makes nothing more happen."""
        assert list(expected) == self._decide(self._history)
        assert [] == self._decide([*self._history, *expected]), "asking twice happened twice"

    def then_each_time(self, *expected: E) -> None:
        """These events happen, and again when asked again: only the command id tells a repeat."""
        assert list(expected) == self._decide(self._history)
        assert list(expected) == self._decide([*self._history, *expected])

    def refused(self, rule: type[Refused], **why: object) -> None:
        """The rule says no. It gives these facts for it, perhaps among others."""
        with pytest.raises(Refused) as caught:
            self._decide(self._history)
        assert rule is type(caught.value)
        assert is_documented(rule, self._command)
        assert why == {name: caught.value.why.get(name) for name in why}


def given(stream: ModuleType, *history: Fact) -> Scenario[Fact]:
    """A stream, by its module, with this history."""

    def decide(facts: Sequence[Fact], command: Command) -> list[Fact]:
        events: list[Fact] = stream.decide(reduce(stream.evolve, facts, None), command)
        return events

    return Scenario(history, decide)


def given_log(*history: Written) -> Scenario[Written]:
    """A log of several streams with this history; the command reads what it needs."""
    return Scenario(history, lambda written, command: desk.decide(Reading(MemoryLog(*written)), command))


def at(stream: str, *events: Fact) -> list[Written]:
    """*events*, for *stream*."""
    return [Written(stream, event) for event in events]


def is_documented(rule: type[Refused], command: Command) -> bool:
    """Whether docs/refusals.md lists *rule* for *command*; a part of other commands is decided here by itself."""
    kind: type = type(command)
    return rule in rules_of(kind) or (rule is desk.DecidedTogether and isinstance(command, desk.PARTS))


def what_happens(
    stream: ModuleType, begun: Sequence[Fact], commands: Iterable[Command], each_time: tuple[type, ...] = ()
) -> list[Fact]:
    """The history after *commands* are handed in one upon the other, of which a refused one changes nothing.

    Each command that something came of is handed in once more: asking twice never happens twice, but for *each_time*.
    """
    history = list(begun)
    state = reduce(stream.evolve, history, None)
    for command in commands:
        events: list[Fact] = []
        rule: type[Refused] | None = None
        try:
            events = stream.decide(state, command)
        except Refused as refused:
            rule = type(refused)
        assert rule is None or is_documented(rule, command)
        history += events
        state = reduce(stream.evolve, events, state)
        if events and not isinstance(command, each_time):
            assert [] == stream.decide(state, command), "asking twice happened twice"
    return history


# --- the log in memory ------------------------------------------------------------------------------------------------


class MemoryLog:
    """The port ``domain.history.Log`` in memory, for one writer at a time. Position n is ``written[n - 1]``."""

    def __init__(self, *begun: Written) -> None:
        self.written: list[Written] = list(begun)
        self.states = States()
        self.day = date(2020, 1, 31)
        self._subjects = _named({}, begun)
        self._answers: dict[str, tuple[Order, Answer]] = {}

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        return [event for name, event in self.written if name == stream][after:]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        return {stream: list(self.history(stream)) for stream in streams}

    def answers(self, orders: Sequence[Order]) -> dict[str, Answer]:
        found = {}
        for order in orders:
            if order.command_id in self._answers:
                first, answer = self._answers[order.command_id]
                if (first.said, first.actor) != (order.said, order.actor):
                    raise CommandIdReused(command_id=order.command_id)
                found[order.command_id] = replace(answer, replayed=True)
        return found

    def find(self, kind: str, text: str) -> str | None:
        return self._subjects.get((kind, text))

    def today(self) -> date:
        return self.day

    def turn(self, stream: str | None) -> AbstractContextManager[None]:
        return nullcontext()  # Nobody else writes.

    def give_way(self, attempt: int) -> None:
        pass  # Nobody else writes.

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        orders = [decision.order for decision in decisions]
        if len({order.command_id for order in orders}) < len(orders):
            raise CommandIdReused
        # Somebody has handed in the same commands since they were looked for: all of them are answered, or look again.
        before = self.answers(orders)
        if len(before) == len(orders):
            return [before[order.command_id] for order in orders]
        if before:
            raise StaleHistory
        for decision in decisions:
            assert {stream for stream, _ in decision.written} <= set(decision.seen), "written without being read"
            for stream, version in decision.seen.items():
                if version != len(self.history(stream)):
                    raise StaleHistory
        subjects = _named(
            self._subjects,
            [written for decision in decisions for written in decision.written],
            [duty for decision in decisions for duty in decision.duties],
        )
        # Nothing fails from here on: all of it or none.
        self._subjects = subjects
        return [self._record(decision) for decision in decisions]

    def _record(self, decision: Decision) -> Answer:
        self.written += decision.written
        subject, recorded = decision.order.command.stream, bool(decision.written)
        answer = Answer(subject=subject, position=len(self.written), replayed=False, recorded=recorded)
        self._answers[decision.order.command_id] = (decision.order, answer)
        return answer


def _named(
    subjects: Mapping[tuple[str, str], str], written: Iterable[Written], duties: Iterable[Reference] = ()
) -> dict[tuple[str, str], str]:
    """*subjects* by kind and reference, with *duties* and those that *written* names. Raises ReferenceTaken."""
    named = dict(subjects)
    for kind, text, subject in (*(one for each in written for one in references(*each)), *duties):
        if named.setdefault((kind, text), subject) != subject:
            raise ReferenceTaken(kind=kind, reference=text)
    return named
