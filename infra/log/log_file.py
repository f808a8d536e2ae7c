"""A whole log as a file: to keep it, to move it to another server, and to ship an example.

The file is JSON Lines: a head, the events in the order of the log, the commands, and a foot with the SHA-256 of all
bytes before it. Bodies are the stored text, unchanged. References and counters are not in it: they follow from the
events, so restoring makes them again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

import msgspec
import orjson
import psycopg

from domain.values.portable import Portable
from infra.database.postgres import Database
from infra.log.fold import Fold, StoredEvent

FORMAT = "fundtrail log 1"
# The most bytes of a line. No body of an event is nearly as long.
LONGEST = 8 * 1024 * 1024


class LogNotEmpty(Portable):
    """The database has events already. A log is restored into an empty one only."""

    def __init__(self, events: int) -> None:
        super().__init__(f"The log has {events:,} events already. A log is restored into an empty database only.")


class BadLogFile(Portable):
    """The file is not a whole log as it was exported. Nothing of it was restored. *line* counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line:,}: {reason} Nothing was restored.")


class StoredLine(msgspec.Struct, frozen=True):
    """An event as it is stored. *body* is the stored text."""

    position: int
    stream: str
    version: int
    name: str
    schema: int
    id: str
    recorded_at: datetime
    actor: str
    authority: str | None
    command: str
    correlation: str
    causation: str | None
    body: str


class CommandLine(msgspec.Struct, frozen=True):
    """A command that was answered, with the SHA-256 of its words in hexadecimal digits."""

    id: str
    fingerprint: str
    subject: str
    position: int
    recorded_at: datetime


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the file: one of these."""

    format: str | None = None
    events: int = 0
    commands: int = 0
    event: StoredLine | None = None
    command: CommandLine | None = None
    sha256: str | None = None


class Kept(NamedTuple):
    """How many events and commands a file has, and the position of its last event."""

    events: int
    commands: int
    position: int


_DECODER = msgspec.json.Decoder(_Line)
_EVENTS = """SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic AS name,
       schema_version AS schema, event_id::text AS id, recorded_at, actor, authority, command_id AS command,
       correlation_id AS correlation, causation_id AS causation, convert_from(state, 'UTF8') AS body
  FROM log.events ORDER BY notification_id"""
_COMMANDS = """SELECT command_id AS id, encode(fingerprint, 'hex') AS fingerprint, subject, position, recorded_at
  FROM log.commands ORDER BY position, command_id"""


# --- Writing ----------------------------------------------------------------------------------------------------------


def export(database: Database, file: BinaryIO) -> Kept:
    """Write the whole log of *database* into *file*, as it was at one moment. Needs its owner."""
    with database.connect() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute(
            "SELECT (SELECT count(*) FROM log.events), (SELECT count(*) FROM log.commands),"
            " (SELECT coalesce(max(notification_id), 0) FROM log.events)"
        ).fetchone()
        kept = Kept(*(row or (0, 0, 0)))
        return write(file, kept, _rows(connection, "event", _EVENTS), _rows(connection, "command", _COMMANDS))


def write(file: BinaryIO, kept: Kept, *parts: Iterable[dict[str, Any]]) -> Kept:
    """Write a log of *parts*, the lines of its events and then of its commands."""
    digest = hashlib.sha256()

    def line(value: dict[str, Any]) -> None:
        text = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        digest.update(text)
        file.write(text)

    line({"format": FORMAT, "events": kept.events, "commands": kept.commands})
    for part in parts:
        for value in part:
            line(value)
    line({"sha256": digest.hexdigest()})
    return kept


def _rows(connection: psycopg.Connection[Any], kind: str, statement: str) -> Iterator[dict[str, Any]]:
    with connection.cursor(name=f"exported_{kind}") as cursor:
        cursor.itersize = 5000
        cursor.execute(statement.encode())
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield {kind: dict(zip(names, row, strict=True))}


# --- Restoring --------------------------------------------------------------------------------------------------------


def restore(database: Database, file: BinaryIO) -> Kept:
    """Record the log in *file* in the empty log of *database*, all of it or nothing. Needs the owner of the database.

    Positions, versions, times of recording and bodies stay as they were. Raises LogNotEmpty and BadLogFile.
    """
    with database.connect() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(log.append_lock())")
        row = connection.execute("SELECT count(*) FROM log.events").fetchone()
        if row and row[0]:
            raise LogNotEmpty(row[0])
        checked = Checked(file)
        _copy_events(connection, checked)
        _copy_commands(connection, checked)
        _copy_names(connection, checked)
        kept = checked.kept
        connection.execute("SELECT setval('log.positions', greatest(%s, 1), %s)", (kept.position, kept.position > 0))
        connection.execute("SELECT pg_notify('fundtrail_log', '')")
        return kept


class Checked:
    """The lines of a file, each checked before it is used, and what follows from the events that were read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self._number = file, hashlib.sha256(), 0
        self._head = self._next()
        if self._head.format != FORMAT:
            raise BadLogFile(1, f'It does not begin with the format "{FORMAT}".')
        self.fold = Fold()
        self._commands: set[str] = set()
        self._answered: set[str] = set()

    def wrong(self, reason: str) -> BadLogFile:
        """What is raised for the line that was read last."""
        return BadLogFile(self._number, reason)

    @property
    def kept(self) -> Kept:
        """What was read."""
        return Kept(self.fold.events, len(self._answered), self.fold.position)

    def events(self) -> Iterator[StoredLine]:
        """The events, in order. Raises BadLogFile at one that cannot follow those before it."""
        for _ in range(self._head.events):
            event = self._next().event
            if event is None:
                raise self.wrong(f"Here is no event, and the file says that it has {self._head.events:,}.")
            self._check(event)
            yield event

    def commands(self) -> Iterator[CommandLine]:
        """The commands, then the foot. Raises BadLogFile, also for a file that was changed after it was written."""
        for _ in range(self._head.commands):
            command = self._next().command
            if command is None or command.id in self._answered:
                raise self.wrong("Here is no new command, and the file says that there is one.")
            self._answered.add(command.id)
            yield command
        unanswered = self._commands - self._answered
        if unanswered:
            raise self.wrong(f"The command {min(unanswered)} of an event is missing.")
        digest = self._digest.hexdigest()
        if self._next().sha256 != digest:
            raise self.wrong("The file is not as it was written: its SHA-256 is another one.")
        if self._file.read(1):
            raise BadLogFile(self._number + 1, "Something follows the end of the log.")

    def _check(self, event: StoredLine) -> None:
        try:
            UUID(event.id)
        except ValueError as error:
            raise self.wrong(f"The event cannot be read: {error}.") from error
        for misfit in self.fold.add(
            StoredEvent(
                event.position, event.stream, event.version, event.name, event.schema, event.recorded_at, event.actor,
                event.body.encode(),
            )
        ):  # fmt: skip
            raise self.wrong(misfit.said)
        self._commands.add(event.command)

    def _next(self) -> _Line:
        text = self._file.readline(LONGEST)
        self._number += 1
        if not text.endswith(b"\n"):
            raise self.wrong("The file ends here, or the line is too long.")
        try:
            line = _DECODER.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self.wrong("It is not a line of a log.") from error
        if line.sha256 is None:
            self._digest.update(text)
        return line


