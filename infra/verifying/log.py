"""The checks of the log itself: its streams and commands, and the counters and references that follow from it."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, TypeVar

from infra.verifying.checksums import checksum
from infra.verifying.findings import Finding, Looked
from infra.verifying.moment import Moment

Key = TypeVar("Key", bound=Hashable)


def streams(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether the versions of each stream are 1, 2, 3 and so on, in order of position and of recording."""
    for event, misfit in moment.misfits():
        yield Finding(misfit.said, misfit.found, misfit.expected, event.stream, event.position, "log.events")
    looked += [Looked("event", moment.fold.events), Looked("stream", moment.fold.streams)]
    [(stored,)] = moment.asked("SELECT count(*) FROM ONLY log.events")
    if stored != moment.fold.events:
        yield Finding(
            "Other events are read than the table log.events has: another table is read with it, or in its place.",
            f"{moment.fold.events} events",
            f"{stored} events",
            table="log.events",
        )
    for position, event_id, times in moment.asked(_TWICE):
        yield Finding(
            f"The id of an event is there {times} times.",
            str(event_id),
            "an id of its own",
            None,
            position,
            "log.events",
        )
    [(last, is_used)] = moment.asked("SELECT last_value, is_called FROM log.positions")
    following = last + int(is_used)
    if following <= moment.position:
        yield Finding(
            "The sequence log.positions would give a position that is taken.",
            f"next position {following}",
            f"a position after {moment.position}",
            table="log.positions",
        )
    looked.append(_summed(moment, "events"))


def commands(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether the command of each event is kept, with the position and the time of its last event."""
    for command, stream, position in moment.asked(_WITHOUT_COMMAND):
        yield Finding(
            f"The command {command} of an event is missing.", None, "a row", stream, position, "log.commands", command
        )
    for command, position, recorded_at, last, moment_of_last in moment.asked(_ELSEWHERE):
        yield Finding(
            f"The command {command} has another position or time than its last event.",
            f"position {position}, recorded at {recorded_at.isoformat()}",
            f"position {last}, recorded at {moment_of_last.isoformat()}",
            position=last,
            table="log.commands",
            row=command,
        )
    for command, position in moment.asked(_BEYOND, (moment.position,)):
        yield Finding(
            f"The command {command} has a position after the end of the log.",
            f"position {position}",
            f"at most {moment.position}",
            position=position,
            table="log.commands",
            row=command,
        )
    looked.append(_summed(moment, "commands"))


def counters(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether each counter is what the events add up to, and none is overspent."""
    expected = moment.fold.counters
    with closing(moment.rows("SELECT name, ceiling, used FROM log.counters ORDER BY name")) as rows:
        found = ((name, of) for name, *of in rows)
        yield from _differing(found, expected, "log.counters", ("ceiling", "used"))
    for name in moment.fold.overspent():
        yield Finding("The events use more than there is.", row=name, table="log.counters")
    looked.append(_summed(moment, "counters"))


def references(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether the references, with the duties that people took, are those that the events give."""
    expected = moment.fold.references
    with closing(moment.rows("SELECT kind, text, subject, stream FROM log.references ORDER BY kind, text")) as rows:
        found = (((kind, text), of) for kind, text, *of in rows)
        yield from _differing(found, expected, "log.references", ("subject", "stream"))
    looked.append(_summed(moment, "references"))


def _differing(
    found: Iterable[tuple[Key, list[Any]]],
    expected: Mapping[Key, tuple[Any, ...]],
    table: str,
    columns: tuple[str, ...],
) -> Iterator[Finding]:
    """The rows of *table* that are not *expected* by their key, and those that are missing."""
    missing = dict(expected)
    for key, values in found:
        wanted = missing.pop(key, None)
        if wanted is None or tuple(values) != wanted:
            said = "The log gives no such row." if wanted is None else "The row is not what the log gives."
            yield Finding(
                said, _row(columns, values), _row(columns, wanted), _stream(wanted), table=table, row=_key(key)
            )
    for key, wanted in missing.items():
        yield Finding(
            "A row that the log gives is missing.",
            expected=_row(columns, wanted),
            stream=_stream(wanted),
            table=table,
            row=_key(key),
        )


def _row(columns: tuple[str, ...], values: list[Any] | tuple[Any, ...] | None) -> dict[str, str | None] | None:
    return None if values is None else dict(zip(columns, map(str, values), strict=True))


def _stream(wanted: tuple[Any, ...] | None) -> str | None:
    """The stream of a reference: the last column of one that is expected."""
    return wanted[-1] if wanted is not None and isinstance(wanted[-1], str) else None


def _key(key: Any) -> str:
    return " ".join(key) if isinstance(key, tuple) else str(key)


def _summed(moment: Moment, table: str) -> Looked:
    rows, sha256 = checksum(moment.connection, "log", table)
    return Looked(f"log.{table}", rows, sha256)


_TWICE = """
    SELECT min(notification_id), event_id, count(*) FROM log.events GROUP BY event_id HAVING count(*) > 1 ORDER BY 1"""
_WITHOUT_COMMAND = """
    SELECT e.command_id, min(e.originator_id), min(e.notification_id)
      FROM log.events e LEFT JOIN log.commands c ON c.command_id = e.command_id
     WHERE c.command_id IS NULL GROUP BY 1 ORDER BY 3"""
_ELSEWHERE = """
    SELECT c.command_id, c.position, c.recorded_at, e.last, e.moment
      FROM log.commands c
      JOIN (SELECT command_id, max(notification_id) AS last, max(recorded_at) AS moment FROM log.events GROUP BY 1) e
        ON e.command_id = c.command_id
     WHERE c.position <> e.last OR c.recorded_at <> e.moment ORDER BY e.last"""
_BEYOND = "SELECT command_id, position FROM log.commands WHERE position > %s ORDER BY position"
