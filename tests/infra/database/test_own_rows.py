"""In a pipeline a cursor gives the rows of its last statement, also if the result of an earlier one comes late."""

import time
from typing import Any

import psycopg
import pytest

from domain.organisation import RegisterOrganisation
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.own_rows import OwnRows
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from projections.audit import trail as audit
from tests.kit.money import desk

# More than the server keeps before it sends: it also sends the results in front of it.
MUCH = "SELECT repeat('x', 20000)"
FIRST = ("SELECT 1", "CREATE TEMPORARY TABLE nothing (n integer)")


def rows_after(database: Database, kind: Any, first: str) -> list[Any]:
    """What a cursor reads after ``SELECT 2``, if the result of its *first* statement arrives while that is sent."""
    with database.connect() as connection, connection.pipeline():
        cursor = kind(connection)
        cursor.execute(first)
        connection.execute(MUCH)
        time.sleep(0.1)
        cursor.execute("SELECT 2")
        found: list[Any] = cursor.fetchall()
        return found


@pytest.mark.parametrize("first", FIRST)
def test_the_rows_are_those_of_the_last_statement(database: Database, first: str) -> None:
    assert [(2,)] == rows_after(database, OwnRows, first)


def test_control_the_cursor_of_psycopg_takes_an_earlier_result_for_that_of_the_last_statement(
    database: Database,
) -> None:
    assert [(1,)] == rows_after(database, psycopg.Cursor, FIRST[0])
    with pytest.raises(psycopg.ProgrammingError, match="didn't produce records"):
        rows_after(database, psycopg.Cursor, FIRST[1])


def test_read_models_are_written_with_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type] = []
    monkeypatch.setattr(audit, "write", lambda cursor, _: seen.append(type(cursor)))
    with desk(database) as at:
        at.do(RegisterOrganisation(organisation_id=OrganisationId("organisation-one"), code="o", name="n", kind="k",
                                   on=When("2004-01-01")))  # fmt: skip
    project_all(database)
    assert [OwnRows] == seen
