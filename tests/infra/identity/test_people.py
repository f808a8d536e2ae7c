"""Who an account belongs to follows from the log, and what they are called from the directory."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.contract.errors import OnlyReads
from domain.desk import submit
from domain.people.person import (
    ErasePerson,
    GrantRole,
    LinkAccount,
    RegisterPerson,
    Role,
    UnlinkAccount,
    account_of,
)
from domain.values.ids import PersonId
from domain.values.when import When
from infra import directory
from infra.database.pool import query
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.identity.caller import Account
from infra.identity.granting import ISSUER, follow_groups
from infra.identity.settings import IdentitySettings
from infra.log.postgres_log import PostgresLog
from infra.log.reader_log import ReaderLog
from projections.people.names import people_called, people_listed
from projections.tables.present import today
from tests.kit.database.writing import ask, eventually, order
from tests.kit.web.issuing import OFFICER, SmallIssuer, identity_at
from tests.kit.web.served import Api, served

ON: dict[str, Any] = {"on": When("2026-02-01")}
ONE = PersonId("person-one")
URL = "https://login.example.org"
ACCOUNT = Account(URL, "subject-1")
MAPPED = IdentitySettings(
    roles=(("auditors", Role.AUDITOR), ("office", Role.PROGRAMME_OFFICE), ("staff", Role.PROGRAMME_OFFICE))
)
REGISTERS = IdentitySettings(roles=MAPPED.roles, registers=True)


def do(database: Database, *commands: Any, by: str = "ann") -> None:
    with PostgresLog(database) as log:
        for command in commands:
            submit(log, order(command, actor=by))


def roles_of(database: Database, name: str) -> list[list[str]]:
    project_all(database)
    return [one.roles for one in query(database, lambda connection: people_called(connection, [name], today()))]


# --- What people are called -------------------------------------------------------------------------------------------


def test_people_are_listed_with_names_numbers_and_roles(programme: Database) -> None:
    for number, code in enumerate(("officer-1", "officer-2", "officer-3"), 1):
        do(programme, RegisterPerson(person_id=PersonId(f"person-{number}x"), code=code, **ON))
        directory.keep(programme, f"person-{number}x", f"Officer {number}")
    ask(programme, "DELETE FROM directory.people WHERE person_id = 'person-2x'")
    ((cbp,),) = ask(programme, "SELECT id FROM read.programmes WHERE code = 'cbp'")
    one: dict[str, Any] = {"person_id": PersonId("person-1x")} | ON
    do(programme, GrantRole(**one, role=Role.RELEASER), GrantRole(**one, role=Role.AUDITOR, programme_id=cbp))
    do(programme, GrantRole(person_id=PersonId("person-2x"), role=Role.AUDITOR, until=When("2026-03"), **ON))
    do(programme, ErasePerson(person_id=PersonId("person-3x"), because="Left", **ON))
    project_all(programme)
    found = query(programme, lambda connection: people_listed(connection, today()))
    assert ["Officer 1", "person 2", "erased person 3"] == [one.name for one in found]
    assert [["releaser", "auditor for cbp"], [], []] == [one.roles for one in found]
    then = query(programme, lambda connection: people_listed(connection, date(2026, 3, 31)))
    assert [["releaser", "auditor for cbp"], ["auditor"], []] == [one.roles for one in then]


# --- Accounts ---------------------------------------------------------------------------------------------------------


def status(api: Api, token: str) -> int:
    return api.http.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code


ENDED: dict[str, Callable[[str], Any]] = {
    "erased": lambda _: ErasePerson(person_id=PersonId(OFFICER), because="Left", **ON),
    "without the account": lambda url: UnlinkAccount(
        person_id=PersonId(OFFICER), issuer=url, subject="officer", because="Left", **ON
    ),
}


@pytest.mark.parametrize("kind", ENDED)
def test_an_account_that_is_nobodys_any_more_is_refused_within_two_seconds(
    programme: Database, home: Path, issuer: SmallIssuer, kind: str
) -> None:
    with served(programme, identity=identity_at(programme, home, issuer.url)) as api:
        tokens = issuer.token(), issuer.token(sub="auditor")
        assert [200, 200] == [status(api, one) for one in tokens]
        do(programme, ENDED[kind](issuer.url))
        project_all(programme)
        recorded = time.monotonic()
        eventually(lambda: status(api, tokens[0]) == 403, "the account is refused")
        assert 2 > time.monotonic() - recorded
        assert 200 == status(api, tokens[1])


def test_an_erased_person_cannot_be_chosen_or_go_on(own: Api) -> None:
    token = own.app.state.identity.own.token(OFFICER)
    assert 200 == status(own, token)
    assert "Payments officer" in own.http.get("/sign-in").text
    do(own.database, ErasePerson(person_id=PersonId(OFFICER), because="Left", **ON))
    eventually(lambda: status(own, token) == 403, "the token is refused")
    assert OFFICER not in own.http.get("/sign-in").text


# --- Roles of groups --------------------------------------------------------------------------------------------------


def followed(database: Database, *groups: str, settings: IdentitySettings = MAPPED, account: Account = ACCOUNT) -> int:
    with PostgresLog(database) as log:
        return follow_groups(log, settings, account, groups)


def test_a_log_that_only_reads_refuses_roles_that_follow_from_groups_and_accepts_those_that_are_there(
    linked: Database,
) -> None:
    project_all(linked)
    with ReaderLog(linked) as log:
        assert 0 == follow_groups(log, MAPPED, ACCOUNT, [])
        with pytest.raises(OnlyReads):
            follow_groups(log, MAPPED, ACCOUNT, ["auditors"])
        assert followed(linked, "auditors") > 0
        assert 0 == follow_groups(log, MAPPED, ACCOUNT, ["auditors"])


@pytest.fixture
def linked(database: Database) -> Database:
    """A database with a person who has an account."""
    do(
        database,
        RegisterPerson(person_id=ONE, code="officer-1", **ON),
        LinkAccount(person_id=ONE, issuer=URL, subject="subject-1", **ON),
    )
    return database


def test_roles_follow_the_groups_of_each_sign_in(linked: Database) -> None:
    assert followed(linked, "auditors", "staff", "choir")
    assert [["auditor", "programme office"]] == roles_of(linked, "officer-1")
    assert 0 == followed(linked, "office", "auditors")
    assert followed(linked, "auditors")
    assert [["auditor"]] == roles_of(linked, "officer-1")
    assert followed(linked)
    assert [[]] == roles_of(linked, "officer-1")
    assert {ISSUER} == {by for (by,) in ask(linked, "SELECT actor FROM log.events WHERE starts_with(topic, 'Role')")}


def test_a_role_that_an_administrator_granted_stays(linked: Database) -> None:
    do(linked, GrantRole(person_id=ONE, role=Role.AUDITOR, **ON), GrantRole(person_id=ONE, role=Role.RELEASER, **ON))
    assert 0 == followed(linked, "auditors")
    assert 0 == followed(linked)
    assert [["auditor", "releaser"]] == roles_of(linked, "officer-1")


def test_without_a_mapping_a_sign_in_records_nothing(linked: Database) -> None:
    assert followed(linked, "auditors")
    assert 0 == followed(linked, settings=IdentitySettings())
    assert [["auditor"]] == roles_of(linked, "officer-1")


def test_somebody_unknown_is_registered_only_where_that_is_set_and_with_a_mapped_group(database: Database) -> None:
    assert 0 == followed(database, "auditors")
    assert 0 == followed(database, "choir", settings=REGISTERS)
    assert followed(database, "auditors", settings=REGISTERS)
    assert 0 == followed(database, "auditors", settings=REGISTERS)
    project_all(database)
    (found,) = query(database, lambda connection: people_listed(connection, today()))
    assert ("person 1", ["auditor"]) == (found.name, found.roles)
    assert account_of(URL, "subject-1")[:12] in found.code
    stored = b"".join(bytes(body) for (body,) in ask(database, "SELECT state FROM log.events"))
    assert b"subject-1" not in stored


@pytest.mark.parametrize("end", ["erased", "unlinked"])
def test_nobody_comes_back_by_signing_in_again(linked: Database, end: str) -> None:
    do(
        linked,
        ErasePerson(person_id=ONE, because="Left", **ON)
        if end == "erased"
        else UnlinkAccount(person_id=ONE, issuer=URL, subject="subject-1", because="Left", **ON),
    )
    before = ask(linked, "SELECT count(*) FROM log.events")
    assert 0 == followed(linked, "auditors", settings=REGISTERS)
    assert before == ask(linked, "SELECT count(*) FROM log.events")
