"""Verifying makes each read model from the log once more, and names the first row that differs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.database.postgres import Database
from infra.feeding import projector, rebuild
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from infra.verifying import checksums
from infra.verifying.findings import Severity
from infra.verifying.read_models import compare
from projections.audit import trail as audit
from projections.read_models import READ_MODELS
from tests.kit.database.feeding import a_bit_of_everything, caught_up, feeding, poison, rebuilding, record
from tests.kit.database.tampering import compared, found_by
from tests.kit.database.writing import PATIENCE_SECONDS, ask, eventually, read_tables
from tests.kit.example_log import told
from tests.kit.example_story import steps
from tests.kit.processes import forked
from tests.kit.programs.verify import verify_again_and_again


def left_over(database: Database) -> list[str]:
    """The schemas in which read models are made once more."""
    return [name for (name,) in ask(database, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'next\\_%'")]


# --- What is found ----------------------------------------------------------------------------------------------------


def test_read_models_that_nobody_changed_agree_and_stay_as_they_are(lived_in: Database) -> None:
    """The control of the tests below. Tables and positions are the same afterwards, and nothing is left over."""
    positions = "SELECT name, position, updated_at FROM read.projections ORDER BY 1"
    before = read_tables(lived_in), ask(lived_in, positions)
    assert [] == compared(lived_in)
    assert before == (read_tables(lived_in), ask(lived_in, positions))
    assert [] == left_over(lived_in)


def test_the_example_programme_as_people_recorded_it_agrees(database: Database) -> None:
    """Payments by three people, cases, a bank and much else: the counters, references and rows are those of the log."""
    told(database, steps())
    project_all(database)
    assert [] == found_by(database, "streams", "commands", "counters", "references")
    assert [] == compared(database)


def test_a_row_that_was_changed_is_shown_beside_that_of_the_log_column_by_column(lived_in: Database) -> None:
    ask(lived_in, "UPDATE read.awards SET amount = amount + 5 WHERE id = 'award-lived'")
    [finding] = compared(lived_in, "awards")
    assert finding.said.startswith("1 row changed, 0 rows that the log does not give, 0 rows missing")
    assert ("read.awards", "award-lived") == (finding.table, finding.row)
    assert isinstance(finding.found, dict)
    assert isinstance(finding.expected, dict)
    assert {"amount"} == {name for name, value in finding.expected.items() if value != finding.found[name]}
    assert ("855.00", "850.00") == (finding.found["amount"], finding.expected["amount"])


def test_a_row_that_was_removed_is_shown_as_the_log_gives_it(lived_in: Database) -> None:
    [(position,)] = ask(
        lived_in, "DELETE FROM read.audit WHERE stream = 'award-lived' AND name = 'AwardOffered' RETURNING position"
    )
    [finding] = compared(lived_in, "audit")
    assert finding.said.startswith("0 rows changed, 0 rows that the log does not give, 1 row missing")
    assert (None, position) == (finding.found, finding.position)
    assert isinstance(finding.expected, dict)
    assert "AwardOffered" == finding.expected["name"]


def test_a_row_that_was_added_is_shown(lived_in: Database) -> None:
    ask(lived_in, "INSERT INTO read.balances VALUES ('award-eve', 'paid', 'GBP', true, 5, 5, 5)")
    [finding] = compared(lived_in, "ledger")
    assert finding.said.startswith("0 rows changed, 1 row that the log does not give, 0 rows missing")
    assert ("read.balances", "award-eve paid GBP true", None) == (finding.table, finding.row, finding.expected)


def test_the_first_row_by_its_key_is_shown_and_the_others_are_counted(lived_in: Database) -> None:
    ask(
        lived_in,
        "UPDATE read.audit SET actor = 'eve' WHERE position IN (900, 901, 1200);"
        " DELETE FROM read.audit WHERE position = 1300",
    )
    [finding] = compared(lived_in, "audit")
    assert finding.said.startswith("3 rows changed, 0 rows that the log does not give, 1 row missing")
    assert (900, "900") == (finding.position, finding.row)


OTHERWISE = {
    "ALTER TABLE read.audit DROP CONSTRAINT audit_pkey; DROP INDEX read.audit_of_event;"
    " INSERT INTO read.audit SELECT * FROM read.audit WHERE position = 7": "a row is there more than once",
    "ALTER TABLE read.audit ADD more text": "40 rows changed",
    "ALTER TABLE read.audit DROP COLUMN position CASCADE": "The table or a column of it is missing",
    "DROP TABLE read.audit CASCADE": "The table or a column of it is missing",
    "UPDATE read.projections SET definition = 'another' WHERE name = 'audit'": "made by another version of Fundtrail",
    "DELETE FROM read.projections WHERE name = 'audit'": "The read model audit has no tables",
    "UPDATE read.projections SET position = 50 WHERE name = 'audit'": "at a position that the log does not have",
    "UPDATE read.projections SET position = 20 WHERE name = 'audit'": "20 rows that the log does not give",
    "ALTER TABLE log.events DISABLE TRIGGER USER;"
    " UPDATE log.events SET topic = 'AwardMelted' WHERE notification_id = 27": "position 27: UnknownEvent: AwardMelted",
}


@pytest.mark.parametrize("statement", OTHERWISE)
def test_whatever_is_not_as_the_log_gives_it_is_said(filled: Database, statement: str) -> None:
    ask(filled, statement)
    findings = compared(filled, "audit")
    assert any(OTHERWISE[statement] in finding.said for finding in findings), findings
    assert [] == left_over(filled)


def test_a_read_model_that_has_stopped_is_compared_up_to_there_and_noted(log: PostgresLog, filled: Database) -> None:
    poison(log)
    with pytest.raises(projector.Poisoned):
        project_all(filled)
    findings = compared(filled, "audit", "ledger")
    assert {Severity.NOTED} == {finding.severity for finding in findings}
    ask(filled, "DELETE FROM read.audit WHERE position = 7")
    assert [7] == [one.position for one in compared(filled, "audit") if one.severity is Severity.DIFFERS]


# --- While the database is used ---------------------------------------------------------------------------------------


def test_a_database_that_is_used_meanwhile_agrees(
    log: PostgresLog, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events are recorded and processed between any two steps, and after the snapshot."""
    monkeypatch.setattr(projector, "POLL_SECONDS", 0.1)
    numbers = iter(range(5, 1000))
    fix = checksums.checksum

    def recording(*of: object) -> checksums.Summed:
        record(log, a_bit_of_everything(next(numbers)))
        caught_up(filled)
        return fix(*of)  # type: ignore[arg-type]

    monkeypatch.setattr("infra.verifying.read_models.checksum", recording)
    with feeding(filled):
        found = compare(filled, ["audit", "ledger", "bids"])
    assert [] == found.findings
    assert next(numbers) > 10, "nothing was recorded meanwhile: the test has no power"


