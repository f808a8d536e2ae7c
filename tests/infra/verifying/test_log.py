"""Verifying finds what a superuser changed in the log with its triggers off, and says where it is."""

from typing import NamedTuple

import pytest

from infra.database.postgres import Database
from infra.verifying.checking import CHECKS, MOST, verify
from tests.kit.database.tampering import GUARDED, found_by, tamper
from tests.kit.database.writing import ask

LOG = ("streams", "commands", "counters", "references")


def test_a_log_that_nobody_changed_agrees(untouched: Database) -> None:
    """The control of every test below."""
    assert [] == found_by(untouched, *LOG)


def test_an_empty_log_agrees(database: Database) -> None:
    assert [] == found_by(database, *LOG)


# An event in the middle of a stream, and the event before it in the log.
EVENT = "(SELECT notification_id FROM log.events WHERE originator_id = 'award-lived' AND originator_version = 7)"
BEFORE = f"(SELECT max(notification_id) FROM log.events WHERE notification_id < {EVENT})"


class Tampering(NamedTuple):
    """A *statement*, the *checks* that find it, what they *said*, and the *position* or the *row* that they name."""

    statement: str
    checks: list[str]
    said: str
    position: str | None = None
    row: str | None = None


TAMPERED = {
    "an event deleted": Tampering(
        f"DELETE FROM log.events WHERE notification_id = {EVENT}",
        ["streams"],
        "Version 8 of award-lived is not the next one",
        "SELECT notification_id FROM log.events WHERE originator_id = 'award-lived' AND originator_version = 8",
    ),
    "a version changed": Tampering(
        f"UPDATE log.events SET originator_version = 700 WHERE notification_id = {EVENT}",
        ["streams"],
        "Version 700 of award-lived is not the next one",
        "SELECT notification_id FROM log.events WHERE originator_version = 700",
    ),
    "a time of recording stepped back": Tampering(
        f"UPDATE log.events SET recorded_at = recorded_at - interval '1 day' WHERE notification_id = {EVENT}",
        ["streams", "commands"],
        "recorded before the event in front of it",
        f"SELECT {EVENT}",
    ),
    "a body that is none": Tampering(
        f"UPDATE log.events SET state = 'x' WHERE notification_id = {EVENT}",
        ["streams"],
        "The event cannot be read",
        f"SELECT {EVENT}",
    ),
    "a name that is none": Tampering(
        f"UPDATE log.events SET topic = 'AwardMelted' WHERE notification_id = {EVENT}",
        ["streams"],
        "The event cannot be read: AwardMelted",
        f"SELECT {EVENT}",
    ),
    "an id twice": Tampering(
        f"UPDATE log.events SET event_id = (SELECT event_id FROM log.events WHERE notification_id = {BEFORE})"
        f" WHERE notification_id = {EVENT}",
        ["streams"],
        "The id of an event is there 2 times",
        f"SELECT {BEFORE}",
    ),
    "a position twice": Tampering(
        "ALTER TABLE log.events DROP CONSTRAINT events_position;"
        f" UPDATE log.events SET notification_id = {BEFORE} WHERE notification_id = {EVENT}",
        ["streams"],
        "does not follow",
        "SELECT notification_id FROM log.events GROUP BY 1 HAVING count(*) = 2",
    ),
    "positions that are given again": Tampering(
        "SELECT setval('log.positions', 5)", ["streams"], "would give a position that is taken"
    ),
    "a command deleted": Tampering(
        f"DELETE FROM log.commands WHERE position = {EVENT}",
        ["commands"],
        "of an event is missing",
        f"SELECT {EVENT}",
    ),
    "a command moved": Tampering(
        f"UPDATE log.commands SET position = {BEFORE} WHERE position = {EVENT}",
        ["commands"],
        "has another position or time than its last event",
        f"SELECT {EVENT}",
    ),
    "a command that follows the log": Tampering(
        "INSERT INTO log.commands VALUES ('eve', '', 'award-lived', 99999, clock_timestamp())",
        ["commands"],
        "a position after the end of the log",
        "SELECT 99999",
        "eve",
    ),
    "a counter raised": Tampering(
        "UPDATE log.counters SET ceiling = ceiling + 1 WHERE name = 'award-lived/payments'",
        ["counters"],
        "The row is not what the log gives",
        row="award-lived/payments",
    ),
    "a counter deleted": Tampering(
        "DELETE FROM log.counters WHERE name = 'award-lived/payments'",
        ["counters"],
        "A row that the log gives is missing",
        row="award-lived/payments",
    ),
    "a counter added": Tampering(
        "INSERT INTO log.counters VALUES ('eve/payments', 5, 0)",
        ["counters"],
        "The log gives no such row",
        row="eve/payments",
    ),
    "a reference deleted": Tampering(
        "DELETE FROM log.references WHERE kind = 'award' AND text = 'A-lived'",
        ["references"],
        "A row that the log gives is missing",
        row="award A-lived",
    ),
    "a duty deleted": Tampering(
        "DELETE FROM log.references WHERE kind = 'duty in payment 1 of award-lived' AND subject LIKE 'approve%'",
        ["references"],
        "A row that the log gives is missing",
    ),
    "a reference of another thing": Tampering(
        "UPDATE log.references SET subject = 'award-eve' WHERE kind = 'award' AND text = 'A-lived'",
        ["references"],
        "The row is not what the log gives",
        row="award A-lived",
    ),
    "a reference added": Tampering(
        "INSERT INTO log.references VALUES ('award', 'eve', 'award-lived', 'award-lived')",
        ["references"],
        "The log gives no such row",
        row="award eve",
    ),
}


