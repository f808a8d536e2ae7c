"""How often Python looks for garbage in circles: who goes through many events or rows makes next to none of it."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# So many more objects there are before Python looks for those that only refer to each other; by default it goes again
# and again through all that a page or a batch holds, for a third of the time of a rebuild and half of an import's.
SELDOM = 200_000

# How often it looked before the first of those who ask for it now, one for each of them.
_before: list[tuple[int, int, int]] = []
_lock = threading.Lock()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the whole process collect garbage in circles seldom, until the last of those who asked for it is done."""
    with _lock:
        _before.append(_before[0] if _before else gc.get_threshold())
        gc.set_threshold(max(SELDOM, _before[0][0]), *_before[0][1:])
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before:
                gc.set_threshold(*before)
