"""A backup gives back what was there, or says which file is not as it was written. Nothing unverified is served."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.backups import kept
from infra.backups.kept import Backup
from infra.backups.pruning import pruned
from infra.backups.refusals import BackupBroken, BackupRefused
from infra.backups.restoring import Source, restore
from infra.backups.taking import take
from infra.database.embedded import EmbeddedFailed, server_of
from infra.database.postgres import embedded
from infra.feeding.pausing import pause
from infra.feeding.projector import project_all
from projections.audit import trail as audit
from tests.kit.command_line import fundtrail
from tests.kit.database.backed_up import ALL, BackedUp, backed_up, change_a_byte, positions_of, shown
from tests.kit.database.writing import ask


@pytest.fixture(scope="module")
def ours() -> Iterator[BackedUp]:
    """Thirty events in a whole backup and two with the changes to the one before."""
    with backed_up() as made:
        for incremental in (False, True, True):
            made.record(10)
            take(made.database, made.folder, incremental=incremental)
        yield made


def backups(folder: Path) -> list[Backup]:
    return [kept.read(path) for path in kept.paths(folder)]


def faults(folder: Path) -> list[str]:
    return [fault for one in backups(folder) for fault in kept.faults(one)]


# --- What was there is there again ------------------------------------------------------------------------------------


def test_a_restored_backup_gives_the_same_log_and_the_same_answers(ours: BackedUp) -> None:
    found, restored = ours.restore()
    assert (30, 30) == (found.position, len(positions_of(restored)))
    assert shown(ours.database) == shown(restored)


def test_each_backup_of_a_chain_can_be_restored(ours: BackedUp) -> None:
    for nth, one in enumerate(backups(ours.folder)[:2], 1):
        _, restored = ours.restore(source=Source(ours.folder, one.name))
        assert list(range(1, 10 * nth + 1)) == positions_of(restored)


def test_a_backup_with_changes_is_smaller_and_names_the_one_before(ours: BackedUp) -> None:
    whole, first, second = backups(ours.folder)
    assert [None, whole.name, first.name] == [one.about.onto for one in (whole, first, second)]
    assert max(first.bytes, second.bytes) < whole.bytes / 2


def test_a_restored_log_goes_on_and_is_a_new_history_each_time(ours: BackedUp) -> None:
    whole = Source(ours.folder, backups(ours.folder)[0].name)
    first, restored = ours.restore(source=whole)
    second, _ = ours.restore(source=whole)
    assert 1 < first.timeline < second.timeline
    ((timeline,),) = ask(restored, "SELECT timeline_id FROM pg_control_checkpoint()")
    assert first.timeline == timeline
    with pytest.raises(BackupRefused, match="before it was restored"):
        take(restored, ours.folder)


def test_only_its_owner_can_read_a_backup(ours: BackedUp) -> None:
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (ours.folder, *ours.folder.rglob("*"))}
    assert {(True, 0o700), (False, 0o600)} == modes


# --- What is not as it was written ------------------------------------------------------------------------------------


def test_one_byte_that_changed_in_any_file_is_found_with_the_name_of_the_file(ours: BackedUp) -> None:
    copied = ours.copy()
    assert [] == faults(copied)
    files = [path for one in backups(copied) for path in one.data.rglob("*") if path.is_file() and path.stat().st_size]
    files = [path for path in files if path.name != "backup_manifest"]
    for file in files:
        change_a_byte(file)
    assert sorted(map(str, files)) == sorted(fault.split(" ")[0] for fault in faults(copied))


def test_one_byte_that_changed_in_what_describes_a_backup_is_found(ours: BackedUp) -> None:
    copied = ours.copy()
    first, second, _ = backups(copied)
    change_a_byte(first.data / "backup_manifest")
    assert [f"{first.data}/backup_manifest was changed: its SHA-256 is another one."] == list(kept.faults(first))
    change_a_byte(second.path / kept.ABOUT)
    with pytest.raises(BackupBroken, match=rf"{second.name}/{kept.ABOUT}"):
        backups(copied)


def test_a_changed_byte_is_refused_by_a_restore_and_named(ours: BackedUp) -> None:
    copied = ours.copy()
    change_a_byte(backups(copied)[0].data / "postgresql.conf")
    home = ours.new_home()
    with pytest.raises(BackupBroken, match=r"postgresql\.conf was changed"):
        restore(Source(copied), home, ALL, lambda _: [])
    assert not home.exists()


def test_without_the_check_a_changed_byte_passes_unnoticed(ours: BackedUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the tests above: neither PostgreSQL nor what is verified afterwards finds it."""
    copied = ours.copy()
    for one in backups(copied)[1:]:
        shutil.rmtree(one.path)
    change_a_byte(backups(copied)[0].data / "postgresql.conf", at=10)
    monkeypatch.setattr(kept, "refuse_broken", lambda _: None)
    found, _ = ours.restore(source=Source(copied))
    assert 10 == found.position


