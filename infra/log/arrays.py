"""Arrays in PostgreSQL's binary form. Faster than psycopg, which chooses a form for each element separately."""

import os
import time
from collections.abc import Sequence
from struct import Struct, pack

_INT4, _INT8, _TEXT, _BYTEA, _UUID = 23, 20, 25, 17, 2950

# The header: number of dimensions, whether any element is null, type of the elements; then length and first index.
_NONE = Struct("!iii").pack
_SOME = Struct("!iiiii").pack
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)


def texts(elements: Sequence[str | None]) -> bytes:
    """*elements* as text[]."""
    if not elements:
        return _NONE(0, 0, _TEXT)
    parts = [_SOME(1, 1, _TEXT, len(elements), 1)]
    for element in elements:
        if element is None:
            parts.append(_NULL)
        else:
            encoded = element.encode()
            parts += (_LENGTH(len(encoded)), encoded)
    return b"".join(parts)


def byteas(elements: Sequence[bytes]) -> bytes:
    """*elements* as bytea[]."""
    if not elements:
        return _NONE(0, 0, _BYTEA)
    parts = [_SOME(1, 0, _BYTEA, len(elements), 1)]
    for element in elements:
        parts += (_LENGTH(len(element)), element)
    return b"".join(parts)


def integers(elements: Sequence[int]) -> bytes:
    """*elements* as integer[]."""
    return _numbers(elements, _INT4, 4, "ii")


def bigints(elements: Sequence[int]) -> bytes:
    """*elements* as bigint[]."""
    return _numbers(elements, _INT8, 8, "iq")


def _numbers(elements: Sequence[int], kind: int, size: int, form: str) -> bytes:
    if not elements:
        return _NONE(0, 0, kind)
    sized = [size] * (2 * len(elements))
    sized[1::2] = elements
    return _SOME(1, 0, kind, len(elements), 1) + pack("!" + form * len(elements), *sized)


_SIZED_UUID = Struct("!iQQ").pack


def new_uuids(count: int) -> bytes:
    """*count* new UUIDs of version 7 as uuid[]: of this moment, the first is random and the others count up from it."""
    if not count:
        return _NONE(0, 0, _UUID)
    random = int.from_bytes(os.urandom(9))
    # RFC 9562: 48 bits of time, the version, 12 random bits; then the variant and random bits, with room to count up.
    high = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 16 | 7 << 12 | random >> 60
    low = 2 << 62 | random & (1 << 60) - 1
    return _SOME(1, 0, _UUID, count, 1) + b"".join([_SIZED_UUID(16, high, low + nth) for nth in range(count)])