def stored(database: Database) -> list[str]:
    """A checksum of each table of the log, and the last position that was given."""
    tables = [f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM log.{table} t" for table in GUARDED]
    return [ask(database, one)[0][0] for one in (*tables, "SELECT last_value FROM log.positions")]


@pytest.mark.parametrize("tampering", TAMPERED)
def test_what_was_changed_in_the_log_is_found_where_it_is(lived_in: Database, tampering: str) -> None:
    statement, checks, said, position, row = TAMPERED[tampering]
    before = stored(lived_in)
    tamper(lived_in, statement)
    assert before != stored(lived_in), "nothing was changed: the test has no power"
    for name in checks:
        findings = found_by(lived_in, name)
        assert any(said in finding.said for finding in findings) or name != checks[0], findings
        wanted = ask(lived_in, position)[0][0] if position else None
        assert any((wanted, row) in ((one.position, one.row), (one.position, None)) for one in findings), findings


def test_a_counter_shows_what_was_found_and_what_the_log_gives(lived_in: Database) -> None:
    [(ceiling, used)] = ask(lived_in, "SELECT ceiling, used FROM log.counters WHERE name = 'award-lived/payments'")
    tamper(lived_in, "UPDATE log.counters SET used = used - 1 WHERE name = 'award-lived/payments'")
    [finding] = found_by(lived_in, "counters")
    assert {"ceiling": str(ceiling), "used": str(used - 1)} == finding.found
    assert {"ceiling": str(ceiling), "used": str(used)} == finding.expected


def test_one_event_that_is_missing_is_one_finding_of_its_stream(lived_in: Database) -> None:
    tamper(lived_in, f"DELETE FROM log.events WHERE notification_id = {EVENT}")
    assert ["Version 8 of award-lived is not the next one."] == [one.said for one in found_by(lived_in, "streams")]


def test_of_many_findings_the_first_are_kept_and_the_others_counted(lived_in: Database) -> None:
    [(deleted,)] = ask(lived_in, "SELECT count(*) FROM log.references")
    tamper(lived_in, "DELETE FROM log.references")
    [result] = verify(lived_in, [check for check in CHECKS if check.name == "references"]).results
    assert (MOST, deleted - MOST) == (len(result.findings), result.more)


def test_a_table_that_is_gone_is_a_finding_and_the_other_checks_go_on(lived_in: Database) -> None:
    ask(lived_in, "DROP TABLE log.counters CASCADE")
    [finding] = found_by(lived_in, "counters", "references")
    assert 'relation "log.counters" does not exist' in finding.said
