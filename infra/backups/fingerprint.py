"""Whether a restored log is the one that it was taken from: a checksum of all its events."""

import hashlib
from typing import NamedTuple

from infra.database.postgres import Database


class Fingerprint(NamedTuple):
    """The SHA-256 of the events of a log up to a position, and how many they are."""

    events: int
    sha256: str


def fingerprint(database: Database, position: int) -> Fingerprint:
    """The events of *database* up to *position*, as one SHA-256 over all that is stored of each."""
    digest, events = hashlib.sha256(), 0
    with database.connect() as connection:
        connection.execute("SELECT set_config('DateStyle', 'ISO', false), set_config('bytea_output', 'hex', false)")
        statement = "COPY (SELECT * FROM log.events WHERE notification_id <= {} ORDER BY notification_id) TO STDOUT"
        with connection.cursor().copy(statement.format(int(position)).encode()) as rows:
            for row in rows:
                digest.update(row)
                events += bytes(row).count(b"\n")
    return Fingerprint(events, digest.hexdigest())
