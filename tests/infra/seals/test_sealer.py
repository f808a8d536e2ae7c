"""The sealer seals every event in the order of the log, once, and stops rather than sign something else."""

import errno
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.desk import submit
from infra.database.pool import query
from infra.database.postgres import SEALER, Database
from infra.log.postgres_log import PostgresLog
from infra.seals.checkpoints import Lag, checkpoints, epochs, newest, read_lag
from infra.seals.folder import Folder
from infra.seals.notes import Checkpoint
from infra.seals.sealer import NotSealed, Sealer, Sealing, seal_all
from infra.seals.tiles import WIDTH
from tests.conftest import copy_of, drop
from tests.kit.command_line import Answer, fundtrail
from tests.kit.database.writing import ask, eventually, order, register
from tests.kit.sealing import Sealed, sealing, tampering
from tests.kit.web.served import served


def recorded(database: Database, first: int, last: int) -> None:
    """Record an event for each number from *first* to *last*."""
    with PostgresLog(database) as log:
        for number in range(first, last + 1):
            submit(log, order(register(number)))


def is_sealed(database: Database, events: int) -> bool:
    found = lag(database)
    return (found.state, found.size, found.events) == ("sealing", events, 0)


def lag(database: Database) -> Lag:
    return query(database, read_lag)


def test_what_is_recorded_is_sealed_while_the_sealer_runs(database: Database, tmp_path: Path) -> None:
    made = Sealed(database, sealing(tmp_path))
    with Sealer(database, made.settings):
        for last in (1, 3, 300):
            with database.connect() as connection:
                row = connection.execute("SELECT count(*) FROM log.events").fetchone()
            recorded(database, (row[0] if row else 0) + 1, last)
            eventually(partial(is_sealed, database, last), f"{last} events are sealed")
    found = made.compared()
    assert ([], 300, 300) == (found.differences, found.events, found.sealed)


def test_checkpoints_of_one_hour_are_kept_once_and_the_newest_always(database: Database, tmp_path: Path) -> None:
    made = Sealed(database, sealing(tmp_path))
    for number in (1, 2, 3):
        recorded(database, number, number)
        made.seal()
    with database.connect() as connection:
        assert [3] == [one.size for one in checkpoints(connection)]
        connection.execute("UPDATE seals.checkpoints SET sealed_at = sealed_at - interval '1 hour'")
        recorded(database, 4, 4)
        made.seal()
        assert [3, 4] == [one.size for one in checkpoints(connection)]
    assert [] == made.found()


def test_two_sealers_at_once_are_one(sealed: Sealed) -> None:
    with Sealer(sealed.database, sealed.settings):
        eventually(lambda: _leads(sealed.database), "the sealer has begun")
        with pytest.raises(NotSealed, match="Another sealer works on this database"):
            sealed.seal()


