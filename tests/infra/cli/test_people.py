"""``fundtrail people`` and ``fundtrail appoint``: people have codes, and their names stay out of the log."""

import json

import pytest

from infra.database.postgres import READER, Database
from tests.kit.command_line import fundtrail
from tests.kit.database.writing import ask

NAME = "Zephyrine Quillfeather"


def done(database: Database, *words: str) -> str:
    answer = fundtrail(database, *words)
    assert 0 == answer.returncode, answer.stderr
    return answer.stdout


def listed(database: Database) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(done(database, "people", "--json"))
    return [{name: one[name] for name in ("name", "code", "roles", "is_erased")} for one in found]


def test_a_person_is_added_gets_roles_another_name_and_is_erased(programme: Database) -> None:
    ((organisation,),) = ask(programme, "SELECT code FROM read.organisations ORDER BY code LIMIT 1")
    given = ("--contact", "z@example.org", "--organisation", organisation)
    account = ("--account", "https://login.example.org", "a1b2c3")
    done(programme, "people", "add", "officer-1", "--name", NAME, *given, *account)
    done(programme, "people", "grant", "officer-1", "payments officer")
    done(programme, "people", "grant", "officer-1", "auditor", "--as", "ann")
    assert [
        {"name": NAME, "code": "officer-1", "roles": ["payments officer", "auditor"], "is_erased": False}
    ] == listed(programme)
    done(programme, "people", "revoke", "officer-1", "auditor", "--because", "Moved")
    done(programme, "people", "name", "officer-1", "--name", "Z. Quillfeather")
    table = done(programme, "people")
    assert ["Name", "Code", "Roles", "Since"] == table.split()[:4]
    assert "Z. Quillfeather" in table
    done(programme, "people", "erase", "officer-1", "--because", "Left")
    assert [{"name": "erased person 1", "code": "officer-1", "roles": [], "is_erased": True}] == listed(programme)
    stored = ask(programme, "SELECT convert_from(state, 'UTF8') || actor || command_id FROM log.events")
    assert not [text for (text,) in stored if "Quillfeather" in text or "a1b2c3" in text]


def test_the_owner_of_the_database_appoints_the_first_administrator_and_no_other(database: Database) -> None:
    for code in ("officer-1", "officer-2"):
        done(database, "people", "add", code, "--name", code)
    done(database, "appoint", "officer-1")
    assert [("the owner of the database",)] == ask(database, "SELECT actor FROM log.events WHERE topic = 'RoleGranted'")
    refused = fundtrail(database, "appoint", "officer-2")
    assert (4, "officer-1 is an administrator already.") == (refused.returncode, refused.stderr[:38])
    # Who has no connection of the owner cannot appoint.
    reader = database.conninfo(READER)
    assert 5 == fundtrail(None, "appoint", "officer-2", DATABASE_URL="", FUNDTRAIL_READER_URL=reader).returncode


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("grant", "nobody", "auditor"), 3, 'There is no person "nobody".'),
        (("erase", "nobody", "--because", "Left"), 3, 'There is no person "nobody".'),
        (("name", "nobody", "--name", "N"), 3, 'There is no person "nobody".'),
        (("grant", "officer-1", "auditing"), 2, 'There is no role "auditing".'),
        (("revoke", "officer-1", "auditor", "--because", "Moved"), 4, "RoleNotHeld"),
        (("erase", "officer-1", "--because", " "), 4, "UnexplainedAboutPerson"),
        (("add", "officer-1", "--name", "N"), 4, "ReferenceTaken"),
        (("add", "officer-3", "--name", "N\n"), 2, "--name contains characters that are not text."),
        (("add", "officer-3", "--name", " "), 2, "--name"),
        (("add", "officer-3", "--name", "N" * 201), 2, "--name"),
        (("add", "officer-3", "--name", "N", "--organisation", "nobody"), 3, 'There is no organisation "nobody".'),
        (("add", " ", "--name", "N"), 4, "PersonWithoutCode"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(database: Database, words: tuple[str, ...], code: int, said: str) -> None:
    done(database, "people", "add", "officer-1", "--name", "Officer")
    refused = fundtrail(database, "people", *words)
    assert code == refused.returncode, refused.stderr
    assert said in refused.stderr
    assert 1 == len(listed(database))