def test_it_gives_way_to_a_rebuild_and_says_so(filled: Database) -> None:
    with filled.connect() as other:
        assert projector.try_lock(other, rebuild.LOCK, audit)
        [finding] = compared(filled, "audit")
        assert "audit could not be compared: the read model audit is being rebuilt already" in finding.said
    eventually(lambda: [] == compared(filled, "audit"), "the lock is free again")


def test_a_rebuild_waits_for_its_turn_while_a_read_model_is_verified(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, hold = threading.Event(), threading.Event()
    fix = checksums.checksum

    def held(*of: object) -> checksums.Summed:
        reached.set()
        hold.wait(PATIENCE_SECONDS)
        return fix(*of)  # type: ignore[arg-type]

    monkeypatch.setattr("infra.verifying.read_models.checksum", held)
    with ThreadPoolExecutor(1) as pool:
        verifying = pool.submit(compared, filled, "audit")
        try:
            assert reached.wait(PATIENCE_SECONDS)
            with pytest.raises(rebuild.BeingRebuilt):
                rebuild.rebuild(filled, [audit])
        finally:
            hold.set()
        assert [] == verifying.result()


def test_what_a_killed_verification_leaves_is_dropped_by_the_next_one(filled: Database) -> None:
    live = read_tables(filled)
    with forked(verify_again_and_again, filled):
        eventually(lambda: left_over(filled), "it is at work")
    eventually(lambda: not rebuilding(filled), "the server has noticed that it is gone")
    assert [] != left_over(filled), "nothing was cut off: the test has no power"
    assert live == read_tables(filled)
    assert [] == compared(filled)
    assert [] == left_over(filled)


# --- Checksums --------------------------------------------------------------------------------------------------------


def test_a_checksum_is_that_of_the_rows_in_whatever_order(filled: Database) -> None:
    with filled.connect() as one:
        before = checksums.checksum(one, "read", "audit")
        one.execute("CREATE TABLE turned AS SELECT * FROM read.audit ORDER BY position DESC")
        assert before == checksums.checksum(one, "public", "turned")
        one.execute("UPDATE turned SET actor = 'eve' WHERE position = 7")
        changed = checksums.checksum(one, "public", "turned")
    assert (40, True) == (changed.rows, before.sha256 != changed.sha256)


def test_every_table_of_a_read_model_has_a_primary_key_to_find_a_row_by(database: Database) -> None:
    found = ask(
        database,
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'read'::regnamespace AND c.relkind = 'r'"
        " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)",
    )
    tables = {table for model in READ_MODELS for table in model.TABLES}
    assert [] == [table for (table,) in found if table in tables]