def _leads(database: Database) -> bool:
    return bool(
        ask(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", (4611004752013 % 2**32,))
    )


@pytest.mark.parametrize("events", [WIDTH - 1, WIDTH, WIDTH + 1])
def test_a_sealer_that_was_stopped_goes_on_where_it_was(database: Database, tmp_path: Path, events: int) -> None:
    made = Sealed(database, sealing(tmp_path))
    recorded(database, 1, events)
    made.seal()
    recorded(database, events + 1, events + 2)
    made.seal()
    found = made.compared()
    assert ([], events + 2) == (found.differences, found.sealed)


def test_a_folder_that_was_lost_is_written_again_whole(sealed: Sealed, tmp_path: Path) -> None:
    elsewhere = Sealed(sealed.database, replace(sealing(tmp_path / "new"), key=sealed.settings.key))
    elsewhere.seal()
    assert [] == elsewhere.found()
    assert (sealed.folder.path / "1" / "tile" / "0" / "004").read_bytes() == (
        elsewhere.folder.path / "1" / "tile" / "0" / "004"
    ).read_bytes()


def test_a_folder_that_cannot_be_written_is_named_and_the_database_goes_on(database: Database, tmp_path: Path) -> None:
    made = Sealed(database, sealing(tmp_path))
    made.settings.folder.write_text("a file is in the way", encoding="utf-8")
    recorded(database, 1, 1)
    with Sealer(database, made.settings):
        eventually(lambda: lag(database).state == "stopped", "the sealer has stopped")
        assert "The folder of the checkpoints cannot be written: File exists." == lag(database).error
        made.settings.folder.unlink()
        eventually(lambda: is_sealed(database, 1), "it seals again")


def test_a_restored_log_begins_an_epoch_and_says_what_it_continues(sealed: Sealed) -> None:
    """A database on another server, or one that was recovered, has another place: here it is changed by hand."""
    ask(sealed.database, "UPDATE seals.epochs SET timeline = timeline + 1")
    sealed.seal()
    with sealed.database.connect() as connection:
        assert [(1, 0, 0), (2, 1375, 1375)] == [
            (one.epoch, one.size_before, one.position_before) for one in epochs(connection)
        ]
        last = newest(connection)
    assert last is not None
    assert ("grants.example.org/log/2", "1375") == tuple(last.note.split("\n")[:2])
    found = sealed.compared()
    assert ([], 1375) == (found.differences, found.sealed)


def test_an_epoch_number_that_is_known_outside_is_never_used_again(sealed: Sealed) -> None:
    ask(sealed.database, "UPDATE seals.epochs SET timeline = timeline + 1")
    sealed.seal()
    # The database is restored from before the second epoch, and recovered once more.
    ask(sealed.database, "DELETE FROM seals.checkpoints WHERE epoch = 2")
    ask(sealed.database, "DELETE FROM seals.epochs WHERE epoch = 2")
    sealed.seal()
    with sealed.database.connect() as connection:
        assert [1, 3] == [one.epoch for one in epochs(connection)]
    assert [] == sealed.found()


def test_events_that_a_failover_lost_are_found_between_the_epochs(sealed: Sealed) -> None:
    ask(sealed.database, "SET session_replication_role = replica; DELETE FROM log.events WHERE notification_id > 1000")
    ask(sealed.database, "DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    sealed.seal()
    assert [
        (
            0,
            "Epoch 2 of the log parts from epoch 1 after 1,000 events: 375 events that were sealed in epoch 1 are not"
            " in it.",
        )
    ] == sealed.found()


def test_only_the_sealer_may_write_the_tree_and_it_may_write_nothing_else(sealed: Sealed) -> None:
    with sealed.database.connect(SEALER) as connection:
        for statement in (
            "UPDATE log.events SET actor = 'eve'", "SELECT * FROM log.commands", "SELECT * FROM directory.people",
            "SELECT * FROM read.awards", "UPDATE read.projections SET position = 0",
        ):  # fmt: skip
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(statement.encode())
    for role in ("fundtrail_app", "fundtrail_reader", "fundtrail_projector", "fundtrail_scoped"):
        with sealed.database.connect(role) as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute("DELETE FROM seals.tiles")


# --- Never two trees under one name -----------------------------------------------------------------------------------


def test_what_could_not_be_written_into_the_folder_is_written_later(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(sealed.database, 900001, 900001)
    with monkeypatch.context() as broken:
        broken.setattr(Folder, "publish", _no_room)
        with pytest.raises(OSError, match="No space"):
            sealed.seal()
    assert ("1375", 1376) == ((sealed.folder.note(1) or "").split("\n")[1], sealed.compared().sealed)
    sealed.seal()
    assert "1376" == (sealed.folder.note(1) or "").split("\n")[1]


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_two_copies_of_a_database_are_never_sealed_under_one_name(server: Database, sealed: Sealed) -> None:
    copied = copy_of(server, str(conninfo_to_dict(sealed.database.url)["dbname"]))
    try:
        recorded(sealed.database, 900001, 900001)
        recorded(copied, 900002, 900002)
        sealed.seal()
        Sealed(copied, sealed.settings).seal()
        notes = [(sealed.folder.note(epoch) or "").split("\n")[:2] for epoch in (1, 2)]
        assert [["grants.example.org/log/1", "1376"], ["grants.example.org/log/2", "1376"]] == notes
    finally:
        drop(server, copied)


def test_a_sealer_at_work_looks_into_the_folder_before_it_signs(sealed: Sealed) -> None:
    """Two sealers of one place and one folder: each read it before the other one wrote."""
    signer = sealed.settings.signer()
    with sealed.database.connect(SEALER) as connection:
        sealing_ = Sealing(connection, signer, sealed.folder)
        text = Checkpoint("grants.example.org/log/1", 1376, bytes(32)).text
        (sealed.folder.path / "1" / "checkpoint").write_text(signer.sign(text), encoding="utf-8")
        recorded(sealed.database, 900001, 900001)
        with pytest.raises(NotSealed, match="The folder has a checkpoint of 1,376 events"):
            sealing_.seal()
        last = newest(connection)
    assert last is not None
    assert 1375 == last.size


def test_one_sealer_at_a_time_writes_into_a_folder(sealed: Sealed) -> None:
    with sealed.folder.locked() as is_ours:
        assert is_ours
        with pytest.raises(NotSealed, match="Another sealer writes into the folder"):
            sealed.seal()
    sealed.seal()


def test_a_sealer_that_meets_nonsense_says_so_and_goes_on_when_it_is_gone(sealed: Sealed) -> None:
    checkpoint = sealed.folder.path / "1" / "checkpoint"
    right = checkpoint.read_text(encoding="utf-8")
    with Sealer(sealed.database, sealed.settings):
        eventually(lambda: lag(sealed.database).state == "sealing", "it seals")
        checkpoint.write_text("nonsense", encoding="utf-8")
        eventually(lambda: "is not ours" in (lag(sealed.database).error or ""), "it says what is wrong")
        checkpoint.write_text(right, encoding="utf-8")
        recorded(sealed.database, 900001, 900001)
        eventually(lambda: is_sealed(sealed.database, 1376), "it seals again")


def test_with_a_new_key_everything_is_sealed_anew(sealed: Sealed, tmp_path: Path) -> None:
    """As docs/seals.md says: the old key and the old folder are moved away."""
    renewed = Sealed(sealed.database, sealing(tmp_path / "new"))
    renewed.seal()
    renewed.seal()
    found = renewed.compared()
    assert ([], 1375, [2]) == (found.differences, found.sealed, renewed.folder.epochs())
    # The old checkpoints still show a change.
    with tampering(sealed.database) as connection:
        connection.execute("UPDATE log.events SET actor = 'eve' WHERE notification_id = 700")
    assert 700 in [position for position, _ in sealed.found()]


# --- Commands, /ready and metrics -------------------------------------------------------------------------------------


def seals(sealed: Sealed) -> dict[str, str]:
    return {"FUNDTRAIL_SEAL_KEY": str(sealed.settings.key), "FUNDTRAIL_SEALS": str(sealed.settings.folder)}


def asked(sealed: Sealed, *words: str) -> Answer:
    """What ``fundtrail seal`` prints with the key and the folder of *sealed*."""
    return fundtrail(sealed.database, "seal", *words, stdin=b"", **seals(sealed))


def test_the_commands_show_the_key_the_state_and_receipts(sealed: Sealed) -> None:
    key = sealed.settings.signer().verifier.text
    assert (0, f"{key}\n") == asked(sealed, "key")[:2]
    status = asked(sealed, "status")
    assert (0, "Epoch 1: 1,375 events sealed, up to position 1,375.") == (
        status.returncode,
        status.stdout.splitlines()[0],
    )
    receipt = asked(sealed, "receipt", "700")
    assert (0, "c2sp.org/tlog-proof@v1\nindex 699\n") == (receipt.returncode, receipt.stdout[:33])
    missing = asked(sealed, "receipt", "99999")
    assert (3, "There is no event at position 99,999.\n") == (missing.returncode, missing.stderr)


def test_before_anything_is_sealed_the_commands_say_so(shared_programme: Database) -> None:
    status = fundtrail(shared_programme, "seal", "status")
    assert (4, True) == (status.returncode, status.stdout.startswith("Nothing has been sealed yet"))
    receipt = fundtrail(shared_programme, "seal", "receipt", "700")
    assert (4, True) == (receipt.returncode, "is not sealed yet" in receipt.stderr)


def test_a_key_that_others_can_read_is_refused(sealed: Sealed) -> None:
    sealed.settings.key.chmod(0o644)
    answer = asked(sealed, "key")
    assert (2, True) == (answer.returncode, "Other users of this machine can read seal.key" in answer.stderr)


def test_the_lag_of_sealing_is_on_ready_and_in_the_metrics(sealed: Sealed) -> None:
    recorded(sealed.database, 900001, 900002)
    with served(sealed.database) as api:
        ready = api.http.get("/ready").json()
        metrics = api.http.get("/metrics").text
    assert ("ready", 2, 1375, 1) == (
        ready["status"], *(ready["sealing"][name] for name in ("lag", "position", "epoch"))
    )  # fmt: skip
    assert ready["sealing"]["seconds_behind"] > 0
    for line in ("fundtrail_sealing 1.0", "fundtrail_sealing_lag_events 2.0", "fundtrail_log_epoch 1.0"):
        assert line in metrics.splitlines()


def test_a_sealer_beside_a_service_ends_with_it_however_it_ends(sealed: Sealed) -> None:
    beside = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "seal", "--until-input-ends"],
        stdin=subprocess.PIPE,
        env=os.environ | seals(sealed) | {"DATABASE_URL": sealed.database.url},
    )
    try:
        eventually(lambda: _leads(sealed.database), "the sealer has begun")
        assert beside.stdin is not None
        beside.stdin.close()
        assert 0 == beside.wait(30)
    finally:
        if beside.poll() is None:
            beside.send_signal(signal.SIGKILL)


def test_sealing_at_once_is_safe_from_several_threads(database: Database, tmp_path: Path) -> None:
    made = Sealed(database, sealing(tmp_path))
    recorded(database, 1, 20)
    refused = list[NotSealed]()

    def seal() -> None:
        try:
            seal_all(database, made.settings)
        except NotSealed as error:
            refused.append(error)

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) < 8
    found = made.compared()
    assert ([], 20) == (found.differences, found.sealed)


