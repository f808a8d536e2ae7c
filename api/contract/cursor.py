"""Cursors: where a page begins or ends. Clients do not read them; a version and a checksum detect forged ones.

A cursor has the epoch of the log in which it was made. After a restore or a failover a position may mean another event.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from api.contract.errors import BAD_CURSOR, EPOCH_ENDED, Problem
from projections.epochs import EpochEnded, epochs
from projections.tables.paging import Window

VERSION = 2
# The version without an epoch, which was the first one.
BEFORE_EPOCHS = 1
# Made once, because json.dumps with separators makes a new encoder on each call.
_encode = json.JSONEncoder(separators=(",", ":")).encode
FIRST = 20
MOST = 100
LONGEST = 500

_AMOUNT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,6})?")

# How the parts of a list's key are read from JSON.
Key = tuple[Callable[[Any], Any], ...]


def text(value: Any) -> str:
    """A text of a key. Raises ValueError for any other value."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text")
    value.encode()  # Raises ValueError for half a surrogate pair.
    return value


def position(value: Any) -> int:
    """A position of a key. Raises ValueError for any other value."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("not a position")
    return value


def day(value: Any) -> date:
    """A day of a key. Raises ValueError for any other value."""
    return date.fromisoformat(text(value))


def amount(value: Any) -> Decimal:
    """An amount of a key, which is a text there. Raises ValueError for any other value."""
    if not _AMOUNT.fullmatch(text(value)):
        raise ValueError("not an amount")
    return Decimal(value)


def refuse_ended(epoch: int, position: int) -> None:
    """Refuse a *position* of an *epoch* that the present one did not take over. Raises Problem EPOCH_ENDED."""
    try:
        epochs.refuse_ended(epoch, position)
    except EpochEnded as error:
        raise Problem(str(error), EPOCH_ENDED) from error


def write(order: str, key: tuple[Any, ...]) -> str:
    """The cursor of *key* in the list *order*."""
    content = [VERSION, epochs.present, order, *map(_plain, key)]
    body = _encode(content).encode()
    return urlsafe_b64encode(_seal(body) + body).decode().rstrip("=")


def _plain(part: Any) -> Any:
    if isinstance(part, date):
        return part.isoformat()
    return f"{part:f}" if isinstance(part, Decimal) else part


def read(order: str, kinds: Key, cursor: str) -> tuple[Any, ...]:
    """The key in *cursor*. Raises Problem BAD_CURSOR unless it was written for the list *order*.

    Raises Problem EPOCH_ENDED where it leads to a position that the present epoch did not take over.
    """
    try:
        if len(cursor) > LONGEST:
            raise ValueError("too long")
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        seal, body = raw[:6], raw[6:]
        if seal != _seal(body):
            raise ValueError("wrong checksum")
        version, *content = json.loads(body)
        if version == BEFORE_EPOCHS:
            content = [1, *content]
        elif version != VERSION:
            raise ValueError("of another version")
        epoch, list_order, *parts = content
        if list_order != order:
            raise ValueError("of another list")
        key = tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
        position(epoch)
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem("The cursor is not from this list. Use a cursor that this list returned.", BAD_CURSOR) from error
    if epoch != epochs.present:
        for kind, part in zip(kinds, key, strict=True):
            if kind is position:
                refuse_ended(epoch, part)
    return key


def _seal(body: bytes) -> bytes:
    # A checksum against mistakes, not a secret: a forged cursor reaches only rows that the list returns anyway.
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
    """The window for the arguments of a page: the first 20 entries by default, at most 100.

    Raises Problem if both *first* and *last* are given, if either is out of range, or for a forged cursor.
    """
    if first is not None and last is not None:
        raise Problem("Both first and last are given. Give only one.")
    size = first if first is not None else last
    if size is None:
        size = FIRST
    if not 0 <= size <= MOST:
        raise Problem(f"The page size is {size:,}. It must be from 0 to {MOST}.")
    return Window(
        order=order,
        size=size,
        backwards=last is not None,
        after=read(order, kinds, after) if after is not None else None,
        before=read(order, kinds, before) if before is not None else None,
    )
