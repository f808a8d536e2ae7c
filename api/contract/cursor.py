"""Cursors: where a page begins or ends. Opaque to clients, versioned, and checked, so that a forged one is refused."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from typing import Any

from api.contract.errors import BAD_CURSOR, Problem
from projections.tables.paging import Window

VERSION = 1
# Made once: with separators of one's own, json.dumps makes a writer each time.
_encode = json.JSONEncoder(separators=(",", ":")).encode
FIRST = 20
MOST = 100
LONGEST = 500

# Each list's order: how the parts of its key are read back.
Key = tuple[Callable[[Any], Any], ...]


def text(value: Any) -> str:
    """A text of a key."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    value.encode()  # Half a surrogate pair is no text either, and its error a ValueError.
    return value


def position(value: Any) -> int:
    """A position of a key."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("no position")
    return value


def day(value: Any) -> date:
    """A day of a key."""
    return date.fromisoformat(text(value))


def write(order: str, key: tuple[Any, ...]) -> str:
    """The cursor of *key* in the list *order*."""
    said = [VERSION, order, *(part.isoformat() if isinstance(part, date) else part for part in key)]
    body = _encode(said).encode()
    return urlsafe_b64encode(_seal(body) + body).decode().rstrip("=")


def read(order: str, kinds: Key, cursor: str) -> tuple[Any, ...]:
    """The key that *cursor* holds. Raises Problem BAD_CURSOR unless it was written for this list."""
    try:
        if len(cursor) > LONGEST:
            raise ValueError("too long")
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        seal, body = raw[:6], raw[6:]
        if seal != _seal(body):
            raise ValueError("not ours")
        version, said, *parts = json.loads(body)
        if (version, said) != (VERSION, order):
            raise ValueError("of another list")
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem("The cursor is not one that this list has given.", BAD_CURSOR) from error


def _seal(body: bytes) -> bytes:
    # It tells a slip from a cursor of ours; what a cursor can reach, the list's own conditions allow anyway.
    return hashlib.blake2s(body, digest_size=6, person=b"ftcursor").digest()


def window(
    order: str,
    kinds: Key,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """The window that paging arguments ask for: the first 20 by default, 100 at most.

    Raises Problem when both *first* and *last* are given, when either is out of range, or for a cursor not ours.
    """
    if first is not None and last is not None:
        raise Problem("Ask for the first or for the last, not for both.")
    size = first if first is not None else last
    if size is None:
        size = FIRST
    if not 0 <= size <= MOST:
        raise Problem(f"A page has at most {MOST} entries, and not less than none.")
    return Window(
        size=size,
        backwards=last is not None,
        after=read(order, kinds, after) if after is not None else None,
        before=read(order, kinds, before) if before is not None else None,
    )
