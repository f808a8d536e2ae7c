"""Somebody with every right on the database hands out a pack of a changed log. The auditor's Python file refuses it.

The tamperer skips the check with which packs are made. The auditor has the public key from before.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence import pack as packing
from infra.evidence.check import Refused
from infra.evidence.question import Unseen
from infra.feeding.projector import project_all
from infra.seals.notes import Checkpoint, new_signer, origin_of
from infra.seals.settings import SealSettings
from tests.conftest import copy_of, drop
from tests.kit.database.writing import ask
from tests.kit.evidence import asked, key_in, pack_of, sealed
from tests.kit.money import desk
from tests.kit.sealing import tampering

Connection = psycopg.Connection[Any]


class Watched(NamedTuple):
    """A database whose log is sealed in *folder*, the *key* that the auditor has, and the positions of payments."""

    database: Database
    folder: Path
    key: str
    first: int
    second: int
    last: int


@pytest.fixture
def watched(server: Database, programme_template: str, tmp_path: Path) -> Iterator[Watched]:
    database = copy_of(server, programme_template)
    with desk(database) as at:
        award_id = at.accepted_award("ev", "50000.00")
        at.pay(award_id, 1, "15000.00", "2004-07-01")
        at.pay(award_id, 2, "9000.00", "2005-02-01")
    project_all(database)
    released = "SELECT notification_id FROM log.events WHERE topic = 'PaymentReleased' ORDER BY 1 DESC LIMIT 2"
    ((second,), (first,)) = ask(database, released)
    ((last,),) = ask(database, "SELECT max(notification_id) FROM log.events")
    folder = sealed(database, tmp_path)
    yield Watched(database, folder, key_in(folder), first, second, last)
    drop(server, database)


def handed_out(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The pack of the award, whose maker does not check it."""
    monkeypatch.setattr(packing, "check", lambda *_: [])
    return pack_of(watched.database, watched.folder, asked("award", "A-ev")).content


def by(change: Callable[[Connection, Watched], None]) -> Callable[[Watched], None]:
    """The same, as somebody with every right on the database does it."""

    def changed(watched: Watched) -> None:
        with tampering(watched.database) as connection:
            change(connection, watched)

    return changed


def edit(connection: Connection, watched: Watched) -> None:
    """15,000 becomes 51,000."""
    connection.execute(
        "UPDATE log.events SET state = convert_to(replace(convert_from(state, 'UTF8'), '15000', '51000'), 'UTF8')"
        " WHERE notification_id = %s",
        (watched.first,),
    )


def delete(connection: Connection, watched: Watched) -> None:
    connection.execute("DELETE FROM log.events WHERE notification_id = %s", (watched.first,))


def insert(connection: Connection, watched: Watched) -> None:
    """A payment is there twice: the events of the award after it move on by one version."""
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    of = (watched.first,)
    stream = "(SELECT originator_id FROM log.events WHERE notification_id = %s)"
    connection.execute(
        f"UPDATE log.events SET originator_version = originator_version + 1000 WHERE originator_id = {stream}"
        " AND notification_id > %s",
        of * 2,
    )
    connection.execute(
        "INSERT INTO log.events SELECT originator_id, originator_version + 1, topic, state, 1000000, schema_version,"
        " gen_random_uuid(), recorded_at, actor, authority, command_id, correlation_id, causation_id FROM log.events"
        " WHERE notification_id = %s",
        of,
    )
    connection.execute(
        f"UPDATE log.events SET originator_version = originator_version - 999 WHERE originator_id = {stream}"
        " AND originator_version > 1000",
        of,
    )


def swap(connection: Connection, watched: Watched) -> None:
    for one, other in ((watched.first, -1), (watched.second, watched.first), (-1, watched.second)):
        connection.execute("UPDATE log.events SET notification_id = %s WHERE notification_id = %s", (other, one))


