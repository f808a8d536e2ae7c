"""Run Python's cycle collector rarely during bulk work, which creates almost no cycles."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The number of new objects after which Python looks for cycles. With its default it scans the same page or batch of
# objects again and again, which takes a third of the time of a rebuild and half of the time of an import.
RARE_THRESHOLD = 200_000

# The thresholds before the first of the current users of collecting_rarely, once for each user.
_before: list[tuple[int, int, int]] = []
_lock = threading.Lock()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Run the cycle collector rarely in the whole process, until the last block that asked for it has ended."""
    with _lock:
        _before.append(_before[0] if _before else gc.get_threshold())
        gc.set_threshold(max(RARE_THRESHOLD, _before[0][0]), *_before[0][1:])
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before:
                gc.set_threshold(*before)
