"""Group commit: appends that come together share one lock, one round trip and one commit, each answered by itself.

Whoever comes while nobody appends does so at once. Whoever comes meanwhile waits, and the next append takes along all
that wait, as far as they do not touch each other. It is led by one of them; where a crowd waits by a thread of its own,
which need not take its turn among those just answered. It ends when nobody waits, so that there is nothing to stop.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar, cast

# So many go together at most: a group commit that fails as a whole is tried again one by one.
MOST = 128
# Where so many wait after an append, a thread leads. For fewer, starting it costs more than it saves.
CROWD = 12


class Touching(Protocol):
    """Something to append: what it writes, and what else it was decided on."""

    @property
    def writes(self) -> frozenset[Hashable]:
        """What it changes."""

    @property
    def reads(self) -> frozenset[Hashable]:
        """What it must find unchanged."""


class RefusedTogether(Exception):
    """The database refused some of several appends and recorded none of them."""


G = TypeVar("G", bound=Touching)
R = TypeVar("R")


class _Waiting(Generic[G, R]):
    """One append on its way; *outcome* is None until it is known."""

    __slots__ = ("group", "outcome", "woken")

    def __init__(self, group: G) -> None:
        self.group = group
        self.outcome: R | BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit(Generic[G, R]):
    """Lets appends go together. *append* takes some and gives the outcome of each, an exception where it is refused."""

    def __init__(self, append: Callable[[Sequence[G]], Sequence[R | Exception]], most: int = MOST) -> None:
        self._append = append
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[G, R]] = deque()
        self._led = False

    def append(self, group: G) -> R:
        """What became of *group*, once it is durable. Raises what refused it."""
        mine: _Waiting[G, R] = _Waiting(group)
        with self._lock:
            self._queue.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            # Woken with an outcome, or to lead.
            mine.woken.acquire()
        if mine.outcome is None:
            self._lead(mine)
        if isinstance(mine.outcome, BaseException):
            raise mine.outcome
        return cast(R, mine.outcome)

    def _lead(self, mine: _Waiting[G, R]) -> None:
        """Append until *mine* is through; then let the next one lead."""
        try:
            while mine.outcome is None:
                self._append_some(mine)
        finally:
            self._hand_over()

    def _lead_crowd(self) -> None:
        """Append until nobody waits."""
        try:
            while self._queue:
                self._append_some()
        finally:
            self._hand_over()

    def _append_some(self, mine: _Waiting[G, R] | None = None) -> None:
        batch = self._together()
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
            # Where no thread can be had, one of them leads.
            with suppress(RuntimeError):
                threading.Thread(target=self._lead_crowd, name="appends of a crowd", daemon=True).start()
                return
        if following is not None:
            following.woken.release()

    def _together(self) -> list[_Waiting[G, R]]:
        """The first in the queue, and those after it that touch nothing that goes before them."""
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
                # Who must wait keeps its place: nobody who touches the same goes before it.
                written |= group.writes
            self._queue.extendleft(reversed(later))
        return batch

    def _outcomes(self, batch: list[_Waiting[G, R]]) -> Sequence[R | BaseException]:
        try:
            return self._append([waiting.group for waiting in batch])
        except RefusedTogether as error:
            # Nothing of it was recorded, for sure, so each may be tried alone.
            if len(batch) == 1:
                return [error]
            return [outcome for waiting in batch for outcome in self._outcomes([waiting])]
        except BaseException as error:
            return [error] * len(batch)
