"""Whoever has every right on the database can change the log. The checkpoints outside show it, and where.

Each test has its control: without the tree, nothing in the database notices the change.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from infra.database.postgres import Database
from infra.database.rights import refuse_unguarded
from infra.log.postgres_log import read_log
from infra.seals.comparing import compare, outside
from infra.seals.folder import Folder
from infra.seals.notes import Checkpoint, new_signer
from infra.seals.sealer import NotSealed
from tests.conftest import copy_of, drop
from tests.kit.database.writing import ask
from tests.kit.sealing import Sealed, sealing, tampering

Connection = psycopg.Connection[Any]
# An event after the others.
AFTER = (
    "INSERT INTO log.events SELECT 'organisation-of-eve', 1, topic, state, 100000, schema_version, gen_random_uuid(),"
    " clock_timestamp(), actor, authority, command_id, correlation_id, causation_id FROM log.events"
    " WHERE notification_id = 700"
)
# An event in the middle of the log.
HERE = 700


def edit(connection: Connection) -> None:
    connection.execute(
        "UPDATE log.events SET state = convert_to(replace(convert_from(state, 'UTF8'), '\":', '\": '), 'UTF8')"
        " WHERE notification_id = %s",
        (HERE,),
    )


def edit_actor(connection: Connection) -> None:
    connection.execute("UPDATE log.events SET actor = 'eve' WHERE notification_id = %s", (HERE,))


def edit_moment(connection: Connection) -> None:
    connection.execute(
        "UPDATE log.events SET recorded_at = recorded_at - interval '1 microsecond' WHERE notification_id = %s", (HERE,)
    )


def delete(connection: Connection) -> None:
    connection.execute("DELETE FROM log.events WHERE notification_id = %s", (HERE,))


def insert(connection: Connection) -> None:
    """Put an event between two others: those after it move on by one."""
    connection.execute(
        "UPDATE log.events SET notification_id = -notification_id - 1 WHERE notification_id >= %s", (HERE,)
    )
    connection.execute("UPDATE log.events SET notification_id = -notification_id WHERE notification_id < 0")
    connection.execute(
        "INSERT INTO log.events SELECT 'organisation-of-eve', 1, topic, state, %s, schema_version, gen_random_uuid(),"
        " recorded_at, actor, authority, command_id, correlation_id, causation_id FROM log.events"
        " WHERE notification_id = %s",
        (HERE, HERE + 1),
    )


def swap(connection: Connection) -> None:
    for one, other in ((HERE, -1), (HERE + 1, HERE), (-1, HERE + 1)):
        connection.execute("UPDATE log.events SET notification_id = %s WHERE notification_id = %s", (other, one))


def cut(connection: Connection) -> None:
    connection.execute("DELETE FROM log.events WHERE notification_id > %s", (HERE,))


def insert_before(connection: Connection) -> None:
    """Put an event in front of all others, where no number is in the way."""
    connection.execute(
        "INSERT INTO log.events SELECT 'organisation-of-eve', 1, topic, state, 0, schema_version, gen_random_uuid(),"
        " recorded_at, actor, authority, command_id, correlation_id, causation_id FROM log.events"
        " WHERE notification_id = 1"
    )


def renumber(connection: Connection) -> None:
    """Leave a gap in the numbers, as a server leaves one when it stops hard."""
    connection.execute(
        "UPDATE log.events SET notification_id = -notification_id - 10 WHERE notification_id >= %s", (HERE,)
    )
    connection.execute("UPDATE log.events SET notification_id = -notification_id WHERE notification_id < 0")


NOT_THE_ONE = f"The event at position {HERE} is not the one that was sealed."
CHANGES: list[tuple[Callable[[Connection], None], int, str]] = [
    (edit, HERE, NOT_THE_ONE),
    (edit_actor, HERE, NOT_THE_ONE),
    (edit_moment, HERE, NOT_THE_ONE),
    (delete, HERE + 1, f"1 sealed event is missing between positions {HERE - 1} and {HERE + 1}."),
    (insert, HERE, NOT_THE_ONE),
    (swap, HERE, NOT_THE_ONE),
    (cut, HERE, f"The log ends at position {HERE}. 675 sealed events that followed it are missing."),
    (
        renumber,
        HERE + 10,
        f"The event at position {HERE + 10} is not the one that was sealed, or one is missing after position"
        f" {HERE - 1}.",
    ),
]
WAYS = pytest.mark.parametrize(("change", "position", "sentence"), CHANGES, ids=[one[0].__name__ for one in CHANGES])


def nothing_notices(database: Database) -> None:
    """The control: the guards of the database find nothing, and every event can be read."""
    with database.connect() as connection:
        refuse_unguarded(connection)
        assert read_log(connection, 0, 5000)


def test_an_untouched_log_is_the_one_that_was_sealed(sealed: Sealed) -> None:
    found = sealed.compared()
    assert ([], 1375, 1375) == (found.differences, found.events, found.sealed)
    assert found.heads >= 2


@WAYS
def test_a_change_of_a_sealed_event_is_found_with_its_position(
    sealed: Sealed, change: Callable[[Connection], None], position: int, sentence: str
) -> None:
    with tampering(sealed.database) as connection:
        change(connection)
    nothing_notices(sealed.database)
    assert [(position, sentence)] == sealed.found()


@WAYS
def test_it_is_found_too_where_the_tree_was_made_again_by_another_key(
    sealed: Sealed, tmp_path: Path, change: Callable[[Connection], None], position: int, sentence: str
) -> None:
    """Whoever owns the database owns the tree in it, but not the key, and not the folder."""
    with tampering(sealed.database) as connection:
        change(connection)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    forged = sealing(tmp_path / "forged")
    Sealed(sealed.database, forged).seal()
    nothing_notices(sealed.database)
    # The control: with the forger's key and the forger's folder everything agrees.
    assert [] == Sealed(sealed.database, forged).found()
    assert (position, sentence) in sealed.found()
    assert any("cannot be believed" in sentence for _, sentence in sealed.found())


def test_an_event_in_front_of_all_others_is_found(sealed: Sealed) -> None:
    with tampering(sealed.database) as connection:
        insert_before(connection)
    nothing_notices(sealed.database)
    assert [(0, "An event was put into the log at position 0, after it was sealed.")] == sealed.found()


def test_an_event_that_is_not_sealed_yet_is_not_protected(sealed: Sealed) -> None:
    """What happens before the sealer sees it, the seals cannot show: the lag of sealing is what stays open."""
    with tampering(sealed.database) as connection:
        connection.execute(
            "INSERT INTO log.events SELECT originator_id, originator_version + 1000, topic, state, 100000,"
            " schema_version, gen_random_uuid(), clock_timestamp(), actor, authority, command_id, correlation_id,"
            " causation_id FROM log.events WHERE notification_id = %s",
            (HERE,),
        )
    found = sealed.compared()
    assert ([], 1376, 1375) == (found.differences, found.events, found.sealed)


def test_an_older_copy_of_the_database_is_found(server: Database, sealed: Sealed) -> None:
    older = copy_of(server, str(conninfo_to_dict(sealed.database.url)["dbname"]))
    try:
        with tampering(sealed.database) as connection:
            connection.execute(
                "INSERT INTO log.events SELECT 'organisation-of-eve', 1, topic, state, 100000, schema_version,"
                " gen_random_uuid(), clock_timestamp(), actor, authority, command_id, correlation_id, causation_id"
                " FROM log.events WHERE notification_id = %s",
                (HERE,),
            )
        sealed.seal()
        nothing_notices(older)
        # The same place, as where files of the server are copied back; a copy under another name is another place.
        ask(
            older, "UPDATE seals.epochs SET database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        restored = Sealed(older, sealed.settings)
        assert [
            "The log ends at position 1,375. 1 sealed event that followed it is missing.",
            "The newest checkpoint in the database has 1,375 events, and 1/checkpoint has 1,376."
            " The database is an older copy, or was changed.",
        ] == [sentence for _, sentence in restored.found()]
        # The sealer refuses to sign another log under the same name.
        with pytest.raises(NotSealed, match="The folder has a checkpoint of 1,376 events"):
            restored.seal()
    finally:
        drop(server, older)


def test_another_key_in_the_folder_is_found(sealed: Sealed) -> None:
    key = new_signer("grants.example.org/log")
    note = sealed.folder.note(1)
    assert note is not None
    (sealed.folder.path / "1" / "checkpoint").write_text(key.sign(note.partition("\n\n")[0] + "\n"), encoding="utf-8")
    assert ["The checkpoint 1/checkpoint cannot be believed: None of the keys that are trusted has signed it."] == [
        sentence for _, sentence in sealed.found()
    ]


def test_two_heads_of_one_log_are_found(sealed: Sealed) -> None:
    """An auditor got a checkpoint of another log than the one that is published: the operator shows two."""
    other = Checkpoint("grants.example.org/log/1", 700, bytes(32))
    note = sealed.settings.signer().sign(other.text)
    assert [
        "The checkpoint from the auditor of 700 events is one of another log than the tiles of epoch 1:"
        " two logs were signed under one name."
    ] == [sentence for _, sentence in sealed.found(("from the auditor", note))]


def test_a_tile_changed_in_the_folder_is_found(sealed: Sealed) -> None:
    tile = sealed.folder.path / "1" / "tile" / "0" / "001"
    content = bytearray(tile.read_bytes())
    content[100] ^= 1
    tile.write_bytes(content)
    assert "The tiles in the folder are not those of the checkpoint 1/checkpoint." in [
        sentence for _, sentence in sealed.found()
    ]


@pytest.mark.parametrize("level", [0, 1])
def test_a_tree_changed_in_the_database_is_found(sealed: Sealed, level: int) -> None:
    change = "UPDATE seals.tiles SET hashes = overlay(hashes placing '\\x00' from 5) WHERE number = 0 AND level = %s"
    ask(sealed.database, change, (level,))
    sentence = "The tree in the database is not that of its newest checkpoint of 1,375 events."
    assert [sentence] == [sentence for _, sentence in sealed.found()]


def test_the_sealer_signs_nothing_on_a_tree_that_is_not_the_one_it_signed(sealed: Sealed) -> None:
    ask(sealed.database, "UPDATE seals.tiles SET hashes = overlay(hashes placing '\\x00' from 5) WHERE level = 1")
    with pytest.raises(NotSealed, match="The stored tree is not that of the newest checkpoint"):
        sealed.seal()


def test_deleting_many_events_is_found_at_the_first_one_that_is_missing(sealed: Sealed) -> None:
    with tampering(sealed.database) as connection:
        connection.execute("DELETE FROM log.events WHERE notification_id BETWEEN 100 AND 1200")
    assert [(1201, "1,101 sealed events are missing between positions 99 and 1,201.")] == sealed.found()


def test_an_event_without_a_field_that_every_event_has_is_found(sealed: Sealed) -> None:
    with tampering(sealed.database) as connection:
        connection.execute("ALTER TABLE log.events ALTER actor DROP NOT NULL, ALTER recorded_at DROP NOT NULL")
        connection.execute("UPDATE log.events SET recorded_at = NULL WHERE notification_id = %s", (HERE,))
    assert [(HERE, NOT_THE_ONE)] == sealed.found()


def test_a_server_that_shows_another_id_of_an_event_is_not_asked_for_a_text(sealed: Sealed) -> None:
    """Somebody gives the server another way to write an id, and changes the id itself."""
    ((before,),) = ask(sealed.database, "SELECT event_id FROM log.events WHERE notification_id = %s", (HERE,))
    ask(
        sealed.database,
        "CREATE FUNCTION public.lie(uuid) RETURNS text LANGUAGE sql AS"
        f" $$ SELECT '{before}' $$; CREATE CAST (uuid AS text) WITH FUNCTION public.lie(uuid)",
    )
    with tampering(sealed.database) as connection:
        connection.execute("UPDATE log.events SET event_id = gen_random_uuid() WHERE notification_id = %s", (HERE,))
    assert [(f"{before}",)] == ask(
        sealed.database, "SELECT event_id::text FROM log.events WHERE notification_id = %s", (HERE,)
    ), "the control: asked for a text, it lies"
    assert [(HERE, NOT_THE_ONE)] == sealed.found()


def test_an_event_that_is_sealed_in_the_database_alone_is_protected_too(sealed: Sealed) -> None:
    """The folder was away when it was sealed. Our key signed it all the same."""
    with tampering(sealed.database) as connection:
        connection.execute(AFTER)
    published = sealed.folder.path / "1"
    kept = published.rename(published.with_name("kept"))
    sealed.seal()
    shutil.rmtree(published)
    kept.rename(published)
    with tampering(sealed.database) as connection:
        connection.execute("UPDATE log.events SET actor = 'eve' WHERE notification_id = 100000")
    assert (
        100000,
        "The event at position 100,000 is not the one that was sealed, or one is missing after position 1,375.",
    ) in (sealed.found())


def test_a_position_that_would_let_the_sealer_pass_over_events_is_found_and_stops_it(sealed: Sealed) -> None:
    ask(sealed.database, "UPDATE seals.checkpoints SET position = 9000000000000000000")
    assert ["The newest checkpoint in the database has another position than its last event."] == [
        sentence for _, sentence in sealed.found()
    ]
    with pytest.raises(NotSealed, match="is not that of the last event that was sealed"):
        sealed.seal()


def test_a_tree_that_another_key_signed_is_not_continued(sealed: Sealed, tmp_path: Path) -> None:
    with tampering(sealed.database) as connection:
        connection.execute(AFTER)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    Sealed(sealed.database, sealing(tmp_path / "forged")).seal()
    with tampering(sealed.database) as connection:
        connection.execute("DELETE FROM log.events WHERE notification_id = 100000")
    with pytest.raises(NotSealed, match="is not signed by the key of this sealer"):
        sealed.seal()


def test_an_edit_is_not_taken_for_what_a_failover_lost(sealed: Sealed) -> None:
    """Whoever edits an event empties the tree in the database as well, so that a new epoch begins."""
    with tampering(sealed.database) as connection:
        edit(connection)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    sealed.seal()
    assert [
        (
            HERE,
            "Epoch 2 of the log parts from epoch 1 after 699 events: 1 event that was sealed in epoch 1 is not in"
            " it. 675 that followed are in it, so the log was changed there, not cut off.",
        )
    ] == sealed.found()


def test_a_database_whose_tree_was_removed_is_found(sealed: Sealed) -> None:
    ask(sealed.database, "DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    assert ["The database keeps no checkpoint, and outside there are some. Its tree was removed."] == [
        sentence for _, sentence in sealed.found()
    ]


def test_an_auditor_with_one_checkpoint_and_no_tiles_finds_a_change(sealed: Sealed, tmp_path: Path) -> None:
    known = outside(
        Folder(tmp_path / "none"),
        [sealed.settings.signer().verifier],
        [("of the auditor", sealed.folder.note(1) or "")],
    )

    def found() -> list[str]:
        with sealed.database.connect() as connection, connection.transaction():
            return [one.sentence for one in compare(connection, known).differences]

    assert [] == found()
    with tampering(sealed.database) as connection:
        edit(connection)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles")
    assert (
        "The first 1,375 events of the log, up to position 1,375, are not those of the checkpoint of the auditor."
        in found()
    )


EDGES = (
    "UPDATE seals.checkpoints SET size = -1",
    "UPDATE seals.tiles SET level = -1 WHERE level = 1",
    "UPDATE seals.tiles SET hashes = '' WHERE level = 0",
    "DELETE FROM seals.tiles",
)
WITHIN = (
    "UPDATE seals.tiles SET hashes = substr(hashes, 1, 100) WHERE level = 0 AND number = 2",
    "UPDATE seals.tiles SET number = 77 WHERE level = 0 AND number = 2",
)


@pytest.mark.parametrize("statement", [*EDGES, *WITHIN])
def test_a_tree_in_the_database_that_is_no_tree_is_a_difference_and_no_crash(sealed: Sealed, statement: str) -> None:
    ask(sealed.database, statement)
    assert sealed.found()


@pytest.mark.parametrize("statement", EDGES)
def test_a_tree_whose_edge_is_no_edge_is_not_continued(sealed: Sealed, statement: str) -> None:
    ask(sealed.database, statement)
    with pytest.raises(NotSealed):
        sealed.seal()


def test_without_any_checkpoint_nothing_is_proved(programme: Database, tmp_path: Path) -> None:
    assert ["There is no checkpoint outside the database. Nothing shows that the log was not changed."] == [
        sentence for _, sentence in Sealed(programme, sealing(tmp_path)).found()
    ]


def test_a_restored_database_may_lack_the_last_events_and_no_other_one(sealed: Sealed) -> None:
    known = outside(sealed.folder, [sealed.settings.signer().verifier])

    def positions(*, is_earlier: bool) -> list[int]:
        with sealed.database.connect() as connection, connection.transaction():
            found = compare(connection, known, is_earlier=is_earlier)
        return [one.position for one in found.differences if one.position]

    with tampering(sealed.database) as connection:
        cut(connection)
    # The control: a database that is not said to be restored.
    assert ([], [HERE]) == (positions(is_earlier=True), positions(is_earlier=False))
    with tampering(sealed.database) as connection:
        connection.execute("UPDATE log.events SET actor = 'eve' WHERE notification_id = 600")
    assert [600] == positions(is_earlier=True)
