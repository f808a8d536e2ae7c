"""Restoring to an instant: everything that was recorded at or before it is there, and nothing later."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.desk import submit
from domain.people.person import ErasePerson, RegisterPerson
from domain.values.ids import PersonId
from domain.values.when import When
from infra import directory
from infra.backups import erasures, restoring
from infra.backups.archiving import archiving
from infra.backups.refusals import BackupBroken, BackupRefused, NoBackup
from infra.backups.taking import take
from infra.backups.targets import Wanted
from infra.database.postgres import Database
from infra.log import log_file
from infra.log.postgres_log import PostgresLog
from tests.kit.command_line import fundtrail
from tests.kit.database.backed_up import BackedUp, all_archived, backed_up, positions_of
from tests.kit.database.feeding import rebuilt
from tests.kit.database.writing import ask, order, read_tables

ONE, TWO = PersonId("person-1"), PersonId("person-2")
NAMES = "SELECT person_id, name FROM directory.people ORDER BY 1"
# What one who appends by hand does, as the log does it: the lock, the moment, the event, the command.
LOCK = "SELECT pg_advisory_xact_lock(log.append_lock())"
EVENT = """INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id,
        recorded_at, actor, command_id, correlation_id)
 VALUES ('organisation-1', 2, 'OrganisationRenamed', '{"on": "2004-05-17", "name": "Slow"}', 1, gen_random_uuid(),
         clock_timestamp(), 'ann', 'slow', 'slow') RETURNING notification_id, recorded_at"""
COMMAND = "INSERT INTO log.commands SELECT 'slow', fingerprint, 'slow', %s, %s FROM log.commands LIMIT 1"


class Story(BackedUp):
    """Ten events before a backup, and what came after it, all of it archived."""

    slow: int
    between: datetime
    named: datetime
    last: int
    known: datetime


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with backed_up() as made:
        made.__class__ = Story
        assert isinstance(made, Story)
        with archiving(made.database, made.folder, synchronous=False) as archive:
            _tell(made)
            all_archived(archive, made.database)
            ((made.known,),) = ask(made.database, "SELECT clock_timestamp()")
            all_archived(archive, made.database)
            all_archived(archive, made.database)
        yield made


def _tell(made: Story) -> None:
    made.record(6)
    with PostgresLog(made.database) as log:
        for person, code in ((ONE, "officer-1"), (TWO, "officer-2")):
            submit(log, order(RegisterPerson(person_id=person, code=code, on=When("2026-01-05"))))
            directory.keep(made.database, person, f"Name of {code}")
    made.record(2)
    take(made.database, made.folder)
    made.record(5)
    made.slow, made.between = _slowly(made.database)
    made.record(3)
    directory.keep(made.database, TWO, "Kept before the instant")
    ((made.named,),) = ask(made.database, "SELECT clock_timestamp()")
    directory.keep(made.database, TWO, "Kept after the instant")
    with PostgresLog(made.database) as log:
        submit(log, order(ErasePerson(person_id=ONE, because="At the person's wish", on=When("2026-02-01"))))
    made.last = made.record(3)


def _slowly(database: Database) -> tuple[int, datetime]:
    """An event that is committed later than it was recorded: its position, and an instant between the two."""
    with database.connect() as connection, connection.transaction():
        connection.execute(LOCK)
        position, recorded_at = connection.execute(EVENT).fetchone() or (0, None)
        connection.execute(COMMAND, (position, recorded_at))
        row = connection.execute("SELECT clock_timestamp(), pg_sleep(0.01)").fetchone()
    assert row is not None
    return position, row[0]


def until(database: Database, last: int) -> list[int]:
    return [position for position in positions_of(database) if position <= last]


def test_what_was_recorded_by_the_instant_is_there_and_nothing_later(story: Story) -> None:
    found, restored = story.restore(Wanted(story.moment_of(12)))
    assert (12, until(story.database, 12)) == (found.position, positions_of(restored))
    assert read_tables(restored) == rebuilt(restored)


def test_a_microsecond_less_leaves_the_event_out(story: Story) -> None:
    found, _ = story.restore(Wanted(story.moment_of(12) - timedelta(microseconds=1)))
    assert 11 == found.position


def test_an_event_counts_from_when_it_was_recorded_although_it_was_committed_later(story: Story) -> None:
    found, restored = story.restore(Wanted(story.between))
    assert story.slow == found.position
    assert until(story.database, story.slow) == positions_of(restored)


def test_by_the_time_of_its_commit_that_event_would_be_missing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: PostgreSQL's own way to recover to an instant."""
    by_commit = {"recovery_target_time": str(story.between), "recovery_target_inclusive": "on"}
    monkeypatch.setattr(restoring, "_settings", lambda _: restoring._RECOVERY | by_commit)
    with pytest.raises(BackupBroken, match=f"must end at {story.slow}"):
        story.restore(Wanted(story.between))