def _copy_events(connection: psycopg.Connection[Any], checked: Checked) -> None:
    columns = (
        "notification_id, originator_id, originator_version, topic, state, schema_version, event_id, recorded_at,"
        " actor, authority, command_id, correlation_id, causation_id"
    )
    with connection.cursor().copy(f"COPY log.events ({columns}) FROM STDIN".encode()) as copy:
        for event in checked.events():
            copy.write_row((
                event.position, event.stream, event.version, event.name, event.body.encode(), event.schema, event.id,
                event.recorded_at, event.actor, event.authority, event.command, event.correlation, event.causation,
            ))  # fmt: skip


def _copy_commands(connection: psycopg.Connection[Any], checked: Checked) -> None:
    columns = "command_id, fingerprint, subject, position, recorded_at"
    with connection.cursor().copy(f"COPY log.commands ({columns}) FROM STDIN".encode()) as copy:
        for one in checked.commands():
            try:
                fingerprint = bytes.fromhex(one.fingerprint)
            except ValueError as error:
                raise checked.wrong(f"The fingerprint of the command {one.id} is not one.") from error
            copy.write_row((one.id, fingerprint, one.subject, one.position, one.recorded_at))


def _copy_names(connection: psycopg.Connection[Any], checked: Checked) -> None:
    """Write the references and counters that follow from the events."""
    with connection.cursor().copy("COPY log.references (kind, text, subject, stream) FROM STDIN") as copy:
        for (kind, text), (subject, stream) in checked.fold.references.items():
            copy.write_row((kind, text, subject, stream))
    if overspent := checked.fold.overspent():
        raise checked.wrong(f"The events use more of {overspent[0]} than there is.")
    with connection.cursor().copy("COPY log.counters (name, ceiling, used) FROM STDIN") as copy:
        for name, (ceiling, used) in sorted(checked.fold.counters.items()):
            copy.write_row((name, ceiling, used))
