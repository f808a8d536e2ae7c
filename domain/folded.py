"""What streams were folded to when they were last read, for whoever reads them next: it can be thrown away any time.

A state never changes, and a stream only grows: what was folded stays true of its first events for ever, and those that
have come since are read and folded upon it.
"""

from collections import OrderedDict
from types import ModuleType
from typing import Any, NamedTuple

# So many streams are kept, those that were read last. An award with two hundred events takes some fifty kilobytes.
KEPT = 1000


class Folded(NamedTuple):
    """The *state* of a stream after its first *version* events."""

    version: int
    state: Any


class States:
    """Folded streams, by the module that folds them. Several threads may share it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._folded: OrderedDict[str, tuple[ModuleType, Folded]] = OrderedDict()

    def known(self, module: ModuleType, stream: str) -> Folded | None:
        """What *module* folded *stream* to before; None where that is not kept."""
        by, folded = self._folded.get(stream, (None, None))
        return folded if by is module else None

    def keep(self, module: ModuleType, stream: str, folded: Folded) -> None:
        """Keep what *module* has folded *stream* to, rather than what was kept longest without being read."""
        self._folded.pop(stream, None)
        self._folded[stream] = (module, folded)
        while len(self._folded) > self._kept:
            self._folded.popitem(last=False)

    def forget(self, stream: str | None) -> None:
        """Keep *stream* no more; without a name, none of them."""
        if stream is None:
            self._folded.clear()
        else:
            self._folded.pop(stream, None)
