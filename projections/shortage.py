"""What the database lacks when it refuses work: room on its disk, memory, or connections."""

import psycopg

FULL = "The disk of the database is full. Nothing can be recorded until there is room on it."
# What the database may lack, by the error that says so.
SHORTAGES: dict[type[psycopg.Error], str] = {
    psycopg.errors.DiskFull: FULL,
    psycopg.errors.OutOfMemory: "The database has no memory left. Try again in a moment.",
    psycopg.errors.TooManyConnections: "The database has no connection left. Try again in a moment.",
    psycopg.errors.ConfigurationLimitExceeded: "The database has reached a limit of its configuration.",
}
NO_ROOM = "No space left on device"


def shortage_of(cause: BaseException | None) -> str | None:
    """What the database lacks, when *cause* or an exception behind it says so: a sentence; None for other failures."""
    while cause is not None:
        for kind, sentence in SHORTAGES.items():
            if isinstance(cause, kind):
                return sentence
        # A server that ends for lack of room says why in the text alone, as the connection breaks.
        if isinstance(cause, psycopg.OperationalError) and NO_ROOM in str(cause):
            return FULL
        cause = cause.__cause__
    return None