def test_a_file_that_is_missing_or_too_many_is_named(ours: BackedUp) -> None:
    copied = ours.copy()
    first, *_, last = backups(copied)
    (first.data / "global" / "pg_filenode.map").unlink()
    (first.data / "pg_twophase").rmdir()
    next((last.data / "pg_wal").glob("0*")).unlink()
    (last.data / "base" / "1" / "4711").write_text("planted")
    (last.data / "pg_wal" / "planted").symlink_to("/etc/hostname")
    expected = ["pg_filenode.map is missing", "pg_twophase is missing", "0 is missing", "4711 is too many"]
    expected += ["planted is too many"]
    found = faults(copied)
    assert 5 == len(found)
    for name in expected:
        assert any(name in fault or name[1:] in fault for fault in found), (name, found)


def test_a_chain_with_a_link_missing_is_named(ours: BackedUp) -> None:
    copied = ours.copy()
    middle = backups(copied)[1]
    shutil.rmtree(middle.path)
    with pytest.raises(BackupBroken, match=f"{middle.name}, which is missing"):
        restore(Source(copied), ours.new_home(), ALL, lambda _: [])


def test_the_list_shows_each_backup_and_ends_with_4_when_one_is_broken(ours: BackedUp) -> None:
    copied = ours.copy()
    listed = fundtrail(None, "backup", "list", str(copied))
    assert 0 == listed.returncode, listed.stderr
    assert [listed.stdout.count(one.name) for one in backups(copied)] == [1, 1, 1]
    change_a_byte(backups(copied)[1].data / "PG_VERSION", at=0)
    broken = fundtrail(None, "backup", "list", str(copied))
    assert (4, True) == (broken.returncode, "PG_VERSION" in broken.stdout)


# --- Homes ------------------------------------------------------------------------------------------------------------


def test_a_home_that_is_not_empty_is_refused_and_left_as_it_is(ours: BackedUp) -> None:
    home = ours.new_home()
    home.mkdir()
    (home / "precious").touch()
    refused = fundtrail(None, "restore", str(ours.folder), "--home", str(home))
    assert (2, True) == (refused.returncode, f"{home} is not empty" in refused.stderr)
    assert ["precious"] == [path.name for path in home.iterdir()]


def test_a_home_whose_verification_failed_is_not_served(ours: BackedUp) -> None:
    home = ours.new_home()
    with pytest.raises(BackupBroken, match="The figures are wrong"):
        restore(Source(ours.folder), home, ALL, lambda _: ["The figures are wrong."])
    with pytest.raises(EmbeddedFailed, match="is not verified"):
        server_of(home)
    for words in (["serve"], ["project"], ["digest"], ["migrate"]):
        refused = fundtrail(None, *words, DATABASE_URL="", FUNDTRAIL_HOME=str(home))
        assert (5, True) == (refused.returncode, "The figures are wrong." in refused.stderr)


def test_without_the_mark_it_would_be_served(ours: BackedUp) -> None:
    """The control of the test above."""
    home = ours.new_home()
    with pytest.raises(BackupBroken):
        restore(Source(ours.folder), home, ALL, lambda _: ["The figures are wrong."])
    (home / "unverified").unlink()
    assert 30 == len(positions_of(embedded(home)))


