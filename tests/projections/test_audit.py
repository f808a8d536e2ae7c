"""The audit log, which PostgreSQL fills from the log, agrees with the decoded events."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from domain.award import Transaction
from domain.history import Event, Recorded, partnership_of
from domain.support import concern
from domain.values.fact import Fact, Lane
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.feeding.rebuild import rebuild
from infra.log.codec import CODEC
from infra.log.postgres_log import Envelope, PostgresLog, read_log
from projections.audit import trail as audit
from projections.telling import LINES, STAGES, described, lane_of
from projections.untold import UNTOLD
from tests.kit.database.writing import ask
from tests.kit.examples import EVENTS
from tests.kit.paths import GOLDEN


def lane_variants() -> Iterator[Fact]:
    """The events whose lane depends on their fields, with every value of those fields."""
    happening: Any = EVENTS["HappeningNoted"]
    yield from (replace(happening, lane=lane) for lane in Lane)
    delay: Any = EVENTS["DelayReported"]
    yield from (replace(delay, stage=stage) for stage in [*STAGES, "anything else", 'it\'s "odd"'])
    for name in ("TransactionStated", "TransactionUnstated"):
        transaction: Any = EVENTS[name]
        yield from (replace(transaction, number=9 + nth, kind=kind) for nth, kind in enumerate(Transaction))


# What only the readers of a concern see is not there.
FOR_READERS = tuple({*get_args(concern.Event)} - {*concern.OPEN})
ALL = [*EVENTS.values(), *lane_variants()]


def row_of(recorded: Recorded) -> tuple[Any, ...]:
    """The row of the audit log for an event, made from the decoded event."""
    lane = lane_of(recorded.event)
    return (
        recorded.position, recorded.event_id, recorded.stream, type(recorded.event).__name__, recorded.recorded_at,
        recorded.event.on.text, recorded.actor, recorded.command_id, partnership_of(recorded.event),
        lane.name if lane else None,
    )  # fmt: skip


def test_postgresql_fills_the_audit_log_with_what_each_event_states(database: Database) -> None:
    with PostgresLog(database) as log:
        envelopes = [Envelope(f"{type(event).__name__}-{nth}", 1, event) for nth, event in enumerate(ALL)]
        log.recorder.insert_events([log.mapper.to_stored_event(one) for one in envelopes])
    project_all(database, [audit])
    with database.connect() as connection:
        every = read_log(connection, 0, len(ALL))
    confidential = [recorded for recorded in every if isinstance(recorded.event, FOR_READERS)]
    rows = [row_of(recorded) for recorded in every if recorded not in confidential]
    assert rows == ask(database, "SELECT * FROM read.audit ORDER BY position")
    assert (len(ALL), len(FOR_READERS)) == (len(rows) + len(confidential), len(confidential))
    rebuild(database, [audit])
    assert rows == ask(database, "SELECT * FROM read.audit ORDER BY position")


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_every_version_of_an_event_stores_its_day_and_its_partnership_under_the_same_names(file: Path) -> None:
    """An upcast may change anything but these: PostgreSQL reads them from the stored form."""
    name, version, _ = file.name.split(".")
    stored = json.loads(file.read_bytes())
    event = CODEC.decode(name, int(version), file.read_bytes())
    assert (event.on.text, partnership_of(event)) == (stored["on"], stored.get("partnership_id"))


def test_every_event_is_on_timelines_or_named_as_one_that_is_not() -> None:
    """An event in neither list would be missing from every timeline, and nobody would notice."""
    every = set(get_args(Event))
    assert set() == LINES.keys() & UNTOLD.keys()
    assert {kind.__name__ for kind in every} == {kind.__name__ for kind in LINES.keys() | UNTOLD.keys()}
    assert all(reason.endswith(".") for reason in UNTOLD.values())


def test_the_line_of_an_event_has_its_lane_and_a_title_without_placeholders() -> None:
    for event in ALL:
        line = described(event)
        assert (line.lane if line else None) is lane_of(event)
        assert line is None or (line.title and "{" not in line.title.replace("{who}", ""))
