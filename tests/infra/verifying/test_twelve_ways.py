"""Twelve ways in which somebody with every right changes a database, each found by ``fundtrail verify``.

The control of each: the checks that need nothing from outside the database, or the seals alone, do not notice it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from infra.database.postgres import Database
from infra.seals.notes import Checkpoint, new_signer
from tests.conftest import copy_of, drop
from tests.infra.seals.test_tampering import HERE, cut, delete, edit, insert, renumber, swap
from tests.kit.command_line import fundtrail
from tests.kit.database.writing import ask
from tests.kit.sealing import Sealed, sealing, tampering

Connection = psycopg.Connection[Any]
# The checks that need nothing from outside. That of the read models takes longest, and is run where it is concerned.
WITHIN = ("rights", "migrations", "streams", "commands", "counters", "references")


class Way(NamedTuple):
    """A way to change a database: the check that finds it and the position that it gives."""

    change: Callable[[Sealed, Path], None]
    check: str
    position: int | None


def by(change: Callable[[Connection], None]) -> Callable[[Sealed, Path], None]:
    """The same, as somebody with every right on the database does it."""

    def changed(sealed: Sealed, _: Path) -> None:
        with tampering(sealed.database) as connection:
            change(connection)

    return changed


def make_the_tree_again(sealed: Sealed, folder: Path) -> None:
    """Edit an event, and make the tree in the database again, with another key."""
    with tampering(sealed.database) as connection:
        edit(connection)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    Sealed(sealed.database, sealing(folder / "forged")).seal()


def swap_the_key(sealed: Sealed, _: Path) -> None:
    """Sign the checkpoint outside with another key of the same name."""
    note = sealed.folder.note(1) or ""
    forged = new_signer("grants.example.org/log").sign(note.partition("\n\n")[0] + "\n")
    (sealed.folder.path / "1" / "checkpoint").write_text(forged, encoding="utf-8")


def fork_the_heads(sealed: Sealed, _: Path) -> None:
    """Show somebody a checkpoint of another log, signed by the right key."""
    text = Checkpoint("grants.example.org/log/1", 700, bytes(32)).text
    shown = sealed.folder.path / "1" / "checkpoints" / "2026-01-01T00Z"
    shown.write_text(sealed.settings.signer().sign(text), encoding="utf-8")


def turn_a_trigger_off(connection: Connection) -> None:
    connection.execute("ALTER TABLE log.events DISABLE TRIGGER never_changed")


def edit_a_read_model(connection: Connection) -> None:
    connection.execute(
        "UPDATE read.awards SET purpose = 'another purpose' WHERE id = (SELECT min(id) FROM read.awards)"
    )


WAYS = {
    "edit": Way(by(edit), "seals", HERE),
    "deletion": Way(by(delete), "seals", HERE + 1),
    "insertion": Way(by(insert), "seals", HERE),
    "swap": Way(by(swap), "seals", HERE),
    "cut tail": Way(by(cut), "seals", HERE),
    "tree made again": Way(make_the_tree_again, "seals", HERE),
    "renumbering": Way(by(renumber), "seals", HERE + 10),
    "key swapped": Way(swap_the_key, "seals", None),
    "forked heads": Way(fork_the_heads, "seals", None),
    "trigger off": Way(by(turn_a_trigger_off), "rights", None),
    "read model edited": Way(by(edit_a_read_model), "read-models", 873),
}


def verified(sealed: Sealed, *only: str, database: Database | None = None) -> tuple[int, list[tuple[str, int | None]]]:
    """The exit code of ``fundtrail verify``, and of each difference its check and position."""
    words = [word for check in only for word in ("--only", check)]
    answer = fundtrail(
        database or sealed.database,
        "verify", "--json", "--seals", str(sealed.folder.path), "--key", sealed.settings.signer().verifier.text, *words,
    )  # fmt: skip
    found = json.loads(answer.stdout)
    return answer.returncode, [
        (check["name"], finding.get("position"))
        for check in found["checks"]
        for finding in check["findings"]
        if finding["severity"] == "differs"
    ]


@pytest.mark.parametrize("name", WAYS)
def test_a_change_is_found_with_its_position(sealed: Sealed, tmp_path: Path, name: str) -> None:
    way = WAYS[name]
    assert (0, []) == verified(sealed, "seals", "rights"), "the control: nothing differs before"
    way.change(sealed, tmp_path)
    code, found = verified(sealed, way.check)
    assert 4 == code
    assert (way.check, way.position) in found


def test_an_older_copy_of_the_database_is_found(server: Database, sealed: Sealed) -> None:
    older = copy_of(server, str(conninfo_to_dict(sealed.database.url)["dbname"]))
    try:
        ask(
            sealed.database,
            "SET session_replication_role = replica; INSERT INTO log.events SELECT 'organisation-of-eve', 1, topic,"
            " state, 100000, schema_version, gen_random_uuid(), clock_timestamp(), actor, authority, command_id,"
            f" correlation_id, causation_id FROM log.events WHERE notification_id = {HERE}",
        )
        sealed.seal()
        assert (0, []) == verified(sealed, *WITHIN, database=older), "the control: by itself nothing is wrong with it"
        code, found = verified(sealed, "seals", database=older)
        assert (4, True) == (code, ("seals", 1375) in found)
    finally:
        drop(server, older)


@pytest.mark.parametrize("name", ["edit", "tree made again", "key swapped", "forked heads"])
def test_without_the_checkpoints_outside_nothing_notices_it(sealed: Sealed, tmp_path: Path, name: str) -> None:
    WAYS[name].change(sealed, tmp_path)
    assert (0, []) == verified(sealed, *WITHIN)