# --- Epochs in the API ------------------------------------------------------------------------------------------------

EVENTS = '{ log { epoch } auditLog(first: 1, after: "%s") { pageInfo { endCursor } } }'
FIRST = "{ auditLog(first: 100) { pageInfo { endCursor } } }"


def test_after_events_were_lost_a_cursor_to_one_of_them_is_refused_and_another_is_read(sealed: Sealed) -> None:
    with served(sealed.database) as api:
        early = api.ask(FIRST)["auditLog"]["pageInfo"]["endCursor"]
        late = early
        for _ in range(11):
            late = api.ask(EVENTS.replace("first: 1,", "first: 100,") % late)["auditLog"]["pageInfo"]["endCursor"]
        assert 1 == api.ask(EVENTS % late)["log"]["epoch"]
    # A standby without the last events is promoted: here it is made by hand.
    with tampering(sealed.database) as connection:
        connection.execute("DELETE FROM log.events WHERE notification_id > 1000; DELETE FROM seals.epochs")
        connection.execute("UPDATE seals.checkpoints SET position = 1000, size = 1000")
        connection.execute("INSERT INTO seals.epochs VALUES (1, 1, 1, 1, 0, 0)")
    with served(sealed.database, projector=False) as api:
        assert 2 == api.ask(EVENTS % early)["log"]["epoch"]
        refused = api.error(EVENTS % late)
        assert "EPOCH_ENDED" == refused["extensions"]["code"]
        assert "The log is in epoch 2, and position 1,200 is one of epoch 1" in refused["message"]