def cut(connection: Connection, watched: Watched) -> None:
    connection.execute("DELETE FROM log.events WHERE notification_id >= %s", (watched.second,))


def renumber(connection: Connection, watched: Watched) -> None:
    connection.execute("UPDATE log.events SET notification_id = 1000000 WHERE notification_id = %s", (watched.last,))
    connection.execute("UPDATE seals.tiles SET positions = array_replace(positions, %s, 1000000)", (watched.last,))


def make_the_tree_again(watched: Watched) -> None:
    """Edit an event, and make the tree in the database again with another key, which the folder then has."""
    with tampering(watched.database) as connection:
        edit(connection, watched)
        connection.execute("DELETE FROM seals.checkpoints; DELETE FROM seals.tiles; DELETE FROM seals.epochs")
    for each in sorted(watched.folder.rglob("*"), reverse=True):
        each.unlink() if each.is_file() else each.rmdir()
    sealed(watched.database, watched.folder.parent / "forged")
    (watched.folder / "log.key").write_text(key_in(watched.folder.parent / "forged" / "seals"), encoding="utf-8")


def swap_the_key(watched: Watched) -> None:
    """Sign the newest checkpoint with another key of the same name."""
    forged = new_signer("tests/log")
    ((note,),) = ask(watched.database, "SELECT note FROM seals.checkpoints")
    ask(
        watched.database,
        "UPDATE seals.checkpoints SET note = %s",
        (forged.sign(f"{note.partition(chr(10) * 2)[0]}\n"),),
    )
    (watched.folder / "log.key").write_text(forged.verifier.text, encoding="utf-8")


def fork_the_heads(watched: Watched) -> None:
    """Another checkpoint of the same size, signed by the right key: this auditor is shown another log."""
    ((size,),) = ask(watched.database, "SELECT size FROM seals.checkpoints")
    signer = SealSettings(key=watched.folder.parent / "seal.key", folder=watched.folder).signer()
    note = signer.sign(Checkpoint(origin_of(signer.name, 1), size, bytes(32)).text)
    ask(watched.database, "UPDATE seals.checkpoints SET note = %s", (note,))


def edit_a_read_model(connection: Connection, at: Watched) -> None:
    """The ledger says that more was paid than the log."""
    connection.execute("UPDATE read.postings SET amount = amount + 100 * sign(amount) WHERE position = %s", (at.first,))


WAYS: dict[str, tuple[Callable[[Watched], None], Callable[[Watched], str]]] = {
    "edit": (by(edit), lambda at: f"(position {at.first}): its receipt does not show"),
    "cut tail": (by(cut), lambda _: "statement.html and asked.json: "),
    "renumbering": (by(renumber), lambda _: "(position 1000000): its receipt does not show"),
    "tree made again": (make_the_tree_again, lambda _: "has not signed its checkpoint"),
    "key swapped": (swap_the_key, lambda _: "has not signed its checkpoint"),
    "forked heads": (fork_the_heads, lambda _: "its receipt does not show that the log has it here"),
    "read model edited": (by(edit_a_read_model), lambda _: "statement.html and asked.json: "),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_pack_of_a_changed_log_is_refused_with_the_place(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert check.check(handed_out(watched, monkeypatch), watched.key), "the control: before the change it is confirmed"
    change, place = WAYS[name]
    change(watched)
    with pytest.raises(Refused) as refused:
        check.check(handed_out(watched, monkeypatch), watched.key)
    assert place(watched) in str(refused.value)


@pytest.mark.parametrize("change", [delete, insert, swap])
def test_of_a_stream_that_has_a_gap_or_another_order_no_pack_can_be_made(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, change: Callable[[Connection, Watched], None]
) -> None:
    """What a pack says where its events were taken out, added or exchanged by hand is in test_check.py."""
    assert handed_out(watched, monkeypatch), "the control: before the change it can be made"
    by(change)(watched)
    with pytest.raises(Unseen, match="every event of award-ev"):
        handed_out(watched, monkeypatch)
