"""The bytes of an event that the tree is made of. They cover every column that the log stores about it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple

from infra.seals.merkle import leaf_hash

FORMAT = "fundtrail event 1"
# Stands for the length of a field that is null.
NULL = b"\xff\xff\xff\xff"


class StoredEvent(NamedTuple):
    """An event as the log stores it. *body* has the stored bytes. The fields are in the order of SELECT."""

    position: int
    stream: str
    version: int
    name: str
    schema: int
    event_id: str
    recorded_at: datetime
    actor: str
    authority: str | None
    command_id: str
    correlation_id: str
    causation_id: str | None
    body: bytes


SELECT: LiteralString = (
    "SELECT notification_id, originator_id, originator_version, topic, schema_version, event_id, recorded_at,"
    " actor, authority, command_id, correlation_id, causation_id, state FROM log.events"
)


def stored_event(row: Sequence[Any]) -> StoredEvent:
    """The event in a *row* of SELECT. The server makes no text of a value: somebody could change how it does."""
    return StoredEvent._make((*row[:5], str(row[5]), *row[6:12], bytes(row[12])))


def entry(event: StoredEvent) -> bytes:
    """The entry of *event*: each field as its length (4 bytes, big-endian) and its text in UTF-8, one after the other.

    The first field is FORMAT. Numbers are decimal, and the time of recording has microseconds and ends with Z. The
    entry ends with the SHA-256 of the stored body, so that an entry is short and can be shown without the body. Two
    different events never have the same entry.
    """
    recorded_at = event.recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    fields = (
        FORMAT, str(event.position), event.stream, str(event.version), event.name, str(event.schema), event.event_id,
        recorded_at, event.actor, event.authority, event.command_id, event.correlation_id, event.causation_id,
    )  # fmt: skip
    parts = []
    for field in fields:
        if field is None:
            parts.append(NULL)
        else:
            text = field.encode()
            parts += (len(text).to_bytes(4, "big"), text)
    return b"".join((*parts, hashlib.sha256(event.body).digest()))


def leaf_of(event: StoredEvent) -> bytes:
    """The hash of *event* as a leaf of the tree."""
    return leaf_hash(entry(event))
