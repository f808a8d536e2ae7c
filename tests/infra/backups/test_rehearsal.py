"""A rehearsal says whether the newest backup can be trusted, how long a recovery takes, and what would be lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.backups import kept
from infra.backups.taking import take
from tests.kit.command_line import fundtrail
from tests.kit.database.backed_up import BackedUp, backed_up, change_a_byte
from tests.kit.database.writing import ask


@pytest.fixture(scope="module")
def ours() -> Iterator[BackedUp]:
    """A backup of ten events, and five recorded since."""
    with backed_up() as made:
        made.record(10)
        take(made.database, made.folder)
        made.record(5)
        yield made


@pytest.fixture
def place(ours: BackedUp) -> Path:
    """The folder in which it takes place."""
    made = ours.top / f"rehearsals-{len(list(ours.top.iterdir()))}"
    made.mkdir()
    return made


def test_it_says_how_long_a_recovery_takes_and_what_would_be_lost(ours: BackedUp, place: Path) -> None:
    ended = fundtrail(ours.database, "rehearse", str(ours.folder), "--in", str(place), "--json")
    assert 0 == ended.returncode, ended.stderr
    found = json.loads(ended.stdout)
    assert (10, 10, 5) == (found["position"], found["events"], found["lost_events"])
    assert 0 < found["lost_seconds"]
    assert round(sum(found["parts"].values()), 1) == round(found["recovery_seconds"], 1)
    # Nothing of it is left, and it was no new history of the log.
    assert [] == list(place.iterdir())
    assert not (ours.folder / kept.WAL).exists()


def test_in_words(ours: BackedUp, place: Path) -> None:
    ended = fundtrail(ours.database, "rehearse", str(ours.folder), "--in", str(place))
    assert "up to position 10, and verified." in ended.stdout
    assert "Would have been lost: 5 events, of the last" in ended.stdout


def test_a_broken_backup_ends_it_with_4_and_nothing_is_left(ours: BackedUp, place: Path) -> None:
    copied = ours.copy()
    change_a_byte(kept.paths(copied)[0] / kept.DATA / "PG_VERSION", at=0)
    ended = fundtrail(ours.database, "rehearse", str(copied), "--in", str(place))
    assert (4, True) == (ended.returncode, "PG_VERSION was changed" in ended.stderr)
    assert [] == list(place.iterdir())


def test_a_live_log_that_was_changed_since_is_found(ours: BackedUp, place: Path) -> None:
    change = "UPDATE log.events SET actor = %s WHERE notification_id = 7"
    ask(ours.database, "ALTER TABLE log.events DISABLE TRIGGER never_changed")
    try:
        ask(ours.database, change, ("mallory",))
        ended = fundtrail(ours.database, "rehearse", str(ours.folder), "--in", str(place))
        assert (4, True) == (ended.returncode, "is not the live one" in ended.stderr)
    finally:
        ask(ours.database, change, ("ann",))
        ask(ours.database, "ALTER TABLE log.events ENABLE TRIGGER never_changed")
