"""Names and contacts are kept outside the log. Once a person is erased, nothing brings them back."""

import io
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from domain.desk import submit
from domain.people.person import ErasePerson, RegisterPerson
from domain.values.ids import PersonId
from domain.values.when import When
from infra import directory
from infra.database.embedded import account, programs
from infra.database.postgres import Database
from infra.directory import NotKept
from infra.log import log_file
from infra.log.postgres_log import PostgresLog
from tests.conftest import TEMPLATE, copy_of, drop
from tests.kit.database.writing import ask, order, register
from tests.kit.paths import ROOT

ROWS = "SELECT person_id, name, contact FROM directory.people ORDER BY 1"
ONE, TWO = PersonId("person-1"), PersonId("person-2")
NAME, CONTACT = "Zephyrine Quillfeather", "z.quillfeather@example.org"


@pytest.fixture
def kept(database: Database) -> Database:
    """A database with two registered people, of whom names are kept."""
    do(database, RegisterPerson(person_id=ONE, code="officer-1", on=When("2026-01-05")))
    do(database, RegisterPerson(person_id=TWO, code="officer-2", on=When("2026-01-05")))
    directory.keep(database, ONE, NAME, CONTACT)
    directory.keep(database, TWO, "Releaser")
    return database


@pytest.fixture
def empty(server: Database) -> Iterator[Database]:
    made = copy_of(server, TEMPLATE)
    yield made
    drop(server, made)


def do(database: Database, command: Any) -> None:
    with PostgresLog(database) as log:
        submit(log, order(command))


def erase(database: Database) -> None:
    do(database, ErasePerson(person_id=ONE, because="At the person's wish", on=When("2026-02-01")))


def test_an_erasure_that_is_recorded_deletes_name_and_contact(kept: Database) -> None:
    assert [(ONE, NAME, CONTACT), (TWO, "Releaser", None)] == ask(kept, ROWS)
    erase(kept)
    assert [(TWO, "Releaser", None)] == ask(kept, ROWS)


def test_without_the_trigger_the_name_would_stay(kept: Database) -> None:
    """The control. The application does not start then: see ``tests/infra/feeding/test_restore.py``."""
    with PostgresLog(kept) as log:
        ask(kept, "ALTER TABLE log.events DISABLE TRIGGER erases_person")
        submit(log, order(ErasePerson(person_id=ONE, because="At the person's wish", on=When("2026-02-01"))))
    assert 2 == len(ask(kept, ROWS))


def test_nothing_is_kept_about_somebody_who_was_erased_or_is_not_registered(kept: Database) -> None:
    do(kept, register(1))
    erase(kept)
    for nobody in (ONE, "person-3", "organisation-1", ""):
        with pytest.raises(NotKept):
            directory.keep(kept, nobody, NAME)
    directory.keep(kept, TWO, "Treasury officer", "2nd floor")
    assert [(TWO, "Treasury officer", "2nd floor")] == ask(kept, ROWS)


def test_an_older_copy_of_the_directory_brings_nobody_back(kept: Database) -> None:
    tools = programs(account(ROOT))
    dump = ("--data-only", "--schema=directory", kept.url)
    copy = subprocess.run([tools / "pg_dump", *dump], check=True, capture_output=True).stdout
    assert NAME.encode() in copy
    erase(kept)
    ask(kept, "DELETE FROM directory.people")
    subprocess.run([tools / "psql", "-q", kept.url], check=True, input=copy, capture_output=True)
    assert [(TWO, "Releaser", None)] == ask(kept, ROWS)


def test_a_log_that_is_restored_erases_too(kept: Database, empty: Database) -> None:
    erase(kept)
    file = io.BytesIO()
    log_file.export(kept, file)
    ask(empty, "INSERT INTO directory.people VALUES (%s, %s), (%s, %s)", (ONE, NAME, TWO, "Releaser"))
    log_file.restore(empty, io.BytesIO(file.getvalue()))
    assert [(TWO, "Releaser", None)] == ask(empty, ROWS)
