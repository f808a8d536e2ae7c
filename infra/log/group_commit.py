"""Group commit: appends that arrive together share one lock, one round trip and one commit. Each has its own answer.

An append that arrives while no other is under way starts at once. One that arrives later waits in a queue. The next
batch takes all waiting appends that do not conflict with each other. One of the waiting threads leads the batch. When
many wait, a new thread leads, because a waiting thread would first compete for the processor with those just answered.
That thread ends when the queue is empty, so there is nothing to stop.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar, cast

# The largest batch. It is bounded because a batch that fails as a whole is repeated one append at a time.
MAX_BATCH = 128
# When at least this many appends wait, a new thread leads. For fewer, starting a thread costs more than it saves.
CROWD = 12


class Appendable(Protocol):
    """A group to append, with the keys by which two groups can conflict."""

    @property
    def writes(self) -> frozenset[Hashable]:
        """The keys that it changes."""

    @property
    def reads(self) -> frozenset[Hashable]:
        """The keys that must be unchanged when it is appended."""


class RefusedTogether(Exception):
    """The database refused a batch of several appends and recorded none of them."""


G = TypeVar("G", bound=Appendable)
R = TypeVar("R")


class _Waiting(Generic[G, R]):
    """One append in the queue; *outcome* is None until it is known."""

    __slots__ = ("group", "outcome", "woken")

    def __init__(self, group: G) -> None:
        self.group = group
        self.outcome: R | BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit(Generic[G, R]):
    """Appends groups in batches. *append* takes a batch and returns for each group its result or its exception."""

    def __init__(self, append: Callable[[Sequence[G]], Sequence[R | Exception]], most: int = MAX_BATCH) -> None:
        self._append = append
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[G, R]] = deque()
        self._led = False

    def append(self, group: G) -> R:
        """Append *group* and return its result, once it is durable. Raises the exception that refused it."""
        mine: _Waiting[G, R] = _Waiting(group)
        with self._lock:
            self._queue.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            # It is woken when it has an outcome, or when it must lead.
            mine.woken.acquire()
        if mine.outcome is None:
            self._lead(mine)
        if isinstance(mine.outcome, BaseException):
            raise mine.outcome
        return cast(R, mine.outcome)

    def _lead(self, mine: _Waiting[G, R]) -> None:
        """Append batches until *mine* has its outcome; then hand over to the next leader."""
        try:
            while mine.outcome is None:
                self._append_batch(mine)
        finally:
            self._hand_over()

    def _lead_crowd(self) -> None:
        """Append batches until the queue is empty."""
        try:
            while self._queue:
                self._append_batch()
        finally:
            self._hand_over()

    def _append_batch(self, mine: _Waiting[G, R] | None = None) -> None:
        batch = self._next_batch()
        for waiting, outcome in zip(batch, self._outcomes(batch), strict=True):
            waiting.outcome = outcome
            if waiting is not mine:
                waiting.woken.release()

    def _hand_over(self) -> None:
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._led = following is not None
            crowded = len(self._queue) >= CROWD
        if crowded:
            # When the system cannot start a thread, one of the waiting threads leads.
            with suppress(RuntimeError):
                threading.Thread(target=self._lead_crowd, name="group commit", daemon=True).start()
                return
        if following is not None:
            following.woken.release()

    def _next_batch(self) -> list[_Waiting[G, R]]:
        """The first append in the queue, and those after it that do not conflict with any before them."""
        batch: list[_Waiting[G, R]] = []
        written: set[Hashable] = set()
        with self._lock:
            later: deque[_Waiting[G, R]] = deque()
            while self._queue and len(batch) < self._most:
                waiting = self._queue.popleft()
                group = waiting.group
                if written.isdisjoint(group.writes) and written.isdisjoint(group.reads):
                    batch.append(waiting)
                else:
                    later.append(waiting)
                # An append that must wait keeps its place: no later one that conflicts with it may pass it.
                written |= group.writes
            self._queue.extendleft(reversed(later))
        return batch

    def _outcomes(self, batch: list[_Waiting[G, R]]) -> Sequence[R | BaseException]:
        try:
            return self._append([waiting.group for waiting in batch])
        except RefusedTogether as error:
            # It is certain that nothing was recorded, so each append may be repeated alone.
            if len(batch) == 1:
                return [error]
            return [outcome for waiting in batch for outcome in self._outcomes([waiting])]
        except BaseException as error:
            return [error] * len(batch)
