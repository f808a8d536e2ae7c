"""People who were erased after the moment that is restored: the directory of that moment still has their names."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from infra.backups.refusals import BackupRefused
from infra.database.postgres import Database

ERASED = "PersonErased"


class _Event(msgspec.Struct):
    name: str
    stream: str


class _Line(msgspec.Struct):
    event: _Event | None = None


def listed_in(file: Path) -> list[str]:
    """The people whose erasure *file* has: a log that ``fundtrail log export`` wrote, or a text with one id a line.

    Raises BackupRefused when it is neither.
    """
    decoder = msgspec.json.Decoder(_Line)
    found: list[str] = []
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip()
                if not text.startswith(b"{"):
                    if b" " in text:
                        raise BackupRefused(f"Line {number:,} of {file} is not the id of a person.")
                    found += [text.decode()] if text else []
                elif (event := decoder.decode(text).event) is not None and event.name == ERASED:
                    found.append(event.stream)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise BackupRefused(f"{file} cannot be read: {error}.") from error
    return found


def taken_out(database: Database, people: Iterable[str]) -> list[str]:
    """Take the names and contacts of *people* out of the directory. Returns those whom the log has not erased."""
    wanted: Sequence[str] = sorted(set(people))
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT p FROM unnest(%s::text[]) AS p WHERE EXISTS (SELECT FROM log.events e WHERE e.originator_id = p)"
            " AND NOT EXISTS (SELECT FROM log.events e WHERE e.originator_id = p AND e.topic = %s) ORDER BY 1",
            (wanted, ERASED),
        ).fetchall()
        known = [person for (person,) in rows]
        if known:
            connection.execute("DELETE FROM directory.people WHERE person_id = ANY (%s)", (known,))
            connection.execute("VACUUM directory.people")
    return known
