"""Erased is erased: a name and a contact are nowhere afterwards, and no figure changes by it."""

import io
import json
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain import award
from domain.desk import submit
from domain.people.person import GrantRole, LinkAccount, RegisterPerson, Role
from domain.values.ids import PersonId
from domain.values.when import When
from infra import directory
from infra.database.embedded import account, programs
from infra.database.postgres import Database
from infra.exports.catalogue import NAMES
from infra.exports.columns import STAMP
from infra.exports.lists import LISTS
from infra.feeding.projector import project_all
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from infra.log import log_file
from infra.log.postgres_log import PostgresLog
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask, order, read_tables
from tests.kit.money import desk, gbp
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, served

NAME, CONTACT, SUBJECT = "Zephyrine Quillfeather", "z.quillfeather@example.org", "subject-4711-quillfeather"
PLANTED = (NAME.encode(), CONTACT.encode(), SUBJECT.encode())
PERSON = PersonId("person-payments")
PAGES = ("/", "/audit", "/payments", "/sign-in", "/partnerships")


@pytest.fixture
def peopled(programme: Database, tmp_path: Path) -> Iterator[Api]:
    """The application with a person who has approved a payment, and whose name and contact are kept."""
    of: dict[str, Any] = {"person_id": PERSON, "on": When("2004-01-05")}
    with PostgresLog(programme) as log:
        submit(log, order(RegisterPerson(**of, code="officer-1")))
        submit(log, order(GrantRole(**of, role=Role.PAYMENTS_OFFICER)))
        submit(log, order(LinkAccount(**of, issuer="https://login.example.org", subject=SUBJECT)))
    directory.keep(programme, PERSON, NAME, CONTACT)
    with desk(programme) as at:
        paid: dict[str, Any] = {"award_id": at.accepted_award("paid", "1000.00"), "number": 1}
        at.do(award.RequestPayment(**paid, amount=gbp("250.00"), on=When("2004-07-01")), "somebody")
        at.do(award.ApprovePayment(**paid, on=When("2004-07-02")), PERSON)
    project_all(programme)
    with served(programme, identity=Identity(IdentitySettings(), tmp_path)) as api:
        yield api


def dump(database: Database) -> bytes:
    """Every table of every schema, dead or alive."""
    done = subprocess.run([programs(account(ROOT)) / "pg_dump", database.url], check=True, capture_output=True)
    return done.stdout


def whole_log(database: Database) -> bytes:
    file = io.BytesIO()
    log_file.export(database, file)
    return file.getvalue()


def exports(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Every list, row by row, but for the erasure itself and what says as at which position it was made."""
    found = {}
    for name in NAMES:
        if name in LISTS:
            lines = api.http.get(f"/export/{name}.jsonl").text.splitlines()
            rows = [row for row in map(json.loads, lines) if row.get("name") != "PersonErased"]
            found[name] = [{field: row[field] for field in row if field not in (*STAMP, "position")} for row in rows]
    return found


def pages(api: Api) -> bytes:
    return b"".join(api.http.get(path).content for path in PAGES)


def seen_in(text: bytes) -> set[bytes]:
    return {one for one in PLANTED if one in text}


def test_a_name_and_a_contact_are_nowhere_after_the_erasure(peopled: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="fundtrail")
    database = peopled.database
    before, log_before = exports(peopled), whole_log(database)
    # The control: what is looked for is found where it is kept, and nowhere else.
    assert {NAME.encode(), CONTACT.encode()} == seen_in(dump(database))
    assert NAME.encode() in pages(peopled)
    assert NAME in fundtrail(database, "people").stdout
    tables = {name: rows for name, rows in read_tables(database).items() if name != "audit"}
    assert set() == seen_in(repr(tables).encode()) | seen_in(log_before) | seen_in(repr(before).encode())

    erased = fundtrail(database, "people", "erase", "officer-1", "--because", "At the person's wish")
    assert 0 == erased.returncode, erased.stderr
    caught_up(database)

    said = erased.stdout + fundtrail(database, "people").stdout + caplog.text
    log_after = whole_log(database)
    for text in (dump(database), log_after, pages(peopled), said.encode(), repr(exports(peopled)).encode()):
        assert set() == seen_in(text)
    assert "erased person 1" in said

    # What was done stays, under the id, and no figure has changed.
    assert [(PERSON,)] == ask(database, "SELECT actor FROM log.events WHERE topic = 'PaymentApproved'")
    assert before == exports(peopled)
    assert (
        log_before.splitlines()[1 : log_before.count(b'{"event"') + 1]
        == [line for line in log_after.splitlines() if line.startswith(b'{"event"')][:-1]
    )


def test_the_log_still_folds_after_an_erasure(peopled: Api) -> None:
    database = peopled.database
    assert 0 == fundtrail(database, "people", "erase", "officer-1", "--because", "Left").returncode
    caught_up(database)
    fed = read_tables(database)
    assert 0 == fundtrail(database, "projections", "rebuild").returncode
    assert fed == read_tables(database)


def test_an_error_shows_nothing_of_what_was_to_be_kept(database: Database) -> None:
    with pytest.raises(psycopg.Error, match="a name has 1 to 200 characters") as refused:
        directory.keep(database, PERSON, NAME * 20, CONTACT)
    assert set() == seen_in(f"{refused.value!r} {refused.value.diag.message_detail}".encode())
