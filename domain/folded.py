"""A cache of the states of streams, so that the next reader folds only new events. It can be discarded at any time.

A state never changes and a stream only grows. So a cached state stays correct for the first events of its stream, and
the later events are folded on top of it.
"""

from collections import OrderedDict
from types import ModuleType
from typing import Any, NamedTuple

# How many streams are kept: those read last. An award with 200 events takes about 50 kilobytes.
KEPT = 1000


class Folded(NamedTuple):
    """The *state* of a stream after its first *version* events."""

    version: int
    state: Any


class States:
    """The states of streams, each with the module that folded it. Threads may share an instance."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._folded: OrderedDict[str, tuple[ModuleType, Folded]] = OrderedDict()

    def known(self, module: ModuleType, stream: str) -> Folded | None:
        """The state of *stream* that *module* folded before; None where it is not kept."""
        by, folded = self._folded.get(stream, (None, None))
        return folded if by is module else None

    def has(self, stream: str) -> bool:
        """Whether the state of *stream* is kept, and there is such a stream."""
        _, folded = self._folded.get(stream, (None, None))
        return folded is not None and folded.version > 0

    def keep(self, module: ModuleType, stream: str, folded: Folded) -> None:
        """Keep the state of *stream* that *module* folded. Drop the oldest states above the limit."""
        self._folded.pop(stream, None)
        self._folded[stream] = (module, folded)
        while len(self._folded) > self._kept:
            self._folded.popitem(last=False)

    def forget(self, stream: str | None) -> None:
        """Drop the state of *stream*; with None, drop all states."""
        if stream is None:
            self._folded.clear()
        else:
            self._folded.pop(stream, None)
