"""The audit trail, which PostgreSQL fills from the log by itself: of every event what the event itself says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.award import Transaction
from domain.history import Recorded, partnership_of
from domain.values.fact import Fact, Lane
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.feeding.rebuild import rebuild
from infra.log.codec import CODEC
from infra.log.postgres_log import Envelope, PostgresLog, read_log
from projections import audit
from projections.lanes import LANES, STAGES, lane_of
from projections.telling import tell
from tests.kit.database.writing import ask
from tests.kit.examples import EVENTS
from tests.kit.paths import GOLDEN


def told_otherwise() -> Iterator[Fact]:
    """The events whose lane goes by what they say, with everything that they can say of it."""
    happening: Any = EVENTS["HappeningNoted"]
    yield from (replace(happening, lane=lane) for lane in Lane)
    delay: Any = EVENTS["DelayReported"]
    yield from (replace(delay, stage=stage) for stage in [*STAGES, "anything else", 'it\'s "odd"'])
    for name in ("TransactionStated", "TransactionUnstated"):
        transaction: Any = EVENTS[name]
        yield from (replace(transaction, number=9 + nth, kind=kind) for nth, kind in enumerate(Transaction))


ALL = [*EVENTS.values(), *told_otherwise()]


def row_of(recorded: Recorded) -> tuple[Any, ...]:
    """What the audit trail keeps of an event, taken from the event as it is read."""
    lane = lane_of(recorded.event)
    return (
        recorded.position, recorded.event_id, recorded.stream, type(recorded.event).__name__, recorded.recorded_at,
        recorded.event.on.text, recorded.actor, recorded.command_id, partnership_of(recorded.event),
        lane.name if lane else None,
    )  # fmt: skip


def test_postgresql_reads_of_every_event_what_the_event_itself_says(database: Database) -> None:
    with PostgresLog(database) as log:
        told_of = [Envelope(f"{type(event).__name__}-{nth}", 1, event) for nth, event in enumerate(ALL)]
        log.recorder.insert_events([log.mapper.to_stored_event(one) for one in told_of])
    project_all(database, [audit])
    with database.connect() as connection:
        told = [row_of(recorded) for recorded in read_log(connection, 0, len(ALL))]
    assert told == ask(database, "SELECT * FROM read.audit ORDER BY position")
    assert len(ALL) == len(told)
    rebuild(database, [audit])
    assert told == ask(database, "SELECT * FROM read.audit ORDER BY position")


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_no_version_of_an_event_calls_its_day_or_its_partnership_by_another_name(file: Path) -> None:
    """An upcast may change anything but these: they are read of the stored form."""
    name, version, _ = file.name.split(".")
    stored = json.loads(file.read_bytes())
    event = CODEC.decode(name, int(version), file.read_bytes())
    assert (event.on.text, partnership_of(event)) == (stored["on"], stored.get("partnership_id"))


def test_a_partnerships_story_is_told_of_the_events_that_have_a_lane_and_of_no_others() -> None:
    for event in ALL:
        told = tell(event)
        assert lane_of(event) is (told.lane if told else None)
    assert {kind.__name__ for kind in LANES} <= EVENTS.keys()