def test_a_restore_that_is_broken_off_leaves_an_empty_home(ours: BackedUp, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ours.new_home()
    monkeypatch.setattr("infra.backups.restoring._recovered", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        restore(Source(ours.folder), home, ALL, lambda _: [])
    assert [] == list(home.iterdir())


def test_a_log_that_was_or_could_be_changed_is_found_before_it_serves() -> None:
    with backed_up() as theirs:
        theirs.record(3)
        ask(theirs.database, "ALTER TABLE log.events DISABLE TRIGGER never_changed")
        ask(theirs.database, "UPDATE log.events SET originator_version = 7 WHERE notification_id = 2")
        take(theirs.database, theirs.folder)
        with pytest.raises(BackupBroken) as refused:
            theirs.restore()
    assert "never_changed of log.events is disabled" in str(refused.value)
    assert "7 of organisation-2 is not the next one" in str(refused.value)


def test_a_read_model_that_was_paused_when_the_backup_was_taken_holds_up_no_restore() -> None:
    with backed_up() as theirs:
        theirs.record(3)
        project_all(theirs.database)
        pause(theirs.database, audit, "operator", "So it is")
        last = theirs.record(2)
        take(theirs.database, theirs.folder)
        found, restored = theirs.restore()
        assert last == found.position
        assert [("audit",)] == ask(restored, "SELECT name FROM read.projections WHERE state <> 'running'")
        # The control: a row that the log does not give is found in it all the same.
        ask(theirs.database, "UPDATE read.audit SET actor = 'eve' WHERE position = 2")
        take(theirs.database, theirs.folder)
        with pytest.raises(BackupBroken, match="read-models: 1 row changed"):
            theirs.restore()


# --- What is kept, and who may ----------------------------------------------------------------------------------------


def test_old_backups_are_removed_once_a_new_one_is_whole(ours: BackedUp) -> None:
    into = ours.top / "few"
    old = [take(ours.database, into, incremental=nth > 0) for nth in range(2)]
    assert [] == pruned(into, 1)
    taken = fundtrail(ours.database, "backup", str(into), "--keep", "1")
    assert (0, 2) == (taken.returncode, taken.stdout.count("Removed")), taken.stderr
    assert not {one.path for one in old} & set(kept.paths(into))
    assert [] == faults(into)


def test_an_owner_without_the_right_is_told_which_one(ours: BackedUp) -> None:
    ask(
        ours.database,
        "CREATE ROLE keeper LOGIN; GRANT SELECT ON log.events TO keeper; GRANT USAGE ON SCHEMA log TO keeper",
    )
    keepers = type(ours.database)(ours.database.url.replace("postgres@", "keeper@"))
    into = ours.top / "of-the-keeper"
    refused = fundtrail(keepers, "backup", str(into))
    assert (2, True) == (refused.returncode, 'ALTER ROLE "keeper" REPLICATION' in refused.stderr)
    ask(ours.database, "ALTER ROLE keeper REPLICATION")
    taken = fundtrail(keepers, "backup", str(into))
    assert 0 == taken.returncode, taken.stderr
    assert [] == faults(into)


def test_a_folder_within_the_database_or_without_a_backup_is_refused(ours: BackedUp) -> None:
    within = fundtrail(
        None, "backup", str(ours.home / "postgres" / "backups"), DATABASE_URL="", FUNDTRAIL_HOME=str(ours.home)
    )
    assert (2, True) == (within.returncode, "within the database's own files" in within.stderr)
    first = fundtrail(ours.database, "backup", str(ours.top / "new"), "--incremental")
    assert (2, True) == (first.returncode, "has no backup yet" in first.stderr)
    nothing = fundtrail(None, "restore", str(ours.top / "new"), "--home", str(ours.new_home()))
    assert (3, True) == (nothing.returncode, "has no backup" in nothing.stderr)