def test_a_position_can_be_given_instead(story: Story) -> None:
    ended = fundtrail(
        None, "restore", str(story.folder), "--home", str(home := story.new_home()), "--to-position", "13"
    )
    assert (0, True) == (ended.returncode, "The last event has position 13" in ended.stdout), ended.stderr
    shown = fundtrail(None, "projections", "status", DATABASE_URL="", FUNDTRAIL_HOME=str(home))
    assert "The log is at position 13." in shown.stdout


def test_an_instant_after_the_last_event_is_reached_if_the_archive_goes_so_far(story: Story) -> None:
    found, _ = story.restore(Wanted(story.known))
    assert story.last == found.position


def test_what_cannot_be_known_is_refused_with_what_there_is(story: Story) -> None:
    for wanted, because in (
        (Wanted(story.known + timedelta(hours=1)), "is not known"),
        (Wanted(position=story.last + 1), f"The last event there is has position {story.last}"),
    ):
        with pytest.raises(BackupRefused, match=because):
            story.restore(wanted)
    for early in (Wanted(story.moment_of(3)), Wanted(position=3)):
        with pytest.raises(NoBackup, match="no backup from before"):
            story.restore(early)


# --- People -----------------------------------------------------------------------------------------------------------


def test_who_was_erased_later_does_not_come_back(story: Story) -> None:
    assert [TWO] == [person for person, _ in ask(story.database, NAMES)]
    found, restored = story.restore(Wanted(story.named))
    # The directory is that of the instant, without the person whom the archive says was erased since.
    assert ([ONE], [(TWO, "Kept before the instant")]) == (found.erased, ask(restored, NAMES))


def test_without_that_the_name_would_be_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(erasures, "taken_out", lambda *_: [])
    _, restored = story.restore(Wanted(story.named))
    assert (ONE, "Name of officer-1") in ask(restored, NAMES)


def test_a_later_log_or_a_list_says_who_was_erased(story: Story, tmp_path: Path) -> None:
    later, listed = tmp_path / "log.jsonl", tmp_path / "erased.txt"
    with later.open("wb") as file:
        log_file.export(story.database, file)
    listed.write_text(f"{ONE}\n\n")
    assert [ONE] == erasures.listed_in(later) == erasures.listed_in(listed)
    home = story.new_home()
    ended = fundtrail(
        None, "restore", str(story.folder), "--home", str(home), "--without-archive", "--erased", str(later)
    )
    assert (0, True) == (ended.returncode, f"fundtrail people erase {ONE}" in ended.stdout), ended.stderr
    listed.write_text("Zephyrine Quillfeather\n")
    with pytest.raises(BackupRefused, match=r"Line 1 .* is not the id of a person"):
        erasures.listed_in(listed)


def test_what_is_no_instant_or_is_given_twice_is_refused(story: Story) -> None:
    words = ("restore", str(story.folder), "--home", str(story.new_home()))
    for more in (("--to", "yesterday"), ("--to", "2026-11-30T14:00Z", "--to-position", "3"), ("--to-position", "0")):
        assert 2 == fundtrail(None, *words, *more).returncode
